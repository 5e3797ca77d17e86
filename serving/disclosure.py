"""What may be said of small numbers: hiding, rounding, and what a reader could still work out.

NHS England's sub-national rule (data_specs.md, section 6): counts of 1-7 are hidden, 0 stays 0, every other
count is rounded to the nearest 5; totals are added up first and rounded afterwards. Hours and pounds are
hidden where 1-7 people contribute or where one contributes more than half. Because totals are shown too,
further cells are hidden (`serving/suppress.py`) until what is shown bounds no hidden count more tightly
than 1-7.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.settings import Disclosure
from serving.suppress import NOWHERE, Level, Tree, suppress

Floats = NDArray[np.float64]

DOMINANT_SHARE = 0.5
"""One contributor above this share of a cell's hours or pounds: hidden."""

GUESS_SHARE = 0.5
"""A hidden amount must not be bounded more tightly than plus or minus this share of itself (p% rule, p =
50).
"""

RELEASED_SCHEMA = {
    "geography": pl.String,
    "area_code": pl.String,
    "value": pl.Float64,
    "hidden": pl.Boolean,
}


@dataclass(frozen=True)
class Rule:
    """Counts `hide_from` to `hide_to` are hidden; the others are rounded to the nearest `round_to`."""

    hide_from: int = 1
    hide_to: int = 7
    round_to: int = 5

    @classmethod
    def of(cls, settings: Disclosure) -> "Rule":
        """The rule that the settings ask for."""
        return cls(settings.hide_from, settings.hide_to, settings.round_to)

    def is_small(self, counts: Floats) -> NDArray[np.bool_]:
        """Which counts must be hidden."""
        return (counts >= self.hide_from) & (counts <= self.hide_to)

    def rounded(self, values: Floats) -> Floats:
        """Each value to the nearest multiple of `round_to`, halves upwards."""
        return np.floor(values / self.round_to + 0.5) * self.round_to

    def known(self, values: Floats, *, counted: bool) -> tuple[Floats, Floats]:
        """The least and the most that a shown value may stand for: what rounding alone leaves open.

        Whole counts of `round_to` 5: 10 means 8 to 12. Amounts: 10 means 7.5 to 12.5. 0 means 0.
        """
        shown, half = self.rounded(values), self.round_to / 2
        low = np.ceil(shown - half) if counted else shown - half
        high = np.ceil(shown + half) - 1 if counted else shown + half
        low = np.maximum(low, self.hide_to + 1) if counted else np.maximum(low, 0.0)
        return np.where(values == 0, 0.0, low), np.where(values == 0, 0.0, high)


def protect(cells: pl.DataFrame, rule: Rule, *, counted: bool, earlier: pl.DataFrame) -> pl.DataFrame:
    """One measure made safe to publish for its areas, their MSOAs and the county, all protected together.

    `cells`: `lsoa_code, msoa_code?, value, n_people, largest_share`, one row an area (`largest_share`: the
    largest contributor's share of `value`). `counted`: the value is a count of people or events, not an
    amount. `earlier`: what was released before: `geography, area_code, value?, hidden, same_month` (may be
    empty).

    Returns `geography` (lsoa, msoa, county), `area_code`, `value` (null where hidden), `hidden`. A cell
    that an earlier release of the same month hid stays hidden, so identical data are hidden identically.
    What earlier months showed counts as known to the reader wherever it may still be true. No cells: no rows.
    """
    cells = cells.sort("lsoa_code").with_columns(pl.col("value").fill_null(0.0).cast(pl.Float64))
    tree = Tree.of(cells["msoa_code"])
    levels = [
        _level(name, codes, frame, rule, counted, earlier) for name, codes, frame in _levels(cells, tree)
    ]
    hidden = suppress(tree, levels, can_tell=counted)
    released = pl.concat([_released(level, gone, rule) for level, gone in zip(levels, hidden, strict=True)])
    return released.filter(pl.col("area_code") != NOWHERE)


def add_released(released: pl.DataFrame, unions: pl.DataFrame, geography: str) -> pl.DataFrame:
    """Values of unions of areas (wards, zones) from released area values only, so that they tell nothing new.

    `released`: `area_code, value?, hidden, …` of the areas, with any further key columns (`measure`);
    `unions`: `area_code, union_code`. Returns the key columns with `geography, area_code` (the union),
    `value` (the sum of what is shown), `hidden` (true where nothing is shown) and `at_least` (true where a
    hidden area adds to it).
    """
    keys = [c for c in released.columns if c not in ("geography", "area_code", "value", "hidden", "at_least")]
    joined = released.join(unions, on="area_code").filter(pl.col("union_code").is_not_null())
    summed = joined.group_by([*keys, "union_code"], maintain_order=True).agg(
        pl.col("value").sum(), hidden=pl.col("hidden").all(), at_least=pl.col("hidden").any()
    )
    return summed.select(
        *keys,
        geography=pl.lit(geography),
        area_code=pl.col("union_code"),
        value=pl.when("hidden").then(None).otherwise("value"),
        hidden="hidden",
        at_least=pl.col("at_least") & ~pl.col("hidden"),
    ).sort([*keys, "area_code"])


