"""The rule of time: what may be used at a date, which spells are open, which windows are settled."""

import ast
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.as_of import (
    days_inside,
    ends_with,
    hide_unknown_ends,
    in_window,
    known_before,
    lasts,
    latest_known,
    merge_spells,
    newest_settled,
    open_at,
    settled,
    step_back,
    with_days_ago,
    within,
    years_between,
)

DAY = date(2025, 4, 1)


def facts(*rows: tuple[str, date, date | None]) -> pl.LazyFrame:
    schema = {"person_id": pl.String, "happened_on": pl.Date, "known_on": pl.Date}
    return pl.LazyFrame(rows, schema=schema, orient="row")


def spells(*rows: tuple[date, date | None]) -> pl.LazyFrame:
    schema = {"person_id": pl.String, "from_date": pl.Date, "to_date": pl.Date}
    return pl.LazyFrame([("ada", *row) for row in rows], schema=schema, orient="row")


@pytest.mark.parametrize(
    ("known_on", "used"), [(date(2025, 3, 31), True), (DAY, False), (date(2025, 4, 2), False), (None, False)]
)
def test_only_a_fact_known_before_the_as_of_date_is_used(known_on: date | None, used: bool) -> None:
    kept = known_before(facts(("ada", date(2025, 1, 1), known_on)), DAY).collect()
    assert (kept.height == 1) is used


def test_a_fact_announced_for_the_as_of_date_or_later_has_not_happened_yet() -> None:
    planned = facts(("ada", DAY, date(2025, 3, 1)), ("bert", date(2025, 3, 31), date(2025, 3, 31)))
    assert known_before(planned, DAY).collect()["person_id"].to_list() == ["bert"]


def test_the_latest_known_fact_is_the_newest_that_was_known_not_the_newest_of_all() -> None:
    rows = facts(
        ("ada", date(2025, 1, 1), date(2025, 1, 8)),
        ("ada", date(2025, 2, 1), date(2025, 2, 8)),
        ("ada", date(2025, 3, 1), DAY),
    )
    assert latest_known(rows, DAY, "person_id").collect()["happened_on"].to_list() == [date(2025, 2, 1)]


def test_of_two_facts_of_one_day_the_one_known_later_counts_whatever_the_order() -> None:
    early = ("ada", date(2025, 1, 1), date(2025, 1, 8))
    late = ("ada", date(2025, 1, 1), date(2025, 1, 9))
    for rows in ((early, late), (late, early)):
        assert latest_known(facts(*rows), DAY, "person_id").collect()["known_on"].item() == date(2025, 1, 9)


@pytest.mark.parametrize(
    ("ended_on", "end_known_on", "is_open"),
    [
        (None, None, True),
        (date(2025, 3, 1), date(2025, 3, 8), False),
        (date(2025, 3, 1), DAY, True),
        (date(2025, 3, 1), None, True),
        (DAY, date(2025, 3, 1), False),
        (date(2025, 4, 2), date(2025, 3, 1), True),
    ],
)
def test_a_spell_is_open_until_its_end_is_known_and_reached(
    ended_on: date | None, end_known_on: date | None, is_open: bool
) -> None:
    one = facts(("ada", date(2024, 1, 1), date(2024, 1, 8))).with_columns(
        pl.lit(ended_on, pl.Date).alias("ended_on"), pl.lit(end_known_on, pl.Date).alias("end_known_on")
    )
    assert (open_at(one, DAY).collect().height == 1) is is_open


def test_a_spell_that_starts_on_the_as_of_date_is_not_open_yet() -> None:
    one = facts(("ada", DAY, date(2025, 3, 1))).with_columns(
        pl.lit(None, pl.Date).alias("ended_on"), pl.lit(None, pl.Date).alias("end_known_on")
    )
    assert open_at(one, DAY).collect().is_empty()


def test_what_is_told_only_at_the_end_is_blank_until_the_end_is_known() -> None:
    one = pl.LazyFrame(
        {"ended_on": [date(2025, 3, 1)], "end_known_on": [DAY], "event_outcome": ["NFA: Other"]}
    )
    hidden = hide_unknown_ends(one, DAY, told_at_end=("event_outcome",)).collect()
    assert hidden.select("ended_on", "event_outcome").row(0) == (None, None)


def test_the_window_holds_the_as_of_date_and_not_its_own_end() -> None:
    end = date(2026, 4, 1)
    rows = facts(
        ("first", DAY, DAY),
        ("last", date(2026, 3, 31), DAY),
        ("after", end, DAY),
        ("before", date(2025, 3, 31), DAY),
    )
    assert in_window(rows, DAY, end).collect()["person_id"].to_list() == ["first", "last"]


