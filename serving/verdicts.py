"""How the champion stands beside its rivals, in words and figures, from the released evaluation."""

from typing import Any

import polars as pl

from configs.vocabulary import HORIZON_DAYS, OUTCOME_PHRASES, OUTCOMES
from serving.store import Release

MODEL_NAMES = {
    "champion": "Champion",
    "age_alone": "Age alone",
    "rule": "Simple rule",
    "logistic": "Logistic regression",
    "frailty": "Frailty category",
    "last_year": "Last year's record",
    "without_council_tax": "Champion without council tax",
    "year_old": "Champion of a year before",
}
COMPANIONS = ("without_council_tax", "year_old")
"""Shown beside the champion and no rivals: the champion in another shape."""

TOLD_STANDING = {"better": "better", "no better": "worse", "worse": "worse", "could not": "unknown"}
"""How the run's own verdict (from paired resampling) begins, and what it amounts to."""

WHO = {"outcome": "Persons aged ", "household": "Households, oldest aged "}

METRICS = (
    "auc",
    "average_precision",
    "ppv_at_capacity",
    "sensitivity_at_capacity",
    "brier",
    "calibration_slope",
    "not_known_share_at_capacity",
)


def compare_models(release: Release) -> list[dict[str, Any]]:
    """One entry an outcome and age group: `heading, rows, verdict, standing, notes, low, high`; none:
    empty list.

    Every row has the keys of METRICS and their `_low`, `_high` (null where not given), and `name` for
    readers.
    """
    models = release.table("models")
    if models.is_empty() or "auc" not in models.columns:
        return []
    groups = newest_tests(models, "outcome").filter(pl.col("horizon_days") == HORIZON_DAYS)
    parts = groups.partition_by("outcome", "age_group", maintain_order=True)
    return [_compared(part) for part in sorted(parts, key=_place)]


def champion_rows(release: Release) -> list[dict[str, Any]]:
    """The champion's newest test at every horizon, of persons and of households: `who, phrase, months,
    tested` and the keys of METRICS; in the order of `compare_models`, persons first, then by horizon.
    None: empty list.
    """
    models = release.table("models")
    if models.is_empty() or "auc" not in models.columns:
        return []
    rows = [
        {
            **_row(row),
            "who": WHO[kind] + row["age_group"],
            "phrase": OUTCOME_PHRASES[row["outcome"]],
            "kind": kind,
        }
        for kind in WHO
        for row in newest_tests(models, kind).filter(pl.col("model") == "champion").to_dicts()
    ]
    return sorted(
        rows,
        key=lambda r: (
            OUTCOMES.index(r["outcome"]),
            r["age_group"] != "65+",
            r["kind"] == "household",
            r["horizon_days"],
        ),
    )


def newest_tests(models: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The rows of one kind that tell of the newest test of each horizon."""
    split = [pl.col("split") == 0] * ("split" in models.columns)
    return models.filter(pl.col("kind") == kind, *split)


def _place(group: pl.DataFrame) -> tuple[int, bool]:
    """Outcomes in the vocabulary's order, people aged 65 and over first."""
    outcome, age = group.row(0, named=True)["outcome"], group.row(0, named=True)["age_group"]
    return OUTCOMES.index(outcome) if outcome in OUTCOMES else len(OUTCOMES), age != "65+"


def _compared(group: pl.DataFrame) -> dict[str, Any]:
    rows = sorted((_row(r) for r in group.iter_rows(named=True)), key=lambda r: r["model"] != "champion")
    first = rows[0]
    phrase = OUTCOME_PHRASES.get(first["outcome"], first["outcome"])
    known = [v for r in rows for v in (r["auc_low"], r["auc_high"], r["auc"]) if v is not None]
    standing, verdict = _verdict(rows)
    notes = [str(r[k]) for r in rows for k in ("note", "alarm") if r.get(k)]
    return {
        "heading": f"{phrase.capitalize()}: aged {first['age_group']}",
        "rows": rows,
        "standing": standing,
        "verdict": verdict,
        "notes": list(dict.fromkeys(notes)),
        "low": min([0.5, *known]),
        "high": max([0.9, *known]),
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    spans = {f"{m}{end}": row.get(f"{m}{end}") for m in METRICS for end in ("", "_low", "_high")}
    return {
        **row,
        **spans,
        "extrapolated": bool(row.get("extrapolated")),
        "name": MODEL_NAMES.get(row["model"], str(row["model"]).replace("_", " ").capitalize()),
    }


def _verdict(rows: list[dict[str, Any]]) -> tuple[str, str]:
    """better, level, worse or unknown; and the sentence.

    The run's own verdict where it gave one (it compared the models on the same people); else AUC and
    intervals.
    """
    champion = next((r for r in rows if r["model"] == "champion"), None)
    others = ("champion", *COMPANIONS)
    rivals = [r for r in rows if r["model"] not in others and r["auc"] is not None]
    if champion is None or champion["auc"] is None:
        return "unknown", "Too few events to judge: nobody should lean on these figures."
    if not rivals:
        return "unknown", "No rival was tested beside it."
    told = champion.get("verdict") or ""
    standing = next((v for k, v in TOLD_STANDING.items() if told.startswith(k)), None)
    return (standing, f"{told.capitalize()}.") if standing else _judged(champion, rivals)


def _judged(champion: dict[str, Any], rivals: list[dict[str, Any]]) -> tuple[str, str]:
    best = max(rivals, key=lambda r: r["auc"])
    low, high = champion["auc_low"], best["auc_high"]
    if low is not None and high is not None and low > high:
        return "better", f"Better than every rival by more than chance explains (best rival: {best['name']})."
    if champion["auc"] > best["auc"]:
        return "level", f"Ahead of its best rival ({best['name']}), but by no more than chance could explain."
    return "worse", f"No better than {best['name']}: the simpler way would do as well."
