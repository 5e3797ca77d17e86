"""The run ledger: one small JSON file a run in `state/runs/`; and the lock that a dead run cannot hold."""

import fcntl
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from configs.errors import BusyError, DeskError


class Ledger:
    """One run's entry: when, what, how long each stage took, how it ended. Never a value from a record."""

    def __init__(self, state: Path, kind: str, facts: dict[str, Any]) -> None:
        started = datetime.now(UTC)
        self.run_id = f"{started:%Y%m%dT%H%M%S}-{os.getpid()}"
        self.file = state / "runs" / f"{self.run_id}.json"
        self.entry: dict[str, Any] = {
            "run_id": self.run_id,
            "kind": kind,
            "status": "running",
            "pid": os.getpid(),
            "started_at": started.isoformat(timespec="seconds"),
            "stages": [],
            **facts,
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._write()

    def watch(self, name: str, work: Callable[[], Any]) -> Any:
        """Do the stage's work; note its seconds and its peak memory in MiB (not on Linux: so far)."""
        began = time.monotonic()
        _forget_peak()
        result = work()
        peak_mib = _peak_mib()
        self.entry["stages"].append(
            {"stage": name, "seconds": round(time.monotonic() - began, 1), "peak_mib": peak_mib}
        )
        self._write()
        return result

    def close(self, status: str, **facts: Any) -> None:
        """Write how the run ended."""
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        self.entry |= {"status": status, "ended_at": ended, **facts}
        self._write()

    def _write(self) -> None:
        aside = self.file.with_suffix(".aside")
        aside.write_text(json.dumps(self.entry, indent=1), encoding="utf-8")
        os.replace(aside, self.file)


@contextmanager
def entered(state: Path, kind: str, facts: dict[str, Any]) -> Iterator[Ledger]:
    """A ledger entry that ends as finished, or failed with the kind of error (its words only if ours)."""
    ledger = Ledger(state, kind, facts)
    try:
        yield ledger
    except DeskError as problem:
        ledger.close("failed", error=problem.as_dict())
        raise
    except BaseException as problem:
        ledger.close("failed", error={"error": type(problem).__name__})
        raise
    ledger.close("finished")


@contextmanager
def one_run_at_a_time(out: Path) -> Iterator[None]:
    """Hold the county's lock; the system frees it when the process ends, however it ends.

    Raises BusyError when another process holds it.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as stream:
        _take(stream, out)
        yield


def _forget_peak() -> None:
    """Linux counts a process's peak memory afresh when told so (proc(5), clear_refs 5)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mib() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _take(stream: TextIO, out: Path) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BusyError(
            "Another run of this county is under way",
            where=str(out),
            todo="Wait for it to end (`forebridge runs` shows it), or give another --out",
        ) from None


def list_runs(state: Path) -> list[dict[str, Any]]:
    """All entries, newest first; one that says it is running while its process is gone is shown as died."""
    entries = [json.loads(f.read_text(encoding="utf-8")) for f in (state / "runs").glob("*.json")]
    for entry in entries:
        if entry["status"] == "running" and not _alive(int(entry["pid"])):
            entry["status"] = "died"
    return sorted(entries, key=lambda e: e["run_id"], reverse=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
