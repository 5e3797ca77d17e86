"""Claims about ranges of chances: wide where little was seen, right where the model was wrong, never absurd."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.need.bands import LEAST, Bands, fit_all_bands, fit_bands, ranges_of

RANDOM = np.random.default_rng(1)


def drawn(people: int, *, off: float = 1.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Chances from rare to likely, and what happened when the truth is `off` times as likely."""
    random = np.random.default_rng(seed)
    chance = random.beta(0.6, 8, people)
    return chance, (random.random(people) < np.minimum(chance * off, 1)).astype(float)


def test_the_range_reaches_what_was_seen_where_the_model_was_wrong() -> None:
    chance, happened = drawn(20_000, off=1.6)
    bands = fit_bands(chance, happened)
    assert bands is not None
    low, high = bands.around(np.array([0.05]))
    assert low[0] == pytest.approx(0.05), "nothing seen says that it is less"
    assert 0.07 < high[0] < 0.1


def test_the_more_was_seen_the_narrower_the_range() -> None:
    widths = []
    for people in (300, 3000, 30_000):
        bands = fit_bands(*drawn(people))
        assert bands is not None
        low, high = bands.around(np.array([0.05]))
        widths.append(high[0] - low[0])
    assert widths[0] > 1.3 * widths[1] > widths[2] * 1.3


def test_the_share_seen_lies_in_the_range_about_as_often_as_it_says() -> None:
    inside = []
    for seed in range(40):
        chance, _ = drawn(8000, seed=seed)
        bent = chance**1.15  # the truth bends away from what the model says
        happened = np.random.default_rng(seed + 500).random(8000) < bent
        bands = fit_bands(chance, happened.astype(float))
        assert bands is not None
        for at in (0.02, 0.1, 0.3):
            near = np.abs(chance - at) < 0.1 * at
            low, high = bands.around(chance[near])
            inside.append(low.mean() <= bent[near].mean() <= high.mean())
    assert np.mean(inside) > 0.85


def test_nothing_expected_gives_no_range_and_no_event_gives_a_lower_end_of_nothing() -> None:
    assert fit_bands(np.zeros(5), np.zeros(5)) is None
    assert fit_bands(np.zeros(0), np.zeros(0)) is None
    bands = fit_bands(np.full(100, 0.01), np.zeros(100))
    assert bands is not None
    low, high = bands.around(np.array([0.01]))
    assert (low[0], high[0]) == (0.0, pytest.approx(0.0369, abs=1e-3))


def test_like_chances_have_like_ranges_however_many_people_share_them() -> None:
    chance = np.repeat([0.01, 0.05, 0.2], [6000, 3000, 1000])
    happened = (RANDOM.random(10_000) < chance).astype(float)
    bands = fit_bands(chance, happened)
    assert bands is not None
    low, high = bands.around(chance)
    assert len(np.unique(low / chance)) <= 3
    assert np.all(low <= chance)
    assert np.all(chance <= high)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.integers(0, 1000),
)
def test_a_chance_always_lies_within_its_range(seen: list[float], asked: list[float], seed: int) -> None:
    chance = np.array(seen)
    happened = (np.random.default_rng(seed).random(len(chance)) < chance).astype(float)
    bands = fit_bands(chance, happened)
    if bands is None:
        assert chance.sum() < LEAST
        return
    low, high = bands.around(np.array(asked))
    assert np.all((low >= 0) & (low <= asked) & (asked <= high) & (high <= 1))
    assert Bands.from_dict(bands.as_dict()) == bands


def test_a_horizon_that_is_not_settled_takes_the_range_of_the_one_before_and_none_falls() -> None:
    chance, happened = drawn(4000)
    chances = np.column_stack([chance, np.minimum(chance * 1.5, 1), np.minimum(chance * 1.6, 1)])
    y = np.column_stack([happened] * 3)
    every, none = np.ones(4000, bool), np.zeros(4000, bool)
    bands = fit_all_bands(chances, y, [every, every, none])
    assert bands[2] == bands[1]
    low, high = ranges_of(bands, chances)
    assert np.all(np.diff(low, axis=1) >= 0)
    assert np.all(np.diff(high, axis=1) >= 0)
    assert fit_all_bands(chances, y, [none, every, every]) == ()
    assert np.isnan(ranges_of((), chances)[0]).all()
