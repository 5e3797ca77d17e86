"""What people have decided of doubtful pairs, and who is to be forgotten: kept under the pseudonym key, so
that no number or name stands in the state folder."""

import hashlib
import os
from datetime import date
from pathlib import Path

import polars as pl

from features.records.person_levels import BORN_EXACT, GIVEN_EXACT, PLACE_UPRN
from features.records.pseudonym import pseudonyms

DECISIONS_FILE, ERASED_FILE = "review_decisions.parquet", "erased.parquet"
ACCEPT, REFUSE = "accept", "refuse"
DECISION = pl.Schema(
    {
        "pair_id": pl.String,
        "left_key_id": pl.String,
        "right_key_id": pl.String,
        "decision": pl.String,
        "decided_on": pl.Date,
        "decided_by": pl.String,
    }
)
ERASED = pl.Schema({"key_id": pl.String, "erased_on": pl.Date})
_SURE_BITS = 1_000.0
"""The weight of a pair that a person has accepted: more than any that records can reach."""


def load_decisions(state: Path) -> pl.DataFrame:
    """Every decision, the newest of a pair alone, in DECISION's columns; none at first."""
    file = state / DECISIONS_FILE
    every = pl.read_parquet(file) if file.exists() else pl.DataFrame(schema=DECISION)
    return every.unique("pair_id", keep="last", maintain_order=True)


def save_decision(state: Path, pair: dict[str, str], decision: str, on: date, by: str) -> None:
    """Add one decision. `pair`: pair_id, left_key_id, right_key_id."""
    file = state / DECISIONS_FILE
    every = pl.read_parquet(file) if file.exists() else pl.DataFrame(schema=DECISION)
    row = {**pair, "decision": decision, "decided_on": on, "decided_by": by}
    _write(pl.concat([every, pl.DataFrame([row], schema=DECISION)]), file)


def load_erased(state: Path) -> pl.Series:
    """The key_ids of people to be forgotten."""
    file = state / ERASED_FILE
    return pl.read_parquet(file)["key_id"] if file.exists() else pl.Series("key_id", [], pl.String)


def save_erased(state: Path, keys: list[str], key: bytes, on: date) -> int:
    """Add keys (`nhs:…`, `la:…`, `tok:…`) to the list; returns how many are new."""
    file = state / ERASED_FILE
    every = pl.read_parquet(file) if file.exists() else pl.DataFrame(schema=ERASED)
    ids = pseudonyms(pl.Series("key_id", keys, pl.String), key).unique().sort()
    new = ids.filter(~ids.is_in(every["key_id"].implode()))
    added = pl.DataFrame({"key_id": new, "erased_on": [on] * len(new)}, schema=ERASED)
    _write(pl.concat([every, added]), file)
    return len(new)


def _write(frame: pl.DataFrame, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    frame.write_parquet(aside)
    aside.replace(file)


def apply_decisions(
    pairs: pl.DataFrame, lines: pl.DataFrame, keyed: pl.DataFrame, decisions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scored pairs with those accepted as sure as can be; and lines that name two people, with one more for
    each pair refused: whoever stands on one line with somebody is never that person, by whatever record.

    `pairs`: people.score_pairs' columns; `lines`: line, seed_id; `keyed`: seed_id, key_id of every seed. A
    decision of which either side is no longer landed changes nothing.
    """
    if decisions.is_empty():
        return pairs, lines
    left = keyed.rename({"seed_id": "a", "key_id": "left_key_id"})
    right = keyed.rename({"seed_id": "b", "key_id": "right_key_id"})
    known = decisions.join(left, on="left_key_id").join(right, on="right_key_id")
    ends = known.select("decision", seed_l=pl.min_horizontal("a", "b"), seed_r=pl.max_horizontal("a", "b"))
    kept = pairs.join(ends, on=["seed_l", "seed_r"], how="anti")
    accepted = ends.filter(pl.col("decision") == ACCEPT).select(
        "seed_l",
        "seed_r",
        weight=pl.lit(_SURE_BITS),
        probability=pl.lit(1.0),
        given=pl.lit(GIVEN_EXACT, pl.Int64),
        born=pl.lit(BORN_EXACT, pl.Int64),
        place=pl.lit(PLACE_UPRN, pl.Int64),
    )
    refused = ends.filter(pl.col("decision") == REFUSE).with_row_index("line", lines.height)
    apart = refused.unpivot(["seed_l", "seed_r"], index="line", value_name="seed_id")
    more = apart.select("line", "seed_id").cast(lines.schema)
    return pl.concat([kept, accepted.select(kept.columns)]), pl.concat([lines, more])


def hash_decisions(state: Path) -> dict[str, str]:
    """SHA-256 of the decisions and of the list of the erased, by file: a run after either is made anew."""
    files = [state / DECISIONS_FILE, state / ERASED_FILE]
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.exists()}


def clear_of_restricted(
    review: pl.DataFrame, mentions: pl.DataFrame, hidden: pl.Series, doors: pl.Series
) -> pl.DataFrame:
    """The doubtful pairs without those of restricted people (`hidden`), and without those of anybody at an
    address where one of them is or was (`doors`): a list that leads to such a door is not made."""
    near = mentions.filter(
        pl.col("person_id").is_in(hidden.implode()) | pl.col("uprn").is_in(doors.implode()).fill_null(False)
    )
    rows = near.select(left_kind="kind", left_file="file", left_row="row").unique()
    people = near["person_id"].drop_nulls().unique().implode()
    clear = review.filter(~pl.col("right_person_id").is_in(people))
    return clear.join(rows, on=["left_kind", "left_file", "left_row"], how="anti", maintain_order="left")
