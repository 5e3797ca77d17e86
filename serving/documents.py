"""Figures that are no table: what was joined, how the plans came about, the model's name. Controlled, as
JSON.
"""

import json
from typing import Any

import polars as pl

from serving.disclosure import Rule, control_count, control_counts
from serving.inputs import Inputs

PLAIN_SUMMARY_KEYS = (
    "as_of",
    "data_from",
    "data_to",
    "extract_dates",
    "invented",
    "la_code",
    "linkage_model",
    "numbers_small",
    "purpose",
    "sources_missing",
)
"""Said of files, not of people: passed on as they are. What is neither here nor a count or share is
dropped.
"""

REMOVED_KEYS = ("opted_out", "restricted")
CHAMPION_KEYS = ("champion_id", "version", "provisional", "trained_at_origin", "council")
HOMES_COUNTS = ("need_beds", "unmet_before", "unmet_after")
HOMES_PLAIN = (
    "assumptions",
    "existing_beds",
    "gap",
    "mean_minutes_after",
    "mean_minutes_before",
    "needed",
    "people_within_reach_are",
    "sites_considered",
    "sites_too_small",
    "status",
    "travel_date",
    "travel_source",
)


def documents(inputs: Inputs, rule: Rule, go: dict[str, str] | None = None) -> pl.DataFrame:
    """`name, body` (JSON text): summary, champion, model, picture, drift, zones, homes."""
    bodies = {
        "model": inputs.model_facts,
        "picture": {"entries": [{k: v for k, v in e.items() if k != "people"} for e in inputs.picture]},
        "drift": drift_facts(inputs.drift, go),
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

    A count stands as {"count": n}, null where hidden. Counts in one dictionary are parts of a whole that
    readers may know. People in scope are left out where few were removed: the difference would tell how many.
    """
    plain = {k: summary[k] for k in PLAIN_SUMMARY_KEYS if k in summary}
    rows = summary.get("rows") or {}
    controlled = {k: _controlled(v, rule) for k, v in summary.items() if k not in plain}
    controlled["quarantined_by_rule"] = _by_rule(rows.get("quarantined_by_rule") or [], rule)
    if any((controlled.get(k) or {}).get("count", 0) is None for k in REMOVED_KEYS):
        controlled.pop("in_scope", None)
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


def _controlled_group(group: dict[str, Any], rule: Rule) -> dict[str, Any]:
    counts = {k: v for k, v in group.items() if isinstance(v, int) and not isinstance(v, bool)}
    total = _total_among(counts)
    parts = {k: v for k, v in counts.items() if k != total}
    shown: dict[str, Any] = {k: {"count": v} for k, v in control_counts(parts, rule).items()}
    if total is not None:
        shown[total] = {"count": control_count(counts[total], rule)}
    rest = {k: v for k, v in group.items() if k not in counts}
    shown |= {k: None if v is None else _controlled(v, rule) for k, v in rest.items()}
    return {k: shown[k] for k in group if shown[k] is not ...}


def _total_among(counts: dict[str, int]) -> str | None:
    """The key whose count is the sum of the others, if there is one."""
    whole = sum(counts.values())
    return next((k for k, v in counts.items() if len(counts) > 2 and 2 * v == whole), None)


def _by_rule(lines: list[dict[str, Any]], rule: Rule) -> dict[str, Any]:
    """Quarantined rows by kind and by column and rule."""
    kinds: dict[str, dict[str, int]] = {}
    for line in lines:
        kinds.setdefault(line["kind"], {})[f"{line['column']}: {line['rule']}"] = int(line["rows"])
    return {kind: _controlled_group(counts, rule) for kind, counts in sorted(kinds.items())}


def drift_facts(drift: dict[str, Any], go: dict[str, str] | None) -> dict[str, Any]:
    """The month's drift without a count: its state, how many rows of each kind stand at each state, the rows
    that are not green, indices and ratios to two places; and who let it out, where it is red."""
    rows = drift.get("rows") or []
    counted: dict[str, dict[str, int]] = {}
    for row in rows:
        of_kind = counted.setdefault(row["kind"], {})
        of_kind[row["state"]] = of_kind.get(row["state"], 0) + 1
    told = [{k: _two_places(v) for k, v in row.items()} for row in rows if row["state"] != "green"]
    let_out = go if drift.get("state") == "red" else None
    return {"state": drift.get("state"), "counted": counted, "rows": told, "go": let_out}


def _two_places(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


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
        if not isinstance(v, dict)
    }


def _nearest(value: float | None, rule: Rule) -> int | None:
    return None if value is None else int(value / rule.round_to + 0.5) * rule.round_to
