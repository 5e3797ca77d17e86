"""Claims about stages on disk: nothing half-written, nothing made twice, nothing reused that changed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jobs import at_once, small_job

from configs.errors import LandingError, SettingsError
from configs.settings import load_settings
from pipelines.job import Job
from pipelines.stages import Stages, hash_files, hash_landing, read_manifest, swap_folders


def _writer(text: str, calls: list[str] | None = None):
    def make(folder: Path) -> None:
        (calls if calls is not None else []).append(text)
        (folder / "table.txt").write_text(text, encoding="utf-8")

    return make


def _dies_after_writing(folder: Path) -> None:
    (folder / "table.txt").write_text("half", encoding="utf-8")
    raise RuntimeError("died")


def test_a_stage_that_dies_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    stages = Stages(small_job(tmp_path), at_once)
    with pytest.raises(RuntimeError):
        stages.stage("records", {"x": 1}, _dies_after_writing)
    assert not (stages.work / "records").exists()


def test_the_same_inputs_are_not_made_twice_even_by_another_process(tmp_path: Path) -> None:
    calls: list[str] = []
    for _ in range(2):
        Stages(small_job(tmp_path), at_once).stage("records", {"x": 1}, _writer("a", calls))
    assert calls == ["a"]


def test_changed_inputs_are_made_afresh(tmp_path: Path) -> None:
    calls: list[str] = []
    for x in (1, 2):
        folder = Stages(small_job(tmp_path), at_once).stage("records", {"x": x}, _writer(str(x), calls))
    assert calls == ["1", "2"]
    assert (folder / "table.txt").read_text() == "2"


def test_a_finished_run_lends_its_stages_to_the_next(tmp_path: Path) -> None:
    calls: list[str] = []
    for _ in range(2):
        stages = Stages(small_job(tmp_path), at_once)
        stages.stage("records", {"x": 1}, _writer("a", calls))
        finished = stages.finish({"run": 1})
    assert calls == ["a"]
    assert (finished / "records" / "table.txt").read_text() == "a"


def test_the_finished_run_stands_untouched_until_the_next_one_is_complete(tmp_path: Path) -> None:
    first = Stages(small_job(tmp_path), at_once)
    first.stage("records", {"x": 1}, _writer("old"))
    finished = first.finish({"run": 1})
    second = Stages(small_job(tmp_path), at_once)
    second.stage("records", {"x": 2}, _writer("new"))
    assert (finished / "records" / "table.txt").read_text() == "old"
    second.finish({"run": 2})
    assert (finished / "records" / "table.txt").read_text() == "new"
    assert read_manifest(finished)["run"] == 2


def test_latest_points_at_the_finished_run(tmp_path: Path) -> None:
    job = small_job(tmp_path)
    stages = Stages(job, at_once)
    stages.stage("records", {}, _writer("a"))
    finished = stages.finish({})
    assert (job.out / "latest").resolve() == finished.resolve()
    assert not (job.out / ".work" / "2026-10-01").exists()


def test_swapped_folders_change_places(tmp_path: Path) -> None:
    new, place = tmp_path / "new", tmp_path / "place"
    for folder in (new, place):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    swap_folders(new, place)
    assert ((place / "name").read_text(), (new / "name").read_text()) == ("new", "place")


def test_the_manifest_lists_a_hash_for_every_file(tmp_path: Path) -> None:
    stages = Stages(small_job(tmp_path), at_once)
    folder = stages.stage("records", {}, _writer("a"))
    assert read_manifest(folder)["outputs"] == hash_files(folder)
    assert list(hash_files(folder)) == ["table.txt"]


def test_a_landing_that_is_missing_or_empty_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(LandingError) as problem:
            hash_landing(folder)
        assert problem.value.todo


def test_an_unknown_purpose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Unknown purpose"):
        small_job(tmp_path, purpose="curiosity")


def test_another_recipe_joins_and_describes_nothing_anew_but_another_horizon_does(tmp_path: Path) -> None:
    def asked(**need: object) -> dict[str, Any]:
        settings = load_settings(overrides={"need": need, "gates": {"events_min": 7}} if need else None)
        return Job(tmp_path, tmp_path, date(2026, 10, 1), settings).asked_before_models()

    assert asked(recipe="other", leaves_max=15, leave_out=["housing__*"]) == asked()
    assert asked(horizons_days=[365]) != asked()
    assert asked(train_every_days=91) != asked()
