"""Claims to the person at the desk: each kind of bad input is one screen, an exit code by kind, nothing half-written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from county import AS_OF, Finished, forebridge, run_arguments

pytestmark = pytest.mark.xdist_group("whole_run")


def _remove_gazetteer(landing: Path) -> None:
    for file in (landing / "housing").glob("addressbase*"):
        file.unlink()


def _unknown_header(landing: Path) -> None:
    (landing / "housing" / "mystery_2026-09-30.csv").write_text("alpha,beta\n1,2\n", encoding="utf-8")


def _empty_file(landing: Path) -> None:
    (landing / "social_care" / "cld_2026-09-29.csv").write_bytes(b"")


def _wrong_encoding(landing: Path) -> None:
    file = next((landing / "people").glob("*demographics*"))
    file.write_bytes(file.read_bytes()[:4000] + b"\x00\xff\xfe\x81\x8d" * 500)


def _no_sites(landing: Path) -> None:
    file = landing / "supply" / next((landing / "supply").glob("*candidate_sites*")).name
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


SPOILT: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "a missing required kind": (_remove_gazetteer, 3, "gazetteer"),
    "an unknown header": (_unknown_header, 3, "mystery_2026-09-30.csv"),
    "an empty file": (_empty_file, 3, "cld_2026-09-29.csv"),
    "a file in the wrong encoding": (_wrong_encoding, 3, "demographics"),
}


def _fresh(finished: Finished, folder: Path) -> Path:
    shutil.copytree(finished.landing, folder / "landing")
    return folder / "landing"


def _settled(out: Path) -> dict[str, bytes]:
    """Every file that others read, as bytes."""
    folders = [out / AS_OF, out / "release"]
    return {str(f): f.read_bytes() for d in folders for f in sorted(d.rglob("*")) if f.is_file()}


@pytest.mark.parametrize("kind", sorted(SPOILT))
def test_spoilt_files_stop_the_run_with_one_screen(finished: Finished, tmp_path: Path, kind: str) -> None:
    spoil, code, named = SPOILT[kind]
    landing = _fresh(finished, tmp_path)
    spoil(landing)
    done = forebridge("run", "--landing", landing, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert named in done.stderr.replace("\n", "")
    assert "What to do" in done.stderr
    assert len(done.stderr.splitlines()) <= 40
    assert not (tmp_path / "out" / AS_OF).exists()
    assert not (tmp_path / "out" / "release").exists()


def test_no_candidate_sites_is_an_error_of_planning(finished: Finished, tmp_path: Path) -> None:
    landing = _fresh(finished, tmp_path)
    _no_sites(landing)
    done = forebridge(*run_arguments(landing, tmp_path / "out", finished.settings))
    assert done.returncode in (3, 6), done.stdout + done.stderr
    assert "site" in done.stdout
    assert not (tmp_path / "out" / AS_OF).exists()


def test_a_failed_run_leaves_the_last_good_output_as_it_was(finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(finished.out, tmp_path / "out", symlinks=True)
    before = _settled(tmp_path / "out")
    done = forebridge(
        *run_arguments(finished.landing, tmp_path / "out", finished.settings), "--zones", "9999"
    )
    assert done.returncode == 6
    assert json.loads(done.stdout)["exit_code"] == 6
    assert _settled(tmp_path / "out") == before


@pytest.mark.parametrize("as_of", ["1999-01-01", "2031-01-01"])
def test_an_as_of_date_outside_the_data_says_which_dates_would_do(
    finished: Finished, tmp_path: Path, as_of: str
) -> None:
    done = forebridge(*run_arguments(finished.landing, tmp_path / "out", finished.settings, as_of))
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]) == (4, "AsOfError")
    assert told["todo"]
    assert not (tmp_path / "out" / as_of).exists()


def test_a_date_that_is_no_date_is_said_so(tmp_path: Path) -> None:
    done = forebridge("run", "--landing", tmp_path, "--as-of", "first of May", "--out", tmp_path / "out")
    assert done.returncode == 4
    assert "2026-10-01" in done.stderr


def test_case_finding_without_a_recorded_gateway_is_refused(finished: Finished, tmp_path: Path) -> None:
    arguments = run_arguments(finished.landing, tmp_path / "out", finished.settings)
    done = forebridge(*arguments, "--purpose", "case-finding")
    assert done.returncode == 9
    assert not (tmp_path / "out" / AS_OF).exists()


def test_an_unknown_setting_is_named(finished: Finished, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[zones]\nnumber = 4\n", encoding="utf-8")
    done = forebridge(*run_arguments(finished.landing, tmp_path / "out", wrong))
    assert done.returncode == 2
    assert "zones.number" in json.loads(done.stdout)["details"][0]


def test_runs_of_a_folder_where_nothing_ran_are_none(tmp_path: Path) -> None:
    done = forebridge("runs", "--out", tmp_path / "nowhere", "--json")
    assert json.loads(done.stdout) == {"runs": []}
    assert not (tmp_path / "nowhere").exists()


def test_serving_a_folder_that_is_not_there_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    done = forebridge("serve", "--out", tmp_path / "nowhere")
    assert done.returncode == 7
    assert "nowhere" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_results_folder_that_cannot_be_made_is_told_as_a_matter_of_the_disk(
    finished: Finished, tmp_path: Path
) -> None:
    (tmp_path / "a_file").write_text("in the way", encoding="utf-8")
    done = forebridge(*run_arguments(finished.landing, tmp_path / "a_file", finished.settings))
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]) == (10, "StorageError")
    assert told["where"].endswith("a_file")
    assert (tmp_path / "a_file").read_text(encoding="utf-8") == "in the way"


def test_a_seed_below_nought_is_named(finished: Finished, tmp_path: Path) -> None:
    done = forebridge(*run_arguments(finished.landing, tmp_path / "out", finished.settings), "--seed", "-1")
    assert done.returncode == 2
    assert "council.seed" in json.loads(done.stdout)["details"][0]


def test_every_command_has_an_example_in_its_help() -> None:
    for command in ("demo", "simulate", "check", "run", "train", "runs", "serve", "account", "schedule"):
        done = forebridge(command, "--help")
        assert done.returncode == 0
        assert f"Example: forebridge {command}" in done.stdout
