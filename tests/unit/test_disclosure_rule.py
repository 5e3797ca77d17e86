"""Claims about the rule itself: what is hidden, how the rest is rounded, what may be said of modelled values."""

import numpy as np
import polars as pl
import pytest

from configs.settings import load_settings
from serving.disclosure import Rule, add_released, control_count, control_counts, no_earlier, protect
from serving.documents import control_summary
from serving.modelled import Opening, control_forecast, finest_shown, may_show, nice_edges

RULE = Rule()


def test_one_to_seven_are_hidden_nought_stays_nought_and_the_rest_go_to_the_nearest_five() -> None:
    shown = [control_count(n, RULE) for n in (0, 1, 7, 8, 12, 13, 17, 18, 1002)]
    assert shown == [0, None, None, 10, 10, 15, 15, 20, 1000]


def test_the_rule_is_the_settings_rule() -> None:
    assert Rule.of(load_settings().disclosure) == Rule(1, 7, 5)
    strict = load_settings(overrides={"disclosure": {"hide_to": 9, "round_to": 10}}).disclosure
    assert control_count(9, Rule.of(strict)) is None
    assert control_count(14, Rule.of(strict)) == 10


def test_a_shown_count_leaves_open_exactly_what_rounds_to_it() -> None:
    values = np.array([8.0, 12.0, 13.0, 0.0])
    low, high = RULE.known(values, counted=True)
    assert low.tolist() == [8, 8, 13, 0]
    assert high.tolist() == [12, 12, 17, 0]


def _amounts(values: list[float], people: list[int], shares: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lsoa_code": [f"L{i}" for i in range(len(values))],
            "msoa_code": ["M"] * len(values),
            "value": values,
            "n_people": people,
            "largest_share": shares,
        }
    )


def _hidden(frame: pl.DataFrame, *, counted: bool = False) -> set[str]:
    released = protect(frame, RULE, counted=counted, earlier=no_earlier())
    assert released.filter(pl.col("hidden"))["value"].null_count() == released["hidden"].sum()
    return set(released.filter(pl.col("hidden"))["area_code"])


def test_hours_are_hidden_where_few_people_have_them() -> None:
    assert "L0" in _hidden(_amounts([60.0, 400.0, 500.0], [3, 30, 40], [0.4, 0.1, 0.1]))


def test_hours_are_hidden_where_one_person_has_more_than_half() -> None:
    assert "L0" in _hidden(_amounts([100.0, 400.0, 500.0], [9, 30, 40], [0.51, 0.1, 0.1]))
    assert _hidden(_amounts([100.0, 400.0, 500.0], [9, 30, 40], [0.5, 0.1, 0.1])) == set()


def test_hidden_hours_cannot_be_had_by_taking_the_rest_from_the_total() -> None:
    hidden = _hidden(_amounts([60.0, 400.0, 500.0], [3, 30, 40], [0.4, 0.1, 0.1]))
    assert len(hidden) >= 2


def test_events_of_few_people_are_hidden_though_the_events_are_many() -> None:
    frame = _amounts([20.0, 60.0, 70.0], [2, 40, 40], [0.0, 0.0, 0.0])
    assert "L0" in _hidden(frame, counted=True)


def test_no_areas_no_rows() -> None:
    empty = _amounts([], [], []).cast(
        {"lsoa_code": pl.String, "msoa_code": pl.String, "value": pl.Float64, "n_people": pl.Int64}
    )
    released = protect(empty, RULE, counted=True, earlier=no_earlier())
    assert released.filter(pl.col("geography") == "lsoa").is_empty()


def test_a_sum_that_leaves_a_hidden_area_out_says_at_least() -> None:
    released = pl.DataFrame(
        {"area_code": ["A", "B", "C"], "value": [10.0, None, None], "hidden": [False, True, True]}
    )
    unions = pl.DataFrame({"area_code": ["A", "B", "C"], "union_code": ["Z1", "Z1", "Z2"]})
    total = {r["area_code"]: r for r in add_released(released, unions, "zone").to_dicts()}
    assert (total["Z1"]["value"], total["Z1"]["at_least"]) == (10.0, True)
    assert (total["Z2"]["value"], total["Z2"]["hidden"]) == (None, True)


def test_a_lone_small_reason_takes_another_with_it_where_the_total_would_tell() -> None:
    assert control_counts({"a": 60_784, "b": 213, "c": 3}, RULE) == {"a": 60785, "b": None, "c": None}


