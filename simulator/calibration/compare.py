"""Hold a written county against the published figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import polars as pl

from configs.errors import TooFewError
from simulator.calibration.care import measure_care
from simulator.calibration.conditions import measure_conditions
from simulator.calibration.homes import measure_homes
from simulator.calibration.hospital import measure_hospital
from simulator.calibration.lives import measure_lives
from simulator.calibration.measured import Measured, nothing
from simulator.calibration.records import measure_records
from simulator.calibration.residents import measure_residents
from simulator.calibration.targets import Target, gather
from simulator.calibration.targets_care import CARE, CARE_HOMES, CARERS_ALL
from simulator.calibration.targets_health import CONDITIONS, FRAILTY, HOSPITAL, RECORDS
from simulator.calibration.targets_lives import HOMES, LIVES
from simulator.calibration.written import Written

TARGETS = gather(LIVES, HOSPITAL, FRAILTY, CONDITIONS, CARE, CARE_HOMES, CARERS_ALL, HOMES, RECORDS)
STANDARD_ERRORS = 2
"""Chance alone is allowed so many standard errors on top of each tolerance."""
ORDINARY_MESS = 1
OLD_PEOPLE_MIN = 50
_MEASURES = (
    measure_lives,
    measure_hospital,
    measure_conditions,
    measure_care,
    measure_residents,
    measure_homes,
    measure_records,
)


@dataclass(frozen=True)
class Comparison:
    """One target and what the county has.

    `low` and `high` bound what is accepted: the target less and plus `tolerance` of it, widened by two
    standard
    errors that the `size` measured (people or events) would have were the target true. `simulated` is
    NaN, and
    `within` false, where the county holds nothing to measure.
    """

    name: str
    group: str
    what: str
    unit: str
    source: str
    how_sure: str
    target: float
    tolerance: float
    low: float
    high: float
    simulated: float
    size: int
    within: bool
    own_target: bool
    why: str


def calibrate(county: Path, place: str | None = None) -> list[Comparison]:
    """Every target against the county written in the folder `county`, in the order of the table.

    `place` is the name of the real place that the county was simulated on, for messages only: the
    county's own
    target ages and tenures stand in its truth. Reads `county/landing` and `county/truth`, writes
    nothing. Raises
    LandingError where either is missing or lacks a file, TooFewError where fewer than 50 people are 65
    or over.
    """
    written = Written(county)
    _check_size(written, place or county.name)
    found = measure(written)
    targets = [t for t in TARGETS if t.any_mess or written.mess == ORDINARY_MESS]
    return [compare(target, found.get(target.name, nothing())) for target in targets]


def _check_size(written: Written, name: str) -> None:
    old = written.last_residents.filter(pl.col("age") >= 65).height
    if old < OLD_PEOPLE_MIN:
        raise TooFewError(
            "The county is too small to hold to published figures",
            where=f"{name}: {old} people aged 65 or over, at least {OLD_PEOPLE_MIN} are needed",
            todo="Simulate more households",
        )


def measure(written: Written) -> dict[str, Measured]:
    """Everything measured of a written county, by name."""
    found: dict[str, Measured] = {}
    for each in _MEASURES:
        found |= each(written)
    return found


def compare(target: Target, found: Measured) -> Comparison:
    """One target against what was measured for it."""
    own = found.target is not None
    wanted = found.target if found.target is not None else target.value
    wanted = float("nan") if wanted is None else wanted
    reach = wanted * target.tolerance + STANDARD_ERRORS * found.error(wanted)
    low, high = max(wanted - reach, 0.0), wanted + reach
    return Comparison(
        name=target.name,
        group=target.group,
        what=target.what,
        unit=target.unit,
        source=target.source,
        how_sure=target.how_sure,
        target=_steady(wanted),
        tolerance=target.tolerance,
        low=_steady(low),
        high=_steady(high),
        simulated=_steady(found.value),
        size=found.size,
        within=bool(not isnan(found.value) and low <= found.value <= high),
        own_target=own,
        why=target.why,
    )


def _steady(value: float) -> float:
    """The value to nine figures: sums in another order differ in the last bits."""
    return float(f"{value:.9g}")


def missed(results: Mapping[str, list[Comparison]]) -> int:
    """Comparisons outside what is accepted, over all counties."""
    return sum(not each.within for county in results.values() for each in county)
