"""Claims about `forebridge schedule`: a server and a worker of its own, from any folder, on the loopback only."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from county import AS_OF, COMMAND, Finished, forebridge

WAIT_SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def wait_for(what: str, look: Any) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.5)
    raise AssertionError(f"waited {WAIT_SECONDS} s for {what}")


@pytest.fixture
def scheduled(finished: Finished, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The command, started from a folder that is not the checkout, on a copy of the finished run."""
    out, port = tmp_path / "out", free_port()
    shutil.copytree(finished.out, out, symlinks=True)
    process = subprocess.Popen(
        [*COMMAND, "schedule", "--landing", finished.landing, "--out", out, "--port", str(port),
         "--settings", finished.settings],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield port, out
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=40)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def test_the_schedule_brings_a_server_and_a_worker_that_run_the_month(scheduled: tuple[int, Path]) -> None:
    port, out = scheduled
    planned = wait_for("the deployments", lambda: _deployments(port))
    assert sorted(planned) == ["monthly", "retrain"]
    cron = planned["monthly"]["schedules"][0]["schedule"]
    assert (cron["cron"], cron["timezone"]) == ("0 6 2 * *", "Europe/London")
    # A busy server answers 503, and has then made nothing: ask again, as Prefect's own client does.
    asked = f"/deployments/{planned['monthly']['id']}/create_flow_run"
    started = wait_for("the run", lambda: ask(port, asked, {"parameters": {"as_of": AS_OF}}))
    ended = wait_for("the run to end", lambda: _ended(port, started["id"]))
    assert ended["state_type"] == "COMPLETED", ended["state"]
    listed = json.loads(forebridge("runs", "--out", out, "--json").stdout)["runs"]
    assert (listed[0]["by"], listed[0]["status"], listed[0]["as_of"]) == ("prefect", "finished", AS_OF)


def _deployments(port: int) -> dict[str, Any] | None:
    found = {d["name"]: d for d in ask(port, "/deployments/filter", {})}
    return found if len(found) == 2 else None


def _ended(port: int, run: str) -> dict[str, Any] | None:
    state = ask(port, f"/flow_runs/{run}")
    return state if state["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None


def test_a_cron_line_that_cannot_be_read_is_told_before_anything_starts(
    finished: Finished, tmp_path: Path
) -> None:
    done = forebridge(
        "schedule", "--landing", finished.landing, "--out", tmp_path / "o", "--cron", "every month"
    )
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told(finished: Finished, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = forebridge(
            "schedule", "--landing", finished.landing, "--out", tmp_path / "o", "--port", str(port)
        )
    assert done.returncode == 2, done.stderr
    assert "--port" in done.stderr
