"""Typed rows with the address that is believed and the person they speak of."""

import polars as pl

from configs.settings import Settings
from features.records.addresses import match_rows
from features.records.columns import bring
from features.records.households import Gazetteer
from features.records.identity import ADDRESSED

Tables = dict[str, pl.DataFrame]
# Which column of a kind takes whom: the person of that role on the row.
_ONE = {"person_id": "person"}
_ROLES = {
    **dict.fromkeys(
        ("demographics", "opt_outs", "objections", "apc", "ecds", "gp_flags", "csds_contacts"), _ONE
    ),
    **dict.fromkeys(("adaptations", "visits"), _ONE),
    "cld": {**_ONE, **{f"_linked_{i}": f"linked_person_{i}" for i in (1, 2, 3)}},
    "council_tax": {"person_id": "liable_1", "joint_person_id": "liable_2"},
    "tenancies": {"person_id": "tenant", "joint_person_id": "joint_tenant"},
}


def believe_addresses(tables: Tables, settings: Settings) -> tuple[Tables, pl.DataFrame]:
    """The addressed kinds with the believed UPRN; and kind, file, row, uprn_method, weights of each of their
    rows."""
    shared = ("file", "row", "address", "postcode", "uprn")
    rows = pl.concat([tables[kind].select(pl.lit(kind).alias("kind"), *shared) for kind in ADDRESSED])
    matched = match_rows(
        rows,
        tables["gazetteer"],
        weight_min=settings.records.address_match_weight_min,
        distinguishability_min=settings.records.address_distinguishability_min,
    )
    believed = {
        kind: bring(
            tables[kind].drop("uprn"), matched.filter(pl.col("kind") == kind), ["file", "row"], "uprn"
        )
        for kind in ADDRESSED
    }
    how = matched.select("kind", "file", "row", "uprn_method", "match_weight", "distinguishability")
    return {**tables, **believed}, how


def name_people(tables: Tables, mentions: pl.DataFrame, gazetteer: Gazetteer) -> Tables:
    """Every kind that names people with person_id? (council tax and tenancies also joint_person_id?), care
    records with linked_person_ids, and every addressed kind with household_id?. `mentions`: kind, file, row,
    role, person_id?."""
    named = {kind: _with_roles(tables[kind], mentions, kind) for kind in _ROLES}
    linked = [f"_linked_{i}" for i in (1, 2, 3)]
    others = pl.concat_list(linked).list.drop_nulls().list.unique().list.sort()
    named["cld"] = named["cld"].with_columns(linked_person_ids=others).drop(linked)
    result = {**tables, **named}
    homes = gazetteer.places.select("uprn", "household_id")
    housed = {kind: bring(result[kind], homes, ["uprn"], "household_id") for kind in ADDRESSED}
    return {**result, **housed}


def _with_roles(table: pl.DataFrame, mentions: pl.DataFrame, kind: str) -> pl.DataFrame:
    for column, role in _ROLES[kind].items():
        whom = mentions.filter((pl.col("kind") == kind) & (pl.col("role") == role))
        ids = whom.select("file", "row", pl.col("person_id").alias(column))
        table = bring(table, ids, ["file", "row"], column)
    return table
