"""A landing that our simulator did not write, joined from end to end."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shared import shared_folder

from configs.settings import load_settings
from features.records.join import join_records
from features.records.pseudonym import load_or_make_key

AS_OF = date(2026, 10, 1)


def join(folder: Path, out: Path) -> dict[str, Any]:
    landing = shared_folder("sample_landing", "landing")
    state = folder / "state"
    return join_records(
        landing, out, settings=load_settings(), key=load_or_make_key(state, {"landing": "sample"}), state=state, purpose="planning", as_of=AS_OF
    )  # fmt: skip


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("joined")
    return folder / "records", join(folder, folder / "records")


def table(joined: tuple[Path, dict[str, Any]], name: str) -> pl.DataFrame:
    return pl.read_parquet(joined[0] / f"{name}.parquet")


def test_most_rows_find_their_person_and_their_address(joined: tuple[Path, dict[str, Any]]) -> None:
    facts = joined[1]
    assert facts["uprn_match"]["demographics"]["share"] > 0.98
    assert facts["uprn_match"]["council_tax"]["share"] > 0.98
    assert facts["nhs_number_match"]["cld"]["share"] > 0.99
    assert facts["nhs_number_match"]["council_tax"]["share"] > 0.90
    assert facts["numbers_small"]
    assert json.loads((joined[0] / "summary.json").read_text())["people"] == facts["people"]


def test_identity_has_one_line_for_each_row_and_person(joined: tuple[Path, dict[str, Any]]) -> None:
    identity = table(joined, "identity")
    assert not identity.select("kind", "file", "row", "role").is_duplicated().any()
    kept = joined[1]["rows"]["by_kind"]
    for kind in ("demographics", "cld", "apc", "council_tax", "tenancies"):
        rows = identity.filter(pl.col("kind") == kind).select("file", "row").n_unique()
        assert rows == kept[kind]["kept"], kind


def test_spells_of_a_person_do_not_overlap_and_each_fact_is_known_after_it_happened(
    joined: tuple[Path, dict[str, Any]],
) -> None:
    told = table(joined, "residences")
    spells = told.filter(pl.col("replaced_on").is_null()).sort("person_id", "from_date")
    assert (told["replaced_on"].drop_nulls() > told.drop_nulls("replaced_on")["known_on"]).all()
    later = spells.with_columns(then=pl.col("from_date").shift(-1).over("person_id"))
    assert later.filter(pl.col("then") < pl.col("to_date")).is_empty()
    assert later.filter(pl.col("then").is_not_null() & pl.col("to_date").is_null()).is_empty()
    for name in (
        "care_events",
        "admissions",
        "attendances",
        "gp_snapshots",
        "tenancies",
        "adaptations",
        "epc",
    ):
        facts = table(joined, name)
        assert facts.get_column("known_on").null_count() == 0, name
        assert facts.filter(pl.col("known_on") < pl.col("happened_on")).is_empty(), name


def test_restricted_people_show_no_address(joined: tuple[Path, dict[str, Any]]) -> None:
    hidden = table(joined, "people").filter("restricted").get_column("person_id")
    assert hidden.len() > 0
    rows = table(joined, "identity").filter(pl.col("person_id").is_in(hidden.to_list()))
    assert rows.get_column("uprn").null_count() == rows.height


def test_second_run_on_the_same_state_writes_the_same_bytes(
    joined: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    join(joined[0].parent, tmp_path / "again")
    names = sorted(f.name for f in joined[0].iterdir())
    assert sorted(f.name for f in (tmp_path / "again").iterdir()) == names
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (joined[0] / name).read_bytes(), name
