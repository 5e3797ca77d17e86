"""Claims about `forebridge simulate --world --mess` and `forebridge calibrate`, as a person at the desk runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app

RUN = CliRunner()


def _simulate(out: Path, *options: str) -> int:
    wanted = ["simulate", "--households", "900", "--seed", "2", "--years", "2", "--out", str(out), *options]
    return RUN.invoke(app, wanted).exit_code


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("calibrate") / "county"
    assert _simulate(out, "--world", "placebo", "--mess", "2") == 0
    return out


def test_the_world_and_the_mess_asked_for_stand_in_the_truth(county: Path) -> None:
    told = json.loads((county / "truth" / "world.json").read_text(encoding="utf-8"))
    assert (told["world"], told["mess"], told["seed"], told["invented"]) == ("placebo", 2, 2, True)
    assert told["effects_log_hazard_ratio"]["emergency"]["alone"] == 0.0


def test_an_unknown_world_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    assert _simulate(tmp_path / "county", "--world", "wonder") == 2
    assert list(tmp_path.iterdir()) == []


def test_calibrate_names_source_target_and_band_of_every_figure_and_exits_by_the_verdict(
    county: Path,
) -> None:
    result = RUN.invoke(app, ["calibrate", str(county), "--json"])
    targets = json.loads(result.stdout)["targets"]
    assert len(targets) >= 100
    assert all(t["source"] and t["how_sure"] in ("V", "V2", "M", "assumed") for t in targets)
    missed = [t for t in targets if not t["within"]]
    assert result.exit_code == (11 if missed else 0)
    for target in targets:
        if target["within"]:
            assert target["low"] <= target["simulated"] <= target["high"], target["name"]


def test_calibrate_fails_where_the_county_is_made_wrong(county: Path, tmp_path: Path) -> None:
    import shutil

    wrong = tmp_path / "county"
    shutil.copytree(county, wrong)
    for file in (wrong / "landing" / "health").glob("apc_*.csv"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[: 1 + len(lines) // 4]), encoding="utf-8")
    before = {
        t["name"]: t
        for t in json.loads(RUN.invoke(app, ["calibrate", str(county), "--json"]).stdout)["targets"]
    }
    result = RUN.invoke(app, ["calibrate", str(wrong), "--json"])
    after = {t["name"]: t for t in json.loads(result.stdout)["targets"]}
    assert result.exit_code == 11
    lost = [n for n in after if n.startswith("emergency") and before[n]["within"] and not after[n]["within"]]
    assert lost


def test_a_folder_that_is_no_county_is_told_so(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["calibrate", str(tmp_path)])
    assert result.exit_code == 3
    assert "truth" in result.output


def test_the_page_has_every_target_once(county: Path, tmp_path: Path) -> None:
    page = tmp_path / "calibration.md"
    RUN.invoke(app, ["calibrate", str(county), "--page", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "invented" in text
    assert text.count("Emergency admissions") >= 3
