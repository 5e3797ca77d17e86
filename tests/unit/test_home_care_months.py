"""Claims about home care month by month: what a month holds, who is placed where, what was not yet known."""

from datetime import date

import polars as pl
import pytest
from worlds import one_person, world

from configs.settings import load_settings
from features.as_of import next_month, whole_months
from features.home_care import (
    count_exits,
    count_months,
    describe_clients,
    read_home_care,
    track_hours,
)
from features.inputs import Records

SETTINGS = load_settings()
AS_OF = date(2026, 10, 1)


def _package(start: date, end: date | None, hours: float = 10.0, **more: object) -> dict[str, object]:
    return {
        "person_id": "ada",
        "event_type": "Service",
        "client_type": "Service user",
        "service_type": "Long term support: Community",
        "service_component": "Home support or domiciliary care",
        "delivery_mechanism": "CASSR managed personal budget",
        "happened_on": start,
        "known_on": start,
        "ended_on": end,
        "end_known_on": end,
        "hours_per_week": hours,
        **more,
    }


def _records(*packages: dict[str, object]) -> Records:
    return world(one_person(care_events=list(packages)), data_from="2026-01-01")


def test_a_month_holds_the_days_on_which_care_ran() -> None:
    care = read_home_care(_records(_package(date(2026, 6, 16), date(2026, 7, 16))), AS_OF, SETTINGS)
    months = count_months(care).sort("month")
    assert months["month"].to_list() == [date(2026, 6, 1), date(2026, 7, 1)]
    assert months["area_code"].null_count() == 0
    assert months["hours"].to_list() == pytest.approx([10 * 15 / 30, 10 * 15 / 31], abs=1e-5)
    assert months["clients"].to_list() == pytest.approx([0.5, 15 / 31], abs=1e-5)
    assert months["starters"].to_list() == [1, 0]
    assert months["leavers"].to_list() == [0, 1]


def test_two_packages_a_fortnight_apart_are_one_client_and_two_months_apart_are_two() -> None:
    near = _records(
        _package(date(2026, 2, 1), date(2026, 3, 1)), _package(date(2026, 3, 15), date(2026, 4, 1))
    )
    far = _records(_package(date(2026, 2, 1), date(2026, 3, 1)), _package(date(2026, 5, 1), date(2026, 6, 1)))
    assert count_months(read_home_care(near, AS_OF, SETTINGS))["starters"].sum() == 1
    assert count_months(read_home_care(far, AS_OF, SETTINGS))["starters"].sum() == 2


def test_what_was_learnt_on_the_as_of_date_is_not_counted() -> None:
    late = _package(date(2026, 6, 1), None, known_on=AS_OF)
    assert count_months(read_home_care(_records(late), AS_OF, SETTINGS)).is_empty()
    ended = _package(date(2026, 6, 1), date(2026, 8, 1), end_known_on=AS_OF)
    care = read_home_care(_records(ended), AS_OF, SETTINGS)
    assert describe_clients(care)["hours_per_week"].to_list() == [10.0]


def test_a_month_is_settled_when_its_reports_are_in() -> None:
    assert whole_months(AS_OF, 7, date(2026, 6, 15), 12) == [date(2026, 7, 1), date(2026, 8, 1)]
    assert whole_months(AS_OF, 0, date(2026, 6, 1), 2) == [date(2026, 8, 1), date(2026, 9, 1)]
    assert whole_months(date(2026, 3, 8), 7, date(2025, 11, 30), 120)[-1] == date(2026, 2, 1)
    assert next_month(date(2025, 12, 31)) == date(2026, 1, 1)


def test_direct_payments_are_no_home_care_that_the_council_arranges() -> None:
    paid = _package(date(2026, 3, 1), None, delivery_mechanism="Direct payment")
    assert count_months(read_home_care(_records(paid), AS_OF, SETTINGS)).is_empty()


def test_leaving_is_counted_against_the_months_at_risk() -> None:
    care = read_home_care(_records(_package(date(2026, 2, 1), date(2026, 3, 20))), AS_OF, SETTINGS)
    exits = count_exits(care, date(2024, 1, 1), 25)
    assert exits["exits"].to_list() == [0, 1]
    assert exits["months"].sum() == pytest.approx(47 / 30.4375, abs=0.05)
    late = count_exits(care, date(2026, 3, 10), 25)
    assert (late["exits"].sum(), late["months"].sum()) == (1, pytest.approx(10 / 30.4375, abs=0.05))


def test_hours_are_tracked_at_months_starts_with_how_long_care_has_run() -> None:
    care = read_home_care(_records(_package(date(2026, 5, 20), date(2026, 8, 1), 7.5)), AS_OF, SETTINGS)
    tracked = track_hours(care).sort("month")
    assert tracked["month"].to_list() == [date(2026, 6, 1), date(2026, 7, 1)]
    assert tracked["tenure_months"].to_list() == [0, 1]
    assert tracked["hours_per_week"].to_list() == [7.5, 7.5]


def test_without_any_package_every_table_is_empty() -> None:
    care = read_home_care(_records(), AS_OF, SETTINGS)
    assert count_months(care).is_empty()
    assert describe_clients(care).is_empty()
    assert count_exits(care, date(2024, 1, 1), 25).is_empty()
    assert track_hours(care).is_empty()


def test_hours_of_all_areas_are_those_of_all_packages() -> None:
    packages = [
        _package(date(2026, 1, 10), date(2026, 9, 3), 4.0),
        _package(date(2026, 2, 5), None, 6.0),
    ]
    months = count_months(read_home_care(_records(*packages), AS_OF, SETTINGS))
    april = months.filter(pl.col("month") == date(2026, 4, 1))
    assert april["hours"].sum() == pytest.approx(10.0)
    assert april["clients"].sum() == pytest.approx(1.0)
