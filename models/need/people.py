"""What models of need read: the features stage, one age group at a time, as plain arrays."""

import json
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from configs.errors import DeskError
from configs.vocabulary import AGE_GROUPS

FAMILIES = ("person__", "housing__", "health__", "social_care__", "area__")
"""A feature is a column whose name begins with its family; `audit__…` and ids never are."""

AUDIT = "audit__"
AGE = "person__age__now"
FRAILTY_CATEGORY = "health__frailty_category__now"
LIVES_ALONE = "person__lives_alone__now"
COMMUNAL = "person__communal_address__now"
EMERGENCY_ADMISSIONS = "health__emergency_admissions__365d"
CARE_REQUESTS = "social_care__requests__365d"
KNOWN_SINCE = "social_care__days_since_first_contact__now"
"""Known where the council's care service has a contact on record."""

CARE_HOURS = "social_care__home_care_hours__now"

Floats = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.bool_]
Picked: TypeAlias = Rows | npt.NDArray[np.int64] | slice
EVERY = slice(None)


@dataclass(frozen=True)
class Origins:
    """The dates of the features stage: `as_of` is described, `training` (ascending) are settled; and what the
    outcomes rest on (`features.outcomes.define_outcomes`)."""

    as_of: date
    training: tuple[date, ...]
    definitions: dict[str, int]


@dataclass(frozen=True)
class People:
    """The people of one age group at one or more origins: a row is one person at one origin.

    `x` is rows × features (NaN unknown). `outcomes` maps outcome -> rows × `horizons` (days, rising): 1
    happened within it, 0 did not, NaN not eligible or not settled. `hours` is rows × horizons too: mean
    home-care hours a week over the horizon, NaN not settled. `audit` holds protected attributes, as text or
    null, one column each: for tables by group, never a feature.
    """

    age_group: str
    horizons: tuple[int, ...]
    ids: pl.DataFrame
    audit: pl.DataFrame
    features: tuple[str, ...]
    x: Floats
    outcomes: dict[str, Floats]
    eligible: dict[str, Rows]
    hours: Floats

    def column(self, name: str, rows: Picked = EVERY) -> Floats:
        """One feature of `rows` (default: all), unknown as 0; all 0 when the table has no such feature."""
        return np.nan_to_num(self.raw(name, rows), nan=0.0)

    def raw(self, name: str, rows: Picked = EVERY) -> Floats:
        """One feature of `rows`, NaN where unknown; all NaN when the table has no such feature."""
        if name not in self.features:
            return np.full(len(np.arange(len(self.x))[rows]), np.nan)
        return self.x[:, self.features.index(name)][rows].astype(np.float64)

    def seen_by(self, names: tuple[str, ...]) -> "People | None":
        """The same people with these features in this order; None where one of them is not there."""
        if not set(names) <= set(self.features):
            return None
        return replace(self, features=names, x=self.x[:, [self.features.index(name) for name in names]])

    def at(self, origins: tuple[date, ...]) -> Rows:
        """Which rows stand at one of these origins."""
        return self.ids["as_of"].is_in(list(origins)).to_numpy()

    @cached_property
    def person_numbers(self) -> npt.NDArray[np.int64]:
        """A number for each person, the same at every origin: 0 … persons − 1 in order of person_id."""
        return (self.ids["person_id"].rank("dense") - 1).to_numpy().astype(np.int64)


def read_origins(features: Path) -> Origins:
    """`origins.json` of a features folder; `training` is empty when no earlier date is settled."""
    said = json.loads((features / "origins.json").read_text(encoding="utf-8"))
    return Origins(
        date.fromisoformat(said["as_of"]),
        tuple(sorted(map(date.fromisoformat, said["training"]))),
        said.get("definitions", {}),
    )


