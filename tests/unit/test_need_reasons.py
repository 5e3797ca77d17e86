"""Claims about reasons: they add up, name what is planted, never a protected attribute, and say what would differ."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from need_worlds import AS_OF, HORIZONS, settled_dates, write_world
from scipy.special import logit

from configs.settings import Settings, load_settings
from features.declared import Column
from features.table import all_columns
from models.need.artifacts import Models
from models.need.chance import Chance, Target, fit_for_use, fit_tested
from models.need.intervals import Stack
from models.need.people import AGE, People, read_people
from models.need.picture import draw_picture
from models.need.reasons import CHANGEABLE, PROTECTED, SCHEMA, in_words, parts_of, tell_reasons
from models.need.splits import Span, plan_split, plan_splits, settled_origins

OUTCOME = "care_home_admission"
COLD = "housing__cold_home__now"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(overrides={"need": {"bootstrap_samples": 50}})


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> People:
    """People of whom cold homes (a renamed noise column made to matter) and frailty raise the chance."""
    folder = write_world(tmp_path_factory.mktemp("world"), people=3000, origins=9)
    people = read_people(folder, tuple(settled_dates(9)), HORIZONS)[1]
    names = tuple(COLD if n == "housing__energy_efficiency__now" else n for n in people.features)
    x = people.x.copy()
    cold = names.index(COLD)
    x[:, cold] = x[:, cold] > 1
    random = np.random.default_rng(5)
    more = (x[:, cold] > 0) & (random.random(len(x)) < 0.3)
    y = people.outcomes[OUTCOME].copy()
    y[more] = np.where(np.isnan(y[more]), np.nan, 1)
    return dataclasses.replace(people, features=names, x=x, outcomes={OUTCOME: y})


@pytest.fixture(scope="module")
def model(older: People, settings: Settings) -> Chance:
    target, span = Target(OUTCOME, older.outcomes[OUTCOME]), Span(HORIZONS, 365)
    settled = settled_origins(older, target.y)
    tested = fit_tested(older, target, plan_splits(settled, span, 1)[0], need=settings.need, seed=1)
    use = plan_split(settled, AS_OF, span)
    return fit_for_use(older, target, use, tested, need=settings.need, seed=1).model


def _newest(older: People, n: int = 200) -> np.ndarray:
    return np.flatnonzero(older.at((settled_dates(9)[-1],)))[:n]


def test_the_parts_of_an_interval_add_up_to_its_log_odds(older: People, model: Chance) -> None:
    at = _newest(older)
    parts = parts_of(model, older, at, 1)
    whole = logit(model.hazards(older, Stack(at, np.zeros(len(at), int), np.zeros(len(at)))))
    np.testing.assert_allclose(parts.base + parts.features.sum(axis=1), whole, atol=1e-6)


def test_over_several_intervals_the_parts_lie_between_those_of_each(older: People, model: Chance) -> None:
    at = _newest(older)
    both = parts_of(model, older, at, 2)
    total = both.base + both.features.sum(axis=1)
    each = np.column_stack(
        [logit(model.hazards(older, Stack(at, np.full(len(at), k), np.zeros(len(at))))) for k in range(2)]
    )
    assert (total >= each.min(axis=1) - 1e-6).all()
    assert (total <= each.max(axis=1) + 1e-6).all()


def test_a_protected_attribute_has_no_part_and_is_never_named(
    older: People, model: Chance, settings: Settings
) -> None:
    at = _newest(older)
    assert (parts_of(model, older, at, 2).features[:, older.features.index(AGE)] == 0).all()
    told = tell_reasons(model, older, OUTCOME, at, settings)
    phrases = {c.phrase for c in all_columns(settings) if c.name in PROTECTED}
    said = {reason.split(":")[0] for reasons in told["reasons"].to_list() for reason in reasons}
    assert said
    assert not said & phrases


def test_what_was_planted_is_named_by_those_whom_it_concerns(
    older: People, model: Chance, settings: Settings
) -> None:
    told = tell_reasons(model, older, OUTCOME, _newest(older, 1000), settings).sort(
        "probability", descending=True
    )
    frail = "frailty score (eFI)"
    top = [" ".join(reasons) for reasons in told["reasons"].head(50).to_list()]
    assert sum(frail in reasons for reasons in top) > 40
    cold = [different for different in told["different"].to_list() if different]
    assert cold
    assert all(len(different) == 1 for different in cold)
    phrase = next(c.phrase for c in all_columns(settings) if c.name == COLD)
    for line in (line for different in cold for line in different):
        assert line.startswith(f"without this: {phrase}: ")
        then, now = (float(part.rstrip("%")) for part in line.rsplit(": ", 1)[1].split(" instead of "))
        assert then <= now


def test_families_and_base_add_up_as_told(older: People, model: Chance, settings: Settings) -> None:
    at = _newest(older)
    told = tell_reasons(model, older, OUTCOME, at, settings)
    assert told.schema == pl.Schema(SCHEMA)
    families = told.select(
        pl.sum_horizontal("base", "person", "housing", "health", "social_care", "area")
    ).to_series()
    parts = parts_of(model, older, at, 2)
    np.testing.assert_allclose(families, parts.base + parts.features.sum(axis=1), atol=1e-4)
    chances = model.predict(older, np.isin(np.arange(len(older.x)), at))[:, 1]
    np.testing.assert_allclose(told["probability"], chances, atol=1e-6)


def test_a_model_without_trees_gives_no_reasons(older: People, model: Chance, settings: Settings) -> None:
    bare = dataclasses.replace(model, boosted=None)
    assert tell_reasons(bare, older, OUTCOME, _newest(older), settings).is_empty()


def test_words_tell_yes_no_number_and_not_recorded(settings: Settings) -> None:
    columns: dict[str, Column] = {c.name: c for c in all_columns(settings)}
    alone, age = columns["person__lives_alone__now"], columns["person__linked_carer_age__now"]
    assert in_words(alone, 1.0) == "lives alone"
    assert in_words(alone, 0.0) == "not so: lives alone"
    assert in_words(age, 84.0) == "age of the oldest named unpaid carer: 84 years"
    assert in_words(age, float("nan")) == "age of the oldest named unpaid carer: not recorded"


def test_everything_that_could_be_changed_is_a_feature(settings: Settings) -> None:
    assert set(CHANGEABLE) <= {c.name for c in all_columns(settings)}


def _models(older: People, model: Chance) -> Models:
    return Models(HORIZONS, older.features, True, "2026-10-01", {}, {("65+", OUTCOME): model}, {}, {})


def test_the_global_picture_names_what_was_planted_and_no_protected_attribute(
    older: People, model: Chance, settings: Settings
) -> None:
    (entry,) = draw_picture(older, _models(older, model), settings)
    first = {f["name"]: f for f in entry["features"]}
    assert first[COLD]["direction"] == "rises"
    assert AGE not in first
    assert sum(entry["families"].values()) == pytest.approx(1, abs=0.01)
    assert entry["families"]["housing"] == max(
        share for name, share in entry["families"].items() if name != "health"
    )
    assert 200 <= entry["people"] <= 2000


def test_of_too_few_people_no_picture_is_drawn(older: People, model: Chance, settings: Settings) -> None:
    few = dataclasses.replace(older, eligible={OUTCOME: np.arange(len(older.x)) < 150})
    assert draw_picture(few, _models(older, model), settings) == []
