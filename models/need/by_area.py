"""How far a forecast's differences between areas came true: what the places stage trusts them by."""

from typing import Any

import numpy as np
import polars as pl

from models.need.people import Floats

AGE_BAND_YEARS = 5
EVENTS_EXPECTED_MIN = 1e-9
NOT_KNOWN = dict.fromkeys(
    ("area_slope", "area_slope_information", "area_spread", "area_spread_information"), None
)


def compare_areas(chance: Floats, y: Floats, age: Floats, area: pl.Series) -> dict[str, float | None]:
    """Observed against forecast differences between areas, both age-standardised, on people not trained on.

    With z an area's observed and x its forecast ratio to what its ages lead one to expect, less 1, and E its
    expected events: `area_slope` is the least-squares slope of z on x weighted by E (1: differences come true
    as forecast; 0: not at all), `area_slope_information` its inverse variance were counts Poisson;
    `area_spread` the variance of z left over by moments (may be negative), with its information.
    `chance`, `y` (1 or 0), `age` (years) and `area` hold one value a person; people without an area are left
    out. All None where there is no event, or no two areas whose forecasts differ.
    """
    areas = _by_area(chance, y, age, area)
    expected, x, z = (areas[name].to_numpy() for name in ("expected", "forecast_ratio", "observed_ratio"))
    information = float((expected * x**2).sum())
    if len(areas) < 2 or information < EVENTS_EXPECTED_MIN:
        return dict(NOT_KNOWN)
    slope = float((expected * x * z).sum()) / information
    left = float((expected * (z - slope * x) ** 2).sum()) - (len(areas) - 1)
    return {
        "area_slope": round(slope, 6),
        "area_slope_information": round(information, 6),
        "area_spread": round(left / float(expected.sum()), 6),
        "area_spread_information": round(float(expected.sum() ** 2 / (2 + 1 / expected).sum()), 6),
    }


def _by_area(chance: Floats, y: Floats, age: Floats, area: pl.Series) -> pl.DataFrame:
    """area, expected (events), forecast_ratio, observed_ratio; sorted; only where something is expected."""
    people: dict[str, Any] = {"area": area, "p": chance, "y": y, "band": np.floor(age / AGE_BAND_YEARS)}
    banded = pl.DataFrame(people).with_columns(
        expected_p=pl.col("p").mean().over("band"), expected=pl.col("y").mean().over("band")
    )
    summed = banded.drop_nulls("area").group_by("area").agg(pl.exclude("area", "band").sum()).sort("area")
    return summed.filter(
        pl.col("expected") > EVENTS_EXPECTED_MIN, pl.col("expected_p") > EVENTS_EXPECTED_MIN
    ).select(
        "area",
        "expected",
        forecast_ratio=pl.col("p") / pl.col("expected_p") - 1,
        observed_ratio=pl.col("y") / pl.col("expected") - 1,
    )
