"""Promotion and rollback as a data scientist does them: through gates, by name and reason, one step back."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from need_worlds import NOISE, write_world
from typer.testing import CliRunner

import models.need.registry as registry
from configs.errors import DeskError, PromotionRefused
from configs.settings import Settings, load_settings
from models.need.registry import Champion, find_challenger, find_champion
from models.need.train import train_champion
from pipelines.cli import app
from pipelines.promotion import confirm, council_in, go_back, hear

COUNCIL = "503-invented"
EASY = {"events_min": 10, "events_sure": 100_000, "calibration_slope_low": 0.5, "calibration_slope_high": 2.0,
        "calibration_intercept_max": 0.5, "group_margin": 3.0}  # fmt: skip
# The planted signal is strong: its honest AUC lies at 0.85, where the alarm for leaks begins.
QUICK = {"bootstrap_samples": 50, "test_splits_max": 1, "leakage_auc_alarm": 0.9}
SETTINGS = load_settings(overrides={"need": QUICK, "gates": EASY})
TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Champion]:
    out = tmp_path_factory.mktemp("first")
    world = write_world(out / "world", people=1500, level=-1.5)
    return out, _train(world, out / "state")


@pytest.fixture
def out(first: tuple[Path, Champion], tmp_path: Path) -> Path:
    shutil.copytree(first[0] / "state", tmp_path / "out" / "state")
    return tmp_path / "out"


def _train(world: Path, state: Path, settings: Settings = SETTINGS) -> Champion:
    return train_champion(world, state=state, council=COUNCIL, settings=settings, seed=7, synthetic=True)


def _challenger(out: Path, **planted: float) -> Champion:
    world = write_world(out.parent / "other", people=1500, level=-1.5, seed=3)
    return _train(world, out / "state")


def _invoke(*words: str) -> tuple[int, dict]:
    result = CliRunner().invoke(app, [*words, "--json"])
    return result.exit_code, json.loads(result.stdout) if result.stdout.strip() else {}


def test_a_person_confirms_the_provisional_champion_and_their_words_are_kept(out: Path) -> None:
    heard = confirm(out / "state", COUNCIL, SETTINGS, by="J Smith", why="Better than age alone", on=TODAY)
    found = find_champion(out / "state", COUNCIL)
    assert found is not None
    assert (found.champion_id, found.provisional) == (heard.model.champion_id, False)
    version = registry._client(out / "state").get_model_version(f"forebridge-need-{COUNCIL}", "1")
    assert version.tags["promoted_by"] == "J Smith"
    assert version.tags["promoted_because"] == "Better than age alone"
    assert version.tags["promoted_on"] == "2026-11-01"
    kept = json.loads(next((out / "state").rglob("promotion.json")).read_text(encoding="utf-8"))
    assert {gate["gate"] for gate in kept["gates"]} == {
        "rivals",
        "calibration",
        "groups",
        "leakage",
        "in use",
    }
    with pytest.raises(DeskError, match="No challenger waits"):
        hear(out / "state", COUNCIL, SETTINGS)


def test_a_challenger_stands_beside_the_model_in_use_on_the_same_people(
    out: Path, first: tuple[Path, Champion]
) -> None:
    challenger = _challenger(out)
    beside = [r for r in challenger.evaluation if r["model"] == "in_use" and r["kind"] == "outcome"]
    own = [r for r in challenger.evaluation if r["model"] == "champion" and r["kind"] == "outcome"]
    assert len(beside) == len(own) == 12
    for one, other in zip(own, beside, strict=True):
        assert (one["n_people"], one["n_events"]) == (other["n_people"], other["n_events"])
        assert one["in_use_saw_test"] is True, "it was trained on the same dates"
        assert one["diff_in_use_low"] <= one["diff_in_use"] <= one["diff_in_use_high"]


def test_a_challenger_that_leaves_features_out_stands_beside_the_model_in_use_that_reads_them(
    out: Path,
) -> None:
    fewer = load_settings(overrides={"need": {**QUICK, "leave_out": [NOISE[1]]}, "gates": EASY})
    world = write_world(out.parent / "other", people=1500, level=-1.5, seed=3)
    challenger = _train(world, out / "state", fewer)
    model = json.loads((challenger.folder / "model.json").read_text(encoding="utf-8"))
    assert NOISE[1] not in model["features"]
    assert [r for r in challenger.evaluation if r["model"] == "in_use" and r["auc"] is not None]
    heard = hear(out / "state", COUNCIL, fewer)
    assert "there is no model in use beside it" not in {g.said for g in heard.gates}


def test_a_model_in_use_that_reads_features_which_are_no_more_is_said_not_to_stand_beside(out: Path) -> None:
    world = write_world(out.parent / "other", people=400, level=-1.5, seed=3)
    for file in (world / "table").glob("*.parquet"):
        pl.read_parquet(file).drop(NOISE[1]).write_parquet(file)
    said: list[str] = []
    challenger = train_champion(
        world, state=out / "state", council=COUNCIL, settings=SETTINGS, seed=7, synthetic=True, progress=said.append
    )  # fmt: skip
    assert any("reads features that are no more" in line for line in said)
    assert not [row for row in challenger.evaluation if row["model"] == "in_use"]


def test_a_model_in_use_of_other_horizons_is_said_not_to_stand_beside_the_new_one(out: Path) -> None:
    said: list[str] = []
    near = load_settings(
        overrides={"need": {"bootstrap_samples": 50, "horizon_days": 182, "horizons_days": [182]}}
    )
    world = write_world(out.parent / "near", people=400, level=-1.5, seed=4)
    challenger = train_champion(
        world,
        state=out / "state",
        council=COUNCIL,
        settings=near,
        seed=7,
        synthetic=True,
        progress=said.append,
    )
    assert any("other horizons" in line for line in said)
    assert not [row for row in challenger.evaluation if row["model"] == "in_use"]
    assert {row["horizon_days"] for row in challenger.evaluation} == {182}


def test_promotion_moves_the_champion_and_rollback_puts_the_old_one_back(
    out: Path, first: tuple[Path, Champion]
) -> None:
    state, challenger = out / "state", _challenger(out)
    waiting = find_challenger(state, COUNCIL)
    assert waiting is not None
    assert waiting.champion_id == challenger.champion_id
    confirm(state, COUNCIL, SETTINGS, by="J Smith", why="Newer records", on=TODAY)
    now = find_champion(state, COUNCIL)
    assert now is not None
    assert (now.champion_id, now.provisional) == (challenger.champion_id, False)
    before, back = go_back(state, COUNCIL, by="A Khan", why="Calibration slipped", on=TODAY)
    assert before is not None
    assert (before.champion_id, back.champion_id) == (challenger.champion_id, first[1].champion_id)
    assert find_champion(state, COUNCIL) == back


def test_a_challenger_that_fails_a_gate_is_refused_and_the_champion_stays(
    out: Path, first: tuple[Path, Champion]
) -> None:
    strict = SETTINGS.model_copy(update={"gates": SETTINGS.gates.model_copy(update={"calibration_slope_low": 0.9999, "calibration_slope_high": 1.0001, "events_sure": 10})})  # fmt: skip
    with pytest.raises(PromotionRefused) as refused:
        confirm(out / "state", COUNCIL, strict, by="J Smith", why="I like it", on=TODAY)
    assert any("calibration: slope" in line for line in refused.value.details)
    found = find_champion(out / "state", COUNCIL)
    assert found is not None
    assert (found.champion_id, found.provisional) == (first[1].champion_id, True)


def test_nothing_to_roll_back_to_is_a_message_for_the_desk(out: Path) -> None:
    with pytest.raises(DeskError, match="nothing to roll back to"):
        go_back(out / "state", COUNCIL, by="J Smith", why="Testing", on=TODAY)


def test_two_councils_in_one_folder_must_be_told_apart(out: Path) -> None:
    assert council_in(out / "state", None) == COUNCIL
    with pytest.raises(DeskError, match="Say which council"):
        council_in(out / "state", "504-landed")
    with pytest.raises(DeskError, match="No model is registered"):
        council_in(out / "elsewhere", None)


def test_the_command_shows_the_gates_and_changes_nothing_in_a_dry_run(out: Path) -> None:
    code, said = _invoke("promote", "--out", str(out), "--dry-run")
    assert code == 0
    assert (said["promoted"], len(said["gates"])) == (False, 4 * 5)
    assert said["may_be_promoted"] is (said["why_not"] == [])
    found = find_champion(out / "state", COUNCIL)
    assert found is not None
    assert found.provisional


def test_the_command_wants_a_name_and_a_reason(out: Path) -> None:
    result = CliRunner().invoke(app, ["promote", "--out", str(out), "--by", " ", "--json"])
    assert result.exit_code == 2
    assert "--by and --reason" in result.stdout + (result.stderr or "")
