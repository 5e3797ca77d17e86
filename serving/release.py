"""Publishing: controlled tables into Delta Lake, copies as files, and one pointer that moves last.

A release is the pointer `current.json`: the month, and the exact version of each Delta table. Readers go
by the pointer, so a run that dies half-way has changed nothing they can see. Only the month's own rows are
replaced.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import DeltaTable, write_deltalake

from configs.settings import Settings
from serving import tables
from serving.curves import controlled_curves
from serving.disclosure import Rule
from serving.documents import documents
from serving.exports import write_copies
from serving.groups import controlled_groups
from serving.inputs import Inputs, read_inputs
from serving.modelled import Opening, control_forecast
from serving.shapes import as_table, draw_boundaries
from serving.store import POINTER, POINTER_FORMAT, TABLES, read_delta


@dataclass(frozen=True)
class _Month:
    as_of: date
    release: Path
    settings: Settings
    invented: bool
    go: dict[str, str] | None


def publish_release(
    *,
    records: Path,
    places: Path,
    plans: Path,
    scores: Path,
    drift: Path,
    release: Path,
    as_of: date,
    run_id: str,
    purpose: str,
    invented: bool,
    settings: Settings,
    go: dict[str, str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Publish one month: controlled tables (Delta), copies (CSV, GeoPackage, GeoParquet), then the pointer.

    Reads the area-level files named in `serving/inputs.py` and nothing else. `go`: who let a month out
    whose drift is red, and why. Returns the pointer with
    `tables` (name -> version), `rows`, `hidden` (cells hidden by table) and `files` (the folder of
    copies). Raises ReleaseError naming files that are missing. Killed at any time, the release before it
    still reads.
    """
    say = progress or (lambda _: None)
    inputs = read_inputs(records, places, plans, scores, drift)
    month = _Month(as_of, release, settings, invented, go)
    say("Hiding small numbers, and what would give them away")
    boundaries = draw_boundaries(inputs)
    controlled = {
        name: tables.stamped(frame, as_of, invented=invented)
        for name, frame in {**_controlled(inputs, month), "boundaries": as_table(boundaries)}.items()
    }
    say("Writing the release's tables and copies")
    versions = {name: _put(release / TABLES / name, frame, as_of) for name, frame in controlled.items()}
    copies = write_copies(release, as_of, controlled, boundaries, invented=invented)
    pointer = _pointer(inputs, month, run_id, purpose, versions)
    _move_pointer(release / POINTER, pointer)
    return {
        **pointer,
        "rows": {name: frame.height for name, frame in controlled.items()},
        "hidden": {n: int(f["hidden"].sum()) for n, f in controlled.items() if "hidden" in f.columns},
        "files": str(copies),
    }


def _controlled(inputs: Inputs, month: _Month) -> dict[str, pl.DataFrame]:
    rule, step = Rule.of(month.settings.disclosure), month.settings.disclosure.round_to
    opening = Opening.of(month.settings.disclosure, invented=month.invented)
    decided = tables.decide_modelled(inputs, opening)
    return {
        "areas": tables.area_names(inputs, decided),
        "counts": tables.controlled_counts(inputs, rule, _released_before(month)),
        "forecast": control_forecast(inputs.forecast, decided, step),
        "hours": tables.controlled_hours(inputs, decided, step),
        "hotspots": tables.controlled_hotspots(inputs, decided),
        "zones": tables.controlled_zones(inputs, rule, opening),
        "zone_areas": inputs.zone_areas.sort("area_code"),
        "sites": tables.controlled_sites(inputs, rule),
        "models": tables.controlled_models(inputs, rule),
        "groups": controlled_groups(inputs.groups, rule),
        "curves": controlled_curves(inputs.calibration, inputs.decision, rule),
        "documents": documents(inputs, rule, month.go),
    }


def _released_before(month: _Month) -> pl.DataFrame:
    """Counts published for this month or earlier ones: what a reader may have kept."""
    folder = month.release / TABLES / "counts"
    if not DeltaTable.is_deltatable(str(folder)):
        return pl.DataFrame(
            schema={
                "measure": pl.String, "geography": pl.String, "area_code": pl.String, "value": pl.Float64,
                "hidden": pl.Boolean, "same_month": pl.Boolean,
            }
        )  # fmt: skip
    past = read_delta(folder, None).filter(pl.col("as_of") <= month.as_of)
    return past.select(
        "measure", "geography", "area_code", "value", "hidden", same_month=pl.col("as_of") == month.as_of
    )


def _put(folder: Path, frame: pl.DataFrame, as_of: date) -> int:
    """Replace the month's rows, leave the others; returns the version that now holds them."""
    data = frame.to_arrow()
    if DeltaTable.is_deltatable(str(folder)):
        month = f"as_of = '{as_of.isoformat()}'"
        write_deltalake(str(folder), data, mode="overwrite", predicate=month, schema_mode="merge")
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_deltalake(str(folder), data, mode="error", partition_by=["as_of"])
    return int(DeltaTable(str(folder)).version())


def _pointer(
    inputs: Inputs, month: _Month, run_id: str, purpose: str, versions: dict[str, int]
) -> dict[str, Any]:
    disclosure = month.settings.disclosure
    return {
        "format": POINTER_FORMAT,
        "as_of": month.as_of.isoformat(),
        "run_id": run_id,
        "purpose": purpose,
        "invented": month.invented,
        "council": month.settings.council.name,
        "model": inputs.champion.get("champion_id"),
        "data_from": inputs.summary.get("data_from"),
        "data_to": inputs.summary.get("data_to"),
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "disclosure": disclosure.model_dump(mode="json"),
        "tables": versions,
    }


def _move_pointer(file: Path, pointer: dict[str, Any]) -> None:
    aside = file.with_name(f".{file.name}-aside")
    with aside.open("w", encoding="utf-8") as stream:
        json.dump(pointer, stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, file)
