"""The landing folder, read: every row of every file typed or quarantined, and counted either way."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl

from configs.errors import LandingError
from configs.extract_specs import ExtractSpec, load_specs
from configs.landing_toml import LandingToml, load_landing_toml
from configs.settings import Settings
from features.records.codes_council_tax import council_tax_key, with_national_codes
from features.records.codes_local import local_codes
from features.records.landing_defects import kind_defects, missing_kinds
from features.records.landing_file import (
    UNREAD,
    FileRead,
    FileReport,
    read_file,
    set_aside_whole,
    skipped_file,
)
from features.records.oddities import repeated_files
from features.records.one_per_area import stack_boundaries
from features.records.reading_places import no_boundaries
from features.records.reading_rows import BLANKED_SCHEMA, QUARANTINE_SCHEMA
from features.records.unpacking import is_clutter, is_note_for_people

Progress = Callable[[str], None]
FOLDERS = ("people", "social_care", "health", "housing", "places", "supply")
FILES_AT_ONCE = 2
"""More would hold more pieces in memory at once."""
LEGAL_KINDS = ("council_tax",)
"""Kinds that stay unread until landing.toml records the basis for reading them (landing.md, [legal])."""

__all__ = ["FileReport", "Landing", "read_landing", "survey_landing"]


@dataclass(frozen=True)
class Landing:
    """All that was landed, typed.

    `tables` holds by kind our columns plus `file`, `row` and `extract_date`, sorted by file and row; a kind
    not landed is absent. `quarantine` is `kind, file, row, column, rule`; `blanked` is `kind, file, column,
    rule, rows`. `lsoa_boundaries` is `lsoa_code, lsoa_name, geometry` in EPSG:27700. `missing` are optional
    kinds not landed.
    """

    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    blanked: pl.DataFrame
    files: list[FileReport]
    lsoa_boundaries: gpd.GeoDataFrame
    landing_toml: dict[str, Any]
    missing: list[str]
    invented: bool
    problems: list[str] = field(default_factory=list)


def read_landing(landing: Path, settings: Settings, progress: Progress | None = None) -> Landing:
    """Read the whole folder, typed.

    Raises one LandingError with every defect: a folder or required kind that is not there, a header of no
    kind or of two, a file that is empty or cannot be decoded, a dated file without a date, rows of another
    council, too large a share of bad rows.
    """
    read = survey_landing(landing, settings, progress)
    if read.problems:
        raise LandingError(
            f"The landing folder cannot be used: {len(read.problems)} defects",
            where=landing.name,
            todo="Mend these and run `forebridge check` again; rows that can be set aside are not among them",
            details=read.problems,
        )
    return read


def survey_landing(landing: Path, settings: Settings, progress: Progress | None = None) -> Landing:
    """The same, with the defects in `problems` instead of raised, so that one look shows them all.

    Raises LandingError only where there is nothing to look at: no folder, or a landing.toml that cannot be
    read.
    """
    say = progress or (lambda _: None)
    toml, raw = _toml_of(landing)
    specs = load_specs()
    reads = _once_each(_read_all(landing, specs, toml, say))
    problems = [*_toml_defects(landing, toml, specs), *(d for read in reads for d in read.defects)]
    return _gathered(reads, problems, toml, raw, settings)


def _toml_of(landing: Path) -> tuple[LandingToml, dict[str, Any]]:
    if not landing.is_dir():
        raise LandingError(
            "The landing folder is not there",
            where=landing.name,
            todo="Give the folder that holds people, social_care, health, housing, places, supply",
        )
    return load_landing_toml(landing)


def _data_files(landing: Path) -> list[Path]:
    found = (p for p in landing.rglob("*") if p.is_file() and p != landing / "landing.toml")
    return sorted((p for p in found if not is_clutter(p.name)), key=lambda p: p.as_posix())


def _read_all(
    landing: Path, specs: Mapping[str, ExtractSpec], toml: LandingToml, say: Progress
) -> list[FileRead]:
    """Every file, in order of name; two at a time, for a file alone leaves a processor idle between steps."""
    named = [(path, path.relative_to(landing).as_posix()) for path in _data_files(landing)]
    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        coming = [pool.submit(_read_one, path, name, specs, toml) for path, name in named]
        try:
            return [_waited(say, name, read) for (_, name), read in zip(named, coming, strict=True)]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _waited(say: Progress, name: str, read: "Future[FileRead]") -> FileRead:
    say(f"Reading {name}")
    return read.result()


def _read_one(path: Path, name: str, specs: Mapping[str, ExtractSpec], toml: LandingToml) -> FileRead:
    folder = name.split("/")[0] if "/" in name else ""
    if is_note_for_people(path.name):
        return skipped_file(name, "a note for people: not read")
    if folder not in FOLDERS:
        return skipped_file(name, f"{UNREAD}: not in a folder of the landing contract")
    unread = {kind for kind in LEGAL_KINDS if kind not in toml.legal}
    return read_file(path, name, folder, specs, toml, unread)


def _once_each(reads: list[FileRead]) -> list[FileRead]:
    """A file whose rows all stand in an earlier one is set aside whole."""
    seen = [
        (r.report.file, r.report.kind, r.report.extract_date, r.kept.height, str(r.fingerprint))
        for r in reads
        if r.kept is not None
    ]
    names = {"file": pl.String, "kind": pl.String, "extract_date": pl.Date, "rows": pl.Int64}
    prints = pl.DataFrame(seen, schema={**names, "fingerprint": pl.String}, orient="row")
    again = dict(repeated_files(prints).iter_rows())
    return [set_aside_whole(r, again[r.report.file]) if r.report.file in again else r for r in reads]


def _toml_defects(landing: Path, toml: LandingToml, specs: Mapping[str, ExtractSpec]) -> list[str]:
    gone = [f'landing.toml: [files."{f}"] names a file that is not there' for f in toml.files]
    defects = [line for line, f in zip(gone, toml.files, strict=True) if not (landing / f).is_file()]
    defects += [
        f"landing.toml: [legal] {kind} is no kind of file" for kind in toml.legal if kind not in specs
    ]
    return defects + local_codes(toml, specs).defects


def _gathered(
    reads: list[FileRead], problems: list[str], toml: LandingToml, raw: dict[str, Any], settings: Settings
) -> Landing:
    tables = {
        kind: _stacked(reads, kind) for kind in sorted({r.report.kind for r in reads if r.kept is not None})
    }
    tables, extra = _with_council_tax(tables, toml, load_specs())
    tables = _with_ward_lookup(tables)
    quarantine = pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *(r.quarantine for r in reads)])
    blanked = pl.concat([pl.DataFrame(schema=BLANKED_SCHEMA), *(r.blanked for r in reads), *extra])
    shapes = [(r.report.extract_date, r.report.file, r.boundaries) for r in reads if r.boundaries is not None]
    tables.pop("lsoa_boundaries", None)
    files = [r.report for r in reads]
    landed = tables | ({"lsoa_boundaries": pl.DataFrame()} if shapes else {})
    return Landing(
        tables=tables,
        quarantine=quarantine.sort("kind", "file", "row"),
        blanked=blanked.sort("kind", "file", "column", "rule"),
        files=files,
        lsoa_boundaries=stack_boundaries(shapes) if shapes else no_boundaries(),
        landing_toml=raw,
        missing=missing_kinds(landed, load_specs()),
        invented=toml.data.invented,
        problems=problems + kind_defects(landed, files, toml, settings.records),
    )


def _stacked(reads: list[FileRead], kind: str) -> pl.DataFrame:
    parts = [r.kept for r in reads if r.report.kind == kind and r.kept is not None]
    stacked = pl.concat(parts)
    return stacked if kind == "population" else stacked.sort("file", "row")


def _with_council_tax(
    tables: dict[str, pl.DataFrame], toml: LandingToml, specs: Mapping[str, ExtractSpec]
) -> tuple[dict[str, pl.DataFrame], list[pl.DataFrame]]:
    if "council_tax" not in tables:
        return tables, []
    own = local_codes(toml, specs).by_kind.get("council_tax", {})
    key = council_tax_key(tables.get("council_tax_codes"), own, toml.la_code)
    meant, unknown = with_national_codes(tables["council_tax"], key)
    return {**tables, "council_tax": meant}, [unknown]


def _with_ward_lookup(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Boundaries that name wards serve as the ward lookup where none was landed."""
    shapes = tables.get("lsoa_boundaries")
    if shapes is None or "ward_lookup" in tables or shapes["ward_code"].null_count() == shapes.height:
        return tables
    columns = ["lsoa_code", "ward_code", "ward_name", "lad_code", "lad_name", "msoa_code"]
    return {**tables, "ward_lookup": shapes.select(*columns, "file", "row", "extract_date")}
