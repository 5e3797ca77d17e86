"""Why a household's chance is what it is: whose chance makes it up, and what raises theirs.

A household's chance is that of any member (households.py), so each member's share of it is the share of their
-log(1 - chance); the parts of the household are the members' parts weighed by those shares, and add up."""

import numpy as np
import polars as pl

from configs.settings import Settings
from models.need.artifacts import Models
from models.need.metrics import capacity_of
from models.need.people import FAMILIES, People
from models.need.reasons import REASONS_MAX, tell_reasons
from models.need.reasons import SCHEMA as PERSON

PARTS = ("base", *(family.removesuffix("__") for family in FAMILIES))
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "household_id": pl.String,
    "outcome": pl.String,
    "horizon_days": pl.Int64,
    "probability": pl.Float64,
    "members": pl.Int64,
    "weightiest_share": pl.Float64,
    **dict.fromkeys(PARTS, pl.Float64),
    "reasons": pl.List(pl.String),
    "different": pl.List(pl.String),
}
_KEYS = ("household_id", "outcome")


def tell_household_reasons(
    groups: list[People], models: Models, people: pl.DataFrame, households: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """The rows of `household_reasons.parquet` (SCHEMA), of the households that a list of the team's capacity
    would hold for each outcome; sorted. A household is left out where a member's chance comes from no trees.

    `people`, `households`: the month's scores. `reasons` and `different`: the members', the weightiest member
    first; where several live there each begins with how many of 100 parts of the chance are that member's.
    """
    members = _members(people, _listed(households, settings), settings)
    told = [_told(group, models, members, settings) for group in groups]
    both = members.join(pl.concat(told), on=["person_id", "outcome"], how="left", suffix="|told")
    whole = both.filter(pl.col("base").is_not_null().all().over(_KEYS))
    weighed = [(pl.col(part) * pl.col("share")).sum().round(6).alias(part) for part in PARTS]
    summed = whole.sort(*_KEYS, "share", "person_id", descending=[False, False, True, False]).group_by(
        _KEYS, maintain_order=True
    )
    rows = summed.agg(
        pl.col("horizon_days", "probability").first(),
        pl.len().cast(pl.Int64).alias("members"),
        pl.col("share").first().round(4).alias("weightiest_share"),
        *weighed,
        _in_turn("reasons").head(REASONS_MAX),
        _in_turn("different"),
    )
    return rows.select(SCHEMA.keys()).cast(pl.Schema(SCHEMA)).sort(_KEYS)


def _listed(households: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    main = households.filter(pl.col("horizon_days") == settings.need.horizon_days)
    parts = [
        part.sort(["probability", "household_id"], descending=[True, False]).head(
            capacity_of(part.height, settings.need.capacity_share)
        )
        for part in main.partition_by("outcome", maintain_order=True)
    ]
    return pl.concat(parts) if parts else main


def _members(people: pl.DataFrame, listed: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """person_id, household_id, outcome, horizon_days, probability (of the household), share (of it)."""
    weight = -(1 - pl.col("chance").clip(0, 1 - 1e-9)).log()
    main = pl.col("horizon_days") == settings.need.horizon_days
    own = people.filter(main, "eligible", ~pl.col("communal"))
    there = own.select("person_id", *_KEYS, chance="probability").join(
        listed.select(*_KEYS, "horizon_days", "probability"), on=_KEYS
    )
    return there.with_columns(share=weight / weight.sum().over(_KEYS)).drop("chance")


def _told(group: People, models: Models, members: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The reasons of the members in one age group: tell_reasons' columns."""
    places = group.ids.select("person_id").with_row_index("at")
    frames = [pl.DataFrame(schema=PERSON)]
    for (outcome,), part in sorted(members.partition_by("outcome", as_dict=True).items()):
        at = places.join(part, on="person_id", how="semi")["at"].sort().cast(pl.Int64).to_numpy()
        model = models.chances.get((group.age_group, str(outcome)))
        if model is not None and len(at):
            frames.append(tell_reasons(model, group, str(outcome), np.asarray(at), settings))
    return pl.concat(frames).drop("household_id", "horizon_days", "probability")


def _in_turn(column: str) -> pl.Expr:
    """The members' sentences, one list; said whose they are where several live there."""
    share = (pl.col("share") * 100).round(0).cast(pl.Int64).cast(pl.String)
    whose = pl.when(pl.len() > 1).then(pl.concat_str(share, pl.lit(" of 100 parts: "))).otherwise(pl.lit(""))
    said = whose.repeat_by(pl.col(column).list.len()).explode(empty_as_null=False) + pl.col(column).explode(
        empty_as_null=False
    )
    return said.alias(column)
