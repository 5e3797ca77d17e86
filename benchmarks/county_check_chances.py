"""Are the true and the oracle's chances honest, and does the oracle lie between age alone and the truth?"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from county_check_county import DAYS_A_YEAR, County
from county_check_fits import aucs, calibration_slope
from county_check_lines import Estimate, Line, at_least, exactly, stated, too_few, within

PART = "chances"
EVENTS_NEEDED = 30
PUBLISHED_AUC = (0.68, 0.85)  # the range of published models of these outcomes, per the last section
OUTCOMES = (
    "care_home_admission",
    "carer_breakdown",
    "emergency_admission",
    "fall_admission",
    "long_term_community_start",
)
HORIZONS = (182, 365, 730)
WINTER_OUTCOMES = ("emergency_admission", "fall_admission")


def check(county: County) -> Iterator[Line]:
    """All lines of this part."""
    table = county.truth("chances")
    yield from shape(county, table)
    yield from windows(county, table)
    over = settled(county)
    for outcome in OUTCOMES:
        for age_group in ("65+", "18-64"):
            for horizon in HORIZONS:
                rows = over.filter(
                    pl.col("outcome") == outcome,
                    pl.col("age_group") == age_group,
                    pl.col("horizon_days") == horizon,
                )
                unforeseen = county.world["winter"] is not None and outcome in WINTER_OUTCOMES
                yield from judged(rows, f"{outcome}, {age_group}, {horizon} days", unforeseen)


def settled(county: County) -> pl.DataFrame:
    """Eligible people whose window is over, with their age on the day."""
    people = county.truth("people").select("person", "born")
    over = county.truth("chances").filter("eligible", pl.col("happened").is_not_null())
    days = (pl.col("as_of") - pl.col("born")).dt.total_days()
    return over.join(people, on="person").with_columns(age=days / DAYS_A_YEAR)


def shape(county: County, table: pl.DataFrame) -> Iterator[Line]:
    """Every adult resident, each outcome and horizon once; chances are chances and grow with the horizon."""
    keys = ["person", "as_of", "outcome", "horizon_days"]
    yield exactly(PART, "rows of chances that stand twice", 0, table.height - table.select(keys).n_unique())
    for column in ("true_chance", "oracle_chance"):
        bad = table.filter(~pl.col(column).is_between(0, 1) | pl.col(column).is_null()).height
        yield exactly(PART, f"{column} outside 0 to 1, or missing", 0, bad)
        grows = table.sort("horizon_days").group_by(keys[:3]).agg(pl.col(column).diff().min().alias("step"))
        yield exactly(
            PART, f"{column} that falls with the horizon", 0, grows.filter(pl.col("step") < -1e-5).height
        )
    said = table.select("person", "as_of", "age_group").unique()
    people = county.truth("people").select("person", "born", "died", "left", "arrived")
    said = said.join(people, on="person")
    of_age = (pl.col("born").dt.offset_by("65y") <= pl.col("as_of")) == (pl.col("age_group") == "65+")
    yield exactly(PART, "age groups that the birth date contradicts", 0, said.filter(~of_age).height)
    gone = pl.min_horizontal("died", "left") < pl.col("as_of")
    yield exactly(PART, "people given chances after they died or left", 0, said.filter(gone).height)
    yield exactly(PART, "adult residents without chances", 0, _left_out(county, said))


def _left_out(county: County, said: pl.DataFrame) -> int:
    """Adults in the half-yearly states of an as-of day whom chances.parquet does not know."""
    states = county.states.filter(pl.col("day").is_in(said["as_of"].unique().implode()))
    adult = pl.col("born").dt.offset_by("18y") <= pl.col("day")
    return (
        states.filter(adult)
        .join(said, left_on=["day", "person"], right_on=["as_of", "person"], how="anti")
        .height
    )


def windows(county: County, table: pl.DataFrame) -> Iterator[Line]:
    """`happened` and `eligible`, worked out again from outcomes.parquet and the states."""
    end = pl.lit(county.world["end"]).str.to_date()
    until = pl.col("as_of") + pl.duration(days=pl.col("horizon_days").cast(pl.Int64))
    rows = table.with_columns(until=until)
    open_window = rows.filter((pl.col("until") > end.dt.offset_by("1d")) != pl.col("happened").is_null())
    yield exactly(PART, "windows wrongly held open or over", 0, open_window.height)
    days = county.truth("outcomes").rename({"day": "then"})
    seen = rows.join(days, on=["person", "outcome"])
    seen = seen.filter(pl.col("then") >= pl.col("as_of"), pl.col("then") < pl.col("until"))
    keys = ["person", "as_of", "outcome", "horizon_days"]
    seen = seen.select(keys).unique().with_columns(again=pl.lit(value=True))
    rows = rows.join(seen, on=keys, how="left").with_columns(pl.col("again").fill_null(value=False))
    wrong = rows.filter("eligible", pl.col("happened").is_not_null(), pl.col("happened") != pl.col("again"))
    yield exactly(PART, "`happened` that outcomes.parquet contradicts", 0, wrong.height)
    states = county.truth("hazards").select(pl.col("day").alias("as_of"), "person", "in_care_home", "support")
    rows = rows.join(states, on=["as_of", "person"])
    may = (
        pl.when(pl.col("outcome") == "care_home_admission")
        .then(~pl.col("in_care_home"))
        .when(pl.col("outcome") == "long_term_community_start")
        .then(pl.col("support") == 0)
        .when(pl.col("outcome") == "carer_breakdown")
        .then(pl.col("eligible"))
        .otherwise(statement=True)
    )
    yield exactly(
        PART, "`eligible` that the state contradicts", 0, rows.filter(pl.col("eligible") != may).height
    )


def judged(rows: pl.DataFrame, name: str, unforeseen: bool) -> Iterator[Line]:
    """Sums, slopes, the likeliest fifth and areas under the curve of one outcome, age group and horizon.

    `unforeseen`: a hard winter lies ahead that the truth knows and the oracle may not: more happens than it says.
    """
    happened = rows["happened"].cast(pl.Float64).to_numpy()
    events = happened.sum()
    if min(events, len(happened) - events) < EVENTS_NEEDED:
        yield too_few(PART, f"{name}: events", events)
        return
    for column in ("true_chance", "oracle_chance"):
        chance = rows[column].cast(pl.Float64).to_numpy()
        for label, chosen in (("", np.ones(len(chance), bool)), (", likeliest fifth", _fifth(chance))):
            told, seen = chance[chosen].sum(), happened[chosen].sum()
            spread = np.sqrt((chance[chosen] * (1 - chance[chosen])).sum())
            found = Estimate(seen / told, 1.1 * spread / told)  # households make it a little wider
            what = f"{name}: happened over {column}{label}"
            blind = unforeseen and column == "oracle_chance"
            yield at_least(PART, what, 1.0, found) if blind else stated(PART, what, 1.0, found, 0.03)
        slope = calibration_slope(happened, chance, rows["person"])
        yield stated(PART, f"{name}: calibration slope of {column}", 1.0, slope, 0.07)
    yield from areas_under(rows, happened, name)


def _fifth(chance: np.ndarray) -> np.ndarray:
    return chance >= np.quantile(chance, 0.8)


def areas_under(rows: pl.DataFrame, happened: np.ndarray, name: str) -> Iterator[Line]:
    """AUC of age alone, the oracle and the truth; the oracle must lie between."""
    scores = rows.select(pl.col("age", "oracle_chance", "true_chance").cast(pl.Float64)).to_numpy()
    area, covariance = aucs(happened, scores, rows["person"])
    error = np.sqrt(np.diag(covariance))
    oracle = Estimate(float(area[1]), float(error[1]))
    older = "65+" in name and "365" in name
    yield within(PART, f"{name}: AUC of the oracle", *(PUBLISHED_AUC if older else (0.5, 0.95)), oracle)
    yield within(
        PART, f"{name}: AUC of the true chance", 0.5, 0.95, Estimate(float(area[2]), float(error[2]))
    )
    for over, under, label in (
        (1, 0, "the oracle's less that of age alone"),
        (2, 1, "the truth's less the oracle's"),
    ):
        variance = covariance[over, over] + covariance[under, under] - 2 * covariance[over, under]
        gap = Estimate(float(area[over] - area[under]), float(np.sqrt(max(variance, 0))))
        yield at_least(PART, f"{name}: AUC, {label}", 0.0, gap)
