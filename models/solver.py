"""Linear and mixed-integer programmes, solved to a proven gap. The door to HiGHS."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csc_array

RELATIVE_GAP = 1e-6


@dataclass(frozen=True)
class Programme:
    """Minimise cost · x, row_lower <= rows x <= row_upper, lower <= x <= upper, x whole where `whole`."""

    cost: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    rows: csc_array
    row_lower: np.ndarray
    row_upper: np.ndarray


@dataclass(frozen=True)
class Answer:
    """The best solution found and how good it provably is.

    `status` is `optimal`, `node limit` (the gap stands open), or HiGHS's own word where there is no
    solution; then `values` is None and the numbers are NaN. `gap` is (objective - bound) / |objective|,
    never below 0.
    """

    status: str
    objective: float
    bound: float
    gap: float
    values: np.ndarray | None


def solve(programme: Programme, *, nodes_max: int, seed: int) -> Answer:
    """Solve on one thread, stopping on counted nodes and never on a clock: the same programme, the same
    answer.
    """
    solver = highspy.Highs()
    solver.silent()
    for option, value in (
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", seed % 2**31),
        ("mip_rel_gap", RELATIVE_GAP),
        ("mip_max_nodes", nodes_max),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(_as_highs(programme))
    solver.run()
    return _read_answer(solver, bool(programme.whole.any()))


def _as_highs(programme: Programme) -> highspy.HighsLp:
    rows = csc_array(programme.rows)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = programme.cost, programme.lower, programme.upper
    lp.row_lower_, lp.row_upper_ = programme.row_lower, programme.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(whole)] for whole in programme.whole]
    return lp


def _read_answer(solver: highspy.Highs, mixed: bool) -> Answer:
    status, info = solver.getModelStatus(), solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Answer(solver.modelStatusToString(status).lower(), np.nan, np.nan, np.nan, None)
    objective = float(info.objective_function_value)
    bound = min(float(info.mip_dual_bound), objective) if mixed else objective
    gap = max(0.0, (objective - bound) / max(abs(objective), 1e-9))
    word = "optimal" if status == highspy.HighsModelStatus.kOptimal else "node limit"
    return Answer(word, objective, bound, gap, np.asarray(solver.getSolution().col_value))
