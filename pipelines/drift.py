"""Drift in the monthly run: which months went before, and what stands against publishing this one."""

import json
from datetime import date
from pathlib import Path

from configs.errors import DriftStop
from models.need.registry import Champion
from models.need.watch import watch_month
from pipelines.job import Job, Progress
from pipelines.stages import MANIFEST, Stages, read_manifest
from pipelines.summary import read_json

SHOWN = 12


def look_after(
    job: Job,
    stages: Stages,
    records: Path,
    features: Path,
    scores: Path,
    champion: Champion,
    progress: Progress,
) -> Path:
    """The stage `drift`: does the model still fit? Spreads and scores as at training, past forecasts as they
    came true, files fresh."""
    past = {day: month / "scores" for day, month in finished_months(job).items()}
    inputs = {
        "upstream": {name: stages.outputs_hash(name) for name in ("records", "features", "scores")},
        "champion": champion.champion_id,
        "past": {day.isoformat(): read_manifest(folder).get("key") for day, folder in past.items()},
        **job.asked(),
    }
    return stages.stage(
        "drift",
        inputs,
        lambda folder: watch_month(
            records, features, folder, past=past, champion=champion, settings=job.settings, progress=progress
        ),
    )


def finished_months(job: Job) -> dict[date, Path]:
    """As-of date -> folder of every month that ended here before the job's own; perhaps none."""
    months = {}
    for manifest in sorted(job.out.glob(f"*/{MANIFEST}")):
        folder = manifest.parent
        day = _as_date(folder.name)
        if day is not None and day < job.as_of and not folder.is_symlink():
            months[day] = folder
    return months


def stop_on_red(job: Job, drift: Path) -> None:
    """Keep the month's report (`state/drift/<as-of>.json`); raise DriftStop when it is red and nobody said
    go."""
    said = read_json(drift / "drift.json")
    kept = job.state / "drift" / f"{job.as_of.isoformat()}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({**said, "go": job.go}, indent=1), encoding="utf-8")
    if said["state"] != "red" or job.go:
        return
    red = [row for row in said["rows"] if row["state"] == "red"]
    more = [f"and {len(red) - SHOWN} more"] if len(red) > SHOWN else []
    raise DriftStop(
        "The month is made but not published: the model in use no longer fits",
        where=str(kept),
        todo="Train again and promote; or, when that is known and right, publish with the same command and "
        "--go-by NAME --go-reason WHY",
        details=[*(_line(row) for row in red[:SHOWN]), *more],
    )


def _line(row: dict[str, str]) -> str:
    whom = f" of {row['name']}" if row["kind"] in ("freshness", "source") else ""
    whom += "" if row["age_group"] == "all" else f", aged {row['age_group']}"
    return f"{row['kind']}{whom}: {row['said']}"


def _as_date(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
