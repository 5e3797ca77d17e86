"""The backtest of a finished run: what would have been said each quarter, beside what came."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.errors import ReleaseError, TooFewError
from configs.settings import Settings
from features.as_of import DAYS_PER_YEAR
from features.inputs import load_records
from features.table import build_tables
from models.need.past import forecast_past
from models.need.people import read_origins
from models.places.backtest import BACKTEST_SCHEMA, backtest_hours, sum_up_backtest
from models.places.forecast import lay_out_cells
from models.places.smoothing import smooth_ratios, trust_of
from models.places.step import STARTS_OF_SUPPORT
from pipelines.summary import read_json

QUARTER_DAYS = 91
KEPT = "backtest.parquet"
SUMMED = "backtest.json"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Backtested:
    """`summary`: a row per geography, months ahead and method; `table`: where every forecast stands."""

    run: str
    invented: bool
    origins: list[str]
    summary: list[dict[str, Any]]
    table: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`, and kept as state/backtest.json."""
        return asdict(self)


def backtest(out: Path, settings: Settings, *, quarters: int, seed: int, say: Say) -> Backtested:
    """Forecast home care again at each of the last `quarters` of the newest run, with what was known then.

    The model of need is trained afresh at each from what was over by it. Writes every forecast beside what
    came into the run's own folder (backtest.parquet, uncontrolled) and the summary into `state/`. Raises
    ReleaseError without a finished run, TooFewError when no quarter has a forecast that has come due.
    """
    run = (out / "latest").resolve()
    if not (run / "records" / "summary.json").is_file():
        raise ReleaseError(
            "No run has ended here yet", where=str(out), todo="Give the folder of a run as --out"
        )
    summary = read_json(run / "records" / "summary.json")
    as_of, records = date.fromisoformat(summary["as_of"]), load_records(run / "records")
    starts = _starts_by_origin(run, out / ".work" / "backtest", settings, as_of, quarters, seed, say)
    table = backtest_hours(records, starts, as_of, settings, seed, say)
    if table.is_empty():
        raise TooFewError(
            "No earlier forecast has come due yet, so nothing can be compared",
            where=f"as of {as_of.isoformat()}",
            todo="Land more history (three years at the least)",
        )
    table.cast(BACKTEST_SCHEMA).write_parquet(run / KEPT)
    origins = [day.isoformat() for day in table["origin"].unique().sort()]
    summed = sum_up_backtest(table).to_dicts()
    found = Backtested(as_of.isoformat(), bool(summary["invented"]), origins, summed, str(run / KEPT))
    (out / "state" / SUMMED).write_text(json.dumps(found.as_dict(), indent=1) + "\n", encoding="utf-8")
    return found


def _starts_by_origin(
    run: Path, work: Path, settings: Settings, as_of: date, quarters: int, seed: int, say: Say
) -> dict[date, pl.DataFrame]:
    """Origin -> people expected to start support within a year in each cell, by a model of its day."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        quarterly = _every_quarter(settings)
        build_tables(run / "records", work, as_of=as_of, settings=quarterly, progress=say)
        origins = read_origins(work).training[-quarters - 1 :]
        past = forecast_past(work, STARTS_OF_SUPPORT, origins, quarterly.need, seed, say)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    codes = pl.read_parquet(run / "records" / "areas.parquet")["lsoa_code"].to_list()
    cells = lay_out_cells(codes).keys
    return {
        origin: cells.join(
            _believed(past.filter(pl.col("origin") == origin), settings),
            on=["area_code", "age_group"],
            how="left",
            maintain_order="left",
        ).with_columns(pl.col("forecast").fill_null(0.0))
        for origin in past["origin"].unique().sort()
    }


def _every_quarter(settings: Settings) -> Settings:
    longest = max(settings.need.train_origins_max * settings.need.train_every_days // QUARTER_DAYS, 2)
    ahead = tuple(days for days in settings.need.horizons_days if days <= settings.need.horizon_days)
    need = settings.need.model_copy(
        update={
            "train_every_days": QUARTER_DAYS,
            "train_origins_max": longest,
            "horizons_days": ahead,
        }
    )
    return settings.model_copy(update={"need": need})


def _believed(past: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """area_code, age_group, forecast: a year's starts, differences between areas as far as the run would have
    believed them before any test."""
    need, parts = settings.need, [past.select("area_code", "age_group", "forecast").clear()]
    for (age_group,), group in past.partition_by("age_group", as_dict=True).items():
        forecast, expected = group["forecast"].to_numpy(), group["expected"].to_numpy()
        trust = trust_of([], STARTS_OF_SUPPORT, str(age_group), need.horizon_days)
        ratio = smooth_ratios(forecast, expected, settings.places.above_county_by, trust).ratio
        people = np.asarray(expected * ratio * DAYS_PER_YEAR / need.horizon_days)
        parts.append(group.select("area_code", "age_group", pl.Series("forecast", people)))
    return pl.concat(parts)
