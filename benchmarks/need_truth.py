"""How good the models of need are on a county whose truth is known: beside every rival and the oracle.

    python benchmarks/need_truth.py score COUNTY --work WORK      (minutes: once for each county)
    python benchmarks/need_truth.py table WORK [WORK ...] [--json FILE]

`score` stands at two dates from which the truth knows what came next, 12 and 24 months before the end of the
county's history. At each it trains as `forebridge train` would on what was known before, gives everybody the
chances that the month's run would, and keeps them beside what happened and the oracle's chances. `table` pools
all counties and dates and prints a Markdown table for benchmarks/RESULTS.md. All of it is synthetic.
"""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from need_truth_table import tabulate
from records_truth_scores import ROLES, ROW

from configs.settings import Settings, load_settings
from features.records.join import join_records
from features.table import build_tables
from models.need.chance import Target, fit_for_use, fit_tested
from models.need.hours import any_hours, fit_hours_for_use, fit_hours_tested
from models.need.households import fit_households, gather_households, number_households
from models.need.people import People, read_origins, read_people
from models.need.splits import plan_split, plan_splits
from models.need.study import rivals_at, settled_origins, span_of

AS_OF = (date(2024, 10, 1), date(2025, 10, 1))
JOINED_AS_OF = date(2026, 10, 1)
SEED = 7


def tell(said: str) -> None:
    """Progress, with the clock."""
    print(f"{time.strftime('%H:%M:%S')}  {said}", file=sys.stderr, flush=True)


def join_county(county: Path, work: Path, settings: Settings) -> Path:
    """The records of a county, joined once."""
    records = work / "records"
    if not (records / "summary.json").exists():
        records.mkdir(parents=True, exist_ok=True)
        join_records(
            county / "landing", records, settings=settings, key=b"need truth benchmark key 0000001",
            state=work / "state", purpose="planning", as_of=JOINED_AS_OF, progress=tell,
        )  # fmt: skip
    return records


def people_in_truth(records: Path, truth: Path) -> pl.DataFrame:
    """`person_id, person`: the true person that most of an id's rows speak of."""
    identity = pl.read_parquet(records / "identity.parquet").with_columns(_role=pl.col("role").replace(ROLES))
    rows = pl.read_parquet(truth / "identity.parquet").join(
        identity, left_on=[*ROW, "role"], right_on=[*ROW, "_role"]
    )
    counted = rows.drop_nulls("person_id").group_by("person_id", "person").len()
    return counted.sort("len", "person").unique("person_id", keep="last").select("person_id", "person")


