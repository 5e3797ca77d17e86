"""Models of need trained on every settled date of a features folder, and registered beside their rivals."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from configs.errors import DeskError, TooFewError
from configs.settings import Settings
from configs.settings_need import Need
from models.need.artifacts import AnyStudied, load_models, save_models
from models.need.households import Numbers, number_households
from models.need.kept import keep_beside
from models.need.people import Origins, People, read_origins, read_people
from models.need.reference import write_reference
from models.need.registry import Champion, find_champion, register
from models.need.study import Evidence, InUse, study_chance
from models.need.study_hours import study_hours
from models.need.study_households import study_households
from models.need.words import sentences

RECIPE_FOUND = "recipe-found.toml"
AllInUse: TypeAlias = dict[tuple[str, str], InUse]

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
    budget_minutes: float = 0.0,
    progress: Callable[[str], None] | None = None,
) -> Champion:
    """Train, test beside rivals, register: the first model as provisional champion, later ones as challenger.

    `features` is a features folder (docs/reference/tables.md, 2); `council` names council and data source.
    The same inputs and seed give the same files and champion_id. Where events are too few an age rate stands
    in, and its row and `progress` say so. With `budget_minutes` the best recipe of a search is used, and left
    in `state` as recipe-found.toml. Raises TooFewError when no date, or nobody's outcome, is settled.
    """
    say = progress or (lambda _: None)
    origins = read_origins(features)
    _check_settled(bool(origins.training), origins)
    need = settings.need
    whole = read_people(features, origins.training, need.horizons_days)
    groups = [people.leaving_out(need.leave_out) for people in whole]
    if budget_minutes > 0:
        need = _searched(groups, need, state, seed, budget_minutes, say)
    studied = []
    in_use = _in_use(state, council, need, origins, whole, say)
    for one in study_all(groups, origins.as_of, need, seed, in_use):
        for line in sentences(one.tables, need.horizon_days):
            say(line)
        studied.append(one)
    _check_settled(bool(studied), origins)
    facts = {"council": council, "synthetic": synthetic, **_facts(origins, groups, need, seed)}
    return _register(features, state, council, studied, facts, need.horizon_days)


def study_all(
    groups: list[People], as_of: date, need: Need, seed: int, in_use: AllInUse | None = None
) -> Iterator[AnyStudied]:
    """Every outcome that is settled for anybody, in each age group and in households, then hours.

    Outcomes are studied side by side, one thread each; what comes out, and its order, do not depend on how
    many.
    """
    numbers = number_households(groups)
    outcomes = sorted({outcome for people in groups for outcome in people.outcomes})
    tasks: list[Callable[[], list[AnyStudied]]] = [
        partial(_study_outcome, groups, numbers, outcome, as_of, need, seed, in_use or {})
        for outcome in outcomes
    ]
    tasks.append(partial(_study_hours, groups, as_of, need, seed))
    with ThreadPoolExecutor(min(SIDE_BY_SIDE_MAX, os.cpu_count() or 1)) as pool:
        for found in pool.map(lambda task: task(), tasks):
            yield from found


def _study_outcome(
    groups: list[People],
    numbers: list[Numbers],
    outcome: str,
    as_of: date,
    need: Need,
    seed: int,
    in_use: AllInUse,
) -> list[AnyStudied]:
    studied: list[AnyStudied] = []
    told: list[tuple[People, Numbers, Evidence]] = []
    for people, number in zip(groups, numbers, strict=True):
        now = in_use.get((people.age_group, outcome))
        one = study_chance(people, outcome, as_of=as_of, need=need, seed=seed, in_use=now)
        if one is not None:
            studied.append(one[0])
            told.append((people, number, one[1]))
    if told:
        mine, theirs, evidence = (list(part) for part in zip(*told, strict=True))
        studied.append(study_households(mine, theirs, outcome, evidence, need, seed))
    return studied


def _study_hours(groups: list[People], as_of: date, need: Need, seed: int) -> list[AnyStudied]:
    each = (study_hours(people, as_of=as_of, need=need, seed=seed) for people in groups)
    return [studied for studied in each if studied is not None]


def _searched(
    groups: list[People], need: Need, state: Path, seed: int, minutes: float, say: Callable[[str], None]
) -> Need:
    from models.need.search import as_recipe, search_need

    found, trials = search_need(
        groups, need, seed=seed, trials_max=need.search_trials_max, minutes=minutes, progress=say
    )
    if not trials or found == need:
        return need
    name = f"{need.recipe}-searched"
    state.mkdir(parents=True, exist_ok=True)
    (state / RECIPE_FOUND).write_text(as_recipe(need, trials, name), encoding="utf-8")
    say(f"The recipe found lies in {state / RECIPE_FOUND}")
    return found.model_copy(update={"recipe": name})


def _in_use(
    state: Path,
    council: str,
    need: Need,
    origins: Origins,
    whole: list[People],
    say: Callable[[str], None],
) -> AllInUse:
    """The champion's models by age group and outcome; none where there is no champion that can be read, or
    it looks other horizons ahead, learnt outcomes that meant something else, or reads features that are no
    more. `whole`: everybody with every feature, whatever the new recipe leaves out."""
    champion = find_champion(state, council)
    if champion is None:
        return {}
    try:
        models = load_models(champion.folder)
    except DeskError as problem:
        say(f"The model in use cannot stand beside the new one: {problem.what}")
        return {}
    if models.horizons_days != need.horizons_days:
        say("The model in use looks other horizons ahead and cannot stand beside the new one")
        return {}
    if models.definitions != origins.definitions:
        say("The model in use learnt outcomes that meant something else and cannot stand beside the new one")
        return {}
    until = date.fromisoformat(models.known_before)
    seen = {people.age_group: people.seen_by(models.features) for people in whole}
    if any(people is None for people in seen.values()):
        say("The model in use reads features that are no more and cannot stand beside the new one")
        return {}
    return {
        (group, outcome): InUse(chance, people, until)
        for (group, outcome), chance in models.chances.items()
        if (people := seen.get(group)) is not None
    }


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
        "horizons_days": list(need.horizons_days),
        "known_before": origins.as_of.isoformat(),
        "trained_at_origin": newest,
        "definitions": origins.definitions,
        "features": list(groups[0].features),
        "parameters": {**need.model_dump(), **counts, "trained_at_origin": newest},
    }


def _register(
    features: Path,
    state: Path,
    council: str,
    studied: list[AnyStudied],
    facts: dict[str, Any],
    main_horizon_days: int,
) -> Champion:
    making = state / ".champion-making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    save_models(making, studied, facts)
    write_reference(features, making, load_models(making), main_horizon_days)
    beside = state / ".champion-beside"
    shutil.rmtree(beside, ignore_errors=True)
    facts = {**facts, "data": keep_beside(features, making, beside, main_horizon_days)}
    champion = register(state, council, making, facts=facts, beside=beside)
    shutil.rmtree(making)
    shutil.rmtree(beside)
    return champion
