"""How many care-home beds will be needed, area by area, and how many there are."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from configs.settings import Homes

CARE_HOME = "care_home_admission"
DAYS_PER_YEAR = 365


@dataclass(frozen=True)
class BedNeed:
    """People who will need a bed at the end of the horizon, by area (n,), in three scenarios, and on what
    footing.
    """

    scenarios: dict[str, np.ndarray]
    assumptions: list[str]

    @property
    def central(self) -> np.ndarray:
        """The scenario that a plan is made for."""
        return self.scenarios["p50"]


def forecast_beds(
    areas: pl.DataFrame, forecast: pl.DataFrame, observed: pl.DataFrame, homes: Homes, horizon_days: int
) -> BedNeed:
    """People needing a bed at the horizon: who lives in a care home now and stays, who moves in and stays.

    need = living there now x (1 - exit share) + expected admissions x (1 - exit share / 2): who moves in
    during the year has on average been there half of it. `areas` gives the order (lsoa_code); `forecast` is
    places/areas.parquet, `observed` places/observed.parquet. P10 and P90 scale all areas' admissions by the
    county's; the two age groups' ranges are added, which is wider than they are together.
    """
    staying, note = _living_there_now(areas, observed, homes)
    admissions = _by_area(areas, _expected(forecast, "lsoa", horizon_days), "people_mean")
    exits = 1 - (1 - homes.exit_share_per_year) ** (horizon_days / DAYS_PER_YEAR)
    stay, stay_half = 1 - exits, 1 - exits / 2
    factors = _scenario_factors(_expected(forecast, "county", horizon_days))
    scenarios = {name: staying * stay + admissions * factor * stay_half for name, factor in factors.items()}
    return BedNeed(scenarios, [note, *_footing(homes)])


def _living_there_now(areas: pl.DataFrame, observed: pl.DataFrame, homes: Homes) -> tuple[np.ndarray, str]:
    people = _by_area(areas, observed.filter(pl.col("measure") == "people_care_home"), "value")
    if people.sum() > 0:
        return people, "Who lives in a care home now is told by address or by an open service."
    older = _by_area(areas, observed.filter(pl.col("measure") == "people_65_plus"), "value")
    share = homes.residential_share_of_65_plus
    return older * share, f"No care-home resident is on record: {share:.1%} of people aged 65+ stands in."


def _footing(homes: Homes) -> list[str]:
    return [
        f"{homes.exit_share_per_year:.0%} of residents leave within a year (mean stay 801 days).",
        "Expected admissions come from where people live now; residents are placed where they live now.",
        f"A home is full at {homes.occupancy_target:.0%} of its beds; beds of every type serve everybody.",
        "People who come from outside the county, or leave it, are not counted.",
        "The range is of the county's admissions, the age groups added: a little wider than the truth.",
    ]


def _expected(forecast: pl.DataFrame, geography: str, horizon_days: int) -> pl.DataFrame:
    of_horizon = pl.col("horizon_days") == horizon_days
    rows = forecast.filter(pl.col("geography") == geography, pl.col("outcome") == CARE_HOME, of_horizon)
    sums = pl.col("people_mean", "people_p10", "people_p50", "people_p90").sum()
    return rows.group_by(pl.col("area_code").alias("lsoa_code")).agg(sums).sort("lsoa_code")


def _scenario_factors(county: pl.DataFrame) -> dict[str, float]:
    if county.is_empty() or county["people_mean"][0] <= 0:
        return {"p10": 1.0, "p50": 1.0, "p90": 1.0}
    mean = county["people_mean"][0]
    return {name: float(county[f"people_{name}"][0] / mean) for name in ("p10", "p50", "p90")}


def _by_area(areas: pl.DataFrame, frame: pl.DataFrame, column: str) -> np.ndarray:
    joined = areas.select("lsoa_code").join(frame, on="lsoa_code", how="left", maintain_order="left")
    return joined[column].fill_null(0.0).cast(pl.Float64).to_numpy()
