"""Claims about the chance that somebody lives alone."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from people_rows import CUT, KEY, gazetteer, landing, liable, registered

from configs.settings import load_settings
from features.records.alone import find_alone
from features.records.join import join_tables

BILL = {"household_id": pl.String, "discount": pl.String, "n_liable": pl.Int64}


def _bills(*rows: tuple[str, str | None, int | None]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=BILL, orient="row")


def _living(*rows: tuple[str, str | None]) -> pl.DataFrame:
    named = {"person_id": pl.String, "household_id": pl.String}
    return pl.DataFrame(list(rows), schema=named, orient="row").with_columns(adult=pl.lit(True))


def _chances(living: pl.DataFrame, bills: pl.DataFrame) -> dict[str, float | None]:
    return dict(find_alone(living, bills).select("person_id", "alone_probability").iter_rows())


def test_witnesses_that_agree_are_surer_than_those_that_do_not() -> None:
    living = _living(("agreed", "h1"), ("disputed", "h2"), ("unbilled", "h3"), ("a", "h4"), ("b", "h4"))
    bills = _bills(("h1", "single_person", 1), ("h2", None, 2), ("h4", None, 2))
    chance = _chances(living, bills)
    assert chance["agreed"] > 0.99
    assert chance["agreed"] > chance["unbilled"] > chance["disputed"]
    assert chance["a"] == chance["b"] < 0.01


def test_a_discount_for_a_disregarded_second_adult_does_not_say_alone() -> None:
    living = _living(("p", "h1"), ("q", "h2"))
    bills = _bills(("h1", "second_adult_disregarded", 1), ("h2", "single_person", 1))
    chance = _chances(living, bills)
    assert chance["p"] < chance["q"]


def test_a_single_persons_discount_does_not_take_a_parents_children_away() -> None:
    living = _living(("parent", "h1"), ("child", "h1"), ("p", "h2"), ("q", "h2"))
    living = living.with_columns(adult=pl.col("person_id") != "child")
    chance = _chances(living, _bills(("h1", "single_person", 1), ("h2", "single_person", 1)))
    assert chance["parent"] < 0.05
    assert chance["parent"] < chance["p"]


def test_at_an_unmatched_address_nothing_is_said() -> None:
    assert _chances(_living(("p", None)), _bills()) == {"p": None}


def test_nobody_gives_no_rows() -> None:
    assert find_alone(_living(), _bills()).is_empty()


def _county(
    n: int, register_misses: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Homes of one or two; the register misses one of two at a rate the method is not told."""
    alone = rng.random(n) < 0.35
    shown = np.where(alone, 1, np.where(rng.random(n) < register_misses, 1, 2))
    rows = [(f"p{i}.{j}", f"h{i}") for i in range(n) for j in range(shown[i])]
    single = np.where(alone, rng.random(n) < 0.9, rng.random(n) < 0.03)
    two = ~alone & (rng.random(n) < 0.5)
    discounts = ["single_person" if s else None for s in single]
    bills = [(f"h{i}", discounts[i], 2 if two[i] else 1) for i in range(n)]
    return _living(*rows), _bills(*bills), alone


@pytest.mark.parametrize("misses", [0.02, 0.12])
def test_stated_chances_come_true_at_error_rates_that_nobody_told(misses: float) -> None:
    living, bills, alone = _county(20_000, misses, np.random.default_rng(4))
    found = find_alone(living, bills).with_columns(at=pl.col("household_id").str.slice(1).cast(pl.Int64))
    homes = found.unique("household_id").sort("at")
    chance, true = homes["alone_probability"].to_numpy(), alone[homes["at"].to_numpy()]
    assert abs(chance.mean() - true.mean()) < 0.01
    for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.01)):
        band = (chance >= low) & (chance < high)
        if band.sum() > 300:
            assert abs(chance[band].mean() - true[band].mean()) < 0.05
    by_register = (homes["n_people"].to_numpy() == 1) == true
    assert ((chance >= 0.5) == true).mean() > by_register.mean()


def test_a_home_that_held_a_restricted_person_is_not_said_to_be_lived_in_alone(tmp_path: Path) -> None:
    born = date(1950, 3, 14)
    people = [
        registered("9990000042", "Margaret", "Oakley", born, 1),
        registered("9990000050", "Peter", "Oakley", born, 1, restricted=True),
        registered("9990000069", "Susan", "Elmore", born, 2),
    ]
    bills = [
        liable("CT1", "Margaret", "Oakley", 1),
        liable("CT2", "Susan", "Elmore", 2, discount="single_person"),
    ]
    read = landing(gazetteer=gazetteer(1, 2), demographics=people, council_tax=bills)
    joined = join_tables(
        read, settings=load_settings(), key=KEY, state=tmp_path, purpose="planning", as_of=CUT
    )
    known = joined.tables["alone"].drop_nulls("alone_probability")
    assert known.height == 1
    assert known["alone_probability"][0] > 0.9


def test_a_discount_kept_by_two_in_one_name_is_one_witness_and_not_two() -> None:
    """The discount and the single name stand on one account; taken for two witnesses they shout down the
    register."""
    n, rng = 60_000, np.random.default_rng(8)
    alone = rng.random(n) < 0.35
    shown = np.where(rng.random(n) < 0.02, 3 - (2 - alone), 2 - alone)
    single = rng.random(n) < np.where(alone, 0.93, 0.02)
    one_name = alone | (rng.random(n) < np.where(single, 0.5, 0.23))
    living = _living(*((f"p{i}.{j}", f"h{i}") for i in range(n) for j in range(shown[i])))
    said = ["single_person" if s else None for s in single]
    bills = _bills(*((f"h{i}", said[i], 1 if one_name[i] else 2) for i in range(n)))
    found = find_alone(living, bills).unique("household_id")
    at = found["household_id"].str.slice(1).cast(pl.Int64).to_numpy()
    torn = (shown[at] == 2) & single[at] & one_name[at]
    assert torn.sum() > 500
    assert abs(found["alone_probability"].to_numpy()[torn].mean() - alone[at][torn].mean()) < 0.12
