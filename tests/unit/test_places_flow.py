"""Claims about home care as a flow: what clients' staying teaches, and what starters and leavers add up to."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from models.places.flow import MONTHS, TENURES, Flow, Staying, flow_ahead, learn_staying
from models.places.forecast import Cells, lay_out_cells
from models.places.series import METHODS, forecast_series

CELLS = lay_out_cells(["A", "B"])
DRAWS = 200


def _staying(exit_chance: float = 0.05, growth: float = 0.0) -> Staying:
    return Staying(
        np.full((2, TENURES), exit_chance), np.full(2, growth), np.array([12.0, 10.0]), np.full(2, 0.5)
    )


def _clients(n: int, hours: float = 10.0, area: str = "A", age_group: str = "65+") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "area_code": [area] * n,
            "age_group": [age_group] * n,
            "tenure_months": [30] * n,
            "hours_per_week": [hours] * n,
        },
        schema={
            "area_code": pl.String,
            "age_group": pl.String,
            "tenure_months": pl.Int64,
            "hours_per_week": pl.Float64,
        },
    )


def _flow(clients: pl.DataFrame, starts: float, staying: Staying, spread: float = 1e-6) -> Flow:
    rng = np.random.default_rng(1)
    return flow_ahead(clients, np.full(4, starts), staying, CELLS, DRAWS, spread, rng)


def test_without_starters_clients_fall_by_their_chance_of_leaving() -> None:
    flow = _flow(_clients(400), 0.0, _staying(0.05))
    at = CELLS.keys.with_row_index("cell").filter(area_code="A", age_group="65+")["cell"].item()
    ends = 0.95 ** np.arange(MONTHS + 1)
    expected = 400 * (ends[1:] + ends[:-1]) / 2
    assert flow.clients[:, :, at].mean(axis=0) == pytest.approx(expected, rel=0.03)
    assert flow.hours[:, :, at] == pytest.approx(10 * flow.clients[:, :, at])
    assert np.delete(flow.clients, at, axis=2).sum() == 0


def test_as_many_starters_as_leavers_keep_the_county_level() -> None:
    chance, starts = 0.04, 8.0
    steady = starts / -np.log1p(-chance)
    flow = _flow(_clients(round(steady)), starts / 4, _staying(chance))
    total = flow.clients.sum(axis=2).mean(axis=0)
    assert total[-1] == pytest.approx(steady, rel=0.04)


def test_clients_before_and_starters_less_leavers_make_clients_after_in_every_draw() -> None:
    flow = _flow(_clients(300), 3.0, _staying(0.06), spread=0.2)
    ends = 300 + np.cumsum(flow.starters - flow.leavers, axis=1).sum(axis=2)
    before = np.concatenate([np.full((DRAWS, 1), 300.0), ends[:, :-1]], axis=1)
    assert flow.clients.sum(axis=2) == pytest.approx((before + ends) / 2)


def test_hours_of_those_who_stay_grow_and_new_clients_have_a_new_clients_hours() -> None:
    grown = _flow(_clients(500), 0.0, _staying(1e-9, growth=0.005))
    hours = grown.hours.sum(axis=2) / grown.clients.sum(axis=2)
    assert hours[:, 11].mean() == pytest.approx(10 * 1.005**11.5, rel=1e-3)
    new = _flow(_clients(0), 50.0, _staying(1e-9))
    cell = CELLS.keys.with_row_index("cell")
    for group, mean in (("18-64", 12.0), ("65+", 10.0)):
        at = cell.filter(age_group=group)["cell"].to_list()
        ratio = new.hours[:, :, at].sum() / new.clients[:, :, at].sum()
        assert ratio == pytest.approx(mean, rel=0.02)


def test_an_unsure_level_widens_the_countys_range() -> None:
    def width(spread: float) -> float:
        hours = _flow(_clients(300), 10.0, _staying(0.05), spread).hours[:, 11].sum(axis=1)
        return float(np.ptp(np.quantile(hours, [0.1, 0.9])))

    assert width(0.2) > 1.5 * width(1e-6)


def test_nobody_and_no_starter_is_no_hour() -> None:
    flow = _flow(_clients(0), 0.0, _staying())
    assert flow.hours.shape == (DRAWS, MONTHS, 4)
    assert flow.hours.sum() == 0


def test_chances_of_leaving_are_those_on_record_steadied_where_few_were_there() -> None:
    exits = pl.DataFrame(
        {
            "age_group": ["65+"] * 3,
            "tenure_months": [0, 1, 24],
            "months": [1000.0, 2.0, 4000.0],
            "exits": [200, 1, 100],
        }
    )
    chance = learn_staying(exits, _tracked([], []), 13.9, 0.9).exit_chance[1]
    pooled = 301 / 5002
    assert chance[0] == pytest.approx(0.18, abs=0.01)
    assert chance[24] == pytest.approx(0.025, abs=0.002)
    assert abs(chance[1] - pooled) < 0.03 < abs(0.5 - pooled)


def test_an_age_group_without_a_record_leaves_as_all_do_and_has_the_published_hours() -> None:
    exits = pl.DataFrame({"age_group": ["65+"], "tenure_months": [0], "months": [100.0], "exits": [10]})
    staying = learn_staying(exits, _tracked([], []), 13.9, 0.9)
    assert staying.exit_chance[0] == pytest.approx(np.full(TENURES, 1 - np.exp(-0.1)))
    assert staying.first_hours.tolist() == [13.9, 13.9]
    assert staying.hours_growth.tolist() == [0, 0]


def _tracked(people: list[str], hours: list[float]) -> pl.DataFrame:
    """Clients of 65+ seen at the starts of January and February."""
    half = len(people) // 2
    return pl.DataFrame(
        {
            "month": [date(2026, 1, 1)] * half + [date(2026, 2, 1)] * (len(people) - half),
            "person_id": people,
            "age_group": ["65+"] * len(people),
            "tenure_months": [0] * half + [1] * (len(people) - half),
            "hours_per_week": hours,
        },
        schema={
            "month": pl.Date,
            "person_id": pl.String,
            "age_group": pl.String,
            "tenure_months": pl.Int64,
            "hours_per_week": pl.Float64,
        },
    )


def test_growth_is_that_of_clients_seen_in_two_months_in_a_row() -> None:
    people = [f"p{i}" for i in range(100)]
    tracked = _tracked(people + people, [10.0] * 100 + [10.05] * 100)
    gone = _tracked([*people, "new"], [10.0] * 50 + [10.0] * 51)
    exits = pl.DataFrame(schema={"age_group": pl.String, "tenure_months": pl.Int64, "months": pl.Float64, "exits": pl.Int64})  # fmt: skip
    assert learn_staying(exits, tracked, 13.9, 0.9).hours_growth[1] == pytest.approx(0.005)
    assert learn_staying(exits, gone, 13.9, 0.9).hours_growth[1] == 0


def test_the_usual_forecasts_stand_beside_ours_and_know_a_season() -> None:
    months = np.arange(72)
    history = 100 + 20 * np.sin(2 * np.pi * months / 12)
    told = forecast_series(history, 24)
    assert tuple(told) == METHODS
    assert told["last_value"][0] == pytest.approx(np.full(24, history[-1]))
    assert told["seasonal_naive"][0][:12] == pytest.approx(history[-12:])
    for mean, low, high in told.values():
        assert len(mean) == 24
        assert (low <= mean + 1e-9).all()
        assert (mean <= high + 1e-9).all()


def test_a_short_history_has_the_last_value_alone_and_none_has_nothing() -> None:
    assert tuple(forecast_series(np.array([5.0, 6.0]), 3)) == ("last_value",)
    assert forecast_series(np.zeros(0), 3) == {}


def test_cells_alternate_between_age_groups() -> None:
    assert isinstance(CELLS, Cells)
    assert CELLS.keys["age_group"].to_list() == ["18-64", "65+"] * 2
