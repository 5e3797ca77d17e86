"""Zones called after the places in them."""

import numpy as np
import polars as pl


def name_zones(zone: np.ndarray, areas: pl.DataFrame, hours: np.ndarray) -> list[str]:
    """A name for each zone: its ward with most hours; where two zones would share it, its next ward is added.

    `areas` (lsoa_name, ward_name?) in the order of `zone` and `hours`. Without wards the area's own name
    stands in, its running letter cut off. Names are unique: what still agrees is told apart as west and
    east (zones are numbered from the west), or by number.
    """
    place = pl.coalesce("ward_name", pl.col("lsoa_name").str.replace(r"[A-Z]$", ""), pl.lit("Unnamed"))
    ranked = (
        areas.select(place.alias("place"))
        .with_columns(zone=pl.Series(zone), hours=pl.Series(hours).round(6))
        .group_by("zone", "place")
        .agg(pl.col("hours").sum().round(6))
        .sort("zone", "hours", "place", descending=[False, True, False])
        .group_by("zone", maintain_order=True)
        .agg(pl.col("place"))
    )
    places = [row[1] for row in ranked.iter_rows()]
    firsts = [inside[0] for inside in places]
    longer = [_join(inside[:2]) if firsts.count(inside[0]) > 1 else inside[0] for inside in places]
    return [_tell_apart(longer, k) for k in range(len(longer))]


def _join(words: list[str]) -> str:
    return " and ".join(words)


def _tell_apart(names: list[str], k: int) -> str:
    alike, before = names.count(names[k]), names[:k].count(names[k])
    if alike == 1:
        return names[k]
    return f"{names[k]} ({('west', 'east')[before] if alike == 2 else before + 1})"
