"""What models of need read: the features stage, one age group at a time, as plain arrays."""

import json
from collections.abc import Callable
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
IDS = ("person_id", "household_id", "lsoa_code", "as_of")

Floats = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.bool_]
Picked: TypeAlias = Rows | npt.NDArray[np.integer[Any]] | slice
EVERY = slice(None)


@dataclass(frozen=True)
class Origins:
    """The dates of the features stage: `as_of` is described, `training` (ascending) are settled; and what the
    outcomes rest on (`features.outcomes.define_outcomes`)."""

    as_of: date
    training: tuple[date, ...]
    definitions: dict[str, int]


@dataclass(frozen=True)
class Narrow:
    """Some columns of a wide array, taken only for the rows that are asked for: a copy of all would take
    gigabytes. Indexed as the array is: by rows, or by rows and one column."""

    whole: Floats
    columns: npt.NDArray[np.int64]

    @staticmethod
    def of(x: "Floats | Narrow", columns: list[int]) -> "Narrow":
        """These columns of `x`, which may be narrowed already."""
        chosen = np.array(columns, dtype=np.int64)
        return Narrow(x.whole, x.columns[chosen]) if isinstance(x, Narrow) else Narrow(x, chosen)

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, asked: Any) -> Floats:
        if isinstance(asked, tuple):
            rows, column = asked
            return np.asarray(self.whole[rows, self.columns[column]])
        return np.asarray(self.whole[asked][:, self.columns])


@dataclass(frozen=True)
class People:
    """The people of one age group at one or more origins: a row is one person at one origin.

    `x` is rows × features (NaN unknown). `outcomes` maps outcome -> rows × `horizons` (days, rising): 1
    happened within it, 0 did not, NaN not eligible or not settled. `hours` is rows × horizons too: mean
    home-care hours a week over the horizon, NaN not settled. `audit` holds protected attributes, as text or
    null, one column each: for tables by group, never a feature. `recording`: how many starts of support had a
    request on record, by group (`features.recording`).
    """

    age_group: str
    horizons: tuple[int, ...]
    ids: pl.DataFrame
    audit: pl.DataFrame
    features: tuple[str, ...]
    x: "Floats | Narrow"
    outcomes: dict[str, Floats]
    eligible: dict[str, Rows]
    hours: Floats
    recording: tuple[dict[str, Any], ...] = ()

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
        if names == self.features:
            return self
        if not set(names) <= set(self.features):
            return None
        return replace(self, features=names, x=Narrow.of(self.x, [self.features.index(n) for n in names]))

    def without(self, unwanted: Callable[[str], bool]) -> "People":
        """The same people without the features whose names `unwanted` says to leave."""
        kept = [i for i, name in enumerate(self.features) if not unwanted(name)]
        return replace(self, x=Narrow.of(self.x, kept), features=tuple(self.features[i] for i in kept))

    def leaving_out(self, patterns: tuple[str, ...]) -> "People":
        """The same people without the features that a pattern (as `housing__*`) fits; itself with none."""
        return self.without(lambda name: any(fnmatch(name, p) for p in patterns)) if patterns else self

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
) -> list[People]:
    """The people of each age group at `origins`, rows sorted by as_of and person_id; empty groups too.

    `names` asks for these features in this order (default: all of them, in order of name); DeskError says
    which of them the tables do not have. Read date by date into one array: a county's ten years are millions
    of rows, and held once they take gigabytes.
    """
    days = tuple(sorted(set(origins)))
    columns = set.intersection(*(set(_scan(features, "table", day).collect_schema()) for day in days))
    wanted = names or tuple(sorted(c for c in columns if c.startswith(FAMILIES)))
    _check_columns(columns, wanted)
    told = {name for day in days for name in _outcomes_told(features, day)}
    heads = [_head(features, day) for day in days]
    groups = [_Filling.of(heads, group, horizons, wanted, sorted(told), features) for group in AGE_GROUPS]
    for k, day in enumerate(days):
        _fill_date(features, day, k, groups)
    return [group.people for group in groups]


def _check_columns(columns: set[str], wanted: tuple[str, ...]) -> None:
    absent = sorted(set(wanted) - columns)
    if absent:
        raise DeskError(
            "The model in use asks for features that these tables do not have",
            where="features/table",
            todo="Train again with `forebridge train`: the model was made by another version of the features",
            details=absent,
        )


