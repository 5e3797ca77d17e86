"""The one table of travel times that plans use, with its source and its date.

Today: straight lines, a detour factor and a speed by rurality, all assumed and set in `[travel]`. Roads and
timetables take the same shape when they are landed.
"""

from dataclasses import dataclass

import numpy as np

from configs.settings import Travel

METRES_PER_KILOMETRE = 1000.0
MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True)
class TravelTimes:
    """Minutes one way by car from each start to each end, (starts, ends); how and when they were made."""

    minutes: np.ndarray
    source: str
    date: str


def estimate_travel(
    starts: np.ndarray, ends: np.ndarray, rural_starts: np.ndarray, rural_ends: np.ndarray, travel: Travel
) -> TravelTimes:
    """Travel times of straight lines times the detour factor, at the mean pace of the two ends.

    `starts` (n, 2) and `ends` (m, 2) in metres (EPSG:27700); `rural_starts` (n,) and `rural_ends` (m,) hold
    1 for rural, 0 for urban, 0.5 where it is not known. No starts or no ends: an empty table of that shape.
    """
    source = (
        f"straight lines x {travel.detour_factor:g}, {travel.urban_kilometres_per_hour:g} km/h in town and "
        f"{travel.rural_kilometres_per_hour:g} km/h in the country (assumed)"
    )
    minutes = estimate_pairs(
        starts[:, None, :], ends[None, :, :], rural_starts[:, None], rural_ends[None, :], travel
    )
    return TravelTimes(minutes, source, travel.method_date)


def estimate_pairs(
    starts: np.ndarray, ends: np.ndarray, rural_starts: np.ndarray, rural_ends: np.ndarray, travel: Travel
) -> np.ndarray:
    """Minutes by car from each start to the end beside it, as `estimate_travel`; shapes are broadcast.

    `starts` and `ends` (…, 2) in metres, `rural_starts` and `rural_ends` (…).
    """
    gaps = starts - ends
    metres = travel.detour_factor * np.hypot(gaps[..., 0], gaps[..., 1])
    return np.asarray(metres * (_pace(rural_starts, travel) + _pace(rural_ends, travel)) / 2)


def reach_metres(minutes: float, travel: Travel) -> float:
    """The straight line beyond which nothing lies within `minutes`, however fast the road."""
    return minutes / (travel.detour_factor * min(_pace(np.array([0.0, 1.0]), travel)))


def _pace(rural: np.ndarray, travel: Travel) -> np.ndarray:
    """Minutes a metre."""
    town, country = (
        MINUTES_PER_HOUR / (METRES_PER_KILOMETRE * speed)
        for speed in (travel.urban_kilometres_per_hour, travel.rural_kilometres_per_hour)
    )
    return town + (country - town) * np.asarray(rural, dtype=float)
