"""One table of the model and its rivals on the same people, with intervals, alarms and a verdict in words."""

from typing import Any, TypeAlias

import numpy as np

from configs.settings import Need
from models.need.metrics import bounds_at_capacity, capacity_of, interval, ordering, rank, resamples, sizing
from models.need.people import Floats
from models.need.rivals import Chances

Row: TypeAlias = dict[str, Any]

RIVALS = {
    "age_alone": "age alone",
    "frailty": "the frailty category",
    "rule": "the rule",
    "logistic": "logistic regression",
    "carried_forward": "hours carried forward",
}
WITH_INTERVALS = ("auc", "average_precision", "ppv_at_capacity", "sensitivity_at_capacity")
DIGITS = 6


def judge(chances: Chances, y: Floats, *, need: Need, seed: int) -> list[Row]:
    """A row for each model of `chances` (`champion` first) on the same people, `y` 1 or 0 a person.

    Every metric is None where it cannot be known: nobody to test on, no event, or nothing but events. The
    champion's row also holds the paired difference in AUC to the best rival with its interval, and `alarm`.
    """
    capacity = capacity_of(len(y), need.capacity_share)
    facts = {"n_people": len(y), "n_events": int(y.sum()), "capacity": capacity}
    if not 0 < y.sum() < len(y):
        return [{"model": model, **facts, **_nothing()} for model in chances]
    samples = _resampled(chances, y, capacity, need, seed)
    rows = [{"model": m, **facts, **_measured(chances[m], y, capacity, samples[m])} for m in chances]
    rows[0] |= compare(rows, {model: drawn["auc"] for model, drawn in samples.items()})
    return [row | {"alarm": alarm_of(row, need)} for row in rows]


def compare(rows: list[Row], drawn: dict[str, Floats], measure: str = "auc", sign: int = 1) -> Row:
    """The first row's `measure` against the best rival's, paired over the resamples `drawn` of each model.

    Gives `best_rival`, `diff_<measure>` with `_low` and `_high`; positive is better (`sign` -1 where a small
    measure is the better one).
    """
    champion, best = rows[0], max(rows[1:], key=lambda row: sign * row[measure])
    low, high = interval(sign * (drawn[champion["model"]] - drawn[best["model"]]))
    difference = sign * (champion[measure] - best[measure])
    name = f"diff_{measure}"
    return {
        "best_rival": best["model"],
        name: tidy(difference),
        f"{name}_low": tidy(low),
        f"{name}_high": tidy(high),
    }


def alarm_of(row: Row, need: Need) -> str | None:
    """What an AUC too good to be true says; None below `leakage_auc_alarm`."""
    if row["auc"] is None or row["auc"] <= need.leakage_auc_alarm:
        return None
    return (
        f"AUC {row['auc']:.3f} is above {need.leakage_auc_alarm}: published models reach 0.70-0.80. "
        "Look for a feature that already knows the outcome"
    )


def verdict(row: Row, measure: str = "auc") -> str:
    """In words, whether the model earns its keep beside its best rival."""
    low, high = row.get(f"diff_{measure}_low"), row.get(f"diff_{measure}_high")
    if low is None or high is None:
        return "could not be compared"
    rival = RIVALS.get(row["best_rival"], row["best_rival"])
    if low > 0:
        return f"better than {rival} beyond noise"
    return (
        f"worse than {rival}: use {rival}"
        if high < 0
        else f"no better than {rival} beyond noise: use {rival}"
    )


def tidy(value: float) -> float | None:
    """Rounded, and None where it is not a number."""
    return None if np.isnan(value) else round(float(value), DIGITS)


def _resampled(
    chances: Chances, y: Floats, capacity: int, need: Need, seed: int
) -> dict[str, dict[str, Floats]]:
    rankings = {model: rank(chance) for model, chance in chances.items()}
    pieces: dict[str, list[dict[str, Floats]]] = {model: [] for model in chances}
    for weights in resamples(len(y), need.bootstrap_samples, seed):
        for model, ranking in rankings.items():
            pieces[model].append(ordering(ranking, y, weights, capacity))
    return {
        model: {name: np.concatenate([p[name] for p in parts]) for name in WITH_INTERVALS}
        for model, parts in pieces.items()
    }


def _measured(chance: Floats, y: Floats, capacity: int, drawn: dict[str, Floats]) -> Row:
    ranking = rank(chance)
    point = ordering(ranking, y, np.ones((1, len(y))), capacity)
    worst, best = bounds_at_capacity(ranking, y, capacity)
    row: Row = {"ppv_at_capacity_worst": tidy(worst), "ppv_at_capacity_best": tidy(best)}
    for name in WITH_INTERVALS:
        low, high = interval(drawn[name])
        row |= {name: tidy(float(point[name][0])), f"{name}_low": tidy(low), f"{name}_high": tidy(high)}
    return row | {name: tidy(value) for name, value in sizing(chance, y).items()}


def _nothing() -> Row:
    names = [n + end for n in WITH_INTERVALS for end in ("", "_low", "_high")]
    names += ["ppv_at_capacity_worst", "ppv_at_capacity_best", "alarm"]
    return dict.fromkeys([*names, "brier", "calibration_slope", "calibration_intercept"])
