"""Forecast hours beside hours carried forward, on the same people."""

import numpy as np

from configs.settings_need import Need
from models.need.evaluate import Row, compare, tidy
from models.need.metrics import resamples
from models.need.people import Floats, Rows

RIVAL = "carried_forward"


def judge_hours(
    forecast: dict[str, Floats], now: Floats, seen: Floats, *, served: Rows, need: Need, seed: int
) -> list[Row]:
    """A row for the champion and one for hours carried forward: `mae, rmse` (hours a week a person), with

    `total_error_share` (forecast total over observed, less 1; None with no hours observed) and, for the
    champion, the share of people whose hours lay within P10-P90, and that of the `served` (hours now) alone:
    most adults have no hours, so the first says little. Metrics are None with nobody to test on.
    """
    facts = {"n_people": len(seen), "n_events": int((seen > 0).sum())}
    models = {"champion": forecast["hours_mean"], RIVAL: now}
    if len(seen) == 0:
        nothing = dict.fromkeys(["mae", "rmse", "total_error_share"])
        return [{"model": model, **facts, **nothing} for model in models]
    rows = [{"model": model, **facts, **_errors(mean, seen)} for model, mean in models.items()]
    inside = (seen >= forecast["hours_p10"]) & (seen <= forecast["hours_p90"])
    rows[0] |= {
        "coverage_p10_p90": tidy(inside.mean()),
        "coverage_p10_p90_served": tidy(inside[served].mean()) if served.any() else None,
        "n_served": int(served.sum()),
    }
    rows[0] |= compare(rows, _resampled_rmse(models, seen, need, seed), "rmse", sign=-1)
    return rows


def _errors(mean: Floats, seen: Floats) -> Row:
    wrong = mean - seen
    return {
        "mae": tidy(np.abs(wrong).mean()),
        "rmse": tidy(np.sqrt((wrong**2).mean())),
        "total_error_share": tidy(wrong.sum() / seen.sum()) if seen.sum() > 0 else None,
    }


def _resampled_rmse(models: dict[str, Floats], seen: Floats, need: Need, seed: int) -> dict[str, Floats]:
    wrong = np.column_stack([(mean - seen) ** 2 for mean in models.values()])
    pieces = [
        weights.astype(np.float64) @ wrong for weights in resamples(len(seen), need.bootstrap_samples, seed)
    ]
    rmse = np.sqrt(np.concatenate(pieces) / len(seen))
    return {model: rmse[:, column] for column, model in enumerate(models)}
