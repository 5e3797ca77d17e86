"""What `forebridge ablate` says of living alone and cold homes, beside what the world holds.

    python benchmarks/ablation_truth.py COUNTY WORK [COUNTY WORK ...]

COUNTY is a simulated county, WORK a folder that `need_truth.py score` (or its first half) has filled. *Planted*:
the log hazard ratio that world.json states, all else equal, luck and undiagnosed dementia too. *There*: the log
ratio of the true monthly chances between people alike in what is on record, by the same estimator: what an honest
analyst can find. *Found*: from what came to pass, with its 95% interval. All of it is synthetic.
"""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from need_truth import people_in_truth
from sklearn.ensemble import HistGradientBoostingRegressor

from configs.settings import Settings, load_settings
from models.need.ablation import (
    FOLDS,
    Alike,
    find_alike,
    hold_false_alarms,
    measure_worth,
    solve_ratio,
    weigh_circumstance,
)
from models.need.metrics import Z95
from models.need.people import People, read_origins, read_people

AS_OF = date(2025, 10, 1)
SEED = 7
TRUE_CHANCES = {  # outcome: column of hazards.parquet, name among the effects of world.json
    "emergency_admission": ("emergency_admission", "emergency"),
    "fall_admission": ("fall_admission", "fall"),
    "long_term_community_start": ("long_term_at_home", "long_term_at_home"),
    "care_home_admission": ("care_home_move", "care_home_move"),
}
EFFECT = {"lives_alone": "alone", "cold_home": "cold_home"}
Row = dict[str, Any]


def true_chances(people: People, county: Path, who: pl.DataFrame) -> pl.DataFrame:
    """The true monthly chances of each row of `people`, of the half-year's day nearest to its date."""
    told = pl.read_parquet(county / "truth" / "hazards.parquet").with_columns(pl.col("person").cast(pl.Int64))
    rows = people.ids.select("person_id", "as_of").with_row_index("at").join(who, on="person_id", how="left")
    near = rows.sort("as_of").join_asof(
        told.sort("day"), left_on="as_of", right_on="day", by="person", strategy="nearest",
        check_sortedness=False,
    )  # fmt: skip
    return near.sort("at").select(c for c, _ in TRUE_CHANCES.values())


def contrast_there(people: People, alike: Alike, chance: np.ndarray, eligible: np.ndarray) -> float:
    """The log ratio of true chances between people in the circumstance and people alike."""
    known = eligible & ~np.isnan(chance[alike.rows])
    rows, x, p = alike.rows[known], alike.circumstance[known], alike.expected[known]
    y, beside = chance[rows], alike.beside.x[rows]
    if not len(rows) or not y.sum():
        return float("nan")
    beside = beside[:, [_varies(column) for column in beside.T]]
    fold, expected = people.person_numbers[rows] % FOLDS, np.zeros(len(rows))
    for number in range(FOLDS):
        trees = HistGradientBoostingRegressor(loss="poisson", max_iter=80, random_state=SEED)
        trees.fit(beside[fold != number], y[fold != number])
        expected[fold == number] = trees.predict(beside[fold == number])
    # Chances are no events: scaled up so that none of them counts as too few.
    scale = 1e4 / y.sum()
    return solve_ratio(x, p, y * scale, expected * scale, rows).log_ratio


def _varies(column: np.ndarray) -> bool:
    """Whether a column has two values or more, each often enough to stand in every fold."""
    counts = np.unique(column[~np.isnan(column)], return_counts=True)[1]
    return bool((counts >= 100).sum() > 1 or len(counts) > 100)


def look(county: Path, work: Path, settings: Settings) -> list[Row]:
    """A row for each circumstance, age group and outcome whose true chance is told."""
    world = json.loads((county / "truth" / "world.json").read_text(encoding="utf-8"))
    features = work / f"features-{AS_OF}"
    origins, who = read_origins(features), people_in_truth(work / "records", county / "truth")
    rows: list[Row] = []
    for people in read_people(features, origins.training, settings.need.horizons_days):
        told = true_chances(people, county, who)
        for name, ablation in settings.ablations.items():
            alike = find_alike(people, ablation, settings.need, SEED)
            assert alike is not None
            for outcome, (column, effect) in TRUE_CHANCES.items():
                _, found = next(weigh_circumstance(people, outcome, alike, settings.need, SEED))
                chance = told[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
                eligible = ~np.isnan(people.outcomes[outcome][alike.rows, 0])
                worth = measure_worth(people, outcome, ablation, settings.need, SEED)
                rows.append(
                    {
                        "world": world["world"], "name": name, "age_group": people.age_group, "outcome": outcome,
                        "planted": world["effects_log_hazard_ratio"][effect][EFFECT[name]],
                        "there": contrast_there(people, alike, chance, eligible),
                        "found": found, "worth": worth,
                    }
                )  # fmt: skip
    return rows


def show(rows: list[Row]) -> str:
    """A Markdown table."""
    lines = ["| world | circumstance | age | outcome | events | planted | there | found (95%) | holds what is there | stands | AP gained (95%) |", "|" + "---|" * 11]  # fmt: skip
    stands = hold_false_alarms([row["found"].p_value for row in rows])
    for row, is_found in zip(rows, stands, strict=True):
        weight, worth = row["found"], row["worth"]
        low, high = weight.log_ratio - Z95 * weight.error, weight.log_ratio + Z95 * weight.error
        said = "too few" if np.isnan(low) else f"{weight.log_ratio:+.3f} ({low:+.3f} to {high:+.3f})"
        holds = "-" if np.isnan(low) else "yes" if low <= row["there"] <= high else "**no**"
        bought = "-" if worth is None else f"{worth.with_features - worth.without:+.4f} ({worth.low:+.4f} to {worth.high:+.4f})"  # fmt: skip
        lines.append(
            f"| {row['world']} | {row['name']} | {row['age_group']} | {row['outcome']} | {weight.n_events:,} | "
            f"{row['planted']:+.2f} | {row['there']:+.3f} | {said} | {holds} | {'yes' if is_found else 'no'} | {bought} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table of every county given, each world's findings judged together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", type=Path, nargs="+", help="COUNTY WORK, pair by pair")
    given = parser.parse_args().folders
    for county, work in zip(given[::2], given[1::2], strict=True):
        print(show(look(county, work, load_settings(None))))


if __name__ == "__main__":
    main()
