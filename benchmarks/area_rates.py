"""How near a run's smoothed area rates lie to the truth of its invented county, beside two simple rivals.

    python benchmarks/area_rates.py COUNTY RUN       (COUNTY holds landing/ and truth/; RUN a finished month)

For people aged 65+ and each outcome: the area's true age-standardised ratio (from the simulator's true hazards of the
last recorded half-year) against (a) the county's rate everywhere, (b) the plain forecast, (c) the smoothed rate; root
mean square error, weighted by expected events. By hand only: no pipeline step may read the truth.
"""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

HAZARDS = {
    "care_home_admission": "care_home_move",
    "emergency_admission": "emergency_admission",
    "fall_admission": "fall_admission",
    "long_term_community_start": "long_term_at_home",
}


def main(county: Path, run: Path) -> None:
    """One JSON line an outcome."""
    people = true_hazards(county)
    areas = pl.read_parquet(run / "places" / "areas.parquet")
    areas = areas.filter(pl.col("geography") == "lsoa", pl.col("age_group") == "65+")
    for outcome, hazard in HAZARDS.items():
        joined = areas.filter(pl.col("outcome") == outcome).join(
            true_ratios(people, hazard), left_on="area_code", right_on="lsoa_code"
        )
        print(json.dumps({"outcome": outcome, **compare(joined)}))


def true_hazards(county: Path) -> pl.DataFrame:
    """People aged 65+ at home on the last recorded half-year: lsoa_code, band and their true hazards."""
    truth = county / "truth"
    hazards = pl.read_parquet(truth / "hazards.parquet")
    day = hazards["day"].max()
    homes = pl.read_parquet(truth / "residences.parquet").filter(
        pl.col("since") <= day, pl.col("until").is_null() | (pl.col("until") > day), ~pl.col("care_home")
    )
    lookup = pl.concat(
        [pl.read_csv(f, infer_schema=False) for f in (county / "landing" / "housing").glob("nsul*.csv")]
    )
    names = {name.lower(): name for name in lookup.columns}
    lsoa = next(name for low, name in names.items() if low.startswith("lsoa"))
    lookup = lookup.select(uprn=pl.col(names["uprn"]).cast(pl.Int64), lsoa_code=lsoa).unique("uprn")
    born = pl.read_parquet(truth / "people.parquet").select("person", "born")
    people = hazards.filter(pl.col("day") == day).join(homes.select("person", "uprn"), on="person")
    aged = people.join(lookup, on="uprn").join(born, on="person").with_columns(
        band=((pl.lit(day) - pl.col("born")).dt.total_days() / 365.25 // 5).clip(0, 18)
    )  # fmt: skip
    return aged.filter(pl.col("band") >= 13)


def true_ratios(people: pl.DataFrame, hazard: str) -> pl.DataFrame:
    """lsoa_code, true (age-standardised ratio), weight (expected events)."""
    expected = people.with_columns(expected=pl.col(hazard).mean().over("band"))
    summed = expected.group_by("lsoa_code").agg(pl.col(hazard).sum(), weight=pl.col("expected").sum())
    return summed.select("lsoa_code", "weight", true=pl.col(hazard) / pl.col("weight"))


def compare(joined: pl.DataFrame) -> dict[str, float]:
    """Root mean square errors of the three."""
    true, weight = joined["true"].to_numpy(), joined["weight"].to_numpy()
    forecast = (joined["people_mean"] / joined["people_expected"]).to_numpy()
    county_rate = joined["people_mean"].sum() / joined["denominator"].sum() * 1000
    smoothed = (joined["rate_smoothed"] / county_rate).to_numpy()

    def error(ratio: np.ndarray) -> float:
        return round(float(np.sqrt(np.average((ratio - true) ** 2, weights=weight))), 3)

    return {
        "areas": len(true), "county_rate": error(np.ones_like(true)), "forecast": error(forecast),
        "smoothed": error(smoothed), "correlation": round(float(np.corrcoef(true, forecast)[0, 1]), 2),
    }  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
