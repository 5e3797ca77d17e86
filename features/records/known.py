"""When the council can have known of something: the one place where lags are added."""

from datetime import date

import polars as pl


def known_after(happened_on: pl.Expr, lag_days: int, extract_date: pl.Expr) -> pl.Expr:
    """`happened_on` plus the source's lag, never after the extract that shows it; null where nothing
    happened."""
    lagged = happened_on + pl.duration(days=lag_days)
    return pl.min_horizontal(lagged, pl.when(happened_on.is_not_null()).then(extract_date))


def earliest(*dates: date | None) -> date | None:
    """The earliest of those that are there."""
    there = [d for d in dates if d is not None]
    return min(there) if there else None


def still_standing(facts: pl.DataFrame) -> pl.DataFrame:
    """The rows that nothing learnt since has replaced: what is believed today. `facts`: with replaced_on?."""
    return facts.filter(pl.col("replaced_on").is_null())
