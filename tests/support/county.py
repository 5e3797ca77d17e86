"""One small invented county and one finished run of it, shared by the slow tests (made once a session)."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

HOUSEHOLDS = 500
AS_OF = "2026-10-01"
COMMAND = [sys.executable, "-m", "pipelines.cli"]
QUICK = """
[need]
bootstrap_samples = 40
train_origins_max = 5
trees_max = 60
[zones]
count = 4
restarts = 6
steps = 60000
[places]
draws = 60
permutations = 199
"""


@dataclass(frozen=True)
class Finished:
    """A finished run: where it stands, and the JSON object it printed."""

    landing: Path
    out: Path
    settings: Path
    result: dict[str, Any]

    @property
    def month(self) -> Path:
        """The folder of the as-of date."""
        return self.out / AS_OF


def forebridge(*arguments: str | Path, timeout: int = 600) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would, in a process of its own."""
    environment = {**os.environ, "COLUMNS": "110"}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=environment
    )


def simulate_small(out: Path, households: int = HOUSEHOLDS, seed: int = 11) -> Path:
    """Invent a small county; returns its landing folder."""
    from simulator.simulate import simulate

    simulate(households=households, seed=seed, years=5, out=out, end=date(2026, 9, 30))
    return out / "landing"


def run_arguments(landing: Path, out: Path, settings: Path, as_of: str = AS_OF) -> list[str]:
    """The arguments of one `forebridge run` with quick settings."""
    return [
        "run", "--landing", str(landing), "--as-of", as_of, "--out", str(out), "--settings", str(settings), "--json",
    ]  # fmt: skip


def run_county(folder: Path) -> Finished:
    """Simulate, then run; asserts that both end well."""
    landing = simulate_small(folder / "county")
    settings = folder / "quick.toml"
    settings.write_text(QUICK, encoding="utf-8")
    done = forebridge(*run_arguments(landing, folder / "out", settings))
    assert done.returncode == 0, done.stdout + done.stderr
    return Finished(landing, folder / "out", settings, json.loads(done.stdout))
