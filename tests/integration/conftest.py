"""A published county and the web app over it, for the tests of the pages without a browser."""

import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from release_worlds import publish_world, write_world
from visiting import make_app, need_assets


@pytest.fixture(scope="module")
def web_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published county; read only."""
    need_assets()
    folder = tmp_path_factory.mktemp("web")
    publish_world(write_world(folder / "in"), folder / "release")
    return folder / "release"


@pytest.fixture(scope="module")
def seeded(web_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo accounts in it: hashing them takes a while."""
    state = tmp_path_factory.mktemp("seeded")
    make_app(web_release, state).state.accounts.engine.dispose()
    return state / "web.db"


@pytest.fixture
def app(web_release: Path, seeded: Path, tmp_path: Path) -> FastAPI:
    """The app over that release, with a state folder of its own."""
    shutil.copy(seeded, tmp_path / "web.db")
    return make_app(web_release, tmp_path)
