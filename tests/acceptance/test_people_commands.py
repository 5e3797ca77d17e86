"""The commands about people and files, run as a person would: review, erase, map, check with a page."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from configs.settings import load_settings
from pipelines.job import Job
from pipelines.stages import Stages
from pipelines.steps import join
from simulator.simulate import simulate


def forebridge(*arguments: str, code: int = 0, text: str | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *arguments], capture_output=True, text=True, input=text
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if "--json" in arguments else done.stdout + done.stderr


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    simulate(1500, 5, 3, folder, mess=2)
    return folder


@pytest.fixture(scope="module")
def results(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder as far as records: what review and erase look at."""

    out = tmp_path_factory.mktemp("results")
    job = Job(county / "landing", out, date(2026, 10, 1), load_settings())
    job.state.mkdir(parents=True)
    stages = Stages(job, lambda _, work: work())
    join(job, stages, lambda _: None)
    stages.finish({})
    return out


def test_a_pair_is_listed_decided_and_listed_no_more(results: Path) -> None:
    pairs = json.loads(forebridge("review", "list", "--out", str(results), "--json"))["pairs"]
    assert pairs
    first = pairs[0]
    assert {"left_file", "left_row", "right_file", "right_row", "given_agrees"} <= set(first)
    said = forebridge("review", "refuse", first["pair_id"], "--out", str(results), "--by", "J Smith")
    assert "two people" in said
    left = json.loads(forebridge("review", "list", "--out", str(results), "--json"))["pairs"]
    assert len(left) == len(pairs) - 1
    assert first["pair_id"] in forebridge("review", "list", "--out", str(results), "--all")


def test_a_pair_that_is_not_there_is_a_plain_refusal(results: Path) -> None:
    said = forebridge("review", "accept", "nonsense", "--out", str(results), "--by", "J Smith", code=2)
    assert "no such pair" in said


def test_review_before_any_run_says_so(tmp_path: Path) -> None:
    assert "No run has ended here" in forebridge("review", "list", "--out", str(tmp_path), code=7)


def test_erase_keeps_no_number_and_shows_none(results: Path, county: Path) -> None:
    people = pl.read_parquet(county / "truth" / "people.parquet")
    number = people["nhs_number"][0]
    said = forebridge(
        "erase", "--out", str(results), "--json", text=f"{number[:3]} {number[3:6]} {number[6:]}\n"
    )
    told = json.loads(said)
    assert (told["read"], told["added"]) == (1, 1)
    assert told["months_to_run_again"] == ["2026-10-01"]
    assert number not in said
    assert json.loads(forebridge("erase", "--out", str(results), "--json", text=number))["added"] == 0


def test_erase_without_a_key_says_that_nobody_can_be_found(tmp_path: Path) -> None:
    assert "no pseudonym key" in forebridge("erase", "--out", str(tmp_path), text="1\n", code=7)


def test_check_writes_a_page_and_tells_what_changed(county: Path, tmp_path: Path) -> None:
    landing = str(county / "landing")
    told = json.loads(forebridge("check", landing, "--page", str(tmp_path / "check.html"), "--json"))
    (tmp_path / "last.json").write_text(json.dumps(told), encoding="utf-8")
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert "Month by month" in page
    assert "Invented data" in page
    again = json.loads(forebridge("check", landing, "--against", str(tmp_path / "last.json"), "--json"))
    assert again["changes"] == []
    people = pl.read_parquet(county / "truth" / "people.parquet")
    shown = [n for n in people["nhs_number"].to_list() if n in page]
    assert not shown


def test_map_proposes_lines_for_renamed_columns(county: Path, tmp_path: Path) -> None:
    landed = next((county / "landing" / "housing").glob("tenancies*")).read_bytes()
    file = tmp_path / "housing" / "rents_20260930.csv"
    file.parent.mkdir()
    file.write_bytes(landed.replace(b"postcode", b"PCode", 1))
    told = json.loads(forebridge("map", str(file), "--json"))
    assert told["kind"] == "tenancies"
    assert '"PCode" = "postcode"' in told["toml"]


def test_map_of_a_file_that_is_not_there_is_a_plain_error(tmp_path: Path) -> None:
    assert "cannot be opened" in forebridge("map", str(tmp_path / "none.csv"), code=3)
