"""Outcomes and home-care hours as the landing contract defines them."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from worlds import AS_OF, ELSEWHERE, Rows, a_care_home, days, one_person, two_people_one_house, world

from configs.settings import load_settings
from features.hours_ahead import build_hours
from features.outcomes import build_outcomes, newest_training_origin

SETTINGS = load_settings()
COMMUNITY = {"person_id": "ada", "service_type": "Long term support: Community"}
PLACED = {"person_id": "ada", "service_type": "Long term support: Residential care"}
HOME_CARE = {**COMMUNITY, "service_component": "Home support or domiciliary care", "hours_per_week": 10.0}
LONG_AGO = {"person_id": "ada", "happened_on": date(2023, 1, 9)}
WINDOW_DAYS = SETTINGS.need.horizon_days


def label(rows: Rows, outcome: str, person: str = "ada", **options: Any) -> tuple[bool, bool | None]:
    summary = options.pop("summary", {})
    table = build_outcomes(world(rows, **summary), AS_OF, SETTINGS, horizons=[WINDOW_DAYS], **options)
    row = table.filter(pl.col("person_id") == person, pl.col("outcome") == outcome)
    return row.select("eligible", "happened").row(0)


def happened(outcome: str, **tables: Any) -> bool | None:
    return label(one_person(**tables), outcome)[1]


def hours(rows: Rows, **options: Any) -> float | None:
    summary = options.pop("summary", {})
    table = build_hours(world(rows, **summary), AS_OF, SETTINGS, horizons=[WINDOW_DAYS], **options)
    return table.filter(pl.col("person_id") == "ada")["hours_per_week"].item()


# the window


@pytest.mark.parametrize(
    ("start", "inside"),
    [(AS_OF, True), (days(1), False), (days(-364), True), (days(-365), False)],
)
def test_an_outcome_on_the_as_of_date_counts_and_one_on_the_day_after_the_window_does_not(
    start: date, inside: bool
) -> None:
    service = {**COMMUNITY, "happened_on": start, "known_on": start}
    assert happened("long_term_community_start", care_events=[service]) is inside
    assert happened("emergency_admission", admissions=[{"person_id": "ada", "happened_on": start}]) is inside


def test_every_horizon_asked_for_is_labelled() -> None:
    rows = one_person(care_events=[{**COMMUNITY, "happened_on": days(-300)}])
    table = build_outcomes(world(rows), AS_OF, SETTINGS, horizons=[182, 365])
    starts = table.filter(pl.col("outcome") == "long_term_community_start").select("horizon_days", "happened")
    assert starts.rows() == [(182, False), (365, True)]


def test_a_longer_horizon_is_unknown_while_only_the_shorter_ones_are_settled() -> None:
    rows = one_person(care_events=[{**COMMUNITY, "happened_on": days(-10)}])
    table = build_outcomes(world(rows), AS_OF, SETTINGS, seen_by=days(-400))
    starts = table.filter(pl.col("outcome") == "long_term_community_start").select("horizon_days", "happened")
    assert starts.rows() == [(182, True), (365, True), (730, None)]


# long-term community support


def test_somebody_with_any_long_term_support_cannot_start_it() -> None:
    for service in (COMMUNITY, PLACED):
        rows = one_person(care_events=[{**service, "happened_on": days(100)}])
        assert label(rows, "long_term_community_start")[0] is False
    ended = one_person(care_events=[{**COMMUNITY, "happened_on": days(300), "ended_on": days(200)}])
    assert label(ended, "long_term_community_start")[0] is True


def test_support_that_ended_without_the_council_knowing_yet_still_counts_as_support() -> None:
    rows = one_person(
        care_events=[{**COMMUNITY, "happened_on": days(300), "ended_on": days(5), "end_known_on": AS_OF}]
    )
    assert label(rows, "long_term_community_start")[0] is False


def test_a_changed_package_inside_a_spell_is_no_start() -> None:
    before = {**COMMUNITY, "happened_on": days(300), "ended_on": days(-30)}
    changed = {**COMMUNITY, "happened_on": days(-30), "hours_per_week": 20.0}
    assert happened("long_term_community_start", care_events=[before, changed]) is False


@pytest.mark.parametrize(("free_days", "starts"), [(90, False), (91, True)])
def test_a_start_needs_91_days_without_long_term_community_support(free_days: int, starts: bool) -> None:
    before = {**COMMUNITY, "happened_on": days(400), "ended_on": days(20)}
    again = {**COMMUNITY, "happened_on": days(20 - free_days)}
    assert happened("long_term_community_start", care_events=[before, again]) is starts


def test_short_term_support_is_no_long_term_start() -> None:
    spell = {**COMMUNITY, "service_type": "Short term support: ST-Max", "happened_on": days(-10)}
    assert happened("long_term_community_start", care_events=[spell]) is False


# care-home admission


@pytest.mark.parametrize(("nights", "counts"), [(41, False), (42, True)])
def test_a_placement_counts_from_42_days(nights: int, counts: bool) -> None:
    stay = {**PLACED, "happened_on": days(-10), "ended_on": days(-10 - nights)}
    assert happened("care_home_admission", care_events=[stay]) is counts


def test_a_short_placement_that_ends_in_death_counts() -> None:
    died = days(-20)
    rows = {
        **one_person(care_events=[{**PLACED, "happened_on": days(-10), "ended_on": died}]),
        "people": [{"person_id": "ada", "date_of_death": died}],
    }
    assert label(rows, "care_home_admission") == (True, True)


def test_respite_and_short_stays_do_not_count() -> None:
    stay = {**PLACED, "service_type": "Short term support: Other short term", "happened_on": days(-10)}
    assert happened("care_home_admission", care_events=[stay]) is False


def test_a_self_funder_counts_when_the_usual_address_becomes_a_care_home() -> None:
    rows = dict(a_care_home())
    rows["residences"] = [
        {"person_id": "ada", "household_id": "home", "to_date": days(-10)},
        {"person_id": "ada", "household_id": "care", "communal": True, "from_date": days(-10), "known_on": days(-20)},
        {"person_id": "cleo", "household_id": "care", "communal": True},
    ]  # fmt: skip
    assert label(rows, "care_home_admission") == (True, True)
    assert label(rows, "care_home_admission", "cleo") == (False, False)


def test_moving_from_residential_to_nursing_care_is_no_second_admission() -> None:
    first = {**PLACED, "happened_on": days(-10), "ended_on": days(-30)}
    second = {**PLACED, "service_type": "Long term support: Nursing care", "happened_on": days(-31)}
    assert happened("care_home_admission", care_events=[first, second]) is True
    resident = [{**first, "happened_on": days(50)}, second]
    assert label(one_person(care_events=resident), "care_home_admission") == (False, False)


def test_a_stay_that_began_before_the_as_of_date_but_was_not_known_is_no_admission_in_the_window() -> None:
    stay = {**PLACED, "happened_on": days(3), "known_on": days(-3)}
    assert label(one_person(care_events=[stay]), "care_home_admission") == (True, None)
    lived_in = dict(a_care_home())
    lived_in["residences"] = [
        {"person_id": "ada", "household_id": "home", "to_date": days(3), "to_known_on": days(-3)},
        {"person_id": "ada", "household_id": "care", "from_date": days(3), "known_on": days(-3)},
    ]
    assert label(lived_in, "care_home_admission") == (True, None)


def test_support_that_had_begun_but_was_not_known_is_neither_a_start_nor_none() -> None:
    service = {**COMMUNITY, "happened_on": days(3), "known_on": days(-3)}
    rows = one_person(care_events=[service])
    assert label(rows, "long_term_community_start") == (True, None)
    assert label(rows, "long_term_community_start", seen_by=days(-2)) == (True, None)
    assert label(rows, "care_home_admission") == (True, False)
    ended = {**service, "ended_on": days(1), "end_known_on": days(-3)}
    assert label(one_person(care_events=[ended]), "long_term_community_start") == (True, False)


@pytest.mark.parametrize(("died", "told"), [(days(1), None), (AS_OF, False), (days(-5), False)])
def test_a_death_before_the_as_of_date_learnt_later_leaves_no_outcome_to_tell(
    died: date, told: bool | None
) -> None:
    rows = dict(one_person(admissions=[LONG_AGO]))
    rows["people"] = [{**rows["people"][0], "date_of_death": died, "death_known_on": days(-10)}]
    for outcome in ("long_term_community_start", "care_home_admission", "emergency_admission"):
        assert label(rows, outcome) == (True, told)


def test_somebody_who_had_left_the_area_as_was_learnt_later_has_no_outcome_to_tell() -> None:
    rows = dict(one_person(admissions=[LONG_AGO]))
    rows["residences"] = [{**rows["residences"][0], "to_date": days(4), "to_known_on": days(-10)}]
    assert label(rows, "emergency_admission") == (True, None)


# hospital


def test_only_emergency_admissions_count_and_only_falls_among_them_as_falls() -> None:
    fall = {"person_id": "ada", "happened_on": days(-5), "fall": True}
    planned = {**fall, "emergency": False, "admission_method": "11"}
    assert happened("fall_admission", admissions=[fall]) is True
    assert happened("emergency_admission", admissions=[planned]) is False
    assert happened("fall_admission", admissions=[planned]) is False
    assert happened("fall_admission", admissions=[{**fall, "fall": False}]) is False


def test_without_hospital_extracts_health_outcomes_are_absent() -> None:
    table = build_outcomes(world(one_person()), AS_OF, SETTINGS)
    assert set(table["outcome"]) == {"long_term_community_start", "care_home_admission", "carer_breakdown"}


# carer breakdown

CARED_FOR = {**HOME_CARE, "happened_on": days(300), "linked_person_ids": ["bert"]}
REVIEW = {"person_id": "ada", "event_type": "Review", "service_type": None, "happened_on": days(-20)}


def breakdown(person: str, *events: dict[str, Any]) -> tuple[bool, bool | None]:
    return label(two_people_one_house(care_events=events), "carer_breakdown", person)


@pytest.mark.parametrize("reason", ["Unplanned: Carer related", "Unplanned - Carer related"])
def test_an_unplanned_carer_related_review_of_either_is_the_carers_breakdown(reason: str) -> None:
    of_cared_for = {**REVIEW, "review_reason": reason}
    of_carer = {**of_cared_for, "person_id": "bert", "client_type": "Unpaid carer"}
    for review in (of_cared_for, of_carer):
        assert breakdown("bert", CARED_FOR, review) == (True, True)
        assert breakdown("ada", CARED_FOR, review)[0] is False


@pytest.mark.parametrize("reason", ["Planned", "Unplanned: Other reason", None])
def test_a_review_for_another_reason_is_no_breakdown(reason: str | None) -> None:
    assert breakdown("bert", CARED_FOR, {**REVIEW, "review_reason": reason}) == (True, False)


def test_only_a_carer_whose_pair_had_an_open_service_as_far_as_known_can_break_down() -> None:
    ended = {**CARED_FOR, "ended_on": days(100)}
    assert breakdown("bert", ended) == (False, False)
    assert breakdown("bert", {**ended, "end_known_on": AS_OF}) == (True, False)
    assert breakdown("bert", {**CARED_FOR, "known_on": AS_OF}) == (False, False)
    assert breakdown("bert", {**CARED_FOR, "linked_person_ids": None}) == (False, False)
    own = {**CARED_FOR, "person_id": "bert", "client_type": "Unpaid carer", "linked_person_ids": ["ada"]}
    assert breakdown("bert", own) == (True, False)


# settled or not


def test_an_outcome_not_settled_is_null_even_where_it_has_happened_already() -> None:
    rows = one_person(care_events=[{**COMMUNITY, "happened_on": days(-10)}])
    told = days(-WINDOW_DAYS - SETTINGS.lags_days.cld)
    for seen_to, expected in ((told, True), (days(1, before=told), None)):
        summary = {"data_to": seen_to.isoformat()}
        assert label(rows, "long_term_community_start", summary=summary) == (True, expected)
        assert label(rows, "long_term_community_start", seen_by=seen_to) == (True, expected)


def test_a_source_whose_newest_extract_is_old_settles_later_than_the_others() -> None:
    rows = one_person(
        care_events=[{**COMMUNITY, "happened_on": days(-10)}],
        admissions=[{"person_id": "ada", "happened_on": days(-10)}],
    )
    summary = {"extract_dates": {"apc": ["2024-01-01", days(-300).isoformat()]}}
    assert label(rows, "emergency_admission", summary=summary)[1] is None
    assert label(rows, "long_term_community_start", summary=summary)[1] is True


def test_a_care_home_admission_waits_for_the_42_days_too() -> None:
    rows = one_person(care_events=[{**PLACED, "happened_on": days(-10)}])
    wait = SETTINGS.lags_days.cld + SETTINGS.records.care_home_stay_days
    assert label(rows, "care_home_admission", seen_by=days(-WINDOW_DAYS - wait))[1] is True
    assert label(rows, "care_home_admission", seen_by=days(1 - WINDOW_DAYS - wait))[1] is None


def test_a_label_knows_only_what_the_run_may_know() -> None:
    late = {**COMMUNITY, "happened_on": days(-10), "known_on": days(-WINDOW_DAYS - 20)}
    rows = one_person(care_events=[late])
    assert label(rows, "long_term_community_start")[1] is True
    assert label(rows, "long_term_community_start", seen_by=days(-WINDOW_DAYS - 20))[1] is False


def test_the_newest_training_origin_is_the_last_whose_every_outcome_is_settled() -> None:
    records = world(one_person(admissions=[{"person_id": "ada", "happened_on": days(100)}]))
    newest, nearest = newest_training_origin(records, SETTINGS, AS_OF), [min(SETTINGS.need.horizons_days)]
    told = build_outcomes(records, newest, SETTINGS, horizons=nearest, seen_by=AS_OF)
    assert told["happened"].null_count() == 0
    after = build_outcomes(records, days(-1, before=newest), SETTINGS, horizons=nearest, seen_by=AS_OF)
    assert after["happened"].null_count() > 0


def test_somebody_who_dies_or_leaves_without_the_outcome_did_not_have_it() -> None:
    rows = {**one_person(), "people": [{"person_id": "ada", "date_of_death": days(-50)}]}
    assert label(rows, "long_term_community_start") == (True, False)
    rows = {
        **one_person(),
        "residences": [{"person_id": "ada", "household_id": "home", "to_date": days(-50)}],
    }
    assert label(rows, "long_term_community_start") == (True, False)


# hours


def test_hours_are_the_mean_over_the_window() -> None:
    package = {**HOME_CARE, "happened_on": days(100), "ended_on": days(-73)}
    assert hours(one_person(care_events=[package])) == pytest.approx(10 * 73 / 365, abs=1e-6)


def test_every_carer_of_a_double_handed_visit_counts() -> None:
    both = [{**HOME_CARE, "happened_on": days(100)}, {**HOME_CARE, "happened_on": days(100)}]
    assert hours(one_person(care_events=both)) == 20


def test_direct_payments_and_other_components_are_no_home_care_hours() -> None:
    other = [
        {**HOME_CARE, "happened_on": days(100), "delivery_mechanism": "Direct payment"},
        {**HOME_CARE, "happened_on": days(100), "service_component": "Day support"},
        {**HOME_CARE, "happened_on": days(100), "event_type": "Assessment"},
    ]
    assert hours(one_person(care_events=other)) == 0
    commissioned = {**HOME_CARE, "happened_on": days(100), "delivery_mechanism": "CASSR commissioned support"}
    assert hours(one_person(care_events=[commissioned])) == 10


def test_nobody_has_hours_after_death_or_after_leaving_the_area() -> None:
    rows = one_person(care_events=[{**HOME_CARE, "happened_on": days(100)}])
    half = 10 * 73 / 365
    died = {**rows, "people": [{"person_id": "ada", "date_of_death": days(-73)}]}
    assert hours(died) == pytest.approx(half, abs=1e-6)
    left = {**rows, "residences": [
        {"person_id": "ada", "household_id": "home", "to_date": days(-73)},
        {"person_id": "ada", "household_id": "far", "lsoa_code": ELSEWHERE, "from_date": days(-73), "known_on": days(-80)},
    ]}  # fmt: skip
    assert hours(left) == pytest.approx(half, abs=1e-6)
    moved = {**rows, "residences": [
        {"person_id": "ada", "household_id": "home", "to_date": days(-73)},
        {"person_id": "ada", "household_id": "new", "from_date": days(-73), "known_on": days(-80)},
    ]}  # fmt: skip
    assert hours(moved) == 10


def test_people_without_a_package_have_no_hours_and_unsettled_hours_are_null() -> None:
    assert hours(two_people_one_house()) == 0
    assert hours(one_person(), seen_by=days(-WINDOW_DAYS)) is None


def test_empty_in_empty_out() -> None:
    assert build_outcomes(world({}), AS_OF, SETTINGS).is_empty()
    assert build_hours(world({}), AS_OF, SETTINGS).columns == [
        "person_id",
        "as_of",
        "horizon_days",
        "hours_per_week",
    ]
