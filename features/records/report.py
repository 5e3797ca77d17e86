"""The check report in words and tables: counts by kind, file and rule, never a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Checked(Protocol):
    """What this module needs of a check report."""

    @property
    def landing(self) -> str: ...
    @property
    def problems(self) -> list[str]: ...
    @property
    def files(self) -> list[dict[str, Any]]: ...
    @property
    def kinds(self) -> list[dict[str, Any]]: ...
    @property
    def quarantined(self) -> list[dict[str, Any]]: ...
    @property
    def blanked(self) -> list[dict[str, Any]]: ...
    @property
    def set_aside(self) -> list[dict[str, Any]]: ...
    @property
    def missing(self) -> list[str]: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def changes(self) -> list[str]: ...
    @property
    def profile(self) -> dict[str, dict[str, Any]]: ...
    @property
    def invented(self) -> bool: ...

    @property
    def ok(self) -> bool: ...


@dataclass(frozen=True)
class Table:
    """A table of the report, every cell text."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


def kind_table(report: Checked) -> Table:
    """One line a kind: files, rows, what was set aside, extract dates."""
    header = ("kind", "files", "rows", "kept", "set aside", "blank lines", "repeats", "extracts")
    rows = [
        (k["kind"], *(f"{k[name]:,}" for name in _COUNTS), _span(k["first_extract"], k["last_extract"]))
        for k in report.kinds
    ]
    return Table("What was landed", header, rows)


_COUNTS = ("files", "rows_read", "rows_kept", "rows_quarantined", "rows_blank", "rows_duplicate")


def file_table(report: Checked) -> Table:
    """One line a file: how it was read and what became of its rows."""
    header = (
        "file",
        "kind",
        "cut on",
        "encoding",
        "delimiter",
        "dates",
        "rows",
        "kept",
        "set aside",
        "notes",
    )
    return Table("File by file", header, [_file_line(f) for f in report.files])


def _file_line(f: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (f"{f[name]:,}" for name in ("rows_read", "rows_kept", "rows_quarantined"))
    how = (f["kind"] or "-", f["extract_date"] or "-", f["encoding"], f["delimiter"], f["date_order"])
    return (f["file"], *how, *counts, "; ".join(f["notes"]))


def rule_table(report: Checked) -> Table:
    """One line a kind, column and rule: rows set aside, values blanked."""
    header = ("kind", "column", "what was wrong", "rows set aside", "values blanked")
    aside = [(*_place(q), f"{q['rows']:,}", "") for q in report.quarantined]
    blanked = [(*_place(b), "", f"{b['rows']:,}") for b in report.blanked]
    return Table("What could not be used", header, sorted(aside + blanked))


def row_table(report: Checked) -> Table:
    """Where rows were set aside: of each fault the first files, and in each file the first rows."""
    header = ("file", "rows", "column", "what was wrong")
    by_file: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for line in report.set_aside:
        fault = (line["kind"], line["column"], line["rule"])
        by_file.setdefault(fault, {}).setdefault(line["file"], []).append(line["row"])
    meanings = {(q["kind"], q["column"], q["rule"]): q["meaning"] for q in report.quarantined}
    rows: list[tuple[str, ...]] = [
        (file, _first(numbers), fault[1] or "(whole row)", meanings[fault])
        for fault, files in by_file.items()
        for file, numbers in list(files.items())[:FILES_SHOWN]
    ]
    return Table("Rows set aside, the first of each fault (--json names every one)", header, rows)


FILES_SHOWN, ROWS_SHOWN = 2, 5


def _first(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - ROWS_SHOWN} more" if len(numbers) > ROWS_SHOWN else ""
    return ", ".join(map(str, numbers[:ROWS_SHOWN])) + more


def _place(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["kind"], line["column"] or "(whole row)", line["meaning"]


def words(report: Checked) -> list[str]:
    """The whole report as lines of text."""
    lines = [verdict(report), ""]
    if report.problems:
        lines += ["Defects that stop a run:", *(f"  - {p}" for p in report.problems), ""]
    if report.warnings:
        lines += ["To be known:", *(f"  - {w}" for w in report.warnings), ""]
    if report.changes:
        lines += ["Changed since the last check:", *(f"  - {c}" for c in report.changes), ""]
    for table in (kind_table(report), rule_table(report), row_table(report), file_table(report)):
        if table.rows:
            lines += [table.title, *_drawn(table), ""]
    if report.missing:
        lines.append("Not landed, and not needed for a run: " + ", ".join(report.missing))
    return lines


def verdict(report: Checked) -> str:
    """How much was read, and whether a run can start."""
    rows = sum(k["rows_read"] for k in report.kinds)
    read = f"{len(report.files)} files, {rows:,} rows"
    return f"{report.landing}: {read}. " + ("A run can start." if report.ok else "A run cannot start yet.")


def _drawn(table: Table) -> list[str]:
    """Columns padded to one width; the last is left ragged."""
    every = [table.header, *table.rows]
    widths = [max(len(row[at]) for row in every) for at in range(len(table.header))]
    return ["  " + _padded(row, widths) for row in every]


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _span(first: str | None, last: str | None) -> str:
    if first is None:
        return "-"
    return first if first == last else f"{first} to {last}"
