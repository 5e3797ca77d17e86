"""What people decide of doubtful pairs holds; who is erased is gone; a stale opt-out list stops a run; merges are told."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from people_rows import CUT, KEY, Rows, gazetteer, landing, liable, link, registered, service

from configs.errors import PermissionRefused
from configs.settings import Settings, load_settings
from features.records.decisions import ACCEPT, REFUSE, load_decisions, save_decision, save_erased
from features.records.join import Joined, join_tables
from features.records.permission import refuse_stale_opt_outs

A, B = "9990000042", "9990000050"
BORN = date(1950, 3, 14)


def run(state: Path, settings: Settings | None = None, **kinds: Rows) -> Joined:
    state.mkdir(parents=True, exist_ok=True)
    read = landing(gazetteer=gazetteer(1, 2, 3), **kinds)
    chosen = settings or load_settings()
    return join_tables(read, settings=chosen, key=KEY, state=state, purpose="planning", as_of=CUT)


def doubtful() -> dict[str, Rows]:
    """A council tax line that may or may not be the only person registered at the postcode."""
    return {
        "demographics": [registered(A, "Margaret", "Oakley", BORN, 1), registered(B, "Ann", "Fell", BORN, 2)],
        "council_tax": [liable("CT1", "Maggie", "Oakley", 3)],
        "cld": [service("L1", date(2026, 1, 1), nhs_number=B)],
    }


def wide() -> Settings:
    """Everything likely is left to people: nothing is joined by the model alone."""
    settings = load_settings()
    records = settings.records.model_copy(
        update={"person_match_probability": 0.9999999, "person_review_probability": 0.001}
    )
    return settings.model_copy(update={"records": records})


def ids(joined: Joined, kind: str) -> list[str]:
    rows = joined.tables["identity"].filter((pl.col("kind") == kind) & (pl.col("row") == 2))
    return rows["person_id"].drop_nulls().unique().to_list()


def pair(joined: Joined) -> dict[str, str]:
    review = joined.tables["review"]
    assert review.height == 1
    return {n: review[n][0] for n in ("pair_id", "left_key_id", "right_key_id")}


def test_an_accepted_pair_is_one_person_from_then_on(tmp_path: Path) -> None:
    before = run(tmp_path, wide(), **doubtful())
    assert ids(before, "demographics") != ids(before, "council_tax")
    save_decision(tmp_path, pair(before), ACCEPT, CUT, "J Smith")
    for _ in range(2):
        after = run(tmp_path, wide(), **doubtful())
        assert ids(after, "demographics") == ids(after, "council_tax")
        assert after.tables["review"].is_empty()


def test_a_refused_pair_is_never_joined_and_not_listed_again(tmp_path: Path) -> None:
    loose = load_settings()
    asked = pair(run(tmp_path / "a", wide(), **doubtful()))
    joined = run(tmp_path / "b", loose, **doubtful())
    assert ids(joined, "demographics") == ids(joined, "council_tax")
    save_decision(tmp_path / "c", asked, REFUSE, CUT, "J Smith")
    refused = run(tmp_path / "c", loose, **doubtful())
    assert ids(refused, "demographics") != ids(refused, "council_tax")
    assert refused.tables["review"].is_empty()


def test_a_refused_pair_is_not_joined_by_way_of_another_record_of_the_same_person(tmp_path: Path) -> None:
    """Maggie's care record, which bears no number, is Margaret's; it must not lend her the refused line."""
    kinds = doubtful()
    care = {"given_name": "Margaret", "family_name": "Oakley", "date_of_birth": BORN, "postcode": "AB1 2CD"}
    kinds["cld"].append(service("L7", date(2026, 1, 1), **care))
    kinds["council_tax"] = [liable("CT1", "Margaret", "Oakley", 1)]
    joined = run(tmp_path / "a", **kinds)
    assert ids(joined, "demographics") == ids(joined, "council_tax")
    asked = pair(run(tmp_path / "b", wide(), **kinds | {"cld": kinds["cld"][:1]}))
    save_decision(tmp_path / "c", asked, REFUSE, CUT, "J Smith")
    refused = run(tmp_path / "c", **kinds)
    assert ids(refused, "demographics") != ids(refused, "council_tax")
    assert refused.tables["review"].is_empty()


def test_the_last_decision_of_a_pair_counts(tmp_path: Path) -> None:
    asked = {"pair_id": "p", "left_key_id": "l", "right_key_id": "r"}
    save_decision(tmp_path, asked, ACCEPT, CUT, "J Smith")
    save_decision(tmp_path, asked, REFUSE, CUT, "A Jones")
    assert load_decisions(tmp_path)["decision"].to_list() == [REFUSE]


def test_a_review_list_holds_no_name_and_no_number(tmp_path: Path) -> None:
    review = run(tmp_path, wide(), **doubtful()).tables["review"]
    told = " ".join(str(v) for row in review.rows() for v in row)
    assert not [word for word in ("Margaret", "Oakley", "OAKLEY", A, "CT1") if word in told]


def test_no_pair_of_a_restricted_person_nor_of_their_home_is_listed(tmp_path: Path) -> None:
    kinds = doubtful()
    kinds["demographics"][0]["restricted"] = True
    assert run(tmp_path / "a", wide(), **kinds).tables["review"].is_empty()
    lives_there = doubtful()
    lives_there["demographics"][1] |= {"restricted": True, "uprn": 3}
    assert run(tmp_path / "b", wide(), **lives_there).tables["review"].is_empty()


def test_an_erased_person_is_in_no_table_of_any_later_landing(tmp_path: Path) -> None:
    kinds = doubtful()
    kinds["cld"].append(service("L9", date(2026, 2, 1), nhs_number=A, given_name="Margaret"))
    assert ids(run(tmp_path, **kinds), "demographics")
    assert save_erased(tmp_path, [f"nhs:{A}"], KEY, CUT) == 1
    for _ in range(2):
        after = run(tmp_path, **kinds)
        assert after.summary["erased"] == {"people": 1, "rows": 3}
        gone = after.tables["identity"].filter(pl.col("kind") == "demographics")["row"].to_list()
        assert gone == [3]
        assert after.tables["people"].height == 1
        assert after.tables["care_events"].height == 1
        assert after.tables["council_tax"].is_empty()


def test_a_row_about_another_that_names_an_erased_person_loses_that_name_alone(tmp_path: Path) -> None:
    kinds = doubtful()
    kinds["council_tax"] = [
        liable("CT1", "Ann", "Fell", 2, other_forename="Margaret", other_surname="Oakley")
    ]
    kinds["demographics"][0]["uprn"] = 2
    assert run(tmp_path, **kinds).tables["council_tax"]["n_liable"].to_list() == [2]
    save_erased(tmp_path, [f"nhs:{A}"], KEY, CUT)
    assert run(tmp_path, **kinds).tables["council_tax"]["n_liable"].to_list() == [1]


def test_a_list_of_the_erased_holds_no_number(tmp_path: Path) -> None:
    save_erased(tmp_path, [f"nhs:{A}"], KEY, CUT)
    assert A.encode() not in (tmp_path / "erased.parquet").read_bytes()


def test_two_people_who_turn_out_to_be_one_are_told_as_a_merge(tmp_path: Path) -> None:
    alone = {"demographics": [registered(A, "Margaret", "Oakley", BORN, 1)]}
    care = service("L1", date(2026, 1, 1), given_name="Zoe", family_name="Quill", date_of_birth=BORN)
    first = run(tmp_path, **alone, cld=[care])
    assert first.tables["people"].height == 2
    led = service("L1", date(2026, 2, 1), nhs_number=A)
    second = run(tmp_path, **alone, cld=[{**care, "nhs_number": None}, led])
    assert second.tables["people"].height == 1
    assert second.tables["person_changes"]["change"].to_list() == ["merge"]
    assert second.summary["people_merged"] == 1
    assert run(tmp_path, **alone, cld=[care, led]).tables["person_changes"].is_empty()


@pytest.mark.parametrize(
    ("purpose", "stops"), [("planning", True), ("evaluation", True), ("direct-care", False)]
)
def test_a_stale_list_of_opt_outs_stops_what_it_applies_to(purpose: str, stops: bool) -> None:
    stale = pl.DataFrame({"checked_on": [date(2026, 7, 1)], "extract_date": [CUT]})
    if not stops:
        refuse_stale_opt_outs(purpose, stale, CUT, load_settings())
        return
    with pytest.raises(PermissionRefused, match="stale") as refused:
        refuse_stale_opt_outs(purpose, stale, CUT, load_settings())
    assert "2026-07-01" in refused.value.where


def test_a_list_checked_in_time_or_not_landed_stops_nothing() -> None:
    fresh = pl.DataFrame({"checked_on": [date(2026, 9, 20)], "extract_date": [CUT]})
    refuse_stale_opt_outs("planning", fresh, CUT, load_settings())
    refuse_stale_opt_outs("planning", None, CUT, load_settings())


def test_a_health_row_born_otherwise_than_the_numbers_owner_leads_to_nobody(tmp_path: Path) -> None:
    """Emergency departments take the number of whoever of the household was there before."""
    kinds = doubtful()
    visit = {"nhs_number": A, "arrival_date": date(2026, 3, 1), "attendance_key": "1", "sex": "1"}
    kinds["ecds"] = [
        {**visit, "birth_year": 1950, "birth_month": 3},
        {**visit, "attendance_key": "2", "birth_year": 1978, "birth_month": 11},
    ]
    joined = run(tmp_path, **kinds)
    assert joined.tables["attendances"].height == 1
    assert joined.summary["rows_of_nobody"] == {"ecds": 1}


def test_a_wifes_number_on_her_husbands_care_rows_is_not_believed(tmp_path: Path) -> None:
    people = [
        registered(A, "Edna", "Thurlow", date(1945, 5, 27), 1),
        registered(B, "William", "Thurlow", date(1945, 2, 2), 1),
    ]
    his = {"nhs_number": A, "given_name": "William", "family_name": "Thurlow"}
    rows = [
        service("L1", date(2026, 1, 1), date_of_birth=date(1945, 2, 2), **his),
        service("L1", date(2026, 2, 1), date_of_birth=None, **his),
    ]
    linked = link(tmp_path, demographics=people, cld=rows)
    by_row = linked.mentions.select("kind", "row", "person_id").rows()
    who = {(k, r): p for k, r, p in by_row}
    assert who["cld", 2] == who["cld", 3] == who["demographics", 3]
    assert who["demographics", 2] != who["demographics", 3]


def test_a_title_keeps_a_mother_from_becoming_her_son(tmp_path: Path) -> None:
    people = [registered(A, "Samuel", "Smith", date(1995, 9, 30), 1, gender="male")]
    lines = [liable("CT1", "S", "Smith", 1, title="Mrs")]
    linked = link(tmp_path, demographics=people, council_tax=lines)
    assert linked.mentions["person_id"].n_unique() == 2
