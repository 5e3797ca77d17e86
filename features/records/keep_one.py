"""One row of several that tell of one thing: the latest extract's, and of those the one that says most."""

from collections.abc import Sequence

import polars as pl

_PLACE = ("file", "row", "extract_date")


def keep_fullest(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Each `key` once, sorted by it; same columns.

    A spoiled copy of a good row has its bad value blanked, so of the rows that one extract holds the one with
    most values speaks. Equal ones are told apart by what they say, so that the order of rows never matters.
    `rows`: extract_date, file, row beside any others. Empty in, empty out.
    """
    said = [c for c, kind in rows.schema.items() if c not in (*key, *_PLACE) and not kind.is_nested()]
    filled = pl.sum_horizontal([pl.lit(0), *(pl.col(c).is_not_null().cast(pl.Int32) for c in said)])
    order = [*key, "extract_date", "_filled", *said, "file", "row"]
    ranked = rows.with_columns(_filled=filled).sort(order, nulls_last=False)
    return ranked.unique(list(key), keep="last", maintain_order=True).drop("_filled")
