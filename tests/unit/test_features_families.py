"""What the families of person and housing say of small named worlds."""

from datetime import date
from typing import Any

from worlds import (
    AS_OF,
    a_bereaved_widow,
    a_care_home,
    days,
    features_of,
    one_person,
    two_people_one_house,
    world,
)

from configs.settings import load_settings
from features.table import build_features

SETTINGS = load_settings()


# person


def test_age_is_a_feature_and_sex_is_not() -> None:
    ada = features_of(one_person())
    assert ada["person__age__now"] == 84
    assert ada["audit__sex"] == "female"
    assert not [name for name in ada if "sex" in name and not name.startswith("audit__")]


def test_sex_becomes_a_feature_only_when_the_settings_say_why() -> None:
    because = load_settings(overrides={"features": {"sex_as_feature_because": "agreed by the ethics board"}})
    table = build_features(world(two_people_one_house()), AS_OF, because)
    assert table["person__is_male__now"].to_list() == [0.0, 1.0]
    assert "person__is_male__now" not in build_features(world(one_person()), AS_OF, SETTINGS).columns


def test_a_couple_do_not_live_alone_and_each_has_the_others_age() -> None:
    ada, bert = features_of(two_people_one_house()), features_of(two_people_one_house(), "bert")
    assert (ada["person__lives_alone__now"], ada["person__household_size__now"]) == (0, 2)
    assert ada["person__lives_as_couple__now"] == 1
    assert (ada["person__oldest_other_member_age__now"], bert["person__oldest_other_member_age__now"]) == (
        80,
        84,
    )


def test_one_person_in_a_house_lives_alone() -> None:
    ada = features_of(one_person())
    assert ada["person__lives_alone__now"] == ada["person__lives_alone_75_plus__now"] == 1
    assert ada["person__oldest_other_member_age__now"] is None


def test_whether_somebody_lives_alone_is_unknown_where_a_housemate_may_not_be_used() -> None:
    rows = {
        **two_people_one_house(),
        "people": [{"person_id": "ada"}, {"person_id": "bert", "in_scope": False}],
    }
    ada = features_of(rows)
    assert ada["person__lives_alone__now"] is None
    assert ada["person__household_size__now"] is None


def test_a_discount_tells_of_living_alone_before_the_register_does_and_only_once_it_is_known() -> None:
    bill = {"household_id": "home", "discount": "single_person", "n_liable": 1, "happened_on": days(40)}
    told = features_of({**two_people_one_house(), "council_tax": [{**bill, "known_on": days(10)}]})
    later = features_of({**two_people_one_house(), "council_tax": [{**bill, "known_on": AS_OF}]})
    assert told["person__lives_alone__now"] == later["person__lives_alone__now"] == 0
    assert told["person__lives_alone_chance__now"] > later["person__lives_alone_chance__now"] + 0.05


def test_no_chance_of_living_alone_is_told_where_a_housemate_may_not_be_used() -> None:
    unusable = {"people": [{"person_id": "ada"}, {"person_id": "bert", "in_scope": False}]}
    assert features_of({**two_people_one_house(), **unusable})["person__lives_alone_chance__now"] is None
    assert features_of(two_people_one_house())["person__lives_alone_chance__now"] < 0.5


def test_a_care_home_is_no_household() -> None:
    cleo = features_of(a_care_home(), "cleo")
    assert cleo["person__communal_address__now"] == cleo["housing__care_home_address__now"] == 1
    assert cleo["person__lives_alone__now"] is None


def test_a_widow_is_bereaved_and_alone_once_the_death_is_known() -> None:
    ada = features_of(a_bereaved_widow(died_days_ago=100))
    assert (ada["person__bereaved__365d"], ada["person__days_since_bereaved__now"]) == (1, 100)
    assert ada["person__lives_alone__now"] == 1
    soon = features_of(a_bereaved_widow(died_days_ago=3))
    assert (soon["person__bereaved__365d"], soon["person__lives_alone__now"]) == (0, 0)


def test_a_death_where_people_had_parted_or_in_a_care_home_bereaves_nobody() -> None:
    parted = dict(a_bereaved_widow(100))
    parted["residences"] = [
        {"person_id": "ada", "household_id": "home", "from_date": days(50), "known_on": days(40)},
        {"person_id": "bert", "household_id": "home", "to_date": days(100)},
    ]
    assert features_of(parted)["person__bereaved__365d"] == 0
    communal = dict(a_bereaved_widow(100))
    communal["residences"] = [{**spell, "communal": True} for spell in communal["residences"]]
    assert features_of(communal)["person__bereaved__365d"] == 0


