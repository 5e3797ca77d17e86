"""One model, studied: tested beside its rivals at each split, then refitted for use."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from configs.settings import Need
from configs.vocabulary import OUTCOME_PHRASES
from models.need.by_area import NOT_KNOWN, compare_areas
from models.need.chance import Chance, fit_for_use, fit_tested
from models.need.evaluate import RIVALS, Row, judge, verdict
from models.need.evaluate_hours import OUTCOME as HOME_CARE_HOURS
from models.need.evaluate_hours import judge_hours
from models.need.hours import Hours, fit_hours_for_use, fit_hours_tested
from models.need.people import AGE, CARE_HOURS, Floats, People
from models.need.rivals import rival_chances
from models.need.splits import Split, plan_splits
from models.need.start import BY_AGE, BY_AGE_AND_SERVICE, Basis

MODELS = ("champion", "age_alone", "frailty", "rule", "logistic")
FORECAST = ("hours_mean", "hours_p10", "hours_p50", "hours_p90")
NOBODY: Floats = np.zeros(0)

PHRASES = {**OUTCOME_PHRASES, HOME_CARE_HOURS: "home-care hours a week"}


@dataclass(frozen=True)
class Studied:
    """A model ready for use, and its table at each split, newest first; untested, one without figures."""

    age_group: str
    outcome: str
    model: Chance | Hours
    tables: list[list[Row]]


def study_chance(people: People, outcome: str, *, need: Need, seed: int) -> Studied | None:
    """The chance of `outcome` in one age group; None when nobody's outcome is settled."""
    y = people.outcomes[outcome]
    if np.isnan(y).all():
        return None
    splits = splits_of(people, y, need)
    tested = [fit_tested(people, y, split, need=need, seed=seed) for split in splits]
    tables = [_chance_table(people, y, s, t, need, seed) for s, t in zip(splits, tested, strict=True)]
    newest, first = (splits[0], tested[0]) if splits else (None, None)
    chance = fit_for_use(people, y, newest, first, need=need, seed=seed)
    if not tables:
        nothing = judge(dict.fromkeys(MODELS, NOBODY), NOBODY, need=need, seed=seed)
        tables = [_untested(nothing, chance)]
    return Studied(people.age_group, outcome, chance, _labelled(tables, people, outcome, "outcome", need))


def study_hours(people: People, *, need: Need, seed: int) -> Studied | None:
    """Home-care hours in one age group; None when nobody's are settled."""
    if np.isnan(people.hours).all():
        return None
    splits = splits_of(people, people.hours, need)
    tested = [fit_hours_tested(people, split, need=need, seed=seed) for split in splits]
    tables = [_hours_table(people, s, t, need, seed) for s, t in zip(splits, tested, strict=True)]
    newest, first = (splits[0], tested[0]) if splits else (None, None)
    hours = fit_hours_for_use(people, newest, first, need=need, seed=seed)
    if not tables:
        nothing = judge_hours(dict.fromkeys(FORECAST, NOBODY), NOBODY, NOBODY, need=need, seed=seed)
        tables = [_untested(nothing, hours.any_hours)]
    labelled = _labelled(tables, people, HOME_CARE_HOURS, "hours", need)
    return Studied(people.age_group, HOME_CARE_HOURS, hours, labelled)


def splits_of(people: People, y: Floats, need: Need) -> list[Split]:
    """The splits over the origins at which anybody's `y` is settled, newest test first."""
    settled: list[date] = sorted(people.ids["as_of"].filter(~np.isnan(y)).unique())
    return plan_splits(
        tuple(settled),
        horizon_days=need.horizon_days,
        gap_days=need.gap_days,
        splits_max=need.test_splits_max,
    )


def sentence(table: list[Row]) -> str:
    """One table in a line, for whoever waits."""
    champion, rivals = table[0], table[1:]
    head = f"{champion['age_group']}, {PHRASES[champion['outcome']]}"
    measure = "rmse" if champion["kind"] == "hours" else "auc"
    said = "; ".join(x for x in (champion.get("note"), champion.get("verdict"), champion.get("alarm")) if x)
    if champion.get(measure) is None:
        return f"{head}: {said}"
    beside = ", ".join(f"{RIVALS[r['model']]} {r[measure]:.2f}" for r in rivals)
    interval = f" ({champion['auc_low']:.2f}-{champion['auc_high']:.2f})" if champion.get("auc_low") else ""
    return f"{head}: {measure.upper()} {champion[measure]:.2f}{interval}, {beside}; {said}"


def _chance_table(
    people: People, y: Floats, split: Split, tested: Chance, need: Need, seed: int
) -> list[Row]:
    known, test = (people.at(days) & ~np.isnan(y) for days in (split.known, (split.test,)))
    chances = {"champion": tested.predict(people, test), **rival_chances(people, y, known, test)}
    rows = judge(chances, y[test], need=need, seed=seed)
    age, areas = people.column(AGE)[test], people.ids["lsoa_code"].filter(test)
    rows[0] |= compare_areas(chances["champion"], y[test], age, areas)
    return _described(rows, split, tested, verdict(rows[0]), BY_AGE)


def _hours_table(people: People, split: Split, tested: Hours, need: Need, seed: int) -> list[Row]:
    test = people.at((split.test,)) & ~np.isnan(people.hours)
    now = people.column(CARE_HOURS)[test]
    rows = judge_hours(tested.predict(people, test), now, people.hours[test], need=need, seed=seed)
    return _described(rows, split, tested.any_hours, verdict(rows[0], "rmse"), BY_AGE_AND_SERVICE)


def _untested(nothing: list[Row], used: Chance) -> list[Row]:
    nothing[0] |= {"verdict": "not tested", "note": used.note, "trees": 0, **NOT_KNOWN}
    return [row | {"test_origin": None, "calibrated_at": None, "train_origins": []} for row in nothing]


def _described(rows: list[Row], split: Split, model: Chance, beside: str, basis: Basis) -> list[Row]:
    rows[0] |= {
        "verdict": beside if model.boosted else f"not trained: {basis.phrase}",
        "note": model.note or None,
        "alarm": rows[0].get("alarm") if model.boosted else None,
        "trees": model.boosted.trees if model.boosted else 0,
    }
    days = {
        "test_origin": split.test.isoformat(),
        "calibrated_at": split.calibrate.isoformat() if split.calibrate else None,
        "train_origins": [day.isoformat() for day in split.train],
    }
    return [row | days for row in rows]


def _labelled(
    tables: list[list[Row]], people: People, outcome: str, kind: str, need: Need
) -> list[list[Row]]:
    label = {
        "outcome": outcome,
        "age_group": people.age_group,
        "horizon_days": need.horizon_days,
        "kind": kind,
    }
    return [[{**label, "split": number, **row} for row in table] for number, table in enumerate(tables)]
