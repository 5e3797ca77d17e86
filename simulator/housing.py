"""Dwellings on streets in areas: address, postcode, UPRN, type, tenure, warmth, band and energy
certificates."""

from dataclasses import dataclass

import numpy as np
import shapely

from simulator import rates, words
from simulator.geography import County
from simulator.log import Array

POSTCODE_AREA = "FG"
"""A postcode area that Royal Mail does not use, so that no address is anybody's."""
_UNIT_LETTERS = np.array(list("ABDEFGHJLNPQRSTUWXYZ"))
DWELLINGS_PER_STREET = 22  # assumed
FLATS_PER_BLOCK = 10  # assumed
BANDS = "ABCDEFGH"
AGE_BANDS_BUILT = (
    "England and Wales: before 1900",
    "England and Wales: 1900-1929",
    "England and Wales: 1930-1949",
    "England and Wales: 1950-1966",
    "England and Wales: 1967-1975",
    "England and Wales: 1976-1982",
    "England and Wales: 1983-1990",
    "England and Wales: 1991-1995",
    "England and Wales: 1996-2002",
    "England and Wales: 2003-2006",
    "England and Wales: 2007 onwards",
)


@dataclass(frozen=True)
class Streets:
    """One entry a street: its area, name, ends of its line in British National Grid, and postcode."""

    area: Array
    name: Array
    easting: Array
    northing: Array
    bearing: Array
    postcode: Array


@dataclass(frozen=True)
class Dwellings:
    """One entry a dwelling. `kind` indexes geography.DWELLING_TYPES, `tenure` geography.TENURES.

    `flat` is the flat's number in its block or 0; `block` the block's number or -1; `number` the house
    or block number;
    `sap` the true energy score; `built` indexes AGE_BANDS_BUILT; `band` the council tax band's letter number.
    """

    area: Array
    street: Array
    number: Array
    block: Array
    flat: Array
    easting: Array
    northing: Array
    kind: Array
    bungalow: Array
    sheltered: Array
    tenure: Array
    sap: Array
    built: Array
    band: Array
    bedrooms: Array
    gas: Array
    uprn: Array
    block_name: Array
    block_uprn: Array


def build_streets(county: County, homes_per_area: Array, rng: np.random.Generator) -> Streets:
    """Enough streets in every area for its dwellings, thicker round the area's middle, each name once
    in a place."""
    count = np.maximum(2, np.ceil(homes_per_area / DWELLINGS_PER_STREET).astype(int))
    area = np.repeat(np.arange(len(county.codes)), count)
    at = points_inside(county, area, rng, gather=0.45)
    return Streets(
        area=area,
        name=_street_names(county.place[area].astype(str), rng),
        easting=at[:, 0],
        northing=at[:, 1],
        bearing=rng.uniform(0, np.pi, len(area)),
        postcode=_postcodes(county, area),
    )


def points_inside(county: County, area: Array, rng: np.random.Generator, gather: float = 0.0) -> Array:
    """A random point inside the polygon of each area named; `gather` draws them towards the area's
    inner point."""
    middle = shapely.get_coordinates(shapely.point_on_surface(county.shapes))
    box = shapely.bounds(county.shapes)
    at = middle[area].astype(float)
    todo = np.arange(len(area))
    for _ in range(60):
        if not len(todo):
            break
        box_of = box[area[todo]]
        draw = box_of[:, :2] + rng.random((len(todo), 2)) * (box_of[:, 2:] - box_of[:, :2])
        draw += gather * (middle[area[todo]] - draw) * rng.random((len(todo), 1)) * 2
        inside = shapely.contains_xy(county.shapes[area[todo]], draw[:, 0], draw[:, 1])
        at[todo[inside]] = draw[inside]
        todo = todo[~inside]
    return at


def _street_names(place: Array, rng: np.random.Generator) -> Array:
    """Two words a street; within a place each pair is used once, then with Upper, Lower, Old, New
    before it."""
    pairs = np.array([f"{a} {b}" for a in words.STREET_FIRST for b in words.STREET_LAST], dtype=object)
    names = np.empty(len(place), dtype=object)
    for town in np.unique(place):
        mine = np.flatnonzero(place == town)
        shuffled = rng.permutation(pairs)
        pool = np.concatenate(
            [shuffled, *(f"{before} " + shuffled for before in ("Great", "Little", "Old", "New"))]
        )
        names[mine] = pool[: len(mine)] if len(mine) <= len(pool) else np.resize(pool, len(mine))
    return names


