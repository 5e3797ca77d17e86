"""Claims about disclosure control, held against a reader who tries with linear programming."""

import numpy as np
import polars as pl
import pytest
from attacker import Attacker
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.disclosure import Rule, add_released, no_earlier, protect

RULE = Rule(hide_from=1, hide_to=7, round_to=5)


def cells(counts: list[int], msoas: list[int]) -> pl.DataFrame:
    """Counts of areas as the release reads them."""
    return pl.DataFrame(
        {
            "lsoa_code": [f"L{i:03d}" for i in range(len(counts))],
            "msoa_code": [f"M{m}" for m in msoas],
            "value": [float(c) for c in counts],
            "n_people": [float(c) for c in counts],
            "largest_share": [0.0] * len(counts),
        }
    )


def release(frame: pl.DataFrame, earlier: pl.DataFrame | None = None) -> pl.DataFrame:
    """What is published of the counts."""
    return protect(frame, RULE, counted=True, earlier=no_earlier() if earlier is None else earlier)


def membership(frame: pl.DataFrame, geography: str) -> pl.DataFrame:
    """Which areas each published code of a geography is made of."""
    union = {"lsoa": pl.col("lsoa_code"), "msoa": pl.col("msoa_code"), "county": pl.lit("county")}[geography]
    return frame.select(area_code="lsoa_code", union_code=union)


def attack(frame: pl.DataFrame, *releases: pl.DataFrame, told: frozenset[str] = frozenset()) -> Attacker:
    """A reader of everything published about these areas."""
    tables = [
        (released.filter(pl.col("geography") == g), membership(frame, g))
        for released in releases
        for g in ("lsoa", "msoa", "county")
    ]
    return Attacker(frame["lsoa_code"].to_list(), tables, told=told)


def narrowed(
    frame: pl.DataFrame, released: pl.DataFrame, reader: Attacker, *, told: bool = False
) -> list[str]:
    """Codes of small counts, at any geography, that the reader can place more tightly than 1-7."""
    found = []
    for geography in ("lsoa",) if told else ("lsoa", "msoa", "county"):
        inside = frame.join(membership(frame, geography), left_on="lsoa_code", right_on="area_code")
        groups = inside.group_by("union_code", maintain_order=True).agg("lsoa_code", pl.col("value").sum())
        for code, members, value in groups.iter_rows():
            if 1 <= value <= 7:
                low, high = reader.bounds(members)
                if low > 1 + 1e-6 or high < 7 - 1e-6:
                    found.append(f"{geography} {code}")
    return found


