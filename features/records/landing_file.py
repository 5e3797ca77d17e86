"""One landed file: dated, opened, recognised, typed; a defect in place of each step that fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import polars as pl

from configs.extract_specs import ExtractSpec
from configs.landing_toml import FilePin, LandingToml
from features.records import reading_places as places
from features.records.codes_local import local_codes
from features.records.reading_files import (
    PARQUET_ENDINGS,
    SHEET_ENDINGS,
    TEXT_ENDINGS,
    Opened,
    Sheet,
    open_bytes,
    open_file,
)
from features.records.reading_rows import BLANKED_SCHEMA, QUARANTINE_SCHEMA, Read, read_rows
from features.records.recognise import Fit, Unrecognised, recognise
from features.records.typing_dates import date_in_name
from features.records.unpacking import Unreadable

UNREAD = "not read"
"""How the note begins of a file that may hold data and was left alone."""


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `rows_read` = `rows_kept` + `rows_quarantined`; blank lines are counted apart.

    `columns` gives for each of our columns the landed header it came from; `unused` are the landed columns
    that nothing reads; `repeats` is the file that holds the same rows, `cut_off_row` the row in whose middle
    the file ends (0: it ends whole).
    """

    file: str
    kind: str
    extract_date: date | None
    encoding: str
    delimiter: str
    date_order: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    rows_blank: int
    notes: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    rows_duplicate: int = 0
    repeats: str = ""
    cut_off_row: int = 0


@dataclass(frozen=True)
class FileRead:
    """A file's report, its rows (None where nothing was read) and the defects that would stop a run."""

    report: FileReport
    kept: pl.DataFrame | None = None
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUARANTINE_SCHEMA))
    blanked: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BLANKED_SCHEMA))
    defects: list[str] = field(default_factory=list)
    boundaries: gpd.GeoDataFrame | None = None
    fingerprint: int = 0


def set_aside_whole(read: FileRead, of: str) -> FileRead:
    """The same file with every kept row in the quarantine: its rows are those of the file `of`."""
    assert read.kept is not None
    rows = read.kept.select(
        pl.lit(read.report.kind).alias("kind"),
        "file",
        "row",
        pl.lit("").alias("column"),
        pl.lit("repeats_file").alias("rule"),
    ).cast(QUARANTINE_SCHEMA)  # type: ignore[arg-type]
    note = f"it holds what stands in {of}, row for row: counted once; was last month's file sent again?"
    report = replace(
        read.report,
        rows_kept=0,
        rows_quarantined=read.report.rows_read,
        notes=[*read.report.notes, note],
        repeats=of,
    )
    return replace(
        read,
        report=report,
        kept=read.kept.clear(),
        quarantine=pl.concat([read.quarantine, rows]),
        blanked=read.blanked.clear(),
    )


def skipped_file(file: str, note: str, kind: str = "", extract_date: date | None = None) -> FileRead:
    """A file that is reported and not read."""
    return FileRead(FileReport(file, kind, extract_date, "-", "-", "-", 0, 0, 0, 0, [note]))


def read_file(
    path: Path, file: str, folder: str, specs: Mapping[str, ExtractSpec], toml: LandingToml, unread: set[str]
) -> FileRead:
    """Read one file of a landing folder. `unread` are the kinds of which only the header may be read."""
    pin = toml.files.get(file, FilePin())
    if path.suffix.lower() in places.SIDECAR_ENDINGS:
        return skipped_file(file, "part of a shapefile")
    if not _readable(path):
        return skipped_file(file, f"{UNREAD}: not a kind of file that data comes in")
    cut = pin.extract_date or date_in_name(path.name)
    try:
        opened = _opened(path, pin)
        fit, sheet = _recognised(opened, folder, specs, pin, cut)
        if fit.kind.kind in unread:
            return skipped_file(file, _no_basis(fit.kind.kind), fit.kind.kind, cut)
        if fit.kind.dated and cut is None:
            raise Unrecognised(_undated(fit.kind.kind))
        read = read_rows(
            sheet.pieces,
            fit,
            file,
            cut,
            date_order=pin.date_order,
            codes=local_codes(toml, specs).by_kind.get(fit.kind.kind, {}),
        )
    except (Unreadable, Unrecognised) as defect:
        return _defective(file, cut, str(defect))
    except pl.exceptions.PolarsError:
        # Its message may quote a record, so it goes no further.
        return _defective(file, cut, "its rows cannot be read; export it again as CSV in UTF-8")
    return _finished(file, opened, sheet, fit, read, cut)


def _readable(path: Path) -> bool:
    ending = path.suffix.lower()
    if ending in {".gz", ".zip"}:
        return True
    return ending in TEXT_ENDINGS | SHEET_ENDINGS | PARQUET_ENDINGS or places.has_geometry(path)


