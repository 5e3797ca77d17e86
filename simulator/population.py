"""Households made up of people: who lives with whom, at what age, so that each area keeps its own age
structure."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from simulator.geography import AGE_BANDS
from simulator.log import Array

HEAD, PARTNER, CHILD, OTHER = 0, 1, 2, 3
HEAD_BANDS = tuple(range(20, 95, 5))
"""First ages of the bands in which a household's first adult is drawn."""

# Shares of households by age of the first adult: alone, couple, couple with children, one parent,
# sharing adults.
# rates.md 7: one-person households 30.2% of all, 12.8% aged 66+; living alone by age and sex. Split assumed.
_KINDS_FROM = np.array([18, 35, 50, 65, 75, 85])
_KINDS = np.array(
    [
        [0.25, 0.29, 0.27, 0.10, 0.09],
        [0.20, 0.16, 0.47, 0.13, 0.04],
        [0.29, 0.37, 0.24, 0.06, 0.04],
        [0.325, 0.565, 0.045, 0.035, 0.03],
        [0.42, 0.48, 0.025, 0.055, 0.02],
        [0.54, 0.31, 0.01, 0.11, 0.03],
    ]
)
_FEMALE_WHEN_ALONE = np.array([0.44, 0.40, 0.47, 0.74, 0.80, 0.84])
SAME_SEX = 0.02  # share of couples (assumed)
TWINS = 0.016  # share of births that are twins (assumed)


@dataclass(frozen=True)
class Members:
    """People of new households: `household` counts from 0, ages in years, `partner` is a row of this
    table or -1."""

    household: Array
    age: Array
    female: Array
    role: Array
    partner: Array


def compose(head_age: Array, rng: np.random.Generator) -> Members:
    """The people of one household for each first adult's age."""
    count = len(head_age)
    row = np.searchsorted(_KINDS_FROM, head_age, side="right") - 1
    kind = (rng.random(count)[:, None] > np.cumsum(_KINDS[row], axis=1)[:, :-1]).sum(1)
    coupled = (kind == 1) | (kind == 2)
    female = rng.random(count) < np.where(kind == 0, _FEMALE_WHEN_ALONE[row], np.where(kind == 3, 0.8, 0.35))
    partner_age = np.clip(head_age - np.where(female, -2.5, 2.0) + rng.normal(0, 3.5, count), 18, 99)
    pairs = np.flatnonzero(coupled)
    child_of, child_age = _children(head_age, kind, rng)
    other_of = np.repeat(np.arange(count), np.where(kind == 4, 1 + (rng.random(count) < 0.3), 0))
    other_age = np.clip(head_age[other_of] + rng.normal(0, 7, len(other_of)), 18, 97)
    household = np.concatenate([np.arange(count), pairs, child_of, other_of])
    partner = np.full(len(household), -1)
    partner[pairs], partner[count + np.arange(len(pairs))] = count + np.arange(len(pairs)), pairs
    lots = (count, len(pairs), len(child_of), len(other_of))
    return Members(
        household=household,
        age=np.concatenate([head_age, partner_age[pairs], child_age, other_age]),
        female=np.concatenate(
            [
                female,
                female[pairs] ^ (rng.random(len(pairs)) > SAME_SEX),
                rng.random(lots[2] + lots[3]) < 0.49,
            ]
        ),
        role=np.repeat([HEAD, PARTNER, CHILD, OTHER], lots),
        partner=partner,
    )


def _children(head_age: Array, kind: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Parent household and age of each child: one to four, some of them twins, grown ones if the
    parents are old."""
    family = np.flatnonzero((kind == 2) | (kind == 3))
    number = np.where(head_age[family] < 62, 1 + rng.binomial(3, 0.26, len(family)), 1)
    of = np.repeat(family, number)
    age = head_age[of] - rng.uniform(21, 37, len(of))
    oldest = np.where(head_age[of] < 55, 21, 58)
    age = np.where(
        (age < 0) | (age > oldest), rng.uniform(0, 1, len(of)) * np.minimum(oldest, head_age[of] - 18), age
    )
    twin = np.flatnonzero((rng.random(len(of)) < TWINS) & (np.roll(of, 1) == of))
    age[twin] = age[twin - 1]
    return of, np.maximum(age, 0.0)


def head_shares(ages: Array, rng: np.random.Generator) -> Array:
    """Areas × head bands: shares of households by first adult's age whose people best fit the areas' `ages`.

    Non-negative least squares of the age structure on what households of each band hold (4,000 drawn
    of each),
    pulled gently towards the county's own mix so that small areas do not swing.
    """
    mix = _ages_by_head(rng)
    county = _fit(mix, ages.sum(0), np.full(len(HEAD_BANDS), 1 / len(HEAD_BANDS)), 0.01)
    return np.stack([_fit(mix, row, county, 0.15) for row in ages])


def _ages_by_head(rng: np.random.Generator) -> Array:
    """Head bands × age bands: people of each age in a household of each head band."""
    heads = np.repeat(HEAD_BANDS, 4000) + rng.uniform(0, 5, 4000 * len(HEAD_BANDS))
    people = compose(heads, rng)
    head = people.household // 4000
    band = np.minimum(people.age // 5, len(AGE_BANDS) - 1).astype(int)
    counts = np.zeros((len(HEAD_BANDS), len(AGE_BANDS)))
    np.add.at(counts, (head, band), 1 / 4000)
    return counts


def _fit(mix: Array, ages: Array, prior: Array, pull: float) -> Array:
    target = ages / ages.sum()
    size = prior @ mix.sum(1)
    rows = np.concatenate([mix.T / size, pull * np.eye(len(prior))])
    weight, _ = nnls(rows, np.concatenate([target, pull * prior]))
    return weight / weight.sum()


def draw_heads(shares: Array, rng: np.random.Generator) -> Array:
    """An age for each row of head-band shares."""
    band = (rng.random(len(shares))[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(1)
    width = np.where(band == len(HEAD_BANDS) - 1, 7, 5)
    return np.array(HEAD_BANDS)[band] + rng.random(len(band)) * width
