"""The simple rivals that every model stands beside, on the same people."""

from typing import TypeAlias

from scipy.special import expit

from models.need.people import Floats, People, Rows
from models.need.simple import NAMES, fit_simple

Chances: TypeAlias = dict[str, Floats]


def rival_chances(people: People, y: Floats, known: Rows, test: Rows) -> Chances:
    """Chances of the `test` rows by each simple rival, all fitted on the `known` rows; `y` one horizon's."""
    fitted = {name: fit_simple(name, people, known, y[known]) for name in NAMES}
    return {name: expit(simple.log_odds(people, test)) for name, simple in fitted.items()}
