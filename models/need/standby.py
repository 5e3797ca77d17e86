"""Where a model is no better than a simple rule, the rule is used: said in the tables, kept as the model."""

from configs.settings_need import Need
from models.need.chance import Chance, Target
from models.need.evaluate import RIVALS, Row
from models.need.intervals import hazard_labels, stack_up
from models.need.people import People
from models.need.simple import NAMES, fit_simple
from models.need.splits import Origins

TREES, AGE_RATE = "trees", "age_rate"


def find_better(tables: list[list[Row]], need: Need) -> str | None:
    """The best simple rival, where the newest test of the main horizon has the events to judge and the model
    is not above it in average precision beyond noise; else None."""
    for table in tables:
        row = table[0]
        if row["horizon_days"] == need.horizon_days and row["split"] == 0:
            return _better(row, need)
    return None


def _better(row: Row, need: Need) -> str | None:
    least, rival = need.simple_events_min, row.get("best_rival_average_precision")
    judged = least and row["trees"] and row["n_events"] >= least and rival in NAMES
    return rival if judged and row["diff_average_precision_low"] <= 0 else None


def fit_rule(people: People, target: Target, name: str, origins: tuple[Origins, ...]) -> Chance:
    """The rule `name`, hazard by hazard, fitted on `origins` (for each interval; what none settles is
    chained)."""
    learnt = next((k for k, days in enumerate(origins) if not days), len(origins))
    stack = stack_up(hazard_labels(target.y), [people.at(days) for days in origins[:learnt]])
    parts = [stack.take(stack.interval == k) for k in range(learnt)]
    starts = tuple(fit_simple(name, people, part.rows, part.y) for part in parts)
    return Chance(people.horizons, starts, None, ((0.0, 1.0),) * learnt, _said(name))


def tell(tables: list[list[Row]], name: str | None) -> None:
    """Write into each table's first row what is used (`served_by`), and into its verdict why."""
    for table in tables:
        row = table[0]
        row["served_by"] = name or (TREES if row.get("trees") else AGE_RATE)
        if name:
            row["verdict"] = _said(name)


def _said(name: str) -> str:
    return f"no better than {RIVALS[name]} beyond noise: {RIVALS[name]} is used"
