"""Fixtures shared by the slow tests: one county, one finished run, made once for all workers."""

import fcntl
import json
import os
from pathlib import Path

import pytest
from county import Finished, run_county


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A finished run of a small invented county. Read it; never write into it."""
    base = tmp_path_factory.getbasetemp()
    session = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    shared = session / "forebridge-county"
    shared.mkdir(exist_ok=True)
    told = shared / "finished.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            made = run_county(shared)
            told.write_text(json.dumps(made.result), encoding="utf-8")
    return Finished(
        shared / "county" / "landing", shared / "out", shared / "quick.toml", json.loads(told.read_text())
    )


@pytest.fixture(scope="session")
def landing(finished: Finished) -> Path:
    """The landing folder of the small invented county."""
    return finished.landing
