"""What holds for any few households: two people never become one, order says nothing, pseudonyms last."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from people_rows import liable, link_rows, registered, tables

GIVEN = ("John", "Jack", "Joan", "Jean", "J", "Bill", "William", "Zoë", "Mary-Ann")
FAMILY = ("Smith", "Smyth", "O’Connor", "Ellis-Price", "Price")
NHS = [f"99{n:08d}" for n in range(40)]  # unlike real numbers; the reader has checked them by then

born = st.integers(0, 30).map(lambda n: date(1950, 1, 1) + timedelta(days=31 * n))
name = st.tuples(st.sampled_from(GIVEN), st.sampled_from(FAMILY))
resident = st.tuples(name, born, st.integers(1, 3))
bill = st.tuples(name, name, st.integers(1, 3))
county = st.tuples(st.lists(resident, min_size=2, max_size=8), st.lists(bill, max_size=5))


def rows_of(made: Any) -> dict[str, pl.DataFrame]:
    residents, bills = made
    register = [registered(NHS[i], g, f, b, u) for i, ((g, f), b, u) in enumerate(residents)]
    accounts = [
        liable(f"CT{i}", g, f, u, other_forename=g2, other_surname=f2)
        for i, ((g, f), (g2, f2), u) in enumerate(bills)
    ]
    care = [
        {"la_person_id": f"L{i}", "given_name": g, "family_name": f, "date_of_birth": b, "postcode": "AB1 2CD",
         "event_start_date": date(2024, 1, 1)}
        for i, ((g, f), b, _) in enumerate(residents[:3])
    ]  # fmt: skip
    return tables(demographics=register, council_tax=accounts, cld=care)


def people(rows: dict[str, pl.DataFrame], state: Path) -> pl.DataFrame:
    linked = link_rows(state, rows).mentions
    return linked.select("kind", "row", "role", "person_id").sort("kind", "row", "role")


@settings(max_examples=10, deadline=None)
@given(county)
def test_two_register_people_and_two_roles_of_a_line_never_merge(made: Any) -> None:
    with TemporaryDirectory() as state:
        found = people(rows_of(made), Path(state))
    register = found.filter(pl.col("kind") == "demographics").get_column("person_id")
    assert register.n_unique() == register.len()
    lines = found.filter((pl.col("kind") == "council_tax") & pl.col("person_id").is_not_null())
    assert not lines.select("row", "person_id").is_duplicated().any()


@settings(max_examples=7, deadline=None)
@given(county, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(made: Any, chance: Any) -> None:
    rows = rows_of(made)
    mixed = {
        kind: table.sample(fraction=1, shuffle=True, seed=chance.randint(0, 999))
        for kind, table in rows.items()
    }
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        assert people(rows, Path(one)).equals(people(mixed, Path(other)))


@settings(max_examples=7, deadline=None)
@given(county, st.lists(resident, min_size=1, max_size=3))
def test_register_people_keep_their_pseudonym_when_others_join(made: Any, more: Any) -> None:
    residents, bills = made
    with TemporaryDirectory() as state:
        before = people(rows_of(made), Path(state)).filter(pl.col("kind") == "demographics")
        after = people(rows_of(([*residents, *more], bills)), Path(state)).filter(
            pl.col("kind") == "demographics"
        )
    assert after.head(before.height).equals(before)
