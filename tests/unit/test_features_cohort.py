"""Who is described at a date, and who is left out."""

from datetime import date

import pytest
from worlds import (
    AREA,
    AS_OF,
    ELSEWHERE,
    OTHER_AREA,
    Rows,
    a_bereaved_widow,
    a_care_home,
    a_full_life,
    days,
    one_person,
    two_people_one_house,
    world,
)

from features.cohort import build_cohort, care_home_residents, count_left_out, residents_at


def cohort(rows: Rows) -> list[str]:
    return build_cohort(world(rows), AS_OF).collect()["person_id"].to_list()


def test_adults_known_to_live_in_the_area_are_described() -> None:
    table = build_cohort(world(two_people_one_house()), AS_OF).collect()
    assert table.select("person_id", "household_id", "age_years", "age_group").rows() == [
        ("ada", "home", 84, "65+"),
        ("bert", "home", 80, "65+"),
    ]


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2007, 4, 1), ("18-64",)),
        (date(2007, 4, 2), ()),
        (date(1960, 4, 1), ("65+",)),
        (date(1960, 4, 2), ("18-64",)),
        (None, ()),
    ],
)
def test_people_come_in_at_eighteen_and_change_group_at_sixty_five(
    born: date | None, expected: tuple[str, ...]
) -> None:
    rows = {**one_person(), "people": [{"person_id": "ada", "date_of_birth": born}]}
    assert tuple(build_cohort(world(rows), AS_OF).collect()["age_group"]) == expected


def test_a_person_whose_death_is_known_leaves_and_one_whose_death_is_not_stays() -> None:
    assert cohort(a_bereaved_widow(died_days_ago=100)) == ["ada"]
    assert cohort(a_bereaved_widow(died_days_ago=3)) == ["ada", "bert"]


def test_a_person_who_moved_out_leaves_once_it_is_known() -> None:
    def moved(known_on: date) -> Rows:
        rows = dict(one_person())
        rows["residences"] = [
            {"person_id": "ada", "household_id": "home", "to_date": days(50), "to_known_on": known_on},
            {"person_id": "ada", "household_id": "far", "lsoa_code": ELSEWHERE, "from_date": days(50), "known_on": known_on},
        ]  # fmt: skip
        return rows

    assert cohort(moved(days(1))) == []
    assert cohort(moved(AS_OF)) == ["ada"]


@pytest.mark.parametrize(("before", "after"), [(AREA, OTHER_AREA), (OTHER_AREA, AREA)])
def test_of_two_addresses_that_look_open_the_one_moved_to_last_counts(before: str, after: str) -> None:
    rows = {**one_person(), "residences": [
        {"person_id": "ada", "household_id": "old", "lsoa_code": before},
        {"person_id": "ada", "household_id": "new", "lsoa_code": after, "from_date": days(30), "known_on": days(20)},
    ]}  # fmt: skip
    assert build_cohort(world(rows), AS_OF).collect()["household_id"].to_list() == ["new"]


def test_a_person_with_no_address_in_the_area_is_not_described() -> None:
    rows = {
        **one_person(),
        "residences": [{"person_id": "ada", "household_id": "far", "lsoa_code": ELSEWHERE}],
    }
    assert cohort(rows) == []
    assert cohort({**one_person(), "residences": []}) == []


def test_people_out_of_scope_are_left_out_and_counted() -> None:
    rows = {
        **two_people_one_house(),
        "people": [{"person_id": "ada"}, {"person_id": "bert", "in_scope": False}],
    }
    assert cohort(rows) == ["ada"]
    assert count_left_out(world(rows), AS_OF).out_of_scope == 1


@pytest.mark.parametrize("flag", [{"in_scope": False}, {"restricted": True}])
def test_no_fact_about_anybody_out_of_scope_or_restricted_is_even_read(flag: dict[str, bool]) -> None:
    rows = dict(a_full_life())
    rows["people"] = [{"person_id": "ada"}, {"person_id": "bert", **flag}]
    records = world(rows)
    for table in ("care_events", "admissions", "attendances", "gp_snapshots"):
        assert "bert" not in getattr(records, table).collect()["person_id"].to_list()
    assert world(a_full_life()).admissions.collect()["person_id"].to_list() == ["bert"]


def test_nobody_who_lives_with_a_restricted_person_or_where_one_ever_lived_is_listed() -> None:
    people = [{"person_id": "ada"}, {"person_id": "bert"}, {"person_id": "rest", "restricted": True}]
    home = [{"person_id": p, "household_id": "home"} for p in ("ada", "bert")]
    left = {"person_id": "rest", "household_id": "home", "to_date": days(2000)}
    for spell in ({**left, "to_date": None}, left, {**left, "known_on": days(-100)}):
        rows = {"people": people, "residences": [*home, spell], "households": [{"household_id": "home"}]}
        assert cohort(rows) == []
        assert count_left_out(world(rows), AS_OF).beside_restricted == 2


def test_a_household_that_the_records_stage_marks_as_restricted_is_left_out_whoever_lives_there() -> None:
    rows = {**two_people_one_house(), "households": [{"household_id": "home", "restricted": True}]}
    assert cohort(rows) == []


def test_a_care_home_with_a_restricted_resident_keeps_the_others_and_hides_its_address() -> None:
    rows = dict(a_care_home())
    rows["people"] = [*rows["people"], {"person_id": "rest", "restricted": True}]
    rows["residences"] = [
        *rows["residences"],
        {"person_id": "rest", "household_id": "care", "communal": True},
    ]
    table = build_cohort(world(rows), AS_OF).collect()
    assert table.select("person_id", "household_id").rows() == [("ada", "home"), ("cleo", None)]


def test_an_address_that_is_a_care_home_and_a_long_term_placement_both_mean_living_in_one() -> None:
    rows = dict(a_care_home())
    rows["people"] = [*rows["people"], {"person_id": "dora"}]
    rows["residences"] = [*rows["residences"], {"person_id": "dora", "household_id": "home"}]
    rows["care_events"] = [
        {"person_id": "dora", "happened_on": days(100), "service_type": "Long term support: Residential care"}
    ]
    found = care_home_residents(world(rows), AS_OF).collect()["person_id"].sort().to_list()
    assert found == ["cleo", "dora"]


def test_an_empty_county_has_an_empty_cohort_with_its_columns() -> None:
    table = build_cohort(world({}), AS_OF).collect()
    assert table.is_empty()
    assert table.columns == [
        "person_id", "household_id", "lsoa_code", "communal", "from_date", "age_years", "age_group",
    ]  # fmt: skip
    assert residents_at(world({}), AS_OF).collect().is_empty()
