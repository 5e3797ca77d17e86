"""Rates by age band, drawn towards the whole: what is used where events are too few to train on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.need.people import Floats

BAND_STARTS = (18, 25, 35, 45, 55, 65, 70, 75, 80, 85, 90)


@dataclass(frozen=True)
class AgeRates:
    """One chance per age band (bands begin at BAND_STARTS)."""

    rates: tuple[float, ...]

    def predict(self, age: Floats) -> Floats:
        """The rate of each person's band."""
        return np.asarray(self.rates)[_bands(age)]


def fit_age_rates(age: Floats, y: Floats) -> AgeRates:
    """Empirical-Bayes rates (Marshall 1991): each band's rate is drawn to the whole's as its numbers are small.

    The whole is (events + 0.5) / (people + 1), so that it is never quite 0 and is 0.5 with no people at all.
    """
    bands = _bands(age)
    people = np.bincount(bands, minlength=len(BAND_STARTS)).astype(np.float64)
    events = np.bincount(bands, weights=y, minlength=len(BAND_STARTS))
    whole = (events.sum() + 0.5) / (people.sum() + 1)
    own = np.divide(events, people, out=np.full(len(people), whole), where=people > 0)
    weight = _trust(people, own, whole)
    return AgeRates(tuple(np.round(whole + weight * (own - whole), 8).tolist()))


def _trust(people: Floats, own: Floats, whole: float) -> Floats:
    total = people.sum()
    if total == 0:
        return np.zeros(len(people))
    spread = (people * (own - whole) ** 2).sum() / total
    by_chance = whole * (1 - whole) * (people > 0).sum() / total
    between = max(spread - by_chance, 0.0)
    noise = np.divide(whole * (1 - whole), people, out=np.full(len(people), np.inf), where=people > 0)
    return between / (between + noise) if between > 0 else np.zeros(len(people))


def _bands(age: Floats) -> npt.NDArray[np.int64]:
    return np.clip(np.searchsorted(BAND_STARTS, age, side="right") - 1, 0, len(BAND_STARTS) - 1)
