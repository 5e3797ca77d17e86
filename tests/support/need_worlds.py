"""Small invented features folders with a planted truth: who has which outcome follows known log-odds."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit

AS_OF = date(2026, 10, 1)
STEP_DAYS = 183
SIGNAL = "health__frailty_score__now"
NOISE = ("area__deprivation__now", "housing__energy_efficiency__now", "person__days_at_address__now")


def write_world(
    folder: Path,
    *,
    people: int = 3000,
    origins: int = 8,
    level: float = -3.0,
    seed: int = 1,
    leak: bool = False,
    health: bool = True,
    outcomes: tuple[str, ...] = ("care_home_admission", "emergency_admission"),
) -> Path:
    """A features folder of `people` adults at `origins` settled dates and AS_OF; returns it.

    Log-odds of each outcome: `level` + 1.5 × frailty + 0.4 × years over 75 / 10 (none below 65). With `leak` a
    feature knows the outcome. About 1 in 20 has home-care hours, which stay near what they are.
    """
    random = np.random.default_rng(seed)
    ages = random.integers(18, 97, people)
    settled = settled_dates(origins)
    for day in (*settled, AS_OF):
        table, truth = _describe(day, ages, random, level)
        happened = {o: random.random(people) < truth for o in outcomes if health or "admission" not in o}
        if leak:
            table = table.with_columns(
                pl.Series("health__leak__now", 2.0 * next(iter(happened.values())) + random.random(people))
            )
        _write(folder / "table", day, table)
        _write(folder / "outcomes", day, _outcomes(table, happened, day != AS_OF))
        _write(folder / "hours", day, _hours(table, random, day != AS_OF))
    said = {"as_of": AS_OF, "training": settled, "data_from": settled[0], "data_to": AS_OF, "health": health}
    (folder / "origins.json").write_text(json.dumps(said, default=str), encoding="utf-8")
    return folder


def settled_dates(origins: int) -> list[date]:
    """`origins` dates, ascending, half a year apart, the newest settled by AS_OF."""
    newest = AS_OF - timedelta(days=365 + 49)
    return [newest - timedelta(days=STEP_DAYS * n) for n in reversed(range(origins))]


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


def _outcomes(table: pl.DataFrame, happened: dict[str, Any], is_settled: bool) -> pl.DataFrame:
    frames = [
        table.select(
            "person_id",
            "as_of",
            pl.lit(outcome).alias("outcome"),
            pl.lit(365, pl.Int64).alias("horizon_days"),
            (pl.col("person__communal_address__now") == 0).alias("eligible"),
            pl.Series("happened", had if is_settled else [None] * len(had), pl.Boolean),
        )
        for outcome, had in happened.items()
    ]
    return pl.concat(frames)


def _hours(table: pl.DataFrame, random: Any, is_settled: bool) -> pl.DataFrame:
    now = table["social_care__home_care_hours__now"].to_numpy()
    start = np.where(random.random(len(now)) < 0.03, 8.0, 0.0)
    stays = random.random(len(now)) < 0.7
    later = np.where(now > 0, now * stays, start) * np.exp(random.normal(0, 0.3, len(now)))
    return table.select(
        "person_id",
        "as_of",
        pl.lit(365, pl.Int64).alias("horizon_days"),
        pl.Series("hours_per_week", later if is_settled else [None] * len(now), pl.Float64),
    )


def _write(folder: Path, day: date, frame: pl.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / f"{day.isoformat()}.parquet")
