"""The person and who lives with them: age, household, bereavement, moves, unpaid carers.

Sex and ethnic group are protected: they stand in the table as `audit__` columns and are no features, unless
`features.sex_as_feature_because` says why sex is one.
"""

import polars as pl

from features.as_of import (
    contains,
    hide_unknown_ends,
    is_known,
    known_before,
    latest_known,
    with_days_ago,
    within,
)
from features.carers import carer_pairs
from features.cohort import ADULT_YEARS, residents_at
from features.declared import Snapshot, Take, View, count, measure, yes_no
from features.inputs import told_of_person
from features.records.alone import alone_on
from features.short_ids import as_text

PARTNER_AGE_GAP_YEARS = 20
"""Two adults alone together within this of each other's age are taken for partners (assumed)."""


def describe_people(seen: Snapshot) -> pl.LazyFrame:
    """The cohort with the sex of each and the days since they came to the present address."""
    people = seen.records.people.select("person_id", "sex")
    return with_days_ago(seen.cohort, seen.as_of, happened="from_date").join(
        people, on="person_id", how="left"
    )


def describe_company(seen: Snapshot) -> pl.LazyFrame:
    """Each person's household as known: size, ages of the others. Blank where it cannot be told.

    It cannot at an unmatched or communal address, nor where somebody lives whose details may not be used:
    leaving them out would make the others look alone.
    """
    return seen.once("company", lambda: _company(seen))


def _company(seen: Snapshot) -> pl.LazyFrame:
    living = residents_at(seen.records, seen.as_of).filter(
        pl.col("household_id").is_not_null(), ~pl.col("communal")
    )
    households = _sum_up_households(living).filter("all_usable", pl.col("oldest").is_not_null())
    own, oldest, second = pl.col("age_years"), pl.col("oldest"), pl.col("second_oldest")
    oldest_other = pl.when(own == oldest).then(second).otherwise(oldest)
    return (
        seen.cohort.filter(~pl.col("communal"))
        .join(households, on="household_id")
        .with_columns(
            (pl.col("n_people") == 1).alias("alone"),
            oldest_other.alias("oldest_other"),
        )
        .with_columns(
            ((pl.col("n_adults") == 2) & ((own - pl.col("oldest_other")).abs() <= PARTNER_AGE_GAP_YEARS))
            .fill_null(False)
            .alias("couple")
        )
    )


def _sum_up_households(living: pl.LazyFrame) -> pl.LazyFrame:
    age = pl.col("age_years")
    by_age = age.sort(descending=True, nulls_last=True)
    usable = pl.col("in_scope") & ~pl.col("restricted") & age.is_not_null()
    return living.group_by("household_id").agg(
        pl.len().alias("n_people"),
        (age >= ADULT_YEARS).sum().alias("n_adults"),
        (age < ADULT_YEARS).sum().alias("n_children"),
        (age >= 75).sum().alias("n_75_plus"),
        by_age.first().alias("oldest"),
        by_age.slice(1, 1).first().alias("second_oldest"),
        usable.all().alias("all_usable"),
    )


def judge_alone(seen: Snapshot) -> pl.LazyFrame:
    """The chance that each person of a household that can be told lives alone, by register and council tax
    together (records.alone): `person_id, alone_probability`."""
    asked = (seen.records.residences, seen.records.council_tax, seen.records.households, seen.records.people)
    residences, council_tax, households, people = pl.collect_all([as_text(frame) for frame in asked])
    told = alone_on(residences, council_tax, households, people, seen.as_of)
    company = describe_company(seen).select("person_id")
    kind = company.collect_schema()["person_id"]
    known = told.lazy().drop_nulls("alone_probability").with_columns(pl.col("person_id").cast(kind))
    return company.join(known, on="person_id")


def find_bereavements(seen: Snapshot) -> pl.LazyFrame:
    """Deaths, known by now, of people with whom somebody shared a private home: `person_id, days_ago`."""
    people = seen.records.people.filter("in_scope", ~pl.col("restricted"))
    died = people.filter(is_known("death_known_on", seen.as_of)).select("person_id", "date_of_death")
    homes = _known_homes(seen)
    there = contains("date_of_death", start="from_date", end="to_date")
    left = (
        homes.join(died, on="person_id")
        .filter(there)
        .select("household_id", "date_of_death", pl.col("person_id").alias("dead_person_id"))
    )
    shared = homes.join(left, on="household_id").filter(
        there, pl.col("person_id") != pl.col("dead_person_id")
    )
    return with_days_ago(shared.select("person_id", "date_of_death"), seen.as_of, happened="date_of_death")


def find_addresses(seen: Snapshot) -> pl.LazyFrame:
    """The addresses each person came to, with the days since."""
    known = known_before(seen.records.residences, seen.as_of, happened="from_date")
    return with_days_ago(known.select("person_id", "from_date"), seen.as_of, happened="from_date")


def _known_homes(seen: Snapshot) -> pl.LazyFrame:
    known = known_before(seen.records.residences, seen.as_of, happened="from_date")
    private = known.filter(pl.col("household_id").is_not_null(), ~pl.col("communal"))
    return hide_unknown_ends(private, seen.as_of, end="to_date", end_known="to_known_on").select(
        "person_id", "household_id", "from_date", "to_date"
    )


