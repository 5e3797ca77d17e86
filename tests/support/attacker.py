"""A reader who tries: linear-programming bounds (HiGHS, through SciPy) on hidden cells from published tables alone."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linprog

MOST = 1e6


class Attacker:
    """Knows the rounding rule, which areas lie in which MSOA, ward and zone, and every published value.

    `tables`: pairs of a published frame (`geography, area_code, value?, hidden`) and the membership that its
    codes mean (`area_code, union_code`); area rows have geography `lsoa`. `told`: area codes that a tipster named
    as holding a small count.
    """

    def __init__(
        self,
        codes: list[str],
        tables: list[tuple[pl.DataFrame, pl.DataFrame]],
        *,
        hide_to: int = 7,
        round_to: int = 5,
        told: frozenset[str] = frozenset(),
    ) -> None:
        self.at = {code: i for i, code in enumerate(codes)}
        self.hide_to, self.half = hide_to, round_to // 2
        self.rows: list[NDArray[np.float64]] = []
        self.limits: list[float] = []
        self.box = [(1.0, float(hide_to)) if c in told else (0.0, MOST) for c in codes]
        for frame, members in tables:
            self._learn(frame, members)

    def bounds(self, members: list[str]) -> tuple[float, float]:
        """The least and the most that the members' sum can be."""
        aim = self._row(members)
        matrix, limits = (np.array(self.rows), self.limits) if self.rows else (None, None)
        ends = [
            linprog(sign * aim, A_ub=matrix, b_ub=limits, bounds=self.box, method="highs") for sign in (1, -1)
        ]
        assert all(end.status == 0 for end in ends), [end.message for end in ends]
        return float(ends[0].fun), float(-ends[1].fun)

    def _learn(self, frame: pl.DataFrame, members: pl.DataFrame) -> None:
        inside = dict(members.group_by("union_code").agg("area_code").iter_rows())
        for code, value, hidden in frame.select("area_code", "value", "hidden").iter_rows():
            if not hidden:
                row = self._row(inside[code])
                low = 0.0 if value == 0 else max(value - self.half, self.hide_to + 1.0)
                high = 0.0 if value == 0 else value + self.half
                self.rows += [row, -row]
                self.limits += [high, -low]

    def _row(self, members: list[str]) -> NDArray[np.float64]:
        row = np.zeros(len(self.at))
        row[[self.at[m] for m in members]] = 1.0
        return row