def _postcodes(county: County, area: Array) -> Array:
    """One postcode a street: district by MSOA, sector and unit counted within it."""
    _, district = np.unique(county.msoa[area], return_inverse=True)
    order = np.argsort(district, kind="stable")
    within = np.empty(len(area), dtype=int)
    within[order] = np.arange(len(area)) - np.searchsorted(district[order], district[order])
    sector, unit = within // 60 % 9 + 1, within % 60 * 6 + within // 540
    letters = np.char.add(_UNIT_LETTERS[unit // 20 % 20], _UNIT_LETTERS[unit % 20])
    outward = np.char.add(POSTCODE_AREA, (district % 98 + 1).astype(str))
    return np.char.add(np.char.add(np.char.add(outward, " "), sector.astype(str)), letters)


def build_dwellings(county: County, households: int, rng: np.random.Generator) -> tuple[Streets, Dwellings]:
    """Dwellings for `households` and the usual empty ones, shared among areas by population.

    Tenure, type and their mix follow each area's shares; warmth follows age, type and tenure (rates.md 8).
    """
    total = int(np.ceil(households / (1 - rates.EMPTY_SHARE)))
    share = county.people / county.people.sum()
    per_area = _share_out(total, share)
    streets = build_streets(county, per_area, rng)
    area = np.repeat(np.arange(len(per_area)), per_area)
    kind, tenure = _pick(county.dwelling[area], rng), _pick(_tenure_by_kind(county, area), rng)
    kind = np.where((tenure == 3) & (kind == 0), 1, kind)
    order = np.lexsort((tenure, kind, area))
    kind, tenure, area = kind[order], tenure[order], area[order]
    street, number, block, flat = _addresses(streets, area, kind, rng)
    at = _along(county, streets, street, number, area, rng)
    sheltered = _sheltered_blocks(block, tenure, area, rng)
    built = _built(kind, tenure, rng)
    sap = _warmth(built, kind, tenure, county.rural[area], rng)
    uprns = rng.permutation(np.arange(1, 4 * total + 1))[: 2 * total] * 7 + 219_000_000_000
    names = rng.choice(words.BUILDINGS, block.max() + 2).astype(object)
    suffix = rng.choice(["House", "Court", "Lodge"], block.max() + 2).astype(object)
    return streets, Dwellings(
        area=area,
        street=street,
        number=number,
        block=block,
        flat=flat,
        easting=np.round(at[:, 0], 1),
        northing=np.round(at[:, 1], 1),
        kind=kind,
        bungalow=(kind <= 1) & (rng.random(len(kind)) < 0.14),
        sheltered=sheltered,
        tenure=tenure,
        sap=sap,
        built=built,
        band=_bands(kind, county.need[area], rng),
        bedrooms=np.clip(np.round(rng.normal(np.array([3.4, 2.9, 2.4, 1.6])[kind], 0.6)), 1, 5).astype(int),
        gas=rng.random(len(kind)) < np.where(county.rural[area], 0.6, 0.95),
        uprn=uprns[:total],
        block_name=names + " " + suffix,
        block_uprn=uprns[total:],
    )


def _share_out(total: int, share: Array) -> Array:
    """Whole numbers that add up to `total` in proportion to `share`, largest remainders first."""
    exact = total * share
    whole = np.floor(exact).astype(int)
    rest = np.argsort(-(exact - whole), kind="stable")[: total - whole.sum()]
    whole[rest] += 1
    return whole


def _pick(shares: Array, rng: np.random.Generator) -> Array:
    return (rng.random(len(shares))[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(1)


def _tenure_by_kind(county: County, area: Array) -> Array:
    return county.tenure[area]


def _addresses(
    streets: Streets, area: Array, kind: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Street, number, block and flat of each dwelling: flats stand ten to a block, a block takes one
    number."""
    flats = kind == 3
    within = _count_within(area * 2 + flats)
    block_key = np.where(flats, area * 100_000 + within // FLATS_PER_BLOCK, -1)
    _, compact = np.unique(block_key, return_inverse=True)
    block = np.where(flats, compact - int((~flats).any()), -1)
    plot_key = np.where(flats, -1 - block, np.arange(len(area)))
    _, first, plot = np.unique(plot_key, return_index=True, return_inverse=True)
    first_street = np.searchsorted(streets.area, np.arange(int(streets.area.max()) + 1))
    n_streets = np.bincount(streets.area)
    plot_area = area[first]
    plot_street = first_street[plot_area] + (rng.random(len(first)) * n_streets[plot_area]).astype(int)
    plot_number = _count_within(plot_street) + 1
    flat = np.where(flats, within % FLATS_PER_BLOCK + 1, 0)
    return plot_street[plot], plot_number[plot], block, flat


def _count_within(key: Array) -> Array:
    """0, 1, 2 … within each key, in order of appearance."""
    order = np.argsort(key, kind="stable")
    count = np.empty(len(key), dtype=int)
    count[order] = np.arange(len(key)) - np.searchsorted(key[order], key[order])
    return count


def _along(
    county: County, streets: Streets, street: Array, number: Array, area: Array, rng: np.random.Generator
) -> Array:
    """Where each dwelling stands: along its street, 12 metres a plot, and never outside its area."""
    along = (number - 10) * 12.0
    side = np.where(number % 2 == 0, 9.0, -9.0)
    bearing = streets.bearing[street]
    east = streets.easting[street] + along * np.cos(bearing) - side * np.sin(bearing)
    north = streets.northing[street] + along * np.sin(bearing) + side * np.cos(bearing)
    inside = shapely.contains_xy(county.shapes[area], east, north)
    near = rng.uniform(-4, 4, (2, len(area)))
    east = np.where(inside, east, streets.easting[street] + near[0])
    north = np.where(inside, north, streets.northing[street] + near[1])
    inside = shapely.contains_xy(county.shapes[area], np.round(east, 1), np.round(north, 1))
    return np.stack(
        [np.where(inside, east, streets.easting[street]), np.where(inside, north, streets.northing[street])],
        1,
    )


def _sheltered_blocks(block: Array, tenure: Array, area: Array, rng: np.random.Generator) -> Array:
    """Whole blocks of flats for older people: rates.md 12 "75+ in sheltered or extra care" 9%."""
    blocks = int(block.max()) + 1 if len(block) else 0
    social = np.bincount(block[block >= 0], weights=(tenure == 3)[block >= 0], minlength=max(blocks, 1))
    chance = np.where(social > 0.3 * FLATS_PER_BLOCK, 0.60, 0.16)
    chosen = rng.random(len(chance)) < chance
    return (block >= 0) & chosen[np.maximum(block, 0)]


def _built(kind: Array, tenure: Array, rng: np.random.Generator) -> Array:
    centre = np.array([5.0, 4.0, 2.6, 6.0])[kind] + 0.8 * (tenure == 3) - 0.8 * (tenure == 2)
    return np.clip(np.round(rng.normal(centre, 2.6)), 0, len(AGE_BANDS_BUILT) - 1).astype(int)


def _warmth(built: Array, kind: Array, tenure: Array, rural: Array, rng: np.random.Generator) -> Array:
    """SAP score: newer, smaller and social homes are warmer; the country colder (rates.md 8; sizes
    assumed)."""
    centre = 67.9 + 2.4 * (built - 4.3) + np.array([-2.5, 0.0, 1.5, 6.0])[kind]
    centre = centre + 5.0 * (tenure == 3) + 1.0 * (tenure == 2) - 1.8 * rural
    return np.clip(np.round(centre + rng.normal(0, 7.5, len(built))), 5, 98).astype(int)


def _bands(kind: Array, need: Array, rng: np.random.Generator) -> Array:
    centre = np.array([4.3, 2.4, 1.4, 0.7])[kind] - 0.7 * need
    return np.clip(np.round(rng.normal(centre, 0.9)), 0, 7).astype(int)
