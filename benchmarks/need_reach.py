"""How much of the oracle's gain can be learnt from the columns at all, on counties that `need_truth.py` scored.

    PYTHONPATH=.:benchmarks python benchmarks/need_reach.py COUNTY:WORK [COUNTY:WORK ...]

The oracle sees every fact on the day it happens, without error. What reaches the files later, or wrongly, no model
can know. So trees are taught the oracle's own chances (no noise of events) from the product's columns of the very
dates that are tested, people left out in folds, and what they say of those left out is ranked against what
happened. That is what the columns can tell of the oracle's knowledge, less what these trees fail to learn: a lower
bound of what any model could reach from them. All of it is synthetic.
"""

import argparse
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
from need_truth import AS_OF, people_in_truth
from sklearn.metrics import average_precision_score

from configs.settings import load_settings
from models.need.people import AGE, People, read_people

FOLDS = 4
ASKED = (
    ("fall_admission", "65+"), ("long_term_community_start", "65+"), ("carer_breakdown", "65+"),
    ("emergency_admission", "65+"), ("care_home_admission", "65+"), ("long_term_community_start", "18-64"),
)  # fmt: skip
PARAMS = {
    "objective": "cross_entropy", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20,
    "feature_fraction": 0.5, "verbosity": -1, "num_threads": 2, "seed": 1,
}  # fmt: skip
TREES = 300


def rows_of(
    group: People, told: pl.DataFrame, who: pl.DataFrame, outcome: str
) -> tuple[np.ndarray, pl.DataFrame]:
    """Features and truth (happened, oracle_chance, person) of those who can have the outcome at one date."""
    able = group.ids.with_columns(eligible=pl.Series(group.eligible[outcome]))
    joined = able.join(who, on="person_id", how="left", maintain_order="left").join(
        told, on="person", how="left", maintain_order="left"
    )
    kept = (joined["eligible"] & joined["oracle_chance"].is_not_null()).to_numpy()
    return group.x[kept], joined.filter(kept).select("person", "happened", "oracle_chance")


def taught(x: np.ndarray, oracle: np.ndarray, person: np.ndarray) -> np.ndarray:
    """What trees that learnt the oracle's chances of other people say of each."""
    said = np.zeros(len(x))
    for fold in range(FOLDS):
        left_out = person % FOLDS == fold
        data = lgb.Dataset(x[~left_out], np.clip(oracle[~left_out], 0, 1))
        said[left_out] = lgb.train(PARAMS, data, TREES).predict(x[left_out])
    return said


def main() -> None:
    """Print a Markdown row for each outcome, age group and horizon, the counties pooled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("county", nargs="+", help="folder of a county, a colon, and its work folder")
    parser.add_argument("--days", type=int, action="append", help="only this horizon (may be given again)")
    given = parser.parse_args()
    asked = [tuple(map(Path, pair.split(":"))) for pair in given.county]
    horizons = load_settings(None).need.horizons_days
    print(
        "| outcome | age | days | events | AP age alone | model | columns | oracle | model's share | columns' share |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for outcome, age_group in ASKED:
        for horizon in given.days or horizons:
            print(_row(asked, outcome, age_group, horizon, horizons), flush=True)


def _row(
    asked: list[tuple[Path, ...]], outcome: str, age_group: str, horizon: int, horizons: tuple[int, ...]
) -> str:
    parts = [_of_date(c, w, day, outcome, age_group, horizon, horizons) for c, w in asked for day in AS_OF]
    x = np.vstack([part[0] for part in parts])
    truth = pl.concat([part[1].with_columns(county=pl.lit(n // len(AS_OF))) for n, part in enumerate(parts)])
    y, oracle = truth["happened"].to_numpy().astype(float), truth["oracle_chance"].to_numpy().astype(float)
    said = taught(x, oracle, truth["person"].to_numpy() * 10 + truth["county"].to_numpy())
    age = np.concatenate([part[2] for part in parts])
    scored = pl.concat([pl.read_parquet(w / "chances.parquet") for _, w in asked]).filter(
        pl.col("level") == "person", pl.col("outcome") == outcome, pl.col("age_group") == age_group,
        pl.col("horizon_days") == horizon, pl.col("happened").is_not_null(), pl.col("eligible"),
    )  # fmt: skip
    model = average_precision_score(scored["happened"].to_numpy(), scored["champion"].to_numpy())
    base, reach, best = (average_precision_score(y, s) for s in (age, said, oracle))
    shares = [f"{(s - base) / (best - base):.0%}" for s in (model, reach)]
    cells = [
        outcome,
        age_group,
        horizon,
        f"{int(y.sum()):,}",
        *(f"{s:.4f}" for s in (base, model, reach, best)),
        *shares,
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _of_date(county, work, day, outcome, age_group, horizon, horizons):  # type: ignore[no-untyped-def]
    group = next(
        g for g in read_people(work / f"features-{day}", (day,), horizons) if g.age_group == age_group
    )
    told = pl.read_parquet(county / "truth/chances.parquet").with_columns(pl.col("outcome").cast(pl.String)).filter(
        pl.col("as_of") == day, pl.col("outcome") == outcome, pl.col("horizon_days") == horizon, "eligible",
        pl.col("happened").is_not_null(),
    ).select(pl.col("person").cast(pl.Int64), "happened", "oracle_chance")  # fmt: skip
    x, truth = rows_of(group, told, people_in_truth(work / "records", county / "truth"), outcome)
    return x, truth, x[:, group.features.index(AGE)]


if __name__ == "__main__":
    main()
