"""A pseudonym for each person that stays theirs from month to month, even when stronger records join.

The first month somebody is known by an LA identifier alone; the next month an NHS number joins. So the state
folder keeps, under the same key, which pseudonym each of a person's keys has led to (HMACs only, no key in
clear).
"""

import os
from pathlib import Path

import polars as pl

from features.records.pseudonym import pseudonyms

IDS_FILE = "person_ids.parquet"
_SCHEMA = {"key_id": pl.String, "person_id": pl.String}
# The strongest key first: it anchors a new person, and decides between two claims on an old one.
_RANKS = {"nhs": 0, "la": 1, "tok": 2, "hes": 3, "acc": 4}


def load_known_ids(state: Path) -> pl.DataFrame:
    """key_id, person_id of earlier runs; empty at first."""
    file = state / IDS_FILE
    return pl.read_parquet(file) if file.exists() else pl.DataFrame(schema=_SCHEMA)


def save_known_ids(known: pl.DataFrame, state: Path) -> None:
    """Written aside and moved into place, so that a killed run leaves the last good file."""
    aside = state / f".{IDS_FILE}.{os.getpid()}"
    known.write_parquet(aside)
    aside.replace(state / IDS_FILE)


def gather_keys(mentions: pl.DataFrame, roots: pl.DataFrame) -> pl.DataFrame:
    """Every key of every person: root_id, key (text with its prefix), rank.

    `mentions`: seed, token_person_id?, la_person_id? and `seed_id`; `roots`: seed_id, root_id. A key seen
    under two people belongs to the one with more rows (the smaller root where equal).
    """
    used = ("seed", "seed_id", "token_person_id", "la_person_id")
    ways = mentions.select(used).filter(pl.col("seed").is_not_null()).group_by(used).len()
    rows = ways.join(roots, on="seed_id")
    texts = [pl.col("seed"), "tok:" + pl.col("token_person_id"), "la:" + pl.col("la_person_id")]
    keys = pl.concat([rows.select("root_id", "len", key=t) for t in texts]).drop_nulls()
    return (
        keys.group_by("root_id", "key")
        .agg(pl.col("len").sum())
        .sort("key", "len", "root_id", descending=[False, True, False])
        .unique("key", keep="first", maintain_order=True)
        .select("root_id", "key", rank=_rank())
        .sort("root_id", "rank", "key")
    )


def _rank() -> pl.Expr:
    return pl.col("key").str.extract(r"^([a-z]+):").replace_strict(_RANKS, return_dtype=pl.Int8)


def assign_person_ids(
    keys: pl.DataFrame, known: pl.DataFrame, key: bytes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(root_id, person_id; the known ids to keep for next month).

    `keys`: gather_keys' columns. A person known before keeps the pseudonym that the strongest of their keys
    led to; a pseudonym claimed by two goes to the stronger claim. Somebody new is named by their strongest
    key.
    """
    keys = keys.with_columns(key_id=pseudonyms(keys.get_column("key"), key)).sort("root_id", "rank", "key")
    claims = (
        keys.join(known, on="key_id")
        .sort("root_id", "rank", "key")
        .unique("root_id", keep="first", maintain_order=True)
        .sort("rank", "key")
        .unique("person_id", keep="first", maintain_order=True)
        .select("root_id", "person_id")
    )
    fresh = keys.join(claims, on="root_id", how="anti").unique("root_id", keep="first", maintain_order=True)
    named = pl.concat([claims, _name_fresh(fresh, known, key)]).sort("root_id")
    led = keys.join(named, on="root_id").select("key_id", "person_id")
    kept = known.join(led, on="key_id", how="anti").select("key_id", "person_id")
    return named, pl.concat([led, kept]).sort("key_id")


def _name_fresh(fresh: pl.DataFrame, known: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """The HMAC of the anchor; where an older person already bears it (a record that was theirs has left),
    another."""
    first = pseudonyms(fresh.get_column("key"), key).alias("person_id")
    again = pseudonyms(fresh.get_column("key") + "|again", key).alias("_again")
    taken = known.get_column("person_id").unique().to_list()
    return fresh.select("root_id", first, again).select(
        "root_id", person_id=pl.when(pl.col("person_id").is_in(taken)).then("_again").otherwise("person_id")
    )


def find_changes(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Who became who since the last run: change (merge, split), person_id (as it was), became; sorted.

    A merge: keys of several earlier people lead to one. A split: keys of one earlier person lead to several.
    Both frames: key_id, person_id. Nothing changed: no rows.
    """
    moved = before.join(now, on="key_id", suffix="_now").select("person_id", became="person_id_now").unique()
    split = moved.filter(pl.len().over("person_id") > 1).with_columns(change=pl.lit("split"))
    merged = moved.filter((pl.col("person_id") != pl.col("became")) & (pl.len().over("person_id") == 1))
    every = pl.concat([split, merged.with_columns(change=pl.lit("merge"))])
    changed = every.filter(pl.col("person_id") != pl.col("became"))
    return changed.select("change", "person_id", "became").sort("change", "person_id", "became")
