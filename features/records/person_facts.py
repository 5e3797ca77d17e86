"""What is known of each person: when born, sex, ethnicity, death, first seen, open case. One row a person."""

from datetime import date

import polars as pl

from configs.settings import LagsDays
from features.records.known import known_after

_NO_ETHNICITY = r"(?i)^(no data|invalid)"
_SURER = {"demographics": 0, "cld": 1}
_CASE_ENDS_DAYS = (
    91  # a finished request or assessment keeps a case open this long (the gap that ends a spell)
)
DEATHS = pl.Schema({"person_id": pl.String, "date_of_death": pl.Date, "death_known_on": pl.Date})


def describe_people(linked: pl.DataFrame, ethnicity: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """person_id, date_of_birth?, sex, ethnicity?, first_seen_on of everybody on any row, sorted.

    `linked`: mentions with person_id; `ethnicity`: person_id, kind, extract_date, ethnicity. The register's
    word goes first, then care records', then the rest; within one the commonest, then the smaller.
    """
    used = ("person_id", "kind", "on_date", "extract_date", "date_of_birth", "sex")
    there = linked.select(used).filter(pl.col("person_id").is_not_null())
    seen = there.with_columns(
        known_on=known_after(pl.coalesce("on_date", "extract_date"), 0, pl.col("extract_date"))
        + pl.duration(days=_lag_of_kind(lags))
    ).with_columns(known_on=pl.min_horizontal("known_on", "extract_date"))
    people = seen.group_by("person_id").agg(first_seen_on=pl.col("known_on").min())
    said = ethnicity.filter(~pl.col("ethnicity").str.contains(_NO_ETHNICITY))
    for column, source in (("date_of_birth", there), ("sex", there), ("ethnicity", said)):
        people = people.join(_commonest(source, column), on="person_id", how="left")
    return people.select(
        "person_id", "date_of_birth", pl.col("sex").fill_null("unknown"), "ethnicity", "first_seen_on"
    ).sort("person_id")


def _lag_of_kind(lags: LagsDays) -> pl.Expr:
    return pl.col("kind").replace_strict(lags.model_dump(), default=0, return_dtype=pl.Int64)


def _commonest(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    surer = pl.col("kind").replace_strict(_SURER, default=2, return_dtype=pl.Int8)
    return (
        rows.select("person_id", "kind", column)
        .filter(pl.col(column).is_not_null() & pl.col("person_id").is_not_null())
        .group_by("person_id", column, surer.alias("_surer"))
        .len()
        .sort("person_id", "_surer", "len", column, descending=[False, False, True, False])
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", column)
    )


def find_deaths(
    register: pl.DataFrame | None, care: pl.DataFrame | None, admissions: pl.DataFrame | None, lags: LagsDays
) -> pl.DataFrame:
    """person_id, date_of_death, death_known_on: the register's date, else care records', else a death in
    hospital; known when the first of them could tell. `register`, `care`: person_id, date_of_death?,
    extract_date."""
    told = [
        _told(register, 0, lags.demographics, "effective_from"),
        _told(care, 1, lags.cld, "event_start_date"),
        _hospital_deaths(admissions),
    ]
    every = pl.concat([t for t in told if t is not None] or [_told_nothing()])
    best = every.sort("person_id", "_rank", "date_of_death", "death_known_on").unique(
        "person_id", keep="first", maintain_order=True
    )
    first = every.group_by("person_id").agg(pl.col("death_known_on").min())
    return best.drop("death_known_on").join(first, on="person_id").select(DEATHS.names()).sort("person_id")


def _told(rows: pl.DataFrame | None, rank: int, lag_days: int, begins: str) -> pl.DataFrame | None:
    """A row tells of a death no sooner than it can have stood there itself."""
    if rows is None:
        return None
    dead = rows.filter(pl.col("person_id").is_not_null() & pl.col("date_of_death").is_not_null())
    day = pl.max_horizontal("date_of_death", begins) if begins in rows.columns else pl.col("date_of_death")
    return dead.select(
        "person_id",
        "date_of_death",
        death_known_on=known_after(day, lag_days, pl.col("extract_date")),
        _rank=pl.lit(rank),
    )


def _told_nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={**DEATHS, "_rank": pl.Int32})


def _hospital_deaths(admissions: pl.DataFrame | None) -> pl.DataFrame | None:
    if admissions is None:
        return None
    died = admissions.filter(pl.col("died") & pl.col("discharged_on").is_not_null())
    # Known when the stay is, a lag after it ended, and not on the day itself.
    known = pl.col("known_on").alias("death_known_on")
    return died.select("person_id", pl.col("discharged_on").alias("date_of_death"), known, _rank=pl.lit(2))


def find_open_cases(care_events: pl.DataFrame, as_of: date) -> pl.Series:
    """person_ids with a case open at the start of `as_of`, as far as known: a service running, or a request,
    assessment or review not ended, or ended in the last 91 days."""
    known = care_events.filter((pl.col("known_on") < as_of) & (pl.col("happened_on") < as_of))
    ended = pl.when(pl.col("end_known_on") < as_of).then("ended_on")
    grace = pl.when(pl.col("event_type") == "Service").then(0).otherwise(_CASE_ENDS_DAYS)
    still = ended.is_null() | (ended + pl.duration(days=grace) > as_of)
    return known.filter(still).get_column("person_id").unique()
