"""The rule of time, in one place: every comparison of dates in this package stands in this file.

`as_of` means the start of that day. A fact may be used only when it was known before (`known_on < as_of`) and
had happened before (`happened_on < as_of`); an outcome happens in `[as_of, as_of + horizon)`; spells are
half-open `[start, end)`, and an end counts only once it is known. What is not known to be over is open; what
is not settled is unknown, never negative.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

DAYS_AGO = "days_ago"
"""The column that `with_days_ago` adds: 1 for a fact of the day before `as_of`."""

REPLACED = "replaced_on"
"""Of facts that are told again as more is learnt: the day on which what replaced this row was known."""

DAYS_PER_YEAR = 365.25
_TOLD = "_told"
_OPEN_ENDED = date(9999, 12, 31)


def known_before(
    facts: pl.LazyFrame, as_of: date, *, known: str = "known_on", happened: str | None = "happened_on"
) -> pl.LazyFrame:
    """The facts that may be used at `as_of`: known before that day, and (unless None) happened before it.

    A fact whose date of knowledge is missing is never used, nor one that another had replaced by then. Same
    columns as `facts`; empty in, empty out.
    """
    used = facts.filter(pl.col(known) < as_of)
    if REPLACED in facts.collect_schema():
        used = used.filter(stands_on(as_of))
    return used if happened is None else used.filter(pl.col(happened) < as_of)


def stands_on(as_of: date) -> pl.Expr:
    """True where no other row had taken this one's place by the start of `as_of` (column REPLACED)."""
    return pl.col(REPLACED).is_null() | (pl.col(REPLACED) >= as_of)


def latest_known(
    facts: pl.LazyFrame, as_of: date, by: str, *, known: str = "known_on", happened: str = "happened_on"
) -> pl.LazyFrame:
    """The newest usable fact of each `by`, one row each, rows with no `by` left out.

    Two facts of one day are told apart by their date of knowledge, then by their values, so that the order of
    rows never matters. Same columns as `facts`; empty in, empty out.
    """
    usable = known_before(facts, as_of, known=known, happened=happened).filter(pl.col(by).is_not_null())
    newest = usable.filter(pl.col(happened) == pl.col(happened).max().over(by))
    # Few have two facts of one day: only theirs are put in order, by every column there is.
    counted = newest.with_columns(pl.len().over(by).alias(_TOLD))
    several = counted.filter(pl.col(_TOLD) > 1).sort(by, known, *_other_plain_columns(facts, by, known))
    last = several.unique(subset=by, keep="last", maintain_order=True)
    return pl.concat([counted.filter(pl.col(_TOLD) == 1), last]).drop(_TOLD)


def _other_plain_columns(facts: pl.LazyFrame, *named: str) -> list[str]:
    return [c for c, kind in facts.collect_schema().items() if c not in named and not kind.is_nested()]


def is_known(known: str, as_of: date) -> pl.Expr:
    """True where the date of knowledge in column `known` lies before `as_of`; blank is not known."""
    return (pl.col(known) < as_of).fill_null(False)


def hide_unknown_ends(
    spells: pl.LazyFrame,
    as_of: date,
    *,
    end: str = "ended_on",
    end_known: str = "end_known_on",
    told_at_end: Sequence[str] = (),
) -> pl.LazyFrame:
    """The spells with `end`, and the columns told only at the end, blank unless the end was known by then."""
    known = is_known(end_known, as_of)
    return spells.with_columns(pl.when(known).then(pl.col(c)).alias(c) for c in (end, *told_at_end))


def hide_ends_within_lag(
    spells: pl.LazyFrame, as_of: date, lag_days: int, *, end: str, told_at_end: Sequence[str] = ()
) -> pl.LazyFrame:
    """As `hide_unknown_ends`, for a source without a date of knowledge: known `lag_days` after it."""
    known = pl.col(end) + pl.duration(days=lag_days) < as_of
    return spells.with_columns(pl.when(known).then(pl.col(c)).alias(c) for c in (end, *told_at_end))


