"""Council tax: local codes turned into national meanings by the council's own key, and what follows."""

from collections.abc import Mapping

import polars as pl

from configs.extract_specs import CODE_PUNCTUATION, normalise_code
from features.records.reading_rows import BLANKED_SCHEMA

CODED = {"discount": ("discount",), "disregard": ("disregard",), "exemption": ("exemption",)}
REDUCTION_KINDS = ("reduction", "discount")
"""A disabled band reduction may stand under either kind in the key (landing.md, Codes)."""
REDUCTION = "disabled_band_reduction"
NO_KEY = "other"
Key = Mapping[str, Mapping[str, str]]
"""Kind of code -> normalised local code -> national meaning."""


def council_tax_key(
    codes: pl.DataFrame | None, own: Mapping[str, Mapping[str, str]], la_code: str | None
) -> Key:
    """The key from the landed `council_tax_codes`, with what landing.toml says laid over it.

    `own` is by our column of council_tax. Lines of another billing authority (`la_code`) are left out where
    both name one. An empty key is returned where neither is given.
    """
    key: dict[str, dict[str, str]] = {
        kind: {} for kind in ("discount", "disregard", "exemption", "reduction")
    }
    if codes is not None:
        for authority, kind, local, meaning in codes.select(
            "la_code", "code_kind", "local_code", "national_meaning"
        ).iter_rows():
            if authority is None or la_code is None or authority == la_code:
                key[kind][normalise_code(local)] = meaning
    for column, pairs in own.items():
        kind = "reduction" if column == "disabled_reduction" else column
        key.setdefault(kind, {}).update({normalise_code(local): meaning for local, meaning in pairs.items()})
    return key


def with_national_codes(table: pl.DataFrame, key: Key) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Council tax rows with national meanings, and the counts of codes that the key lacks (as `blanked`).

    Adds `billing_differs`, makes `disabled_reduction` a flag, drops the billing address.
    """
    unknown = pl.concat([_unknown(table, column, key) for column in CODED])
    meant = table.with_columns(_meaning(column, key).alias(column) for column in CODED)
    reduced = meant.with_columns(_reduced(key).alias("disabled_reduction"))
    return reduced.with_columns(_billing_differs().alias("billing_differs")).drop("billing_address"), unknown


def _normal(column: str) -> pl.Expr:
    lower = pl.col(column).str.to_lowercase().str.replace_all("&", "and", literal=True)
    return lower.str.replace_all(CODE_PUNCTUATION, "")


def _known(column: str, key: Key) -> pl.Expr:
    meanings = {normalise_code(m): m for group in key.values() for m in group.values()}
    table = {**meanings, **{k: v for kind in CODED[column] for k, v in key.get(kind, {}).items()}}
    return _normal(column).replace_strict(table, default=None, return_dtype=pl.String)


def _meaning(column: str, key: Key) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null()).then(_known(column, key).fill_null(NO_KEY))


def _unknown(table: pl.DataFrame, column: str, key: Key) -> pl.DataFrame:
    strange = table.filter(pl.col(column).is_not_null() & _known(column, key).is_null())
    counted = strange.group_by("file").agg(pl.len().cast(pl.Int64).alias("rows")).sort("file")
    return counted.select(
        pl.lit("council_tax").alias("kind"),
        "file",
        pl.lit(column).alias("column"),
        pl.lit("local_code_unknown").alias("rule"),
        "rows",
    ).cast(BLANKED_SCHEMA)  # type: ignore[arg-type]


def _reduced(key: Key) -> pl.Expr:
    """True where the indicator or the discount says so; a blank indicator is a no."""
    codes = [k for kind in REDUCTION_KINDS for k, v in key.get(kind, {}).items() if v == REDUCTION]
    said = _normal("disabled_reduction")
    yes = said.is_in(["y", "yes", "1", "true", normalise_code(REDUCTION), *codes])
    no = said.is_in(["n", "no", "0", "false"]) | said.is_null()
    by_discount = (pl.col("discount") == REDUCTION).fill_null(False)
    return pl.when(yes | by_discount).then(True).when(no).then(False).otherwise(None)


def _billing_differs() -> pl.Expr:
    here, bill = _normal("address"), _normal("billing_address")
    same = bill.str.starts_with(here) | here.str.starts_with(bill)
    return (pl.col("billing_address").is_not_null() & ~same.fill_null(False)).alias("billing_differs")
