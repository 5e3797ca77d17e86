"""Frailty over the years: how it moves, and what it usually is, each count of deficits being a noisy one."""

import polars as pl

from features.as_of import DAYS_PER_YEAR, known_before, with_days_ago, within
from features.cohort import OLDER_YEARS
from features.declared import Snapshot, View, measure

COURSE_YEARS = 3
"""Snapshots older than this tell neither where frailty is going nor what it usually is."""
COURSE_DAYS = round(COURSE_YEARS * DAYS_PER_YEAR)

HALF_LIFE_DAYS = 365
"""A snapshot of a year ago counts half in the usual score: frailty moves, and a count of deficits is noisy
(assumed)."""

HABIT_COUNTS = 30
"""A practice's level counts for half once this many scores tell it: people of one age differ far more than
practices do (assumed)."""

SCORE_LEAST = 0.5 / 36
"""Stands for a score of 0 where logarithms are taken: half a deficit of the index's 36."""


def read_scores(seen: Snapshot) -> pl.LazyFrame:
    """`person_id, days_ago, efi_score, practice_code`: the known frailty scores of the last years, one a day
    and person, in their order."""
    return seen.once("frailty_scores", lambda: _scores(seen))


def _scores(seen: Snapshot) -> pl.LazyFrame:
    known = with_days_ago(known_before(seen.records.gp_snapshots, seen.as_of), seen.as_of)
    told = known.filter(within(COURSE_DAYS), pl.col("efi_score").is_not_null())
    highest = told.group_by("person_id", "days_ago").agg(pl.col("efi_score", "practice_code").max())
    return highest.sort("person_id", "days_ago")


def read_course(seen: Snapshot) -> pl.LazyFrame:
    """How each person's frailty score has moved: first and newest known snapshots of the last years."""
    newest_last = pl.col("efi_score").sort_by("days_ago", descending=True)
    course = (
        read_scores(seen)
        .group_by("person_id")
        .agg(
            newest_last.last().alias("newest"),
            newest_last.first().alias("first"),
            (pl.col("days_ago").max() - pl.col("days_ago").min()).alias("days_apart"),
        )
    )
    years = pl.col("days_apart") / DAYS_PER_YEAR
    slope = (pl.col("newest") - pl.col("first")) / years
    return course.filter(pl.col("days_apart") > 0).select("person_id", slope.alias("slope_per_year"))


def read_usual(seen: Snapshot) -> pl.LazyFrame:
    """Each person's mean score of the last years, newer ones weighing more; how far, in logarithms, it lies
    above what is usual at the ages they had; and above what is usual at those ages with their practice, since
    practices count differently. The last two are blank where nobody of 65 or over has a score."""
    told = _with_age_then(seen)
    above = (pl.col("log_score") - _usual_at_age()).alias("above")
    placed = told.join(_line_of_age(told), how="cross").with_columns(above).sort("person_id", "days_ago")
    return placed.with_columns(_habit_of_practice()).group_by("person_id").agg(
        _weighed("efi_score").alias("usual"),
        _weighed("above").alias("above_usual_for_age"),
        _weighed("beside_practice").alias("above_usual_with_practice"),
    )  # fmt: skip


def _weighed(what: str) -> pl.Expr:
    value, weight = pl.col(what).drop_nulls(), pl.col("weight").filter(pl.col(what).is_not_null())
    return pl.when(value.len() > 0).then((value * weight).sum() / weight.sum())


def _habit_of_practice() -> pl.Expr:
    """How far a score lies above its practice's own level, which is drawn to nought where it has few: by
    HABIT_COUNTS. Those with no practice on record count as of one."""
    of_age = pl.col("above").filter(pl.col("age_then") >= OLDER_YEARS)
    habit = of_age.sum().over("practice_code") / (of_age.len().over("practice_code") + HABIT_COUNTS)
    return (pl.col("above") - habit).alias("beside_practice")


def _with_age_then(seen: Snapshot) -> pl.LazyFrame:
    aged = read_scores(seen).join(seen.cohort.select("person_id", "age_years"), on="person_id")
    return aged.with_columns(
        (0.5 ** (pl.col("days_ago") / HALF_LIFE_DAYS)).alias("weight"),
        (pl.col("age_years") - pl.col("days_ago") / DAYS_PER_YEAR).alias("age_then"),
        pl.col("efi_score").clip(lower_bound=SCORE_LEAST).log().alias("log_score"),
    )


def _line_of_age(told: pl.LazyFrame) -> pl.LazyFrame:
    """One row: the least-squares line of the logarithm of the score in age, of those of 65 and over."""
    rise = pl.cov("age_then", "log_score") / pl.col("age_then").var()
    return told.filter(pl.col("age_then") >= OLDER_YEARS).select(
        pl.when(rise.is_finite()).then(rise).otherwise(0.0).alias("rise"),
        pl.col("age_then").mean().alias("age_mean"),
        pl.col("log_score").mean().alias("log_mean"),
    )


def _usual_at_age() -> pl.Expr:
    return pl.col("log_mean") + pl.col("rise") * (pl.col("age_then") - pl.col("age_mean"))


COURSE = View("frailty_course", "person_id", ("gp_snapshots",), read_course, one_row=True)
USUAL = View("frailty_usual", "person_id", ("gp_snapshots",), read_usual, one_row=True)

FRAILTY = (
    measure(
        "frailty_slope",
        COURSE,
        pl.col("slope_per_year"),
        "score a year",
        "yearly change of the frailty score",
        state=f"{COURSE_DAYS}d",
    ),
    measure(
        "frailty_usual",
        USUAL,
        pl.col("usual"),
        "0 to 1",
        "usual frailty score of the last three years, newer counts weighing more",
        state=f"{COURSE_DAYS}d",
    ),
    measure(
        "frailty_for_age",
        USUAL,
        pl.col("above_usual_for_age"),
        "log ratio",
        "how far usual frailty lies above what is usual at that age",
        state=f"{COURSE_DAYS}d",
    ),
    measure(
        "frailty_for_practice",
        USUAL,
        pl.col("above_usual_with_practice"),
        "log ratio",
        "how far usual frailty lies above what is usual at that age with the same GP practice",
        state=f"{COURSE_DAYS}d",
    ),
)
