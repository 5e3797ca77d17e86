"""Whether planted hidden need is found, and whether a county with none shows any hotspot.

    python benchmarks/hidden_need.py --world hidden-need --seeds 701 702 --work DIR [--households 30000] [--years 5]
    python benchmarks/hidden_need.py --world flat --seeds 801 802 --work DIR

Each seed: a county is invented, joined, trained on, scored and mapped by `forebridge run` as any council's would be;
then `places/hotspots.parquet` stands beside the simulator's truth, which no step of the run reads. A planted cluster
counts as found at 12 months when at least half of its areas are hot for hidden need at 65+ and at least half of the
hot areas are planted. All of it is synthetic. `--settings` may shorten the training; say so beside the figures.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl

AS_OF = "2026-10-01"
MAIN_DAYS = 365


def main() -> None:
    """One JSON line a seed, then one of sums."""
    asked = _parse()
    found = []
    for seed in asked.seeds:
        found.append(run_seed(asked, seed))
        print(json.dumps(found[-1]), flush=True)
    print(json.dumps(sum_up(found)), flush=True)


def run_seed(asked: argparse.Namespace, seed: int) -> dict[str, object]:
    """Make the county, run it, judge it; its folder is deleted afterwards but for what was judged."""
    county, out = asked.work / f"{asked.world}-{seed}", asked.work / f"{asked.world}-{seed}-out"
    size = ["--households", str(asked.households), "--years", str(asked.years)]
    forebridge("simulate", *size, "--seed", str(seed), "--world", asked.world, "--out", str(county))
    more = ["--settings", str(asked.settings)] if asked.settings else []
    forebridge("run", "--landing", str(county / "landing"), "--as-of", AS_OF, "--out", str(out), *more)
    judged = judge(county / "truth", out / AS_OF / "places" / "hotspots.parquet")
    shutil.rmtree(county)
    shutil.rmtree(out)
    return {"world": asked.world, "seed": seed, **judged}


def forebridge(*words: str) -> None:
    """One command of ours, its progress kept from the figures."""
    subprocess.run([sys.executable, "-m", "pipelines.cli", *words], check=True, stdout=sys.stderr)


def judge(truth: Path, hotspots: Path) -> dict[str, object]:
    """Areas planted, hot, both; and how many areas of each measure are hot or cold at all."""
    planted = pl.read_parquet(truth / "areas.parquet").select("area_code", "planted")
    told = pl.read_parquet(hotspots).filter(pl.col("horizon_days") == MAIN_DAYS)
    told = told.join(planted, on="area_code", how="left")
    counts: dict[str, object] = {"areas": planted.height, "planted": int(planted["planted"].sum())}
    for (measure, age_group), part in sorted(told.partition_by("measure", "age_group", as_dict=True).items()):
        hot, cold = part["class"] == "hot", part["class"] == "cold"
        counts[f"{measure} {age_group} hot"] = int(hot.sum())
        counts[f"{measure} {age_group} cold"] = int(cold.sum())
        if measure == "hidden_need":
            counts[f"{measure} {age_group} hot and planted"] = int((hot & part["planted"]).sum())
    hot, both = (int(str(counts[f"hidden_need 65+ {w}"])) for w in ("hot", "hot and planted"))
    among = int(planted["planted"].sum())
    counts["found"] = bool(among and 2 * both >= among and 2 * both >= hot)
    return counts


def sum_up(found: list[dict[str, object]]) -> dict[str, object]:
    """Worlds found, and of each measure the worlds with any hot or cold area and the share of areas that are."""
    measures = sorted(k.rsplit(" ", 1)[0] for k in found[0] if k.endswith(" cold"))
    areas = sum(int(str(f["areas"])) for f in found)
    summed: dict[str, object] = {"worlds": len(found), "found": sum(bool(f["found"]) for f in found)}
    for measure in measures:
        odd = [int(str(f[f"{measure} hot"])) + int(str(f[f"{measure} cold"])) for f in found]
        summed[measure] = {
            "worlds_with_any": sum(n > 0 for n in odd),
            "share_of_areas": round(sum(odd) / areas, 4),
        }
    return summed


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--world", choices=("hidden-need", "flat", "default"), required=True)
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--households", type=int, default=30_000)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--settings", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