def test_a_move_within_the_year_is_counted() -> None:
    rows = {**one_person(), "residences": [
        {"person_id": "ada", "household_id": "old", "to_date": days(200)},
        {"person_id": "ada", "household_id": "home", "from_date": days(200), "known_on": days(190)},
    ]}  # fmt: skip
    ada = features_of(rows)
    assert (ada["person__moved__365d"], ada["person__days_at_address__now"]) == (1, 200)
    assert features_of(one_person())["person__moved__365d"] == 0


def test_a_named_carer_gives_their_age_and_whether_they_share_the_home() -> None:
    by_ada = [
        {
            "person_id": "ada",
            "happened_on": days(50),
            "linked_person_ids": ["bert"],
            "has_unpaid_carer": "Yes",
        }
    ]
    by_bert = [
        {
            "person_id": "bert",
            "client_type": "Unpaid carer",
            "happened_on": days(50),
            "linked_person_ids": ["ada"],
        }
    ]
    for events in (by_ada, by_bert, [*by_ada, *by_bert]):
        ada = features_of(two_people_one_house(care_events=events))
        assert ada["person__linked_carers__now"] == 1
        assert ada["person__linked_carer_age__now"] == 80
        assert ada["person__carer_at_home__now"] == 1
    assert features_of(two_people_one_house(care_events=by_ada))["person__has_unpaid_carer__now"] == 1
    bert = features_of(two_people_one_house(care_events=by_bert), "bert")
    assert (bert["person__is_unpaid_carer__ever"], bert["person__linked_carers__now"]) == (1, 0)


def test_a_carer_is_described_by_whom_they_care_for() -> None:
    link = {"client_type": "Unpaid carer", "event_type": "Request", "linked_person_ids": ["ada"]}
    rows = two_people_one_house(
        care_events=[
            {"person_id": "bert", "happened_on": days(50), **link},
            {"person_id": "ada", "event_type": "Request", "happened_on": days(40)},
            {"person_id": "ada", "event_type": "Review", "review_reason": "Unplanned: Carer related",
             "happened_on": days(30)},
            {"person_id": "ada", "service_type": "Long term support: Community", "happened_on": days(20),
             "service_component": "Home support or domiciliary care", "hours_per_week": 7.0, "dementia": "Yes"},
        ],
        admissions=[{"person_id": "ada", "happened_on": days(100)}, {"person_id": "ada", "happened_on": days(400)}],
    )  # fmt: skip
    bert, ada = features_of(rows, "bert"), features_of(rows)
    said = {
        k.removeprefix("person__cared_for_"): v for k, v in bert.items() if k.startswith("person__cared_for_")
    }
    assert said == {
        "age__now": 84,
        "home_care_hours__now": 7,
        "long_term__now": 1,
        "dementia__now": 1,
        "emergency_admissions__365d": 1,
        "requests__365d": 1,
        "unplanned_reviews__365d": 1,
    }
    assert (bert["person__people_cared_for__now"], ada["person__people_cared_for__now"]) == (1, 0)
    assert ada["person__cared_for_age__now"] is None


def test_a_carer_who_opted_out_is_not_used() -> None:
    rows = two_people_one_house(
        care_events=[{"person_id": "ada", "happened_on": days(50), "linked_person_ids": ["bert"]}]
    )
    rows = {**rows, "people": [{"person_id": "ada"}, {"person_id": "bert", "in_scope": False}]}
    ada = features_of(rows)
    assert (ada["person__linked_carers__now"], ada["person__linked_carer_age__now"]) == (0, None)


# housing


def test_a_cold_home_lived_in_alone_at_75_is_told_and_an_unrated_one_is_told_apart() -> None:
    cold = features_of(
        one_person(epc=[{"household_id": "home", "happened_on": days(500), "energy_rating": "F"}])
    )
    assert cold["housing__cold_home__now"] == cold["housing__cold_home_alone_75_plus__now"] == 1
    assert cold["housing__unrated_home_alone_75_plus__now"] == 0
    warm = features_of(
        one_person(epc=[{"household_id": "home", "happened_on": days(500), "energy_rating": "C"}])
    )
    assert warm["housing__cold_home__now"] == warm["housing__cold_home_alone_75_plus__now"] == 0
    elsewhere = [{"household_id": "next door", "happened_on": days(500), "energy_rating": "F"}]
    unrated = features_of(one_person(epc=elsewhere))
    assert (unrated["housing__cold_home__now"], unrated["housing__certificate__now"]) == (None, 0)
    assert (
        unrated["housing__unrated_home_alone_75_plus__now"],
        unrated["housing__cold_home_alone_75_plus__now"],
    ) == (1, None)
    assert features_of(two_people_one_house(epc=elsewhere))["housing__cold_home_alone_75_plus__now"] == 0


