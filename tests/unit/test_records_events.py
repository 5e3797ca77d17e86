"""Care events, stays, attendances: one row for what happened once, and when it was known."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from people_rows import CUT, care_event, service, tables

from configs.settings import load_settings
from features.records.events_care import build_care_events, derive_periods
from features.records.events_home import build_council_tax, build_epc, build_gp_snapshots
from features.records.events_hospital import build_admissions, build_attendances
from features.records.known import still_standing
from features.records.person_facts import DEATHS, find_deaths, find_open_cases

LAGS = load_settings().lags_days
Q1, Q2, Q3 = date(2025, 4, 24), date(2025, 7, 24), date(2025, 10, 24)
ENDS = {Q1: date(2025, 3, 31), Q2: date(2025, 6, 30), Q3: date(2025, 9, 30)}
NOBODY_DIED = pl.DataFrame(schema=DEATHS)


def cut(row: dict[str, Any], *quarters: date) -> list[dict[str, Any]]:
    """The same event as each of these quarterly extracts shows it."""
    return [{**row, "extract_date": q, "reporting_period_end_date": ENDS[q]} for q in quarters]


def events(*rows: dict[str, Any], deaths: pl.DataFrame = NOBODY_DIED) -> pl.DataFrame:
    cld = tables(cld=list(rows))["cld"]
    named = cld.with_columns(person_id="la_person_id", linked_person_ids=pl.lit([], pl.List(pl.String)))
    return build_care_events(named, deaths, LAGS)


def other() -> list[dict[str, Any]]:
    """A bystander in every extract, so that all three are known to have been cut."""
    return cut(care_event("other", date(2024, 12, 1), event_end_date=date(2024, 12, 2)), Q1, Q2, Q3)


def mine(*rows: dict[str, Any], **how: Any) -> pl.DataFrame:
    return events(*other(), *rows, **how).filter(pl.col("person_id") == "p")


def test_event_of_many_quarters_is_one_row() -> None:
    assert mine(*cut(service("p", date(2025, 2, 1)), Q1, Q2, Q3)).height == 1


def test_latest_extract_speaks_for_an_event() -> None:
    rows = cut(service("p", date(2025, 2, 1)), Q1) + cut(
        service("p", date(2025, 2, 1), planned_units_per_week=14.0, event_end_date=date(2025, 5, 9)), Q2, Q3
    )
    row = mine(*rows).row(0, named=True)
    assert (row["hours_per_week"], row["ended_on"], row["end_known_on"]) == (
        14.0,
        date(2025, 5, 9),
        date(2025, 5, 16),
    )


def test_what_a_later_extract_says_of_the_person_is_not_said_of_the_event_before_it() -> None:
    home, start = "Registered care home", date(2025, 2, 1)
    rows = cut(service("p", start, accommodation_status="Unknown", postcode="WN1 1AA"), Q1) + cut(
        service("p", start, accommodation_status=home, postcode="WN9 9ZZ"), Q2, Q3
    )
    row = mine(*rows).row(0, named=True)
    assert (row["accommodation_status"], row["postcode"], row["status_known_on"]) == (
        "Unknown",
        "WN1 1AA",
        Q1,
    )


def test_double_handed_care_in_one_extract_stays_two_rows() -> None:
    first, second = service("p", date(2025, 2, 1)), service("p", date(2025, 2, 1), unit_cost=21.0)
    assert mine(*cut(first, Q3), *cut(second, Q3)).height == 2


def test_exact_repeat_in_one_extract_counts_once() -> None:
    row = service("p", date(2025, 8, 1))
    assert mine(*cut(row, Q3), *cut(row, Q3)).height == 1


def test_open_version_of_an_ended_request_is_the_same_request() -> None:
    start = date(2025, 8, 1)
    rows = cut(care_event("p", start), Q3) + cut(care_event("p", start, event_end_date=date(2025, 8, 9)), Q3)
    assert mine(*rows).get_column("ended_on").to_list() == [date(2025, 8, 9)]


def test_outcome_higher_in_the_hierarchy_wins() -> None:
    end = {"event_end_date": date(2025, 8, 9)}
    rows = [
        *cut(care_event("p", date(2025, 8, 1), event_outcome="NFA: Other", **end), Q3),
        *cut(care_event("p", date(2025, 8, 1), event_outcome="Admitted to hospital", **end), Q3),
    ]
    assert mine(*rows).get_column("event_outcome").to_list() == ["Admitted to hospital"]


def test_event_is_known_a_lag_after_it_where_no_earlier_extract_could_show_it() -> None:
    assert mine(*cut(service("p", date(2025, 5, 1)), Q2, Q3)).get_column("known_on").item() == date(
        2025, 5, 8
    )


def test_event_entered_late_is_known_from_the_extract_that_first_shows_it() -> None:
    assert mine(*cut(service("p", date(2025, 2, 1)), Q2, Q3)).get_column("known_on").item() == Q2


def test_end_entered_late_is_known_from_the_extract_that_first_shows_it() -> None:
    start = date(2025, 2, 1)
    rows = cut(service("p", start), Q1, Q2) + cut(service("p", start, event_end_date=date(2025, 3, 1)), Q3)
    assert mine(*rows).select("ended_on", "end_known_on").row(0) == (date(2025, 3, 1), Q3)


def test_open_service_that_vanishes_ended_with_the_period_that_last_showed_it() -> None:
    row = mine(*cut(service("p", date(2025, 2, 1)), Q1, Q2)).row(0, named=True)
    assert (row["ended_on"], row["end_known_on"]) == (date(2025, 7, 1), Q3)


def test_service_of_the_newest_extract_is_still_open() -> None:
    assert mine(*cut(service("p", date(2025, 2, 1)), Q1, Q2, Q3)).get_column("ended_on").item() is None


def test_start_reset_to_april_in_one_extract_is_no_second_service() -> None:
    rows = cut(service("p", date(2024, 9, 1)), Q1, Q3) + cut(service("p", date(2025, 4, 1)), Q2)
    assert mine(*rows).select("happened_on", "ended_on").rows() == [(date(2024, 9, 1), None)]


def test_start_reset_for_good_makes_two_spells_that_touch() -> None:
    rows = cut(service("p", date(2024, 9, 1)), Q1) + cut(service("p", date(2025, 4, 1)), Q2, Q3)
    found = mine(*rows)
    assert found.select("happened_on", "ended_on").rows() == [
        (date(2024, 9, 1), date(2025, 4, 1)),
        (date(2025, 4, 1), None),
    ]
    # Never known as two packages at once: the old one's end is known when the new start is.
    assert found.get_column("end_known_on")[0] == found.get_column("known_on")[1]


def test_death_closes_what_is_open_and_nothing_starts_after_it() -> None:
    dead = pl.DataFrame(
        {"person_id": ["p"], "date_of_death": [date(2025, 8, 1)], "death_known_on": [date(2025, 8, 8)]}
    )
    rows = cut(service("p", date(2025, 2, 1)), Q3) + cut(service("p", date(2025, 8, 20)), Q3)
    found = mine(*rows, deaths=dead)
    assert found.select("happened_on", "ended_on", "end_known_on").rows() == [
        (date(2025, 2, 1), date(2025, 8, 1), max(date(2025, 8, 8), found["known_on"][0]))
    ]


def test_only_hourly_units_are_hours_and_frequency_beats_units() -> None:
    rows = [
        service("p", date(2025, 8, 1)),
        service(
            "p", date(2025, 8, 2), cost_frequency="4-weekly", unit_cost=-400.0, planned_units_per_week=9.0
        ),
        service("p", date(2025, 8, 3), cost_frequency="One-off", unit_cost=50.0),
        service("p", date(2025, 8, 4), unit_cost=0.0),
    ]
    found = mine(*(r for row in rows for r in cut(row, Q3)))
    assert found.select("hours_per_week", "pounds_per_week").rows() == [
        (10.0, 200.0), (None, 100.0), (None, None), (10.0, None),
    ]  # fmt: skip


def test_no_care_rows_give_no_events() -> None:
    assert events().is_empty()


def episode(key: str, admitted: date, discharged: date | None, **more: Any) -> dict[str, Any]:
    return {
        "person_id": "p", "epikey": key, "susspellid": key, "provider_code": "RAA", "admission_method": "21",
        "admission_date": admitted, "discharge_date": discharged, "episode_start": admitted,
        "episode_order": 1, "diagnosis_01": "J189", **more,
    }  # fmt: skip


def stays(*rows: dict[str, Any]) -> pl.DataFrame:
    return still_standing(build_admissions(tables(apc=list(rows))["apc"], LAGS))


def test_episodes_of_one_spell_are_one_stay_told_by_the_first() -> None:
    first = episode(
        "1", date(2025, 1, 1), date(2025, 1, 9), diagnosis_01="S720", cause="W190", susspellid="S"
    )
    second = episode("2", date(2025, 1, 1), date(2025, 1, 9), episode_order=2, susspellid="S",
                     episode_start=date(2025, 1, 4), discharge_destination="56")  # fmt: skip
    row = stays(second, first).row(0, named=True)
    assert (row["episodes"], row["fall"], row["diagnosis_3"], row["to_care_home"]) == (2, True, "S72", True)
    assert row["diagnoses"] == ["J18", "S72", "W19"]
    assert row["length_of_stay_days"] == 8


def test_fall_needs_an_injury_and_an_emergency() -> None:
    cause = {"cause": "W190"}
    rows = [
        episode("1", date(2025, 1, 1), date(2025, 1, 2), diagnosis_01="J189", **cause),
        episode("2", date(2025, 2, 1), date(2025, 2, 2), diagnosis_01="S720", admission_method="11", **cause),
        episode("3", date(2025, 3, 1), date(2025, 3, 2), diagnosis_01="S720", cause="V031"),
        episode("4", date(2025, 4, 1), date(2025, 4, 2), diagnosis_01="S720", diagnosis_02="W010"),
    ]
    assert stays(*rows).get_column("fall").to_list() == [False, False, False, True]


def test_transfer_and_same_day_move_between_providers_join_one_stay() -> None:
    rows = [
        episode("1", date(2025, 1, 1), date(2025, 1, 5)),
        episode("2", date(2025, 1, 5), date(2025, 1, 9), provider_code="RBB", admission_method="81"),
        episode("3", date(2025, 1, 10), date(2025, 1, 20), provider_code="RCC", admission_method="2B"),
    ]
    found = stays(*rows)
    assert found.select("happened_on", "discharged_on", "emergency").rows() == [
        (date(2025, 1, 1), date(2025, 1, 20), True)
    ]


def test_readmission_to_the_same_provider_is_another_stay() -> None:
    rows = [
        episode("1", date(2025, 1, 1), date(2025, 1, 5)),
        episode("2", date(2025, 1, 5), date(2025, 1, 9)),
    ]
    assert stays(*rows).height == 2


def test_later_extract_completes_an_open_episode() -> None:
    rows = [
        episode("1", date(2025, 1, 1), None, extract_date=Q1),
        episode("1", date(2025, 1, 1), date(2025, 5, 1), extract_date=Q2),
    ]
    row = stays(*rows).row(0, named=True)
    assert (row["discharged_on"], row["known_on"]) == (date(2025, 5, 1), date(2025, 6, 5))


def test_a_stay_that_an_extract_shows_open_is_known_then_and_told_again_when_it_ends() -> None:
    rows = [
        episode("1", date(2025, 1, 1), None, extract_date=Q1, diagnosis_01="S720", cause="W190"),
        episode("1", date(2025, 1, 1), date(2025, 5, 1), extract_date=Q2, diagnosis_01="S720", cause="W190"),
    ]
    told = build_admissions(tables(apc=rows)["apc"], LAGS)
    columns = ("known_on", "replaced_on", "discharged_on", "fall", "diagnosis_3")
    assert told.sort("known_on").select(columns).rows() == [
        (date(2025, 2, 5), date(2025, 6, 5), None, False, None),
        (date(2025, 6, 5), None, date(2025, 5, 1), True, "S72"),
    ]


def test_a_stay_is_told_as_far_as_its_transfers_are_known() -> None:
    rows = [
        episode("1", date(2025, 1, 1), date(2025, 1, 5)),
        episode("2", date(2025, 1, 5), date(2025, 2, 9), provider_code="RBB", admission_method="81"),
    ]
    told = build_admissions(tables(apc=rows)["apc"], LAGS).sort("known_on")
    assert told.select("known_on", "replaced_on", "discharged_on", "episodes").rows() == [
        (date(2025, 2, 9), date(2025, 3, 16), date(2025, 1, 5), 1),
        (date(2025, 3, 16), None, date(2025, 2, 9), 2),
    ]


def test_stay_is_known_a_lag_after_discharge_and_never_after_its_extract() -> None:
    rows = [
        episode("1", date(2025, 1, 1), date(2025, 1, 5)),
        episode("2", date(2026, 9, 1), date(2026, 9, 20)),
    ]
    assert stays(*rows).get_column("known_on").to_list() == [date(2025, 2, 9), CUT]


def test_attendance_in_two_extracts_counts_once() -> None:
    row = {"person_id": "p", "attendance_key": "7", "arrival_date": date(2025, 1, 1), "injury_mechanism": "1"}
    ecds = tables(ecds=[{**row, "extract_date": Q1}, {**row, "extract_date": Q2}])["ecds"]
    assert build_attendances(ecds, LAGS).select("known_on", "injury").rows() == [(date(2025, 1, 8), True)]


def test_blank_flag_stays_unknown() -> None:
    row = {"person_id": "p", "snapshot_date": date(2025, 1, 1), "dementia": None, "falls": True}
    snapshots = build_gp_snapshots(tables(gp_flags=[row])["gp_flags"], LAGS)
    assert snapshots.select("dementia", "falls", "known_on").row(0) == (None, True, date(2025, 1, 15))


@pytest.mark.parametrize("spoiled_row", [2, 3])
def test_a_spoiled_copy_of_a_row_never_speaks_for_it(spoiled_row: int) -> None:
    good = {"person_id": "p", "snapshot_date": date(2025, 1, 1), "dementia": True, "n_deficits": 3}
    rows = [{**good, "row": 5 - spoiled_row}, {**good, "dementia": None, "row": spoiled_row}]
    snapshots = build_gp_snapshots(tables(gp_flags=rows)["gp_flags"], LAGS)
    assert snapshots.get_column("dementia").to_list() == [True]


def test_a_spoiled_copy_of_an_account_is_no_second_account() -> None:
    good = {"household_id": "h", "account_reference": "1", "extract_date": Q1, "band": "C", "row": 2}
    rows = tables(council_tax=[good, {**good, "band": None, "row": 3}])["council_tax"]
    liable = pl.DataFrame({"file": rows["file"], "row": rows["row"], "n_liable": [1, 1]})
    assert build_council_tax(rows, liable).get_column("band").to_list() == ["C"]


def test_two_certificates_under_one_number_are_told_apart_by_their_lodgement() -> None:
    days = [date(2014, 9, 3), date(2021, 7, 8)]
    rows = [{"household_id": "h", "certificate_number": "1", "lodgement_date": d} for d in days]
    assert build_epc(tables(epc=rows)["epc"], LAGS).get_column("happened_on").to_list() == days


def test_death_is_known_when_the_first_source_could_tell() -> None:
    register = pl.DataFrame({"person_id": ["p"], "date_of_death": [date(2025, 1, 3)], "extract_date": [Q3]})
    care = pl.DataFrame({"person_id": ["p"], "date_of_death": [date(2025, 1, 1)], "extract_date": [Q1]})
    assert find_deaths(register, care, None, LAGS).row(0) == ("p", date(2025, 1, 3), date(2025, 1, 8))


def test_case_is_open_only_as_far_as_known() -> None:
    found = mine(*cut(service("p", date(2025, 2, 1)), Q2, Q3))  # entered late: known from Q2
    assert find_open_cases(found, Q2).is_empty()
    assert find_open_cases(found, date(2025, 8, 1)).to_list() == ["p"]


def _submission(cut: date, first: date, days: int, stated: date) -> pl.DataFrame:
    types = ["Request", "Assessment", "Service", "Review"]
    rows = [
        {
            "extract_date": cut,
            "event_type": types[n % 4],
            "event_start_date": first + timedelta(days=n % days),
            "event_end_date": first + timedelta(days=n % days),
            "reporting_period_start_date": stated,
        }
        for n in range(800)
    ]
    return pl.DataFrame(rows)


def test_a_submissions_period_is_what_its_events_cover_not_what_it_states() -> None:
    rows = _submission(date(2026, 10, 24), date(2025, 10, 1), 380, stated=date(2019, 4, 1))
    found = derive_periods(rows)
    assert found.row(0) == (date(2026, 10, 24), date(2025, 10, 1), date(2026, 9, 30))


def test_a_submission_cut_on_a_months_last_day_covers_that_month() -> None:
    rows = _submission(date(2026, 9, 30), date(2025, 10, 1), 365, stated=date(2025, 10, 1))
    assert derive_periods(rows).row(0)[2] == date(2026, 9, 30)


def test_a_few_old_stragglers_do_not_widen_a_period() -> None:
    old = _submission(date(2026, 10, 24), date(2022, 1, 1), 3, stated=date(2019, 4, 1)).head(4)
    rows = pl.concat([_submission(date(2026, 10, 24), date(2025, 10, 1), 365, stated=date(2019, 4, 1)), old])
    assert derive_periods(rows).row(0)[1] == date(2025, 10, 1)


def test_a_small_submission_is_taken_at_its_word() -> None:
    assert derive_periods(
        _submission(date(2026, 10, 24), date(2026, 1, 1), 90, date(2025, 1, 1)).head(99)
    ).is_empty()