def read_people(
    features: Path,
    origins: tuple[date, ...],
    horizons: tuple[int, ...],
    *,
    names: tuple[str, ...] | None = None,
    leave_out: tuple[str, ...] = (),
) -> list[People]:
    """The people of each age group at `origins`, rows sorted by as_of and person_id; empty groups too.

    `names` asks for these features in this order (default: all of them that no pattern of `leave_out` fits,
    in order of name); DeskError says which of them the tables do not have.
    """
    table = pl.concat([_read(features, "table", day) for day in origins], how="vertical_relaxed")
    outcomes = pl.concat([_outcomes(features, day) for day in origins])
    hours = pl.concat([_read(features, "hours", day) for day in origins])
    table = table.sort("as_of", "person_id")
    wanted = names or _names(table.columns, leave_out)
    _check_columns(table, wanted)
    return [_people(table, outcomes, hours, group, horizons, wanted) for group in AGE_GROUPS]


def _names(columns: list[str], leave_out: tuple[str, ...]) -> tuple[str, ...]:
    features = (c for c in columns if c.startswith(FAMILIES))
    return tuple(sorted(c for c in features if not any(fnmatch(c, pattern) for pattern in leave_out)))


def _check_columns(table: pl.DataFrame, wanted: tuple[str, ...]) -> None:
    absent = sorted(set(wanted) - set(table.columns))
    if absent:
        raise DeskError(
            "The model in use asks for features that these tables do not have",
            where="features/table",
            todo="Train again with `forebridge train`: the model was made by another version of the features",
            details=absent,
        )


def _people(
    table: pl.DataFrame,
    outcomes: pl.DataFrame,
    hours: pl.DataFrame,
    group: str,
    horizons: tuple[int, ...],
    names: tuple[str, ...],
) -> People:
    mine = table.filter(pl.col("age_group") == group)
    keys = mine.select("person_id", "as_of")
    by_outcome = {o: outcomes.filter(pl.col("outcome") == o) for o in sorted(outcomes["outcome"].unique())}
    return People(
        age_group=group,
        horizons=horizons,
        ids=mine.select("person_id", "household_id", "lsoa_code", "as_of"),
        audit=mine.select(pl.col("^audit__.*$").name.map(lambda name: name.removeprefix(AUDIT))),
        features=names,
        x=mine.select(pl.col(names).cast(pl.Float32)).to_numpy(order="c"),
        outcomes={o: _by_horizon(keys, frame, "label", horizons) for o, frame in by_outcome.items()},
        eligible={o: _eligible(keys, frame) for o, frame in by_outcome.items()},
        hours=_by_horizon(keys, hours, "hours_per_week", horizons),
    )


def _by_horizon(keys: pl.DataFrame, told: pl.DataFrame, value: str, horizons: tuple[int, ...]) -> Floats:
    """Rows of `keys` × horizons: `value` of `told`, NaN where there is none."""
    columns = [
        keys.join(
            told.filter(pl.col("horizon_days") == horizon).select("person_id", "as_of", value),
            on=["person_id", "as_of"],
            how="left",
            maintain_order="left",
        )[value].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for horizon in horizons
    ]  # fmt: skip
    return np.column_stack(columns) if columns else np.zeros((keys.height, 0))


def _eligible(keys: pl.DataFrame, told: pl.DataFrame) -> Rows:
    once = told.select("person_id", "as_of", "eligible").unique()
    joined = keys.join(once, on=["person_id", "as_of"], how="left", maintain_order="left")
    return joined["eligible"].fill_null(False).to_numpy()


def _read(features: Path, kind: str, origin: date) -> pl.DataFrame:
    return pl.read_parquet(features / kind / f"{origin.isoformat()}.parquet")


def _outcomes(features: Path, origin: date) -> pl.DataFrame:
    happened = pl.col("happened").cast(pl.Boolean).cast(pl.Float64)
    return _read(features, "outcomes", origin).select(
        "person_id",
        "as_of",
        "outcome",
        "horizon_days",
        pl.col("eligible").cast(pl.Boolean),
        pl.when("eligible").then(happened).alias("label"),
    )
