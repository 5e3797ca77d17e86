"""What a challenger must show before it may be used: figures of its own tests, held against set limits."""

from dataclasses import asdict, dataclass

from configs.settings_need import Gates
from models.need.evaluate import RIVALS, Row
from models.need.groups import READS_REQUESTS
from models.need.simple import NAMES as SIMPLE

PASSED, FAILED, NOT_JUDGED = "passed", "failed", "not judged"


@dataclass(frozen=True)
class Gate:
    """One gate of one outcome and age group: its `state`, and the figures in words."""

    outcome: str
    age_group: str
    gate: str
    state: str
    said: str

    def as_dict(self) -> dict[str, str]:
        """As it is stored and shown."""
        return asdict(self)


def judge_gates(evaluation: list[Row], groups: list[Row], gates: Gates, horizon_days: int) -> list[Gate]:
    """Every gate of every outcome and age group at the main horizon, persons; in the order of `evaluation`.

    `evaluation` and `groups` as in the model's files. A gate is not judged where events are too few, and says
    how many there are.
    """
    champions = [
        row
        for row in evaluation
        if row["model"] == "champion" and row["kind"] == "outcome" and row["horizon_days"] == horizon_days
    ]
    found: list[Gate] = []
    for row in champions:
        rest = [r for r in evaluation if _same(r, row) and r["kind"] == "outcome"]
        mine = [g for g in groups if _same(g, row)]
        judged = [
            ("rivals", *_beats_rivals(row, gates)),
            ("calibration", *_is_calibrated(_served(row, rest), gates)),
            ("groups", *_harms_nobody(row, mine, gates)),
            *([("records", *_are_even(mine, gates))] if row["outcome"] in READS_REQUESTS else []),
            ("leakage", *_is_credible(row)),
            ("in use", *_beats_the_one_in_use(row, rest, gates)),
        ]
        found += [Gate(row["outcome"], row["age_group"], name, state, said) for name, state, said in judged]
    return found


def decide(found: list[Gate]) -> tuple[bool, list[str]]:
    """Whether the challenger may be promoted, and why not, each reason a line.

    No gate may have failed, and at least one outcome must be shown to beat every simple rival.
    """
    why = [f"{g.outcome}, {g.age_group}, {g.gate}: {g.said}" for g in found if g.state == FAILED]
    if not any(g.gate == "rivals" and g.state != NOT_JUDGED for g in found):
        why.append("no outcome has the events to show that it beats the simple rivals")
    return not why, why


def _same(a: Row, b: Row) -> bool:
    return all(a[key] == b[key] for key in ("outcome", "age_group", "horizon_days"))


def _too_few(row: Row, gates: Gates) -> str | None:
    if row["n_events"] >= gates.events_min and row.get("average_precision") is not None:
        return None
    return f"{row['n_events']} events, {gates.events_min} needed to judge"


def _beats_rivals(row: Row, gates: Gates) -> tuple[str, str]:
    few = _too_few(row, gates)
    if few or row["trees"] == 0:
        return NOT_JUDGED, few or "no trees were trained: the rate by age is used"
    rival = RIVALS[row["best_rival_average_precision"]]
    low, high = row["diff_average_precision_low"], row["diff_average_precision_high"]
    span = f"({_signed(low)} to {_signed(high)})"
    said = f"average precision {_signed(row['diff_average_precision'])} {span} beside {rival}"
    if _is_simple(row):
        return PASSED, f"{said}: {rival} is used in its place"
    return (PASSED if low > 0 else FAILED), said


def _is_simple(row: Row) -> bool:
    return row.get("served_by") in SIMPLE


def _served(row: Row, rest: list[Row]) -> Row:
    """The row of what is used: the champion's own, or that of the rival in its place."""
    return next((r for r in rest if _is_simple(row) and r["model"] == row["served_by"]), row)


