"""Columns brought over from another table without copying the table they are brought to."""

from collections.abc import Sequence

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
