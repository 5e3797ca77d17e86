"""What a service costs and by which unit, as the care records and the budget both have it."""

import polars as pl

from simulator import kinds, rates

_HOURLY = ("home_care", "extra_care", "reablement", "emergency", "supported_living")
_WEEKLY_POUNDS = {
    "residential": 850.0,
    "nursing": 1060.0,
    "short_residential": 930.0,
    "direct_payment": 0.0,
    "other": 90.0,
}
_ONCE_POUNDS = {"equipment": 160.0, "carer_support": 280.0}
_SESSION_POUNDS, _DIRECT_PAYMENT_POUNDS_PER_HOUR = 58.0, 16.5
"""Usual prices (assumed) round the published hourly rate."""


def part_of(component: str = "component") -> pl.Expr:
    """The word of a service's component, empty where there is none."""
    return pl.col(component).replace_strict(
        dict(enumerate(kinds.COMPONENTS)), default="", return_dtype=pl.String
    )


def weekly_pounds(part: pl.Expr) -> pl.Expr:
    """What a service costs a week: 0 for what is paid once."""
    once = part.is_in(list(_ONCE_POUNDS))
    return pl.when(once).then(0.0).otherwise(unit_cost(part) * units(part) * pl.col("price"))


def unit_cost(part: pl.Expr) -> pl.Expr:
    """Pounds a unit, before the provider's own `price` (a factor); rows need `hours`."""
    flat = part.replace_strict(_WEEKLY_POUNDS | _ONCE_POUNDS, default=0.0, return_dtype=pl.Float64)
    return (
        pl.when(part.is_in(_HOURLY))
        .then(rates.HOURLY_PRICE_POUNDS)
        .when(part == "day_support")
        .then(_SESSION_POUNDS)
        .when(part == "direct_payment")
        .then(pl.col("hours") * _DIRECT_PAYMENT_POUNDS_PER_HOUR)
        .otherwise(flat)
    )


def frequency(part: pl.Expr) -> pl.Expr:
    """The unit, in the words of the specification."""
    return (
        pl.when(part.is_in(_HOURLY))
        .then(pl.lit("Hourly"))
        .when(part == "day_support")
        .then(pl.lit("Per session"))
        .when(part.is_in(list(_ONCE_POUNDS)))
        .then(pl.lit("One-off"))
        .otherwise(pl.lit("Weekly"))
    )


def units(part: pl.Expr) -> pl.Expr:
    """Hours a week of what is paid by the hour, sessions of day support, else one."""
    hours = (
        pl.when(part == "reablement")
        .then(8.0)
        .when(part == "emergency")
        .then(14.0)
        .when(part == "supported_living")
        .then(pl.col("hours") * 2)
        .otherwise(pl.col("hours"))
    )
    return pl.when(part.is_in(_HOURLY)).then(hours).when(part == "day_support").then(2.0).otherwise(1.0)
