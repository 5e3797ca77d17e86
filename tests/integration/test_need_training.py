"""Training, registering and scoring as the month runs them: a small invented county whose truth is planted."""

import contextlib
import json
import re
import shutil
import socket
import sqlite3
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest
from need_trained import COUNCIL, SETTINGS, files_of, rows_of, train
from need_worlds import settled_dates, write_world

import models.need.registry as registry
from configs.errors import DeskError, StorageError, TooFewError
from models.need.evaluate import COMPANIONS
from models.need.registry import Champion, find_champion
from models.need.score import score_month
from models.need.splits import UNTESTED
from models.need.study import MODELS
from models.need.train import train_champion

pytest_plugins = ("need_trained",)


def test_the_model_finds_the_planted_signal_that_age_alone_cannot(
    trained: tuple[Path, Champion, list[str]],
) -> None:
    rows = [*rows_of(trained[1]), *rows_of(trained[1], kind="household")]
    assert len(rows) == 2 * 3 * 2 * 2, "two outcomes within three horizons in two age groups, two levels"
    for row in rows:
        assert row["verdict"].startswith("better than"), row
        assert row["auc"] > (0.75 if row["kind"] == "outcome" else 0.65), row
        if row["kind"] == "outcome" and row["horizon_days"] == 365:
            assert 0.75 < row["calibration_slope"] < 1.3, row
        assert row["calibration_slope_low"] < 1.2, row
        assert row["calibration_slope_high"] > 0.85, row
        assert row["synthetic"] is True


def test_every_model_stands_beside_its_rivals_on_the_same_people(
    trained: tuple[Path, Champion, list[str]],
) -> None:
    for row in rows_of(trained[1]):
        same = [
            r
            for r in trained[1].evaluation
            if all(r[key] == row[key] for key in ("outcome", "age_group", "horizon_days", "kind"))
        ]
        assert [r["model"] for r in same if r["model"] not in COMPANIONS] == list(MODELS)
        assert len({(r["n_people"], r["n_events"], r["test_origin"], r["capacity"]) for r in same}) == 1
        assert all(r["auc_low"] <= r["auc"] <= r["auc_high"] for r in same)


def test_the_reported_test_is_on_the_newest_settled_date(trained: tuple[Path, Champion, list[str]]) -> None:
    tests = {row["horizon_days"]: row["test_origin"] for row in trained[1].evaluation}
    a_year, two_years = (settled_dates(9, days)[-1].isoformat() for days in (365, 730))
    assert tests == {182: a_year, 365: a_year, 730: two_years}
    assert trained[1].trained_at_origin == settled_dates(9)[-1].isoformat()


def test_what_was_not_settled_long_enough_to_learn_is_marked_as_extrapolated(
    trained: tuple[Path, Champion, list[str]], scores: Path
) -> None:
    said = {row["horizon_days"]: row["extrapolated"] for row in rows_of(trained[1])}
    assert said == {182: False, 365: False, 730: True}
    told = (
        pl.read_parquet(scores / "person.parquet").group_by("horizon_days").agg(pl.col("extrapolated").any())
    )
    assert dict(told.sort("horizon_days").rows()) == {182: False, 365: False, 730: False}, (
        "by now it is learnt"
    )


def test_the_champion_stands_beside_itself_without_council_tax_and_a_year_before(
    trained: tuple[Path, Champion, list[str]],
) -> None:
    for row in rows_of(trained[1], "without_council_tax"):
        champion = next(
            r
            for r in rows_of(trained[1])
            if all(r[k] == row[k] for k in ("outcome", "age_group", "horizon_days"))
        )
        assert row["auc"] == pytest.approx(champion["auc"], abs=0.05), "these people have no council tax"
        assert champion["best_rival"] not in COMPANIONS
    assert rows_of(trained[1], "without_council_tax")
    assert rows_of(trained[1], "year_old")


def test_the_first_model_is_the_champion_and_provisional(trained: tuple[Path, Champion, list[str]]) -> None:
    state, champion, _ = trained
    assert champion.provisional
    assert find_champion(state, COUNCIL) == champion


def test_a_model_of_invented_data_is_not_found_for_landed_data(
    trained: tuple[Path, Champion, list[str]],
) -> None:
    assert find_champion(trained[0], "503-landed") is None


def test_where_nothing_was_ever_trained_there_is_no_champion_and_nothing_is_made(tmp_path: Path) -> None:
    assert find_champion(tmp_path / "state", COUNCIL) is None
    assert list(tmp_path.iterdir()) == []


def test_with_a_champion_in_place_a_new_model_is_only_its_challenger(
    trained: tuple[Path, Champion, list[str]], tmp_path: Path
) -> None:
    state = Path(shutil.copytree(trained[0], tmp_path / "state"))
    other = write_world(tmp_path / "world", people=400, seed=2)
    challenger = train(other, state)
    assert challenger.champion_id != trained[1].champion_id
    found = find_champion(state, COUNCIL)
    assert found is not None
    assert found.champion_id == trained[1].champion_id
    assert (
        registry._client(state).get_model_version_by_alias(f"forebridge-need-{COUNCIL}", "challenger").version
        == 2
    )


