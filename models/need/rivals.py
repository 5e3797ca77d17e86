"""The simple rivals that every model stands beside: age alone, and a rule of thumb."""

from typing import TypeAlias

import numpy as np
from scipy.special import expit

from models.need.logistic import apply_logistic, fit_logistic
from models.need.people import AGE, CARE_REQUESTS, EMERGENCY_ADMISSIONS, LIVES_ALONE, Floats, People, Rows
from models.need.start import fit_start

Chances: TypeAlias = dict[str, Floats]

COUNT_MAX = 3
"""A third admission or request in a year grades as high as any further one."""

HARDLY = 1e-6
"""Precision that only keeps a fit finite."""


def rival_chances(people: People, y: Floats, known: Rows, test: Rows) -> Chances:
    """Chances of the `test` rows by `age_alone` and by `rule`, both calibrated on the `known` rows."""
    return {
        "age_alone": expit(fit_start(people, y, known).log_odds(people, test)),
        "rule": _graded(rule_grade(people), y, known, test),
    }


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
