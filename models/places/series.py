"""The usual forecasts of a monthly series, beside which ours must stand. The door to statsforecast."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEASON_MONTHS = 12
RANGE_PERCENT = 80
METHODS = ("last_value", "seasonal_naive", "ets", "arima")


def forecast_series(history: Floats, months: int) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Method -> (mean, P10, P90) of the next `months` after `history` (one value a month, oldest first).

    `last_value` repeats the newest; `seasonal_naive`, `ets` and `arima` are statsforecast's (AutoETS and
    AutoARIMA choose their form by information criterion). Methods that need more history than there is are
    left out: two years for those that know seasons. Nothing at all without history.
    """
    if not len(history):
        return {}
    told = {"last_value": _repeat_last(history, months)}
    if len(history) < 2 * SEASON_MONTHS:
        return told
    for name, model in _seasonal_models().items():
        made = model.forecast(y=history, h=months, level=[RANGE_PERCENT])
        low, high = (np.asarray(made[f"{side}-{RANGE_PERCENT}"], dtype=float) for side in ("lo", "hi"))
        told[name] = (np.asarray(made["mean"], dtype=float), np.maximum(low, 0.0), high)
    return told


def _seasonal_models() -> dict[str, Any]:
    # Loaded where needed alone: it compiles for seconds in every process.
    from statsforecast.models import AutoARIMA, AutoETS, SeasonalNaive

    return {
        "seasonal_naive": SeasonalNaive(season_length=SEASON_MONTHS),
        "ets": AutoETS(season_length=SEASON_MONTHS),
        "arima": AutoARIMA(season_length=SEASON_MONTHS),
    }


def _repeat_last(history: Floats, months: int) -> tuple[Floats, Floats, Floats]:
    """The newest value, with the range of a walk that steps as the months did."""
    step = float(np.std(np.diff(history))) if len(history) > 2 else 0.0
    mean = np.full(months, history[-1])
    half = 1.2816 * step * np.sqrt(np.arange(1, months + 1))
    return mean, np.maximum(mean - half, 0.0), mean + half
