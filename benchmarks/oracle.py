"""Has the observable oracle converged? AUC of 65+ with 12 to 768 particles on one county, and how far each
person's chance lies from the largest run's. By hand: `python benchmarks/oracle.py --households 20000`."""

import argparse
import time
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from simulator.chances import chances, outcome_days
from simulator.foresight import OUTCOMES
from simulator.geography import invented_county
from simulator.lives import live
from simulator.oracle import Observer
from simulator.simulate import as_of_days
from simulator.timeline import Timeline, day_number
from simulator.worlds import plan_world

LAST = day_number(date(2026, 9, 30))
RUNS = (12, 24, 48, 96, 192, 768)


def watch(households: int, particles: int, futures: tuple[int, int]) -> pl.DataFrame:
    """Chances of one county of six years, stated with so many particles and futures a person."""
    county, timeline = invented_county(), Timeline(LAST, 6)
    observer = replace(
        Observer(1, as_of_days(timeline)),
        particles=particles,
        particles_younger=particles // 4,
        futures=futures,
    )
    plan = plan_world("default", county, timeline, 1)
    world = live(county, households, timeline, plan, np.random.default_rng(1), None, observer)
    return chances(world, observer.stated, outcome_days(world), LAST).filter(
        "eligible", pl.col("happened").is_not_null(), pl.col("horizon_days") == 365
    )


def line(rows: pl.DataFrame, best: pl.DataFrame, outcome: str, age_group: str) -> str:
    """AUC of the truth and of the oracle, and the oracle's distance from the largest run."""
    mine = rows.filter(pl.col("outcome").cast(pl.String) == outcome, pl.col("age_group") == age_group)
    both = mine.join(best, on=["person", "as_of", "outcome"], suffix="_best")
    if both["happened"].sum() < 10:
        return f"{outcome:26} {age_group:6} too few"
    apart = float(np.sqrt(((both["oracle_chance"] - both["oracle_chance_best"]) ** 2).mean()))
    auc = [roc_auc_score(both["happened"], both[c]) for c in ("true_chance", "oracle_chance")]
    spread = both["oracle_chance_best"].std()
    return (
        f"{outcome:26} {age_group:6} n={len(both):7,} events={both['happened'].sum():6,} "
        f"AUC true {auc[0]:.3f} oracle {auc[1]:.3f}  apart {apart:.4f} of spread {spread:.4f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--households", type=int, default=20_000)
    households = parser.parse_args().households
    best = watch(households, RUNS[-1], (384, 96)).select("person", "as_of", "outcome", "oracle_chance")
    for particles in RUNS[:-1]:
        begun = time.monotonic()
        rows = watch(households, particles, (particles // 2, max(4, particles // 8)))
        print(f"\n{particles} particles, {time.monotonic() - begun:.0f} s")
        for outcome in OUTCOMES:
            for age_group in ("65+", "18-64"):
                print(line(rows, best, outcome, age_group))


if __name__ == "__main__":
    main()
