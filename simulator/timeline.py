"""Days as whole numbers (days since 1970-01-01), and the months that a simulated life is lived in."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from simulator.log import Array

EPOCH = date(1970, 1, 1)
NO_DAY = -1_000_000
"""Stands for 'not yet' in a column of days."""
BURN_IN_MONTHS = 36
"""Months lived before the first recorded day, so that care, caring and bereavement are under way
(assumed)."""


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def as_date(day: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(day))


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def dates(days: Array) -> pl.Series:
    """Day numbers as a Date series; NO_DAY becomes null."""
    series = pl.Series(np.asarray(days).astype(np.int32))
    return series.set(series <= NO_DAY, None).cast(pl.Date)


@dataclass(frozen=True)
class Timeline:
    """From `first_day` to `last_day`, both included, after a burn-in; `month_starts` has one boundary
    more."""

    last_day: int
    years: int

    @property
    def first_date(self) -> date:
        """The first recorded day, as a date."""
        return add_months(as_date(self.last_day + 1), -12 * self.years)

    @property
    def first_day(self) -> int:
        """The first recorded day, as a day number."""
        return day_number(self.first_date)

    @property
    def month_starts(self) -> list[int]:
        """First days of all months lived, burn-in included, and the day after the last."""
        months = range(-BURN_IN_MONTHS, 12 * self.years + 1)
        return [day_number(add_months(self.first_date, m)) for m in months]

    def every(self, months: int, *, back_from: int) -> list[int]:
        """Days `months` apart counted back from `back_from`, none before the first recorded day,
        oldest first."""
        steps = range(12 * self.years // months + 1)
        days = [day_number(add_months(as_date(back_from + 1), -months * k)) - 1 for k in steps]
        return sorted(day for day in days if day >= self.first_day)
