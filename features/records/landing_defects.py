"""What would stop a run once all is read: kinds not there, bad rows too many, rows of another council."""

from collections.abc import Mapping, Sequence

import polars as pl

from configs.extract_specs import ExtractSpec
from configs.landing_toml import LandingToml
from configs.settings import Records
from features.records.landing_file import FileReport
from features.records.oddities import foreign_files

REQUIRED = ("cld", "gazetteer", "uprn_lookup", "lsoa_boundaries")
"""Needed for any run, beside people: demographics, or CLD with names (landing.md, Required)."""


def missing_kinds(landed: Mapping[str, pl.DataFrame], specs: Mapping[str, ExtractSpec]) -> list[str]:
    """Optional kinds that were not landed, sorted."""
    return sorted(set(specs) - set(landed) - set(REQUIRED))


def kind_defects(
    landed: Mapping[str, pl.DataFrame],
    files: Sequence[FileReport],
    toml: LandingToml,
    limits: Records,
) -> list[str]:
    """Every defect of the folder as a whole, in plain words."""
    return [
        *_not_landed(landed, files),
        *_too_many_bad(files, limits),
        *_other_council(landed.get("cld"), toml.la_code),
        *foreign_files(landed.get("cld"), toml.la_code),
    ]


def _not_landed(landed: Mapping[str, pl.DataFrame], files: Sequence[FileReport]) -> list[str]:
    if not files:
        return ["the landing folder is empty: land at least people, social_care, housing and places"]
    gone = [f"{kind} was not landed, and every run needs it" for kind in REQUIRED if kind not in landed]
    if "demographics" not in landed and not _named(landed.get("cld")):
        gone.append("no file says who lives where: land demographics, or CLD with first and last names")
    return gone


def _named(cld: pl.DataFrame | None) -> bool:
    return cld is not None and cld["family_name"].null_count() < cld.height


def _too_many_bad(files: Sequence[FileReport], limits: Records) -> list[str]:
    """A share says little of a list of six: a few bad rows stop nothing unless no row is left."""
    defects = []
    for kind in sorted({f.kind for f in files if f.rows_read}):
        share_stop = limits.quarantine_share_stop_by_kind.get(kind, limits.quarantine_share_stop)
        of_kind = [f for f in files if f.kind == kind and not f.repeats]
        read, bad = sum(f.rows_read for f in of_kind), sum(f.rows_quarantined for f in of_kind)
        if bad > share_stop * read and (bad >= limits.quarantine_rows_stop or bad == read):
            worst = max(of_kind, key=lambda f: (f.rows_quarantined / max(f.rows_read, 1), f.file))
            defects.append(
                f"{kind}: {bad} of {read} rows cannot be used, more than the {share_stop:.0%} allowed "
                f"(records.quarantine_share_stop); the worst file is {worst.file}"
            )
    return defects


def _other_council(cld: pl.DataFrame | None, la_code: str | None) -> list[str]:
    if cld is None or la_code is None:
        return []
    foreign = cld.filter(pl.col("la_code").is_not_null() & (_code("la_code") != la_code.lstrip("0")))
    counted = foreign.group_by("file").agg(pl.len().alias("rows")).sort("file")
    return [
        f"{file}: {rows} rows are of another council (LA Code is not {la_code}); take them out"
        for file, rows in counted.iter_rows()
    ]


def _code(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars_start("0")
