"""Published rates for each person by age and sex, before anything planted acts on them."""

import numpy as np

from simulator import rates
from simulator.log import Array


def mortality(female: Array, age: Array) -> Array:
    """Chance of death within a year of people of each sex and age, whole population (rates.md 6)."""
    return np.where(female, rates.curve(age, rates.DEATH_WOMEN), rates.curve(age, rates.DEATH_MEN))


def death_outside(female: Array, age: Array) -> Array:
    """Yearly hazard of death outside care homes: what is left when residents' deaths are taken out."""
    qx = mortality(female, age)
    share = np.where(age >= 60, rates.curve(age, rates.IN_CARE_HOME_SHARE), 0.0)
    outside = np.maximum((qx - share * 0.62) / (1 - share), 0.3 * qx)
    return -np.log1p(-outside)


def yearly_rates(female: Array, age: Array) -> dict[str, Array]:
    """Yearly hazard of each first step, by the names of `effects.Effects`."""
    older = age >= 65
    fall = rates.curve(age, rates.FALL)
    fall = fall * np.where(older, np.where(female, rates.FALL_WOMEN, rates.FALL_MEN), 1.0)
    moves = np.where(older, np.where(female, rates.CARE_HOME_WOMEN, rates.CARE_HOME_MEN), 1.0)
    dying = rates.DIES_IN_HOSPITAL * mortality(female, age)
    return {
        "emergency": np.maximum(rates.curve(age, rates.EMERGENCY) - fall - dying, 0.01),
        "fall": fall,
        "death": death_outside(female, age),
        "long_term_at_home": rates.curve(age, rates.LONG_TERM_AT_HOME),
        "care_home_move": rates.curve(age, rates.CARE_HOME) * moves,
        "other_request": rates.curve(age, rates.OTHER_REQUEST),
    }


def death_in_care_home(age: Array, first_year: Array) -> Array:
    """Monthly chance of death of a care-home resident, higher in the first year (rates.md 3)."""
    yearly = np.where(first_year, rates.CARE_HOME_DEATHS_FIRST_YEAR, rates.CARE_HOME_DEATHS_LATER)
    yearly = np.clip(yearly * np.interp(age, (50, 75, 86, 95), (0.15, 0.7, 1.0, 1.2)), 0, 0.9)
    return 1 - (1 - yearly) ** (1 / 12)
