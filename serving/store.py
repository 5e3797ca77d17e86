"""Opening a release: the pointer, and the table versions it names. What the web app and other readers use."""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import DeltaTable

from configs.errors import ReleaseError

POINTER = "current.json"
TABLES = "tables"
POINTER_FORMAT = 1
RUN_FIRST = (
    "Publish one: `forebridge run --landing DIR --as-of DATE --out DIR`, "
    "or `make demo` for an invented county"
)


@dataclass(frozen=True)
class Release:
    """One published month, read only through the versions its pointer names."""

    folder: Path
    pointer: dict[str, Any]
    _loaded: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, release: Path) -> "Release":
        """Read the pointer and every table it names; raises ReleaseError with what to do."""
        pointer = _read_pointer(release / POINTER)
        opened = cls(release, pointer)
        for name in pointer["tables"]:
            opened.all_months(name)
        return opened

    @property
    def as_of(self) -> date:
        """The month's date: the start of that day is 'now'."""
        return date.fromisoformat(self.pointer["as_of"])

    @property
    def invented(self) -> bool:
        """Whether the data are of nobody."""
        return bool(self.pointer["invented"])

    def table(self, name: str) -> pl.DataFrame:
        """The month's rows of a table."""
        return self.all_months(name).filter(pl.col("as_of") == self.as_of)

    def figures(self, name: str) -> pl.DataFrame:
        """The month's rows without the columns that every table has (month, label): ready to be joined."""
        return self.table(name).drop("as_of", "data_label")

    def all_months(self, name: str) -> pl.DataFrame:
        """The rows of a table up to this month, at the pinned version."""
        if name not in self._loaded:
            self._loaded[name] = self._read(name)
        return self._loaded[name]

    def document(self, name: str) -> dict[str, Any]:
        """One of the JSON documents of the month; empty when it is not there."""
        bodies = self.table("documents").filter(pl.col("name") == name)["body"]
        return dict(json.loads(bodies[0])) if len(bodies) else {}

    def months(self) -> list[date]:
        """The months that the tables hold, oldest first."""
        return sorted(self.all_months("zones")["as_of"].unique().to_list())

    def age_days(self, today: date) -> int:
        """Days since the as-of date."""
        return (today - self.as_of).days

    def is_stale(self, today: date, stale_after_days: int) -> bool:
        """Whether the release is older than pages may show without saying so."""
        return self.age_days(today) > stale_after_days

    def _read(self, name: str) -> pl.DataFrame:
        folder = self.folder / TABLES / name
        try:
            frame = read_delta(folder, int(self.pointer["tables"][name]))
        except Exception as problem:
            raise ReleaseError(
                "A table of the release cannot be read",
                where=f"{folder} ({type(problem).__name__})",
                todo="Restore the folder from its backup, or run the month again",
            ) from None
        return frame.filter(pl.col("as_of") <= self.as_of).sort(_sort_keys(frame), maintain_order=True)


def read_delta(folder: Path, version: int | None) -> pl.DataFrame:
    """One version of a Delta table (the newest when None) as a frame."""
    table = DeltaTable(str(folder), version=version)
    frame = pl.from_arrow(table.to_pyarrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _sort_keys(frame: pl.DataFrame) -> list[str]:
    keys = ("as_of", "kind", "name", "measure", "geography", "outcome", "age_group", "horizon_days", "model")
    ids = ("area_code", "zone_id", "site_id")
    return [c for c in (*keys, *ids) if c in frame.columns]


def _read_pointer(file: Path) -> dict[str, Any]:
    try:
        pointer = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReleaseError("There is no release yet", where=str(file.parent), todo=RUN_FIRST) from None
    except (OSError, ValueError) as problem:
        raise ReleaseError(
            "The release's pointer cannot be read",
            where=f"{file} ({type(problem).__name__})",
            todo="Restore current.json from its backup, or run the month again",
        ) from None
    if not isinstance(pointer, dict) or pointer.get("format") != POINTER_FORMAT or "tables" not in pointer:
        raise ReleaseError(
            "The release was written by another version of Forebridge",
            where=str(file),
            todo="Run the month again with this version",
        )
    return pointer
