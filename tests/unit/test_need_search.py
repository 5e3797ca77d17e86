"""The search for a better recipe: within its budget, repeatable, and never on the days of the newest test."""

import dataclasses
import tomllib
from pathlib import Path

import numpy as np
import pytest
from need_worlds import HORIZONS, settled_dates, write_world

from configs.settings import load_settings
from configs.settings_need import Need
from models.need.people import People, read_people
from models.need.search import Trial, as_recipe, search_need


@pytest.fixture(scope="module")
def need() -> Need:
    # A poor start: one leaf split, tiny steps, few trees. Nearly anything is better.
    return load_settings(
        overrides={
            "need": {"trees_max": 10, "learning_rate": 0.01, "leaves_max": 2, "rows_per_leaf_min": 2000}
        }
    ).need


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> list[People]:
    folder = write_world(
        tmp_path_factory.mktemp("world"),
        people=1500,
        origins=11,
        level=-1.5,
        outcomes=("care_home_admission",),
    )
    return read_people(folder, tuple(settled_dates(11)), HORIZONS)


def test_a_search_finds_better_settings_than_poor_ones_and_can_be_repeated(
    groups: list[People], need: Need
) -> None:
    found, trials = search_need(groups, need, seed=1, trials_max=4)
    assert len(trials) == 5, "the settings as they were, and four more"
    assert trials[0] == Trial({}, 0.0)
    assert max(t.gain for t in trials) > 0.02
    assert found.learning_rate > need.learning_rate
    assert search_need(groups, need, seed=1, trials_max=4) == (found, trials)


def test_what_happened_on_the_days_of_the_newest_test_cannot_change_the_choice(
    groups: list[People], need: Need
) -> None:
    newest = settled_dates(11, 365)[-1]

    def other(people: People) -> People:
        later = np.isin(people.ids["as_of"].to_numpy(), np.array([newest], dtype="datetime64[D]"))
        changed = {o: np.where(later[:, None] & ~np.isnan(y), 1 - y, y) for o, y in people.outcomes.items()}
        return dataclasses.replace(people, outcomes=changed)

    changed = [other(people) for people in groups]
    assert search_need(changed, need, seed=1, trials_max=2) == search_need(groups, need, seed=1, trials_max=2)


def test_a_history_too_short_for_a_second_test_is_not_searched_and_that_is_said(
    tmp_path: Path, need: Need
) -> None:
    folder = write_world(tmp_path, people=300, origins=4)
    few = read_people(folder, tuple(settled_dates(4)), HORIZONS)
    said: list[str] = []
    assert search_need(few, need, seed=1, trials_max=2, progress=said.append) == (need, [])
    assert said == ["No earlier test has the events to search on: the settings stay as they are"]


def test_the_recipe_found_is_a_recipe(need: Need, tmp_path: Path) -> None:
    trials = [Trial({}, 0.0), Trial({"leaves_max": 5, "learning_rate": 0.07}, 0.1)]
    file = tmp_path / "found.toml"
    file.write_text(as_recipe(need, trials, "mine"), encoding="utf-8")
    assert tomllib.loads(file.read_text(encoding="utf-8"))["need"]["leaves_max"] == 5
    read = load_settings(recipe=file).need
    assert (read.recipe, read.leaves_max, read.learning_rate) == ("mine", 5, 0.07)
