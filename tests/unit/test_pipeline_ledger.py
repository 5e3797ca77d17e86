"""Claims about the ledger and the lock."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from configs.errors import BusyError, LandingError
from pipelines.ledger import Ledger, entered, list_runs, one_run_at_a_time

HOLDER = """
import sys, time
from pathlib import Path
from pipelines.ledger import Ledger, one_run_at_a_time
out = Path(sys.argv[1])
with one_run_at_a_time(out):
    Ledger(out / "state", "monthly", {"as_of": "2026-10-01"})
    (out / "held").touch()
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)])
    while not (tmp_path / "held").exists():
        time.sleep(0.05)
    yield process
    process.kill()
    process.wait()


def test_a_second_run_of_the_same_county_is_refused(tmp_path: Path, holder: subprocess.Popen) -> None:
    with pytest.raises(BusyError, match="under way"), one_run_at_a_time(tmp_path):
        pass


def test_a_killed_run_cannot_hold_the_lock_and_is_shown_as_died(
    tmp_path: Path, holder: subprocess.Popen
) -> None:
    assert list_runs(tmp_path / "state")[0]["status"] == "running"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with one_run_at_a_time(tmp_path):
        assert list_runs(tmp_path / "state")[0]["status"] == "died"


def test_a_failed_run_is_kept_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(LandingError), entered(tmp_path, "monthly", {"as_of": "2026-10-01"}):
        raise LandingError("A kind is missing")
    (run,) = list_runs(tmp_path)
    assert (run["status"], run["error"]["what"]) == ("failed", "A kind is missing")


def test_the_message_of_an_unforeseen_fault_is_not_kept_for_it_may_quote_a_record(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="Fotheringay"),
        entered(tmp_path, "monthly", {"as_of": "2026-10-01"}),
    ):
        raise ValueError("could not parse 'Fotheringay'")
    assert "Fotheringay" not in next((tmp_path / "runs").glob("*.json")).read_text()


def test_each_stage_is_timed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "monthly", {"as_of": "2026-10-01"})
    assert ledger.watch("records", lambda: 7) == 7
    (stage,) = list_runs(tmp_path)[0]["stages"]
    assert stage["stage"] == "records"
    assert stage["peak_mib"] > 0


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="ONLY LINUX COUNTS PEAK MEMORY BY STAGE"
)
def test_a_stage_is_charged_with_its_own_peak_memory_only(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "monthly", {})
    ledger.watch("large", lambda: bytearray(400 * 2**20).count(1))
    ledger.watch("small", lambda: None)
    large, small = (stage["peak_mib"] for stage in ledger.entry["stages"])
    assert large - small > 300
