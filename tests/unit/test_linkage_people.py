"""Whom rows are joined to, and whom they never are."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from people_rows import care_event, liable, link, person_of, registered

from configs.settings import load_settings
from features.records.keys import near_dates
from features.records.people import MODEL_FILE, load_or_train
from features.records.person_ids import IDS_FILE

A, B, C = "9990000042", "9990000050", "9990000069"
BORN = date(1950, 3, 14)


def test_council_tax_line_joins_the_resident_of_that_name(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[
            registered(A, "Margaret", "Oakley", BORN, 1),
            registered(B, "Peter", "Oakley", BORN, 1),
        ],
        council_tax=[liable("CT1", "Maggie", "Oakley", 1)],
    )
    assert person_of(linked, "council_tax", 2, "liable_1") == person_of(linked, "demographics", 2)


def test_father_and_son_of_one_name_at_one_address_stay_two(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[
            registered(A, "John", "Oakley", BORN, 1),
            registered(None, "John", "Oakley", date(1981, 7, 2), 1),
        ],
        council_tax=[liable("CT1", "John", "Oakley", 1)],
    )
    father, son = person_of(linked, "demographics", 2), person_of(linked, "demographics", 3)
    assert father != son
    assert person_of(linked, "council_tax", 2, "liable_1") not in (father, son)
    assert linked.review.height == 2


def test_twins_stay_two_even_where_one_has_no_nhs_number(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[registered(A, "Joan", "Oakley", BORN, 1)],
        cld=[
            {"la_person_id": "L1", "given_name": "Jean", "family_name": "Oakley", "date_of_birth": BORN,
             "postcode": "AB1 2CD", "gender": "female", "event_start_date": BORN},
        ],
    )  # fmt: skip
    assert person_of(linked, "cld", 2, "person") != person_of(linked, "demographics", 2)


def test_initial_that_fits_both_partners_is_left_for_review(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[registered(A, "Stanley", "Oakley", BORN, 1), registered(B, "Sarah", "Oakley", BORN, 1)],
        council_tax=[liable("CT1", "S", "Oakley", 1)],
    )
    residents = {person_of(linked, "demographics", r) for r in (2, 3)}
    assert person_of(linked, "council_tax", 2, "liable_1") not in residents
    assert set(linked.review.get_column("right_person_id")) == residents


def test_initial_joins_once_the_line_names_the_partner_in_full(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[registered(A, "Stanley", "Oakley", BORN, 1), registered(B, "Sarah", "Oakley", BORN, 1)],
        council_tax=[liable("CT1", "S", "Oakley", 1, other_forename="Sarah", other_surname="Oakley")],
    )
    assert person_of(linked, "council_tax", 2, "liable_1") == person_of(linked, "demographics", 2)
    assert person_of(linked, "council_tax", 2, "liable_2") == person_of(linked, "demographics", 3)


def test_child_is_never_the_liable_person(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[
            registered(A, "Lily", "Oakley", BORN, 1),
            registered(B, "Lily", "Oakley", date(2016, 1, 2), 1),
        ],
        council_tax=[liable("CT1", "Lily", "Oakley", 1)],
    )
    assert person_of(linked, "council_tax", 2, "liable_1") == person_of(linked, "demographics", 2)


def test_owner_and_executors_are_nobody(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        council_tax=[liable("CT1", "THE", "OWNER", 1), liable("CT2", "Executors of", "A Oakley", 2)],
    )
    assert person_of(linked, "council_tax", 2, "liable_1") is None
    assert person_of(linked, "council_tax", 3, "liable_1") is None


def test_nhs_number_typed_on_somebody_elses_record_joins_nobody(tmp_path: Path) -> None:
    other = {
        "given_name": "Gurpreet",
        "family_name": "Khan",
        "date_of_birth": date(1988, 11, 30),
        "gender": "male",
    }
    linked = link(
        tmp_path,
        demographics=[registered(A, "Margaret", "Oakley", BORN, 1)],
        cld=[
            {"nhs_number": A, "la_person_id": "L9", "event_start_date": BORN, **other},
            {"nhs_number": A, "la_person_id": "L1", "event_start_date": BORN, "given_name": "Margaret",
             "family_name": "Smith", "date_of_birth": BORN},
        ],
    )  # fmt: skip
    assert person_of(linked, "cld", 2, "person") != person_of(linked, "demographics", 2)
    assert person_of(linked, "cld", 3, "person") == person_of(linked, "demographics", 2)


def test_sisters_born_weeks_apart_on_paper_keep_their_own_care_records(tmp_path: Path) -> None:
    """1991-02-12 and 1991-04-10 differ in two digits that no typing hand changes over, whatever else doubles."""
    linked = link(
        tmp_path,
        demographics=[
            registered(A, "Emily", "Wright", date(1991, 2, 12), 1),
            registered(B, "Katie", "Wright", date(1991, 4, 10), 1),
        ],
        cld=[
            {"nhs_number": A, "la_person_id": "L1", "given_name": "Katie", "family_name": "Wright",
             "date_of_birth": date(1991, 4, 10), "event_start_date": date(2024, 1, 2)},
        ],
    )  # fmt: skip
    assert person_of(linked, "cld", 2, "person") == person_of(linked, "demographics", 3)


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        (date(1991, 2, 12), date(1991, 2, 12), True),
        (date(1991, 2, 12), date(1991, 2, 13), True),
        (date(1991, 2, 12), date(1991, 2, 21), True),
        (date(1991, 2, 12), date(1991, 12, 2), True),
        (date(1991, 2, 12), date(1991, 4, 10), False),
        (date(1955, 1, 2), date(1955, 3, 4), False),
    ],
)
def test_a_slip_is_one_digit_two_neighbours_or_day_and_month_changed_over(left, right, near) -> None:
    assert pl.select(near_dates(pl.lit(left), pl.lit(right))).item() is near


def test_register_number_given_to_two_people_names_neither(tmp_path: Path) -> None:
    linked = link(
        tmp_path,
        demographics=[
            registered(A, "Margaret", "Oakley", BORN, 1),
            registered(A, "Gurpreet", "Khan", date(1988, 11, 30), 2),
        ],
        ecds=[{"nhs_number": A, "attendance_key": "1", "arrival_date": BORN}],
    )
    people = {person_of(linked, "demographics", r) for r in (2, 3)}
    assert len(people) == 2
    assert person_of(linked, "ecds", 2) is None


def test_number_that_no_register_knows_is_a_slip_on_a_known_identifier(tmp_path: Path) -> None:
    care = {"la_person_id": "L1", "given_name": "Margaret", "family_name": "Oakley", "date_of_birth": BORN}
    linked = link(
        tmp_path,
        demographics=[registered(A, "Margaret", "Oakley", BORN, 1)],
        cld=[
            {"nhs_number": A, "event_start_date": BORN, **care},
            {"nhs_number": C, "event_start_date": BORN, **care},
        ],
    )
    assert person_of(linked, "cld", 3, "person") == person_of(linked, "demographics", 2)


def test_slip_in_the_date_of_birth_still_joins(tmp_path: Path) -> None:
    care = {
        "given_name": "Margaret",
        "family_name": "Oakley",
        "event_start_date": BORN,
        "postcode": "AB1 2CD",
    }
    linked = link(
        tmp_path,
        demographics=[registered(A, "Margaret", "Oakley", date(1950, 3, 11), 1)],
        cld=[{"la_person_id": "L1", "date_of_birth": date(1950, 11, 3), **care}],
    )
    assert person_of(linked, "cld", 2, "person") == person_of(linked, "demographics", 2)


def test_hospital_pseudonym_alone_is_a_person_of_its_own(tmp_path: Path) -> None:
    linked = link(
        tmp_path, apc=[{"pseudo_hesid": h, "epikey": str(i)} for i, h in enumerate(("A", "B", "A"))]
    )
    first, second, again = (person_of(linked, "apc", r) for r in (2, 3, 4))
    assert first == again != second


def test_person_keeps_the_pseudonym_when_an_nhs_number_joins_later(tmp_path: Path) -> None:
    care = {"la_person_id": "L1", "given_name": "Margaret", "family_name": "Oakley", "date_of_birth": BORN,
            "event_start_date": BORN, "postcode": "AB1 2CD"}  # fmt: skip
    before = link(tmp_path, cld=[care])
    after = link(tmp_path, cld=[care], demographics=[registered(A, "Margaret", "Oakley", BORN, 1)])
    assert person_of(after, "cld", 2, "person") == person_of(before, "cld", 2, "person")
    assert person_of(after, "demographics", 2) == person_of(before, "cld", 2, "person")


def test_state_holds_no_key_in_clear(tmp_path: Path) -> None:
    link(tmp_path, demographics=[registered(A, "Margaret", "Oakley", BORN, 1)])
    kept = pl.read_parquet(tmp_path / IDS_FILE)
    assert kept.columns == ["key_id", "person_id"]
    assert kept.height > 0
    assert not kept.select(pl.col("key_id").str.contains(A).any()).item()


def test_small_landing_uses_the_stated_values_and_saves_no_model(tmp_path: Path) -> None:
    linked = link(tmp_path, demographics=[registered(A, "Margaret", "Oakley", BORN, 1)])
    assert linked.model == "stated"
    assert not (tmp_path / MODEL_FILE).exists()


def test_saved_model_is_used_as_it_stands(tmp_path: Path) -> None:
    profiles = pl.DataFrame(
        schema={"seed": pl.Int64, "has_nhs": pl.Boolean, "kind": pl.String, "unique_id": pl.UInt32}
    )
    (tmp_path / MODEL_FILE).write_text('{"mark": 1}', encoding="utf-8")
    model = load_or_train(profiles, tmp_path, load_settings().linkage, seed=1)
    assert model == {"how": "trained", "settings": {"mark": 1}}


def test_nothing_to_link_gives_empty_frames(tmp_path: Path) -> None:
    linked = link(tmp_path)
    assert linked.mentions.is_empty()
    assert linked.review.is_empty()


def test_a_care_row_without_a_name_leads_to_the_bearer_of_its_number(tmp_path: Path) -> None:
    """Councils often land Client Level Data without its name columns."""
    linked = link(
        tmp_path,
        demographics=[registered(A, "Margaret", "Oakley", date(1950, 3, 14), 1)],
        cld=[care_event("L1", date(2026, 1, 1), nhs_number=A), care_event("L1", date(2026, 2, 1))],
    )
    assert linked.mentions["person_id"].null_count() == 0
    assert linked.mentions["person_id"].n_unique() == 1
