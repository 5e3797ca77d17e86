"""One chance, studied in one age group: tested beside its rivals at each split, then refitted for use."""

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from configs.settings_need import Need
from models.need.bands import fit_all_bands
from models.need.by_area import NOT_KNOWN, compare_areas
from models.need.chance import Chance, Target, fit_for_use, fit_tested
from models.need.curves import calibration_curve, decision_curve
from models.need.evaluate import COMPANIONS, IN_USE, Row, judge, verdict
from models.need.families import council_tax_features
from models.need.groups import READS_REQUESTS, attributes_of, judge_groups, with_recording
from models.need.intervals import chain_hazards
from models.need.people import AGE, KNOWN_SINCE, Floats, People, Rows
from models.need.rivals import Chances, rival_chances
from models.need.splits import Span, Split, plan_split, plan_splits, settled_origins
from models.need.standby import find_better, fit_rule, tell
from models.need.start import Basis

MODELS = ("champion", "age_alone", "frailty", "rule", "last_year", "logistic")
NOBODY: Floats = np.zeros(0)


@dataclass(frozen=True)
class Closer:
    """A closer look at the newest test of one horizon: by group, calibration by tenths, decision curve."""

    horizon_days: int
    groups: list[Row]
    calibration: list[Row]
    decision: list[Row]


@dataclass(frozen=True)
class Studied:
    """A model ready for use, and its tables: one for each test and horizon settled there, newest test
    first."""

    age_group: str
    outcome: str
    model: Chance
    tables: list[list[Row]] = field(default_factory=list)
    closer: list[Closer] = field(default_factory=list)


@dataclass(frozen=True)
class InUse:
    """The model in use of this age group and outcome, the people with the features that it reads, and until
    when it knew."""

    model: Chance
    people: People
    known_before: date


@dataclass(frozen=True)
class Tested:
    """What one age group's models said at one test: rows × horizons of each, for the people of `rows`."""

    split: Split
    model: Chance
    rows: Rows
    chances: Chances


@dataclass(frozen=True)
class Evidence:
    """What else is known of one age group's models: every test; and the split for use with what it learnt."""

    tests: list[Tested]
    use: Split | None
    before: Chance


def span_of(need: Need) -> Span:
    """How far ahead these settings look."""
    return Span(need.horizons_days, need.horizon_days, need.gap_days)


def study_chance(
    people: People,
    outcome: str,
    *,
    as_of: date,
    need: Need,
    seed: int,
    in_use: InUse | None = None,
) -> tuple[Studied, Evidence] | None:
    """The chance of `outcome` in one age group; None when nobody's outcome is settled.

    `in_use` stands beside the new model at each test; its people are those of `people`, row by row.
    """
    if outcome not in people.outcomes or np.isnan(people.outcomes[outcome]).all():
        return None
    target, span = Target(outcome, people.outcomes[outcome]), span_of(need)
    settled = settled_origins(people, target.y)
    splits = plan_splits(settled, span, need.test_splits_max)
    tested = [_test(people, target, split, need, seed) for split in splits]
    if tested:
        tested[0].chances["without_council_tax"] = _without(people, target, tested[0], need, seed)
    for test in tested:
        test.chances.update(_said_by(in_use, test.rows))
    seen_until = in_use.known_before if in_use else None
    for newer, older in itertools.pairwise(tested):
        newer.chances["year_old"] = older.model.predict(people, newer.rows)
    use = plan_split(settled, as_of, span)
    used = fit_for_use(people, target, use, tested[0].model if tested else None, need=need, seed=seed)
    tables = _tables(people, target, tested, need, seed, seen_until) or _untested(
        people, outcome, used.model, need, seed
    )
    better = find_better(tables, need)
    tell(tables, better)
    closer = look_closer(people, target, tested, need, better or "champion")
    if better is None:
        evidence = Evidence(tested, use, used.before or used.model)
        model = _with_bands(used.model, used.before, people, target, use)
        return Studied(people.age_group, outcome, model, tables, closer), evidence
    rule = fit_rule(people, target, better, use.known if use else settled)
    before = fit_rule(people, target, better, use.train) if use else rule
    seen = [_as_served(people, target, test, better) for test in tested]
    model = _with_bands(rule, before, people, target, use)
    return Studied(people.age_group, outcome, model, tables, closer), Evidence(seen, use, before)


def _with_bands(
    model: Chance, before: Chance | None, people: People, target: Target, use: Split | None
) -> Chance:
    """The model, with how sure its chances are by what `before`, learnt from earlier dates alone, said of the
    later dates that calibrate; as it is where there are none."""
    if use is None or before is None or not any(use.judged):
        return model
    asked = people.at(tuple({day for days in use.judged for day in days}))
    y, at = target.y[asked], people.ids.filter(asked)["as_of"]
    chances = before.predict(people, asked)
    used = [at.is_in(list(use.judged[k])).to_numpy() & ~np.isnan(y[:, k]) for k in range(len(use.judged))]
    return replace(model, bands=fit_all_bands(chances, y, used))


def _as_served(people: People, target: Target, test: Tested, name: str) -> Tested:
    """The test with the rule that is used in the champion's place, for what is made of it (households)."""
    rule = fit_rule(people, target, name, test.split.train)
    return replace(test, model=rule, chances={**test.chances, "champion": rule.predict(people, test.rows)})


def _test(people: People, target: Target, split: Split, need: Need, seed: int) -> Tested:
    model = fit_tested(people, target, split, need=need, seed=seed)
    rows = people.at((split.test,)) & ~np.isnan(target.y).all(axis=1)
    rivals = [rivals_at(people, target.y, split, k, rows) for k in range(len(need.horizons_days))]
    each = {name: np.column_stack([at[name] for at in rivals]) for name in rivals[0]}
    return Tested(split, model, rows, {"champion": model.predict(people, rows), **each})


