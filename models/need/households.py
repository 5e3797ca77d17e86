"""From people to households: the chance that any member has the outcome, calibrated on households."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit

from models.need.bands import Bands, fit_all_bands, ranges_of
from models.need.chance import Pair
from models.need.intervals import add_up, hazard_labels, take_apart
from models.need.logistic import fit_platt, log_odds
from models.need.people import COMMUNAL, Floats, People, Rows
from models.need.splits import Split

DIGITS = 6
AS_IT_IS: Pair = (0.0, 1.0)
Numbers = npt.NDArray[np.int64]
NOBODY = -1
NEARLY = 1 - 1e-12


@dataclass(frozen=True)
class Households:
    """Households at origins, in order of their numbers, and which picked people are their eligible members.

    `y` is rows × horizons: what happened to any member (NaN not settled); `older`: whether one is 65 or over.
    """

    as_of: npt.NDArray[np.datetime64]
    lsoa_code: pl.Series
    older: Rows
    y: Floats
    members: list[Rows]
    place: npt.NDArray[np.int64]

    def combine(self, chances: list[Floats]) -> Floats:
        """Rows × horizons: the chance that any member has the outcome, members taken as independent.

        `chances`: of each group, rows × horizons of the people that were picked.
        """
        each = np.concatenate([c[m] for c, m in zip(chances, self.members, strict=True)])
        return 1 - np.exp(_summed(np.log1p(-np.minimum(each, NEARLY)), self.place, len(self.older)))


@dataclass(frozen=True)
class HouseholdChance:
    """How a household's hazards are put right: intercept and slope of their log-odds, for each interval; and
    how sure the chance within each horizon then is (no bands: not known)."""

    pairs: tuple[Pair, ...]
    bands: tuple[Bands, ...] = ()

    def adjust(self, chances: Floats) -> Floats:
        """Calibrated chances, rows × horizons, from those of `Households`; never falling with the horizon."""
        intercept, slope = np.array(self.pairs).T
        hazards = take_apart(chances)
        put_right = expit(intercept + slope * log_odds(hazards))
        # Nobody at risk stays at nothing, whatever the intercept says.
        return add_up(np.where(hazards > 0, put_right, 0.0))

    def range_of(self, chances: Floats) -> tuple[Floats, Floats]:
        """The low and high ends of calibrated chances: rows × horizons each, NaN where not known."""
        return ranges_of(self.bands, chances)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"pairs": [list(p) for p in self.pairs], "bands": [b.as_dict() for b in self.bands]}

    @staticmethod
    def from_dict(said: dict[str, Any]) -> "HouseholdChance":
        """What `as_dict` wrote."""
        pairs = tuple((intercept, slope) for intercept, slope in said["pairs"])
        return HouseholdChance(pairs, tuple(Bands.from_dict(b) for b in said["bands"]))


def number_households(groups: list[People]) -> list[Numbers]:
    """A number for each row's household, the same in every group; -1 at no or a communal address."""
    keys = pl.concat([g.ids.select("household_id", "as_of") for g in groups])
    code = pl.struct("household_id", "as_of").rank("dense").cast(pl.Int64) - 1
    numbers = keys.select(pl.when(pl.col("household_id").is_not_null()).then(code).fill_null(NOBODY))
    whole = numbers.to_series().to_numpy()
    ends = np.cumsum([len(g.x) for g in groups])
    parts = np.split(whole, ends[:-1])
    return [
        np.where(group.column(COMMUNAL) > 0, NOBODY, part) for group, part in zip(groups, parts, strict=True)
    ]


def gather_households(
    groups: list[People], numbers: list[Numbers], outcome: str, rows: list[Rows]
) -> Households:
    """The households of the people `rows` picks in each group.

    Members who cannot have the outcome count for nothing; a household without an eligible member is left out.
    """
    members = [
        (g.eligible[outcome] & (n != NOBODY))[r] for g, n, r in zip(groups, numbers, rows, strict=True)
    ]
    number = np.concatenate([n[r][m] for n, r, m in zip(numbers, rows, members, strict=True)])
    y = np.concatenate([g.outcomes[outcome][r][m] for g, r, m in zip(groups, rows, members, strict=True)])
    older = np.concatenate(
        [np.full(m.sum(), g.age_group == "65+") for g, m in zip(groups, members, strict=True)]
    )
    ids = pl.concat([g.ids.filter(r).filter(m) for g, r, m in zip(groups, rows, members, strict=True)])
    _, first, place = np.unique(number, return_index=True, return_inverse=True)
    total = _summed(y, place, len(first))
    return Households(
        as_of=ids["as_of"].to_numpy()[first],
        lsoa_code=ids["lsoa_code"].gather(first),
        older=np.bincount(place, older, len(first)) > 0,
        y=np.where(np.isnan(total), np.nan, total > 0),
        members=members,
        place=place,
    )


