"""Claims about what a zone costs and takes."""

import numpy as np
import polars as pl
import pytest

from configs.settings import load_settings
from models.plans.sizing import (
    Demand,
    can_be_walked,
    count_carers,
    hours_per_person,
    price_hours,
    size_zones,
    travel_share,
)

SETTINGS = load_settings()
TOWN, COUNTRY = np.array([0.0]), np.array([1.0])


def _sized(rural: list[bool | None]) -> pl.DataFrame:
    areas = pl.DataFrame(
        {"rural": pl.Series(rural, dtype=pl.Boolean), "area_square_metres": [1e5, 1e8, 1e5, 1e8]}
    )
    mean = np.array([30.0, 10, 20, 20])
    draws = np.stack([mean * 0.8, mean, mean * 1.2])
    points = np.array([[0.0, 0], [1000, 0], [5000, 0], [6000, 0]])
    return size_zones(np.array([0, 0, 1, 1]), ["A", "B"], areas, Demand(mean, draws, points, 10.0), SETTINGS)


def test_components_add_up_to_the_price() -> None:
    priced = price_hours(np.array([0.0, 0.3, 1.0]), SETTINGS.prices)
    total = priced.pop("price_per_hour_pounds")
    assert np.sum(list(priced.values()), axis=0) == pytest.approx(total)


def test_the_country_costs_more_an_hour_and_takes_more_carers_than_the_town() -> None:
    assert (
        price_hours(COUNTRY, SETTINGS.prices)["price_per_hour_pounds"]
        > price_hours(TOWN, SETTINGS.prices)["price_per_hour_pounds"]
    )
    hours = np.array([1000.0])
    assert (
        count_carers(hours, COUNTRY, SETTINGS.prices)["fte"]
        > count_carers(hours, TOWN, SETTINGS.prices)["fte"]
    )
    assert travel_share(np.array([0.5]), SETTINGS.prices)[0] == pytest.approx(0.23)


def test_carers_cover_holiday_sickness_and_vacancies() -> None:
    counted = count_carers(np.array([2800.0]), TOWN, SETTINGS.prices)
    filled = 100 * (1 + 0.1207 + 0.023)
    assert counted["fte"][0] == pytest.approx(filled / (1 - 0.101))
    assert counted["recruits_per_year"][0] == pytest.approx(filled * 0.247)


def test_a_zones_range_is_of_the_sums_of_the_draws() -> None:
    row = _sized([False, True, False, True]).row(0, named=True)
    assert row["hours_mean"] == 40
    assert row["hours_p50"] == 40
    assert row["hours_p10"] == pytest.approx(np.quantile([32, 40, 48], 0.1))
    assert row["people_mean"] == 4
    assert row["mean_distance_metres"] == pytest.approx((30 * 250 + 10 * 750) / 40)


def test_shares_are_of_hours_and_unknown_rurality_is_not_guessed_in_the_open() -> None:
    known = _sized([False, True, False, True])
    assert known["rural_share"].to_list() == [0.25, 0.5]
    assert known["walkable_share"].to_list() == [0.75, 0.5]
    unknown = _sized([None] * 4)
    assert unknown["rural_share"].to_list() == [None, None]
    assert unknown["price_per_hour_pounds"][0] == pytest.approx(
        price_hours(np.array([0.5]), SETTINGS.prices)["price_per_hour_pounds"][0], abs=1e-3
    )


def test_walking_ends_where_the_leg_of_a_round_is_longer_than_the_limit() -> None:
    leg_metres = 10 / 60 * 4800 / SETTINGS.travel.detour_factor
    ground = (leg_metres / 0.7124) ** 2
    can = can_be_walked(
        np.array([10.0, 10, 0]), np.array([ground * 0.99, ground * 1.01, 1.0]), 10.0, SETTINGS
    )
    assert can.tolist() == [True, False, False]


def test_a_year_of_a_zone_costs_its_hours_at_its_price() -> None:
    row = _sized([False, True, False, True]).row(0, named=True)
    assert row["cost_per_year_pounds"] == pytest.approx(40 * row["price_per_hour_pounds"] * 52.18, rel=1e-4)
    assert row["viable"] is False


def test_too_few_clients_on_record_means_the_published_hours_a_person() -> None:
    def observed(clients: float) -> pl.DataFrame:
        return pl.DataFrame(
            {"measure": ["clients_home_care", "hours_home_care"], "value": [float(clients), clients * 9.0]}
        )

    assert hours_per_person(observed(100), SETTINGS.zones) == 9
    assert hours_per_person(observed(3), SETTINGS.zones) == SETTINGS.zones.hours_per_person_per_week
    assert hours_per_person(observed(3).clear(), SETTINGS.zones) == SETTINGS.zones.hours_per_person_per_week


def test_with_the_wage_of_its_year_the_parts_make_the_published_minimum() -> None:
    then = SETTINGS.prices.model_copy(update={"carer_pay_pounds_per_hour": 12.21})
    england = price_hours(np.array([0.18]), then)["price_per_hour_pounds"]
    assert england[0] == pytest.approx(SETTINGS.prices.published_minimum_pounds_per_hour, abs=0.1)
