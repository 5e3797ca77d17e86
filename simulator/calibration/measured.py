"""What was measured, with how far chance alone could move it; and the ways to measure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.geography import NATIONAL_AGES
from simulator.log import Array

BANDS = len(NATIONAL_AGES)
"""Five-year bands of age; the last, 90 and over, is open."""
NATIONAL = np.array(NATIONAL_AGES, dtype=float)
"""England's age mix (assumed, see simulator.geography)."""
EUROPEAN = np.array([5, 5.5, 5.5, 5.5, 6, 6, 6.5, 7, 7, 7, 7, 6.5, 6, 5.5, 5, 4, 2.5, 1.5, 1])
"""European Standard Population 2013, by which published falls and hip-fracture rates are standardised."""


@dataclass(frozen=True)
class Measured:
    """A value in its target's unit, the people or events it rests on, and its standard error were the target
    true. `target` is set where the county has a target of its own."""

    value: float
    size: int
    error: Callable[[float], float]
    target: float | None = None


def share(hits: int, of: int) -> Measured:
    """`hits` of `of`: binomial."""
    return Measured(hits / of if of else np.nan, of, lambda t: np.sqrt(max(t * (1 - t), 0) / max(of, 1)))


def rate(events: float, exposure: float, per: float = 1.0) -> Measured:
    """Events over exposure times `per`: Poisson."""
    value = events / exposure * per if exposure else np.nan
    return Measured(value, int(events), lambda t: np.sqrt(t * per / exposure) if exposure else 0.0)


def mean(values: pl.Series) -> Measured:
    """The mean; its error keeps the spread measured in proportion to the mean."""
    known = values.drop_nulls().cast(pl.Float64).to_numpy()
    if not len(known):
        return nothing()
    middle, spread = float(known.mean()), float(known.std(ddof=1)) if len(known) > 1 else 0.0
    relative = spread / max(abs(middle), 1e-9) / np.sqrt(len(known))
    return Measured(middle, len(known), lambda t: t * relative)


def quantile(values: pl.Series, q: float) -> Measured:
    """A quantile; its error by the order statistics two standard errors either side."""
    known = np.sort(values.drop_nulls().cast(pl.Float64).to_numpy())
    if not len(known):
        return nothing()
    reach = 2 * np.sqrt(q * (1 - q) / len(known))
    low, high = np.quantile(known, [max(q - reach, 0), min(q + reach, 1)])
    value = float(np.quantile(known, q))
    return Measured(value, len(known), lambda t: t * (high - low) / 4 / max(value, 1e-9))


def ratio(above: float, below: float, size: int, events: tuple[int, ...]) -> Measured:
    """`above` over `below`; its error from the numbers of events behind either."""
    relative = np.sqrt(sum(1 / max(e, 1) for e in events))
    return Measured(above / below if below else np.nan, size, lambda t: t * relative)


def repeated(found: Measured, times: float) -> Measured:
    """The same, its error widened because each person is counted `times` times on average."""
    return Measured(found.value, found.size, lambda t: found.error(t) * float(np.sqrt(max(times, 1.0))))


def nothing() -> Measured:
    """Nothing there to measure: no value, and so outside any band."""
    return Measured(np.nan, 0, lambda _: 0.0)


def band_of(age: str = "age") -> pl.Expr:
    """Five-year band of an age column."""
    return (pl.col(age) // 5).clip(0, BANDS - 1)


def by_band(frame: pl.DataFrame, weight: str | None = None) -> Array:
    """People (or the sum of `weight`) in each five-year band of `age`."""
    each = np.ones(len(frame)) if weight is None else frame[weight].cast(pl.Float64).to_numpy()
    return np.bincount(frame.select(band_of()).to_series().to_numpy(), weights=each, minlength=BANDS)


def standardised(
    events: Array,
    exposure: Array,
    low: int = 0,
    high: int = 200,
    *,
    per: float = 1.0,
    mix: Array = NATIONAL,
    people: bool = False,
) -> Measured:
    """The rate from age `low` up to `high` that the county would have with the ages of `mix`.

    `events` and `exposure` are by five-year band; bands without exposure are left out of the mix.
    `people`: the
    events are people among people, so that their chance is binomial.
    """
    weight, rates = mix_of(exposure, low, high, mix), _divided(events, exposure)
    value = float((weight * rates).sum())
    spread = float((weight**2 * _divided(rates, exposure)).sum())
    flat = float((weight**2 * _divided(np.ones(BANDS), exposure)).sum())
    scale = spread / value if value > 0 else flat

    def error(target: float) -> float:
        chance = target / per
        return float(np.sqrt(chance * scale * (1 - chance if people else 1)) * per)

    inside = weight > 0
    size = int(exposure[inside].sum()) if people else int(events[inside].sum())
    return Measured(value * per if inside.any() else np.nan, size, error)


def mix_of(exposure: Array, low: int, high: int, mix: Array = NATIONAL) -> Array:
    """Weights, adding up to 1, of the five-year bands from age `low` up to `high` where there is anybody."""
    first = np.arange(BANDS) * 5
    share_in = np.clip((np.minimum(first + 5, high + 1) - np.maximum(first, low)) / 5, 0, 1)
    share_in[-1] = float(high > first[-1])
    weight = np.where(exposure > 0, mix * share_in, 0.0)
    return weight / weight.sum() if weight.sum() else weight


def _divided(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
