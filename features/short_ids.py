"""Ids as small numbers while features are made: joins and groups of text keys would take most of the time.

An enumeration of all ids in order, so that comparing and sorting give the same as with text; what is
written is text.
"""

from dataclasses import replace
from typing import Any

import polars as pl
import polars.selectors as cs

from features.inputs import Records, table_names

KINDS = {
    "person_id": "person",
    "joint_person_id": "person",
    "linked_person_ids": "person",
    "household_id": "household",
    "lsoa_code": "area",
}
"""Column of a records table -> whose ids it holds."""


def with_short_ids(records: Records) -> Records:
    """The same records with every id as an entry of an enumeration of its kind; empty tables too."""
    frames = {name: getattr(records, name) for name in table_names()}
    kinds = {kind: _enumerate(frames, kind) for kind in sorted(set(KINDS.values()))}
    short: dict[str, Any] = {name: _shorten(frame, kinds) for name, frame in frames.items()}
    return replace(records, **short)


def as_text(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with shortened ids as text again; one that has none as it is."""
    return frame.with_columns(cs.enum().cast(pl.String))


def _enumerate(frames: dict[str, pl.LazyFrame], kind: str) -> pl.Enum:
    held = [
        frame.select(_each(column, frame).alias("id")).unique()
        for frame in frames.values()
        for column in _columns(frame)
        if KINDS[column] == kind
    ]
    ids = pl.concat([part.collect() for part in held])["id"]
    return pl.Enum(ids.drop_nulls().unique().sort())


def _each(column: str, frame: pl.LazyFrame) -> pl.Expr:
    listed = frame.collect_schema()[column].is_nested()
    return pl.col(column).explode() if listed else pl.col(column)


def _shorten(frame: pl.LazyFrame, kinds: dict[str, pl.Enum]) -> pl.LazyFrame:
    schema = frame.collect_schema()
    short = {c: kinds[KINDS[c]] for c in _columns(frame)}
    casts = [pl.col(c).cast(pl.List(kind) if schema[c].is_nested() else kind) for c, kind in short.items()]
    return frame.with_columns(casts).collect().lazy() if casts else frame


def _columns(frame: pl.LazyFrame) -> list[str]:
    return [c for c in frame.collect_schema().names() if c in KINDS]
