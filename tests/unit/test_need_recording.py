"""Claims about how evenly requests are recorded: counted by group, and refused by a gate where they are not."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from worlds import AS_OF, days, world

from configs.settings import load_settings
from configs.settings_need import Gates
from features.recording import count_asked
from features.table import build_features
from models.need.gates import FAILED, NOT_JUDGED, PASSED, judge_gates
from models.need.groups import with_recording

SETTINGS = load_settings()
START = {"event_type": "Service", "service_type": "Long term support: Community"}


@pytest.fixture(scope="module")
def gates() -> Gates:
    return SETTINGS.gates


def _counted(*events: dict[str, Any], sex: str = "female") -> dict[tuple[str, str], tuple[int, int]]:
    """Ada, 84, with these events: what is counted for each attribute and group."""
    rows = {
        "people": [{"person_id": "ada", "sex": sex}],
        "residences": [{"person_id": "ada", "household_id": "home"}],
        "households": [{"household_id": "home"}],
        "care_events": [{"person_id": "ada", **event} for event in events],
    }
    records = world(rows)
    table = build_features(records, AS_OF, SETTINGS)
    counted = count_asked(records, table, AS_OF, SETTINGS)
    assert {row["age_group"] for row in counted} <= {"65+"}
    return {(row["attribute"], row["group"]): (row["asked"], row["starts"]) for row in counted}


def _request(ago: int) -> dict[str, Any]:
    return {"event_type": "Request", "happened_on": days(ago)}


def test_a_start_with_a_request_in_the_half_year_before_was_asked_for_and_one_without_was_not() -> None:
    start = {**START, "happened_on": days(200)}
    assert _counted(_request(240), start)["sex", "female"] == (1, 1)
    assert _counted(start)["sex", "female"] == (0, 1)
    assert _counted(_request(150), start)["sex", "female"] == (0, 1), (
        "a request after it brought nothing about"
    )
    assert _counted(_request(200 + 183), start)["sex", "female"] == (0, 1), "too long before"


def test_what_was_not_known_by_the_date_does_not_count() -> None:
    start = {**START, "happened_on": days(30)}
    assert _counted({**_request(60), "known_on": AS_OF}, start)["sex", "female"] == (0, 1)
    assert _counted(_request(60), {**start, "known_on": AS_OF}) == {}


def test_starts_so_early_that_their_request_may_lie_before_the_records_do_not_count() -> None:
    start = {**START, "happened_on": date(2020, 5, 1)}
    assert _counted(start) == {}, "the records of this world begin in January 2020"


def _rows(*shares: tuple[str, int, int]) -> list[dict[str, Any]]:
    recording = tuple(
        {"attribute": "ethnic_group", "group": g, "asked": a, "starts": n} for g, a, n in shares
    )
    base = {"attribute": "ethnic_group", "n_events": 60, "observed_over_expected_low": 0.9}
    about = {"outcome": "long_term_community_start", "age_group": "65+", "horizon_days": 365}
    return with_recording([{**base, **about, "group": g} for g in ("White", "Asian", "Black")], recording)


def _gate(rows: list[dict[str, Any]], gates: Gates, outcome: str = "long_term_community_start") -> list[Any]:
    champion = {
        "model": "champion", "kind": "outcome", "outcome": outcome, "age_group": "65+", "horizon_days": 365,
        "n_events": 1, "trees": 9, "average_precision": None,
    }  # fmt: skip
    found = judge_gates([champion], [{**row, "outcome": outcome} for row in rows], gates, 365)
    return [g for g in found if g.gate == "records"]


def test_a_group_is_held_against_all_others_of_its_attribute_and_one_nobody_started_in_says_nothing() -> None:
    white, asian, black = _rows(("White", 790, 800), ("Asian", 13, 24))
    assert white["asked_share"] == pytest.approx(790 / 800)
    assert white["asked_rest"] == pytest.approx(13 / 24, abs=1e-6)
    assert asian["asked_rest"] == pytest.approx(790 / 800)
    assert (asian["asked_share_low"], asian["asked_share_high"]) == pytest.approx((0.328, 0.744), abs=0.001)
    assert (black["starts"], black["asked_share"]) == (0, None)


def test_requests_that_go_unrecorded_for_one_group_refuse_the_model_and_even_ones_do_not(
    gates: Gates,
) -> None:
    (bad,) = _gate(_rows(("White", 790, 800), ("Asian", 13, 24)), gates)
    assert bad.state == FAILED
    assert bad.said == (
        "ethnic_group Asian: 54% of starts (33% to 74%) had a request on record before, of others 99%"
    )
    (even,) = _gate(_rows(("White", 790, 800), ("Asian", 24, 24)), gates)
    assert even.state == PASSED
    (few,) = _gate(_rows(("White", 790, 800), ("Asian", 3, 9)), gates)
    assert few.state == PASSED, "nine starts are too few to judge the group"
    (nobody,) = _gate(_rows(), gates)
    assert nobody.state == NOT_JUDGED


def test_how_requests_are_kept_is_judged_where_support_starts_alone(gates: Gates) -> None:
    assert _gate(_rows(("White", 790, 800), ("Asian", 13, 24)), gates, "fall_admission") == []


def test_an_empty_county_has_nothing_to_count() -> None:
    empty = build_features(world({}), AS_OF, SETTINGS)
    assert count_asked(world({}), empty, AS_OF, SETTINGS) == []
    assert isinstance(empty, pl.DataFrame)
