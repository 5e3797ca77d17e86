"""What a model would have said at earlier dates: each learnt only from what was over by then."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from configs.settings_need import Need
from models.need.by_area import AGE_BAND_YEARS
from models.need.chance import Target, fit_tested
from models.need.people import AGE, Floats, People, read_origins, read_people
from models.need.splits import plan_split, settled_origins
from models.need.study import span_of

PAST_SCHEMA = pl.Schema(
    {
        "origin": pl.Date,
        "area_code": pl.String,
        "age_group": pl.String,
        "forecast": pl.Float64,
        "expected": pl.Float64,
    }
)


def forecast_past(
    features: Path, outcome: str, origins: tuple[date, ...], need: Need, seed: int, say: Callable[[str], None]
) -> pl.DataFrame:
    """People forecast to have `outcome` within the main horizon of each of `origins`, by area: PAST_SCHEMA.

    `forecast` is a sum of chances of those who could have it, `expected` the same with the county's mean
    chance in each five years of age. An origin before which nothing was settled, and an outcome that these
    tables do not hold, have no rows. `origins` are dates of the features folder.
    """
    groups = read_people(features, read_origins(features).training, need.horizons_days)
    parts = [pl.DataFrame(schema=PAST_SCHEMA)]
    for people in groups:
        if outcome in people.outcomes:
            parts += list(_forecast_group(people, outcome, origins, need, seed, say))
    return pl.concat(parts).sort("origin", "area_code", "age_group")


def _forecast_group(
    people: People, outcome: str, origins: tuple[date, ...], need: Need, seed: int, say: Callable[[str], None]
) -> Iterator[pl.DataFrame]:
    target = Target(outcome, people.outcomes[outcome])
    settled = settled_origins(people, target.y)
    for origin in origins:
        split = plan_split(settled, origin, span_of(need))
        if split is None:
            continue
        say(f"Learning what was known by {origin.isoformat()}, aged {people.age_group}")
        model = fit_tested(people, target, split, need=need, seed=seed)
        rows = people.at((origin,)) & people.eligible[outcome]
        chance = model.predict(people, rows)[:, need.horizons_days.index(need.horizon_days)]
        yield _sum_by_area(people, origin, rows, chance)


def _sum_by_area(people: People, origin: date, rows: np.ndarray, chance: Floats) -> pl.DataFrame:
    band = np.floor(people.column(AGE, rows) / AGE_BAND_YEARS)
    lived = people.ids.filter(pl.Series(rows)).select(pl.col("lsoa_code").alias("area_code"))
    told = lived.with_columns(pl.Series("forecast", chance), pl.Series("band", band))
    usual = told.with_columns(pl.col("forecast").mean().over("band").alias("expected"))
    summed = usual.drop_nulls("area_code").group_by("area_code").agg(pl.col("forecast", "expected").sum())
    return summed.with_columns(
        pl.lit(origin).alias("origin"), pl.lit(people.age_group).alias("age_group")
    ).select(PAST_SCHEMA.names())
