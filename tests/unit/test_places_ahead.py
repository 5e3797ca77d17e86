"""Claims about starters to be expected: the record's level, the forecast's direction, shared out by need."""

from datetime import date

import polars as pl
import pytest
from worlds import one_person, world

from configs.settings import load_settings
from features.home_care import HomeCare, read_home_care
from models.places.ahead import coming_months, expect_starters

AS_OF = date(2026, 10, 1)


def _care(since: str = "2022-01-01") -> HomeCare:
    return read_home_care(world(one_person(), data_from=since), AS_OF, load_settings())


def _months(per_month: int) -> pl.DataFrame:
    rows = [
        {"month": date(2026, m, 1), "area_code": "A", "age_group": "65+", "starters": per_month}
        for m in range(1, 9)
    ]
    rows += [
        {"month": date(2025, m, 1), "area_code": "B", "age_group": "65+", "starters": per_month}
        for m in range(9, 13)
    ]
    return pl.DataFrame(rows)


def _need(a: float, b: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "area_code": ["A", "A", "B", "B"],
            "age_group": ["18-64", "65+"] * 2,
            "forecast": [0.0, a, 0.0, b],
        }
    )


def _known(started: float) -> pl.DataFrame:
    return pl.DataFrame({"age_group": ["65+"], "started": [started]})


def test_with_as_many_forecast_as_started_last_year_the_recorded_level_goes_on() -> None:
    starters = expect_starters(_care(), _months(5), _need(60, 40), _known(100))
    assert starters.sum() == pytest.approx(5)


def test_starters_rise_with_the_forecast_and_fall_to_areas_by_it() -> None:
    starters = expect_starters(_care(), _months(5), _need(165, 55), _known(110))
    assert starters.tolist() == pytest.approx([0, 7.5, 0, 2.5], rel=0.02)


def test_without_a_full_year_on_record_the_forecast_stands_alone() -> None:
    starters = expect_starters(_care("2026-03-01"), _months(5), _need(12, 24), _known(0))
    assert starters.tolist() == pytest.approx([0, 1, 0, 2])


@pytest.mark.parametrize(
    ("as_of", "first"), [(date(2026, 10, 1), date(2026, 10, 1)), (date(2026, 12, 2), date(2027, 1, 1))]
)
def test_the_months_ahead_are_whole_ones(as_of: date, first: date) -> None:
    months = coming_months(as_of)
    assert (months[0], len(months)) == (first, 24)
    assert months == sorted(set(months))
