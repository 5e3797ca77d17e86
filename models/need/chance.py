"""The chance of one outcome in one age group at every horizon: hazards by boosted trees, calibrated on later
dates and added up; or the age rate."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from configs.settings_need import Need
from models.need.bands import Bands, ranges_of
from models.need.estimator import Boosted, Sample, fit_chance, thin
from models.need.intervals import Stack, add_up, chain_hazards, hazard_labels, stack_up
from models.need.logistic import fit_platt
from models.need.people import Floats, People, Rows
from models.need.simple import Simple
from models.need.splits import UNTESTED, Origins, Split
from models.need.start import BY_AGE, Basis, Start, fit_start

FOLDS = 4
TREES_IN_FOLDS = 50
"""Trees where no later origin can say when to stop: near what early stopping chooses on county-sized data."""

ROWS_AT_ONCE = 50_000
"""Rows whose features are laid out for the trees at once (40 MB)."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Target:
    """What is forecast: the outcome, rows × horizons of 1, 0 or NaN (not used), and where its model
    starts."""

    outcome: str
    y: Floats
    basis: Basis = BY_AGE


@dataclass(frozen=True)
class Chance:
    """A model of one chance: of each interval learnt a `start` (by age, or a simple rule) and a calibration
    (intercept, slope) of the log-odds, improved by `boosted` trees if there are any, which know the interval
    as their last column. Intervals not learnt are chained (`chain_hazards`). `bands` say how sure the chance
    within each horizon is; none: not known. `note` says what gave way, or why there are no trees.
    """

    horizons: tuple[int, ...]
    starts: tuple[Start | Simple, ...]
    boosted: Boosted | None = None
    calibration: tuple[Pair, ...] = ()
    note: str = ""
    bands: tuple[Bands, ...] = ()

    @property
    def is_simple(self) -> bool:
        """Whether a simple rule stands in for trees."""
        return any(isinstance(start, Simple) for start in self.starts)

    @property
    def learnt(self) -> int:
        """How many intervals were learnt from what happened; chances beyond them are extrapolated."""
        return len(self.starts)

    def predict(self, people: People, rows: Rows) -> Floats:
        """The chance within each horizon: `rows` × horizons, never falling from left to right."""
        at = np.flatnonzero(rows)
        pieces = [at[i : i + ROWS_AT_ONCE] for i in range(0, len(at), ROWS_AT_ONCE)]
        parts = [self._chances(people, piece) for piece in pieces]
        return np.concatenate([np.zeros((0, len(self.horizons))), *parts])

    def range_of(self, chances: Floats) -> tuple[Floats, Floats]:
        """The low and high ends of what `predict` gave: rows × horizons each, NaN where not known."""
        return ranges_of(self.bands, chances)

    def hazards(self, people: People, stack: Stack) -> Floats:
        """The calibrated hazard of each person-interval, all of them intervals learnt."""
        scores = score_of(self.boosted, self.starts, people, stack)
        return expit(_adjusted(scores, stack, self.calibration))

    def as_dict(self) -> dict[str, Any]:
        """Everything but the booster's own text, for JSON."""
        return {
            "horizons": list(self.horizons),
            "starts": [_told(start) for start in self.starts],
            "trees": self.boosted.trees if self.boosted else 0,
            "calibration": [list(pair) for pair in self.calibration],
            "note": self.note,
            "bands": [band.as_dict() for band in self.bands],
        }

    @staticmethod
    def from_dict(said: dict[str, Any], boosted: Boosted | None) -> "Chance":
        """The model again, from `as_dict` and its booster."""
        return Chance(
            tuple(said["horizons"]),
            tuple(_start_from(start) for start in said["starts"]),
            boosted,
            tuple((intercept, slope) for intercept, slope in said["calibration"]),
            said["note"],
            tuple(Bands.from_dict(band) for band in said["bands"]),
        )

    def booster(self) -> Boosted | None:
        """Its booster, if it has one."""
        return self.boosted

    def _chances(self, people: People, at: np.ndarray) -> Floats:
        each = np.tile(at, self.learnt)
        number = np.repeat(np.arange(self.learnt), len(at))
        hazards = self.hazards(people, Stack(each, number, np.zeros(len(each))))
        return add_up(chain_hazards(hazards.reshape(self.learnt, len(at)).T, self.horizons))


