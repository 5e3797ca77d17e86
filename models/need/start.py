"""Where every model starts: a logistic fit on age, for trees to improve on, or to stand in for them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from models.need.logistic import fit_logistic
from models.need.people import AGE, CARE_HOURS, Floats, People, Picked

PRECISION = (0.25, 0.1, 0.1, 0.01)
"""How firmly intercept, age, its square and service are drawn to "everybody alike" (1 / prior variance).

Prior sds of 2, 3, 3 and 10 log-odds: felt with a handful of events (0 of 300 is not never), not with 50.
"""


@dataclass(frozen=True)
class Basis:
    """What a start rests on: so many of the columns of `start_columns`; and how that is said."""

    columns: int
    phrase: str


BY_AGE = Basis(2, "the age rate is used")
BY_AGE_AND_SERVICE = Basis(3, "age and present hours are used")


@dataclass(frozen=True)
class Start:
    """Coefficients: intercept, then one for each of the first columns of `start_columns`."""

    coefficients: tuple[float, ...]

    def log_odds(self, people: People, rows: Picked) -> Floats:
        """The log-odds of each of `rows` (a mask or positions)."""
        columns = start_columns(people, rows)[:, : len(self.coefficients) - 1]
        return self.coefficients[0] + columns @ np.array(self.coefficients[1:])


def start_columns(people: People, rows: Picked) -> Floats:
    """Age and its square, in units of 20 years from 65; and whether they have home-care hours now."""
    age = (people.column(AGE, rows) - 65) / 20
    return np.column_stack([age, age**2, people.column(CARE_HOURS, rows) > 0])


def fit_start(people: People, rows: Picked, y: Floats, basis: Basis = BY_AGE) -> Start:
    """Start of `y` (1 or 0, one for each of `rows`): overall rate, (events + 0.5) / (people + 1), bent by
    `basis`."""
    whole = logit((y.sum() + 0.5) / (len(y) + 1))
    around = np.array([whole, *[0.0] * basis.columns])
    precision = np.array(PRECISION[: basis.columns + 1])
    design = start_columns(people, rows)[:, : basis.columns]
    return Start(tuple(fit_logistic(design, y, around=around, precision=precision).tolist()))
