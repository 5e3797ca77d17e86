"""Figures that are no table: what was joined, how the plans came about, the model's name. Controlled, as JSON."""

import json
from typing import Any

import polars as pl

from serving.disclosure import Rule, control_count, control_counts
from serving.inputs import Inputs

PLAIN_SUMMARY_KEYS = ("invented", "la_code", "data_from", "data_to", "missing", "extract_dates", "health")
"""Figures about files, not people: passed on as they are. A key that is neither here nor a count is dropped."""

CHAMPION_KEYS = ("champion_id", "version", "provisional", "trained_at_origin", "council")
HOMES_COUNTS = ("need_beds", "unmet_before", "unmet_after")
HOMES_PLAIN = ("existing_beds", "mean_minutes_before", "mean_minutes_after", "gap", "status", "assumptions")


def documents(inputs: Inputs, rule: Rule) -> pl.DataFrame:
    """`name, body` (JSON text): summary, champion, zones, homes."""
    bodies = {
        "champion": {k: inputs.champion.get(k) for k in CHAMPION_KEYS},
        "homes": homes_facts(inputs.homes, rule),
        "summary": control_summary(inputs.summary, rule),
        "zones": inputs.zones_facts,
    }
    return pl.DataFrame(
        {"name": list(bodies), "body": [json.dumps(b, sort_keys=True, default=str) for b in bodies.values()]}
    )


def control_summary(summary: dict[str, Any], rule: Rule) -> dict[str, Any]:
    """The records summary with every count under the rule, shares to whole per cents, and nothing unforeseen.

    Dictionaries of counts belong to a total that is shown; dictionaries of those likewise, one by one.
    """
    controlled = {k: _controlled(v, rule) for k, v in summary.items() if k not in PLAIN_SUMMARY_KEYS}
    plain = {k: summary[k] for k in PLAIN_SUMMARY_KEYS if k in summary}
    return {**plain, **{k: v for k, v in controlled.items() if v is not ...}}


def _controlled(value: Any, rule: Rule) -> Any:
    """The value under the rule; `...` where it is of no kind that may pass."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return {"count": control_count(value, rule)}
    if isinstance(value, float):
        return round(value, 2) if 0 <= value <= 1 else ...
    if isinstance(value, dict):
        return _controlled_group(value, rule)
    return ...


def _controlled_group(group: dict[str, Any], rule: Rule) -> Any:
    counts = {k: v for k, v in group.items() if isinstance(v, int) and not isinstance(v, bool)}
    shown: dict[str, Any] = {k: {"count": v} for k, v in control_counts(counts, rule).items()}
    for key, value in group.items():
        if key not in counts:
            shown[key] = None if value is None else _controlled(value, rule)
    return {k: v for k, v in shown.items() if v is not ...}


def homes_facts(homes: dict[str, Any], rule: Rule) -> dict[str, Any]:
    """Need against supply and how the siting was solved; needs of beds to the nearest `round_to`."""
    return {
        **{k: homes.get(k) for k in HOMES_PLAIN},
        **{k: _nearest(homes.get(k), rule) for k in HOMES_COUNTS},
        "scenarios": [_scenario(s, rule) for s in homes.get("scenarios") or []],
    }


def _scenario(scenario: dict[str, Any], rule: Rule) -> dict[str, Any]:
    """Beds and people of a scenario to the nearest `round_to`; factors, minutes and words as they are."""
    counted = ("beds", "unmet", "people")
    return {
        k: _nearest(v, rule) if isinstance(v, int | float) and any(c in k for c in counted) else v
        for k, v in scenario.items()
        if not isinstance(v, dict | list)
    }


def _nearest(value: float | None, rule: Rule) -> int | None:
    return None if value is None else int(value / rule.round_to + 0.5) * rule.round_to
