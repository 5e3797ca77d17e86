"""A small invented county with its model trained and its month scored: fixtures, made once a module."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from need_worlds import write_world

import models.need.registry as registry
from configs.settings import Settings, load_settings
from models.need.registry import Champion
from models.need.score import score_month
from models.need.train import train_champion

COUNCIL = "503-invented"
SETTINGS = load_settings(overrides={"need": {"bootstrap_samples": 50}})


@pytest.fixture(scope="module")
def empty_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose store is set up and empty: setting it up takes seconds."""
    state = tmp_path_factory.mktemp("empty") / "state"
    registry._client(state)
    return state


@pytest.fixture
def state(empty_state: Path, tmp_path: Path) -> Path:
    """A state folder of the test's own, empty."""
    return Path(shutil.copytree(empty_state, tmp_path / "state"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The features stage of a county of 3,000."""
    return write_world(tmp_path_factory.mktemp("world"), people=3000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of 600."""
    return write_world(tmp_path_factory.mktemp("small"), people=600, level=-1.5)


@pytest.fixture(scope="module")
def trained(
    empty_state: Path, world: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Champion, list[str]]:
    state = Path(shutil.copytree(empty_state, tmp_path_factory.mktemp("trained") / "state"))
    said: list[str] = []
    return state, train(world, state, said.append), said


@pytest.fixture(scope="module")
def small_trained(empty_state: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Champion:
    return train(
        small, Path(shutil.copytree(empty_state, tmp_path_factory.mktemp("small_trained") / "state"))
    )


@pytest.fixture(scope="module")
def scores(
    world: Path, trained: tuple[Path, Champion, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("scores")
    score_month(world, out, champion=trained[1], settings=SETTINGS, synthetic=True)
    return out


def train(
    world: Path, state: Path, progress: Callable[[str], None] | None = None, settings: Settings = SETTINGS
) -> Champion:
    return train_champion(
        world, state=state, council=COUNCIL, settings=settings, seed=7, synthetic=True, progress=progress
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()
    }


def rows_of(champion: Champion, model: str = "champion", kind: str = "outcome") -> list[dict[str, Any]]:
    return [r for r in champion.evaluation if r["model"] == model and r["kind"] == kind]
