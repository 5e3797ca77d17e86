"""Time and peak memory of each stage of a whole run, and facts of the zone plan recomputed from its files alone.

    python benchmarks/whole_run.py --place ../shared/opendata/shropshire --households 20000 --zones 14 --out FOLDER

Prints one Markdown table for `benchmarks/RESULTS.md`. By hand only: it takes minutes.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd


def forebridge(*arguments: str) -> str:
    """Run the command line; stop with its message when it fails."""
    done = subprocess.run([sys.executable, "-m", "pipelines.cli", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def zone_facts(month: Path) -> dict[str, object]:
    """Balance, contiguity and demand-weighted distance of `plans/zones.csv`, as an independent scorer has them."""
    areas = gpd.read_file(month / "records" / "areas.geojson").to_crs(27700)
    plan = pd.read_csv(month / "plans" / "zones.csv", dtype=str)
    told = pd.read_parquet(month / "places" / "areas.parquet")
    mine = told[
        (told.geography == "lsoa") & (told.horizon_days == 365) & told.age_group.isin(["18-64", "65+"])
    ]
    hours = mine.drop_duplicates(["area_code", "age_group"]).groupby("area_code").hours_mean.sum()
    point = areas.geometry.representative_point()
    areas = areas.assign(hours=areas.lsoa_code.map(hours).fillna(0.0))
    plain = pd.DataFrame(areas.assign(east=point.x, north=point.y).drop(columns="geometry"))
    table = plain.merge(plan, left_on="lsoa_code", right_on="area_code")
    graph = nx.Graph()
    graph.add_nodes_from(areas.lsoa_code)
    left, right = areas.sindex.query(areas.geometry, predicate="intersects")
    codes = areas.lsoa_code.to_numpy()
    graph.add_edges_from((codes[i], codes[j]) for i, j in zip(left, right, strict=True) if i < j)
    for lonely in [code for code in graph if graph.degree(code) == 0]:
        here = areas.loc[areas.lsoa_code == lonely, "geometry"].iloc[0]
        rest = areas[areas.lsoa_code != lonely]
        graph.add_edge(lonely, rest.lsoa_code.iloc[int(rest.distance(here).to_numpy().argmin())])
    total = table.groupby("zone_id").hours.sum()
    centres = table.groupby("zone_id")[["east", "north", "hours"]].apply(
        lambda z: pd.Series(
            {"cx": np.average(z.east, weights=z.hours), "cy": np.average(z.north, weights=z.hours)}
        )
    )
    table = table.join(centres, on="zone_id")
    distance = np.average(np.hypot(table.east - table.cx, table.north - table.cy), weights=table.hours)
    broken = [k for k, z in table.groupby("zone_id") if not nx.is_connected(graph.subgraph(z.lsoa_code))]
    return {
        "zones": len(total), "max_deviation": round(float((total / total.mean() - 1).abs().max()), 4),
        "distance_metres": round(float(distance), 0), "broken_zones": len(broken),
    }  # fmt: skip


def main() -> None:
    """Simulate, run, print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--place")
    ask.add_argument("--households", default="20000")
    ask.add_argument("--zones", default="14")
    ask.add_argument("--seed", default="7")
    ask.add_argument("--out", type=Path, required=True)
    given = ask.parse_args()
    county, results = given.out / "county", given.out / "results"
    place = ["--place", given.place] if given.place else []
    began = time.monotonic()
    forebridge(
        "simulate", "--households", given.households, "--seed", given.seed, "--out", str(county), *place
    )
    rows = [("simulate", round(time.monotonic() - began, 1), "")]
    landing = str(county / "landing")
    forebridge(
        "run", "--landing", landing, "--as-of", "2026-10-01", "--out", str(results), "--zones", given.zones
    )
    run = json.loads(forebridge("runs", "--out", str(results), "--json"))["runs"][0]
    rows += [(s["stage"], s["seconds"], s["peak_mib"]) for s in run["stages"]]
    print("| stage | seconds | peak MiB |\n|---|---|---|")
    print("\n".join(f"| {a} | {b} | {c} |" for a, b, c in rows))
    print(json.dumps(zone_facts(results / "2026-10-01")))


if __name__ == "__main__":
    main()
