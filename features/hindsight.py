"""The past as it is known by a later day: services, addresses, care-home spells, deaths and leaving.

Outcomes are told from these; features never are (`features.as_of`).
"""

from datetime import date

import polars as pl

from features.as_of import hide_unknown_ends, is_known, known_before
from features.cohort import LONG_TERM_CARE_HOME
from features.inputs import Records


def services_by(records: Records, seen_by: date) -> pl.LazyFrame:
    """Services as known before `seen_by`, an end only once it was known."""
    services = known_before(records.care_events, seen_by).filter(pl.col("event_type") == "Service")
    return hide_unknown_ends(services, seen_by)


def care_home_spells(records: Records, seen_by: date) -> pl.LazyFrame:
    """Spells in a care home, by long-term service or by address: `person_id, from_date, to_date`."""
    services = services_by(records, seen_by).filter(pl.col("service_type").is_in(LONG_TERM_CARE_HOME))
    by_service = services.select(
        "person_id", pl.col("happened_on").alias("from_date"), pl.col("ended_on").alias("to_date")
    )
    homes = records.households.filter("care_home").select("household_id")
    lived = residences_by(records, seen_by).join(homes, on="household_id", how="semi")
    return pl.concat([by_service, lived.select("person_id", "from_date", "to_date")])


def residences_by(records: Records, seen_by: date) -> pl.LazyFrame:
    """Addresses as known before `seen_by`, an end only once it was known."""
    known = known_before(records.residences, seen_by, happened="from_date")
    return hide_unknown_ends(known, seen_by, end="to_date", end_known="to_known_on")


def leaving_by(records: Records, seen_by: date) -> pl.LazyFrame:
    """When each person died or left the area for good: `person_id, date_of_death?, left_on?`."""
    inside = residences_by(records, seen_by).join(
        records.areas.select("lsoa_code"), on="lsoa_code", how="semi"
    )
    last = inside.group_by("person_id").agg(
        pl.when(pl.col("to_date").is_not_null().all()).then(pl.col("to_date").max()).alias("left_on")
    )
    death = pl.when(is_known("death_known_on", seen_by)).then(pl.col("date_of_death"))
    return records.people.select("person_id", death.alias("date_of_death")).join(
        last, on="person_id", how="left"
    )


def seen_to(records: Records, table: str, seen_by: date) -> date:
    """Up to which day a source has told, by what was seen before `seen_by`."""
    return min(records.source_seen_to(table), seen_by)
