"""Unpaid carers and whom they care for, as care records link them; and when a carer cannot go on."""

from datetime import date

import polars as pl

from configs.settings import Settings
from features.as_of import known_before, open_at
from features.inputs import Records

CARER_RELATED = r"(?i)^Unplanned\W+Carer related"
"""The review reason of both releases of Client Level Data: they differ in their punctuation."""


def carer_pairs(records: Records, seen_by: date) -> pl.LazyFrame:
    """`carer_id, person_id`: everybody whom a care record known before `seen_by` names as a carer, and whom
    they care for; one row a pair, nobody their own carer."""
    known = known_before(records.care_events, seen_by)
    linked = known.select("person_id", "client_type", pl.col("linked_person_ids").alias("other")).explode(
        "other"
    )
    pairs = linked.filter(pl.col("other").is_not_null(), pl.col("other") != pl.col("person_id"))
    is_carer = pl.col("client_type").str.starts_with("Unpaid carer")
    carers = pl.when(is_carer).then(pl.col("person_id")).otherwise(pl.col("other"))
    cared_for = pl.when(is_carer).then(pl.col("other")).otherwise(pl.col("person_id"))
    return pairs.select(carers.alias("carer_id"), cared_for.alias("person_id")).unique()


def carer_breakdowns(records: Records, seen_by: date, settings: Settings) -> pl.LazyFrame:
    """Unplanned, carer-related reviews of either of a linked pair, told of the carer: `person_id,
    happened_on`."""
    reviews = known_before(records.care_events, seen_by).filter(
        pl.col("event_type") == "Review", pl.col("review_reason").str.contains(CARER_RELATED)
    )
    told = reviews.select(pl.col("person_id").alias("either"), "happened_on")
    return (
        _either(carer_pairs(records, seen_by))
        .join(told, on="either")
        .select(pl.col("carer_id").alias("person_id"), "happened_on")
        .unique()
    )


def without_open_pair(records: Records, as_of: date) -> pl.LazyFrame:
    """Everybody who is not, as far as known, the carer of a linked pair with an open service: `person_id`."""
    services = records.care_events.filter(pl.col("event_type") == "Service")
    served = open_at(services, as_of).select(pl.col("person_id").alias("either")).unique()
    carers = _either(carer_pairs(records, as_of)).join(served, on="either", how="semi")
    return records.people.select("person_id").join(
        carers, left_on="person_id", right_on="carer_id", how="anti"
    )


def _either(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """`carer_id, either`: each pair under both its people."""
    return pl.concat(
        [pairs.select("carer_id", pl.col(who).alias("either")) for who in ("carer_id", "person_id")]
    )
