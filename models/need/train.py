"""Models of need trained on every settled date of a features folder, and registered beside their rivals."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from configs.errors import TooFewError
from configs.settings import Need, Settings
from models.need.artifacts import save_models
from models.need.people import Origins, People, read_origins, read_people
from models.need.registry import Champion, register
from models.need.study import Studied, sentence, study_chance, study_hours

SIDE_BY_SIDE_MAX = 4
"""Models made at once: each copies the rows it learns from."""


def train_champion(
    features: Path,
    *,
    state: Path,
    council: str,
    settings: Settings,
    seed: int,
    synthetic: bool,
    progress: Callable[[str], None] | None = None,
) -> Champion:
    """Train, test beside rivals, register: the first model as provisional champion, later ones as challenger.

    `features` is a features folder (docs/reference/tables.md, 2); `council` names council and data source.
    The same inputs and seed give the same files and champion_id. Where events are too few an age rate stands
    in, and its row and `progress` say so. Raises TooFewError when no date, or nobody's outcome, is settled.
    """
    say = progress or (lambda _: None)
    origins = read_origins(features)
    _check_settled(bool(origins.training), origins)
    groups = read_people(features, origins.training, settings.need.horizon_days)
    studied = []
    for one in study_all(groups, settings.need, seed):
        say(sentence(one.tables[0]))
        studied.append(one)
    _check_settled(bool(studied), origins)
    facts = {"council": council, "synthetic": synthetic, **_facts(origins, groups, settings.need, seed)}
    return _register(state, council, studied, facts)


def study_all(groups: list[People], need: Need, seed: int) -> Iterator[Studied]:
    """Every outcome that is settled for anybody, then hours, in each age group.

    Models are made side by side, one thread each; what comes out, and its order, do not depend on how many.
    """
    tasks: list[Callable[[], Studied | None]] = []
    for people in groups:
        for outcome in sorted(people.outcomes):
            tasks.append(partial(study_chance, people, outcome, need=need, seed=seed))
        tasks.append(partial(study_hours, people, need=need, seed=seed))
    with ThreadPoolExecutor(min(SIDE_BY_SIDE_MAX, os.cpu_count() or 1)) as pool:
        yield from (studied for studied in pool.map(lambda task: task(), tasks) if studied is not None)


def _check_settled(is_settled: bool, origins: Origins) -> None:
    if not is_settled:
        raise TooFewError(
            "No earlier date has a settled outcome, so there is nothing to learn from",
            where=f"as of {origins.as_of.isoformat()}",
            todo="Land more history (two years at the least), or give a later as-of date",
        )


def _facts(origins: Origins, groups: list[People], need: Need, seed: int) -> dict[str, Any]:
    newest = origins.training[-1].isoformat()
    counts = {"origins": len(origins.training), "features": len(groups[0].features), "seed": seed}
    return {
        "horizon_days": need.horizon_days,
        "trained_at_origin": newest,
        "features": list(groups[0].features),
        "parameters": {**need.model_dump(), **counts, "trained_at_origin": newest},
    }


def _register(state: Path, council: str, studied: list[Studied], facts: dict[str, Any]) -> Champion:
    making = state / ".champion-making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    save_models(making, studied, facts)
    champion = register(state, council, making, facts=facts)
    shutil.rmtree(making)
    return champion
