"""Claims about the simulator's parts: names, time, log, geography, households, addresses."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from shared import shared_folder

from configs.errors import SettingsError
from simulator import rates
from simulator.geography import AGE_BANDS, invented_county
from simulator.housing import build_dwellings, points_inside
from simulator.log import Log
from simulator.names import nhs_numbers
from simulator.place import read_place
from simulator.population import compose, draw_heads, head_shares
from simulator.timeline import Timeline, add_months, as_date, day_number
from simulator.written import slips


def _check_digit_holds(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(number[9])


def test_nhs_numbers_are_different_test_numbers_with_a_valid_check_digit() -> None:
    numbers = nhs_numbers(5000, np.random.default_rng(3))
    assert len(set(numbers)) == 5000
    assert all(n.startswith("999") and len(n) == 10 and _check_digit_holds(n) for n in numbers)


def test_more_people_than_test_nhs_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="test range"):
        nhs_numbers(1_000_000, np.random.default_rng(3))


def test_a_log_keeps_its_rows_while_it_grows() -> None:
    log = Log(day="i4", name="O")
    for k in range(200):
        rows = log.add(3, day=np.arange(3) + k, name=f"n{k}")
        assert list(rows) == [3 * k, 3 * k + 1, 3 * k + 2]
    assert log["day"][3 * 150 + 2] == 152
    assert log["name"][3 * 150] == "n150"


def test_months_end_on_the_last_day_where_a_month_is_short() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 9, 30), -7) == date(2026, 2, 28)


def test_the_last_boundary_of_the_months_is_the_day_after_the_end() -> None:
    timeline = Timeline(day_number(date(2026, 9, 30)), 6)
    assert as_date(timeline.month_starts[-1]) == date(2026, 10, 1)
    assert timeline.first_date == date(2020, 10, 1)
    assert as_date(timeline.every(3, back_from=timeline.last_day)[-2]) == date(2026, 6, 30)


def test_the_invented_county_is_one_piece_of_sixty_areas_that_do_not_overlap() -> None:
    county = invented_county()
    whole = shapely.union_all(county.shapes)
    assert len(set(county.codes)) == 60
    assert whole.geom_type == "Polygon"
    assert shapely.area(county.shapes).sum() == pytest.approx(whole.area, rel=1e-4)
    assert all(code.startswith("E01999") for code in county.codes)


def test_the_invented_county_has_old_and_young_poor_and_rich_areas() -> None:
    county = invented_county()
    older = county.ages[:, 13:].sum(1) / county.ages.sum(1)
    assert older.max() > 1.5 * older.min()
    assert county.imd_score.max() > 3 * county.imd_score.min()
    assert 0.1 < county.rural.mean() < 0.6


def test_points_drawn_in_an_area_lie_in_it() -> None:
    county = invented_county()
    area = np.repeat(np.arange(60), 20)
    at = points_inside(county, area, np.random.default_rng(1), gather=0.6)
    assert shapely.contains_xy(county.shapes[area], at[:, 0], at[:, 1]).all()


def test_every_dwelling_stands_in_its_area_under_a_uprn_and_address_of_its_own() -> None:
    county = invented_county()
    streets, homes = build_dwellings(county, 2000, np.random.default_rng(5))
    assert shapely.intersects_xy(county.shapes[homes.area], homes.easting, homes.northing).mean() > 0.999
    assert len(set(homes.uprn) | set(homes.block_uprn)) == 2 * len(homes.uprn)
    addresses = list(zip(homes.street, homes.number, homes.flat, strict=True))
    assert len(set(addresses)) == len(addresses)
    assert (streets.area[homes.street] == homes.area).all()


def test_no_dwelling_bears_a_postcode_area_in_use() -> None:
    streets, _ = build_dwellings(invented_county(), 1000, np.random.default_rng(5))
    assert all(code.startswith("FG") for code in streets.postcode)


def test_social_rent_and_empty_homes_are_about_as_common_as_published() -> None:
    _, homes = build_dwellings(invented_county(), 8000, np.random.default_rng(5))
    assert (homes.tenure == 3).mean() == pytest.approx(0.16, abs=0.03)
    assert len(homes.area) == pytest.approx(8000 / (1 - rates.EMPTY_SHARE), abs=2)


def test_households_keep_each_areas_share_of_older_people() -> None:
    county, rng = invented_county(), np.random.default_rng(2)
    shares = head_shares(county.ages, rng)
    for area in (0, 30, 59):
        people = compose(draw_heads(np.repeat(shares[[area]], 3000, axis=0), rng), rng)
        wanted = county.ages[area, 13:].sum() / county.ages[area].sum()
        assert (people.age >= 65).mean() == pytest.approx(wanted, abs=0.035)


def test_partners_point_at_each_other_and_children_are_younger_than_their_parents() -> None:
    rng = np.random.default_rng(4)
    people = compose(rng.uniform(20, 90, 3000), rng)
    paired = np.flatnonzero(people.partner >= 0)
    assert (people.partner[people.partner[paired]] == paired).all()
    head_age = people.age[:3000]
    child = people.role == 2
    assert (people.age[child] <= head_age[people.household[child]] - 15).all()


def test_slips_touch_about_the_share_asked_for_and_keep_the_letters() -> None:
    names = np.array(["Pritchard"] * 4000, dtype=object)
    slipped = slips(names, np.random.default_rng(1), 0.1)
    changed = slipped != names
    assert changed.mean() == pytest.approx(0.1, abs=0.03)
    assert all(sorted(a) == sorted("Pritchard") for a in slipped[changed])


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No file of the place"):
        read_place(tmp_path / "nowhere")


def test_a_place_without_boundaries_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x_population.csv").write_text("lsoa21cd,0-4\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="no area boundaries"):
        read_place(tmp_path)


def _square_place(folder: Path, population: str) -> Path:
    square = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"LSOA21CD":"E01999901",'
        '"LSOA21NM":"Square 001A"},"geometry":{"type":"Polygon","coordinates":'
        "[[[-2.7,52.6],[-2.7,52.61],[-2.69,52.61],[-2.69,52.6],[-2.7,52.6]]]}}]}"
    )
    (folder / "square_lsoa21.geojson").write_text(square, encoding="utf-8")
    (folder / "square_population.csv").write_text(population, encoding="utf-8")
    return folder / "square"


_BANDS = ",".join(f"{a}-{a + 4}" if a < 90 else "90+" for a in AGE_BANDS)


def test_a_place_whose_codes_do_not_meet_is_refused(tmp_path: Path) -> None:
    place = _square_place(tmp_path, f"lsoa21_code,{_BANDS}\nE01000001,{','.join(['5'] * 19)}\n")
    with pytest.raises(SettingsError, match="no area code in common"):
        read_place(place)


def test_a_place_needs_only_boundaries_and_population(tmp_path: Path) -> None:
    county = read_place(_square_place(tmp_path, f"lsoa21_code,{_BANDS}\nE01999901,{','.join(['5'] * 19)}\n"))
    assert list(county.codes) == ["E01999901"]
    assert county.ages.sum() == 95
    assert county.tenure.sum() == pytest.approx(1)


def test_a_population_short_of_a_band_is_refused_naming_it(tmp_path: Path) -> None:
    columns = _BANDS.replace(",85-89", "")
    place = _square_place(tmp_path, f"lsoa21_code,{columns}\nE01999901,{','.join(['5'] * 18)}\n")
    with pytest.raises(SettingsError) as problem:
        read_place(place)
    assert problem.value.details == ["no column counts all ages 85 to 89"]


def test_a_real_place_gives_its_own_ages_deprivation_and_tenure() -> None:
    county = read_place(shared_folder("opendata") / "shropshire")
    assert len(county.codes) == 198
    assert county.lad_codes == ("E06000051",)
    first = int(np.flatnonzero(county.codes == "E01028826")[0])
    assert county.ages[first, 0] == 74
    assert county.imd_score[first] == pytest.approx(16.048)
    assert county.tenure[first, 3] == pytest.approx((41 + 80) / 789, abs=0.01)
