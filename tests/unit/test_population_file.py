"""Claims about the population file of a place: the ages come out whichever way they are cut."""

import numpy as np
import polars as pl
import pytest

from simulator.geography import AGE_BANDS
from simulator.population_file import ages_of, five_year_bands


@pytest.mark.parametrize(
    ("column", "ages"),
    [
        ("0-4", (0, 4)),
        ("90+", (90, 120)),
        ("Age: Aged 4 years and under", (0, 4)),
        ("Age: Aged 5 to 9 years", (5, 9)),
        ("Aged 85 years and over", (85, 120)),
        ("37", (37, 37)),
        ("F37", (37, 37)),
        ("lsoa21cd", None),
        ("Total", None),
        ("LAD 2023 Name", None),
    ],
)
def test_a_columns_ages_are_read_from_its_name(column: str, ages: tuple[int, int] | None) -> None:
    assert ages_of(column) == ages


def test_single_years_of_two_sexes_and_five_year_bands_say_the_same() -> None:
    years = [str(age) for age in range(90)] + ["90"]
    apart = {f"{sex}{age}": [1.0] for sex in "FM" for age in years[:-1]} | {"F90+": [3.0], "M90+": [4.0]}
    bands = {f"{a}-{a + 4}" if a < 90 else "90+": [10.0 if a < 90 else 7.0] for a in AGE_BANDS}
    found, wanted = five_year_bands(pl.DataFrame(apart)), five_year_bands(pl.DataFrame(bands))
    assert found is not None
    assert wanted is not None
    np.testing.assert_allclose(found, wanted)


def test_a_wide_last_band_is_split_and_nobody_is_lost() -> None:
    columns = {f"{a}-{a + 4}": [100.0] for a in AGE_BANDS if a < 85} | {"85+": [80.0]}
    found = five_year_bands(pl.DataFrame(columns))
    assert found is not None
    assert found.sum() == pytest.approx(1780.0)
    assert 20 < found[0, -1] < found[0, -2] < 60


def test_a_total_beside_the_ages_is_not_counted() -> None:
    columns = {f"{a}-{a + 4}" if a < 90 else "90+": [1.0] for a in AGE_BANDS}
    found = five_year_bands(pl.DataFrame({"Total": [19.0], "0+": [19.0], **columns}))
    assert found is not None
    assert found.sum() == pytest.approx(19.0)


def test_ages_left_out_are_not_made_up() -> None:
    assert five_year_bands(pl.DataFrame({"0-4": [1.0], "10-14": [2.0], "15+": [3.0]})) is None
    assert five_year_bands(pl.DataFrame({"people": [1.0]})) is None
