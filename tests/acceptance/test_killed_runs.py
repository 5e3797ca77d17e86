"""A run killed at any point leaves the last good output; the same command again finishes, to the same bytes."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from county import AS_OF, COMMAND, Finished, forebridge, run_arguments

from serving.store import Release

KILLS = 10
pytestmark = [pytest.mark.xdist_group("whole_run"), pytest.mark.timeout(1500)]


def _bytes_of(folder: Path) -> dict[str, bytes]:
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != "manifest.json")
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}


def _results(out: Path) -> dict[str, bytes]:
    stages = ("scores", "places", "plans")
    return {f"{s}/{k}": v for s in stages for k, v in _bytes_of(out / AS_OF / s).items()}


def _kill_after(seconds: float, arguments: list[str]) -> bool:
    """Start a run and kill it after so long; false when it had ended by itself."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def test_ten_kills_leave_the_last_good_output_and_the_rerun_is_identical(
    finished: Finished, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    earlier = "2026-08-01"
    assert forebridge(*run_arguments(finished.landing, out, finished.settings, earlier)).returncode == 0
    reference = tmp_path / "reference"
    shutil.copytree(out, reference, symlinks=True)
    began = time.monotonic()
    assert forebridge(*run_arguments(finished.landing, reference, finished.settings)).returncode == 0
    seconds = time.monotonic() - began
    good = _bytes_of(out / earlier)
    dice = random.Random(20261125)
    killed = 0
    for _ in range(KILLS * 3):
        if killed == KILLS:
            break
        shutil.rmtree(out / ".work", ignore_errors=True) if dice.random() < 0.3 else None
        killed += _kill_after(
            dice.uniform(0.05, 1.0) * seconds, run_arguments(finished.landing, out, finished.settings)
        )
        assert _bytes_of(out / earlier) == good
        assert Release.open(out / "release").as_of.isoformat() in (earlier, AS_OF)
        if (out / AS_OF).exists():
            assert _results(out) == _results(reference)
            shutil.rmtree(out / AS_OF)
    assert killed == KILLS
    done = forebridge(*run_arguments(finished.landing, out, finished.settings))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["as_of"] == AS_OF
    assert _results(out) == _results(reference)
    assert not list(out.glob(".work/*"))