def _told(start: Start | Simple) -> Any:
    return start.as_dict() if isinstance(start, Simple) else list(start.coefficients)


def _start_from(said: Any) -> Start | Simple:
    return Simple.from_dict(said) if isinstance(said, dict) else Start(tuple(said))


@dataclass(frozen=True)
class ForUse:
    """The model in use, and the one before it: learnt from earlier intervals only, and so fit to be compared
    with what happened in the later ones. None where the model in use is a start alone."""

    model: Chance
    before: Chance | None = None


def count_events(people: People, stack: Stack) -> int:
    """People, not rows, who had the outcome: windows overlap, and one event can stand in two."""
    return len(np.unique(people.person_numbers[stack.rows[stack.y == 1]]))


def fit_tested(people: People, target: Target, split: Split, *, need: Need, seed: int) -> Chance:
    """The model to be tested at `split.test`: nothing it learns from reaches that date.

    With fewer than `events_min` people who had the outcome in the intervals that train, the start of all that
    is known by the test alone, with a note.
    """
    train = _stack(people, target, split.train)
    events = count_events(people, train)
    if events < need.events_min:
        note = f"too few to train on: {events} events of {need.events_min} needed; {target.basis.phrase}"
        return _start_alone(people, target, split, note)
    return _calibrated(people, target, split, need, seed)


def fit_for_use(
    people: People, target: Target, split: Split | None, tested: Chance | None, *, need: Need, seed: int
) -> ForUse:
    """The model to be used: refitted on everything settled, with as many trees as the calibrated one.

    `split` tests at the date of the run: what its earlier part learnt is calibrated on its later part, and
    that calibration kept. What could not be tested is not used: then the start alone.
    """
    if split is None or tested is None:
        return ForUse(_start_alone(people, target, split, f"{UNTESTED}; {target.basis.phrase}"))
    if tested.boosted is None:
        return ForUse(_start_alone(people, target, split, tested.note))
    before = _calibrated(people, target, split, need, seed)
    assert before.boosted is not None
    everything = _stack(people, target, split.known[: split.learnt])
    starts = _starts(people, target, everything, split.learnt)
    fit = _Fit(people, target.outcome, starts, need, seed)
    refitted = fit.boost(everything, trees=before.boosted.trees)
    used = Chance(people.horizons, starts, refitted, before.calibration, before.note)
    return ForUse(used, before)


def score_of(
    boosted: Boosted | None, starts: tuple[Start | Simple, ...], people: People, stack: Stack
) -> Floats:
    """The log-odds of each person-interval before calibration."""
    score = np.zeros(len(stack.rows))
    for first in range(0, len(score), ROWS_AT_ONCE):
        piece = slice(first, first + ROWS_AT_ONCE)
        rows, interval = stack.rows[piece], stack.interval[piece]
        score[piece] = _start_of(people, starts, rows, interval)
        if boosted:
            score[piece] += boosted.predict(lay_out(people, rows, interval))
    return score


def lay_out(people: People, rows: np.ndarray, interval: np.ndarray) -> Floats:
    """What the trees read: the features of `rows`, and the number of the interval."""
    wide = np.empty((len(rows), len(people.features) + 1), dtype=np.float32)
    wide[:, :-1] = people.x[rows]
    wide[:, -1] = interval
    return wide


def directions_of(people: People, outcome: str, need: Need) -> tuple[int, ...]:
    """1, -1 or 0 for each column of `lay_out`, by the settings `rising` and `falling` of the outcome."""
    rising, falling = need.rising.get(outcome, ()), need.falling.get(outcome, ())
    return (*((name in rising) - (name in falling) for name in people.features), 0)


