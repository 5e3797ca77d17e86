"""How well rows found their address and their person, by source and by group: linkage is a fairness question.

Whoever is matched worse is seen less: their need is counted lower and help reaches them later (linkage
bias). The groups are those of the person a row leads to; a row that leads to nobody stands under `unknown`.
"""

from datetime import date

import polars as pl

ROWS_MIN = 10
"""Fewer rows than this are not told apart."""
RECENT_DAYS = 365
QUALITY = pl.Schema(
    {
        "kind": pl.String,
        "group": pl.String,
        "value": pl.String,
        "rows": pl.Int64,
        "with_uprn": pl.Float64,
        "with_person": pl.Float64,
    }
)
_FLAT = r"(?i)\b(?:FLAT|APARTMENT|APT|FLT|UNIT|ROOM|MAISONETTE)\b"
_GROUPS = ("all", "sex", "age_band", "ethnicity", "moved_last_year", "tenure", "address_of")


def judge_matches(
    identity: pl.DataFrame,
    addresses: pl.DataFrame,
    people: pl.DataFrame,
    residences: pl.DataFrame,
    tenants: pl.Series,
    as_of: date,
) -> pl.DataFrame:
    """Share of rows with a UPRN and with a person, by kind of file and group, in QUALITY's columns, sorted.

    `addresses`: kind, file, row, address? of the rows that bear one; `tenants`: person_ids with a tenancy
    of the council's or a housing association's. Restricted people's rows, which show no address, are left
    out."""
    open_to_see = people.filter(~pl.col("restricted"))
    known = open_to_see.select("person_id", *_facts(as_of)).join(
        _moved(residences, as_of), on="person_id", how="left"
    )
    tenure = (
        pl.when(pl.col("person_id").is_in(tenants.implode()))
        .then(pl.lit("social"))
        .otherwise(pl.lit("other"))
    )
    hidden = people.filter("restricted")["person_id"].implode()
    seen = identity.lazy().select("kind", "file", "row", "person_id", found=pl.col("uprn").is_not_null())
    open_rows = seen.filter(~pl.col("person_id").is_in(hidden).fill_null(False))
    groups = known.lazy().with_columns(tenure=tenure)
    parts = [QUALITY.to_frame()]
    for kind in addresses["kind"].unique().sort():  # one at a time: together they are half the landing
        rows = _grouped(addresses.lazy().filter(pl.col("kind") == kind), open_rows, groups)
        parts += [_by(rows, group) for group in _GROUPS]
    return pl.concat(parts).filter(pl.col("rows") >= ROWS_MIN).sort("kind", "group", "value")


def _grouped(addresses: pl.LazyFrame, seen: pl.LazyFrame, groups: pl.LazyFrame) -> pl.DataFrame:
    flat = pl.col("address").str.contains(_FLAT)
    address_of = pl.when(flat).then(pl.lit("flat")).otherwise(pl.lit("house"))
    return (
        addresses.select("kind", "file", "row", address_of=address_of)
        .join(seen, on=["kind", "file", "row"])
        .join(groups, on="person_id", how="left")
        .with_columns(all=pl.lit("all"))
        .collect()
    )


def _facts(as_of: date) -> list[pl.Expr]:
    years = (pl.lit(as_of) - pl.col("date_of_birth")).dt.total_days() / 365.25
    band = years.cut([18, 65, 85], labels=["0-17", "18-64", "65-84", "85+"], left_closed=True)
    return [
        pl.col("sex"),
        band.cast(pl.String).alias("age_band"),
        pl.col("ethnicity").str.extract(r"^([^:]+)").alias("ethnicity"),
    ]


def _moved(residences: pl.DataFrame, as_of: date) -> pl.DataFrame:
    begun = (
        residences.filter(pl.col("from_date") < as_of).group_by("person_id").agg(pl.col("from_date").max())
    )
    recent = (pl.lit(as_of) - pl.col("from_date")).dt.total_days() < RECENT_DAYS
    said = pl.when(recent).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return begun.select("person_id", moved_last_year=said)


def _by(rows: pl.DataFrame, group: str) -> pl.DataFrame:
    counted = rows.group_by("kind", pl.col(group).fill_null("unknown").alias("value")).agg(
        rows=pl.len(),
        with_uprn=pl.col("found").mean().round(4),
        with_person=pl.col("person_id").is_not_null().mean().round(4),
    )
    return counted.with_columns(group=pl.lit(group)).select(QUALITY.names()).cast(QUALITY)
