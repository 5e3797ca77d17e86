"""The whole story on an invented county: what `make demo` runs."""

from datetime import date
from pathlib import Path

from pipelines.job import Progress
from simulator.simulate import simulate

HOUSEHOLDS = 10_000
YEARS = 6
SEED = 2026
END = date(2026, 9, 30)
AS_OF = date(2026, 10, 1)


def invent_county(
    out: Path,
    *,
    households: int,
    seed: int,
    years: int,
    end: date,
    progress: Progress,
    place: Path | None = None,
    world: str = "default",
    mess: int = 1,
) -> Path:
    """Simulate a county into `out` (written aside, renamed whole); returns its landing folder."""
    simulate(households, seed, years, out, place=place, end=end, progress=progress, world=world, mess=mess)
    return out / "landing"
