"""Why a chance is what it is, in words: TreeSHAP by feature, added up by family; never a protected attribute.

The parts are log-odds of the hazard, averaged over the intervals up to the main horizon by how likely each
is: `base` (people of this age, in this model) and one part a feature add up to the person's own. They say
what the model leans on, not what would happen if somebody changed it.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from configs.settings import Settings
from features.declared import Column
from features.table import all_columns
from models.need.chance import Chance, lay_out
from models.need.intervals import Stack
from models.need.people import AGE, FAMILIES, Floats, People

PROTECTED = (AGE, "person__is_male__now")
"""Their parts stand in the base: a reason never names them."""

CHANGEABLE = {
    "housing__cold_home__now": 0.0,
    "housing__cold_home_alone_75_plus__now": 0.0,
    "housing__arrears__now": 0.0,
    "housing__repairs__now": 0.0,
    "housing__adaptations_waiting__730d": 0.0,
    "social_care__review_overdue__now": 0.0,
    "social_care__requests_that_came_to_nothing__365d": 0.0,
    "social_care__requests_that_came_to_nothing__730d": 0.0,
    "health__medicines__now": 4.0,
}
"""What a service could change, and the value it would then have (fewer than five medicines: no
polypharmacy)."""

REASONS_MAX = 3
SMALLEST = 0.05
"""A part below this (5% on the odds) is no reason."""

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "person_id": pl.String,
    "household_id": pl.String,
    "age_group": pl.String,
    "outcome": pl.String,
    "horizon_days": pl.Int64,
    "probability": pl.Float64,
    "base": pl.Float64,
    **{family.removesuffix("__"): pl.Float64 for family in FAMILIES},
    "reasons": pl.List(pl.String),
    "different": pl.List(pl.String),
}


@dataclass(frozen=True)
class Parts:
    """Of each row: `base`, and rows × features of what each adds, in log-odds."""

    base: Floats
    features: Floats


def parts_of(model: Chance, people: People, at: npt.NDArray[np.int64], intervals: int) -> Parts:
    """The parts of the chance within the first `intervals` intervals of rows `at`; trees must be there."""
    assert model.boosted is not None
    learnt = min(intervals, model.learnt)
    stacks = [Stack(at, np.full(len(at), k), np.zeros(len(at))) for k in range(learnt)]
    hazards = np.column_stack([model.hazards(people, stack) for stack in stacks])
    weights = hazards / np.maximum(hazards.sum(axis=1, keepdims=True), 1e-300)
    hidden = [people.features.index(name) for name in PROTECTED if name in people.features]
    base, features = np.zeros(len(at)), np.zeros((len(at), len(people.features)))
    for k, stack in enumerate(stacks):
        intercept, slope = model.calibration[k]
        told = model.boosted.explain(lay_out(people, at, stack.interval))
        parts, rest = told[:, :-2], told[:, -2] + told[:, -1]
        rest = rest + parts[:, hidden].sum(axis=1) + model.starts[k].log_odds(people, at)
        parts[:, hidden] = 0.0
        base += weights[:, k] * (intercept + slope * rest)
        features += weights[:, [k]] * slope * parts
    return Parts(base, features)


def tell_reasons(
    model: Chance, people: People, outcome: str, at: npt.NDArray[np.int64], settings: Settings
) -> pl.DataFrame:
    """The columns of SCHEMA for the rows `at`, in their order; a model without trees gives no reasons.

    `reasons`: up to three, the weightiest first, each a phrase of the dictionary with the value behind it.
    `different`: what a service could change and the chance that the model would then state.
    """
    need = settings.need
    place = need.horizons_days.index(need.horizon_days)
    if model.boosted is None or len(at) == 0:
        return pl.DataFrame(schema=SCHEMA)
    parts = parts_of(model, people, at, place + 1)
    columns = {column.name: column for column in all_columns(settings)}
    told = [columns.get(name) for name in people.features]
    chances = _chances(model, people, at)[:, place]
    ids = people.ids[at.tolist()]
    families = {
        family.removesuffix("__"): parts.features[:, _of(people, family)].sum(axis=1).round(6)
        for family in FAMILIES
    }
    return ids.select(
        "person_id",
        "household_id",
        pl.lit(people.age_group).alias("age_group"),
        pl.lit(outcome).alias("outcome"),
        pl.lit(need.horizon_days, pl.Int64).alias("horizon_days"),
        pl.Series("probability", chances.round(6)),
        pl.Series("base", parts.base.round(6)),
        *(pl.Series(name, values) for name, values in families.items()),
        pl.Series("reasons", _words(parts.features, people, at, told), pl.List(pl.String)),
        pl.Series(
            "different", _differently(model, people, at, place, parts, told, chances), pl.List(pl.String)
        ),
    ).cast(pl.Schema(SCHEMA))


def _of(people: People, family: str) -> list[int]:
    return [i for i, name in enumerate(people.features) if name.startswith(family)]


def _chances(model: Chance, people: People, at: npt.NDArray[np.int64]) -> Floats:
    rows = np.zeros(len(people.x), dtype=bool)
    rows[at] = True
    order = np.argsort(np.argsort(at))
    return model.predict(people, rows)[order]


def _words(
    parts: Floats, people: People, at: npt.NDArray[np.int64], told: list[Column | None]
) -> list[list[str]]:
    first = np.argsort(-parts, axis=1, kind="stable")[:, :REASONS_MAX]
    words = []
    for row, places in enumerate(first):
        chosen = [i for i in places if parts[row, i] >= SMALLEST and told[i] is not None]
        words.append([in_words(told[i], float(people.x[at[row], i])) for i in chosen])
    return words


def in_words(column: Column | None, value: float) -> str:
    """A feature and its value, as somebody would say it: "lives alone", "age of their carer: 84 years"."""
    assert column is not None
    if np.isnan(value):
        return f"{column.phrase}: not recorded"
    if column.feature.unit == "yes/no":
        return column.phrase if value > 0 else f"not so: {column.phrase}"
    return f"{column.phrase}: {value:.4g} {column.feature.unit}"


def _differently(
    model: Chance,
    people: People,
    at: npt.NDArray[np.int64],
    place: int,
    parts: Parts,
    told: list[Column | None],
    now: Floats,
) -> list[list[str]]:
    """For each row, what could be changed of what raises the chance, and the chance it would leave."""
    found: list[list[str]] = [[] for _ in at]
    for name, value in CHANGEABLE.items():
        if name not in people.features:
            continue
        i = people.features.index(name)
        mine = np.flatnonzero((parts.features[:, i] >= SMALLEST) & (people.x[at, i] > value))
        if len(mine) == 0:
            continue
        then = _chances(model, _changed(people, at[mine], i, value), np.arange(len(mine)))[:, place]
        for row, chance in zip(mine, then, strict=True):
            if chance < now[row]:
                word = in_words(told[i], float(people.x[at[row], i]))
                found[row].append(f"without this: {word}: {chance:.1%} instead of {now[row]:.1%}")
    return found


def _changed(people: People, at: npt.NDArray[np.int64], i: int, value: float) -> People:
    x = people.x[at].copy()
    x[:, i] = value
    return replace(people, x=x, ids=people.ids[at.tolist()])
