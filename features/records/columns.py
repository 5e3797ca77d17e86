"""Columns brought over from another table or made of repeated texts, without copying the table they enter."""

from collections.abc import Callable, Sequence

import polars as pl


def bring(frame: pl.DataFrame, other: pl.DataFrame, on: Sequence[str], *columns: str) -> pl.DataFrame:
    """`frame` with `columns` of `other`, matched by `on`, null where nothing matches; rows as they were.

    A join gathers every column anew, which of a table of millions of wide rows is the better part of a run's
    memory; here the keys alone are joined. `other` must hold each key once: raises ComputeError else.
    """
    keys = frame.select(on)
    found = keys.join(
        other.select(*on, *columns), on=list(on), how="left", maintain_order="left", validate="m:1"
    )
    return frame.with_columns(found.get_columns()[len(on) :])


def change_texts(texts: pl.Series, change: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """`change` of every text, each different one looked at once: a county's rows repeat their names and
    addresses. Null stays null; the name stays."""
    distinct = texts.unique().drop_nulls()
    changed = distinct.to_frame().select(change(pl.col(distinct.name)))[distinct.name]
    return texts.replace_strict(distinct, changed, default=None, return_dtype=changed.dtype)
