"""Secondary suppression: which further cells to hide so that totals give no hidden cell away.

Areas add up to MSOAs and MSOAs to the county: a tree. On a tree of sums with intervals the tightest bounds
that any reader can work out are found exactly by one pass up and one pass down, so the search below is
judged by the strongest attack there is, not by an approximation (tests let a linear program try the same).

Two readers are held off at once. The one who is told nothing: a hidden cell may be any number from 0. The one
who is told which areas hold a small count (and so knows those to lie in 1-7 and no other to do so): counts
only.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOWHERE = "\x7f"
"""Stands for the MSOA of areas that have none."""

ANYTHING = 1e8
"""More than any county's count or hours: the top of what a hidden cell may be."""

SLACK = 1e-6
"""Differences below this are floating-point dust."""


@dataclass(frozen=True)
class Tree:
    """Which MSOA each area lies in (`middle`, an index into `codes`), and which of those have a name."""

    middle: NDArray[np.int64]
    codes: list[str]
    named: Flags

    @classmethod
    def of(cls, msoa_codes: pl.Series) -> "Tree":
        """From the MSOA code of each area; areas without one form a group that is never shown."""
        keys = msoa_codes.cast(pl.String).fill_null(NOWHERE)
        codes = sorted(keys.unique().to_list())
        middle = keys.to_frame("key").join(
            pl.DataFrame({"key": codes, "at": range(len(codes))}, schema={"key": pl.String, "at": pl.Int64}),
            on="key", how="left", maintain_order="left",
        )["at"]  # fmt: skip
        return cls(middle.to_numpy(), codes, np.array([c != NOWHERE for c in codes], dtype=bool))

    def summed(self, values: Floats) -> Floats:
        """Area values added up by MSOA."""
        summed: Floats = np.bincount(self.middle, weights=values, minlength=len(self.codes)).astype(float)
        return summed


@dataclass
class Level:
    """The cells of one geography: true values, what a shown one tells, what a hidden one must leave open."""

    name: str
    codes: list[str]
    values: Floats
    sensitive: Flags
    sticky: Flags
    low: Floats
    high: Floats
    need_low: Floats
    need_high: Floats
    before_low: Floats
    before_high: Floats
    large_from: int

    def bounds(self, hidden: Flags, told: bool) -> tuple[Floats, Floats]:
        """What a reader knows of each cell by itself."""
        top = np.minimum(self.before_high, ANYTHING)
        low, high = np.where(hidden, self.before_low, self.low), np.where(hidden, top, self.high)
        if told:
            small, large = hidden & self.sensitive, hidden & ~self.sensitive & (self.values > 0)
            low = np.where(small, self.need_low, np.where(large, np.maximum(low, self.large_from), low))
            high = np.where(small, self.need_high, high)
        return low, high

    def forget(self, cells: Flags) -> None:
        """Stop counting what earlier releases said of these cells as known."""
        self.before_low = np.where(cells, 0.0, self.before_low)
        self.before_high = np.where(cells, ANYTHING, self.before_high)

    def weak(self) -> Flags:
        """Cells whose value an earlier release still gives away: hiding them now helps little."""
        return self.before_high < ANYTHING


def suppress(tree: Tree, levels: list[Level], *, can_tell: bool) -> list[Flags]:
    """Which cells to hide at each level (areas, MSOAs, county).

    Starts from the sensitive cells, all areas of a sensitive MSOA (zeros too, so that a hidden cell may be
    0) and those hidden before; hides the smallest sibling or a total as long as some hidden sensitive cell
    could be bounded more tightly than it must be; then shows again whatever turns out not to be needed.
    Deterministic: ties go to the first code.
    """
    start = [level.sensitive | level.sticky for level in levels]
    start[0] |= (start[1] & levels[1].sensitive)[tree.middle]
    start[1] |= ~tree.named
    hidden = [flags.copy() for flags in start]
    if any(level.sticky.any() for level in levels) and _safe_by_itself(tree, levels, hidden, can_tell):
        return hidden
    while True:
        exposed = _exposed(tree, levels, hidden, can_tell)
        if not any(flags.any() for flags in exposed):
            return _show_again(tree, levels, hidden, start, can_tell)
        _hide_more(tree, levels, hidden, exposed)


def _safe_by_itself(tree: Tree, levels: list[Level], hidden: list[Flags], can_tell: bool) -> bool:
    """Whether what was hidden last time protects this month's cells: then the release stays as it was."""
    alone = [replace(level) for level in levels]
    for level in alone:
        level.forget(np.ones(len(level.codes), dtype=bool))
    return not any(flags.any() for flags in _exposed(tree, alone, hidden, can_tell))


def tightest(
    tree: Tree, levels: list[Level], hidden: list[Flags], *, told: bool
) -> list[tuple[Floats, Floats]]:
    """The tightest bounds a reader can work out, at each level: exact, in one pass up and one down."""
    (area_low, area_high), (mid_low, mid_high), (top_low, top_high) = (
        level.bounds(gone, told and place == 0)
        for place, (level, gone) in enumerate(zip(levels, hidden, strict=True))
    )
    sum_low, sum_high = tree.summed(area_low), tree.summed(area_high)
    mid_low, mid_high = np.maximum(mid_low, sum_low), np.minimum(mid_high, sum_high)
    top_low, top_high = np.maximum(top_low, mid_low.sum()), np.minimum(top_high, mid_high.sum())
    mids = _downwards(mid_low, mid_high, top_low, top_high, mid_low.sum(), mid_high.sum())
    in_mid = tree.middle
    areas = _downwards(
        area_low, area_high, mids[0][in_mid], mids[1][in_mid], sum_low[in_mid], sum_high[in_mid]
    )
    return [areas, mids, (top_low, top_high)]


