"""What a feature is: one small object that says what is counted, over which days, and what blank means.

A `View` reads the records as known at a date (rows by person, household or area); a `Feature` turns the rows
of one key into a number, for each of its windows. Adding a feature is one entry in its family's file, and its
test. Columns are named `family__what__window`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property

import polars as pl

from configs.settings import Settings
from features.as_of import DAYS_PER_YEAR, reaches_back, within
from features.inputs import SOURCE_OF, Records


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The records as they may be read at `as_of`, and the cohort (`features.cohort`) that is described."""

    records: Records
    as_of: date
    settings: Settings
    cohort: pl.LazyFrame

    @cached_property
    def memory(self) -> dict[str, pl.DataFrame]:
        """Frames that several views share, made once."""
        return {}

    def once(self, name: str, make: Callable[[], pl.LazyFrame]) -> pl.LazyFrame:
        """The frame called `name`, made on first use."""
        if name not in self.memory:
            self.memory[name] = make().collect()
        return self.memory[name].lazy()


class Missing(Enum):
    """What stands where nothing was recorded. A source that had not landed is unknown under either rule."""

    ZERO = "0 when none is recorded; unknown before the source begins or when it has not landed"
    UNKNOWN = "unknown when not recorded or not landed"


class Take(Enum):
    """How the rows of one key become one number."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    ONLY = "first"


@dataclass(frozen=True, eq=False)
class View:
    """A reading of the records: `read(snapshot)` gives rows with `key` and whatever the features ask of them.

    `tables` are the records tables read; when the first was not yet seen at a date, so is none of the view's
    features. `one_row` promises one row a key.
    """

    name: str
    key: str
    tables: tuple[str, ...]
    read: Callable[[Snapshot], pl.LazyFrame]
    one_row: bool = False

    @property
    def source(self) -> str:
        """The landed kinds that the view rests on, as the dictionary names them."""
        return ", ".join(dict.fromkeys(SOURCE_OF[t] for t in self.tables))


@dataclass(frozen=True, eq=False)
class Feature:
    """One declared feature; with several `windows` (days before `as_of`) it gives a column for each."""

    what: str
    view: View
    value: pl.Expr
    unit: str
    phrase: str
    missing: Missing
    take: Take = Take.ONLY
    windows: tuple[int, ...] = ()
    state: str = "now"

    def columns(self, family: str) -> "list[Column]":
        """The columns of the feature, one a window, or one for the state where there is none."""
        return [Column(self, family, days) for days in self.windows or (None,)]


def yes_no(
    what: str,
    view: View,
    value: pl.Expr,
    phrase: str,
    *,
    windows: tuple[int, ...] = (),
    state: str = "now",
    missing: Missing | None = None,
) -> Feature:
    """A feature that is 1 or 0: of a view's only row (none: unknown), or whether any of many is so."""
    take = Take.ONLY if view.one_row else Take.MAX
    usual = Missing.UNKNOWN if view.one_row else Missing.ZERO
    return Feature(what, view, value, "yes/no", phrase, missing or usual, take, windows, state)


def count(
    what: str,
    view: View,
    value: pl.Expr,
    unit: str,
    phrase: str,
    *,
    windows: tuple[int, ...] = (),
    state: str = "now",
) -> Feature:
    """A feature that adds up over the rows of one key, and is 0 where there are none."""
    return Feature(what, view, value, unit, phrase, Missing.ZERO, Take.SUM, windows, state)


def measure(
    what: str,
    view: View,
    value: pl.Expr,
    unit: str,
    phrase: str,
    *,
    take: Take = Take.ONLY,
    windows: tuple[int, ...] = (),
    state: str = "now",
    missing: Missing = Missing.UNKNOWN,
) -> Feature:
    """A feature that is a quantity, unknown where it was not recorded."""
    return Feature(what, view, value, unit, phrase, missing, take, windows, state)


@dataclass(frozen=True, eq=False)
class Column:
    """One column of the table: a feature over one window."""

    feature: Feature
    family: str
    days: int | None

    @property
    def name(self) -> str:
        """`family__what__window`."""
        return f"{self.family}__{self.feature.what}__{f'{self.days}d' if self.days else self.feature.state}"

    @property
    def phrase(self) -> str:
        """The feature in plain English, with its window."""
        return f"{self.feature.phrase} {window_phrase(self.days)}" if self.days else self.feature.phrase

    @property
    def expression(self) -> pl.Expr:
        """The value of a view's only row, or the aggregate over the rows of one key."""
        value = self.feature.value
        if self.feature.view.one_row:
            return (pl.when(within(self.days)).then(value) if self.days else value).alias(self.name)
        rows = value.filter(within(self.days)) if self.days else value
        return getattr(rows, self.feature.take.value)().alias(self.name)

    def is_known(self, seen: Snapshot) -> bool:
        """False when the source, or the whole of the window, was not there yet at the date."""
        first_table = self.feature.view.tables[0]
        if not seen.records.was_seen_before(first_table, seen.as_of):
            return False
        counts = self.feature.missing is Missing.ZERO and self.days is not None
        return not counts or reaches_back(seen.as_of, seen.records.data_from, self.days or 0)

    def describe(self) -> dict[str, str]:
        """The entry of the data dictionary."""
        return {
            "name": self.name,
            "family": self.family,
            "phrase": self.phrase,
            "unit": self.feature.unit,
            "source": self.feature.view.source,
            "missing_rule": self.feature.missing.value,
        }


_WINDOW_PHRASES = {
    31: "in the last month",
    91: "in the last 3 months",
    365: "in the last year",
    730: "in the last two years",
}


def window_phrase(days: int) -> str:
    """A window in words: "in the last year"."""
    years = f"in the last {round(days / DAYS_PER_YEAR)} years"
    return _WINDOW_PHRASES.get(days, years if days > 730 else f"in the last {days} days")


def columns_of(families: Iterable[tuple[str, Sequence[Feature]]]) -> list[Column]:
    """Every column of every family, in the order declared. Raises ValueError when two would share a name."""
    columns = [column for family, features in families for f in features for column in f.columns(family)]
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"declared twice: {', '.join(twice)}")
    return columns