def score_date(features: Path, truth: Path, who: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Everybody's chances at the features' date by every model, with what happened and the oracle's."""
    origins, need = read_origins(features), settings.need
    groups = read_people(features, (*origins.training, origins.as_of), need.horizons_days)
    numbers = number_households(groups)
    told = pl.read_parquet(truth / "chances.parquet").filter(pl.col("as_of") == origins.as_of)
    told = told.with_columns(pl.col("person").cast(pl.Int64), pl.col("outcome").cast(pl.String))
    frames = []
    for outcome in sorted(groups[0].outcomes):
        tell(f"{origins.as_of} {outcome}")
        now = [g.at((origins.as_of,)) for g in groups]
        people, before, use = [], [], None
        for g, rows in zip(groups, now, strict=True):
            target, span = Target(outcome, g.outcomes[outcome]), span_of(need)
            settled = settled_origins(g, target.y)
            use = plan_split(settled, origins.as_of, span)
            newest = plan_splits(settled, span, 1)[0]
            tested = fit_tested(g, target, newest, need=need, seed=SEED)
            fitted = fit_for_use(g, target, use, tested, need=need, seed=SEED)
            before.append(fitted.before or fitted.model)
            chances = {"champion": fitted.model.predict(g, rows)}
            at = [rivals_at(g, target.y, use, k, rows) for k in range(len(need.horizons_days))]
            chances |= {m: np.column_stack([a[m] for a in at]) for m in at[0]}
            people.append(_persons(g, rows, outcome, chances, told, who, need.horizons_days))
        frames += people
        frames.append(_households(groups, numbers, outcome, now, people, before, use, need.horizons_days))
    return pl.concat(frames).with_columns(as_of=pl.lit(origins.as_of))


def _persons(group: People, rows, outcome, chances, told, who, horizons) -> pl.DataFrame:  # type: ignore[no-untyped-def]
    """A row per eligible person and horizon: level, outcome, age_group, horizon_days, happened, and a column a
    model."""
    ids = group.ids.filter(rows).with_columns(eligible=pl.Series(group.eligible[outcome][rows]))
    ids = ids.join(who, on="person_id", how="left", maintain_order="left")
    frames = []
    for k, horizon in enumerate(horizons):
        truth = told.filter(pl.col("outcome") == outcome, pl.col("horizon_days") == horizon)
        truth = truth.filter("eligible").select("person", "happened", "true_chance", "oracle_chance")
        frame = ids.with_columns(
            horizon_days=pl.lit(horizon),
            **{m: pl.Series(c[:, k], dtype=pl.Float32) for m, c in chances.items()},
        ).join(truth, on="person", how="left", maintain_order="left")
        frames.append(frame)
    return pl.concat(frames).select(
        level=pl.lit("person"), outcome=pl.lit(outcome), age_group=pl.lit(group.age_group),
        horizon_days="horizon_days", happened="happened", eligible="eligible",
        **{m: pl.col(m) for m in chances},
        oracle=pl.col("oracle_chance").cast(pl.Float32),
    )  # fmt: skip


def _households(groups, numbers, outcome, now, people, before, use, horizons) -> pl.DataFrame:  # type: ignore[no-untyped-def]
    days = tuple(sorted({day for origins in use.calibrate for day in origins}))
    later = [g.at(days) for g in groups]
    held = gather_households(groups, numbers, outcome, later)
    members = [m.predict(g, r) for m, g, r in zip(before, groups, later, strict=True)]
    calibration = fit_households(held, held.combine(members), use, horizons)
    homes = gather_households(groups, numbers, outcome, now)
    models = [c for c in people[0].columns if c not in ("level", "outcome", "age_group", "horizon_days", "happened", "eligible")]  # fmt: skip
    wide = {m: homes.combine([_wide(p, m, horizons) for p in people]) for m in models}
    wide["champion"] = calibration.adjust(wide["champion"])
    happened = [
        _wide(p.with_columns(pl.col("happened").cast(pl.Float64)), "happened", horizons) for p in people
    ]
    total = np.concatenate([h[m] for h, m in zip(happened, homes.members, strict=True)])
    any_of = np.column_stack([np.bincount(homes.place, c, len(homes.older)) for c in total.T])
    frames = [
        pl.DataFrame(
            {"level": "household", "outcome": outcome, "age_group": np.where(homes.older, "65+", "18-64"),
             "horizon_days": horizon, "happened": any_of[:, k], "eligible": True,
             **{m: wide[m][:, k].astype(np.float32) for m in models}},
        ).with_columns(pl.col("happened").fill_nan(None) > 0, pl.col("horizon_days").cast(pl.Int32))
        for k, horizon in enumerate(horizons)
    ]  # fmt: skip
    return pl.concat(frames).select(people[0].columns)


def _wide(frame: pl.DataFrame, column: str, horizons: tuple[int, ...]) -> np.ndarray:
    values = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return values.reshape(len(horizons), -1).T


def score_hours_date(features: Path, truth: Path, who: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Everybody's forecast hours at the features' date, with what the truth says came."""
    origins, need = read_origins(features), settings.need
    groups = read_people(features, (*origins.training, origins.as_of), need.horizons_days)
    told = pl.read_parquet(truth / "hours.parquet").filter(pl.col("as_of") == origins.as_of)
    told = told.with_columns(pl.col("person").cast(pl.Int64))
    frames = []
    for g in groups:
        rows = g.at((origins.as_of,))
        settled = settled_origins(g, any_hours(g).y)
        tested = fit_hours_tested(g, plan_splits(settled, span_of(need), 1)[0], need=need, seed=SEED)
        use = plan_split(settled, origins.as_of, span_of(need))
        hours = fit_hours_for_use(g, use, tested, need=need, seed=SEED)
        forecast = hours.predict(g, rows)
        ids = g.ids.filter(rows).join(who, on="person_id", how="left", maintain_order="left")
        seen_at = []
        for horizon in need.horizons_days:
            truth_k = told.filter(pl.col("horizon_days") == horizon).select("person", "hours_per_week")
            seen_at.append(
                ids.join(truth_k, on="person", how="left", maintain_order="left")["hours_per_week"]
            )
        lows, highs = hours.below(g, rows, np.column_stack([s.fill_null(float("nan")) for s in seen_at]))
        for k, horizon in enumerate(need.horizons_days):
            seen, low, high = seen_at[k], lows[:, k], highs[:, k]
            frames.append(
                ids.select(
                    age_group=pl.lit(g.age_group), as_of="as_of", horizon_days=pl.lit(horizon),
                    lsoa_code="lsoa_code", seen=seen,
                    now=pl.Series(g.column("social_care__home_care_hours__now", rows)),
                    **{n: pl.Series(v[:, k]) for n, v in forecast.items()},
                    pit_low=pl.Series(low), pit_high=pl.Series(high),
                )
            )  # fmt: skip
    return pl.concat(frames)


def score(county: Path, work: Path) -> None:
    """Score one county at each date; writes `chances.parquet` and `hours.parquet` into `work`."""
    settings = load_settings(None)
    records = join_county(county, work, settings)
    who = people_in_truth(records, county / "truth")
    chances, hours = [], []
    for as_of in AS_OF:
        features = work / f"features-{as_of}"
        if not (features / "origins.json").exists():
            features.mkdir(exist_ok=True)
            build_tables(records, features, as_of=as_of, settings=settings, progress=tell)
        chances.append(score_date(features, county / "truth", who, settings))
        hours.append(score_hours_date(features, county / "truth", who, settings))
    pl.concat(chances).write_parquet(work / "chances.parquet")
    pl.concat(hours).write_parquet(work / "hours.parquet")


def main() -> None:
    """Score a county, or tabulate scored ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked = parser.add_subparsers(dest="what", required=True)
    one = asked.add_parser("score")
    one.add_argument("county", type=Path)
    one.add_argument("--work", type=Path, required=True)
    many = asked.add_parser("table")
    many.add_argument("work", type=Path, nargs="+")
    many.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.what == "score":
        given.work.mkdir(parents=True, exist_ok=True)
        score(given.county, given.work)
        return
    text, figures = tabulate(given.work)
    print(text)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
