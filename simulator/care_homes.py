"""The county's care homes: where they stand, what they offer, and who goes to which."""

from dataclasses import dataclass

import numpy as np

from simulator import rates, words
from simulator.geography import County
from simulator.housing import Streets, points_inside
from simulator.log import Array


@dataclass(frozen=True)
class CareHomes:
    """One entry a home; `weight` is its share of residents."""

    area: Array
    street: Array
    number: Array
    easting: Array
    northing: Array
    name: Array
    nursing: Array
    dementia: Array
    weight: Array
    uprn: Array
    location_id: Array


def build_care_homes(
    county: County, streets: Streets, residents: float, rng: np.random.Generator
) -> CareHomes:
    """Enough homes of about the usual size for the residents expected, at least two, one of them nursing."""
    count = max(2, round(residents / rates.OCCUPANCY / rates.BEDS_PER_HOME))
    share = county.people * (1 + county.ages[:, 15:].sum(1) / county.ages.sum(1) * 4)
    area = np.sort(
        rng.choice(len(county.codes), count, replace=count > len(county.codes), p=share / share.sum())
    )
    at = np.round(points_inside(county, area, rng, gather=0.6), 1)
    first = np.searchsorted(streets.area, area)
    names = [f"{a} {b}" for a in words.STREET_FIRST for b in words.HOME_LAST]
    nursing = np.arange(count) % 3 == 1
    kind = np.where(nursing, " Nursing Home", " Residential Home").astype(object)
    return CareHomes(
        area=area,
        street=first,
        number=100 + np.arange(count),
        easting=at[:, 0],
        northing=at[:, 1],
        name=rng.permutation(np.array(names, dtype=object))[:count] + kind,
        nursing=nursing,
        dementia=rng.random(count) < 0.6,
        weight=rng.gamma(4, 0.2, count) + 0.5,
        uprn=10_093_000_000 + rng.permutation(90_000)[:count] * 11,
        location_id=np.array([f"1-{n}" for n in 4_000_000_000 + rng.permutation(90_000)[:count] * 7]),
    )


def choose_home(
    homes: CareHomes, easting: Array, northing: Array, nursing: Array, rng: np.random.Generator
) -> Array:
    """A home for each person: larger ones and nearer ones (e-folding 12 km, assumed) first; nursing
    need wants nursing."""
    apart = np.hypot(easting[:, None] - homes.easting, northing[:, None] - homes.northing)
    score = np.log(homes.weight) - apart / 12_000 - 20.0 * (nursing[:, None] & ~homes.nursing)
    return np.argmax(score + rng.gumbel(size=score.shape), axis=1) if len(easting) else np.empty(0, dtype=int)
