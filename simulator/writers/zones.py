"""Today's zones: groups of neighbouring areas, each with a lead agency, and the council's own area groups."""

import numpy as np
import polars as pl

from simulator.geography import County, grouped_areas
from simulator.landed import Landing
from simulator.log import Array
from simulator.names import numbered

AREAS_PER_DIVISION = 6
_DIVISION_SEED = 43


def zone_ids(zones: Array) -> Array:
    """The identifiers of zones by their numbers."""
    return numbered("Z", zones + 1, 2)


def write_area_groups(landing: Landing) -> None:
    """places/area_groups: neighbourhoods (today's zones) and divisions of the county."""
    county = landing.world.county
    parts = (
        ("neighbourhood", "N", landing.zones),
        ("division", "D", grouped_areas(county, AREAS_PER_DIVISION, _DIVISION_SEED)),
    )
    frames = [
        pl.DataFrame(
            {
                "group_kind": kind,
                "group_code": [f"{letter}{n + 1:02d}" for n in number],
                "group_name": [_name(county, number == n) for n in number],
                "area_code": county.codes.astype(str),
            }
        )
        for kind, letter, number in parts
    ]
    landing.land(pl.concat(frames), "places/area_groups.csv")


def _name(county: County, inside: Array) -> str:
    """The commonest place of a group."""
    places, count = np.unique(county.place[inside].astype(str), return_counts=True)
    return str(places[np.argmax(count)])


def write_lsoa_lookup(landing: Landing) -> None:
    """places/lsoa_lookup: most areas unchanged since 2011, one in forty split, one in eighty merged."""
    codes = landing.world.county.codes.astype(str)
    split, merged = max(1, len(codes) // 40), max(1, len(codes) // 80)
    order = landing.rng(201).permutation(len(codes))
    old_of = {codes[k]: [codes[k]] for k in range(len(codes))}
    change = dict.fromkeys(codes, "U")
    for a, b in zip(order[: 2 * split : 2], order[1 : 2 * split : 2], strict=False):
        old_of[codes[b]] = [codes[a]]
        change[codes[a]] = change[codes[b]] = "S"
    for n, k in enumerate(order[2 * split : 2 * split + merged]):
        old_of[codes[k]] = [codes[k], f"E01998{n:03d}"]
        change[codes[k]] = "M"
    rows = [(old, new, change[new]) for new in codes for old in old_of[new]]
    frame = pl.DataFrame(rows, schema=["LSOA11CD", "LSOA21CD", "CHGIND"], orient="row")
    landing.land(frame, "places/lsoa11_lsoa21_lookup.csv")
