"""Dates as councils write them: one order for a whole file, decided on evidence, never row by row."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

EARLIEST = date(1850, 1, 1)
"""Nobody in a record was born before this, and spreadsheets write 1800s and 1900s for a blank."""

_ISO = r"^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ].*)?$"
_ISO_COMPACT = r"^(\d{4})(\d{2})(\d{2})$"
_PARTS = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ].*)?$"
_FIRST_OVER_12 = r"^(?:1[3-9]|[23]\d)[-/.]"
_SECOND_OVER_12 = r"^\d{1,2}[-/.](?:1[3-9]|[23]\d)[-/.]"


@dataclass(frozen=True)
class DateOrder:
    """`order` is iso, dmy, mdy or none (no dates); `note` says what the decision rests on.

    `doubt` is a defect: the values contradict the order that councils use.
    """

    order: str
    note: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class Evidence:
    """How many dates of a file stand in which shape: year first, three parts, of those with a first and with
    a second part over 12. Evidence of pieces adds up."""

    iso: int = 0
    parts: int = 0
    first: int = 0
    second: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            self.iso + other.iso,
            self.parts + other.parts,
            self.first + other.first,
            self.second + other.second,
        )


def decide_order(seen: Evidence, pinned: str | None = None) -> DateOrder:
    """The order of every date in a file, from what was seen in all its date columns.

    Pinned by landing.toml, else iso where most dates begin with the year, else dmy; month/day/year is never
    assumed: values that can only be that are a doubt, to be settled in landing.toml.
    """
    if pinned:
        return DateOrder(pinned, "said in landing.toml")
    iso, parts, first, second = seen.iso, seen.parts, seen.first, seen.second
    if iso == 0 and parts == 0:
        return DateOrder("none")
    if iso >= parts:
        return DateOrder("iso", f"{parts} in another order, which cannot be read" if parts else "")
    if first == 0 and second > 0:
        return DateOrder(
            "dmy",
            doubt=f"{second} dates can only be month/day/year and none only day/month/year; "
            'set date_order = "mdy" or "dmy" for this file in landing.toml',
        )
    if first == 0:
        return DateOrder(
            "dmy", "every date could be either way round; taken as day/month/year, as councils write"
        )
    return DateOrder("dmy", f"{first} dates can only be day/month/year")


def find_evidence(texts: pl.DataFrame) -> Evidence:
    """What the date columns of a piece show. No columns or rows: none."""
    if not texts.width or not texts.height:
        return Evidence()
    counts = [texts[c].alias("text").value_counts(name="n") for c in texts.columns]
    text, n = pl.col("text"), pl.col("n")
    is_parts = text.str.contains(_PARTS)
    seen = pl.concat(counts).select(
        iso=n.filter(text.str.contains(_ISO) | text.str.contains(_ISO_COMPACT)).sum(),
        parts=n.filter(is_parts).sum(),
        first=n.filter(is_parts & text.str.contains(_FIRST_OVER_12)).sum(),
        second=n.filter(is_parts & text.str.contains(_SECOND_OVER_12)).sum(),
    )
    return Evidence(*map(int, seen.row(0)))


def parse_dates(text: pl.Expr, order: str) -> pl.Expr:
    """Text to dates in one order; null where the text is no date of it (30 February, another order)."""
    if order == "dmy":
        iso = text.str.replace(_PARTS, "${3}-${2}-${1}")
    elif order == "mdy":
        iso = text.str.replace(_PARTS, "${3}-${1}-${2}")
    else:
        iso = text.str.replace(_ISO, "${1}-${2}-${3}").str.replace(_ISO_COMPACT, "${1}-${2}-${3}")
    shaped = pl.when(iso.str.contains(r"^\d{4}-\d{1,2}-\d{1,2}$")).then(iso)
    return shaped.str.to_date("%Y-%m-%d", strict=False)


def date_in_name(name: str) -> date | None:
    """The day a file was cut, from its name: 2026-09-30, 20260930, 202609 or 2026Q3 (their last days).

    Of several dates the latest. None where the name holds none.
    """
    found = [*_days(name), *_months(name), *_quarters(name)]
    return max(found, default=None)


def _days(name: str) -> list[date]:
    dashed = re.findall(r"(?<!\d)(\d{4})([-_.])(\d{2})\2(\d{2})(?!\d)", name)
    solid = re.findall(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)", name)
    return _real([(y, m, d) for y, _, m, d in dashed] + solid)


def _months(name: str) -> list[date]:
    return _last_days(re.findall(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(?!\d)", name))


def _quarters(name: str) -> list[date]:
    found = re.findall(r"(?<!\d)((?:19|20)\d{2})[-_ ]?[Qq]([1-4])(?!\d)", name)
    return _last_days([(year, str(3 * int(quarter))) for year, quarter in found])


def _last_days(months: Sequence[tuple[str, str]]) -> list[date]:
    return [date(int(y), int(m), calendar.monthrange(int(y), int(m))[1]) for y, m in months]


def _real(parts: Sequence[tuple[str, str, str]]) -> list[date]:
    days = []
    for year, month, day in parts:
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return [d for d in days if d.year >= 1900]