def test_the_same_inputs_and_seed_give_the_same_bytes(
    world: Path, trained: tuple[Path, Champion, list[str]], state: Path, scores: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    again = train(_shuffled(world, tmp_path / "shuffled"), state)
    assert files_of(again.folder) == files_of(trained[1].folder)
    assert (again.champion_id, again.version) == (trained[1].champion_id, trained[1].version)
    score_month(world, tmp_path / "scores", champion=again, settings=SETTINGS, synthetic=True)
    assert files_of(tmp_path / "scores") == files_of(scores)


def _shuffled(world: Path, folder: Path) -> Path:
    shutil.copytree(world, folder)
    for file in sorted(folder.rglob("*.parquet")):
        pl.read_parquet(file).sample(fraction=1, shuffle=True, seed=3).write_parquet(file)
    return folder


def test_another_seed_grows_other_trees(small: Path, small_trained: Champion, state: Path) -> None:
    other = train_champion(small, state=state, council=COUNCIL, settings=SETTINGS, seed=8, synthetic=True)
    trees = files_of(small_trained.folder / "boosters")
    assert trees
    assert files_of(other.folder / "boosters") != trees


@pytest.mark.parametrize("step", ["log_artifacts", "create_model_version", "set_registered_model_alias"])
def test_a_training_cut_short_leaves_no_champion_and_the_next_one_is_as_if_it_had_not_been(
    step: str, small: Path, small_trained: Champion, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, step, cut)
        with pytest.raises(KeyboardInterrupt):
            train(small, state)
    assert find_champion(state, COUNCIL) is None
    again = train(small, state)
    assert again.as_dict() == small_trained.as_dict()
    assert find_champion(state, COUNCIL) == again


def test_a_store_cut_short_while_it_was_set_up_is_set_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", cut)
        with pytest.raises(KeyboardInterrupt):
            registry._client(tmp_path)
    assert find_champion(tmp_path, COUNCIL) is None
    registry._client(tmp_path)
    assert find_champion(tmp_path, COUNCIL) is None
    assert (tmp_path / "mlflow.db").exists()


def test_files_that_were_changed_after_registering_are_refused(
    trained: tuple[Path, Champion, list[str]], tmp_path: Path
) -> None:
    state = Path(shutil.copytree(trained[0], tmp_path / "state"))
    folder = state / trained[1].folder.relative_to(trained[0])
    (folder / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DeskError, match="are gone, or are not those"):
        find_champion(state, COUNCIL)


def test_a_state_folder_that_was_moved_still_holds_its_champion_and_takes_another(
    trained: tuple[Path, Champion, list[str]], tmp_path: Path
) -> None:
    state = Path(shutil.copytree(trained[0], tmp_path / "moved"))
    found = find_champion(state, COUNCIL)
    assert found is not None
    assert found.folder.is_relative_to(state)
    before = len(list((trained[0] / "mlartifacts").rglob("*")))
    challenger = train(write_world(tmp_path / "world", people=400, seed=2), state)
    assert challenger.folder.is_relative_to(state)
    assert len(list((trained[0] / "mlartifacts").rglob("*"))) == before, (
        "nothing is written where it was before"
    )


def test_the_store_holds_no_person_household_or_area(trained: tuple[Path, Champion, list[str]]) -> None:
    personal = re.compile(rb"\bp0\d{5}\b|\bh0\d{5}\b|E0100\d{4}")
    held = files_of(trained[0])
    assert "mlflow.db" in held
    assert [name for name, content in held.items() if personal.search(content)] == []


def test_nothing_is_pickled_and_every_file_is_text(trained: tuple[Path, Champion, list[str]]) -> None:
    files = files_of(trained[1].folder)
    assert {Path(name).suffix for name in files} == {".json", ".txt"}
    assert all(content.decode("utf-8") for content in files.values())


def test_no_connection_is_opened(small: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def refuse(_: socket.socket, address: Any) -> None:
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    train(small, state)
    assert find_champion(state, COUNCIL) is not None
    assert asked == []


def _tracked(state: Path) -> tuple[Any, list[Any]]:
    client = registry._client(state)
    experiment = client.get_experiment_by_name(f"forebridge-need-{COUNCIL}")
    assert experiment is not None
    return client, client.search_runs([experiment.experiment_id])


def test_runs_are_tracked_parent_and_child_with_the_rivals_in_the_same_table(
    trained: tuple[Path, Champion, list[str]],
) -> None:
    _, runs = _tracked(trained[0])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parents[0].info.run_id]
    assert (len(parents), len(children)) == (1, 2)
    assert {run.info.status for run in runs} == {"FINISHED"}
    for child in children:
        for model in MODELS:
            assert f"65_plus/emergency_admission/365d/{model}/auc" in child.data.metrics
            assert f"households_65_plus/emergency_admission/182d/{model}/auc" in child.data.metrics
    tests = {child.data.params["split"]: child.data.params["test_origins"] for child in children}
    a_year, before = settled_dates(9, 365)[-1].isoformat(), settled_dates(9, 730)[-1].isoformat()
    assert tests == {"0": f"{before}, {a_year}", "1": before}


def test_the_run_keeps_its_data_by_digest_its_software_its_signature_and_its_curves(
    trained: tuple[Path, Champion, list[str]],
) -> None:
    client, runs = _tracked(trained[0])
    parent = next(run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    kept = {item.path for item in client.list_artifacts(parent.info.run_id)}
    assert {"data.json", "environment.json", "signature.json", "plots", "champion"} <= kept
    plots = {item.path for item in client.list_artifacts(parent.info.run_id, "plots")}
    assert "plots/65_plus_emergency_admission_365d.png" in plots
    (told,) = parent.inputs.dataset_inputs
    assert (told.dataset.name, len(told.dataset.digest)) == ("features", 32)


def test_a_leaked_feature_raises_the_alarm_aloud(state: Path, tmp_path: Path) -> None:
    said: list[str] = []
    champion = train(write_world(tmp_path / "w", people=1500, leak=True, seed=4), state, said.append)
    alarms = [row["alarm"] for row in rows_of(champion) if row["outcome"] == "care_home_admission"]
    assert len(alarms) == 2 * 3
    assert all(alarms)
    assert sum("already knows the outcome" in sentence for sentence in said) >= 2


def test_too_few_events_are_said_aloud_and_everybody_still_gets_a_score(state: Path, tmp_path: Path) -> None:
    said: list[str] = []
    world = write_world(tmp_path / "w", people=600, level=-7.5, seed=5)
    champion = train(world, state, said.append)
    assert any(
        re.search(r"too few to train on: \d+ events of 30 needed; the age rate is used", s) for s in said
    )
    score_month(world, tmp_path / "out", champion=champion, settings=SETTINGS, synthetic=True)
    people = pl.read_parquet(tmp_path / "out" / "person.parquet")
    assert people.filter("eligible")["probability"].null_count() == 0
    assert people["person_id"].n_unique() == 600


def test_one_settled_date_gives_an_untested_age_rate_and_says_so(state: Path, tmp_path: Path) -> None:
    champion = train(write_world(tmp_path / "w", people=800, origins=1), state)
    row = rows_of(champion)[0]
    assert row["note"] == f"{UNTESTED}; the age rate is used"
    assert (row["verdict"], row["auc"], row["test_origin"]) == ("not tested", None, None)


def test_no_settled_date_is_a_message_for_the_desk(state: Path, tmp_path: Path) -> None:
    world = write_world(tmp_path / "w", people=20, origins=1)
    said = json.loads((world / "origins.json").read_text(encoding="utf-8"))
    (world / "origins.json").write_text(json.dumps({**said, "training": []}), encoding="utf-8")
    with pytest.raises(TooFewError, match="nothing to learn from"):
        train(world, state)


def test_without_hospital_records_their_outcomes_are_absent(state: Path, tmp_path: Path) -> None:
    world = write_world(tmp_path / "w", people=800, outcomes=("long_term_community_start",))
    champion = train(world, state)
    assert {row["outcome"] for row in champion.evaluation} == {"long_term_community_start", "home_care_hours"}
    score_month(world, tmp_path / "out", champion=champion, settings=SETTINGS, synthetic=True)
    scored = pl.read_parquet(tmp_path / "out" / "person.parquet")
    assert scored["outcome"].unique().to_list() == ["long_term_community_start"]


def test_a_store_that_is_damaged_is_told_in_words_and_left_as_it_is(
    small: Path, small_trained: Champion, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "mlflow.db").write_bytes(b"no database at all, and long enough to be read as one" * 40)
    for ask in (lambda: find_champion(state, COUNCIL), lambda: train(small, state)):
        with pytest.raises(StorageError) as told:
            ask()
        assert told.value.where == str(state / "mlflow.db")
        assert "The last scores and release stand" in told.value.todo
        assert told.value.details == ["DatabaseError"]


def test_a_store_that_another_program_holds_is_told_in_words(small: Path, state: Path) -> None:
    with contextlib.closing(sqlite3.connect(state / "mlflow.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError):
            find_champion(state, COUNCIL)
    assert find_champion(state, COUNCIL) is None


def test_outcomes_that_mean_something_else_are_never_held_against_the_model_in_use(
    small: Path, state: Path, tmp_path: Path
) -> None:
    champion = train(small, state)
    changed = Path(shutil.copytree(small, tmp_path / "changed"))
    said = json.loads((changed / "origins.json").read_text(encoding="utf-8"))
    said["definitions"] = {"care_home_stay_days": 28}
    (changed / "origins.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(DeskError) as told:
        score_month(changed, tmp_path / "scores", champion=champion, settings=SETTINGS, synthetic=True)
    assert told.value.details == ["care_home_stay_days: not said when it was trained, 28 now"]
    assert not (tmp_path / "scores").exists()
    words: list[str] = []
    challenger = train(changed, state, words.append)
    assert any("learnt outcomes that meant something else" in line for line in words)
    assert not [row for row in challenger.evaluation if row["model"] == "in_use"]
