"""Claims about past forecasts held against what came true: the right month, settled ones only, nothing later."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from worlds import AS_OF, a_village, world

from configs.settings import load_settings
from features.inputs import Records
from models.need.calibrated import HOURS, Settled, compare_months

SETTINGS = load_settings()


@pytest.fixture
def records() -> Records:
    stays = [
        {"person_id": who, "happened_on": date(2025, 6, 1), "discharged_on": date(2025, 6, 3), "known_on": date(2025, 7, 8)}
        for who in people()[:3]
    ]  # fmt: skip
    return world(
        {**a_village(30), "admissions": [*stays, _long_ago()]},
        extract_dates={"apc": "2026-12-01", "cld": "2026-12-01"},
    )


def _long_ago() -> dict[str, object]:
    return {
        "person_id": people()[9],
        "happened_on": date(2023, 1, 1),
        "discharged_on": date(2023, 1, 2),
        "known_on": date(2023, 2, 6),
    }


def people() -> list[str]:
    return sorted(row["person_id"] for row in a_village(30)["people"])


def scored(folder: Path, day: date, chance: float) -> Path:
    folder.mkdir(parents=True)
    rows = [
        {"person_id": who, "age_group": "65+", "outcome": "emergency_admission", "horizon_days": days,
         "probability": chance, "eligible": True}
        for who in people() for days in (182, 365, 730)
    ]  # fmt: skip
    pl.DataFrame(rows).write_parquet(folder / "person.parquet")
    hours = [{"person_id": who, "as_of": day, "horizon_days": 182, "hours_mean": 0.5} for who in people()]
    pl.DataFrame(hours).write_parquet(folder / "hours.parquet")
    return folder


def told(found: list[Settled], name: str = "emergency_admission") -> dict[int, tuple[date, float, float]]:
    return {
        one.horizon_days: (one.as_of, round(one.expected, 3), one.seen) for one in found if one.name == name
    }


def test_what_was_forecast_stands_beside_what_came_true(records: Records, tmp_path: Path) -> None:
    months = {AS_OF: scored(tmp_path / "a", AS_OF, 0.2)}
    found = compare_months(records, months.items(), date(2026, 12, 1), SETTINGS)
    assert told(found) == {182: (AS_OF, 6.0, 3.0), 365: (AS_OF, 6.0, 3.0)}
    assert told(found, HOURS)[182] == (AS_OF, 15.0, 0.0)


def test_a_horizon_that_is_not_over_is_not_judged(records: Records, tmp_path: Path) -> None:
    months = {AS_OF: scored(tmp_path / "a", AS_OF, 0.2)}
    assert set(told(compare_months(records, months.items(), date(2026, 1, 15), SETTINGS))) == {182}
    assert told(compare_months(records, months.items(), date(2025, 9, 1), SETTINGS)) == {}


def test_the_newest_month_that_is_settled_speaks_for_each_horizon(records: Records, tmp_path: Path) -> None:
    later = date(2025, 12, 1)
    months = {AS_OF: scored(tmp_path / "a", AS_OF, 0.2), later: scored(tmp_path / "b", later, 0.1)}
    found = told(compare_months(records, months.items(), date(2026, 12, 1), SETTINGS))
    assert found == {182: (later, 3.0, 0.0), 365: (AS_OF, 6.0, 3.0)}


def test_the_month_itself_and_later_ones_are_no_past(records: Records, tmp_path: Path) -> None:
    months = {AS_OF: scored(tmp_path / "a", AS_OF, 0.2)}
    assert compare_months(records, months.items(), AS_OF, SETTINGS) == []
