"""The ages of areas from a population table, whichever way its publisher cuts ages."""

import re

import numpy as np
import polars as pl

from simulator.geography import AGE_BANDS, NATIONAL_AGES
from simulator.log import Array

_RANGE = re.compile(r"(\d+)\s*(?:-|–|to)\s*(\d+)")
_UNDER = re.compile(r"(\d+)\s*(?:years )?and under|under (\d+)")
_OPEN = re.compile(r"(\d+)\s*(?:\+|plus|(?:years )?and over|or over)")
_SINGLE = re.compile(r"^(?:aged?[: ]*)*[fm]?\s*(\d+)(?: years?)?$")
OLDEST = 120


def ages_of(column: str) -> tuple[int, int] | None:
    """First and last age that a column counts (`0-4`, `Aged 5 to 9 years`, `90+`, `F37`), None for any other
    column; an open band ends at 120."""
    text = column.strip().lower()
    if found := _OPEN.search(text):
        return int(found[1]), OLDEST
    if found := _RANGE.search(text):
        return int(found[1]), int(found[2])
    if found := _UNDER.search(text):
        return 0, int(found[1] or found[2])
    found = _SINGLE.match(text)
    return (int(found[1]), int(found[1])) if found and int(found[1]) <= OLDEST else None


def five_year_bands(frame: pl.DataFrame) -> Array | None:
    """Areas × AGE_BANDS: people by five-year band, from five-year bands, single years (of both sexes together
    or apart: `F0`, `M0`) or a wider last band, which is split as England's ages are. None where the columns
    leave an age out."""
    cut = _cut(frame)
    if ages_left_out(frame):
        return None
    counts = frame.select(pl.col(list(cut)).cast(pl.Float64, strict=False).fill_null(0.0)).to_numpy()
    return counts @ np.stack([_shared_out(low, high) for low, high in cut.values()])


def ages_left_out(frame: pl.DataFrame) -> list[str]:
    """The five-year bands in which no column counts some age, in words."""
    counted = {age for low, high in _cut(frame).values() for age in range(low, high + 1)}
    ends = [*(first - 1 for first in AGE_BANDS[1:]), OLDEST]
    lacking = [(a, z) for a, z in zip(AGE_BANDS, ends, strict=True) if not counted >= set(range(a, z + 1))]
    return [
        f"no column counts all ages {a} to {z}" if z < OLDEST else f"none counts {a}+" for a, z in lacking
    ]


def _cut(frame: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """Columns of ages, totals over all ages left out."""
    found = {column: ages for column in frame.columns if (ages := ages_of(column)) is not None}
    return {column: ages for column, ages in found.items() if ages != (0, OLDEST)}


def _shared_out(low: int, high: int) -> Array:
    """The share of a column's people in each five-year band, by England's ages where it spans several."""
    edges = np.array([*AGE_BANDS, OLDEST + 1])
    years = np.minimum(edges[1:], high + 1) - np.maximum(edges[:-1], low)
    weight = np.maximum(years, 0) / np.diff(edges) * np.array(NATIONAL_AGES)
    return weight / weight.sum()
