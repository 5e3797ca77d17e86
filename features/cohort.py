"""Who is described at a date: adults resident in the area, alive as far as known, who may be used."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from features.as_of import is_known, open_at, years_between
from features.inputs import Records

ADULT_YEARS = 18
OLDER_YEARS = 65

LONG_TERM_CARE_HOME = ("Long term support: Nursing care", "Long term support: Residential care")
LONG_TERM_COMMUNITY = "Long term support: Community"
LONG_TERM = (*LONG_TERM_CARE_HOME, LONG_TERM_COMMUNITY, "Long term support: Prison")
"""Service types of Client Level Data, Release 2 wording."""


@dataclass(frozen=True)
class LeftOut:
    """Adults' rows that the cohort leaves out, by reason, for the run's summary."""

    out_of_scope: int
    restricted: int
    beside_restricted: int
    no_birth_date: int


def build_cohort(records: Records, as_of: date) -> pl.LazyFrame:
    """The people described at `as_of`, one row each, sorted by `person_id`; no rows where there are none.

    Columns: person_id, household_id? (null at an unmatched address, and at a communal one that holds a
    restricted person), lsoa_code, communal, from_date (of the present address), age_years, age_group
    (`18-64`, `65+`).
    """
    kept = (
        _candidates(records, as_of)
        .filter("in_scope", ~pl.col("restricted"), ~pl.col("beside_restricted"))
        .filter(pl.col("age_years") >= ADULT_YEARS)
    )
    listable = pl.when(~pl.col("holds_restricted")).then(pl.col("household_id")).alias("household_id")
    older = pl.col("age_years") >= OLDER_YEARS
    return kept.select(
        "person_id",
        listable,
        "lsoa_code",
        "communal",
        "from_date",
        "age_years",
        pl.when(older).then(pl.lit("65+")).otherwise(pl.lit("18-64")).alias("age_group"),
    ).sort("person_id")


def count_left_out(records: Records, as_of: date) -> LeftOut:
    """How many residents of the area the cohort leaves out, each counted under the first reason that fits."""
    adult = pl.col("age_years").fill_null(ADULT_YEARS) >= ADULT_YEARS
    restricted, outside = pl.col("restricted"), ~pl.col("in_scope")
    beside = pl.col("beside_restricted") & ~restricted & ~outside
    undated = pl.col("age_years").is_null() & ~restricted & ~outside & ~pl.col("beside_restricted")
    counts = (
        _candidates(records, as_of)
        .filter(adult)
        .select(
            (outside & ~restricted).sum().alias("out_of_scope"),
            restricted.sum().alias("restricted"),
            beside.sum().alias("beside_restricted"),
            undated.sum().alias("no_birth_date"),
        )
    )
    return LeftOut(**counts.collect().row(0, named=True))


def _candidates(records: Records, as_of: date) -> pl.LazyFrame:
    residents = residents_at(records, as_of).join(
        records.areas.select("lsoa_code"), on="lsoa_code", how="semi"
    )
    at_risk = households_with_restricted(records).with_columns(pl.lit(True).alias("holds_restricted"))
    known = residents.join(at_risk, on="household_id", how="left").with_columns(
        pl.col("holds_restricted").fill_null(False)
    )
    # A care home of sixty is not left out for one resident; its address is, so that no list leads there.
    return known.with_columns((pl.col("holds_restricted") & ~pl.col("communal")).alias("beside_restricted"))


def residents_at(records: Records, as_of: date) -> pl.LazyFrame:
    """Everybody alive as far as known, at their present address as far as known; one row a person.

    Columns: person_id, household_id?, lsoa_code?, communal, from_date, age_years?, in_scope, restricted.
    Where two addresses look open, the one moved to last counts.
    """
    alive = records.people.filter(~is_known("death_known_on", as_of))
    newest = _addresses_on(records, as_of, as_of)
    age = years_between(pl.col("date_of_birth"), as_of).alias("age_years")
    return newest.join(alive, on="person_id").select(
        "person_id", "household_id", "lsoa_code", "communal", "from_date", age, "in_scope", "restricted"
    )


def households_with_restricted(records: Records) -> pl.LazyFrame:
    """Every household that holds or ever held a restricted person: `household_id`.

    It fails closed: every address on record counts, whenever it was lived at and whenever that became known,
    whether the records stage marked the household or only the person.
    """
    restricted = records.people.filter("restricted").select("person_id")
    homes = records.residences.join(restricted, on="person_id", how="semi").select("household_id")
    marked = records.households.filter("restricted").select("household_id")
    return pl.concat([homes, marked]).drop_nulls().unique()


def long_term_open(
    records: Records,
    as_of: date,
    service_types: tuple[str, ...] = LONG_TERM,
    *,
    seen_by: date | None = None,
) -> pl.LazyFrame:
    """People with long-term support of the given types open at `as_of`: `person_id`.

    As far as was known then, or, for what is told of the past, before `seen_by`.
    """
    services = records.care_events.filter(pl.col("service_type").is_in(service_types))
    return open_at(services, seen_by or as_of, day=as_of).select("person_id").unique()


def care_home_residents(records: Records, as_of: date, *, seen_by: date | None = None) -> pl.LazyFrame:
    """People living in a care home at `as_of`, by usual address or by long-term service: `person_id`.

    As far as was known then (and not known to have died), or, for what is told of the past, before `seen_by`.
    """
    homes = records.households.filter("care_home").select("household_id")
    addresses = _addresses_on(records, as_of, seen_by) if seen_by else residents_at(records, as_of)
    by_address = addresses.join(homes, on="household_id", how="semi").select("person_id")
    by_service = long_term_open(records, as_of, LONG_TERM_CARE_HOME, seen_by=seen_by)
    return pl.concat([by_address, by_service]).unique()


def _addresses_on(records: Records, day: date, seen_by: date) -> pl.LazyFrame:
    """Everybody's address on `day` by what was known before `seen_by`; of two, the one moved to last."""
    homes = open_at(
        records.residences, seen_by, day=day, start="from_date", end="to_date", end_known="to_known_on"
    )
    return homes.sort("person_id", "from_date", "known_on", "household_id", "lsoa_code").unique(
        subset="person_id", keep="last", maintain_order=True
    )
