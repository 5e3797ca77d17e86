"""Calibration: what is claimed of the published figures, the measuring, and the bands."""

import ast
import re
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shared import shared_folder

import simulator.calibration
from configs.errors import LandingError, TooFewError
from simulator.calibration import Comparison, calibrate, calibration_page
from simulator.calibration.care import fresh
from simulator.calibration.compare import TARGETS, compare, measure
from simulator.calibration.conditions import hazard_ratio
from simulator.calibration.hospital import readmissions
from simulator.calibration.measured import BANDS, Measured, nothing, quantile, rate, share, standardised
from simulator.calibration.targets import HOW_SURE, Target
from simulator.calibration.written import FAR, Written, as_date, coded
from simulator.simulate import simulate


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("calibration") / "county"
    simulate(households=500, seed=3, years=3, out=out, end=date(2026, 9, 30))
    return out


def published_lines() -> dict[tuple[int, str], list[str]]:
    """Every row of the shared table of published rates, by section and first column."""
    rows: dict[tuple[int, str], list[str]] = {}
    section = 0
    for line in shared_folder("reference", "rates.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"## (\d+)\.", line):
            section = int(found[1])
        elif line.startswith("| ") and section:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            rows.setdefault((section, cells[0]), []).append(line)
    return rows


def ways_to_print(value: float) -> set[str]:
    """How a published table may print a figure."""
    plain = {f"{value:g}", f"{value:,g}", f"{value:,.0f}", f"{value:.4f}", f"{value:.2f}"}
    parts = {f"{value * 100:g}%", f"{value * 100:.1f}%", f"{value * 100:.0f}%", f"community {value * 100:g}"}
    return plain | parts if value <= 1 else plain


def test_every_target_cites_a_line_that_the_published_rates_hold_with_the_same_sureness() -> None:
    lines = published_lines()
    for target in TARGETS:
        if target.line is None:
            continue
        rows = lines.get((target.line.section, target.line.quantity), [])
        assert rows, f"{target.name}: no such line in section {target.line.section}"
        assert any(row.rstrip(" |").endswith(target.line.how_sure) for row in rows), target.name


def test_a_figure_not_marked_as_derived_is_printed_in_its_line() -> None:
    lines = published_lines()
    for target in TARGETS:
        if target.line is None or target.derived or target.value is None:
            continue
        printed = " ".join(lines[target.line.section, target.line.quantity])
        assert any(way in printed for way in ways_to_print(target.value)), f"{target.name}: {target.value}"


def test_every_address_cited_stands_in_the_published_rates() -> None:
    text = shared_folder("reference", "rates.md").read_text(encoding="utf-8")
    for target in TARGETS:
        for address in re.findall(r"https?://\S+", target.source):
            assert address in text, target.name


def test_a_figure_without_a_line_is_called_assumed_and_says_why() -> None:
    for target in TARGETS:
        assert target.how_sure in HOW_SURE
        assert (target.how_sure == "assumed") == (target.line is None)
        assert target.why


def test_more_than_forty_targets_rest_on_a_published_line() -> None:
    assert len({target.line for target in TARGETS if target.line}) >= 40


def test_calibration_imports_nothing_that_lived_the_county() -> None:
    allowed = ("simulator.calibration", "simulator.geography", "simulator.log", "configs.")
    for file in Path(simulator.calibration.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                ours = name.split(".")[0] in ("simulator", "features", "models", "serving", "pipelines")
                assert not ours or name.startswith(allowed), f"{file.name} imports {name}"


def test_everything_measured_has_a_target_and_every_target_is_measured(county: Path) -> None:
    assert set(measure(Written(county))) == {target.name for target in TARGETS}


def test_the_same_folder_gives_the_same_comparisons(county: Path) -> None:
    assert repr(calibrate(county)) == repr(calibrate(county))


def test_a_county_whose_emergency_department_files_lost_their_second_half_falls_outside(
    county: Path, tmp_path: Path
) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(county, spoilt)
    for file in (spoilt / "landing" / "health").glob("ecds_*.csv"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[: 1 + len(lines) // 3]), encoding="utf-8")
    before, after = ({each.name: each for each in calibrate(c)} for c in (county, spoilt))
    assert before["attended_75_84"].within
    assert not after["attended_75_84"].within
    assert after["emergency_75_84"] == before["emergency_75_84"]


def test_figures_about_the_records_are_not_asked_of_a_county_written_without_mess(
    county: Path, tmp_path: Path
) -> None:
    tidy = tmp_path / "tidy"
    shutil.copytree(county, tidy)
    (tidy / "truth" / "world.json").write_text('{"mess": 0}', encoding="utf-8")
    left_out = {e.name for e in calibrate(county)} - {e.name for e in calibrate(tidy)}
    assert left_out == {target.name for target in TARGETS if not target.any_mess}


def test_a_folder_that_no_simulator_wrote_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="not a county"):
        calibrate(tmp_path)


def test_a_county_too_small_to_hold_to_anything_is_refused_by_name(county: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    shutil.copytree(county, small)
    homes = pl.read_parquet(small / "truth" / "residences.parquet")
    homes.filter(pl.col("person") < 60).write_parquet(small / "truth" / "residences.parquet")
    with pytest.raises(TooFewError) as refused:
        calibrate(small, place="Smallshire")
    assert "Smallshire" in refused.value.where


def target(value: float = 100.0, tolerance: float = 0.1) -> Target:
    return Target("one", "Group", "A rate", "per 1,000", value, tolerance, None, "said so")


def exactly(value: float) -> Measured:
    return Measured(value, 10**9, lambda _: 0.0)


@pytest.mark.parametrize(("value", "within"), [(89.9, False), (90.1, True), (109.9, True), (110.1, False)])
def test_without_chance_the_band_is_the_tolerance(value: float, within: bool) -> None:
    assert compare(target(), exactly(value)).within is within


def test_a_small_county_is_held_less_tightly_than_a_large_one() -> None:
    small, large = compare(target(), rate(9, 60, 1000)), compare(target(), rate(9000, 60_000, 1000))
    assert small.low < large.low
    assert large.high < small.high
    assert small.within
    assert not large.within


def test_two_binomial_standard_errors_widen_a_share() -> None:
    found = compare(target(0.2, 0.0), share(30, 100))
    assert found.high == pytest.approx(0.2 + 2 * np.sqrt(0.2 * 0.8 / 100))
    assert not found.within


def test_what_cannot_be_measured_is_outside() -> None:
    assert not compare(target(), nothing()).within


def test_a_county_of_its_own_target_is_held_to_that() -> None:
    own = Measured(0.4, 10**6, lambda _: 0.0, target=0.41)
    found = compare(target(0.2), own)
    assert found.target == 0.41
    assert found.own_target
    assert found.within


def test_counties_of_other_ages_but_the_same_rates_measure_the_same() -> None:
    chance = np.linspace(0.01, 0.4, BANDS)
    young, old = np.linspace(9000, 10, BANDS), np.linspace(10, 9000, BANDS)
    low, high = (standardised(chance * lived, lived, 65, per=1000).value for lived in (young, old))
    assert low == pytest.approx(high)


def test_only_ages_within_the_band_count() -> None:
    lived = np.full(BANDS, 100.0)
    events = np.where(np.arange(BANDS) >= 13, 7.0, 55.0)
    assert standardised(events, lived, 65).value == pytest.approx(0.07)


def test_the_error_of_a_standardised_rate_is_poisson_where_bands_are_alike() -> None:
    lived = np.where(np.arange(BANDS) == 14, 5000.0, 0.0)
    found = standardised(lived * 0.02, lived, 70, 74)
    assert found.error(0.02) == pytest.approx(np.sqrt(0.02 / 5000))


def test_a_quantile_of_a_large_sample_has_a_small_error() -> None:
    many, few = (quantile(pl.Series(np.arange(n) / n), 0.5) for n in (10_000, 100))
    assert many.value == pytest.approx(0.5, abs=0.01)
    assert many.error(0.5) < few.error(0.5) / 5


def test_dates_are_read_as_written_and_sentinels_are_none() -> None:
    read = pl.DataFrame({"day": ["2026-03-04", "04/03/2026", "1800-01-01", "soon", None]}).select(
        as_date("day")
    )
    assert read["day"].to_list() == [date(2026, 3, 4), date(2026, 3, 4), None, None, None]


def test_release_1_words_are_taken_for_ours() -> None:
    landed = pl.DataFrame({"route_of_access": ["Community / Other route", "Discharge from hospital", None]})
    ours = coded(landed, "cld", ["route_of_access"])["route_of_access"].to_list()
    assert ours == ["Community or other route", "Discharge from hospital", None]


def test_a_changed_package_is_no_start_and_a_return_after_91_days_is() -> None:
    services = pl.DataFrame(
        {
            "person": [1, 1, 1, 2],
            "start": [date(2024, 1, 1), date(2024, 6, 1), date(2025, 6, 1), date(2024, 3, 1)],
            "end": [date(2024, 6, 1), date(2025, 1, 1), FAR, FAR],
        }
    )
    starts = fresh(services).select("person", "start").rows()
    assert starts == [(1, date(2024, 1, 1)), (1, date(2025, 6, 1)), (2, date(2024, 3, 1))]


def stay(person: int, admitted: date, discharged: date, **more: object) -> dict[str, object]:
    ordinary = {
        "day_case": False, "died_there": False, "moved_on": False, "emergency": True, "age": 80,
    }  # fmt: skip
    return {"person": person, "admitted": admitted, "discharged": discharged, **ordinary, **more}


def test_a_readmission_counts_to_the_thirtieth_day_and_no_longer() -> None:
    later = date(2024, 12, 1)
    spells = pl.DataFrame(
        [
            stay(1, date(2024, 1, 1), date(2024, 1, 5)),
            stay(1, date(2024, 2, 4), date(2024, 2, 6)),
            stay(2, date(2024, 1, 1), date(2024, 1, 5)),
            stay(2, date(2024, 2, 5), date(2024, 2, 6)),
            stay(3, date(2024, 1, 1), date(2024, 1, 5), died_there=True),
            stay(4, later, later),
        ]
    )
    found = readmissions(spells)["readmitted_all"]
    assert (found.value, found.size) == (0.25, 4)


def test_a_hazard_ratio_compares_like_ages_with_like() -> None:
    """The frail are older here; within each age they die twice as often."""
    parts = []
    for age, fit, frail, chance in ((66, 900, 100, 0.1), (86, 100, 900, 0.4)):
        for category, count, times in (("fit", fit, 1), ("severe", frail, 2)):
            dies = np.arange(count) < count * chance * times
            parts.append(
                pl.DataFrame(
                    {
                        "age": age, "female": True, "day": 0, "category": category, "death": dies,
                        "death_days": np.full(count, 365),
                    }
                )
            )  # fmt: skip
    assert hazard_ratio(pl.concat(parts), "death", "severe").value == pytest.approx(2.0)


def comparison(**more: object) -> Comparison:
    found = compare(target(0.25, 0.1), share(260, 1000))
    return Comparison(**{**found.__dict__, "unit": "share", **more})


def test_the_page_has_a_column_for_each_county_and_prints_what_is_outside_in_bold() -> None:
    page = calibration_page({"Here": [comparison()], "There": [comparison(simulated=0.5, within=False)]})
    row = next(line for line in page.splitlines() if line.startswith("| A rate"))
    assert "| 26.0% (n 1,000) | **50.0%** (n 1,000) |" in row
    header = next(line for line in page.splitlines() if line.startswith("| what"))
    assert "| Here | There |" in header
    assert "- There: 0 of 1 within" in page


def test_the_page_says_a_county_s_own_target_beside_its_value() -> None:
    page = calibration_page({"Here": [comparison(own_target=True)]})
    assert "its own" in page
    assert "26.0% [25.0%]" in page
