"""One table of the model and its rivals on the same people, with intervals, alarms and a verdict in words."""

from typing import Any, TypeAlias

import numpy as np

from configs.settings_need import Need
from models.need.metrics import (
    Ranking,
    bounds_at_capacity,
    capacity_of,
    interval,
    ordering,
    rank,
    resamples,
    share_listed,
    sizing,
)
from models.need.people import Floats
from models.need.rivals import Chances

Row: TypeAlias = dict[str, Any]

RIVALS = {
    "age_alone": "age alone",
    "frailty": "the frailty category",
    "rule": "the rule",
    "last_year": "last year's record",
    "logistic": "logistic regression",
    "carried_forward": "hours carried forward",
}
COMPANIONS = {
    "year_old": "the model of a year before",
    "without_council_tax": "the model without council tax",
    "in_use": "the model in use",
    "oracle": "all that could be seen",
}
"""Shown beside the champion, and no rivals: each is the champion in another shape, or what nobody could
have."""

IN_USE = "in_use"

WITH_INTERVALS = ("auc", "average_precision", "ppv_at_capacity", "sensitivity_at_capacity")
DIGITS = 6


def judge(chances: Chances, y: Floats, *, need: Need, seed: int, known: Floats | None = None) -> list[Row]:
    """A row for each model of `chances` (`champion` first) on the same people, `y` 1 or 0 a person.

    Every metric is None where it cannot be known: nobody to test on, no event, or nothing but events. The
    champion's row also holds the paired difference in AUC and in average precision to the best rival of each,
    with their intervals. `known` (1: the council knows the person already) gives the share of the list that
    it does not. `alarm` says when an AUC is too good to be true.
    """
    capacity = capacity_of(len(y), need.capacity_share)
    facts = {"n_people": len(y), "n_events": int(y.sum()), "capacity": capacity}
    if not 0 < y.sum() < len(y):
        return [{"model": model, **facts, **_nothing()} for model in chances]
    rankings = {model: rank(chance) for model, chance in chances.items()}
    samples = _resampled(rankings, y, capacity, need, seed)
    rows = [
        {"model": m, **facts, **_measured(chances[m], rankings[m], y, capacity, samples[m], known)}
        for m in chances
    ]
    for measure in ("auc", "average_precision"):
        rows[0] |= compare(rows, {model: drawn[measure] for model, drawn in samples.items()}, measure)
    rows[0] |= _beside_the_one_in_use(rows, samples)
    return [row | {"alarm": alarm_of(row, need)} for row in rows]


def compare(rows: list[Row], drawn: dict[str, Floats], measure: str = "auc", sign: int = 1) -> Row:
    """The first row's `measure` against the best rival's, paired over the resamples `drawn` of each model.

    Gives `best_rival` (of AUC or hours; of average precision `best_rival_average_precision`),
    `diff_<measure>` with `_low` and `_high`; positive is better (`sign` -1 where a small measure is the
    better one).
    """
    rivals = [row for row in rows[1:] if row["model"] not in COMPANIONS]
    champion, best = rows[0], max(rivals, key=lambda row: sign * row[measure])
    low, high = interval(sign * (drawn[champion["model"]] - drawn[best["model"]]))
    difference = sign * (champion[measure] - best[measure])
    name = f"diff_{measure}"
    return {
        "best_rival" + ("_average_precision" if measure == "average_precision" else ""): best["model"],
        name: tidy(difference),
        f"{name}_low": tidy(low),
        f"{name}_high": tidy(high),
    }


def _beside_the_one_in_use(rows: list[Row], samples: dict[str, dict[str, Floats]]) -> Row:
    """How much average precision the first row has over the model in use, paired; nothing where none is."""
    in_use = next((row for row in rows if row["model"] == IN_USE), None)
    if in_use is None:
        return {}
    name = "average_precision"
    low, high = interval(samples[rows[0]["model"]][name] - samples[IN_USE][name])
    return {
        "diff_in_use": tidy(rows[0][name] - in_use[name]),
        "diff_in_use_low": tidy(low),
        "diff_in_use_high": tidy(high),
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
    rankings: dict[str, Ranking], y: Floats, capacity: int, need: Need, seed: int
) -> dict[str, dict[str, Floats]]:
    pieces: dict[str, list[dict[str, Floats]]] = {model: [] for model in rankings}
    for weights in resamples(len(y), need.bootstrap_samples, seed):
        for model, ranking in rankings.items():
            pieces[model].append(ordering(ranking, y, weights, capacity))
    return {
        model: {name: np.concatenate([p[name] for p in parts]) for name in WITH_INTERVALS}
        for model, parts in pieces.items()
    }


def _measured(
    chance: Floats,
    ranking: Ranking,
    y: Floats,
    capacity: int,
    drawn: dict[str, Floats],
    known: Floats | None,
) -> Row:
    point = ordering(ranking, y, np.ones((1, len(y))), capacity)
    worst, best = bounds_at_capacity(ranking, y, capacity)
    row: Row = {"ppv_at_capacity_worst": tidy(worst), "ppv_at_capacity_best": tidy(best)}
    for name in WITH_INTERVALS:
        low, high = interval(drawn[name])
        row |= {name: tidy(float(point[name][0])), f"{name}_low": tidy(low), f"{name}_high": tidy(high)}
    unknown = None if known is None else tidy(share_listed(ranking, 1 - known, capacity))
    row |= {"not_known_share_at_capacity": unknown}
    return row | {name: tidy(value) for name, value in sizing(chance, y).items()}


def _nothing() -> Row:
    with_ends = (*WITH_INTERVALS, "calibration_slope", "calibration_intercept")
    names = [n + end for n in with_ends for end in ("", "_low", "_high")]
    names += ["ppv_at_capacity_worst", "ppv_at_capacity_best", "not_known_share_at_capacity", "alarm"]
    return dict.fromkeys([*names, "brier"])
