"""What models of need read: the features stage, one age group at a time, as plain arrays."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from configs.errors import DeskError
from configs.vocabulary import AGE_GROUPS

FAMILIES = ("person__", "housing__", "health__", "social_care__", "area__")
"""A feature is a column whose name begins with its family; `audit__…` and ids never are."""

AGE = "person__age__now"
FRAILTY_CATEGORY = "health__frailty_category__now"
LIVES_ALONE = "person__lives_alone__now"
COMMUNAL = "person__communal_address__now"
EMERGENCY_ADMISSIONS = "health__emergency_admissions__365d"
CARE_REQUESTS = "social_care__requests__365d"
CARE_HOURS = "social_care__home_care_hours__now"

Floats = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Origins:
    """The dates of the features stage: `as_of` is described, `training` (ascending) are settled."""

    as_of: date
    training: tuple[date, ...]


@dataclass(frozen=True)
class People:
    """The people of one age group at one or more origins: a row is one person at one origin.

    `x` is rows × features (NaN unknown). `outcomes` maps outcome -> one number a row: 1 happened, 0 did not,
    NaN not eligible or not settled. `hours` is mean home-care hours a week over the horizon, NaN not settled.
    """

    age_group: str
    ids: pl.DataFrame
    features: tuple[str, ...]
    x: Floats
    outcomes: dict[str, Floats]
    eligible: dict[str, Rows]
    hours: Floats

    def column(self, name: str) -> Floats:
        """One feature of all rows, unknown as 0; all 0 when the table has no such feature."""
        return np.nan_to_num(self.raw(name), nan=0.0)

    def raw(self, name: str) -> Floats:
        """One feature of all rows, NaN where unknown; all NaN when the table has no such feature."""
        if name not in self.features:
            return np.full(len(self.x), np.nan)
        return self.x[:, self.features.index(name)].astype(np.float64)

    def at(self, origins: tuple[date, ...]) -> Rows:
        """Which rows stand at one of these origins."""
        return self.ids["as_of"].is_in(list(origins)).to_numpy()

    def person_numbers(self) -> npt.NDArray[np.int64]:
        """A number for each person, the same at every origin: 0 … persons − 1 in order of person_id."""
        return (self.ids["person_id"].rank("dense") - 1).to_numpy().astype(np.int64)


def read_origins(features: Path) -> Origins:
    """`origins.json` of a features folder; `training` is empty when no earlier date is settled."""
    said = json.loads((features / "origins.json").read_text(encoding="utf-8"))
    return Origins(
        date.fromisoformat(said["as_of"]), tuple(sorted(map(date.fromisoformat, said["training"])))
    )


def read_people(
    features: Path, origins: tuple[date, ...], horizon_days: int, *, names: tuple[str, ...] | None = None
) -> list[People]:
    """The people of each age group at `origins`, rows sorted by as_of and person_id; empty groups too.

    `names` asks for these features in this order (default: all of them, in order of name); DeskError says
    which of them the tables do not have.
    """
    table = pl.concat([_read(features, "table", day) for day in origins], how="vertical_relaxed")
    outcomes = pl.concat([_outcomes(features, day, horizon_days) for day in origins])
    hours = pl.concat([_hours(features, day, horizon_days) for day in origins])
    table = table.join(hours, on=["person_id", "as_of"], how="left").sort("as_of", "person_id")
    wanted = names or tuple(sorted(c for c in table.columns if c.startswith(FAMILIES)))
    _check_columns(table, wanted)
    return [_people(table, outcomes, group, wanted) for group in AGE_GROUPS]


def _check_columns(table: pl.DataFrame, wanted: tuple[str, ...]) -> None:
    absent = sorted(set(wanted) - set(table.columns))
    if absent:
        raise DeskError(
            "The model in use asks for features that these tables do not have",
            where="features/table",
            todo="Train again with `forebridge train`: the model was made by another version of the features",
            details=absent,
        )


def _people(table: pl.DataFrame, outcomes: pl.DataFrame, group: str, names: tuple[str, ...]) -> People:
    mine = table.filter(pl.col("age_group") == group)
    labels = {o: _labels(mine, outcomes, o) for o in sorted(outcomes["outcome"].unique())}
    return People(
        age_group=group,
        ids=mine.select("person_id", "household_id", "lsoa_code", "as_of"),
        features=names,
        x=mine.select(pl.col(names).cast(pl.Float32)).to_numpy(order="c"),
        outcomes={o: frame["label"].to_numpy() for o, frame in labels.items()},
        eligible={o: frame["eligible"].to_numpy() for o, frame in labels.items()},
        hours=mine["hours_per_week"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
    )


def _labels(mine: pl.DataFrame, outcomes: pl.DataFrame, outcome: str) -> pl.DataFrame:
    happened = pl.col("happened").cast(pl.Float64)
    return (
        mine.select("person_id", "as_of")
        .join(
            outcomes.filter(pl.col("outcome") == outcome),
            on=["person_id", "as_of"],
            how="left",
            maintain_order="left",
        )
        .select(
            pl.col("eligible").fill_null(False),
            pl.when("eligible").then(happened).fill_null(float("nan")).alias("label"),
        )
    )


def _read(features: Path, kind: str, origin: date) -> pl.DataFrame:
    return pl.read_parquet(features / kind / f"{origin.isoformat()}.parquet")


def _outcomes(features: Path, origin: date, horizon_days: int) -> pl.DataFrame:
    return (
        _read(features, "outcomes", origin)
        .filter(pl.col("horizon_days") == horizon_days)
        .select(
            "person_id",
            "as_of",
            "outcome",
            pl.col("eligible").cast(pl.Boolean),
            pl.col("happened").cast(pl.Boolean),
        )
    )


def _hours(features: Path, origin: date, horizon_days: int) -> pl.DataFrame:
    return (
        _read(features, "hours", origin)
        .filter(pl.col("horizon_days") == horizon_days)
        .select("person_id", "as_of", pl.col("hours_per_week").cast(pl.Float64))
    )
