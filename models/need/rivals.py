"""The simple rivals that every model stands beside: age alone, the frailty category, a rule of thumb, and a
logistic regression on the list of risk factors that the field itself uses."""

from typing import TypeAlias

import numpy as np
from scipy.special import expit

from features.health import FRAILTY_RANK
from models.need.logistic import apply_logistic, fit_logistic
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
    Rows,
)
from models.need.start import fit_start

Chances: TypeAlias = dict[str, Floats]

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


def rival_chances(people: People, y: Floats, known: Rows, test: Rows) -> Chances:
    """Chances of the `test` rows by each simple rival, all fitted on the `known` rows; `y` one horizon's."""
    at = y[known]
    return {
        "age_alone": expit(fit_start(people, known, at).log_odds(people, test)),
        "frailty": _by_frailty(people, at, known, test),
        "rule": _graded(rule_grade(people, known), at, rule_grade(people, test)),
        "last_year": _graded(last_year_grade(people, known), at, last_year_grade(people, test)),
        "logistic": _by_list(people, at, known, test),
    }


def _by_frailty(people: People, y: Floats, known: Rows, test: Rows) -> Floats:
    """The observed rate of each frailty category; whoever has none is a category."""
    category, asked = (
        np.nan_to_num(people.raw(FRAILTY_CATEGORY, rows), nan=FRAILTY_LEVELS).astype(int)
        for rows in (known, test)
    )
    seen, events = (np.bincount(category, w, FRAILTY_LEVELS + 1) for w in (None, y))
    return ((events + 0.5) / (seen + 1))[asked]


def _by_list(people: People, y: Floats, known: Rows, test: Rows) -> Floats:
    """Logistic regression on age, its square, and each factor of the list; the unknown stand at the mean."""
    columns, asked = (_list_columns(people, rows) for rows in (known, test))
    told = [c[~np.isnan(c)] for c in columns.T]
    middle = np.array([t.mean() if len(t) else 0.0 for t in told])
    spread = np.array([t.std() if len(t) and t.std() > 0 else 1.0 for t in told])
    z, z_asked = (np.nan_to_num((c - middle) / spread, nan=0.0) for c in (columns, asked))
    precision = np.array([HARDLY, *[RIDGE] * z.shape[1]])
    return apply_logistic(z_asked, fit_logistic(z, y, around=np.zeros(len(precision)), precision=precision))


def _list_columns(people: People, rows: Rows) -> Floats:
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


def _graded(grade: Floats, y: Floats, asked: Floats) -> Floats:
    # More marks never mean a lower chance: with a falling slope the rule knows nothing, and all are equal.
    rising = fit_logistic(grade[:, None], y, around=np.zeros(2), precision=np.full(2, HARDLY))
    if rising[1] < 0:
        return np.full(len(asked), (y.sum() + 0.5) / (len(y) + 1))
    return apply_logistic(asked[:, None], rising)
