"""Claims about `forebridge places` and `forebridge backtest`: what a finished run found, and would have said."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from county import AS_OF, Finished, forebridge

pytestmark = pytest.mark.xdist_group("whole_run")


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    kept_out = shutil.ignore_patterns("mlflow*", "release", "plans", "scores", "features")
    shutil.copytree(finished.out, out, symlinks=True, ignore=kept_out)
    return out


def test_places_tells_what_the_run_found(finished: Finished) -> None:
    done = forebridge("places", "--out", finished.out, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["as_of"], said["invented"]) == (AS_OF, True)
    hotspots = pl.read_parquet(finished.month / "places" / "hotspots.parquet")
    assert {row["measure"] for row in said["hotspots"]} == {"need", "hours", "hidden_need"}
    assert sum(row["hot"] for row in said["hotspots"]) == hotspots.filter(pl.col("class") == "hot").height
    ahead = [r for r in said["months_ahead"] if r["measure"] == "hours"]
    assert [r["months_ahead"] for r in ahead] == [1, 3, 6, 12, 24]
    assert all(r["p10"] <= r["mean"] <= r["p90"] for r in ahead)
    shown = forebridge("places", "--out", finished.out)
    assert "invented data" in shown.stdout


def test_places_without_a_run_says_so(tmp_path: Path) -> None:
    done = forebridge("places", "--out", tmp_path)
    assert done.returncode == 7
    assert "No run has ended here yet" in done.stdout + done.stderr
    assert forebridge("backtest", "--out", tmp_path).returncode == 7


def test_the_months_ahead_add_up_at_every_level(finished: Finished) -> None:
    forecast = pl.read_parquet(finished.month / "places" / "forecast.parquet")
    sums = forecast.group_by("geography", "measure", "age_group", "month").agg(pl.col("mean").sum())
    spread = sums.group_by("measure", "age_group", "month").agg(
        (pl.col("mean").max() - pl.col("mean").min()).alias("gap")
    )
    assert spread["gap"].max() == pytest.approx(0, abs=1e-3)
    county = forecast.filter(geography="county", measure="hours")
    ages = county.group_by("month", pl.col("age_group") == "18+").agg(pl.col("mean").sum()).sort("month")
    by_both = ages.partition_by("age_group")
    assert by_both[0]["mean"].to_list() == pytest.approx(by_both[1]["mean"].to_list(), abs=1e-3)


def test_the_first_month_ahead_is_near_the_last_on_record(finished: Finished) -> None:
    months = pl.read_parquet(finished.month / "places" / "months.parquet").drop_nulls("area_code")
    last = months.filter(pl.col("month") == pl.col("month").max())["hours"].sum()
    forecast = pl.read_parquet(finished.month / "places" / "forecast.parquet")
    first = forecast.filter(geography="county", measure="hours", age_group="18+").sort("month")["mean"][0]
    assert first == pytest.approx(last, rel=0.15)


def test_a_backtest_forecasts_again_with_what_was_known_and_stands_beside_its_rivals(
    finished: Finished, copied: Path
) -> None:
    done = forebridge("backtest", "--out", copied, "--settings", finished.settings, "--quarters", 2, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said == json.loads((copied / "state" / "backtest.json").read_text(encoding="utf-8"))
    county = {r["method"] for r in said["summary"] if r["geography"] == "county"}
    assert {"flow", "last_value", "prevalence", "seasonal_naive", "ets", "arima"} <= county
    table = pl.read_parquet(said["table"])
    assert table.filter(pl.col("month") < pl.col("origin").dt.truncate("1mo")).is_empty()
    ours = table.filter(method="flow")
    areas = (
        ours.filter(geography="lsoa")
        .group_by("origin", "months_ahead")
        .agg(pl.col("forecast", "actual").sum())
    )
    joined = areas.join(ours.filter(geography="county"), on=["origin", "months_ahead"])
    assert joined["forecast"].to_list() == pytest.approx(joined["forecast_right"].to_list())
    assert joined["actual"].to_list() == pytest.approx(joined["actual_right"].to_list())
    assert not (copied / ".work" / "backtest").exists()
