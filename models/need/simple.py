"""Simple ways to say a chance, each a handful of numbers: age alone, the frailty category, a rule of thumb,
last year's record, and a logistic regression on the risk factors that the field itself uses.

Every model stands beside them; where one is no better, the best of them is used in its place (standby.py)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit

from features.health import FRAILTY_RANK
from models.need.logistic import collapse, fit_logistic, fit_together
from models.need.people import (
    AGE,
    CARE_REQUESTS,
    EMERGENCY_ADMISSIONS,
    EVERY,
    FRAILTY_CATEGORY,
    LIVES_ALONE,
    Floats,
    People,
    Picked,
)
from models.need.start import fit_start, start_columns

COUNT_MAX = 3
"""A third admission or request in a year grades as high as any further one."""

HARDLY = 1e-6
"""Precision that only keeps a fit finite."""


FRAILTY_LEVELS = len(FRAILTY_RANK)

NUFFIELD = (
    "health__dementia__now",
    "social_care__dementia_recorded__now",
    "health__coded_dementia__730d",
    "health__coded_dependence__730d",
    "health__housebound__now",
    "health__incontinence__now",
    "health__conditions__now",
    "housing__cold_home__now",
    "housing__social_rented__now",
    "housing__private_rented__now",
    "person__lives_as_couple__now",
    LIVES_ALONE,
    "person__linked_carer_age__now",
)
"""The Nuffield Trust's risk factors of starting social care, beside age, as these records have them: dementia
and cognition, limits to daily life, incontinence, comorbidity, housing, marital status, living alone, the
carer's age (field_facts.md 3; Bardsley and others 2011)."""

LAST_YEAR = (
    EMERGENCY_ADMISSIONS,
    "health__fall_admissions__365d",
    "health__attendances__365d",
    CARE_REQUESTS,
    "social_care__assessments__365d",
    "social_care__short_term_support_ended__365d",
)

RIDGE = 1.0
"""Precision of each coefficient in units of a standard deviation of its column (prior sd 1)."""


@dataclass(frozen=True)
class Simple:
    """A fitted simple way: `name`, one of NAMES; intercept and one coefficient for each of its columns, which
    are taken less `centre` and over `scale` where those are given, the unknown standing at the centre."""

    name: str
    coefficients: tuple[float, ...]
    centre: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    def log_odds(self, people: People, rows: Picked) -> Floats:
        """The log-odds of each of `rows` (a mask or positions)."""
        columns = COLUMNS[self.name](people, rows)
        if self.centre:
            columns = np.nan_to_num((columns - np.array(self.centre)) / np.array(self.scale), nan=0.0)
        return self.coefficients[0] + columns @ np.array(self.coefficients[1:])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        parts = {"coefficients": self.coefficients, "centre": self.centre, "scale": self.scale}
        return {"name": self.name, **{k: list(v) for k, v in parts.items()}}

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> "Simple":
        """What `as_dict` wrote."""
        return cls(said["name"], *(tuple(said[k]) for k in ("coefficients", "centre", "scale")))


def fit_simple(name: str, people: People, rows: Picked, y: Floats) -> Simple:
    """The simple way `name`, fitted to `y` (1 or 0, one for each of `rows`)."""
    if name == "age_alone":
        return Simple(name, fit_start(people, rows, y).coefficients)
    columns = COLUMNS[name](people, rows)
    return {"frailty": _by_frailty, "logistic": _by_list}.get(name, _graded)(name, columns, y)


def _graded(name: str, grade: Floats, y: Floats) -> Simple:
    # More marks never mean a lower chance: with a falling slope the rule knows nothing, and all are equal.
    rising = fit_logistic(grade, y, around=np.zeros(2), precision=np.full(2, HARDLY))
    alike = (float(logit((y.sum() + 0.5) / (len(y) + 1))), 0.0)
    return Simple(name, alike if rising[1] < 0 else tuple(rising.tolist()))


def _by_frailty(name: str, categories: Floats, y: Floats) -> Simple:
    """The observed rate of each frailty category; whoever has none is a category."""
    seen, events = categories.sum(axis=0), categories.T @ y
    return Simple(name, (0.0, *logit((events + 0.5) / (seen + 1)).tolist()))


def _by_list(name: str, columns: Floats, y: Floats) -> Simple:
    """Logistic regression on age, its square, and each factor of the list."""
    alike = collapse(columns, y)
    centre, scale = (
        np.array(part) for part in zip(*(_spread(column, alike.n) for column in alike.columns.T), strict=True)
    )
    z = np.nan_to_num((alike.columns - centre) / scale, nan=0.0)
    precision = np.array([HARDLY, *[RIDGE] * z.shape[1]])
    found = fit_together(alike._replace(columns=z), around=np.zeros(len(precision)), precision=precision)
    return Simple(name, *(tuple(part.tolist()) for part in (found, centre, scale)))


def _spread(column: Floats, n: Floats) -> tuple[float, float]:
    """Mean and standard deviation of what is known, each value `n` times; 1 where it does not vary."""
    known = ~np.isnan(column)
    if not known.any():
        return 0.0, 1.0
    mean = float(np.average(column[known], weights=n[known]))
    deviation = float(np.sqrt(np.average((column[known] - mean) ** 2, weights=n[known])))
    return mean, deviation if deviation > 0 else 1.0


def _age_columns(people: People, rows: Picked) -> Floats:
    return start_columns(people, rows)[:, :2]


def _frailty_columns(people: People, rows: Picked) -> Floats:
    category = np.nan_to_num(people.raw(FRAILTY_CATEGORY, rows), nan=FRAILTY_LEVELS).astype(int)
    return np.eye(FRAILTY_LEVELS + 1)[category]


def _list_columns(people: People, rows: Picked) -> Floats:
    age = people.column(AGE, rows)
    return np.column_stack([age, age**2, *(people.raw(name, rows) for name in NUFFIELD)])


def rule_grade(people: People, rows: Picked = EVERY) -> Floats:
    """How many marks of the rule of thumb each of `rows` has.

    65+: one each for age 75 or over, living alone, and an emergency admission in the last year (DESIGN 5).
    18-64: emergency admissions and requests for care in the last year, each counted up to 3.
    """
    admissions = people.column(EMERGENCY_ADMISSIONS, rows)
    if people.age_group == "65+":
        alone = people.column(LIVES_ALONE, rows) > 0
        return (people.column(AGE, rows) >= 75).astype(float) + alone + (admissions > 0)
    return np.clip(admissions, 0, COUNT_MAX) + np.clip(people.column(CARE_REQUESTS, rows), 0, COUNT_MAX)


def last_year_grade(people: People, rows: Picked = EVERY) -> Floats:
    """What the last year held for each of `rows`: admissions, attendances, requests, assessments and ended
    support, each counted up to 3. "Last year's self": who had trouble goes on having it.
    """
    return sum((np.clip(people.column(name, rows), 0, COUNT_MAX) for name in LAST_YEAR), np.zeros(1))


COLUMNS = {
    "age_alone": _age_columns,
    "frailty": _frailty_columns,
    "rule": lambda people, rows: rule_grade(people, rows)[:, None],
    "last_year": lambda people, rows: last_year_grade(people, rows)[:, None],
    "logistic": _list_columns,
}
"""Name -> what it looks at, one column each."""

NAMES = tuple(COLUMNS)
