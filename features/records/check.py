"""`forebridge check`: the whole report on a landing folder at once, not only its first defect."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from configs.errors import LandingError, SettingsError
from configs.extract_specs import load_specs
from configs.settings import Settings
from features.records.landing import Landing, survey_landing
from features.records.landing_file import UNREAD
from features.records.oddities import find_oddities
from features.records.one_per_area import described_twice
from features.records.profile import compare_profiles, profile_tables, thin_months
from features.records.report import Table, file_table, kind_table, row_table, rule_table, words
from features.records.typing_rules import RULE_PHRASES

__all__ = ["CheckReport", "check_landing"]


@dataclass(frozen=True)
class CheckReport:
    """What was found. It holds counts, file names, column names and rules, and never a value from a record.

    `problems` are the defects that would stop a run; `ok` says that there are none. `files` is one
    dictionary a file; `kinds`, `quarantined` and `blanked` are counts; `set_aside` names the rows that
    could not be used (kind, file, row as a spreadsheet numbers it, column, rule), of one fault in one file
    the first ROWS_NAMED; `missing` are optional kinds not landed; `profile` is profile.profile_tables';
    `changes` says how this landing differs from another one.
    """

    landing: str
    problems: list[str]
    files: list[dict[str, Any]] = field(default_factory=list)
    kinds: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    blanked: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    invented: bool = False
    profile: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether a run could start."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, for `--json`."""
        return {"ok": self.ok, **asdict(self)}

    def lines(self) -> list[str]:
        """The report as plain text, a line each."""
        return words(self)

    def tables(self) -> list[Table]:
        """The same as tables (title, header, rows), for a terminal or a page to draw."""
        return [kind_table(self), file_table(self), rule_table(self), row_table(self)]


def check_landing(
    landing: Path,
    settings: Settings,
    progress: Callable[[str], None] | None = None,
    against: Path | None = None,
) -> CheckReport:
    """Read the whole folder and report; nothing is written. Never raises for what is in the folder.

    `against`: the report of another landing (`--json`), to say what changed. Raises SettingsError where that
    file is none.
    """
    before = _profile_of(against) if against is not None else None
    try:
        read = survey_landing(landing, settings, progress)
    except LandingError as problem:
        return CheckReport(landing.name, [f"{problem.what}. {problem.todo}".strip(), *problem.details])
    profile = profile_tables(read.tables)
    return CheckReport(
        landing=landing.name,
        problems=read.problems,
        files=[_plain(asdict(report)) for report in read.files],
        kinds=_by_kind(read),
        quarantined=_counted(read.quarantine.group_by("kind", "column", "rule").agg(pl.len().alias("rows"))),
        blanked=_counted(read.blanked.group_by("kind", "column", "rule").agg(pl.col("rows").sum())),
        missing=read.missing,
        warnings=[*_warnings(read), *find_oddities(read.tables), *thin_months(profile)],
        set_aside=_named(read.quarantine),
        invented=read.invented,
        profile=profile,
        changes=compare_profiles(before, profile) if before is not None else [],
    )


def _profile_of(report: Path) -> dict[str, Any]:
    try:
        told = json.loads(report.read_text(encoding="utf-8"))
        profile: dict[str, Any] = told["profile"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(
            "The earlier report cannot be read",
            where=str(report),
            todo="Give the file that `forebridge check LANDING --json` wrote last time",
        ) from None
    return profile


ROWS_NAMED = 100_000
"""Rows set aside that a report names of one fault in one file; all are counted, and all stand in a run's
records/quarantine.parquet."""


def _named(quarantine: pl.DataFrame) -> list[dict[str, Any]]:
    first = quarantine.filter(pl.int_range(pl.len()).over("file", "column", "rule") < ROWS_NAMED)
    return first.sort("kind", "column", "rule", "file", "row").to_dicts()


def _plain(report: dict[str, Any]) -> dict[str, Any]:
    cut = report["extract_date"]
    return {**report, "extract_date": None if cut is None else cut.isoformat()}


def _by_kind(read: Landing) -> list[dict[str, Any]]:
    specs, counted = load_specs(), []
    for kind in sorted({f.kind for f in read.files if f.kind}):
        files = [f for f in read.files if f.kind == kind]
        cuts = sorted(f.extract_date.isoformat() for f in files if f.extract_date)
        totals = {
            name: sum(getattr(f, name) for f in files)
            for name in ("rows_read", "rows_kept", "rows_quarantined", "rows_blank", "rows_duplicate")
        }
        span = {"first_extract": cuts[0] if cuts else None, "last_extract": cuts[-1] if cuts else None}
        counted.append(
            {"kind": kind, "title": specs[kind].latest.title, "files": len(files), **totals, **span}
        )
    return counted


def _counted(table: pl.DataFrame) -> list[dict[str, Any]]:
    ordered = table.sort("kind", "column", "rule")
    return [{**line, "meaning": RULE_PHRASES[line["rule"]]} for line in ordered.iter_rows(named=True)]


def _warnings(read: Landing) -> list[str]:
    """What does not stop a run and should still be known."""
    lost = read.quarantine.filter(pl.col("kind").is_in(["opt_outs", "objections"]))
    warnings = []
    if lost.height:
        warnings.append(
            f"{lost.height} opt-outs or objections name nobody (no usable number), so they cannot be "
            "applied: have them corrected before a run"
        )
    assumed = _rows(read.blanked, "demographics", "restricted")
    if assumed:
        warnings.append(
            f"{assumed} people are neither clearly restricted nor clearly not, and are taken as restricted; "
            'if a blank means no, say so in landing.toml: [codes.demographics."restricted"] "" = "N"'
        )
    loud = [f for f in read.files if f.kind and (not f.rows_read or f.repeats or f.cut_off_row)]
    warnings += [f"{f.file}: {note}" for f in loud for note in f.notes]
    warnings += described_twice(read.tables, _boundaries_repeated(read))
    return warnings + _left_alone(read)


def _boundaries_repeated(read: Landing) -> int:
    drawn = sum(f.rows_kept for f in read.files if f.kind == "lsoa_boundaries")
    return drawn - len(read.lsoa_boundaries)


def _left_alone(read: Landing) -> list[str]:
    """Files that may hold data and were not read, by reason."""
    reasons: dict[str, list[str]] = {}
    for report in read.files:
        for note in report.notes:
            if note.startswith(UNREAD):
                reasons.setdefault(note.removeprefix(f"{UNREAD}: "), []).append(report.file)
    return [f"{len(names)} files were not read ({why}): {', '.join(names)}" for why, names in reasons.items()]


def _rows(blanked: pl.DataFrame, kind: str, column: str) -> int:
    return int(blanked.filter((pl.col("kind") == kind) & (pl.col("column") == column))["rows"].sum())
