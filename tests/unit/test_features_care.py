"""What the families of health, social care and area say of small named worlds."""

import math
from datetime import date

import pytest
from worlds import (
    AS_OF,
    DATA_FROM,
    a_full_life,
    a_village,
    days,
    features_of,
    one_person,
)

from configs.settings import load_settings

SETTINGS = load_settings()


# health


def test_admissions_are_counted_by_kind_and_window() -> None:
    stays = [
        {"person_id": "ada", "happened_on": days(30), "discharged_on": days(20), "length_of_stay_days": 10,
         "known_on": days(1), "fall": True, "diagnoses": ["S72", "F05"]},
        {"person_id": "ada", "happened_on": days(400), "discharged_on": days(398), "length_of_stay_days": 2,
         "to_care_home": True},
        {"person_id": "ada", "happened_on": days(200), "discharged_on": days(200), "length_of_stay_days": 0,
         "emergency": False, "admission_method": "11"},
    ]  # fmt: skip
    ada = features_of(one_person(admissions=stays))
    counted = [ada[f"health__emergency_admissions__{w}d"] for w in (91, 365, 730)]
    assert counted == [1, 1, 2]
    assert [ada[f"health__planned_admissions__{w}d"] for w in (91, 365, 730)] == [0, 1, 1]
    assert (ada["health__fall_admissions__365d"], ada["health__days_since_fall_admission__now"]) == (1, 30)
    assert (ada["health__discharges_to_care_home__365d"], ada["health__discharges_to_care_home__730d"]) == (
        0,
        1,
    )
    assert (
        ada["health__coded_hip_fracture__730d"],
        ada["health__coded_delirium__730d"],
        ada["health__coded_stroke__730d"],
    ) == (1, 1, 0)


def test_length_and_destination_of_a_stay_are_used_only_once_the_discharge_can_be_known() -> None:
    stay = {"person_id": "ada", "happened_on": days(60), "discharged_on": days(20), "length_of_stay_days": 40,
            "to_care_home": True, "known_on": days(20)}  # fmt: skip
    ada = features_of(one_person(admissions=[stay]))
    assert ada["health__discharges_to_care_home__365d"] == 0
    assert ada["health__nights_in_hospital__365d"] == 60
    earlier = {**stay, "happened_on": days(90), "discharged_on": days(50), "known_on": days(15)}
    ada = features_of(one_person(admissions=[earlier]))
    assert (ada["health__discharges_to_care_home__365d"], ada["health__nights_in_hospital__365d"]) == (1, 40)


def test_a_discharge_that_was_never_recorded_does_not_make_a_year_in_hospital() -> None:
    for begun, nights in ((40, 40), (300, 90)):
        stay = {"person_id": "ada", "happened_on": days(begun), "known_on": days(1)}
        assert features_of(one_person(admissions=[stay]))["health__nights_in_hospital__365d"] == nights


def test_frailty_comes_from_the_newest_known_snapshot_and_its_slope_from_the_first() -> None:
    ada = features_of(a_full_life())
    assert (ada["health__frailty_score__now"], ada["health__frailty_category__now"]) == (0.2, 1)
    assert ada["health__frailty_slope__1096d"] == pytest.approx(0.1, abs=1e-3)
    assert (ada["health__dementia__now"], ada["health__copd__now"], ada["health__stroke_tia__now"]) == (
        1,
        0,
        None,
    )
    assert (ada["health__conditions__now"], ada["health__days_since_gp_contact__now"]) == (1, 140)


def test_usual_frailty_lies_between_the_counts_and_nearer_to_the_newer() -> None:
    ada = features_of(a_full_life())
    old, new = 0.5 ** (500 / 365), 0.5 ** (135 / 365)
    expected = (0.10 * old + 0.20 * new) / (old + new)
    assert ada["health__frailty_usual__1096d"] == pytest.approx(expected, abs=1e-6)
    assert 0.15 < expected < 0.20


def test_a_count_that_was_not_known_or_is_older_than_three_years_is_not_usual() -> None:
    counts = [
        {"person_id": "ada", "happened_on": days(40), "known_on": days(0), "efi_score": 0.5},
        {"person_id": "ada", "happened_on": days(100), "efi_score": 0.2},
        {"person_id": "ada", "happened_on": days(1200), "efi_score": 0.01},
    ]
    assert features_of(one_person(gp_snapshots=counts))["health__frailty_usual__1096d"] == 0.2