def control_counts(counts: dict[str, int], rule: Rule) -> dict[str, int | None]:
    """Counts that belong to one known total (rows by reason, say): small ones null, others rounded.

    Assumes that the total is published as well, so a lone hidden count takes another with it.
    """
    if not counts:
        return {}
    cells = pl.DataFrame(
        {"lsoa_code": list(counts), "value": [float(v) for v in counts.values()]}
    ).with_columns(msoa_code=pl.lit(None, pl.String), n_people=pl.col("value"), largest_share=pl.lit(0.0))
    released = protect(cells, rule, counted=True, earlier=no_earlier())
    if released.filter(pl.col("geography") == "county")["hidden"].item():
        released = released.with_columns(value=pl.lit(None, pl.Float64))
    shown = dict(released.select("area_code", "value").iter_rows())
    return {name: None if shown[name] is None else int(shown[name]) for name in counts}


def control_count(count: int, rule: Rule) -> int | None:
    """One count that stands alone: null where small, else rounded."""
    value = np.array([float(count)])
    return None if rule.is_small(value)[0] else int(rule.rounded(value)[0])


def no_earlier() -> pl.DataFrame:
    """The `earlier` of a first release: no rows."""
    return pl.DataFrame(schema={**RELEASED_SCHEMA, "same_month": pl.Boolean})


def _levels(cells: pl.DataFrame, tree: Tree) -> list[tuple[str, list[str], pl.DataFrame]]:
    """Areas, MSOAs and the county, each with its codes and its value, contributors and largest
    contribution.
    """
    amounts = cells.select(
        "value",
        pl.col("n_people").fill_null(0).cast(pl.Float64),
        largest=pl.col("value") * pl.col("largest_share").fill_null(0.0),
    )
    middle = (
        amounts.with_columns(group=pl.Series(tree.middle))
        .group_by("group")
        .agg(pl.col("value").sum(), pl.col("n_people").sum(), pl.col("largest").max())
    )
    county = amounts.select(
        pl.col("value").sum(), pl.col("n_people").sum(), pl.col("largest").max().fill_null(0)
    )
    return [
        ("lsoa", cells["lsoa_code"].to_list(), amounts),
        ("msoa", tree.codes, middle.sort("group").drop("group")),
        ("county", ["county"], county),
    ]


def _level(
    name: str, codes: list[str], frame: pl.DataFrame, rule: Rule, counted: bool, earlier: pl.DataFrame
) -> Level:
    values, people = frame["value"].to_numpy(), frame["n_people"].to_numpy()
    small = rule.is_small(people) | (rule.is_small(values) if counted else _dominated(values, frame))
    low, high = rule.known(values, counted=counted)
    need_low, need_high = _guesses(values, rule, counted)
    before_low, before_high, sticky = _remembered(name, codes, values, rule, counted, earlier)
    return Level(
        name=name,
        codes=codes,
        values=values,
        sensitive=small,
        sticky=sticky,
        low=low,
        high=high,
        need_low=need_low,
        need_high=need_high,
        before_low=before_low,
        before_high=before_high,
        large_from=rule.hide_to + 1,
    )


def _dominated(values: Floats, frame: pl.DataFrame) -> NDArray[np.bool_]:
    largest: Floats = frame["largest"].to_numpy()
    return (values > 0) & (largest > DOMINANT_SHARE * values)


def _guesses(values: Floats, rule: Rule, counted: bool) -> tuple[Floats, Floats]:
    """What a hidden cell's range must at least cover: 1-7 for counts, half to one and a half for amounts."""
    if not counted:
        return values * (1 - GUESS_SHARE), values * (1 + GUESS_SHARE)
    few = rule.is_small(values)
    low = np.where(few, rule.hide_from, values * (1 - GUESS_SHARE))
    return low, np.where(few, rule.hide_to, values * (1 + GUESS_SHARE))


def _remembered(
    name: str, codes: list[str], values: Floats, rule: Rule, counted: bool, earlier: pl.DataFrame
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Per cell: the bounds that earlier releases gave and that still hold, and whether it must stay
    hidden.
    """
    low, high = np.zeros(len(codes)), np.full(len(codes), np.inf)
    past = earlier.filter(pl.col("geography") == name)
    mine = pl.DataFrame(
        {"area_code": codes, "cell": np.arange(len(codes))}, schema_overrides={"area_code": pl.String}
    )
    sticky_cells = mine.join(past.filter("hidden", "same_month"), on="area_code", how="semi")[
        "cell"
    ].to_numpy()
    shown = mine.join(past.filter(~pl.col("hidden")), on="area_code")
    cell, was = shown["cell"].to_numpy(), shown["value"].to_numpy()
    was_low, was_high = rule.known(was, counted=counted)
    holds = (was_low <= values[cell]) & (values[cell] <= was_high)
    np.maximum.at(low, cell[holds], was_low[holds])
    np.minimum.at(high, cell[holds], was_high[holds])
    sticky = np.zeros(len(codes), dtype=bool)
    sticky[sticky_cells] = True
    return low, high, sticky


def _released(level: Level, hidden: NDArray[np.bool_], rule: Rule) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "geography": [level.name] * len(level.codes),
            "area_code": level.codes,
            "value": rule.rounded(level.values),
            "hidden": hidden,
        },
        schema=RELEASED_SCHEMA,
    )
    return frame.with_columns(value=pl.when("hidden").then(None).otherwise("value"))
