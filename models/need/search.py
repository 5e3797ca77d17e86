"""The one door to Optuna: how trees are grown, searched for within a budget, never on the days of the
test.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

from configs.settings_need import Need
from models.need.chance import Target, fit_tested
from models.need.metrics import ordering, rank
from models.need.people import People
from models.need.splits import Split, plan_splits, settled_origins
from models.need.study import span_of

EVENTS_MIN = 100
"""A forecast with fewer events on the days of the search says nothing of how trees should be grown."""

TRIALS_STARTING = 8
"""Trials drawn at random, after the settings as they are, before the sampler learns from them (assumed)."""


@dataclass(frozen=True)
class Trial:
    """Settings tried, and what they gain: mean log ratio of average precision to the settings as they
    were.
    """

    changes: dict[str, Any]
    gain: float


@dataclass(frozen=True)
class _Task:
    people: People
    target: Target
    split: Split
    place: int


def search_need(
    groups: list[People],
    need: Need,
    *,
    seed: int,
    trials_max: int,
    minutes: float = 0.0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Need, list[Trial]]:
    """The best settings found in `trials_max` trials, and every trial; the same ones from the same seed.

    Trials are judged on the test before the newest one, so that the newest says how good the choice was.
    `minutes` is a ceiling (0: none): a search that it cuts short says so, and another machine may cut it
    elsewhere. Without a forecast that has such a test and the events, the settings as they were and no trial.
    """
    say = progress or (lambda _: None)
    tasks = _tasks(groups, need)
    if not tasks:
        say("No earlier test has the events to search on: the settings stay as they are")
        return need, []
    base = np.array([_precision(task, need, seed) for task in tasks])
    trials: list[Trial] = [Trial({}, 0.0)]

    def objective(trial: optuna.Trial) -> float:
        changes = _suggest(trial)
        tried = need.model_copy(update=changes)
        gain = float(np.mean(np.log(np.array([_precision(t, tried, seed) for t in tasks]) / base)))
        trials.append(Trial(changes, round(gain, 6)))
        told = f"{np.expm1(gain):+.1%} beside the settings as they are"
        say(f"Trial {len(trials) - 1}: average precision {told}")
        return gain

    began = time.monotonic()
    _study(seed).optimize(objective, n_trials=trials_max, timeout=minutes * 60 or None)
    if len(trials) <= trials_max:
        say(f"The budget ended the search after {len(trials) - 1} of {trials_max} trials")
    best = max(trials, key=lambda t: t.gain)
    say(f"Searched for {time.monotonic() - began:.0f} s: best gain {np.expm1(best.gain):+.1%}")
    return need.model_copy(update=best.changes), trials


def _study(seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=TRIALS_STARTING)
    return optuna.create_study(direction="maximize", sampler=sampler)


def _suggest(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "learning_rate": round(trial.suggest_float("learning_rate", 0.02, 0.2, log=True), 4),
        "leaves_max": trial.suggest_int("leaves_max", 3, 31, log=True),
        "rows_per_leaf_min": trial.suggest_int("rows_per_leaf_min", 10, 300, log=True),
    }


def _tasks(groups: list[People], need: Need) -> list[_Task]:
    every = [_task(people, outcome, need) for people in groups for outcome in sorted(people.outcomes)]
    return [task for task in every if task is not None]


def _task(people: People, outcome: str, need: Need) -> _Task | None:
    target = Target(outcome, people.outcomes[outcome])
    splits = plan_splits(settled_origins(people, target.y), span_of(need), 2)
    if len(splits) < 2:
        return None
    place = need.horizons_days.index(need.horizon_days)
    y = target.y[people.at((splits[1].test,)), place]
    return _Task(people, target, splits[1], place) if np.nansum(y) >= EVENTS_MIN else None


def _precision(task: _Task, need: Need, seed: int) -> float:
    """Average precision within the main horizon at the task's test."""
    y = task.target.y[:, task.place]
    rows = task.people.at((task.split.test,)) & ~np.isnan(y)
    chance = fit_tested(task.people, task.target, task.split, need=need, seed=seed).predict(task.people, rows)
    found = ordering(rank(chance[:, task.place]), y[rows], np.ones((1, int(rows.sum()))), 1)
    return float(found["average_precision"][0])


def as_recipe(need: Need, trials: list[Trial], name: str) -> str:
    """The best settings found as a recipe file's text."""
    best = max(trials, key=lambda t: t.gain)
    head = f"# Found in {len(trials) - 1} trials; average precision {np.expm1(best.gain):+.1%} beside "
    lines = [f"{key} = {value}" for key, value in sorted(best.changes.items())]
    return "\n".join([f"{head}{need.recipe}.", "[need]", f'recipe = "{name}"', *lines]) + "\n"
