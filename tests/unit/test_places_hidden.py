"""Claims about hidden need (much forecast, little served) and about how a hotspot came about."""

import numpy as np
import polars as pl
import pytest
from places_worlds import grid_areas

from models.places.emerging import name_trends, score_steps
from models.places.hidden import (
    describe_reached,
    expect_by_deprivation,
    measure_gap,
    pick_surely,
    sum_by_area,
    told_by,
)
from models.places.neighbours import build_band_graph, build_graph, build_travel_graph
from models.places.smoothing import Trust

SIDE = 10
GRAPH = build_graph(grid_areas(SIDE, SIDE))
TRUST = Trust(0.8, 0.05, 0.03)
CLUSTER = np.array([22, 23, 24, 32, 33, 34, 42, 43, 44])
NOWHERE = np.zeros(0, dtype=int)


def _gap(needy: np.ndarray, service: float = 0.35, seed: int = 1):  # type: ignore[no-untyped-def]
    """`needy` areas have half as much need again; CLUSTER has `service` times the others' clients."""
    rng = np.random.default_rng(seed)
    expected = rng.uniform(20, 40, SIDE**2)
    forecast = expected * rng.normal(1, 0.05, SIDE**2)
    served = np.full(SIDE**2, 8.0)
    forecast[needy] *= 1.5
    truly = served.copy()
    truly[CLUSTER] *= service
    counted = rng.poisson(truly).astype(float)
    unknown = np.full(SIDE**2, np.nan)
    reached = describe_reached(counted, served, unknown, GRAPH, rng)
    return measure_gap(forecast, expected, reached, unknown, TRUST, 0.2, rng)


def test_need_is_hidden_where_much_is_forecast_and_little_is_served() -> None:
    gap = _gap(CLUSTER)
    elsewhere = np.setdiff1d(np.arange(SIDE**2), CLUSTER)
    assert gap.probability[CLUSTER].min() > 0.6
    assert np.median(gap.probability[elsewhere]) < 0.35
    assert gap.value[CLUSTER].mean() > gap.value[elsewhere].mean() + 0.3


def test_need_that_is_served_is_not_hidden_nor_is_little_service_where_little_is_needed() -> None:
    hidden = _gap(CLUSTER).probability[CLUSTER].mean()
    served = _gap(CLUSTER, service=1.6).probability[CLUSTER].mean()
    not_needed = _gap(NOWHERE).probability[CLUSTER].mean()
    assert hidden > 0.35 + max(served, not_needed)


def test_what_deprivation_explains_is_no_gap() -> None:
    rng = np.random.default_rng(2)
    score = rng.uniform(5, 60, SIDE**2)
    expected = np.full(SIDE**2, 30.0)
    counted = rng.poisson(expected * np.exp(0.02 * (score - 30))).astype(float)
    adjusted = expect_by_deprivation(counted, expected, score)
    assert adjusted.sum() == pytest.approx(counted.sum())
    assert abs(np.corrcoef(counted / adjusted, score)[0, 1]) < 0.1 < np.corrcoef(counted, score)[0, 1]


@pytest.mark.parametrize("score", [np.full(4, np.nan), np.full(4, 20.0)])
def test_deprivation_that_is_unknown_or_alike_explains_nothing(score: np.ndarray) -> None:
    expected = np.array([3.0, 5.0, 0.0, 2.0])
    assert np.array_equal(expect_by_deprivation(np.ones(4), expected, score), expected)


def test_need_is_told_by_hospital_stays_where_they_are_landed() -> None:
    assert told_by(["fall_admission", "carer_breakdown", "emergency_admission"]) == (
        "emergency_admission",
        "fall_admission",
    )
    assert told_by(["long_term_community_start"]) == ("long_term_community_start",)


def test_people_are_summed_in_the_order_of_the_areas_and_an_empty_area_has_none() -> None:
    people = pl.DataFrame(
        {
            "area_code": ["B", "A", "A", "B"],
            "age_group": ["65+", "65+", "65+", "18-64"],
            "age_band": ["65-74", "65-74", "85+", "18-44"],
            "probability": [0.1, 0.3, 0.5, 0.9],
        }
    )
    counted, expected = sum_by_area(people, ["A", "B", "C"], "65+")
    assert counted == pytest.approx([0.8, 0.1, 0.0])
    assert expected == pytest.approx([0.2 + 0.5, 0.2, 0.0])


def _recorded(lift: list[float]) -> np.ndarray:
    """Eight steps of noise; the cluster lies `lift` above the rest at each."""
    values = np.random.default_rng(4).normal(10, 1, (len(lift), SIDE**2))
    values[:, CLUSTER] += np.array(lift)[:, None]
    return score_steps(values, GRAPH)


@pytest.mark.parametrize(
    ("lift", "now", "named"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0], "hot", "new"),
        ([6, 6, 6, 6, 6, 6, 6, 6], "none", "fading"),
        ([0, 1, 2, 3, 4, 5, 6, 8], "hot", "growing"),
        ([8, 7, 6, 5, 4, 3, 2, 1], "hot", "fading"),
        ([0, 0, 0, 0, 0, 0, 0, 0], "none", "none"),
        ([6, 6, 6], "hot", "none"),
    ],
)
def test_a_hotspot_is_named_by_what_was_on_record_before(lift: list[float], now: str, named: str) -> None:
    label = ["none"] * SIDE**2
    label[33] = now
    assert name_trends(label, _recorded(lift), 0.1)[33] == named


def test_a_hotspot_that_stayed_is_persistent() -> None:
    lift, label = [5.0, 6.0, 5.5, 6.2, 5.1, 6.1, 5.2, 5.9], ["none"] * SIDE**2
    label[33] = "hot"
    named = name_trends(label, _recorded(lift), 0.1)
    assert named[33] == "persistent"
    assert {named[i] for i in (0, 9, 90, 99)} == {"none"}


def test_too_few_people_have_no_trend() -> None:
    assert name_trends(["too_few"] * SIDE**2, _recorded([6] * 8), 0.1) == ["none"] * SIDE**2


def test_neighbours_by_distance_and_by_travel_leave_nobody_alone_and_go_both_ways() -> None:
    from configs.settings import load_settings

    areas = grid_areas(3, 3)
    far = areas.geometry.translate(xoff=50_000)
    areas.loc[8, "geometry"] = far[8]
    for graph in (build_band_graph(areas), build_travel_graph(areas, np.zeros(9), 3, load_settings().travel)):
        ties = graph.sparse.toarray()
        assert (ties.sum(axis=1) > 0).all()
        assert np.array_equal(ties, ties.T)


def test_neighbours_by_travel_are_those_within_the_minutes() -> None:
    from configs.settings import load_settings

    travel = load_settings().travel
    areas, minutes = grid_areas(5, 1), 2.7
    ties = build_travel_graph(areas, np.zeros(5), minutes, travel).sparse.toarray()
    metres_per_minute = 1000 * travel.urban_kilometres_per_hour / 60 / travel.detour_factor
    reach = int(minutes * metres_per_minute // 1000)
    assert reach == 1
    assert ties[0].tolist() == [0, 1, 0, 0, 0]


def test_the_areas_picked_are_wrong_no_oftener_than_the_rate_set() -> None:
    probability = np.array([0.5, 0.99, np.nan, 0.9, 0.85, 0.6])
    assert pick_surely(probability, 0.1).tolist() == [False, True, False, True, True, False]
    assert not pick_surely(np.array([0.85, 0.7]), 0.1).any()
    assert pick_surely(np.zeros(0), 0.1).tolist() == []