def test_days_ago_counts_back_from_the_day_before() -> None:
    rows = with_days_ago(facts(("ada", date(2025, 3, 31), DAY), ("bert", date(2025, 3, 1), DAY)), DAY)
    assert rows.select(pl.col("days_ago"), within(30).alias("in")).collect().rows() == [
        (1, True),
        (31, False),
    ]


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(1960, 2, 29), date(2025, 2, 28), 64),
        (date(1960, 2, 29), date(2025, 3, 1), 65),
        (date(1960, 4, 1), DAY, 65),
        (date(1960, 4, 2), DAY, 64),
    ],
)
def test_an_age_is_told_in_completed_years(born: date, on: date, years: int) -> None:
    assert pl.DataFrame({"born": [born]}).select(years_between(pl.col("born"), on)).item() == years


@pytest.mark.parametrize(("resumed", "n_spells"), [(date(2024, 4, 30), 1), (date(2024, 5, 1), 2)])
def test_a_break_of_the_gap_makes_a_new_spell_and_a_shorter_one_does_not(
    resumed: date, n_spells: int
) -> None:
    broken = spells((date(2024, 1, 1), date(2024, 1, 31)), (resumed, None))
    assert merge_spells(broken, "person_id", 91).collect().height == n_spells


def test_a_long_spell_covers_later_short_ones_inside_it() -> None:
    rows = spells((date(2024, 1, 1), None), (date(2024, 2, 1), date(2024, 3, 1)), (date(2025, 2, 1), None))
    assert merge_spells(rows, "person_id", 91).collect().row(0) == ("ada", date(2024, 1, 1), None)


@pytest.mark.parametrize(
    ("to_date", "counts"), [(None, True), (date(2024, 2, 12), True), (date(2024, 2, 11), False)]
)
def test_a_stay_of_42_days_lasts_and_one_of_41_does_not(to_date: date | None, counts: bool) -> None:
    assert spells((date(2024, 1, 1), to_date)).select(lasts(42)).collect().item() is counts


@pytest.mark.parametrize(
    ("died", "ends"),
    [(date(2024, 1, 20), True), (date(2024, 1, 21), True), (date(2024, 1, 25), False), (None, False)],
)
def test_a_stay_ends_in_death_when_the_death_falls_in_it_or_the_day_after(
    died: date | None, ends: bool
) -> None:
    stay = spells((date(2024, 1, 1), date(2024, 1, 20))).with_columns(pl.lit(died, pl.Date).alias("died"))
    assert stay.select(ends_with("died")).collect().item() is ends


def test_days_of_a_spell_inside_a_window_are_half_open_at_both_ends() -> None:
    rows = spells(
        (date(2025, 3, 25), date(2025, 4, 3)), (date(2025, 4, 9), None), (date(2025, 1, 1), date(2025, 4, 1))
    )
    inside = days_inside(pl.col("from_date"), pl.col("to_date"), DAY, date(2025, 4, 11))
    assert rows.select(inside).collect().to_series().to_list() == [2, 2, 0]


def test_a_window_is_settled_only_when_it_and_the_wait_for_reports_are_over() -> None:
    assert settled(DAY, 365, 35, date(2026, 5, 6))
    assert not settled(DAY, 365, 35, date(2026, 5, 5))
    assert newest_settled(365, 35, date(2026, 5, 6)) == DAY


def test_origins_step_back_from_the_newest_and_stop_at_the_oldest_or_at_the_number_asked() -> None:
    assert step_back(DAY, date(2024, 4, 2), 182, 8) == [date(2024, 4, 2), date(2024, 10, 1), DAY]
    assert step_back(DAY, date(2020, 1, 1), 182, 2) == [date(2024, 10, 1), DAY]
    assert step_back(DAY, date(2025, 4, 2), 182, 8) == []


def test_no_other_module_of_features_compares_a_date_with_the_as_of_date() -> None:
    """`as_of` (or a date column against a date) in a comparison outside as_of.py would be a second rule of time."""
    folder = Path(__file__).resolve().parents[2] / "features"
    dates = {"as_of", "seen_by", "data_to", "data_from", "origin"}
    found = []
    for file in sorted(folder.glob("*.py")):
        if file.name == "as_of.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and not all(
                isinstance(op, ast.In | ast.NotIn) for op in node.ops
            ):
                words = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                words |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                texts = {
                    n.value
                    for n in ast.walk(node)
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
                on_dates = {
                    t for t in texts if t.endswith(("_on", "_date", "date_of_death", "date_of_birth"))
                }
                found += [f"{file.name}:{node.lineno}"] if words & dates or on_dates else []
    assert found == []
