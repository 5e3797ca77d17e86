"""Past forecasts beside what came true: of months that were scored, and of dates that the model never saw."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from configs.settings import Settings
from features.hours_ahead import build_hours
from features.inputs import Records
from features.outcomes import build_outcomes
from models.need.artifacts import Models
from models.need.groups import poisson_interval
from models.need.people import People, read_origins, read_people

HOURS = "home_care_hours"
Z = 1.96


@dataclass(frozen=True)
class Settled:
    """What was forecast of one outcome and what came true, summed over an age group. `counted`: events, else
    hours a week, with the standard error of their sum."""

    name: str
    age_group: str
    horizon_days: int
    as_of: date
    expected: float
    seen: float
    counted: bool = True
    error: float = 0.0


def judge_settled(one: Settled) -> tuple[float, float, float]:
    """Seen over expected with its 95% interval: exact Poisson of events (Garwood 1936), normal of hours.

    Something must have been forecast: `expected` is above 0.
    """
    low, high = (
        poisson_interval(int(one.seen))
        if one.counted
        else (one.seen - Z * one.error, one.seen + Z * one.error)
    )
    return one.seen / one.expected, low / one.expected, high / one.expected


def compare_months(
    records: Records, months: Iterable[tuple[date, Path]], as_of: date, settings: Settings
) -> list[Settled]:
    """The newest month, of those scored before, whose forecasts are settled: for each outcome and horizon.

    `months`: as-of date and `scores/` folder of finished runs, and what came true is told by `records`, as
    known before `as_of`.
    """
    newest: dict[tuple[str, str, int], Settled] = {}
    for day, scores in sorted(months, reverse=True):
        told = _of_month(records, day, scores, as_of, settings) if day < as_of else []
        newest = {**{(one.name, one.age_group, one.horizon_days): one for one in told}, **newest}
        if {horizon for _, _, horizon in newest} >= set(settings.need.horizons_days):
            break
    return list(newest.values())


def compare_unseen(features: Path, models: Models) -> list[Settled]:
    """The same of the newest settled date on or after which the model learnt nothing, scored now by the model
    in use; none where no such date is settled."""
    known = date.fromisoformat(models.known_before)
    unseen = [day for day in read_origins(features).training if day >= known]
    if not unseen:
        return []
    groups = read_people(features, (unseen[-1],), models.horizons_days, names=models.features)
    return [one for people in groups for one in _of_people(people, models, unseen[-1])]


def _of_people(people: People, models: Models, day: date) -> list[Settled]:
    found = []
    for outcome, label in sorted(people.outcomes.items()):
        model = models.chances.get((people.age_group, outcome))
        if model is None:
            continue
        for k, horizon in enumerate(models.horizons_days):
            told = ~np.isnan(label[:, k])
            if told.any():
                expected = float(model.predict(people, told)[:, k].sum())
                found.append(
                    Settled(outcome, people.age_group, horizon, day, expected, float(label[told, k].sum()))
                )
    return found


def _of_month(records: Records, day: date, scores: Path, as_of: date, settings: Settings) -> list[Settled]:
    scored = pl.read_parquet(scores / "person.parquet")
    horizons = sorted(scored["horizon_days"].unique())
    told = build_outcomes(records, day, settings, horizons=horizons, seen_by=as_of)
    keys = ["person_id", "outcome", "horizon_days"]
    both = scored.filter("eligible").join(
        told.filter("eligible").select(*keys, "happened").drop_nulls(), on=keys
    )
    summed = both.group_by("outcome", "age_group", "horizon_days").agg(
        expected=pl.col("probability").sum(), seen=pl.col("happened").sum()
    )
    events = [
        Settled(
            row["outcome"], row["age_group"], row["horizon_days"], day, row["expected"], float(row["seen"])
        )
        for row in summed.sort("outcome", "age_group", "horizon_days").iter_rows(named=True)
    ]
    return events + _hours_of_month(records, day, scores, scored, as_of, settings)


def _hours_of_month(
    records: Records, day: date, scores: Path, scored: pl.DataFrame, as_of: date, settings: Settings
) -> list[Settled]:
    forecast = pl.read_parquet(scores / "hours.parquet")
    horizons = sorted(forecast["horizon_days"].unique())
    told = build_hours(records, day, settings, horizons=horizons, seen_by=as_of).drop_nulls("hours_per_week")
    groups = scored.select("person_id", "age_group").unique("person_id")
    both = forecast.join(told, on=["person_id", "horizon_days"]).join(groups, on="person_id")
    missed = pl.col("hours_per_week") - pl.col("hours_mean")
    summed = both.group_by("age_group", "horizon_days").agg(
        expected=pl.col("hours_mean").sum(),
        seen=pl.col("hours_per_week").sum(),
        error=missed.std() * pl.len().sqrt(),
    )
    return [
        Settled(
            HOURS, r["age_group"], r["horizon_days"], day, r["expected"], r["seen"], False, r["error"] or 0.0
        )
        for r in summed.sort("age_group", "horizon_days").iter_rows(named=True)
    ]
