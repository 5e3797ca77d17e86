"""Who may be used for which purpose, and that restricted people stand nowhere."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from people_rows import CUT, KEY, care_event, gazetteer, landing, liable, registered, service

from configs.errors import AsOfError, PermissionRefused
from configs.settings import load_settings
from features.records.join import Joined, join_tables
from features.records.permission import refuse_without_gateway
from features.records.pseudonym import household_ids
from features.records.summary import check_as_of

A, B, C, D = "9990000042", "9990000050", "9990000069", "9990000077"
BORN = date(1950, 3, 14)


def run(tmp_path: Path, purpose: str = "planning", **kinds: Any) -> Joined:
    tmp_path.mkdir(parents=True, exist_ok=True)
    read = landing(gazetteer=gazetteer(1, 2, 3), **kinds)
    settings = load_settings()
    return join_tables(read, settings=settings, key=KEY, state=tmp_path, purpose=purpose, as_of=CUT)


FOUR = [
    registered(A, "Margaret", "Oakley", BORN, 1),
    registered(B, "Peter", "Ashdown", BORN, 2),
    registered(C, "Susan", "Elmore", BORN, 3),
    registered(D, "Hilda", "Birch", BORN, 3),
]
SAID = {
    "opt_outs": [{"nhs_number": A, "checked_on": CUT}],
    "objections": [
        {"nhs_number": B, "from_date": date(2020, 1, 1), "scope": "planning"},
        {"nhs_number": C, "from_date": date(2020, 1, 1), "scope": "direct-care"},
    ],
    "cld": [
        service(f"L{n}", date(2026, 1, 1), nhs_number=n, given_name=g, family_name=f, date_of_birth=BORN)
        for n, g, f in ((A, "Margaret", "Oakley"), (B, "Peter", "Ashdown"), (C, "Susan", "Elmore"))
    ],
}


def names_in_scope(joined: Joined) -> set[str]:
    rows = joined.tables["identity"].filter(pl.col("kind") == "demographics").sort("row")
    scope = joined.tables["people"].select("person_id", "in_scope")
    kept = rows.join(scope, on="person_id").filter("in_scope").get_column("row").to_list()
    return {("Margaret", "Peter", "Susan", "Hilda")[r - 2] for r in kept}


@pytest.mark.parametrize(
    ("purpose", "used"),
    [
        ("planning", {"Susan", "Hilda"}),
        ("evaluation", {"Susan", "Hilda"}),
        ("case-finding", {"Susan", "Hilda"}),
        # The national opt-out does not apply; Susan objects; Hilda has no open case.
        ("direct-care", {"Margaret", "Peter"}),
    ],
)
def test_each_purpose_leaves_out_its_own(tmp_path: Path, purpose: str, used: set[str]) -> None:
    assert names_in_scope(run(tmp_path, purpose, demographics=FOUR, **SAID)) == used


def test_removals_are_counted(tmp_path: Path) -> None:
    facts = run(tmp_path, demographics=FOUR, **SAID).summary
    assert (facts["opted_out"], facts["objections"]) == (1, {"planning": 1, "direct_care": 1})


def test_opt_out_holds_for_whoever_bears_the_number_even_by_a_slip(tmp_path: Path) -> None:
    slip = care_event(
        "L9", BORN, nhs_number=A, given_name="Gurpreet", family_name="Khan", date_of_birth=date(1988, 11, 30)
    )
    joined = run(tmp_path, demographics=FOUR, opt_outs=SAID["opt_outs"], cld=[slip])
    assert joined.tables["people"].get_column("opted_out").sum() == 2


@pytest.mark.parametrize("stated", [{}, {"controller": "x", "gateway": " ", "approval": "y"}])
def test_case_finding_is_refused_without_gateway(stated: dict[str, str]) -> None:
    settings = load_settings(overrides={"purposes": {"case-finding": stated}})
    with pytest.raises(PermissionRefused) as refused:
        refuse_without_gateway("case-finding", settings)
    assert any("gateway" in line for line in refused.value.details)


def test_case_finding_runs_once_controller_gateway_and_approval_are_named() -> None:
    given = {"controller": "the council", "gateway": "Care Act 2014 s.2", "approval": "Caldicott 2026-01-31"}
    refuse_without_gateway("case-finding", load_settings(overrides={"purposes": {"case-finding": given}}))


def test_unknown_purpose_is_refused() -> None:
    with pytest.raises(PermissionRefused):
        refuse_without_gateway("marketing", load_settings())


HIDDEN = [
    {**registered(A, "Margaret", "Oakley", BORN, 1, effective_to=date(2020, 1, 1)), "restricted": False},
    {**registered(A, "Margaret", "Oakley", BORN, 2, effective_from=date(2020, 1, 1)), "restricted": True},
    registered(B, "Peter", "Oakley", BORN, 2),
]


def test_restricted_person_has_no_address_anywhere(tmp_path: Path) -> None:
    bill = liable("CT1", "Margaret", "Oakley", 2)
    joined = run(tmp_path, demographics=HIDDEN, council_tax=[bill])
    who = joined.tables["people"].filter("restricted").get_column("person_id").item()
    rows = joined.tables["identity"].filter(pl.col("person_id") == who)
    assert rows.height == 3
    assert rows.select("uprn", "household_id", "match_weight").null_count().row(0) == (3, 3, 3)
    assert set(rows.get_column("uprn_method")) == {"none"}
    homes = joined.tables["residences"].filter(pl.col("person_id") == who)
    assert homes.height == 2
    assert homes.get_column("household_id").null_count() == 2
    assert not joined.tables["people"].filter(pl.col("person_id") == who).get_column("in_scope").item()


def test_every_household_that_ever_held_a_restricted_person_is_marked(tmp_path: Path) -> None:
    homes = run(tmp_path, demographics=HIDDEN).tables["households"]
    marked = set(homes.filter("restricted").get_column("household_id"))
    assert marked == set(household_ids(pl.Series([1, 2]), KEY))


def test_no_file_but_identity_and_quarantine_speaks_of_rows_or_addresses(tmp_path: Path) -> None:
    joined = run(tmp_path, demographics=FOUR, **SAID)
    clear = {"file", "row", "uprn", "postcode", "nhs_number", "given_name", "family_name", "address"}
    for name, table in joined.tables.items():
        if name not in ("identity", "quarantine"):
            assert not clear & set(table.columns), name


@pytest.mark.parametrize("day", [date(2020, 12, 30), date(2027, 3, 1)])
def test_as_of_outside_what_the_files_know_is_refused_with_the_range(day: date) -> None:
    with pytest.raises(AsOfError) as refused:
        check_as_of(day, date(2020, 1, 1), date(2026, 10, 24))
    assert "2020-12-31" in refused.value.todo
    assert "2027-02-01" in refused.value.todo


def test_as_of_at_either_end_is_taken() -> None:
    for day in (date(2020, 12, 31), date(2027, 2, 1)):
        check_as_of(day, date(2020, 1, 1), date(2026, 10, 24))


def test_match_quality_is_told_by_group_and_never_of_few(tmp_path: Path) -> None:
    people = [registered(None, f"Ann{n}", f"Fell{n}", date(1940 + n % 3, 1, 1 + n), 1) for n in range(12)]
    lost = [registered(None, f"Bob{n}", "Gone", date(1990, 2, 1 + n), 99, gender="male") for n in range(11)]
    quality = run(tmp_path, demographics=[*people, *lost]).tables["match_quality"]
    told = {(g, v): (n, u) for _, g, v, n, u, _ in quality.filter(kind="demographics").rows()}
    assert told["sex", "male"] == (11, 0.0)
    assert told["all", "all"] == (23, round(12 / 23, 4))
    assert min(n for n, _ in told.values()) >= 10
