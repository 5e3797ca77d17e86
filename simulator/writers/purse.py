"""supply/budget: what the council set aside and spent on each service, by financial year."""

from datetime import date

import numpy as np
import polars as pl

from simulator.landed import Landing
from simulator.timeline import NO_DAY, day_number
from simulator.writers.prices import part_of, weekly_pounds

SERVICES = {
    "home_care": ("home_care",),
    "direct_payments": ("direct_payment",),
    "day_care": ("day_support",),
    "supported_living": ("supported_living", "extra_care"),
    "residential": ("residential",),
    "nursing": ("nursing",),
    "reablement": ("reablement",),
    "short_stays": ("short_residential", "emergency"),
}
SPENT_OVER_BUDGET = (0.99, 1.06)  # assumed: most councils overspend a little


def write_budget(landing: Landing) -> None:
    """Write one line a financial year and service; the year that is not over has what was spent so far."""
    services = landing.world.services.frame().with_columns(part=part_of())
    services = services.with_columns(pounds_per_week=weekly_pounds(pl.col("part")))
    rng = landing.rng(206)
    rows = []
    for year in _years(landing):
        first, after = day_number(year[0]), min(day_number(year[1]), landing.timeline.last_day + 1)
        whole = (day_number(year[1]) - first) / max(after - first, 1)
        for name, components in SERVICES.items():
            spend = _spent(services, components, first, after)
            over = rng.uniform(*SPENT_OVER_BUDGET)
            label = f"{year[0].year}-{year[1].year % 100:02d}"
            rows.append((label, name, round(spend * whole / over, -3), round(spend, 2)))
    frame = pl.DataFrame(rows, schema=["year", "service", "budget_pounds", "spend_pounds"], orient="row")
    landing.land(frame, "supply/budget.csv")


def _years(landing: Landing) -> list[tuple[date, date]]:
    """First days of the financial years that begin in the recorded time, with the first days of the next."""
    first, last = landing.timeline.first_date, landing.timeline.last_day
    years = range(first.year, first.year + landing.timeline.years + 1)
    return [
        (date(y, 4, 1), date(y + 1, 4, 1))
        for y in years
        if date(y, 4, 1) >= first and day_number(date(y, 4, 1)) < last
    ]


def _spent(services: pl.DataFrame, components: tuple[str, ...], first: int, after: int) -> float:
    mine = services.filter(pl.col("part").is_in(list(components)))
    until = np.where(mine["until"].to_numpy() == NO_DAY, 2**30, mine["until"].to_numpy())
    days = np.clip(np.minimum(until, after) - np.maximum(mine["day"].to_numpy(), first), 0, None)
    return float((days / 7 * mine["pounds_per_week"].to_numpy()).sum())
