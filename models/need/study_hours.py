"""Home-care hours, studied in one age group: tested beside hours carried forward, then refitted for use."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np

from configs.settings_need import Need
from models.need.evaluate import Row, verdict
from models.need.evaluate_hours import judge_hours
from models.need.hours import (
    FORECAST,
    HOME_CARE_HOURS,
    Hours,
    any_hours,
    fit_hours_for_use,
    fit_hours_tested,
    is_served,
)
from models.need.people import CARE_HOURS, Floats, People
from models.need.splits import Split, plan_split, plan_splits, settled_origins
from models.need.start import BY_AGE_AND_SERVICE
from models.need.study import NOBODY, describe_test, label_of, span_of, untested_rows


@dataclass(frozen=True)
class StudiedHours:
    """A model of hours ready for use, and its tables: one for each test and horizon settled there."""

    age_group: str
    outcome: str
    model: Hours
    tables: list[list[Row]]


def study_hours(people: People, *, as_of: date, need: Need, seed: int) -> StudiedHours | None:
    """Home-care hours in one age group; None when nobody's are settled."""
    if np.isnan(people.hours).all():
        return None
    span, settled = span_of(need), settled_origins(people, any_hours(people).y)
    splits = plan_splits(settled, span, need.test_splits_max)
    tested = [fit_hours_tested(people, split, need=need, seed=seed) for split in splits]
    use = plan_split(settled, as_of, span)
    used = fit_hours_for_use(people, use, tested[0] if tested else None, need=need, seed=seed)
    tables = _tables(people, splits, tested, need, seed) or _untested(people, used, need, seed)
    return StudiedHours(people.age_group, HOME_CARE_HOURS, used, tables)


def _tables(
    people: People, splits: list[Split], tested: list[Hours], need: Need, seed: int
) -> list[list[Row]]:
    tables, count = [], Counter[int]()
    for split, model in zip(splits, tested, strict=True):
        rows = people.at((split.test,)) & ~np.isnan(people.hours).all(axis=1)
        forecast = model.predict(people, rows)
        for k, horizon in enumerate(people.horizons):
            seen = people.hours[rows, k]
            if np.isnan(seen).all():
                continue
            label = label_of(people.age_group, HOME_CARE_HOURS, horizon, "hours", count[k])
            at = {name: values[:, k] for name, values in forecast.items()}
            now, served = people.column(CARE_HOURS, rows), is_served(people, rows)
            judged = judge_hours(at, now, seen, served=served, need=need, seed=seed)
            told = verdict(judged[0], "rmse")
            described = describe_test(judged, split, model.any_hours, told, BY_AGE_AND_SERVICE, k)
            tables.append([label | row for row in described])
            count[k] += 1
    return tables


def _untested(people: People, used: Hours, need: Need, seed: int) -> list[list[Row]]:
    tables = []
    for k, horizon in enumerate(people.horizons):
        label = label_of(people.age_group, HOME_CARE_HOURS, horizon, "hours", 0)
        nobody: Floats = NOBODY
        forecast = dict.fromkeys(FORECAST, nobody)
        nothing = judge_hours(forecast, nobody, nobody, served=nobody > 0, need=need, seed=seed)
        tables.append([label | row for row in untested_rows(nothing, used.any_hours, k)])
    return tables
