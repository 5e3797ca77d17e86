"""One outcome, studied in households: chances of members put together, calibrated, tested beside rivals."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from configs.settings_need import Need
from models.need.by_area import NOT_KNOWN
from models.need.chance import Chance
from models.need.evaluate import Row, judge, verdict
from models.need.households import (
    HouseholdChance,
    Households,
    Numbers,
    fit_households,
    gather_households,
    with_ranges,
)
from models.need.people import Floats, People, Rows
from models.need.splits import Split
from models.need.start import BY_AGE
from models.need.study import Evidence, Tested, describe_test, label_of

KIND = "household"


@dataclass(frozen=True)
class StudiedHouseholds:
    """How the households' chances of an outcome are calibrated, and their tables; `age_group` is of the
    oldest."""

    outcome: str
    model: HouseholdChance
    tables: list[list[Row]] = field(default_factory=list)


def study_households(
    groups: list[People],
    numbers: list[Numbers],
    outcome: str,
    evidence: list[Evidence],
    need: Need,
    seed: int,
) -> StudiedHouseholds:
    """Calibration for use, and tables at every date at which each of `groups` was tested."""
    use, before = evidence[0].use, [e.before for e in evidence]
    model = _calibrate(groups, numbers, outcome, use, before, ranges=True)
    days = sorted(set.intersection(*({t.split.test for t in e.tests} for e in evidence)), reverse=True)
    tables: list[list[Row]] = []
    count: Counter[tuple[str, int]] = Counter()
    for day in days:
        tests = [next(t for t in e.tests if t.split.test == day) for e in evidence]
        tables += _tables_at(groups, numbers, outcome, tests, count, need, seed)
    return StudiedHouseholds(outcome, model, tables)


def _calibrate(
    groups: list[People],
    numbers: list[Numbers],
    outcome: str,
    split: Split | None,
    models: list[Chance],
    *,
    ranges: bool = False,
) -> HouseholdChance:
    days = sorted({day for origins in split.calibrate for day in origins}) if split else []
    rows = [g.at(tuple(days)) for g in groups]
    households = gather_households(groups, numbers, outcome, rows)
    members = [m.predict(g, r) for m, g, r in zip(models, groups, rows, strict=True)]
    chances = households.combine(members)
    calibration = fit_households(households, chances, split, groups[0].horizons)
    return with_ranges(calibration, households, chances, split) if ranges else calibration


def _tables_at(
    groups: list[People],
    numbers: list[Numbers],
    outcome: str,
    tests: list[Tested],
    count: "Counter[tuple[str, int]]",
    need: Need,
    seed: int,
) -> list[list[Row]]:
    model = _calibrate(groups, numbers, outcome, tests[0].split, [t.model for t in tests])
    households = gather_households(groups, numbers, outcome, [t.rows for t in tests])
    names = [n for n in tests[0].chances if all(n in t.chances for t in tests)]
    chances = {name: households.combine([t.chances[name] for t in tests]) for name in names}
    chances["champion"] = model.adjust(chances["champion"])
    tables = []
    for group, mine in (("65+", households.older), ("18-64", ~households.older)):
        for k, horizon in enumerate(groups[0].horizons):
            asked = mine & ~np.isnan(households.y[:, k])
            if not asked.any():
                continue
            rows = _table(households, chances, asked, tests, k, need, seed)
            label = label_of(group, outcome, horizon, KIND, count[group, k])
            tables.append([label | row for row in rows])
            count[group, k] += 1
    return tables


def _table(
    households: Households,
    chances: dict[str, Floats],
    asked: Rows,
    tests: list[Tested],
    k: int,
    need: Need,
    seed: int,
) -> list[Row]:
    at = {name: chance[asked, k] for name, chance in chances.items()}
    rows = judge(at, households.y[asked, k], need=need, seed=seed)
    rows[0] |= NOT_KNOWN
    boosted = next((t for t in tests if t.model.boosted), tests[0])
    return describe_test(rows, boosted.split, boosted.model, verdict(rows[0]), BY_AGE, k)