def _neighbours_of_ages_66_to_90(**ada: float) -> dict[str, list[dict[str, object]]]:
    """Ada, 84, and 25 others whose score doubles every ten years of age, from 0.1 at 66."""
    ages = dict(zip([f"n{i}" for i in range(25)], range(66, 91), strict=True)) | {"ada": 84}
    scores = {name: 0.1 * 2 ** ((age - 66) / 10) for name, age in ages.items()} | ada
    return {
        "people": [
            {"person_id": n, "date_of_birth": date(AS_OF.year - a, AS_OF.month, AS_OF.day)} for n, a in ages.items()
        ],
        "residences": [{"person_id": n, "household_id": f"home-{n}"} for n in ages],
        "households": [{"household_id": f"home-{n}"} for n in ages],
        "gp_snapshots": [{"person_id": n, "happened_on": days(90), "efi_score": s} for n, s in scores.items()],
    }  # fmt: skip


def test_who_is_as_frail_as_usual_at_their_age_lies_at_nought_and_who_is_twice_as_frail_at_log_two() -> None:
    name = "health__frailty_for_age__1096d"
    assert features_of(_neighbours_of_ages_66_to_90())[name] == pytest.approx(0, abs=0.01)
    twice = 0.1 * 2 ** ((84 - 66) / 10) * 2
    found = features_of(_neighbours_of_ages_66_to_90(ada=twice))[name]
    # She herself is one of the 26 from whom "usual" is told, so a little of her excess is lost.
    assert found == pytest.approx(math.log(2), abs=0.06)


def test_who_is_as_frail_as_usual_with_a_practice_that_counts_double_lies_near_nought_beside_it() -> None:
    doubled, told = _neighbours_of_ages_66_to_90(), []
    for copy in range(8):
        for row in doubled["gp_snapshots"]:
            name, score = row["person_id"], float(str(row["efi_score"])) / 4
            double = copy % 2 == 0 or name == "ada"
            told.append({"person_id": name if copy == 0 else f"{name}-{copy}", "happened_on": days(90),
                         "efi_score": 2 * score if double else score, "practice_code": "D" if double else "S"})  # fmt: skip
    people = [
        {**row, "person_id": row["person_id"] if copy == 0 else f"{row['person_id']}-{copy}"}
        for copy in range(8) for row in doubled["people"]
    ]  # fmt: skip
    rows = {
        "people": people,
        "residences": [
            {"person_id": p["person_id"], "household_id": f"home-{p['person_id']}"} for p in people
        ],
        "households": [{"household_id": f"home-{p['person_id']}"} for p in people],
        "gp_snapshots": told,
    }
    ada = features_of(rows)
    assert ada["health__frailty_for_age__1096d"] == pytest.approx(math.log(2) / 2, abs=0.05)
    # 104 scores of the practice: its level counts for 104 / 134.
    expected = math.log(2) / 2 * 30 / 134
    assert ada["health__frailty_for_practice__1096d"] == pytest.approx(expected, abs=0.03)


def test_with_no_score_at_65_or_over_nothing_is_usual_for_an_age() -> None:
    young = {"person_id": "ada", "date_of_birth": date(1980, 1, 1)}
    rows = one_person(gp_snapshots=[{"person_id": "ada", "happened_on": days(90), "efi_score": 0.1}])
    ada = features_of({**rows, "people": [young]})
    assert ada["health__frailty_for_age__1096d"] is None
    assert ada["health__frailty_usual__1096d"] == 0.1


def test_without_a_hospital_extract_hospital_features_are_unknown_not_zero() -> None:
    ada = features_of(one_person())
    assert ada["health__emergency_admissions__365d"] is None
    assert ada["health__attendances__365d"] is None
    assert ada["area__neighbours_emergency_admissions__365d"] is None


def test_a_count_is_unknown_where_its_window_reaches_behind_the_data() -> None:
    stay = [{"person_id": "ada", "happened_on": days(30), "known_on": days(1)}]
    ada = features_of(one_person(admissions=stay), data_from=days(400).isoformat())
    assert (ada["health__emergency_admissions__365d"], ada["health__emergency_admissions__730d"]) == (1, None)


