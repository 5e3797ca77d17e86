"""People on the suppression list: every row that leads to them is taken out before anything is made of it."""

from dataclasses import replace
from typing import Any

import polars as pl

from features.records.linkage import Linked

_SECOND = {
    "liable_2": ("council_tax", ("other_title", "other_surname", "other_forename", "other_date_of_birth")),
    "joint_tenant": ("tenancies", ("joint_tenant_name",)),
    "linked_person_1": ("cld", ("linked_person_1",)),
    "linked_person_2": ("cld", ("linked_person_2",)),
    "linked_person_3": ("cld", ("linked_person_3",)),
}
"""Where a row that is somebody else's names a second person, and in which columns."""


def forget(
    tables: dict[str, pl.DataFrame], linked: Linked
) -> tuple[dict[str, pl.DataFrame], Linked, dict[str, Any]]:
    """Tables and mentions without the people of `linked.erased`; and how many `people` and `rows` that were.

    Rows about them go; rows about others that name them beside lose that name; a home that they alone are
    liable for goes with the row. Nobody to forget: everything as it was.
    """
    gone = linked.erased.implode()
    theirs = linked.mentions.filter(pl.col("person_id").is_in(gone))
    if theirs.is_empty():
        return tables, linked, {"people": 0, "rows": 0}
    own = theirs.filter(~pl.col("role").is_in(list(_SECOND))).select("kind", "file", "row").unique()
    kept = {kind: _without(table, own.filter(kind=kind)) for kind, table in tables.items()}
    for role, (kind, columns) in _SECOND.items():
        kept[kind] = _blank(kept[kind], theirs.filter(role=role, kind=kind), columns)
    mentions = linked.mentions.join(own, on=["kind", "file", "row"], how="anti", maintain_order="left")
    mentions = mentions.filter(~pl.col("person_id").is_in(gone).fill_null(False))
    review = linked.review.filter(~pl.col("right_person_id").is_in(gone)).join(
        own.select(left_kind="kind", left_file="file", left_row="row"),
        on=["left_kind", "left_file", "left_row"],
        how="anti",
        maintain_order="left",
    )
    counts = {"people": theirs["person_id"].n_unique(), "rows": own.height}
    return kept, replace(linked, mentions=mentions, review=review), counts


def _without(table: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty() or "row" not in table.columns:
        return table
    return table.join(rows.select("file", "row"), on=["file", "row"], how="anti", maintain_order="left")


def _blank(table: pl.DataFrame, rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    if rows.is_empty():
        return table
    marked = table.join(
        rows.select("file", "row").unique().with_columns(_gone=pl.lit(True)),
        on=["file", "row"],
        how="left",
        maintain_order="left",
    )
    gone = pl.col("_gone").fill_null(False)
    present = [c for c in columns if c in table.columns]
    return marked.with_columns(pl.when(~gone).then(pl.col(c)).alias(c) for c in present).drop("_gone")