def rivals_at(people: People, y: Floats, split: Split, k: int, rows: Rows) -> Chances:
    """The rivals' chances within horizon `k`: fitted on it, or chained from the longest that is known."""
    learnt = next(n for n in range(k, -1, -1) if split.known[n])
    known = people.at(split.known[learnt]) & ~np.isnan(y[:, learnt])
    found = rival_chances(people, y[:, learnt], known, rows)
    if learnt == k:
        return found
    reach = (people.horizons[learnt], people.horizons[k])
    return {m: 1 - (1 - chain_hazards(c[:, None], reach)).prod(axis=1) for m, c in found.items()}


def _without(people: People, target: Target, tested: Tested, need: Need, seed: int) -> Floats:
    """What the same recipe says at the newest test when it may not see council tax."""
    fewer = people.without(lambda name: name in council_tax_features())
    return fit_tested(fewer, target, tested.split, need=need, seed=seed).predict(fewer, tested.rows)


def _said_by(in_use: InUse | None, rows: Rows) -> Chances:
    return {} if in_use is None else {IN_USE: in_use.model.predict(in_use.people, rows)}


def look_closer(
    people: People, target: Target, tested: list[Tested], need: Need, served: str
) -> list[Closer]:
    """Curves of the newest test of each horizon, and groups at the main one, of what is `served`: the
    champion itself, or the rival that is used in its place."""
    found = []
    for k, horizon in enumerate(people.horizons):
        test = next((t for t in tested if not np.isnan(target.y[t.rows, k]).all()), None)
        if test is None:
            continue
        chances = {m: c[:, k] for m, c in test.chances.items() if m not in COMPANIONS}
        chances["champion"] = chances[served]
        at, main = target.y[test.rows, k], horizon == need.horizon_days
        found.append(
            Closer(
                horizon,
                _by_group(people, target.outcome, test, chances["champion"], at, need) if main else [],
                calibration_curve(chances["champion"], at),
                decision_curve(chances, at),
            )
        )
    return found


def _by_group(people: People, outcome: str, test: Tested, chance: Floats, y: Floats, need: Need) -> list[Row]:
    rows = judge_groups(chance, y, attributes_of(people, test.rows), need.capacity_share)
    return with_recording(rows, people.recording) if outcome in READS_REQUESTS else rows


def _tables(
    people: People, target: Target, tested: list[Tested], need: Need, seed: int, seen_until: date | None
) -> list[list[Row]]:
    tables, count = [], Counter[int]()
    for test in tested:
        for k, horizon in enumerate(people.horizons):
            y = target.y[test.rows, k]
            if np.isnan(y).all():
                continue
            label = label_of(people.age_group, target.outcome, horizon, "outcome", count[k])
            rows = _table(people, test, y, k, target.basis, need, seed)
            if IN_USE in test.chances:
                rows[0] |= {"in_use_saw_test": bool(seen_until and seen_until > test.split.test)}
            tables.append([label | row for row in rows])
            count[k] += 1
    return tables


def _table(people: People, test: Tested, y: Floats, k: int, basis: Basis, need: Need, seed: int) -> list[Row]:
    known = ~np.isnan(people.raw(KNOWN_SINCE, test.rows))
    chances = {model: chance[:, k] for model, chance in test.chances.items()}
    rows = judge(chances, y, need=need, seed=seed, known=known.astype(float) if known.any() else None)
    age, areas = people.column(AGE, test.rows), people.ids["lsoa_code"].filter(test.rows)
    rows[0] |= compare_areas(chances["champion"], y, age, areas)
    return describe_test(rows, test.split, test.model, verdict(rows[0]), basis, k)


def describe_test(
    rows: list[Row], split: Split, model: Chance, beside: str, basis: Basis, k: int
) -> list[Row]:
    """The rows of one test with its verdict, dates and notes; `k` is the horizon's place."""
    rows[0] |= {
        "verdict": beside if model.boosted or model.is_simple else f"not trained: {basis.phrase}",
        "note": model.note or None,
        "alarm": rows[0].get("alarm") if model.boosted else None,
        "trees": model.boosted.trees if model.boosted else 0,
    }
    days = {
        "test_origin": split.test.isoformat(),
        "calibrated_at": split.calibrate_from.isoformat() if split.calibrate_from else None,
        "train_origins": sorted({day.isoformat() for days in split.train for day in days}),
        "extrapolated": k >= model.learnt,
    }
    return [row | days for row in rows]


def label_of(age_group: str, outcome: str, horizon_days: int, kind: str, split: int) -> Row:
    """What a row is about: the keys that every table's rows begin with."""
    return {
        "outcome": outcome,
        "age_group": age_group,
        "horizon_days": horizon_days,
        "kind": kind,
        "split": split,
    }


def untested_rows(nothing: list[Row], used: Chance, k: int) -> list[Row]:
    """Rows without figures, of a model that could not be tested."""
    nothing[0] |= {"verdict": "not tested", "note": used.note, "trees": 0, **NOT_KNOWN}
    no_days: Row = {"test_origin": None, "calibrated_at": None, "train_origins": []}
    return [row | no_days | {"extrapolated": k >= used.learnt} for row in nothing]


def _untested(people: People, outcome: str, used: Chance, need: Need, seed: int) -> list[list[Row]]:
    tables = []
    for k, horizon in enumerate(people.horizons):
        label = label_of(people.age_group, outcome, horizon, "outcome", 0)
        nothing = judge(dict.fromkeys(MODELS, NOBODY), NOBODY, need=need, seed=seed)
        tables.append([label | row for row in untested_rows(nothing, used, k)])
    return tables