def _start_alone(people: People, target: Target, split: Split | None, note: str) -> Chance:
    labels = hazard_labels(target.y)
    known = split.known if split else ()
    learnt = next((k for k, origins in enumerate(known) if not origins), len(known)) or _settled(labels)
    used = [people.at(known[k]) if known else np.ones(len(labels), bool) for k in range(learnt)]
    stack = stack_up(labels, used)
    calibration = ((0.0, 1.0),) * learnt
    return Chance(people.horizons, _starts(people, target, stack, learnt), None, calibration, note)


def _settled(labels: Floats) -> int:
    told = [bool((~np.isnan(column)).any()) for column in labels.T]
    return max(1, next((k for k, is_told in enumerate(told) if not is_told), len(told)))


def _stack(people: People, target: Target, origins: tuple[Origins, ...]) -> Stack:
    return stack_up(hazard_labels(target.y), [people.at(days) for days in origins])


def _starts(people: People, target: Target, stack: Stack, learnt: int) -> tuple[Start, ...]:
    return tuple(_start(people, target, stack.take(stack.interval == k)) for k in range(learnt))


def _start(people: People, target: Target, stack: Stack) -> Start:
    return fit_start(people, stack.rows, stack.y, target.basis)


def _start_of(
    people: People, starts: tuple[Start | Simple, ...], rows: np.ndarray, interval: np.ndarray
) -> Floats:
    each = np.column_stack([start.log_odds(people, rows) for start in starts])
    return each[np.arange(len(rows)), interval]


def _calibrated(people: People, target: Target, split: Split, need: Need, seed: int) -> Chance:
    """What the intervals that train teach, calibrated on those that calibrate (else in folds of people)."""
    train, later = (_stack(people, target, origins) for origins in (split.train, split.calibrate))
    starts = _starts(people, target, train, split.learnt)
    fit = _Fit(people, target.outcome, starts, need, seed)
    if (later.y == 1).any():
        boosted, told = fit.boost(train, later), later
        scores = score_of(boosted, starts, people, later)
    else:
        boosted, told = fit.boost(train), train
        scores = fit.left_out_scores(train)
    return Chance(people.horizons, starts, boosted, _pairs(scores, told, split.learnt), split.note)


@dataclass(frozen=True)
class _Fit:
    people: People
    outcome: str
    starts: tuple[Start, ...]
    need: Need
    seed: int

    def boost(self, train: Stack, later: Stack | None = None, trees: int = TREES_IN_FOLDS) -> Boosted:
        """Trees of `train`: as many as `later` bears out, else just `trees` (within `trees_max`)."""
        return fit_chance(
            self._sample(train),
            need=self.need,
            seed=self.seed,
            trees=min(trees, self.need.trees_max),
            later=self._sample(later) if later else None,
            directions=directions_of(self.people, self.outcome, self.need),
        )

    def left_out_scores(self, train: Stack) -> Floats:
        """The score of each person-interval by a model of the other people."""
        fold = self.people.person_numbers[train.rows] % FOLDS
        scores = np.zeros(len(train.y))
        for number in range(FOLDS):
            fitted = self.boost(train.take(fold != number))
            scores[fold == number] = score_of(fitted, self.starts, self.people, train.take(fold == number))
        return scores

    def _sample(self, stack: Stack) -> Sample:
        kept, weights = thin(stack.y, self.need.train_rows_max, self.seed)
        few = stack.take(kept)
        start = _start_of(self.people, self.starts, few.rows, few.interval)
        return Sample(lay_out(self.people, few.rows, few.interval), few.y, start, weights)


def _pairs(scores: Floats, stack: Stack, learnt: int) -> tuple[Pair, ...]:
    """Intercept and slope of each interval; one without an event to calibrate on shares that of all."""
    pooled = fit_platt(scores, stack.y)
    pairs = []
    for k in range(learnt):
        mine = stack.interval == k
        known = (stack.y[mine] == 1).any()
        pairs.append(fit_platt(scores[mine], stack.y[mine]) if known else pooled)
    return tuple(pairs)


def _adjusted(scores: Floats, stack: Stack, pairs: tuple[Pair, ...]) -> Floats:
    intercept, slope = np.array(pairs)[stack.interval].T
    return intercept + slope * scores