@dataclass(frozen=True)
class _Filling:
    """The people of one age group while their arrays are filled, date by date."""

    people: People
    keys: list[pl.DataFrame]
    ends: npt.NDArray[np.int64]

    @staticmethod
    def of(
        heads: list[pl.DataFrame],
        group: str,
        horizons: tuple[int, ...],
        names: tuple[str, ...],
        outcomes: list[str],
        features: Path,
    ) -> "_Filling":
        """Arrays of the right size, nothing known yet; `heads`: ids and audit columns of each date."""
        mine = [head.filter(pl.col("age_group") == group) for head in heads]
        ends = np.cumsum([0, *(head.height for head in mine)])
        n, whole = int(ends[-1]), pl.concat(mine, how="vertical_relaxed")
        people = People(
            age_group=group,
            horizons=horizons,
            ids=whole.select(*IDS),
            audit=whole.select(pl.col("^audit__.*$").name.map(lambda name: name.removeprefix(AUDIT))),
            features=names,
            x=np.empty((n, len(names)), dtype=np.float32),
            outcomes={o: np.full((n, len(horizons)), np.nan) for o in outcomes},
            eligible={o: np.zeros(n, dtype=bool) for o in outcomes},
            hours=np.full((n, len(horizons)), np.nan),
            recording=_recording(features, group),
        )
        return _Filling(people, [head.select("person_id") for head in mine], ends)

    def fill(self, k: int, table: pl.DataFrame, outcomes: pl.DataFrame, hours: pl.DataFrame) -> None:
        """What stands at the date number `k`: features, outcomes and hours of those of this age group."""
        people, keys = self.people, self.keys[k]
        piece = slice(int(self.ends[k]), int(self.ends[k + 1]))
        assert isinstance(people.x, np.ndarray)
        people.x[piece] = (
            table.filter(pl.col("age_group") == people.age_group).select(people.features).to_numpy()
        )
        mine = _labelled(outcomes.join(keys, on="person_id", how="semi"))
        for (outcome,), told in mine.partition_by("outcome", as_dict=True).items():
            people.outcomes[outcome][piece] = _by_horizon(keys, told, "label", people.horizons)
            people.eligible[outcome][piece] = _eligible(keys, told)
        people.hours[piece] = _by_horizon(keys, hours, "hours_per_week", people.horizons)


def _fill_date(features: Path, day: date, k: int, groups: list[_Filling]) -> None:
    # A date is read once for all age groups, and let go of before the next.
    names = pl.col(groups[0].people.features).cast(pl.Float32)
    table = _in_order(_scan(features, "table", day).select("person_id", "age_group", names))
    outcomes, hours = _read(features, "outcomes", day), _read(features, "hours", day)
    for group in groups:
        group.fill(k, table, outcomes, hours)


def _recording(features: Path, group: str) -> tuple[dict[str, Any], ...]:
    file = features / "recording.json"
    rows = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return tuple(row for row in rows if row["age_group"] == group)


def _head(features: Path, day: date) -> pl.DataFrame:
    # The same few words a million times: as numbers they take a quarter of the room.
    few = pl.col("^audit__.*$").cast(pl.Categorical)
    return _in_order(_scan(features, "table", day).select(*IDS, "age_group", few))


def _in_order(rows: pl.LazyFrame) -> pl.DataFrame:
    """Rows by person. As written they are, and to sort two hundred columns that are sorted takes long."""
    read = rows.collect()
    return read if read["person_id"].is_sorted() else read.sort("person_id")


def _by_horizon(keys: pl.DataFrame, told: pl.DataFrame, value: str, horizons: tuple[int, ...]) -> Floats:
    """Rows of `keys` × horizons: `value` of `told`, NaN where there is none."""
    columns = [
        keys.join(
            told.filter(pl.col("horizon_days") == horizon).select("person_id", value),
            on="person_id",
            how="left",
            maintain_order="left",
        )[value].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for horizon in horizons
    ]  # fmt: skip
    return np.column_stack(columns) if columns else np.zeros((keys.height, 0))


def _eligible(keys: pl.DataFrame, told: pl.DataFrame) -> Rows:
    once = told.select("person_id", "eligible").unique()
    joined = keys.join(once, on="person_id", how="left", maintain_order="left")
    return joined["eligible"].fill_null(False).to_numpy()


def _scan(features: Path, kind: str, origin: date) -> pl.LazyFrame:
    return pl.scan_parquet(features / kind / f"{origin.isoformat()}.parquet")


def _read(features: Path, kind: str, origin: date) -> pl.DataFrame:
    return pl.read_parquet(features / kind / f"{origin.isoformat()}.parquet")


def _outcomes_told(features: Path, origin: date) -> list[str]:
    return (
        _scan(features, "outcomes", origin).select(pl.col("outcome").unique()).collect()["outcome"].to_list()
    )


def _labelled(outcomes: pl.DataFrame) -> pl.DataFrame:
    happened = pl.col("happened").cast(pl.Boolean).cast(pl.Float64)
    return outcomes.select(
        "person_id",
        "outcome",
        "horizon_days",
        pl.col("eligible").cast(pl.Boolean),
        pl.when("eligible").then(happened).alias("label"),
    )