def _is_calibrated(row: Row, gates: Gates) -> tuple[str, str]:
    few = _too_few(row, gates)
    if few:
        return NOT_JUDGED, few
    bands = {
        "slope": ("calibration_slope", gates.calibration_slope_low, gates.calibration_slope_high),
        "intercept": (
            "calibration_intercept",
            -gates.calibration_intercept_max,
            gates.calibration_intercept_max,
        ),
    }
    outside = [word for word, band in bands.items() if not _meets(row, *band, gates.events_sure)]
    said = ", ".join(f"{word} {row[band[0]]:.2f}" for word, band in bands.items())
    return (FAILED, f"{said}: {' and '.join(outside)} outside the band") if outside else (PASSED, said)


def _meets(row: Row, name: str, low: float, high: float, events_sure: int) -> bool:
    """The figure itself with enough events, else its interval, lies in the band."""
    if row["n_events"] >= events_sure:
        return bool(low <= row[name] <= high)
    return bool(row[f"{name}_low"] <= high and row[f"{name}_high"] >= low)


def _harms_nobody(row: Row, groups: list[Row], gates: Gates) -> tuple[str, str]:
    judged = [g for g in groups if g["n_events"] >= gates.group_events_min and _is_named(g)]
    if not judged:
        return NOT_JUDGED, f"no group has the {gates.group_events_min} events needed to judge"
    harmed = [g for g in judged if g["observed_over_expected_low"] > 1 + gates.group_margin]
    if not harmed:
        return PASSED, f"none of {len(judged)} groups is forecast short by over {gates.group_margin:.0%}"
    said = "; ".join(
        f"{g['attribute']} {g['group']}: {g['observed_over_expected']:.2f} times as many as forecast "
        f"({g['observed_over_expected_low']:.2f} to {g['observed_over_expected_high']:.2f})"
        for g in harmed
    )
    return FAILED, said


def _are_even(groups: list[Row], gates: Gates) -> tuple[str, str]:
    """Whether in no group support surely began without a request on record more often than in others."""
    judged = [g for g in groups if (g.get("starts") or 0) >= gates.record_starts_min and _is_named(g)]
    judged = [g for g in judged if g["asked_rest"] is not None]
    if not judged:
        return NOT_JUDGED, f"no group has the {gates.record_starts_min} starts of support needed to judge"
    uneven = [g for g in judged if g["asked_share_high"] < g["asked_rest"] - gates.record_margin]
    if not uneven:
        return PASSED, f"requests stand on record alike for {len(judged)} groups"
    return FAILED, "; ".join(
        f"{g['attribute']} {g['group']}: {g['asked_share']:.0%} of starts ({g['asked_share_low']:.0%} to "
        f"{g['asked_share_high']:.0%}) had a request on record before, of others {g['asked_rest']:.0%}"
        for g in uneven
    )


def _is_named(group: Row) -> bool:
    return group["group"] not in ("not recorded", "none recorded")


def _is_credible(row: Row) -> tuple[str, str]:
    return (FAILED, str(row["alarm"])) if row.get("alarm") else (PASSED, "no AUC too good to be true")


def _beats_the_one_in_use(row: Row, rest: list[Row], gates: Gates) -> tuple[str, str]:
    if not any(r["model"] == "in_use" for r in rest):
        return NOT_JUDGED, "there is no model in use beside it"
    few = _too_few(row, gates)
    if few:
        return NOT_JUDGED, few
    low, high, saw = row["diff_in_use_low"], row["diff_in_use_high"], row["in_use_saw_test"]
    said = f"average precision {_signed(row['diff_in_use'])} ({_signed(low)} to {_signed(high)}) beside it"
    said += "; the model in use had learnt from days it was tested on" if saw else ""
    if low > 0:
        return PASSED, said
    # Who learnt from the days it is tested on has a start: to be behind it shows nothing.
    return (NOT_JUDGED if saw else FAILED), said


def _signed(value: float) -> str:
    return f"{value:+.4f}"