def find_carers(seen: Snapshot) -> pl.LazyFrame:
    """Each person's unpaid carers named in care records: `person_id, carer_age?, shares_home`."""
    links = _carer_links(seen)
    living = residents_at(seen.records, seen.as_of).select(
        pl.col("person_id").alias("carer_id"),
        pl.col("household_id").alias("carer_household_id"),
        pl.col("age_years").alias("carer_age"),
    )
    own = seen.cohort.select("person_id", "household_id")
    same = (pl.col("household_id") == pl.col("carer_household_id")).fill_null(False)
    return links.join(living, on="carer_id").join(own, on="person_id").with_columns(same.alias("shares_home"))


def _carer_links(seen: Snapshot) -> pl.LazyFrame:
    usable = seen.records.people.filter("in_scope", ~pl.col("restricted")).select("person_id")
    pairs = carer_pairs(seen.records, seen.as_of)
    return pairs.join(usable, left_on="carer_id", right_on="person_id", how="semi")


def find_caring(seen: Snapshot) -> pl.LazyFrame:
    """Care events of people who are themselves unpaid carers, with days since."""
    known = known_before(seen.records.care_events, seen.as_of)
    carers = known.filter(pl.col("client_type") == "Unpaid carer")
    return with_days_ago(carers.select("person_id", "happened_on"), seen.as_of)


def read_carer_status(seen: Snapshot) -> pl.LazyFrame:
    """Whether care records say that the person has an unpaid carer, from the newest event that tells."""
    told = seen.records.care_events.filter(
        pl.col("client_type") == "Service user", pl.col("has_unpaid_carer").is_in(["Yes", "No"])
    )
    newest = latest_known(told_of_person(told, "has_unpaid_carer"), seen.as_of, "person_id")
    return newest.with_columns((pl.col("has_unpaid_carer") == "Yes").alias("has_carer"))


PEOPLE = View("people", "person_id", ("residences", "people"), describe_people, one_row=True)
COMPANY = View("company", "person_id", ("residences", "people"), describe_company, one_row=True)
ALONE = View(
    "alone", "person_id", ("residences", "people", "households", "council_tax"), judge_alone, one_row=True
)
BEREAVEMENTS = View("bereavements", "person_id", ("residences", "people"), find_bereavements)
ADDRESSES = View("addresses", "person_id", ("residences",), find_addresses)
CARERS = View("carers", "person_id", ("care_events", "residences"), find_carers)
CARING = View("caring", "person_id", ("care_events",), find_caring)
CARER_STATUS = View("carer_status", "person_id", ("care_events",), read_carer_status, one_row=True)


FEATURES = (
    measure("age", PEOPLE, pl.col("age_years"), "years", "age"),
    yes_no("communal_address", PEOPLE, pl.col("communal"), "lives at a communal address"),
    measure("days_at_address", PEOPLE, pl.col("days_ago"), "days", "days at the present address"),
    yes_no("moved", PEOPLE, within(365), "moved home in the last year", state="365d"),
    count("addresses", ADDRESSES, pl.lit(1), "addresses", "addresses moved to", windows=(1826,)),
    measure("household_size", COMPANY, pl.col("n_people"), "people", "people in the household"),
    measure("adults_in_household", COMPANY, pl.col("n_adults"), "people", "adults in the household"),
    measure("children_in_household", COMPANY, pl.col("n_children"), "people", "children in the household"),
    measure(
        "aged_75_plus_in_household",
        COMPANY,
        pl.col("n_75_plus"),
        "people",
        "people aged 75 or over in the household",
    ),
    yes_no("lives_alone", COMPANY, pl.col("alone"), "lives alone"),
    measure(
        "lives_alone_chance",
        ALONE,
        pl.col("alone_probability"),
        "0 to 1",
        "chance of living alone, as register and council tax agree",
    ),
    yes_no(
        "lives_alone_75_plus",
        COMPANY,
        pl.col("alone") & (pl.col("age_years") >= 75),
        "lives alone and is 75 or over",
    ),
    yes_no("lives_as_couple", COMPANY, pl.col("couple"), "lives with one other adult of like age"),
    measure(
        "oldest_other_member_age",
        COMPANY,
        pl.col("oldest_other"),
        "years",
        "age of the oldest other person in the household",
    ),
    count(
        "bereaved",
        BEREAVEMENTS,
        pl.lit(1),
        "deaths",
        "deaths of somebody they lived with",
        windows=(365, 730),
    ),
    measure(
        "days_since_bereaved",
        BEREAVEMENTS,
        pl.col("days_ago"),
        "days",
        "days since somebody they lived with died",
        take=Take.MIN,
    ),
    yes_no("has_unpaid_carer", CARER_STATUS, pl.col("has_carer"), "has an unpaid carer"),
    count("linked_carers", CARERS, pl.lit(1), "people", "unpaid carers named in care records"),
    measure(
        "linked_carer_age",
        CARERS,
        pl.col("carer_age"),
        "years",
        "age of the oldest named unpaid carer",
        take=Take.MAX,
    ),
    yes_no("carer_at_home", CARERS, pl.col("shares_home"), "a named unpaid carer lives in the household"),
    count(
        "unpaid_carer_contacts",
        CARING,
        pl.lit(1),
        "events",
        "contacts with the council as an unpaid carer",
        windows=(365, 730),
    ),
    yes_no("is_unpaid_carer", CARING, pl.lit(1), "known to the council as an unpaid carer", state="ever"),
)

SEX = yes_no("is_male", PEOPLE, pl.col("sex") == "male", "is a man")
"""Only with a reason in the settings: see the head of this module."""
