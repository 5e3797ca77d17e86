"""What a family of features is worth: the model with and without it, and what the circumstance itself does.

Two questions that are easily taken for one. *Does the model need these features?* The same recipe is fitted
with and without them and both are tested on the same people: the paired difference in average precision. *Do
people in this circumstance have the outcome more often than people otherwise alike?* A ratio of chances,
adjusted for what `beside` names and nothing that the circumstance may have brought about: past admissions
would hide what living alone did to them.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from configs.settings_need import Ablation, Need
from models.need.chance import FOLDS, TREES_IN_FOLDS, Target, fit_tested
from models.need.estimator import Sample, fit_chance, thin
from models.need.evaluate import tidy
from models.need.logistic import log_odds
from models.need.metrics import Z95, capacity_of, interval, ordering, rank, resamples
from models.need.people import AGE, Floats, People, Rows
from models.need.splits import Split, plan_splits, settled_origins
from models.need.study import span_of

PROPENSITY_MIN = 0.01
"""Nobody counts for more than a hundred: who is nearly sure to be in the circumstance, or not, tells little
about it."""

EVENTS_MIN = 30
"""Events among people in the circumstance, and among the others, below which nothing is said."""

RATIO_LOG_MAX = 4.0

Row = dict[str, object]
Numbers = np.ndarray


@dataclass(frozen=True)
class Worth:
    """Average precision with and without the features at one test, and the paired difference."""

    n_people: int
    n_events: int
    with_features: float
    without: float
    low: float
    high: float

    def as_dict(self) -> Row:
        """One row: counts, both average precisions, their difference and its 95% interval."""
        return {
            "n_people": self.n_people,
            "n_events": self.n_events,
            "average_precision": tidy(self.with_features),
            "average_precision_without": tidy(self.without),
            "difference": tidy(self.with_features - self.without),
            "difference_low": tidy(self.low),
            "difference_high": tidy(self.high),
        }


@dataclass(frozen=True)
class Weight:
    """How much likelier the outcome is in the circumstance, others alike: a log ratio and its standard
    error; NaN where there are too few events."""

    n_people: int
    n_events: int
    log_ratio: float
    error: float

    @property
    def p_value(self) -> float:
        """The chance of a ratio as far from 1 if the circumstance did nothing."""
        return float(2 * norm.sf(abs(self.log_ratio) / self.error)) if self.error > 0 else float("nan")

    def as_dict(self) -> Row:
        """One row: counts, ratio and its 95% interval (None where there were too few events)."""
        low, high = self.log_ratio - Z95 * self.error, self.log_ratio + Z95 * self.error
        ratios = {"ratio": self.log_ratio, "ratio_low": low, "ratio_high": high}
        counts: Row = {"n_person_dates": self.n_people, "n_events": self.n_events}
        return counts | {name: tidy(float(np.exp(value))) for name, value in ratios.items()}


def measure_worth(people: People, outcome: str, ablation: Ablation, need: Need, seed: int) -> Worth | None:
    """Average precision of the main horizon with and without the features, at the newest test.

    None where the outcome cannot be tested, or no feature fits the ablation's patterns; no interval with
    fewer than EVENTS_MIN events.
    """
    target = Target(outcome, people.outcomes[outcome])
    fewer = people.without(lambda name: fits(name, ablation.features))
    splits = plan_splits(settled_origins(people, target.y), span_of(need), 1)
    if not splits or len(fewer.features) == len(people.features):
        return None
    k = people.horizons.index(need.horizon_days)
    rows = people.at((splits[0].test,)) & ~np.isnan(target.y[:, k])
    y = target.y[rows, k]
    if not 0 < y.sum() < len(y):
        return None
    one, other = (_tested(p, target, splits[0], rows, k, need, seed) for p in (people, fewer))
    capacity = capacity_of(len(y), need.capacity_share)
    drawn = [
        np.concatenate([ordering(ranking, y, w, capacity)["average_precision"] for w in pieces])
        for ranking in (rank(one), rank(other))
        for pieces in [list(resamples(len(y), need.bootstrap_samples, seed))]
    ]
    low, high = interval(drawn[0] - drawn[1]) if y.sum() >= EVENTS_MIN else (float("nan"), float("nan"))
    everybody = np.ones((1, len(y)), np.uint8)
    found = [float(ordering(rank(s), y, everybody, capacity)["average_precision"][0]) for s in (one, other)]
    return Worth(len(y), int(y.sum()), found[0], found[1], low, high)


def _tested(
    people: People, target: Target, split: Split, rows: Rows, k: int, need: Need, seed: int
) -> Floats:
    return fit_tested(people, target, split, need=need, seed=seed).predict(people, rows)[:, k]


@dataclass(frozen=True)
class Alike:
    """Rows whose circumstance is known, what it is (1 or 0), and the chance of it for people like them."""

    rows: Numbers
    circumstance: Floats
    expected: Floats
    beside: People


def find_alike(people: People, ablation: Ablation, need: Need, seed: int) -> Alike | None:
    """Who is in the circumstance, and how likely each was to be, from what `beside` names; each is told by
    trees of other people. None where nobody, or everybody, is in it."""
    known = people.raw(ablation.circumstance)
    rows = np.flatnonzero(~np.isnan(known))
    circumstance = (known[rows] > 0).astype(float)
    if not len(rows) or circumstance.min() == circumstance.max():
        return None
    beside = _with_sex(people, ablation.beside)
    expected = _left_out(beside, rows, circumstance, need, seed)
    return Alike(rows, circumstance, np.clip(expected, PROPENSITY_MIN, 1 - PROPENSITY_MIN), beside)


def weigh_circumstance(
    people: People, outcome: str, alike: Alike, need: Need, seed: int, bands: tuple[float, ...] = ()
) -> Iterator[tuple[str, Weight]]:
    """How much likelier the outcome is in the circumstance within the shortest horizon, everybody first
    ("all"), then by age from each of `bands` (rising) on ("75-84").

    A partially linear model of the log chance, by its orthogonal score, both nuisances told by trees of other
    people (Robinson 1988; Chernozhukov and others 2018); standard errors by household (sandwich). Every date
    with the outcome settled counts.
    """
    y = people.outcomes[outcome][alike.rows, 0]
    settled = ~np.isnan(y)
    rows, x, p = alike.rows[settled], alike.circumstance[settled], alike.expected[settled]
    y = y[settled]
    if y.sum() < 2 * EVENTS_MIN:
        yield "all", Weight(len(y), int(y.sum()), float("nan"), float("nan"))
        return
    chance = _left_out(alike.beside, rows, y, need, seed)
    home = people.ids.select(pl.coalesce("household_id", "person_id")).to_series()
    homes = home.rank("dense").to_numpy()[rows].astype(np.int64)
    age = people.raw(AGE, rows)
    yield "all", solve_ratio(x, p, y, chance, homes)
    for low, high in itertools.pairwise((*bands, np.inf)):
        mine = (age >= low) & (age < high)
        yield _band(low, high), solve_ratio(x[mine], p[mine], y[mine], chance[mine], homes[mine])


def hold_false_alarms(p_values: list[float], rate: float = 0.05) -> list[bool]:
    """Which of many findings stand when at most `rate` of those that stand may be chance (Benjamini and
    Hochberg 1995); NaN never stands."""
    known = np.array([np.nan_to_num(p, nan=2.0) for p in p_values])
    order = np.argsort(known, kind="stable")
    counted = int(np.sum(known <= 1))
    bound = rate * np.arange(1, len(known) + 1) / max(counted, 1)
    passed = np.flatnonzero(known[order] <= bound)
    stands = np.zeros(len(known), bool)
    stands[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return [bool(s) for s in stands]


def solve_ratio(x: Floats, p: Floats, y: Floats, chance: Floats, homes: Numbers) -> Weight:
    """`x` the circumstance, `p` its expected value, `chance` that of the outcome, whichever it is."""
    n, events = len(y), int(y.sum())
    if min(y[x == 1].sum(), y[x == 0].sum()) < EVENTS_MIN:
        return Weight(n, events, float("nan"), float("nan"))

    def score(log_ratio: float) -> Floats:
        ratio = np.exp(log_ratio)
        return (x - p) * (np.where(x == 1, y / ratio, y) - chance / (1 - p + p * ratio))

    found = float(brentq(lambda b: score(b).sum(), -RATIO_LOG_MAX, RATIO_LOG_MAX))
    step = 1e-4
    slope = (score(found + step).sum() - score(found - step).sum()) / (2 * step)
    by_home = np.bincount(np.unique(homes, return_inverse=True)[1], weights=score(found))
    return Weight(n, events, found, float(np.sqrt((by_home**2).sum()) / abs(slope)))


def _left_out(people: People, rows: Numbers, y: Floats, need: Need, seed: int) -> Floats:
    """The chance of `y` for each of `rows` by trees that learnt from other people."""
    fold = people.person_numbers[rows] % FOLDS
    chance = np.zeros(len(rows))
    for number in range(FOLDS):
        learnt = fold != number
        kept, weights = thin(y[learnt], need.train_rows_max, seed)
        start = np.full(len(kept), log_odds(np.array([y[learnt].mean()]))[0])
        sample = Sample(people.x[rows[learnt][kept]], y[learnt][kept], start, weights)
        trees = fit_chance(sample, need=need, seed=seed, trees=TREES_IN_FOLDS)
        told = trees.predict(people.x[rows[~learnt]])
        chance[~learnt] = expit(start[0] + told) if len(kept) else 0.0
    return chance


def _with_sex(people: People, patterns: tuple[str, ...]) -> People:
    """Only what is adjusted for. Sex too, which no model reads: here nothing is forecast for anybody."""
    kept = [i for i, name in enumerate(people.features) if fits(name, patterns)]
    x, names = people.x[:, kept], tuple(people.features[i] for i in kept)
    if "sex" in people.audit.columns:
        sex = people.audit.select((pl.col("sex") == "female").cast(pl.Float32).fill_null(float("nan")))
        x, names = np.column_stack([x, sex.to_numpy()]), (*names, "sex")
    return replace(people, x=x, features=names)


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a feature's name fits one of the patterns."""
    return any(fnmatch(name, pattern) for pattern in patterns)


def _band(low: float, high: float) -> str:
    return f"{low:.0f}+" if np.isinf(high) else f"{low:.0f}-{high - 1:.0f}"
