"""The landing folder, read: every row of every file typed or quarantined, and counted either way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl

from configs.settings import Settings


@dataclass(frozen=True)
class FileReport:
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


@dataclass(frozen=True)
class Landing:
    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    blanked: pl.DataFrame
    files: list[FileReport]
    lsoa_boundaries: gpd.GeoDataFrame
    landing_toml: dict[str, Any]
    missing: list[str]
    invented: bool


def read_landing(landing: Path, settings: Settings, progress: Callable[[str], None] | None = None) -> Landing:
    raise NotImplementedError
