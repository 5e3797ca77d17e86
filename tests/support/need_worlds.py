"""Small invented features folders with a planted truth: who has which outcome follows known log-odds."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit

from models.need.people import FAMILIES

AS_OF = date(2026, 10, 1)
STEP_DAYS = 183
WAIT_DAYS = 49
HORIZONS = (182, 365, 730)
SIGNAL = "health__frailty_score__now"
NOISE = ("area__deprivation__now", "housing__energy_efficiency__now", "person__days_at_address__now")


def write_world(
    folder: Path,
    *,
    people: int = 3000,
    origins: int = 9,
    level: float = -3.0,
    seed: int = 1,
    leak: bool = False,
    health: bool = True,
    outcomes: tuple[str, ...] = ("care_home_admission", "emergency_admission"),
) -> Path:
    """A features folder of `people` adults at `origins` settled dates and AS_OF; returns it.

    Log-odds of each outcome within a year: `level` + 1.5 × frailty + 0.4 × years over 75 / 10 (none below 65). With `leak` a
    feature knows the outcome. Half of what happens within a year happens within its first half; in the second
    year as much again to those left. About 1 in 20 has home-care hours, which stay near what they are.
    """
    random = np.random.default_rng(seed)
    ages = random.integers(18, 97, people)
    settled = settled_dates(origins)
    for day in (*settled, AS_OF):
        table, truth = _describe(day, ages, random, level)
        first_day = {o: _first_day(truth, random) for o in outcomes if health or "admission" not in o}
        if leak:
            knows = 2.0 * (next(iter(first_day.values())) < 365) + random.random(people)
            table = table.with_columns(pl.Series("health__leak__now", knows))
        _write(folder / "table", day, table)
        _write(folder / "outcomes", day, _outcomes(table, first_day, day))
        _write(folder / "hours", day, _hours(table, random, day))
    said = {"as_of": AS_OF, "training": settled, "data_from": settled[0], "data_to": AS_OF, "health": health}
    (folder / "origins.json").write_text(json.dumps(said, default=str), encoding="utf-8")
    names = [c for c in table.columns if c.startswith(FAMILIES)]
    words = [
        {"name": n, "family": n.split("__")[0], "phrase": n, "unit": "", "source": "", "missing_rule": ""}
        for n in names
    ]
    (folder / "dictionary.json").write_text(json.dumps(words), encoding="utf-8")
    return folder


def settled_dates(origins: int, horizon_days: int = 182) -> list[date]:
    """The dates of `origins`, ascending and half a year apart, at which `horizon_days` is settled by AS_OF."""
    newest = AS_OF - timedelta(days=182 + WAIT_DAYS)
    every = [newest - timedelta(days=STEP_DAYS * n) for n in reversed(range(origins))]
    return [day for day in every if is_settled(day, horizon_days)]


def is_settled(day: date, horizon_days: int) -> bool:
    """Whether the window from `day` is over and reported by AS_OF."""
    return day + timedelta(days=horizon_days + WAIT_DAYS) <= AS_OF


def _first_day(within_a_year: Any, random: Any) -> Any:
    """The day of the outcome, 9999 for those who never have it."""
    drawn = random.random(len(within_a_year))
    first, second = drawn < within_a_year, drawn < within_a_year + (1 - within_a_year) * within_a_year
    day = random.integers(0, 365, len(within_a_year))
    return np.where(first, day, np.where(second, 365 + day, 9999))


def _describe(day: date, ages: Any, random: Any, level: float) -> tuple[pl.DataFrame, Any]:
    people = len(ages)
    frailty = random.normal(size=people)
    hours = np.where(random.random(people) < 0.05, random.integers(2, 30, people), 0)
    numbers = np.arange(people)
    table = pl.DataFrame(
        {
            "person_id": [f"p{n:06d}" for n in numbers],
            "household_id": pl.Series([f"h{n // 2:06d}" for n in numbers]).scatter([0], None),
            "lsoa_code": [f"E0100{n % 20:04d}" for n in numbers],
            "as_of": pl.Series([day] * people, dtype=pl.Date),
            "age_group": np.where(ages >= 65, "65+", "18-64"),
            "audit__sex": np.where(numbers % 2 == 0, "male", "female"),
            "person__age__now": ages.astype(float),
            "person__lives_alone__now": (random.random(people) < 0.3).astype(float),
            "person__communal_address__now": (numbers >= people - 10).astype(float),
            "health__emergency_admissions__365d": random.poisson(0.1, people).astype(float),
            "social_care__requests__365d": random.poisson(0.1, people).astype(float),
            "social_care__home_care_hours__now": hours.astype(float),
            SIGNAL: frailty,
            **{name: random.normal(size=people) for name in NOISE},
        }
    )
    return table, expit(level + 1.5 * frailty + 0.4 * np.where(ages >= 65, ages - 75, 0) / 10)


def _outcomes(table: pl.DataFrame, first_day: dict[str, Any], origin: date) -> pl.DataFrame:
    frames = [
        table.select(
            "person_id",
            "as_of",
            pl.lit(outcome).alias("outcome"),
            pl.lit(horizon, pl.Int64).alias("horizon_days"),
            (pl.col("person__communal_address__now") == 0).alias("eligible"),
            pl.Series("happened", _told(day < horizon, is_settled(origin, horizon)), pl.Boolean),
        )
        for outcome, day in first_day.items()
        for horizon in HORIZONS
    ]
    return pl.concat(frames)


def _hours(table: pl.DataFrame, random: Any, origin: date) -> pl.DataFrame:
    now = table["social_care__home_care_hours__now"].to_numpy()
    start = np.where(random.random(len(now)) < 0.03, 8.0, 0.0)
    stays = random.random(len(now)) < 0.7
    later = np.where(now > 0, now * stays, start) * np.exp(random.normal(0, 0.3, len(now)))
    frames = [
        table.select(
            "person_id",
            "as_of",
            pl.lit(horizon, pl.Int64).alias("horizon_days"),
            pl.Series("hours_per_week", _told(later, is_settled(origin, horizon)), pl.Float64),
        )
        for horizon in HORIZONS
    ]
    return pl.concat(frames)


def _told(values: Any, settled: bool) -> list[Any]:
    return values.tolist() if settled else [None] * len(values)


def _write(folder: Path, day: date, frame: pl.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / f"{day.isoformat()}.parquet")