def test_attendances_are_counted() -> None:
    bert = features_of(a_full_life(), "bert")
    assert (bert["health__attendances__365d"], bert["health__injury_attendances__365d"]) == (1, 1)
    assert bert["health__days_since_attendance__now"] == 151


# social care


def test_requests_and_what_came_of_them_are_counted() -> None:
    ada = features_of(a_full_life())
    assert (ada["social_care__requests__365d"], ada["social_care__requests__91d"]) == (2, 0)
    assert ada["social_care__requests_that_came_to_nothing__365d"] == 1
    assert ada["social_care__days_since_contact__now"] == 60


def test_what_came_of_a_request_is_unknown_until_its_end_is_known() -> None:
    asked = {"person_id": "ada", "event_type": "Request", "happened_on": days(20), "ended_on": days(10),
             "end_known_on": AS_OF, "event_outcome": "NFA: Other"}  # fmt: skip
    ada = features_of(one_person(care_events=[asked]))
    assert (ada["social_care__requests__365d"], ada["social_care__requests_that_came_to_nothing__365d"]) == (
        1,
        0,
    )


def test_hours_add_up_over_open_home_support_only_and_their_trend_looks_back_a_year() -> None:
    home = {"person_id": "ada", "service_type": "Long term support: Community",
            "service_component": "Home support or domiciliary care"}  # fmt: skip
    events = [
        {**home, "happened_on": days(800), "hours_per_week": 7.0, "ended_on": days(100)},
        {**home, "happened_on": days(100), "hours_per_week": 10.0},
        {**home, "happened_on": days(100), "hours_per_week": 10.0},
        {**home, "happened_on": days(100), "hours_per_week": 5.0, "delivery_mechanism": "Direct payment"},
        {**home, "happened_on": days(100), "hours_per_week": 3.0, "service_component": "Day support"},
    ]
    ada = features_of(one_person(care_events=events))
    assert ada["social_care__home_care_hours__now"] == 20
    assert ada["social_care__home_care_hours_trend__365d"] == 13
    assert (ada["social_care__long_term_community__now"], ada["social_care__direct_payment__now"]) == (1, 1)
    assert ada["social_care__long_term_support_ended__730d"] == 1


def test_a_package_nobody_has_looked_at_for_a_year_is_overdue_for_review() -> None:
    package = {"person_id": "ada", "happened_on": days(500), "service_type": "Long term support: Community"}
    review = {"person_id": "ada", "event_type": "Review", "happened_on": days(300)}
    assert features_of(one_person(care_events=[package]))["social_care__review_overdue__now"] == 1
    assert features_of(one_person(care_events=[package, review]))["social_care__review_overdue__now"] == 0
    new = {**package, "happened_on": days(200)}
    assert features_of(one_person(care_events=[new]))["social_care__review_overdue__now"] == 0


def test_short_term_support_that_ended_is_told_with_its_days() -> None:
    spell = {"person_id": "ada", "happened_on": days(120), "ended_on": days(80),
             "service_type": "Short term support: ST-Max", "service_component": "Reablement"}  # fmt: skip
    ada = features_of(one_person(care_events=[spell]))
    assert (
        ada["social_care__short_term_support_ended__365d"],
        ada["social_care__short_term_support__now"],
    ) == (1, 0)
    assert ada["social_care__days_since_short_term_support_ended__now"] == 80
    running = features_of(one_person(care_events=[{**spell, "ended_on": None}]))
    assert (
        running["social_care__short_term_support_ended__365d"],
        running["social_care__short_term_support__now"],
    ) == (0, 1)


def test_somebody_never_known_to_social_care_has_no_requests_and_no_last_contact() -> None:
    bert = features_of(a_full_life(), "bert")
    assert (bert["social_care__requests__365d"], bert["social_care__home_care_hours__now"]) == (0, 0)
    assert bert["social_care__days_since_contact__now"] is None
    assert bert["social_care__reason_physical__now"] == 0


# area


def test_the_neighbours_need_leaves_out_ones_own_household() -> None:
    rows = a_village(30, needy=("v000", "v001", "v002"))
    needy, other = features_of(rows, "v000"), features_of(rows, "v010")
    assert needy["area__neighbours_requests__365d"] == pytest.approx(1000 * 2 / 29, abs=1e-6)
    assert other["area__neighbours_requests__365d"] == pytest.approx(1000 * 3 / 29, abs=1e-6)