def _downwards(
    low: Floats, high: Floats, total_low: Floats, total_high: Floats, sum_low: Floats, sum_high: Floats
) -> tuple[Floats, Floats]:
    """A part lies between the total less the most, and the total less the least, that its siblings can be."""
    return np.maximum(low, total_low - (sum_high - high)), np.minimum(high, total_high - (sum_low - low))


def _exposed(tree: Tree, levels: list[Level], hidden: list[Flags], can_tell: bool) -> list[Flags]:
    found = [np.zeros(len(level.codes), dtype=bool) for level in levels]
    for told in (False, True) if can_tell else (False,):
        for place, (low, high) in enumerate(tightest(tree, levels, hidden, told=told)):
            level = levels[place]
            if told and place > 0:
                continue
            tight = (low > level.need_low + SLACK) | (high < level.need_high - SLACK)
            found[place] |= level.sensitive & hidden[place] & tight
    return found


def _hide_more(tree: Tree, levels: list[Level], hidden: list[Flags], exposed: list[Flags]) -> None:
    """One step: widen every MSOA with an exposed area by one cell; where that cannot help, widen the
    county.
    """
    groups = np.unique(tree.middle[exposed[0]])
    acted = [_widen_group(tree, levels, hidden, int(group)) for group in groups]
    if not any(acted) and not _widen_county(tree, levels, hidden):
        for level in levels:
            level.forget(np.ones(len(level.codes), dtype=bool))


def _widen_group(tree: Tree, levels: list[Level], hidden: list[Flags], group: int) -> bool:
    """Hide an area never shown before, else the MSOA's total, else any area; at last stop minding old
    releases.
    """
    areas, mids, _ = levels
    inside = tree.middle == group
    if hidden[1][group]:
        return _forget_group(areas, mids, inside, group)
    fresh = _smallest(areas, inside & ~hidden[0] & ~areas.weak())
    known = _smallest(areas, inside & ~hidden[0])
    if fresh is not None:
        hidden[0][fresh] = True
    elif known is not None and mids.weak()[group]:
        hidden[0][known] = True
    else:
        hidden[1][group] = True
    return True


def _forget_group(areas: Level, mids: Level, inside: Flags, group: int) -> bool:
    """No hiding mends what an earlier release said of a hidden total; false when it said nothing of it."""
    remembered = bool(mids.weak()[group])
    if remembered:
        areas.forget(inside)
        mids.forget(np.arange(len(mids.codes)) == group)
    return remembered


def _widen_county(tree: Tree, levels: list[Level], hidden: list[Flags]) -> bool:
    """Hide what widens the county's sum at least cost; at last its total. False: all is hidden already.

    First an MSOA's total in which some area is hidden, then an area whose MSOA's total is, then a total
    with an area.
    """
    areas, mids, _ = levels
    open_ended = _smallest(mids, ~hidden[1] & _with_hidden_area(tree, hidden[0]))
    loose = _smallest(areas, ~hidden[0] & hidden[1][tree.middle] & ~areas.weak())
    closed = _smallest(mids, ~hidden[1])
    if open_ended is not None:
        hidden[1][open_ended] = True
    elif loose is not None:
        hidden[0][loose] = True
    elif closed is not None:
        hidden[1][closed] = True
        within = _smallest(areas, ~hidden[0] & (tree.middle == closed))
        hidden[0][within if within is not None else []] = True
    else:
        return _hide_last(tree, areas, hidden)
    return True


def _hide_last(tree: Tree, areas: Level, hidden: list[Flags]) -> bool:
    """Every MSOA's total is hidden: an area whose figure is known of old, else the county; false at the
    end.
    """
    known = _smallest(areas, ~hidden[0] & hidden[1][tree.middle])
    if known is not None:
        hidden[0][known] = True
    was_shown = not hidden[2][0]
    hidden[2][0] = hidden[2][0] or known is None
    return was_shown or known is not None


def _with_hidden_area(tree: Tree, hidden: Flags) -> Flags:
    return tree.summed(hidden.astype(float)) > 0


def _smallest(level: Level, allowed: Flags) -> int | None:
    """The allowed cell with the smallest value above 0, ones never shown before first."""
    cells = np.flatnonzero(allowed & (level.values > 0))
    if cells.size == 0:
        return None
    return int(cells[np.lexsort((cells, level.values[cells], level.weak()[cells]))[0]])


def _show_again(
    tree: Tree, levels: list[Level], hidden: list[Flags], start: list[Flags], can_tell: bool
) -> list[Flags]:
    """Totals first, then the largest areas: show whatever no hidden cell needs."""
    for place in (2, 1, 0):
        extra = np.flatnonzero(hidden[place] & ~start[place])
        for cell in extra[np.argsort(-levels[place].values[extra], kind="stable")]:
            hidden[place][cell] = False
            if any(flags.any() for flags in _exposed(tree, levels, hidden, can_tell)):
                hidden[place][cell] = True
    return hidden
