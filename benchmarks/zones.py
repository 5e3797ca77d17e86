"""Zones on real areas, scored from the outside: `python benchmarks/zones.py [shropshire wigan]`.

Uses the real boundaries and ages in ../shared (or FOREBRIDGE_SHARED) and its independent scorer; says so and stops
when they are absent. The demand is the scorer's stand-in for weekly home-care hours. Rivals measured with the same
scorer, within 5% and contiguous: the best balanced of GerryChain's ReCom plans.

What the method is, and why. Zones must be contiguous, balanced and compact at once; exact models of that
(Hess 1965 and its kin) do not close at this size, and give plans in pieces. So: seeds spread by demand-weighted
k-means++ and Lloyd, grown contiguously; then simulated annealing with boundary moves and swaps across a boundary, in
which both zones' cost is recomputed exactly, deviation beyond the tolerance is priced, and contiguity is searched
for only after the Metropolis test; and many counted restarts, because a median restart misses by 3 to 5%. Beside the
plan stands a lower bound that no plan within the tolerance can beat (`models/plans/bound.py`).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import polars as pl

from configs.settings import load_settings
from models.plans.zones import ZonePlan, plan_zones

SHARED = Path(os.environ.get("FOREBRIDGE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
PLACES = {"shropshire": (14, 5862), "wigan": (16, 1242)}
"""Place -> zones asked for, and the best balanced peer's mean distance in metres."""

SEEDS = (1, 2, 3)


def main(places: list[str]) -> int:
    """Plan and score each place with each seed; one JSON line each. 0 unless a plan is not valid."""
    if not (SHARED / "bench" / "score_zones.py").exists():
        print("Not run: ../shared is absent (set FOREBRIDGE_SHARED to the folder that holds it)")
        return 0
    lines = [measure(place, seed) for place in places for seed in SEEDS]
    return 0 if all(line["ok"] for line in lines) else 1


def measure(place: str, seed: int) -> dict[str, object]:
    """One plan, its score by the independent scorer, seconds (the first with compilation), peak megabytes."""
    zones, peer = PLACES[place]
    areas, hours = read_place(place)
    settings = load_settings().zones
    began = time.perf_counter()
    plan = plan_zones(
        areas,
        hours.to_numpy(),
        zones,
        tolerance=settings.tolerance,
        seed=seed,
        restarts=settings.restarts,
        steps=settings.steps,
    )
    line = {
        "place": place,
        "seed": seed,
        **score(place, areas, plan),
        "peer_metres": peer,
        "lower_bound_metres": None if plan.lower_bound_metres is None else round(plan.lower_bound_metres, 1),
        "seconds": round(time.perf_counter() - began, 1),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(line), flush=True)
    return line


def read_place(place: str) -> tuple[gpd.GeoDataFrame, pl.Series]:
    """The areas (EPSG:27700) of a place and the scorer's stand-in for their weekly hours."""
    data = SHARED / "opendata"
    areas = gpd.read_file(data / f"{place}_lsoa21.geojson").to_crs(27700)
    ages = pl.read_csv(data / f"{place}_population2020_by_age.csv")
    hours = 0.6 * (pl.col("75-79") + pl.col("80-84")) + 2.2 * (pl.col("85-89") + pl.col("90+"))
    codes = pl.DataFrame({"lsoa21_code": areas["LSOA21CD"].to_list()})
    told = codes.join(
        ages.select("lsoa21_code", hours=hours), on="lsoa21_code", how="left", maintain_order="left"
    )
    return areas, told["hours"]


def score(place: str, areas: gpd.GeoDataFrame, plan: ZonePlan) -> dict[str, object]:
    """What the independent scorer says of a plan, from its file alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.csv"
        zones = [f"Z{k + 1:02d}" for k in plan.zone]
        pl.DataFrame({"area_code": areas["LSOA21CD"].to_list(), "zone_id": zones}).write_csv(file)
        asked = [sys.executable, str(SHARED / "bench" / "score_zones.py"), place, str(file)]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return dict(json.loads(said.stdout))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PLACES)))
