"""Home-care hours forecast again each quarter of the last three years, on joined records alone.

    python benchmarks/places_backtest.py COUNTY --work WORK [--quarters 12]

As `forebridge backtest`, but that the starts of support to come are last year's rate in each age band times the people
of each area at the time, not a model of need trained afresh at each quarter: what the flow alone is worth. COUNTY holds
landing/; WORK gets records/ (joined once). Prints a row per geography, months ahead and method. Synthetic where the
county is.
"""

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from need_truth import JOINED_AS_OF, join_county, tell

from configs.settings import Settings, load_settings
from features.as_of import in_window
from features.inputs import Records, load_records
from features.outcomes import community_starts
from models.places.backtest import backtest_hours, sum_up_backtest
from models.places.forecast import lay_out_cells
from models.places.served import describe_residents

NEWEST = date(2025, 9, 1)
YEAR = timedelta(days=365)
SEED = 1


def main() -> None:
    """Join, forecast, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("county", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--quarters", type=int, default=12)
    asked = parser.parse_args()
    settings = load_settings()
    records = load_records(join_county(asked.county, asked.work, settings))
    starts = {day: starts_by_rate(records, day, settings) for day in quarters_back(asked.quarters)}
    table = backtest_hours(records, starts, JOINED_AS_OF, settings, SEED, tell)
    table.write_parquet(asked.work / "backtest.parquet")
    with pl.Config(tbl_rows=-1, tbl_cols=-1):
        print(sum_up_backtest(table), file=sys.stdout)


def quarters_back(quarters: int) -> list[date]:
    """First days of months, three apart, from the newest whose twelfth month is over."""
    months = [12 * NEWEST.year + NEWEST.month - 1 - 3 * step for step in range(quarters)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def starts_by_rate(records: Records, day: date, settings: Settings) -> pl.DataFrame:
    """Last year's starts of support in each age band, by where people live now: area_code, age_group, forecast."""
    cells = lay_out_cells(records.areas.collect()["lsoa_code"].to_list())
    started = (
        in_window(community_starts(records, day, settings), day - YEAR, day).collect()["person_id"].unique()
    )
    residents = describe_residents(records, day).with_columns(
        pl.col("person_id").is_in(started.implode()).cast(pl.Float64).mean().over("age_band").alias("rate")
    )
    summed = residents.group_by("area_code", "age_group").agg(pl.col("rate").sum().alias("forecast"))
    joined = cells.keys.join(summed, on=["area_code", "age_group"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("forecast").fill_null(0.0))


if __name__ == "__main__":
    main()