def is_open_on(day: date, *, start: str = "happened_on", end: str = "ended_on") -> pl.Expr:
    """True where a spell, ends already hidden, had begun before `day` and was not over by it."""
    return (pl.col(start) < day) & (pl.col(end).is_null() | (pl.col(end) > day))


def open_at(
    spells: pl.LazyFrame,
    as_of: date,
    *,
    day: date | None = None,
    start: str = "happened_on",
    end: str = "ended_on",
    known: str = "known_on",
    end_known: str = "end_known_on",
) -> pl.LazyFrame:
    """The spells that, as far as was known before `as_of`, had begun before `day` and were not over by it;
    perhaps none. `day` is `as_of` itself, or for what is told of the past an earlier one."""
    begun = known_before(spells, as_of, known=known, happened=start)
    return hide_unknown_ends(begun, as_of, end=end, end_known=end_known).filter(
        is_open_on(day or as_of, start=start, end=end)
    )


def falls_before(day: date, *, happened: str = "happened_on") -> pl.Expr:
    """True where the fact happened before `day`; a fact that never happened does not."""
    return (pl.col(happened) < day).fill_null(False)


def is_before_or_on(day: date, then: str) -> pl.Expr:
    """True where the date in column `then` is `day` or earlier; blank is not."""
    return (pl.col(then) <= day).fill_null(False)


def in_window(facts: pl.LazyFrame, start: date, end: date, *, happened: str = "happened_on") -> pl.LazyFrame:
    """The facts that happened in `[start, end)`: no day is in two windows that meet, or in neither."""
    return facts.filter((pl.col(happened) >= start) & (pl.col(happened) < end))


def with_days_ago(
    facts: pl.LazyFrame, as_of: date, *, happened: str = "happened_on", name: str = DAYS_AGO
) -> pl.LazyFrame:
    """The facts with whole days from each until `as_of` (null where the date is)."""
    return facts.with_columns(days_since(pl.col(happened), as_of).alias(name))


def within(days: int, name: str = DAYS_AGO) -> pl.Expr:
    """True where a fact happened in the `days` days before `as_of`; false where its date is unknown."""
    return pl.col(name).is_between(1, days).fill_null(False)


def days_since(then: pl.Expr, as_of: date) -> pl.Expr:
    """Whole days from `then` to `as_of`; negative when `then` lies ahead, null when it is null."""
    return (pl.lit(as_of) - then).dt.total_days()


def years_between(earlier: pl.Expr, later: date | pl.Expr) -> pl.Expr:
    """Completed years from `earlier` to `later`, as an age is told; born on 29 February, it is 1 March."""
    until = pl.lit(later) if isinstance(later, date) else later
    not_yet = (until.dt.month() < earlier.dt.month()) | (
        (until.dt.month() == earlier.dt.month()) & (until.dt.day() < earlier.dt.day())
    )
    return (until.dt.year() - earlier.dt.year() - not_yet.cast(pl.Int32)).cast(pl.Int32)


def days_inside(
    start: pl.Expr, end: pl.Expr, window_start: date | pl.Expr, window_end: date | pl.Expr
) -> pl.Expr:
    """Days of the spell `[start, end)` inside `[window_start, window_end)`; an open spell fills it."""
    opened, closed = (pl.lit(w) if isinstance(w, date) else w for w in (window_start, window_end))
    first = pl.max_horizontal(start, opened)
    last = pl.min_horizontal(end, closed)
    return (last - first).dt.total_days().clip(lower_bound=0)


def overlaps(start: str, end: str, window_start: str, window_end: str) -> pl.Expr:
    """True where the spell `[start, end)`, open where `end` is blank, shares a day with the window."""
    return (pl.col(start) < pl.col(window_end)) & (
        pl.col(end).is_null() | (pl.col(end) > pl.col(window_start))
    )