def fit_households(
    households: Households, chances: Floats, split: Split | None, horizons: tuple[int, ...]
) -> HouseholdChance:
    """Calibration of `chances` (rows × horizons) on the intervals that calibrate persons; as it is where none
    does. An interval without an event there, or chained, shares the calibration of the one before it.
    """
    pairs: list[Pair] = []
    labels, scores = hazard_labels(households.y), log_odds(take_apart(chances))
    for k in range(len(horizons)):
        days = split.calibrate[k] if split is not None and k < len(split.calibrate) else ()
        at_risk = _at(households, days) & ~np.isnan(labels[:, k])
        known = (labels[at_risk, k] == 1).any()
        pairs.append(
            fit_platt(scores[at_risk, k], labels[at_risk, k]) if known else (pairs or [AS_IT_IS])[-1]
        )
    return HouseholdChance(tuple(pairs))


def with_ranges(
    calibration: HouseholdChance, households: Households, chances: Floats, split: Split | None
) -> HouseholdChance:
    """The calibration, with how sure its chances are by the whole windows that `split` may judge; as it is
    where there are none. `households` and `chances` as for `fit_households`."""
    if split is None or not any(split.judged):
        return calibration
    used = [_at(households, days) & ~np.isnan(households.y[:, k]) for k, days in enumerate(split.judged)]
    return replace(calibration, bands=fit_all_bands(calibration.adjust(chances), households.y, used))


def household_scores(people: pl.DataFrame, calibrations: dict[str, HouseholdChance]) -> pl.DataFrame:
    """1 - product of (1 - p) over eligible members, calibrated: one row per household, outcome and horizon.

    `people`: person_id, household_id?, lsoa_code?, communal bool, as_of, outcome, horizon_days, probability?,
    eligible. A communal address is no household; one with no eligible member has no row. Sorted by household,
    outcome and horizon.
    """
    members = people.filter(
        pl.col("household_id").is_not_null(), ~pl.col("communal"), pl.col("eligible")
    ).sort("household_id", "outcome", "horizon_days", "person_id")
    raw = members.group_by("household_id", "as_of", "outcome", "horizon_days", maintain_order=True).agg(
        pl.col("lsoa_code").drop_nulls().first(),
        (1 - (1 - pl.col("probability")).product()).alias("probability"),
    )
    parts = [_adjusted(part, calibrations) for part in raw.partition_by("outcome", maintain_order=True)]
    frame = pl.concat(parts) if parts else _ranged(raw, None)
    rounded = pl.col("probability", "probability_low", "probability_high").round(DIGITS)
    return frame.select("household_id", "lsoa_code", "as_of", "outcome", "horizon_days", rounded).sort(
        "household_id", "outcome", "horizon_days"
    )


def _adjusted(part: pl.DataFrame, calibrations: dict[str, HouseholdChance]) -> pl.DataFrame:
    calibration = calibrations.get(part["outcome"][0])
    if calibration is None:
        return _ranged(part, None)
    chances = calibration.adjust(part["probability"].to_numpy().reshape(-1, part["horizon_days"].n_unique()))
    ranges = calibration.range_of(chances)
    return _ranged(part.with_columns(probability=pl.Series(chances.ravel())), ranges)


def _ranged(part: pl.DataFrame, ranges: tuple[Floats, Floats] | None) -> pl.DataFrame:
    """With `probability_low` and `probability_high`, null where not known."""
    nothing = np.full(part.height, np.nan)
    low, high = (end.ravel() for end in ranges) if ranges else (nothing, nothing)
    ends = {"probability_low": low, "probability_high": high}
    return part.with_columns(pl.Series(n, v, pl.Float64).fill_nan(None) for n, v in ends.items())


def _at(households: Households, days: tuple[date, ...]) -> Rows:
    return np.isin(households.as_of, np.array(days, dtype="datetime64[D]"))


def _summed(values: Floats, place: npt.NDArray[np.int64], n: int) -> Floats:
    columns = [np.bincount(place, column, n) for column in values.T]
    return np.column_stack(columns) if columns else np.zeros((n, 0))
