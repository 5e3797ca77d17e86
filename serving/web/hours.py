"""How the forecast of home-care hours stands beside today's hours carried forward, as tested."""

from typing import Any

import polars as pl

from configs.vocabulary import HORIZON_DAYS
from serving.store import Release
from serving.verdicts import TOLD_STANDING

NAMES = {"champion": "Champion", "carried_forward": "Today's hours carried forward"}
FIGURES = ("n_people", "mae", "rmse", "total_error_share", "coverage_p10_p90_served")
NOT_TESTED = "The forecast of hours has not been tested: nobody should lean on it."


def hours_tests(release: Release) -> list[dict[str, Any]]:
    """One entry an age group, oldest first: `heading, rows, verdict, standing`; none tested: empty list.

    Rows have `name` and FIGURES: errors in hours a week a person, the error of the county's total and the
    share of people with hours now who came to lie inside P10-P90 as shares; null where not given.
    """
    models = release.table("models")
    if models.is_empty() or not {"kind", "mae"} <= set(models.columns):
        return []
    at = pl.col("horizon_days") == HORIZON_DAYS
    newest = models.filter(pl.col("kind") == "hours", pl.col("split") == 0, at)
    groups = newest.partition_by("age_group", maintain_order=True)
    return [_told(group.to_dicts()) for group in sorted(groups, key=lambda g: g["age_group"][0] != "65+")]


def _told(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ordered = sorted(rows, key=lambda row: row["model"] != "champion")
    verdict = ordered[0].get("verdict") or ""
    standing = next((v for k, v in TOLD_STANDING.items() if verdict.startswith(k)), "unknown")
    return {
        "heading": f"Home-care hours a week: aged {ordered[0]['age_group']}",
        "standing": standing,
        "verdict": f"{verdict.capitalize()}." if verdict else NOT_TESTED,
        "rows": [_row(row) for row in ordered],
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    figures = {name: row.get(name) for name in FIGURES}
    return {**figures, "name": NAMES.get(row["model"], row["model"].replace("_", " ").capitalize())}
