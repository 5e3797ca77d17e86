"""How evenly the council's records are kept: whether support was asked for, on record, before it began.

Support does not start unasked. Where it does by the records, requests went unrecorded; where that is so for
one group of people more than for others, a model that reads requests sees that group's need too late.
"""

from datetime import date
from typing import Any

import polars as pl

from configs.settings import Settings
from features.as_of import DAYS_PER_YEAR, in_window, known_before, window_end
from features.inputs import Records
from features.outcomes import community_starts

STARTS_YEARS = 5
"""Starts of support of so many years back are looked at: enough of them to tell groups apart (assumed)."""

ASKED_WITHIN_DAYS = 182
"""A request of so long before a start may have led to it; most starts follow in three months (assumed)."""

AUDIT = "audit__"


def count_asked(
    records: Records, table: pl.DataFrame, as_of: date, settings: Settings
) -> list[dict[str, Any]]:
    """How many starts of long-term community support had a request on record before them, by group.

    `table`: the people of `as_of` (person_id, age_group, `audit__*`). A row for each age group, attribute and
    group with a start: `age_group, attribute, group, starts, asked`; none where nobody started. Only what was
    known before `as_of` counts, and no start so near the beginning of the records that its request may lie
    before it.
    """
    since = max(
        window_end(as_of, -round(DAYS_PER_YEAR * STARTS_YEARS)),
        window_end(records.data_from, ASKED_WITHIN_DAYS),
    )
    starts = in_window(community_starts(records, as_of, settings), since, as_of)
    events = known_before(records.care_events, as_of).filter(pl.col("event_type") == "Request")
    requests = events.select("person_id", "happened_on", asked_on="happened_on").sort("happened_on")
    told = starts.sort("happened_on").join_asof(
        requests, on="happened_on", by="person_id", tolerance=f"{ASKED_WITHIN_DAYS}d", check_sortedness=False
    )
    asked = told.select("person_id", asked=pl.col("asked_on").is_not_null()).collect()
    audit = table.select("person_id", "age_group", pl.col(f"^{AUDIT}.*$").name.map(_without_prefix))
    return _by_group(asked.join(audit, on="person_id"))


def _by_group(asked: pl.DataFrame) -> list[dict[str, Any]]:
    attributes = [c for c in asked.columns if c not in ("person_id", "asked", "age_group")]
    long = asked.unpivot(
        on=attributes, index=["age_group", "asked"], variable_name="attribute", value_name="group"
    )
    keys = ["age_group", "attribute", "group"]
    counted = long.drop_nulls("group").group_by(keys).agg(starts=pl.len(), asked=pl.col("asked").sum())
    return counted.sort(keys).to_dicts()


def _without_prefix(name: str) -> str:
    return name.removeprefix(AUDIT)
