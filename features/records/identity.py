"""Which row speaks of whom, and of which address: the one table, restricted, that leads back to source
rows."""

import polars as pl

from features.records.households import Gazetteer, home_at

IDENTITY = pl.Schema(
    {
        "kind": pl.String,
        "file": pl.String,
        "row": pl.Int64,
        "role": pl.String,
        "person_id": pl.String,
        "household_id": pl.String,
        "uprn": pl.Int64,
        "uprn_method": pl.String,
        "match_weight": pl.Float64,
        "distinguishability": pl.Float64,
    }
)
ADDRESSED = ("demographics", "council_tax", "tenancies", "adaptations", "epc")


def build_identity(
    linked: pl.DataFrame,
    addresses: pl.DataFrame,
    gazetteer: Gazetteer,
    residences: pl.DataFrame,
    restricted: pl.Series,
) -> pl.DataFrame:
    """One line for every row kept and every person it names, sorted by kind, file, row, role.

    `linked`: mentions with person_id; `addresses`: kind, file, row, uprn_method, match_weight?,
    distinguishability?. The household is the row's own address where it has one, else where the person lived
    on the row's date. A restricted person's lines carry no address at all.
    """
    used = ("kind", "file", "row", "role", "on_date", "person_id", "uprn")
    rows = (
        linked.select(used)
        .join(addresses, on=["kind", "file", "row"], how="left", maintain_order="left")
        .join(
            gazetteer.places.select("uprn", _own="household_id"), on="uprn", how="left", maintain_order="left"
        )
    )
    lived = home_at(rows, residences).alias("_lived")
    hidden = pl.col("person_id").is_in(restricted.implode()).fill_null(False)
    has_address = pl.col("kind").is_in(ADDRESSED)
    shown = rows.with_columns(
        lived,
        household_id="_own",
        uprn_method=pl.col("uprn_method").fill_null("none"),
    ).with_columns(household_id=pl.when(has_address).then("_own").otherwise("_lived"))
    blank = {
        c: pl.when(~hidden).then(c) for c in ("household_id", "uprn", "match_weight", "distinguishability")
    }
    method = pl.when(hidden | pl.col("uprn").is_null()).then(pl.lit("none")).otherwise("uprn_method")
    return (
        shown.with_columns(
            uprn_method=method,
            match_weight=pl.col("match_weight").round(3),
            distinguishability=pl.col("distinguishability").round(3),
        )
        .with_columns(**blank)
        .select(IDENTITY.names())
        .cast(IDENTITY)
        .sort("kind", "file", "row", "role")
    )