def only_small_ones_hidden(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rule with secondary suppression left out."""
    parts = []
    for geography in ("lsoa", "msoa", "county"):
        inside = frame.join(membership(frame, geography), left_on="lsoa_code", right_on="area_code")
        sums = inside.group_by("union_code", maintain_order=True).agg(pl.col("value").sum())
        small = RULE.is_small(sums["value"].to_numpy())
        shown = RULE.rounded(sums["value"].to_numpy())
        parts.append(
            pl.DataFrame(
                {
                    "geography": [geography] * len(sums),
                    "area_code": sums["union_code"],
                    "value": np.where(small, np.nan, shown),
                    "hidden": small,
                }
            )
        )
    return pl.concat(parts)


@st.composite
def counties(draw: st.DrawFn) -> pl.DataFrame:
    """Counties of 1 to 14 areas: mostly small counts, the hard kind."""
    n = draw(st.integers(1, 14))
    count = st.one_of(st.just(0), st.integers(0, 9), st.integers(8, 40))
    counts = draw(st.lists(count, min_size=n, max_size=n))
    return cells(counts, draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))


@settings(max_examples=120, deadline=None)
@given(counties())
def test_no_small_count_can_be_placed_more_tightly_than_the_rule_hides_it(frame: pl.DataFrame) -> None:
    released = release(frame)
    assert narrowed(frame, released, attack(frame, released)) == []


@settings(max_examples=120, deadline=None)
@given(counties())
def test_nor_by_a_reader_who_is_told_which_areas_hold_small_counts(frame: pl.DataFrame) -> None:
    released = release(frame)
    small = frozenset(frame.filter(pl.col("value").is_between(1, 7))["lsoa_code"])
    assert narrowed(frame, released, attack(frame, released, told=small), told=True) == []


def test_the_reader_does_break_a_release_without_secondary_suppression() -> None:
    frame = cells([6, 0, 22, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    bare = only_small_ones_hidden(frame)
    assert "lsoa L000" in narrowed(frame, bare, attack(frame, bare))


@pytest.mark.parametrize(
    ("counts", "msoas"),
    [
        ([6, 0, 22, 0], [0, 0, 0, 1]),  # one small count, one sibling
        ([7, 0, 0, 0], [0, 0, 0, 0]),  # the county itself is small
        ([4, 20], [0, 1]),  # an MSOA of one area
        ([6, 7, 0, 0, 30], [0, 0, 1, 1, 1]),  # two small counts that add up to a tight total
        ([1, 1, 1, 0, 0, 40, 8], [0, 0, 0, 1, 1, 1, 1]),
    ],
)
def test_hard_counties_stay_shut(counts: list[int], msoas: list[int]) -> None:
    frame = cells(counts, msoas)
    released = release(frame)
    assert narrowed(frame, released, attack(frame, released)) == []


@settings(max_examples=60, deadline=None)
@given(counties(), st.lists(st.integers(0, 3), min_size=14, max_size=14))
def test_zones_and_wards_tell_nothing_that_areas_do_not(frame: pl.DataFrame, zones: list[int]) -> None:
    released = release(frame)
    areas = released.filter(pl.col("geography") == "lsoa")
    unions = pl.DataFrame(
        {"area_code": frame["lsoa_code"], "union_code": [f"Z{z}" for z in zones[: len(frame)]]}
    )
    totals = add_released(areas, unions, "zone")
    again = totals.sort("area_code").select("area_code", "value")
    shown = areas.join(unions, on="area_code").group_by("union_code").agg(pl.col("value").sum())
    expected = dict(shown.iter_rows())
    assert all(v is None or v == expected[c] for c, v in again.iter_rows())
    hidden_inside = areas.join(unions, on="area_code").group_by("union_code").agg(pl.col("hidden").any())
    flags = dict(hidden_inside.iter_rows())
    assert all(
        flags[c] == (at_least or hidden)
        for c, at_least, hidden in totals.select("area_code", "at_least", "hidden").iter_rows()
    )


@settings(max_examples=80, deadline=None)
@given(counties())
def test_the_same_month_again_hides_the_same_cells(frame: pl.DataFrame) -> None:
    first = release(frame)
    assert release(frame, first.with_columns(same_month=pl.lit(True))).equals(first)
    assert release(frame.sample(fraction=1.0, shuffle=True, seed=1)).equals(first)


@settings(max_examples=60, deadline=None)
@given(counties(), st.data())
def test_a_corrected_rerun_of_a_month_never_shows_what_it_hid(
    frame: pl.DataFrame, data: st.DataObject
) -> None:
    first = release(frame)
    moved = data.draw(st.lists(st.integers(0, 12), min_size=len(frame), max_size=len(frame)))
    second = release(
        frame.with_columns(
            value=pl.Series([float(m) for m in moved]), n_people=pl.Series([float(m) for m in moved])
        ),
        first.with_columns(same_month=pl.lit(True)),
    )
    both = first.join(second, on=["geography", "area_code"])
    assert both.filter(pl.col("hidden") & ~pl.col("hidden_right")).is_empty()


def test_last_months_figure_of_a_hidden_neighbour_does_not_open_this_months_small_count() -> None:
    # Last month all areas were large and shown. This month one falls to 6; hiding only a neighbour whose figure
    # everybody saw last month (and which has not changed) would leave the small one to be worked out.
    before = cells([20, 22, 40, 50, 9, 31], [0, 0, 1, 1, 1, 1])
    now = cells([6, 22, 40, 50, 9, 31], [0, 0, 1, 1, 1, 1])
    shown = release(before)
    naive = release(now)
    careful = release(now, shown.with_columns(same_month=pl.lit(False)))
    unchanged = shown.filter(pl.col("area_code") != "L000", pl.col("geography") == "lsoa")
    members = membership(now, "lsoa")

    def reader(released: pl.DataFrame) -> Attacker:
        tables = [
            (released.filter(pl.col("geography") == g), membership(now, g))
            for g in ("lsoa", "msoa", "county")
        ]
        return Attacker(now["lsoa_code"].to_list(), [*tables, (unchanged, members)])

    assert narrowed(now, naive, reader(naive)) != []
    assert narrowed(now, careful, reader(careful)) == []
