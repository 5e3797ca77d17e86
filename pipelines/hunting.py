"""The leak hunt on a finished run: its landing read again, dates drawn, what differs counted and kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from configs.errors import LandingError, LeakFound, ReleaseError, TooFewError
from configs.settings import Settings
from features.inputs import Records, load_records
from features.leak_hunt import Hunt, Relinked, hunt, hunt_relinked, leaks, pick_dates
from features.records.landing import read_landing
from features.records.pseudonym import load_or_make_key
from features.records.rederive import Whole, name_whole
from features.records.summary import check_as_of
from pipelines.papers import LEAK_HUNT
from pipelines.stages import hash_landing, read_manifest
from pipelines.summary import read_json

CELLS = "leaks.parquet"
WORST_SHOWN = 12
Say = Callable[[str], None]


@dataclass(frozen=True)
class Hunted:
    """Every date's finding, linkage as the run has it and redone; where the differing cells were written."""

    run: date
    invented: bool
    found: list[Hunt]
    relinked: list[Relinked]
    planted: bool
    cells: Path | None

    @property
    def clean(self) -> bool:
        """True when every date's table is equal."""
        return all(one.equal for one in self.found)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`, and kept as state/leak_hunt.json for the model card."""
        return {
            "run": self.run.isoformat(),
            "invented": self.invented,
            "clean": self.clean,
            "planted": self.planted,
            "dates": [one.as_dict() for one in self.found],
            "linkage_redone": [one.as_dict() for one in self.relinked],
            "cells": str(self.cells) if self.cells else None,
        }


def hunt_leaks(
    landing: Path,
    out: Path,
    settings: Settings,
    *,
    dates: list[date],
    how_many: int,
    relink: int,
    seed: int,
    plant: bool,
    say: Say,
) -> Hunted:
    """Hunt at `dates`, or at `how_many` drawn ones; at the newest `relink` of them redo the linkage too.

    `plant`: first make a copy of the run's records, in memory, know of each hospital stay on the day it
    began: a leak that must be found. Raises ReleaseError without a finished run, LandingError when the
    landing is not the one it was made from, AsOfError for a date outside it, TooFewError where no date can be
    drawn.
    """
    run = _newest_run(out)
    _check_same(landing, run)
    summary = read_json(run / "records" / "summary.json")
    records = load_records(run / "records")
    on = _dates(records, run, dates, how_many, seed, settings)
    key = load_or_make_key(out / "state", {}, settings.records.pseudonym_key_file)
    whole = name_whole(read_landing(landing, settings, say), run / "records", settings, key)
    looked_at = _plant(records) if plant else records
    found, cells = _hunt_each(looked_at, whole, summary, on, settings, None if plant else run, say)
    how = {"key": key, "state": out / "state", "purpose": str(summary["purpose"])}
    again = (
        [] if plant else [_relink(records, whole, summary, d, settings, how, say) for d in on[::-1][:relink]]
    )
    hunted = Hunted(
        date.fromisoformat(summary["as_of"]), bool(summary["invented"]), found, again, plant, None
    )
    return hunted if plant else _keep(hunted, cells, out / "state", run)


def refuse_leaks(hunted: Hunted) -> None:
    """Raise LeakFound when something differs (of a planted leak: when nothing does)."""
    if hunted.planted and hunted.clean:
        raise LeakFound("The planted leak was not found", todo="The hunt itself is broken: tell the makers")
    if hunted.planted or hunted.clean:
        return
    worst = [f"{column}: {n:,} people" for column, n in list(leaks(hunted.found).items())[:WORST_SHOWN]]
    people = [
        f"{h.as_of}: {h.only_in_run + h.only_then:,} people in one table only"
        for h in hunted.found
        if h.only_in_run or h.only_then
    ]
    raise LeakFound(
        "A table holds what nobody could have known on its date",
        where=str(hunted.cells),
        todo="Look the cells up there (restricted, like the records), mend what is at fault, run again",
        details=[*people, *worst],
    )


def _newest_run(out: Path) -> Path:
    run = (out / "latest").resolve()
    if not (run / "records" / "summary.json").is_file():
        raise ReleaseError(
            "No run has ended here yet", where=str(out), todo="Give the folder of a run as --out"
        )
    return run


def _check_same(landing: Path, run: Path) -> None:
    made_from = read_manifest(run / "records").get("inputs", {}).get("landing")
    if made_from != hash_landing(landing):
        raise LandingError(
            "These are not the files that the run was made from",
            where=str(landing),
            todo="Give the landing folder of that run as it was, or run the month again first",
        )


def _dates(
    records: Records, run: Path, dates: list[date], how_many: int, seed: int, settings: Settings
) -> list[date]:
    for day in dates:
        check_as_of(day, records.data_from, records.data_to)
    until = date.fromisoformat(run.name)
    found = sorted(dates) or pick_dates(records, until, how_many, seed, settings)
    if not found:
        raise TooFewError(
            "There is no date to look at: the records reach back too short a time",
            where=f"records from {records.data_from}, run of {until}",
            todo="Land more history, or name a date: --as-of",
        )
    return found


def _hunt_each(
    records: Records,
    whole: Whole,
    summary: dict[str, Any],
    dates: list[date],
    settings: Settings,
    run: Path | None,
    say: Say,
) -> tuple[list[Hunt], pl.DataFrame]:
    found, cells = [], []
    for day in dates:
        say(f"Making the table of {day.isoformat()} again from what was known then")
        written = run / "features" / "table" / f"{day.isoformat()}.parquet" if run else None
        one, differing = hunt(records, whole, summary, day, settings, written)
        found.append(one)
        cells.append(differing.with_columns(as_of=pl.lit(day)))
    return found, pl.concat(cells)


def _relink(
    records: Records,
    whole: Whole,
    summary: dict[str, Any],
    day: date,
    settings: Settings,
    how: dict[str, Any],
    say: Say,
) -> Relinked:
    say(f"Linking everybody again from what was known on {day.isoformat()}")
    return hunt_relinked(records, whole, summary, day, settings, **how)


def _plant(records: Records) -> Records:
    told_at_once = records.admissions.with_columns(known_on="happened_on")
    return replace(records, admissions=told_at_once.collect().lazy())


def _keep(hunted: Hunted, cells: pl.DataFrame, state: Path, run: Path) -> Hunted:
    file = run / CELLS
    if hunted.clean:
        file.unlink(missing_ok=True)
    else:
        cells.write_parquet(file)
        hunted = replace(hunted, cells=file)
    (state / LEAK_HUNT).write_text(json.dumps(hunted.as_dict(), indent=1), encoding="utf-8")
    return hunted
