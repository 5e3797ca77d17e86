"""How the champion does by group of people, as far as small numbers let it be said."""

from typing import Any

import polars as pl

from configs.vocabulary import HORIZON_DAYS, OUTCOMES
from serving.disclosure import Rule, control_counts
from serving.store import Release

SCHEMA = {
    "outcome": pl.String,
    "age_group": pl.String,
    "horizon_days": pl.Int64,
    "attribute": pl.String,
    "group": pl.String,
    "n_people": pl.Int64,
    "n_events": pl.Int64,
    "observed_over_expected": pl.Float64,
    "observed_over_expected_low": pl.Float64,
    "observed_over_expected_high": pl.Float64,
    "sensitivity": pl.Float64,
    "ppv": pl.Float64,
    "asked_share": pl.Float64,
    "hidden": pl.Boolean,
}
FIGURES = ("observed_over_expected", "observed_over_expected_low", "observed_over_expected_high")
SHARES = ("sensitivity", "ppv")
ATTRIBUTES = {
    "sex": "Sex",
    "age_band": "Age",
    "ethnic_group": "Ethnic group",
    "support_reason": "Support reason on record",
    "sensory_need": "Sight or hearing loss on record",
    "imd_quintile": "Deprivation (1: the most deprived fifth)",
    "tenure": "Tenure",
    "rural": "Where they live",
    "known_to_council": "Known to social care before",
    "gp_practice": "GP practice",
}
MANY = "gp_practice"
"""The attribute of so many groups that pages show only those which differ surely."""


def controlled_groups(rows: list[dict[str, Any]], rule: Rule) -> pl.DataFrame:
    """The columns of SCHEMA. Counts under the rule; where the events of a group are hidden, so are its
    figures.

    Ratios to one decimal and shares to the whole per cent, so that no count can be worked out again from
    them. The share of starts that were asked for first counts other people, of five years: it is hidden where
    their number is small, and told to 5 per cent.
    """
    if not rows:
        return pl.DataFrame(schema=SCHEMA)
    keys = ("outcome", "age_group", "horizon_days", "attribute")
    parts: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        parts.setdefault(tuple(row[key] for key in keys), []).append(row)
    told = [row for part in parts.values() for row in _controlled(part, rule)]
    return pl.DataFrame(told, schema=SCHEMA)


def _controlled(part: list[dict[str, Any]], rule: Rule) -> list[dict[str, Any]]:
    """The groups of one attribute: parts of a whole that the page shows too."""
    people, events, starts = (
        control_counts({row["group"]: row.get(count) or 0 for row in part}, rule)
        for count in ("n_people", "n_events", "starts")
    )
    controlled = []
    for row in part:
        hidden = people[row["group"]] is None or events[row["group"]] is None
        shown = {f: None if hidden or row[f] is None else round(row[f], 1) for f in FIGURES}
        shown |= {s: None if hidden or row[s] is None else round(row[s], 2) for s in SHARES}
        asked = row.get("asked_share") if starts[row["group"]] else None
        shown |= {"asked_share": None if asked is None else round(asked * 20) / 20}
        counts = {"n_people": people[row["group"]], "n_events": events[row["group"]]}
        controlled.append({**{k: row[k] for k in SCHEMA if k in row}, **counts, **shown, "hidden": hidden})
    return controlled


def groups_of(release: Release) -> list[dict[str, Any]]:
    """One entry an outcome and age group at the main horizon: `outcome, age_group, rows, alike, asked`; none:
    empty list.

    Rows have the columns of SCHEMA and `name` of the attribute (empty where it goes on from the row above);
    `alike`: how many practices are left out because they lie within noise; `asked`: whether any row says how
    often support was asked for first.
    """
    table = release.table("groups")
    if table.is_empty():
        return []
    main = table.filter(pl.col("horizon_days") == HORIZON_DAYS)
    entries = []
    for part in main.partition_by("outcome", "age_group", maintain_order=True):
        every = sorted(part.to_dicts(), key=lambda r: (list(ATTRIBUTES).index(r["attribute"]), r["group"]))
        rows = [row for row in every if is_told_apart(row)]
        for above, row in zip([None, *rows], rows, strict=False):
            same = above is not None and above["attribute"] == row["attribute"]
            row["name"] = "" if same else ATTRIBUTES[row["attribute"]]
        about = {"outcome": every[0]["outcome"], "age_group": every[0]["age_group"], "rows": rows}
        asked = any(row.get("asked_share") is not None for row in rows)
        entries.append({**about, "alike": len(every) - len(rows), "asked": asked})
    return sorted(entries, key=lambda e: (OUTCOMES.index(e["outcome"]), e["age_group"] != "65+"))


def is_told_apart(row: dict[str, Any]) -> bool:
    """Whether a row is shown: every group but the practices whose interval holds 1."""
    low, high = row["observed_over_expected_low"], row["observed_over_expected_high"]
    return row["attribute"] != MANY or (low is not None and (low > 1 or high < 1))
