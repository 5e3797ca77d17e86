"""Small jobs for tests of the pipeline's own machinery: a landing of one file, results in a temporary folder."""

from datetime import date
from pathlib import Path
from typing import Any

from configs.settings import load_settings
from pipelines.job import Job


def small_job(folder: Path, text: str = "a,b\n1,2\n", **changes: Any) -> Job:
    """A job whose landing holds one file with `text`."""
    landing = folder / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    (landing / "file.csv").write_text(text, encoding="utf-8")
    return Job(landing, folder / "out", date(2026, 10, 1), load_settings(), **changes)


def at_once(_name: str, work: Any) -> Any:
    """A watcher that just does the work."""
    return work()
