"""From people to households: the chance that any member has the outcome."""

import polars as pl

DIGITS = 6


def household_chances(people: pl.DataFrame) -> pl.DataFrame:
    """1 - product of (1 - p) over eligible members, one row per household and outcome, sorted by both.

    `people`: person_id, household_id?, lsoa_code?, communal bool, as_of, outcome, horizon_days, probability?,
    eligible. A communal address is no household; one with no eligible member has no row.
    """
    members = people.filter(
        pl.col("household_id").is_not_null(), ~pl.col("communal"), pl.col("eligible")
    ).sort("household_id", "outcome", "person_id")
    return (
        members.group_by("household_id", "as_of", "outcome", "horizon_days", maintain_order=True)
        .agg(
            pl.col("lsoa_code").drop_nulls().first(),
            (1 - (1 - pl.col("probability")).product()).round(DIGITS).alias("probability"),
        )
        .select("household_id", "lsoa_code", "as_of", "outcome", "horizon_days", "probability")
        .sort("household_id", "outcome")
    )
