"""Calibration and decision curves: whether chances come true, and at which threshold acting on them pays."""

import numpy as np

from models.need.evaluate import Row, tidy
from models.need.people import Floats

BINS = 10
THRESHOLDS = (0.5, 1, 2, 3, 5, 8)
"""Thresholds of the decision curve, in units of the overall rate: from twice as willing to act to very
choosy."""


def calibration_curve(chance: Floats, y: Floats) -> list[Row]:
    """Tenths of people by their chance, least likely first: `n_people, n_events, predicted, observed`.

    Fewer bins where chances tie; none with nobody.
    """
    if len(y) == 0:
        return []
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return [
        {
            "bin": number + 1,
            "n_people": len(part),
            "n_events": int(y[part].sum()),
            "predicted": tidy(chance[part].mean()),
            "observed": tidy(y[part].mean()),
        }
        for number, part in enumerate(parts)
    ]


def decision_curve(chances: dict[str, Floats], y: Floats) -> list[Row]:
    """Net benefit of acting on each model at each threshold, and of acting for everybody: `threshold, model,
    net_benefit` in true positives a person (Vickers and Elkin 2006). Nobody acted for: 0. None with no
    event.
    """
    if not 0 < y.sum() < len(y):
        return []
    rows = []
    for threshold in sorted({min(0.9, float(y.mean()) * times) for times in THRESHOLDS}):
        everybody = np.ones(len(y), dtype=bool)
        acted = {**{model: c >= threshold for model, c in chances.items()}, "everybody": everybody}
        rows += [
            {"threshold": tidy(threshold), "model": model, "net_benefit": tidy(_benefit(acts, y, threshold))}
            for model, acts in acted.items()
        ]
    return rows


def _benefit(acts: np.ndarray, y: Floats, threshold: float) -> float:
    hits, misses = float(y[acts].sum()), float((1 - y[acts]).sum())
    return (hits - misses * threshold / (1 - threshold)) / len(y)
