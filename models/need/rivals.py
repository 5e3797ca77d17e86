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
    FRAILTY_CATEGORY,
    LIVES_ALONE,
    Floats,
    People,
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

RIDGE = 1.0
"""Precision of each coefficient in units of a standard deviation of its column (prior sd 1)."""


def rival_chances(people: People, y: Floats, known: Rows, test: Rows) -> Chances:
    """Chances of the `test` rows by each rival, all fitted on the `known` rows."""
    return {
        "age_alone": expit(fit_start(people, y, known).log_odds(people, test)),
        "frailty": _by_frailty(people, y, known, test),
        "rule": _graded(rule_grade(people), y, known, test),
        "logistic": _by_list(people, y, known, test),
    }


def _by_frailty(people: People, y: Floats, known: Rows, test: Rows) -> Floats:
    """The observed rate of each frailty category; whoever has none is a category."""
    category = np.nan_to_num(people.raw(FRAILTY_CATEGORY), nan=FRAILTY_LEVELS).astype(int)
    seen, events = (np.bincount(category[known], w, FRAILTY_LEVELS + 1) for w in (None, y[known]))
    return ((events + 0.5) / (seen + 1))[category[test]]


def _by_list(people: People, y: Floats, known: Rows, test: Rows) -> Floats:
    """Logistic regression on age, its square, and each factor of the list; the unknown stand at the mean."""
    age = people.column(AGE)
    columns = np.column_stack([age, age**2, *(people.raw(name) for name in NUFFIELD)])
    with np.errstate(invalid="ignore"):
        told = [c[known][~np.isnan(c[known])] for c in columns.T]
    middle = np.array([t.mean() if len(t) else 0.0 for t in told])
    spread = np.array([t.std() if len(t) and t.std() > 0 else 1.0 for t in told])
    z = np.nan_to_num((columns - middle) / spread, nan=0.0)
    precision = np.array([HARDLY, *[RIDGE] * z.shape[1]])
    return apply_logistic(
        z[test], fit_logistic(z[known], y[known], around=np.zeros(len(precision)), precision=precision)
    )


def rule_grade(people: People) -> Floats:
    """How many marks of the rule of thumb a person has.

    65+: one each for age 75 or over, living alone, and an emergency admission in the last year (DESIGN 5).
    18-64: emergency admissions and requests for care in the last year, each counted up to 3.
    """
    admissions = people.column(EMERGENCY_ADMISSIONS)
    if people.age_group == "65+":
        alone = people.column(LIVES_ALONE) > 0
        return (people.column(AGE) >= 75).astype(float) + alone + (admissions > 0)
    return np.clip(admissions, 0, COUNT_MAX) + np.clip(people.column(CARE_REQUESTS), 0, COUNT_MAX)


def _graded(grade: Floats, y: Floats, known: Rows, test: Rows) -> Floats:
    # More marks never mean a lower chance: with a falling slope the rule knows nothing, and all are equal.
    rising = fit_logistic(grade[known, None], y[known], around=np.zeros(2), precision=np.full(2, HARDLY))
    if rising[1] < 0:
        return np.full(int(test.sum()), (y[known].sum() + 0.5) / (known.sum() + 1))
    return apply_logistic(grade[test, None], rising)
