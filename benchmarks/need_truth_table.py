"""The tables of need_truth.py: average precision against every rival and the oracle, calibration, hours."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.settings import load_settings
from models.need.metrics import interval, ordering, rank, resamples, sizing
from models.places.forecast import draw_hours, sum_hours

MODELS = ("champion", "age_alone", "frailty", "rule", "last_year", "logistic", "oracle")
SIMPLE = MODELS[1:-1]
SAMPLES, SEED = 200, 11
ENOUGH = 1000
AREA_DRAWS = 2000


def tabulate(folders: list[Path]) -> tuple[str, list[dict[str, Any]]]:
    """Markdown and figures of all counties together."""
    chances = pl.concat([pl.read_parquet(f / "chances.parquet") for f in folders])
    told = chances.filter("eligible", pl.col("happened").is_not_null(), pl.col("oracle").is_not_null())
    keys = ["level", "outcome", "horizon_days", "age_group"]
    figures = [
        {**dict(zip(keys, key, strict=True)), **judge(part)}
        for key, part in sorted(told.partition_by(keys, as_dict=True).items())
        if part["happened"].sum() >= 10
    ]
    counties = [
        pl.read_parquet(f / "hours.parquet").with_columns(county=pl.lit(n)) for n, f in enumerate(folders)
    ]
    hours = hours_figures(pl.concat(counties))
    return "\n".join([*lines(figures), "", *hours_lines(hours)]), [*figures, *hours]


def judge(part: pl.DataFrame) -> dict[str, Any]:
    """One outcome: average precision of each model, gains with intervals, calibration of the champion."""
    y = part["happened"].cast(pl.Float64).to_numpy()
    scores = {m: part[m].cast(pl.Float64).to_numpy() for m in MODELS}
    ranks = {m: rank(s) for m, s in scores.items()}
    point = {m: _ap(r, y, np.ones((1, len(y))))[0] for m, r in ranks.items()}
    drawn: dict[str, list[np.ndarray]] = {m: [] for m in MODELS}
    for weights in resamples(len(y), SAMPLES, SEED):
        for m, r in ranks.items():
            drawn[m].append(_ap(r, y, weights))
    each = {m: np.concatenate(d) for m, d in drawn.items()}
    best = max(SIMPLE, key=lambda m: point[m])
    gain = (point["champion"] - point["age_alone"]) / (point["oracle"] - point["age_alone"])
    share = (each["champion"] - each["age_alone"]) / (each["oracle"] - each["age_alone"])
    auc = {m: float(ordering(ranks[m], y, np.ones((1, len(y))), 1)["auc"][0]) for m in ("champion", "oracle")}
    return {
        "people": len(y), "events": int(y.sum()), "best_rival": best, **{f"ap_{m}": float(point[m]) for m in MODELS},
        "beats": interval(each["champion"] - each[best])[0] > 0,
        "oracle_beats": interval(each["oracle"] - each[best])[0] > 0,
        "gain": float(gain), "gain_low": interval(share)[0], "gain_high": interval(share)[1],
        "auc": auc["champion"], "auc_oracle": auc["oracle"], **_calibration(scores["champion"], y),
    }  # fmt: skip


def _ap(ranking: Any, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(ordering(ranking, y, weights, 1)["average_precision"])


def _calibration(chance: np.ndarray, y: np.ndarray) -> dict[str, float]:
    found = sizing(chance, y)
    events = np.flatnonzero(y == 1)
    others = np.flatnonzero(y == 0)
    random = np.random.default_rng(SEED)
    # The curve is drawn from fewer people without the event, each standing for several: intervals by person.
    drawn = []
    for _ in range(60):
        picked = np.concatenate([random.choice(events, len(events)), random.choice(others, len(others))])
        drawn.append(sizing(chance[picked], y[picked]))
    ends = {
        f"{name}_{end}": float(np.quantile([d[name] for d in drawn], q))
        for name in ("calibration_slope", "calibration_intercept")
        for end, q in (("low", 0.025), ("high", 0.975))
    }
    return {**{k: float(v) for k, v in found.items()}, **ends}


def within(row: dict[str, Any], name: str, low: float, high: float) -> bool:
    """Whether a calibration figure meets its band: the point with enough events, else its interval."""
    if row["events"] >= ENOUGH:
        return bool(low <= row[name] <= high)
    return bool(row[f"{name}_low"] <= high and row[f"{name}_high"] >= low)


def lines(figures: list[dict[str, Any]]) -> list[str]:
    """The Markdown table of chances."""
    head = [
        "| level | outcome | days | age | events | AP champion | best rival | oracle | beats rival (oracle does) | "
        "share of oracle's gain (95%) | slope | intercept | AUC (oracle) |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    return head + [_line(row) for row in figures]


def _line(r: dict[str, Any]) -> str:
    slope = "" if within(r, "calibration_slope", 0.9, 1.1) else " **out**"
    intercept = "" if within(r, "calibration_intercept", -0.1, 0.1) else " **out**"
    beats = f"{'yes' if r['beats'] else 'no'} ({'yes' if r['oracle_beats'] else 'no'})"
    if r["oracle_beats"] and not r["beats"]:
        beats = f"**{beats}**"
    gain = f"{r['gain']:.0%} ({r['gain_low']:.0%} to {r['gain_high']:.0%})"
    return (
        f"| {r['level']} | {r['outcome']} | {r['horizon_days']} | {r['age_group']} | {r['events']:,} | "
        f"{r['ap_champion']:.4f} | {r['best_rival']} {r['ap_' + r['best_rival']]:.4f} | {r['ap_oracle']:.4f} | "
        f"{beats} | {gain} | {r['calibration_slope']:.2f}{slope} | {r['calibration_intercept']:+.2f}{intercept} | "
        f"{r['auc']:.3f} ({r['auc_oracle']:.3f}) |"
    )


def hours_figures(hours: pl.DataFrame) -> list[dict[str, Any]]:
    """Coverage among clients and of area sums, and how far the PIT is from uniform."""
    told = hours.filter(pl.col("seen").is_not_null())
    found = []
    for (group, horizon), part in sorted(
        told.partition_by(["age_group", "horizon_days"], as_dict=True).items()
    ):
        served = part.filter(pl.col("now") > 0)
        inside = served.select(((pl.col("seen") >= pl.col("hours_p10")) & (pl.col("seen") <= pl.col("hours_p90"))).mean()).item()  # fmt: skip
        draws = np.random.default_rng(SEED).random(part.height)
        pit = part["pit_low"].to_numpy() + draws * (part["pit_high"] - part["pit_low"]).to_numpy()
        tenths = np.histogram(pit, bins=10, range=(0, 1))[0] / len(pit)
        pit_served = pit[(part["now"] > 0).to_numpy()]
        tenths_served = np.histogram(pit_served, bins=10, range=(0, 1))[0] / max(len(pit_served), 1)
        found.append(
            {"age_group": group, "horizon_days": horizon, "people": part.height, "served": served.height,
             "coverage_served": inside, "total_forecast": part["hours_mean"].sum(), "total_seen": part["seen"].sum(),
             "total_carried": part["now"].sum(), **dict(zip(("areas", "coverage_areas", "coverage_areas_alone"), area_coverage(part), strict=True)),
             "pit_tenths": tenths.round(4).tolist(), "pit_tenths_served": tenths_served.round(3).tolist()}
        )  # fmt: skip
    return found


def area_coverage(told: pl.DataFrame) -> tuple[int, float, float]:
    """Areas with a forecast, and the shares of them whose sum of hours lies in P10-P90, as the places stage
    draws it: with the county's own level in every draw, and without. Where 0 has a chance of its own, a lot
    within it is drawn (randomised PIT), as no range could hold just 80% there."""
    places = load_settings(None).places
    inside: list[list[bool]] = [[], []]
    for (_, _), part in sorted(told.partition_by(["county", "as_of"], as_dict=True).items()):
        people = part.rename({"lsoa_code": "area_code"}).drop_nulls("area_code")
        summed = sum_hours(people)
        seen = summed.select("area_code", "age_group").join(
            people.group_by("area_code", "age_group").agg(pl.col("seen").sum()), on=["area_code", "age_group"],
            how="left", maintain_order="left",
        )["seen"].to_numpy()  # fmt: skip
        mean, variance = (summed[c].to_numpy() for c in ("hours_mean", "hours_variance"))
        for which, spread in enumerate((places.model_spread, 0.0)):
            drawn = draw_hours(np.random.default_rng(SEED), mean, variance, AREA_DRAWS, spread)
            below, at = (drawn < seen).mean(axis=0), (drawn == seen).mean(axis=0)
            pit = below + np.random.default_rng(SEED + 1).random(len(seen)) * at
            inside[which] += ((pit >= 0.1) & (pit <= 0.9))[mean > 0].tolist()
    return len(inside[0]), float(np.mean(inside[0])), float(np.mean(inside[1]))


def hours_lines(found: list[dict[str, Any]]) -> list[str]:
    """The Markdown table of hours."""
    head = [
        "| age | days | people | clients | P10-P90 among clients | areas: P10-P90 (without the county's level) | total forecast / seen (carried) | PIT tenths, least to most | PIT tenths of clients |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {r['age_group']} | {r['horizon_days']} | {r['people']:,} | {r['served']:,} | {r['coverage_served']:.1%} | "
        f"{r['areas']}: {r['coverage_areas']:.1%} ({r['coverage_areas_alone']:.1%}) | "
        f"{r['total_forecast'] / r['total_seen']:.3f} ({r['total_carried'] / r['total_seen']:.3f}) | "
        f"{min(r['pit_tenths']):.3f} to {max(r['pit_tenths']):.3f} | {' '.join(f'{t:.2f}' for t in r['pit_tenths_served'])} |"
        for r in found
    ]