def test_the_summary_holds_no_small_count_and_nothing_unforeseen() -> None:
    summary = {
        "people": 1003,
        "in_scope": 999,
        "opted_out": 4,
        "restricted": 0,
        "invented": True,
        "uprn_match": {"cld": {"rows": 100, "given": 40, "matched": 57, "none": 3, "share": 0.97}},
        "rows": {"quarantined_by_rule": [{"kind": "cld", "column": "c", "rule": "r", "rows": 2}]},
        "a_name": "somebody",
        "a_list": ["somebody"],
    }
    shown = control_summary(summary, RULE)
    assert shown["people"] == {"count": 1005}
    assert shown["opted_out"] == {"count": None}
    assert "in_scope" not in shown
    assert shown["uprn_match"]["cld"]["none"] == {"count": None}
    assert shown["quarantined_by_rule"]["cld"] == {"c: r": {"count": None}}
    assert "somebody" not in str(shown)


def _residents(counts: dict[str, int]) -> pl.DataFrame:
    rows = [("lsoa", code, "65+", float(n)) for code, n in counts.items()]
    rows += [("msoa", "M", "65+", float(sum(counts.values()))), ("county", "county", "65+", 5000.0)]
    return pl.DataFrame(rows, schema=["geography", "area_code", "age_group", "residents"], orient="row")


def _parents(counts: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame({"area_code": list(counts), "union_code": ["M"] * len(counts)})


def _shown(counts: dict[str, int], opening: Opening) -> set[str]:
    decided = may_show(_residents(counts), _parents(counts), opening)
    return set(decided.filter("shown")["area_code"])


def test_nothing_modelled_leaves_below_the_county_until_somebody_signs() -> None:
    settings = load_settings().disclosure
    counts = {"A": 900, "B": 800}
    assert _shown(counts, Opening.of(settings, invented=False)) == {"county"}
    half = load_settings(overrides={"disclosure": {"signed_off_by": "A. Caldicott"}}).disclosure
    assert _shown(counts, Opening.of(half, invented=False)) == {"county"}
    whole = load_settings(
        overrides={"disclosure": {"signed_off_by": "A. Caldicott", "signed_off_on": "2026-09-30"}}
    ).disclosure
    assert _shown(counts, Opening.of(whole, invented=False)) == {"A", "B", "M", "county"}


def test_invented_data_open_every_area() -> None:
    assert _shown({"A": 3, "B": 1}, Opening.of(load_settings().disclosure, invented=True)) == {
        "A",
        "B",
        "M",
        "county",
    }


def test_an_area_with_few_residents_is_hidden_and_takes_a_neighbour_so_that_the_rest_is_no_single_area() -> (
    None
):
    assert _shown({"A": 60, "B": 300, "C": 150}, Opening("signed", 100)) == {"B", "M", "county"}
    assert _shown({"A": 60, "B": 300, "C": 50}, Opening("signed", 100)) == {"B", "M", "county"}


def test_a_hidden_area_says_where_its_value_is_shown() -> None:
    counts = {"A": 60, "B": 300, "C": 150}
    decided = may_show(_residents(counts), _parents(counts), Opening("signed", 100))
    at = dict(finest_shown(decided, {"msoa": _parents(counts)}).select("area_code", "shown_at").iter_rows())
    assert at == {"A": "msoa", "B": "lsoa", "C": "msoa"}


def test_people_and_rates_leave_as_ranges_and_classes_never_as_figures() -> None:
    codes = [f"L{i}" for i in range(10)]
    areas = pl.DataFrame(
        {
            "geography": ["lsoa"] * 10,
            "area_code": codes,
            "age_group": ["65+"] * 10,
            "outcome": ["fall_admission"] * 10,
            "horizon_days": [365] * 10,
            "people_mean": [11.0] * 10,
            "people_p10": [8.2] * 10,
            "people_p90": [16.1] * 10,
            "rate_smoothed": [20.123 + i for i in range(10)],
            "p_above_county": [0.05] * 4 + [0.5] * 3 + [0.95] * 3,
        }
    )
    decided = areas.select("geography", "area_code", "age_group", shown=pl.col("area_code") != "L3")
    shown = control_forecast(areas, decided, 5)
    first, hidden = shown.row(0, named=True), shown.row(3, named=True)
    assert (first["people_low"], first["people_high"], first["above_county"]) == (5.0, 20.0, "unlikely")
    assert "rate_smoothed" not in shown.columns
    assert hidden["hidden"]
    assert all(hidden[c] is None for c in ("rate_class", "rate_low", "people_low", "above_county"))
    assert shown["rate_class"].drop_nulls().n_unique() == 5


@pytest.mark.parametrize("values", [[], [None, None], [0.0, 0.0], [5.0], [1.0] * 9])
def test_classes_can_be_made_of_any_values(values: list[float | None]) -> None:
    edges = nice_edges(pl.Series(values, dtype=pl.Float64))
    assert edges == sorted(set(edges))
