"""Landed rows to people: sure keys first, then Splink for the rest, then a pseudonym that lasts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from configs.settings import Settings
from features.records.clusters import join_seeds
from features.records.columns import bring
from features.records.decisions import apply_decisions, load_decisions, load_erased
from features.records.keys import assign_seeds
from features.records.people import load_or_train, prepare_profiles, score_pairs
from features.records.person_ids import (
    assign_person_ids,
    find_changes,
    gather_keys,
    load_known_ids,
    save_known_ids,
)
from features.records.pseudonym import pseudonyms

_PROFILE = ("kind", "given", "family", "date_of_birth", "sex", "postcode", "uprn")
_SIGN_FROM_AGE = {"council_tax": 18, "tenancies": 16}
"""Council tax is owed from 18; a tenancy can be held in trust from 16."""
_KIND_ORDER = {"demographics": 0, "cld": 1, "tenancies": 2, "adaptations": 3, "council_tax": 4}


_USED_UP = (
    "account",
    "named",
    "token_person_id",
    "pseudo_hesid",
    "given",
    "family",
    "born_month",
    "postcode",
)
"""Columns of a mention that nobody asks once its person is known: of millions of rows they weigh a
gigabyte."""


@dataclass(frozen=True)
class Linked:
    """`mentions` with person_id? beside each row; `review`: REVIEW's columns; `model`: how the linkage model
    came (trained, stated); `changes`: person_ids.find_changes'; `erased`: person_ids of people to be
    forgotten."""

    mentions: pl.DataFrame
    review: pl.DataFrame
    model: str
    changes: pl.DataFrame
    erased: pl.Series


def link_people(
    mentions: pl.DataFrame,
    *,
    settings: Settings,
    key: bytes,
    state: Path,
    progress: Callable[[str], None] | None = None,
) -> Linked:
    """Give every mention its person. `mentions`: mentions.SCHEMA's columns. Nothing is written but the model
    and the known pseudonyms in `state`. No mentions: empty frames."""
    say = progress or (lambda _: None)
    seeded = assign_seeds(mentions)
    seeds = _number_seeds(seeded)
    seeded = bring(seeded, seeds, ["seed"], "seed_id")
    say(f"Linking {seeds.height:,} sets of records that share a sure key")
    profiles = prepare_profiles(_profiles(seeded), seeds)
    model = load_or_train(profiles, state, settings.linkage, settings.council.seed)
    pairs = score_pairs(profiles, model["settings"], settings.records.person_review_probability)
    lines, decisions = _shared_lines(seeded), load_decisions(state)
    if decisions.height:
        pairs, lines = apply_decisions(pairs, lines, _key_ids(seeds, key), decisions)
    roots, doubtful = join_seeds(
        seeds,
        pairs,
        lines,
        probability_min=settings.records.person_match_probability,
        ambiguity_bits_min=settings.linkage.ambiguity_bits_min,
    )
    before = load_known_ids(state)
    ids, known = assign_person_ids(gather_keys(seeded, roots), before, key)
    save_known_ids(known, state)
    erased = known.filter(pl.col("key_id").is_in(load_erased(state).implode()))["person_id"].unique()
    named = roots.join(ids, on="root_id").select("seed_id", "person_id")
    linked = bring(seeded, named, ["seed_id"], "person_id")
    asked = pl.concat([doubtful["seed_id"], doubtful["root_id"].alias("seed_id")]).unique()
    keyed = _key_ids(seeds.filter(pl.col("seed_id").is_in(asked.implode())), key)
    review = _review(doubtful, linked, ids, keyed, key)
    return Linked(linked.drop(_USED_UP), review, model["how"], find_changes(before, known), erased)


def _number_seeds(seeded: pl.DataFrame) -> pl.DataFrame:
    """seed, seed_id (in the order of the seeds), token_person_id? of the register, date_of_birth? (the
    earliest)."""
    token = pl.col("token_person_id").filter(pl.col("kind") == "demographics").drop_nulls().min()
    seeds = (
        seeded.select("seed", "kind", "token_person_id", "date_of_birth")
        .filter(pl.col("seed").is_not_null())
        .group_by("seed")
        .agg(token, pl.col("date_of_birth").min())
    )
    return seeds.sort("seed").with_columns(seed_id=pl.int_range(pl.len(), dtype=pl.Int64))


def _profiles(seeded: pl.DataFrame) -> pl.DataFrame:
    """Each way in which a seed is described: one row a kind, name, date of birth, sex and address, and the
    day before which whoever is liable or a tenant must have been born."""
    telling = pl.col("named") & pl.col("seed").is_not_null() & pl.col("family").is_not_null()
    described = seeded.lazy().filter(telling).select("seed", "on_date", *_PROFILE).collect()
    of_age = pl.min_horizontal(
        pl.col("on_date").filter(pl.col("kind") == kind).min().over("seed").dt.offset_by(f"-{age}y")
        for kind, age in _SIGN_FROM_AGE.items()
    )
    dated = described.with_columns(born_before=of_age)
    order = pl.col("kind").replace_strict(_KIND_ORDER, default=9, return_dtype=pl.Int8)
    return (
        dated.select("seed", "born_before", *_PROFILE)
        .unique()
        .sort("seed", order, *_PROFILE, nulls_last=True)
    )


def _key_ids(seeds: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """seed_id, key_id: the keyed hash by which a decision about a seed is kept."""
    return seeds.select("seed_id", key_id=pseudonyms(seeds["seed"], key))


def _shared_lines(seeded: pl.DataFrame) -> pl.DataFrame:
    """line, seed_id of the lines that name two people; the same two on the lines of many extracts count
    once."""
    two = seeded.filter(pl.col("kind").is_in(["council_tax", "tenancies"]) & pl.col("seed_id").is_not_null())
    line = pl.concat_str("kind", "file", "row", separator="|")
    lines = two.select("seed_id", line=line).filter(pl.len().over("line") > 1)
    together = lines.group_by("line").agg(pl.col("seed_id").sort()).sort("seed_id", "line")
    once = together.unique("seed_id", keep="first", maintain_order=True)
    return once.with_columns(line=pl.int_range(pl.len())).explode("seed_id")


REVIEW = pl.Schema(
    {
        "pair_id": pl.String,
        "left_kind": pl.String,
        "left_file": pl.String,
        "left_row": pl.Int64,
        "right_kind": pl.String,
        "right_file": pl.String,
        "right_row": pl.Int64,
        "right_person_id": pl.String,
        "match_probability": pl.Float64,
        "given_agrees": pl.String,
        "birth_agrees": pl.String,
        "place_agrees": pl.String,
        "left_key_id": pl.String,
        "right_key_id": pl.String,
    }
)
"""A pair left for people to judge: where to look both up, how likely, what agrees; no name and no number."""
_GIVEN = {4: "same", 3: "short form", 2: "slip", 1: "initial", 0: "other", -1: "unknown"}
_BORN = {3: "same", 2: "slip", 1: "same year", 0: "other", -1: "unknown"}
_PLACE = {2: "same address", 1: "same postcode", 0: "elsewhere", -1: "unknown"}


def _review(
    doubtful: pl.DataFrame, linked: pl.DataFrame, ids: pl.DataFrame, keyed: pl.DataFrame, key: bytes
) -> pl.DataFrame:
    first = (
        linked.lazy()
        .filter(pl.col("named") & pl.col("seed_id").is_in(keyed["seed_id"].implode()))
        .select("seed_id", "kind", "file", "row")
        .collect()
        .unique("seed_id", keep="first", maintain_order=True)
    )
    right = first.select(root_id="seed_id", right_kind="kind", right_file="file", right_row="row").join(
        keyed.rename({"seed_id": "root_id", "key_id": "right_key_id"}), on="root_id"
    )
    pairs = (
        doubtful.join(first, on="seed_id")
        .join(keyed.rename({"key_id": "left_key_id"}), on="seed_id")
        .join(ids, on="root_id")
        .join(right, on="root_id")
    )
    named = pairs.with_columns(
        pseudonyms((pairs["left_key_id"] + "|" + pairs["right_key_id"]).alias("pair_id"), key).str.head(10),
        match_probability=pl.col("probability").round(4),
        given_agrees=pl.col("given").replace_strict(_GIVEN, return_dtype=pl.String),
        birth_agrees=pl.col("born").replace_strict(_BORN, return_dtype=pl.String),
        place_agrees=pl.col("place").replace_strict(_PLACE, return_dtype=pl.String),
    ).rename(
        {
            "kind": "left_kind",
            "file": "left_file",
            "row": "left_row",
            "person_id": "right_person_id",
        }
    )
    return named.select(REVIEW.names()).sort("left_kind", "left_file", "left_row", "right_person_id")
