"""The one door to fairlearn: how a forecast does for men and women, old and very old, poor and rich,
apart.
"""

from typing import Any

import numpy as np
import polars as pl
from fairlearn.metrics import MetricFrame
from scipy.stats import beta, chi2

from models.need.evaluate import Row, tidy
from models.need.metrics import capacity_of, ordering, rank
from models.need.people import KNOWN_SINCE, Floats, People, Rows

NOT_RECORDED = "not recorded"
REASONS = {
    "social_care__reason_physical__now": "physical",
    "social_care__reason_sensory__now": "sensory",
    "social_care__reason_memory__now": "memory and cognition",
    "social_care__reason_learning_disability__now": "learning disability",
    "social_care__reason_mental_health__now": "mental health",
    "social_care__reason_social__now": "social",
}
SENSORY = ("health__hearing_loss__now", "health__sight_loss__now", "social_care__reason_sensory__now")
LEVEL = 0.95

READS_REQUESTS = ("long_term_community_start",)
"""Outcomes that a request comes before: where those of a group go unrecorded, its need is seen too late."""


def attributes_of(people: People, rows: Rows) -> pl.DataFrame:
    """The groups of each of `rows`, as text, one column an attribute: the protected ones carried for audit,
    support reason and sensory need (disability as records tell it), and whether the council knew the
    person.
    """
    audit = people.audit.filter(rows).cast(pl.String).fill_null(NOT_RECORDED)
    reason = np.full(int(rows.sum()), "none recorded", dtype=object)
    for name, phrase in REASONS.items():
        reason[people.column(name, rows) > 0] = phrase
    sensory = np.any([people.column(name, rows) > 0 for name in SENSORY], axis=0)
    known = ~np.isnan(people.raw(KNOWN_SINCE, rows))
    return audit.with_columns(
        support_reason=pl.Series(reason.tolist(), dtype=pl.String),
        sensory_need=pl.Series(np.where(sensory, "yes", "none recorded")),
        known_to_council=pl.Series(np.where(known, "known", "not known")),
    )


def judge_groups(chance: Floats, y: Floats, attributes: pl.DataFrame, capacity_share: float) -> list[Row]:
    """A row for each group of each attribute (`attribute, group`), on the same people; none with nobody.

    `n_people, n_events, n_listed` (on the county's list of the top `capacity_share`); `expected` events;
    `observed_over_expected` with its exact Poisson interval (above 1: the group needs more than is forecast);
    `ppv` of the list and `sensitivity` (share of the group's events that the list holds), each with its
    Clopper-Pearson interval; `auc`. What cannot be known is None.
    """
    if len(y) == 0:
        return []
    listed = np.zeros(len(y))
    listed[rank(chance).order[: capacity_of(len(y), capacity_share)]] = 1
    # MetricFrame copies what it is given, person by person: it is given places alone.
    places = np.arange(len(y))

    def measured(mine: Any, _: Any) -> dict[str, float]:
        at = np.asarray(mine, dtype=np.int64)
        return _measure(y[at], chance[at], listed[at])

    rows: list[Row] = []
    for attribute in attributes.columns:
        of = attributes[attribute].to_pandas()
        frame = MetricFrame(metrics=measured, y_true=places, y_pred=places, sensitive_features=of)
        for group, found in sorted(frame.by_group.items()):
            rows.append({"attribute": attribute, "group": str(group), **_row(found)})
    return rows


def with_recording(rows: list[Row], recording: tuple[dict[str, Any], ...]) -> list[Row]:
    """The rows of `judge_groups` with how evenly requests are recorded.

    `starts` of support of the last years; `asked_share` of them with a request on record before, with its
    Clopper-Pearson interval; `asked_rest`, the same of all other groups of the attribute. None where nobody
    started.
    """
    told = {(r["attribute"], r["group"]): (int(r["asked"]), int(r["starts"])) for r in recording}
    whole: dict[str, tuple[int, int]] = {}
    for (attribute, _), (asked, starts) in told.items():
        before = whole.get(attribute, (0, 0))
        whole[attribute] = (before[0] + asked, before[1] + starts)
    keys = [(row["attribute"], row["group"]) for row in rows]
    found = [_asked(told.get(key, (0, 0)), whole.get(key[0], (0, 0))) for key in keys]
    return [row | more for row, more in zip(rows, found, strict=True)]


def _asked(own: tuple[int, int], whole: tuple[int, int]) -> Row:
    asked, starts = own
    others = whole[1] - starts
    rest = tidy((whole[0] - asked) / others) if others else None
    return {"starts": starts, **_named("asked_share", *share_interval(asked, starts)), "asked_rest": rest}


def _auc(y: Floats, chance: Floats) -> float:
    return float(ordering(rank(chance), y, np.ones((1, len(y))), 1)["auc"][0])


def _measure(y: Floats, chance: Floats, listed: Floats) -> dict[str, float]:
    """Everything of one group at once."""
    return {
        "n_people": len(y),
        "n_events": float(np.sum(y)),
        "expected": float(np.sum(chance)),
        "auc": _auc(y, chance),
        "n_listed": float(np.sum(listed)),
        "listed_events": float(np.sum(listed * y)),
    }


def _row(found: dict[str, float]) -> Row:
    events, expected, hits = int(found["n_events"]), found["expected"], int(found["listed_events"])
    low, high = poisson_interval(events)
    ratio = (events / expected, low / expected, high / expected) if expected > 0 else (np.nan,) * 3
    return {
        "n_people": int(found["n_people"]),
        "n_events": events,
        "n_listed": int(found["n_listed"]),
        "expected": tidy(expected),
        "auc": tidy(found["auc"]),
        **_named("observed_over_expected", *ratio),
        **_named("ppv", *share_interval(hits, int(found["n_listed"]))),
        **_named("sensitivity", *share_interval(hits, events)),
    }


def _named(name: str, point: float, low: float, high: float) -> Row:
    return {name: tidy(point), f"{name}_low": tidy(low), f"{name}_high": tidy(high)}


def poisson_interval(events: int) -> tuple[float, float]:
    """The exact 95% interval of the mean of a Poisson count (Garwood 1936)."""
    low = chi2.ppf((1 - LEVEL) / 2, 2 * events) / 2 if events else 0.0
    return float(low), float(chi2.ppf((1 + LEVEL) / 2, 2 * events + 2) / 2)


def share_interval(part: int, whole: int) -> tuple[float, float, float]:
    """A share and its exact 95% interval (Clopper and Pearson 1934); NaN of nobody."""
    if whole == 0:
        return (np.nan,) * 3
    low = beta.ppf((1 - LEVEL) / 2, part, whole - part + 1) if part else 0.0
    high = beta.ppf((1 + LEVEL) / 2, part + 1, whole - part) if part < whole else 1.0
    return part / whole, float(low), float(high)
