"""Whether forecasts came true, by tenths of people, and what acting on them brings, as far as small numbers
let it be said."""

from typing import Any

import polars as pl

from configs.vocabulary import HORIZON_DAYS
from serving.disclosure import Rule, control_counts
from serving.modelled import two_figures
from serving.store import Release
from serving.verdicts import MODEL_NAMES

SCHEMA = {
    "kind": pl.String,
    "outcome": pl.String,
    "age_group": pl.String,
    "horizon_days": pl.Int64,
    "name": pl.String,
    "place": pl.Int64,
    "x": pl.Float64,
    "y": pl.Float64,
    "n_people": pl.Int64,
    "n_events": pl.Int64,
    "hidden": pl.Boolean,
}
CURVES = "curves"
CALIBRATION, DECISION = "calibration", "decision"
ACTED_ON = {
    **{name: MODEL_NAMES.get(name, name) for name in ("champion", "logistic", "age_alone")},
    "everybody": "Everybody",
}
"""Lines of the decision curve that are shown; nobody acted for is 0."""
A_THOUSAND = 1000

Rows = list[dict[str, Any]]


def controlled_curves(calibration: Rows, decision: Rows, rule: Rule) -> pl.DataFrame:
    """The columns of SCHEMA, from the files of the newest test.

    `calibration`: a row for each tenth of people (`place`, least likely first): `x` the mean chance forecast,
    `y` the share to whom it happened, counts under the rule and `y` hidden where they are. `decision`: a row
    for each threshold (`x`) and way of acting (`name`): `y` the net benefit in a thousand people. Two
    figures each, so that no count can be worked out again. Nothing tested: no rows.
    """
    told = [row for part in _parts(calibration) for row in _tenths(part, rule)]
    told += [row for part in _parts(decision) for row in _benefits(part)]
    return pl.DataFrame(told, schema=SCHEMA)


def _parts(rows: Rows) -> list[Rows]:
    parts: dict[tuple[Any, ...], Rows] = {}
    for row in rows:
        parts.setdefault((row["outcome"], row["age_group"], row["horizon_days"]), []).append(row)
    return list(parts.values())


def _about(row: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"kind": kind, **{key: row[key] for key in ("outcome", "age_group", "horizon_days")}}


def _tenths(part: Rows, rule: Rule) -> Rows:
    people, events = (
        control_counts({str(row["bin"]): row[count] for row in part}, rule)
        for count in ("n_people", "n_events")
    )
    return [
        {
            **_about(row, CALIBRATION), "name": "champion", "place": row["bin"],
            "x": two_figures(row["predicted"]),
            "y": None if _is_hidden(row, people, events) else two_figures(row["observed"]),
            "n_people": people[str(row["bin"])], "n_events": events[str(row["bin"])],
            "hidden": _is_hidden(row, people, events),
        }
        for row in part
    ]  # fmt: skip


def _is_hidden(row: dict[str, Any], people: dict[str, Any], events: dict[str, Any]) -> bool:
    return people[str(row["bin"])] is None or events[str(row["bin"])] is None


def _benefits(part: Rows) -> Rows:
    thresholds = sorted({row["threshold"] for row in part})
    return [
        {
            **_about(row, DECISION), "name": row["model"], "place": thresholds.index(row["threshold"]) + 1,
            "x": two_figures(row["threshold"]), "y": _rounded(A_THOUSAND * row["net_benefit"]),
            "n_people": None, "n_events": None, "hidden": False,
        }
        for row in part
        if row["model"] in ACTED_ON
    ]  # fmt: skip


def _rounded(value: float) -> float:
    return two_figures(value) if value >= 0 else -two_figures(-value)


def curves_of(release: Release) -> dict[tuple[str, str], dict[str, Any]]:
    """Outcome and age group -> `tenths` (rows of SCHEMA), and `benefits`: a row a threshold, `x` and, by the
    names of ACTED_ON, the net benefit; of the main horizon. Empty of a release made before there were any."""
    if CURVES not in release.pointer["tables"]:
        return {}
    main = release.table(CURVES).filter(pl.col("horizon_days") == HORIZON_DAYS)
    found = {}
    for (outcome, age_group), part in main.partition_by(["outcome", "age_group"], as_dict=True).items():
        tenths = part.filter(pl.col("kind") == CALIBRATION).sort("place")
        acted = part.filter(pl.col("kind") == DECISION).sort("place")
        benefits: dict[int, dict[str, Any]] = {}
        for row in acted.iter_rows(named=True):
            benefits.setdefault(row["place"], {"x": row["x"]})[row["name"]] = row["y"]
        found[str(outcome), str(age_group)] = {
            "tenths": tenths.to_dicts(),
            "benefits": list(benefits.values()),
        }
    return found


CURVES = "curves"
