"""The time rule put to the proof: would the same table have been made on the day itself?

A run's table of a date is made from files landed years later. Here it is made again from the landing as it
would have been on that date (`records/truncation.py`), and the two must be equal, cell by cell. What differs
was told by something that nobody could have known: a leak."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.settings import Settings
from features.as_of import window_end
from features.inputs import Records, gather_records
from features.records.rederive import Whole, records_at, relinked_at
from features.table import build_features

_KEY = "person_id"
_WHOLE_COUNTY = ("area__", "person__lives_alone_chance__")
"""Features that hang on the neighbours, or on rates learnt from the whole county: one person more or less
changes them for everybody."""


@dataclass(frozen=True)
class Hunt:
    """What was found at one date. `columns`: name -> people whose value differs. `as_written`: the run's own
    table was looked at, else one made now from its records."""

    as_of: date
    as_written: bool
    people: int
    only_in_run: int
    only_then: int
    columns: dict[str, int]

    @property
    def equal(self) -> bool:
        """True when nothing differs."""
        return not (self.only_in_run or self.only_then or self.columns)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "equal": self.equal}


@dataclass(frozen=True)
class Relinked:
    """The same with everybody linked anew from the truncated landing: of the run's people, the share found
    again under the same pseudonym; and of those, the share whose row is equal in what is their own."""

    as_of: date
    people: int
    found_again: float
    equal_rows: float

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


def pick_dates(records: Records, until: date, how_many: int, seed: int, settings: Settings) -> list[date]:
    """Random days, in order, from the first that a model could learn from up to `until`; fewer where there
    are fewer."""
    first = window_end(records.data_from, settings.features.history_days_min)
    days = (until - first).days + 1
    drawn = np.random.default_rng(seed).choice(max(days, 0), size=min(how_many, max(days, 0)), replace=False)
    return sorted(first + timedelta(days=int(day)) for day in drawn)


def hunt(
    records: Records,
    whole: Whole,
    summary: dict[str, Any],
    as_of: date,
    settings: Settings,
    written: Path | None,
) -> tuple[Hunt, pl.DataFrame]:
    """What differs at `as_of`, counted; and cell by cell: person_id, column, in_run?, then? (text).

    `records`: of the run; `whole`: its landing, named by its identities; `written`: the table that the run
    left for this date, where it did; None: make it from `records`.
    """
    as_written = written is not None and written.is_file()
    run = pl.read_parquet(written) if written and as_written else build_features(records, as_of, settings)
    again = gather_records({n: t.lazy() for n, t in records_at(whole, as_of, settings).items()}, summary)
    then = build_features(again, as_of, settings).select(run.columns)
    cells = find_differences(run, then)
    return _count(as_of, as_written, run, then, cells), cells


def hunt_relinked(
    records: Records, whole: Whole, summary: dict[str, Any], as_of: date, settings: Settings, **how: Any
) -> Relinked:
    """The second figure: linkage redone too. `how`: key, state and purpose of the run; `state` is copied."""
    run = build_features(records, as_of, settings)
    made = relinked_at(whole, as_of, settings, **how)
    then = build_features(gather_records({n: t.lazy() for n, t in made.items()}, summary), as_of, settings)
    both = run.select(_KEY).join(then, on=_KEY, how="semi").height
    own = [c for c in run.columns if not c.startswith(_WHOLE_COUNTY)]
    differ = find_differences(run.select(own), then.select(own)).get_column(_KEY).n_unique()
    return Relinked(as_of, run.height, _share(both, run.height), _share(both - differ, both))


def find_differences(run: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """The cells of people in both tables that are not the same: person_id, column, in_run?, then?; sorted."""
    both = run.join(then, on=_KEY, suffix="|then")
    parts = [_differing(both, c) for c in run.columns if c != _KEY]
    return pl.concat(parts).sort("column", _KEY)


def leaks(found: Sequence[Hunt]) -> dict[str, int]:
    """Column -> people, over all dates, the worst first."""
    total: dict[str, int] = {}
    for one in found:
        for column, n in one.columns.items():
            total[column] = total.get(column, 0) + n
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _differing(both: pl.DataFrame, column: str) -> pl.DataFrame:
    other = f"{column}|then"
    return both.filter(pl.col(column).ne_missing(pl.col(other))).select(
        _KEY,
        pl.lit(column).alias("column"),
        pl.col(column).cast(pl.String).alias("in_run"),
        pl.col(other).cast(pl.String).alias("then"),
    )


def _count(as_of: date, as_written: bool, run: pl.DataFrame, then: pl.DataFrame, cells: pl.DataFrame) -> Hunt:
    only_in_run = run.join(then, on=_KEY, how="anti").height
    only_then = then.join(run, on=_KEY, how="anti").height
    by_column = dict(cells.group_by("column").len().sort("column").iter_rows())
    return Hunt(as_of, as_written, run.height, only_in_run, only_then, by_column)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 1.0