def _opened(path: Path, pin: FilePin) -> Opened:
    if places.has_geometry(path):
        return places.open_geometry(path)
    if places.is_feed(path):
        return open_bytes(places.FEED_STOPS, places.feed_stops(path), pin)
    return open_file(path, pin)


def _recognised(
    opened: Opened, folder: str, specs: Mapping[str, ExtractSpec], pin: FilePin, cut: date | None
) -> tuple[Fit, Sheet]:
    """The first sheet whose header fits; a second line is one only for kinds whose publisher writes two."""
    first: Unrecognised | None = None
    for sheet in opened.sheets:
        try:
            fit = recognise(
                folder,
                sheet.header,
                specs,
                extract_date=cut,
                renames=pin.columns,
                pinned=pin.kind,
                drawn=sheet.shapes is not None,
            )
        except Unrecognised as problem:
            first = first or problem
            continue
        if not sheet.second or fit.kind.second_header or sheet.name:
            return fit, sheet
    raise first or Unrecognised("the file has no header")


def _no_basis(kind: str) -> str:
    return (
        f"skipped unread: landing.toml records no legal basis for {kind} "
        f"([legal] {kind} = {{ gateway, approver, date }}); only its header was looked at"
    )


def _undated(kind: str) -> str:
    return (
        f"a {kind} file needs the day it was cut: put it in the name (2026-09-30, 20260930, 202609, 2026Q3) "
        "or under [files.…] extract_date in landing.toml"
    )


def _defective(file: str, cut: date | None, defect: str) -> FileRead:
    report = FileReport(file, "", cut, "-", "-", "-", 0, 0, 0, 0, [defect])
    return FileRead(report, defects=[f"{file}: {defect}"])


def _finished(
    file: str,
    opened: Opened,
    sheet: Sheet,
    fit: Fit,
    read: Read,
    cut: date | None,
) -> FileRead:
    kept, quarantine, drawn = read.kept, read.quarantine, None
    if fit.kind.shape == "boundaries" and sheet.shapes is not None:
        kept, quarantine = _with_shape(kept, quarantine, places.undrawable(sheet.shapes), file)
        drawn = places.boundaries(kept, sheet.shapes)
    rows_kept = kept.height
    if fit.kind.shape == "population":
        kept = places.population_long(kept, sheet.read(), sheet.header)
    report = FileReport(
        file=file,
        kind=fit.kind.kind,
        extract_date=cut,
        encoding=opened.encoding,
        delimiter=opened.delimiter,
        date_order=read.order.order,
        rows_read=read.rows_read,
        rows_kept=rows_kept,
        rows_quarantined=quarantine.height,
        rows_blank=read.rows_blank,
        notes=_notes(read, fit),
        columns={name: " + ".join(sheet.header[i] for i in at) for name, at in fit.columns.items()},
        unused=list(fit.unexpected),
        rows_duplicate=read.duplicates,
        cut_off_row=read.cut_off,
    )
    defects = [f"{file}: {d}" for d in (*_row_defects(read, fit), *_areas_twice(drawn))]
    return FileRead(report, kept, quarantine, read.blanked, defects, drawn, read.fingerprint)


def _row_defects(read: Read, fit: Fit) -> list[str]:
    doubts = [read.order.doubt] if read.order.doubt else []
    failed = not read.rows_read and not fit.kind.may_be_empty
    return doubts + ["the file has a header and no rows; land it again, or take it out"] * failed


def _areas_twice(drawn: gpd.GeoDataFrame | None) -> list[str]:
    twice = 0 if drawn is None else int(drawn["lsoa_code"].duplicated().sum())
    return [f"{twice} areas stand twice in the boundaries; leave each one once"] if twice else []


def _notes(read: Read, fit: Fit) -> list[str]:
    notes = [f"dates: {read.order.note}"] if read.order.note else []
    if not read.rows_read and fit.kind.may_be_empty:
        notes.append("a header and no rows: taken to mean that there are none")
    if read.cut_off:
        notes.append(
            f"the file ends in the middle of a row: what followed row {read.cut_off} is missing; land "
            f"it again, whole"
        )
    if read.duplicates:
        notes.append(f"{read.duplicates} rows repeat an earlier row exactly; they are kept")
    return notes


def _with_shape(
    kept: pl.DataFrame, quarantine: pl.DataFrame, empty: list[int], file: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Features without a boundary go to the quarantine."""
    bad = kept.filter(pl.col("row").is_in(empty))
    lines = bad.select(
        pl.lit("lsoa_boundaries").alias("kind"),
        pl.lit(file).alias("file"),
        "row",
        pl.lit("geometry").alias("column"),
        pl.lit("geometry").alias("rule"),
    )
    return kept.filter(~pl.col("row").is_in(empty)), pl.concat([quarantine, lines])