def whole_months(as_of: date, wait_days: int, since: date, at_most: int) -> list[date]:
    """First days of the calendar months from `since` on that were over, and told of, by `as_of`; oldest
    first, the newest `at_most`."""
    firsts = (date(as_of.year - b // 12, 12 - b % 12, 1) for b in range(12 - as_of.month, at_most + 24))
    told = (m for m in firsts if since <= m and next_month(m) + timedelta(days=wait_days) <= as_of)
    return sorted(list(told)[:at_most])


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def earliest(*ends: str) -> pl.Expr:
    """The first of several ends, blanks left aside; blank when all are."""
    return pl.min_horizontal(*ends)


def contains(moment: str, *, start: str, end: str) -> pl.Expr:
    """True where the day before `moment` lies in `[start, end)`: the spell stood when the moment came."""
    return (pl.col(start) < pl.col(moment)) & (pl.col(end).is_null() | (pl.col(end) >= pl.col(moment)))


def merge_spells(
    spells: pl.LazyFrame, by: str, gap_days: int, *, start: str = "from_date", end: str = "to_date"
) -> pl.LazyFrame:
    """Spells of one `by` that overlap, or lie less than `gap_days` apart, as one: `by, from_date, to_date`.

    An open spell (`end` blank) makes an open one; an end before its start counts as no length. Empty in,
    empty out.
    """
    closed = pl.max_horizontal(pl.col(end).fill_null(_OPEN_ENDED), pl.col(start))
    ordered = spells.select(by, pl.col(start).alias("from_date"), closed.alias("to_date")).sort(
        by, "from_date", "to_date"
    )
    reached = pl.col("to_date").cum_max().shift(1).over(by)
    apart = reached.is_null() | ((pl.col("from_date") - reached).dt.total_days() >= gap_days)
    numbered = ordered.with_columns(apart.alias("apart")).with_columns(
        pl.col("apart").cum_sum().over(by).alias("spell")
    )
    merged = numbered.group_by(by, "spell").agg(pl.col("from_date").min(), pl.col("to_date").max())
    still_open = pl.col("to_date") == _OPEN_ENDED
    return merged.select(by, "from_date", pl.when(~still_open).then(pl.col("to_date")).alias("to_date"))


def lasts(days: int, *, start: str = "from_date", end: str = "to_date") -> pl.Expr:
    """True where a spell is open still or lasted at least `days` days."""
    return pl.col(end).is_null() | ((pl.col(end) - pl.col(start)).dt.total_days() >= days)


def ends_with(moment: str, *, start: str = "from_date", end: str = "to_date", slack_days: int = 1) -> pl.Expr:
    """True where `moment` falls in a spell or within `slack_days` of its end (a stay that ends in death)."""
    after_start = pl.col(moment) >= pl.col(start)
    by_the_end = pl.col(end).is_null() | (pl.col(moment) <= pl.col(end) + pl.duration(days=slack_days))
    return (after_start & by_the_end).fill_null(False)


def window_end(as_of: date, horizon_days: int) -> date:
    """The first day after the outcome window."""
    return as_of + timedelta(days=horizon_days)


def settled(as_of: date, horizon_days: int, wait_days: int, seen_to: date) -> bool:
    """True when the window, and `wait_days` for reports to come in, are over by `seen_to`."""
    return window_end(as_of, horizon_days) + timedelta(days=wait_days) <= seen_to


def newest_settled(horizon_days: int, wait_days: int, seen_to: date) -> date:
    """The latest `as_of` whose window is settled by `seen_to`."""
    return seen_to - timedelta(days=wait_days + horizon_days)


def step_back(newest: date, oldest: date, every_days: int, at_most: int) -> list[date]:
    """Dates from `newest` back by `every_days`, none before `oldest`, at most `at_most`, in order of time."""
    dates = (newest - timedelta(days=every_days * step) for step in range(at_most))
    return sorted(day for day in dates if day >= oldest)


def reaches_back(as_of: date, data_from: date, days: int) -> bool:
    """True when the data cover all of the `days` days before `as_of`."""
    return as_of - timedelta(days=days) >= data_from


def seen_before(first_known_on: date | None, as_of: date) -> bool:
    """True when a source's first fact was known before `as_of`."""
    return first_known_on is not None and first_known_on < as_of