def test_the_newest_known_certificate_counts() -> None:
    lodged = [
        {"household_id": "home", "happened_on": days(500), "energy_rating": "F"},
        {"household_id": "home", "happened_on": days(100), "energy_rating": "B"},
        {"household_id": "home", "happened_on": days(-1), "energy_rating": "G"},
    ]
    assert features_of(one_person(epc=lodged))["housing__energy_rating__now"] == 2


def test_the_council_tax_account_gives_band_discounts_and_disregards() -> None:
    account = {"household_id": "home", "happened_on": days(60), "band": "D", "discount": "single_person",
               "disregard": "severe_mental_impairment", "discount_start": days(100), "exemption": "exempt_E",
               "benefit_recipient": True, "disabled_reduction": None, "n_liable": 1}  # fmt: skip
    ada = features_of(one_person(council_tax=[account]))
    told = {k.removeprefix("housing__"): v for k, v in ada.items() if k.startswith("housing__")}
    assert told["band__now"] == 4
    assert told["single_person_discount__now"] == told["new_single_person_discount__365d"] == 1
    assert (told["mental_impairment_disregard__now"], told["carer_disregard__now"]) == (1, 0)
    assert (told["care_exemption__now"], told["impairment_exemption__now"]) == (1, 0)
    assert (told["council_tax_support__now"], told["disabled_reduction__now"]) == (1, 0)


def test_arrears_and_repairs_are_known_only_from_the_extract_that_tells_them() -> None:
    def tenancy(extract: date) -> dict[str, Any]:
        return {"household_id": "home", "happened_on": days(3000), "arrears_pounds": 90.0, "repairs_12m": 3,
                "alarm": True, "extract_date": extract}  # fmt: skip

    told = features_of(one_person(tenancies=[tenancy(days(1))]))
    assert (
        told["housing__arrears__now"],
        told["housing__repairs__now"],
        told["housing__tenancy_alarm__now"],
    ) == (90, 3, 1)
    untold = features_of(one_person(tenancies=[tenancy(AS_OF)]))
    assert (untold["housing__arrears__now"], untold["housing__repairs__now"]) == (None, None)
    assert (untold["housing__tenancy_alarm__now"], untold["housing__social_rented__now"]) == (1, 1)


def test_an_ended_tenancy_is_no_tenancy() -> None:
    ended = {"household_id": "home", "happened_on": days(3000), "ended_on": days(100), "alarm": True}
    assert features_of(one_person(tenancies=[ended]))["housing__tenancy_alarm__now"] is None


def test_what_a_care_record_says_of_a_person_is_used_only_once_the_submission_was_cut() -> None:
    event = {
        "person_id": "ada",
        "happened_on": days(40),
        "accommodation_status": "Registered care home",
        "has_unpaid_carer": "Yes",
    }
    later, sooner = {"status_known_on": days(-10)}, {"status_known_on": days(10)}
    unknown = features_of(one_person(care_events=[{**event, **later}]))
    known = features_of(one_person(care_events=[{**event, **sooner}]))
    names = ("social_care__care_home_status__now", "person__has_unpaid_carer__now")
    assert [known[n] for n in names] == [1, 1]
    assert [unknown[n] for n in names] == [None, None]


def test_tenure_comes_from_tenancy_then_care_record_then_certificate() -> None:
    epc = [{"household_id": "home", "happened_on": days(900), "tenure": "Rented (private)"}]
    event = [
        {
            "person_id": "ada",
            "happened_on": days(90),
            "accommodation_status": "Owner occupier or shared ownership scheme",
        }
    ]
    let = [{"household_id": "home", "happened_on": days(900)}]
    assert features_of(one_person(epc=epc))["audit__tenure"] == "private_rent"
    assert features_of(one_person(epc=epc, care_events=event))["audit__tenure"] == "owner"
    assert (
        features_of(one_person(epc=epc, care_events=event, tenancies=let))["audit__tenure"] == "social_rent"
    )
    assert features_of(one_person())["audit__tenure"] is None


def test_an_adaptation_waits_until_its_completion_could_be_known() -> None:
    def asked(completed: date | None) -> list[dict[str, Any]]:
        return [{"household_id": "home", "happened_on": days(100), "completed_on": completed}]

    for completed, waiting in ((None, 1), (days(60), 0), (days(3), 1)):
        ada = features_of(one_person(adaptations=asked(completed)))
        assert ada["housing__adaptations_asked__365d"] == 1
        assert ada["housing__adaptations_waiting__730d"] == waiting
