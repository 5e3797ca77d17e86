"""Claims about expected people and hours: means are kept, ranges are honest, levels agree."""

import numpy as np
import polars as pl
import pytest

from models.places.forecast import (
    draw_hours,
    draw_levels,
    draw_people,
    lay_out_cells,
    sum_hours,
    sum_people,
)
from models.places.levels import lay_out_levels


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_the_mean_and_spread_of_drawn_people_are_those_of_the_separate_chances() -> None:
    chances = np.array([0.9, 0.5, 0.5, 0.1, 0.02])
    mean, squares = np.array([chances.sum()]), np.array([(chances**2).sum()])
    drawn = draw_people(_rng(), mean, squares, 40_000, spread=0.0)[:, 0]
    assert drawn.mean() == pytest.approx(chances.sum(), abs=0.02)
    assert drawn.var() == pytest.approx((chances * (1 - chances)).sum(), rel=0.05)


def test_nobody_eligible_draws_nobody() -> None:
    assert (draw_people(_rng(), np.zeros(3), np.zeros(3), 10, spread=0.3) == 0).all()


def test_certain_people_are_always_drawn() -> None:
    assert (draw_people(_rng(), np.array([4.0]), np.array([4.0]), 50, spread=0.0) == 4).all()


def test_the_models_own_level_moves_all_areas_of_a_draw_together() -> None:
    mean = np.full(2, 1e6)
    one, other = draw_hours(_rng(), mean, np.ones(2), 500, spread=0.2).T
    assert np.corrcoef(one, other)[0, 1] > 0.99


def test_levels_have_mean_one() -> None:
    assert draw_levels(_rng(), 200, 0.3).mean() == pytest.approx(1, abs=0.01)


def test_where_hours_are_seldom_most_draws_are_none_and_where_many_none_is() -> None:
    seldom, many = 0.05 * 13.9, 200.0
    drawn = draw_hours(
        _rng(), np.array([seldom, many]), np.array([seldom * 17.8, many * 2]), 20_000, spread=0.0
    )
    assert 0.85 < (drawn[:, 0] == 0).mean() < 0.97
    assert (drawn[:, 1] > 0).all()


def test_drawn_hours_keep_mean_and_variance_and_are_never_negative() -> None:
    drawn = draw_hours(_rng(), np.array([20.0, 0.0]), np.array([300.0, 0.0]), 40_000, spread=0.0)
    assert drawn[:, 0].mean() == pytest.approx(20, rel=0.02)
    assert drawn[:, 0].var() == pytest.approx(300, rel=0.05)
    assert drawn.min() >= 0
    assert (drawn[:, 1] == 0).all()


def _person(mean: float, p10: float, p50: float, p90: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "area_code": ["A"],
            "age_group": ["65+"],
            "hours_mean": [mean],
            "hours_p10": [p10],
            "hours_p50": [p50],
            "hours_p90": [p90],
        }
    )


def test_a_small_chance_of_a_first_package_is_more_unsure_than_its_quantiles_of_nought_say() -> None:
    assert sum_hours(_person(0.3, 0, 0, 0))["hours_variance"][0] > 5
    assert sum_hours(_person(10, 10, 10, 10))["hours_variance"][0] == pytest.approx(0)


def test_a_wider_person_makes_a_wider_area() -> None:
    narrow, wide = (sum_hours(_person(10, 10 - w, 10, 10 + w))["hours_variance"][0] for w in (1, 5))
    assert wide > narrow > 0


def test_areas_where_nobody_lives_have_cells_too() -> None:
    cells = lay_out_cells(["B", "A"])
    people = pl.DataFrame({"area_code": ["B"], "age_group": ["65+"], "probability": [0.5]})
    assert cells.spread(sum_people(people), "people_mean").tolist() == [0, 0, 0, 0.5]


def test_an_area_without_a_ward_stands_in_no_ward_and_in_the_county() -> None:
    areas = pl.DataFrame({"lsoa_code": ["A", "B"], "msoa_code": ["M", "M"], "ward_code": ["W", None]})
    cells = lay_out_cells(["A", "B"])
    sums = {
        level.name: level.add_up(np.array([1.0, 2, 4, 8])).tolist() for level in lay_out_levels(cells, areas)
    }
    assert sums == {"lsoa": [1, 2, 4, 8], "msoa": [5, 10], "ward": [1, 2], "county": [5, 10]}