def test_with_too_few_neighbours_their_need_is_unknown() -> None:
    minimum = SETTINGS.features.neighbours_min
    needy = ("v000",)
    assert features_of(a_village(minimum, needy), "v000")["area__neighbours_requests__365d"] is None
    assert features_of(a_village(minimum + 1, needy), "v000")["area__neighbours_requests__365d"] == 0


def test_the_area_gives_deprivation_rurality_and_stops() -> None:
    ada = features_of({**one_person(), "areas": [
        {"lsoa_code": "E01000001", "imd_score": 33.0, "imd_decile": 2, "rural": True, "metres_to_stop": 850.0}
    ]})  # fmt: skip
    assert (ada["area__deprivation__now"], ada["area__rural__now"], ada["area__metres_to_stop__now"]) == (
        33,
        1,
        850,
    )
    assert (ada["audit__imd_quintile"], ada["audit__rural"]) == ("1", "rural")


@pytest.mark.parametrize(
    ("ethnicity", "group"),
    [
        ("White: Any other White background", "White"),
        ("Asian or Asian British: Chinese", "Asian"),
        ("Black, Black British, Caribbean or African: African", "Black"),
        ("Mixed or multiple ethnic groups: White and Asian", "Mixed"),
        ("Other ethnic group: Arab", "Other"),
        ("No data: Refused", None),
        (None, None),
    ],
)
def test_ethnic_group_is_the_broad_group_for_audit_only(ethnicity: str | None, group: str | None) -> None:
    rows = {**one_person(), "people": [{"person_id": "ada", "ethnicity": ethnicity}]}
    ada = features_of(rows)
    assert ada["audit__ethnic_group"] == group
    assert ada["audit__age_band"] == "75-84"


def test_what_requests_and_assessments_led_to_is_told_in_the_words_of_both_releases() -> None:
    def led(kind: str, outcome: str, ago: int) -> dict[str, object]:
        return {
            "person_id": "ada",
            "event_type": kind,
            "happened_on": days(ago),
            "ended_on": days(ago - 5),
            "event_outcome": outcome,
        }

    ada = features_of(
        one_person(
            care_events=[
                led("Request", "Progress to assessment, review or reassessment", 80),
                led("Request", "Progress to re-assessment / unplanned review", 300),
                led("Request", "Progress to reablement/ST-Max", 40),
                led("Assessment", "Progress to support planning / services", 30),
                led("Assessment", "NFA: Support declined", 20),
                {"person_id": "ada", "event_type": "Request", "happened_on": days(10)},
            ]
        )
    )
    assert [ada[f"social_care__requests_to_assessment__{w}d"] for w in (91, 365)] == [1, 2]
    assert ada["social_care__requests_to_reablement__91d"] == 1
    assert ada["social_care__requests_undecided__91d"] == 1
    assert ada["social_care__assessments_to_support__91d"] == 1
    assert ada["social_care__days_since_request_to_assessment__now"] == 80
    assert ada["social_care__days_since_assessment_to_support__now"] == 30


def test_what_a_request_led_to_is_not_used_before_it_was_known() -> None:
    asked = {
        "person_id": "ada",
        "event_type": "Request",
        "happened_on": days(10),
        "ended_on": days(2),
        "end_known_on": AS_OF,
        "event_outcome": "Progress to reablement/ST-Max",
    }
    ada = features_of(one_person(care_events=[asked]))
    assert ada["social_care__requests_to_reablement__91d"] == 0
    assert ada["social_care__requests_undecided__91d"] == 1


def test_a_yearly_rate_is_over_all_that_is_on_record_and_a_fresh_event_counts_more_than_an_old_one() -> None:
    stays = [{"person_id": "ada", "happened_on": days(ago), "known_on": days(1)} for ago in (91, 182, 1500)]
    ada = features_of(one_person(admissions=stays))
    years_on_record = (AS_OF - DATA_FROM).days / 365.25
    assert ada["health__emergency_admissions_per_year__ever"] == pytest.approx(3 / years_on_record, abs=1e-6)
    assert ada["health__recent_emergency_admissions__ever"] == pytest.approx(0.75, abs=1e-4)
    assert ada["health__fall_admissions_per_year__ever"] == 0
