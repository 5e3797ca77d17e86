"""Are the effects that `world.json` states in the lives? From the true monthly chances, and from what happened."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from county_check_county import County
from county_check_fits import least_squares, log_hazard, poisson
from county_check_lines import Estimate, Line, stated, too_few, within

PART = "effects"
# column of hazards.parquet: its name among the effects of world.json
HAZARDS = {
    "emergency_admission": "emergency",
    "fall_admission": "fall",
    "death": "death",
    "long_term_at_home": "long_term_at_home",
    "care_home_move": "care_home_move",
    "other_request": "other_request",
}
CIRCUMSTANCES = ("alone", "cold_home")
# What docs/reference/simulator.md says of the default world: the only sizes it gives.
DOCUMENTED = {"emergency_admission": {"alone": 0.20, "cold_home": 0.22}}
KNOWN = (
    "age",
    "frailty_z",
    "dementia",
    "carer_strain",
    "deprivation",
    "area_effect",
    "discharged_0_1",
    "discharged_1_2",
    "discharged_2_3",
    "discharged_3_6",
    "fell_lately",
    "heart_or_lung",
    "bone_or_balance",
    "bereaved",
    "sheltered",
    "planted",
    "support_pending",
    "supported",
)
EVENTS = {  # outcome: the column of hazards.parquet that leads to it
    "emergency_admission": "emergency_admission",
    "fall_admission": "fall_admission",
    "death": "death",
    "long_term_community_start": "long_term_at_home",
}
HALF_YEAR_DAYS = QUIET_DAYS = 182
EVENTS_NEEDED = 30
SHARE_OF_DEATHS_IN_HOSPITAL = 0.434  # rates.md 6, place of death: OHID 2022


def check(county: County, against: County | None = None) -> Iterator[Line]:
    """All lines of this part."""
    yield from from_chances(county)
    if against is not None and against.world["seed"] == county.world["seed"]:
        yield from beside(county, against)
    yield from from_events(county)
    yield from months(county)


def at_home_older(county: County) -> pl.DataFrame:
    """States of people of 65 and over who live in a dwelling of the county."""
    rows = county.states.filter(pl.col("age") >= 65, ~pl.col("in_care_home"))
    return rows.filter(pl.col("deprivation").is_not_null()).with_columns(supported=pl.col("support") > 0)


def fitted(county: County, hazard: str) -> dict[str, Estimate]:
    """What each circumstance does to the log of one true monthly hazard, people alike in age, sex and season, of
    whom none was admitted in the half-year before: how long ago a discharge was is known only roughly from
    outside, acts strongly, and goes with frailty. (So does luck, which nobody sees: frailty's own coefficient
    stays a little high where luck acts.)"""
    rows = at_home_older(county).filter(pl.col(hazard) > 0, pl.col("admitted_days") > QUIET_DAYS)
    return least_squares(rows, log_hazard(rows[hazard]), [*KNOWN, *CIRCUMSTANCES], ["band", "female", "day"])


def from_chances(county: County) -> Iterator[Line]:
    """Living alone and cold homes, then frailty and an area's level, in the log of each true monthly hazard.
    Bereavement, discharges and conditions are known only roughly from outside: hence the tolerances."""
    for hazard, name in HAZARDS.items():
        sizes, found = county.world["effects_log_hazard_ratio"][name], fitted(county, hazard)
        for what in CIRCUMSTANCES:
            planted = sizes[what]
            usual = DOCUMENTED.get(hazard, {}).get(what)
            otherwise = 0.0 if planted else usual if county.world["world"] == "placebo" else None
            label = f"log hazard ratio of {what} on {hazard}, true monthly chances"
            yield stated(PART, label, planted, found[what], 0.03, otherwise)
        label = f"log hazard ratio of frailty (1 sd) on {hazard}, true monthly chances"
        yield stated(PART, label, sizes["frailty"], found["frailty_z"], 0.05)
        label = f"log hazard ratio of an area's level (1 sd) on {hazard}, true monthly chances"
        yield stated(PART, label, sizes["area"], found["area_effect"], 0.01)
        label = f"log hazard ratio of deprivation (1 sd) on {hazard}, as a part of what is stated"
        if sizes["deprivation"]:
            slope = found["deprivation"]
            part = Estimate(slope.value / sizes["deprivation"], slope.error / sizes["deprivation"])
            yield within(PART, label, 0.5, 1.2, part)
        else:
            yield stated(PART, label, 0.0, found["deprivation"], 0.015)


def beside(county: County, against: County) -> Iterator[Line]:
    """The same people in two worlds of one seed: what differs between the coefficients is what was planted."""
    for hazard, name in HAZARDS.items():
        one, other = fitted(county, hazard), fitted(against, hazard)
        for what in CIRCUMSTANCES:
            planted, there = (c.world["effects_log_hazard_ratio"][name][what] for c in (county, against))
            gap = planted - there
            # The same luck stands in both, so the errors of the two largely cancel: a third is generous.
            error = max(one[what].error, other[what].error) / 3
            found = Estimate(one[what].value - other[what].value, error)
            label = f"{what} on {hazard}: this world's coefficient less {against.world['world']}'s"
            yield stated(PART, label, gap, found, 0.03, 0.0 if gap else None)


def from_events(county: County) -> Iterator[Line]:
    """The same from what came to pass: the first event within 182 days of each state, Poisson with the time at
    risk. Luck wears off as the lucky stay behind, hence the tolerance."""
    for outcome, hazard in EVENTS.items():
        rows = first_events(county, outcome, hazard)
        events = rows["event"].sum()
        if events < EVENTS_NEEDED:
            yield too_few(PART, f"{outcome}: first events within 182 days, 65+ at home", events)
            continue
        found = poisson(rows, "event", "exposure", ["age_squared", "female", *KNOWN, *CIRCUMSTANCES])
        sizes = county.world["effects_log_hazard_ratio"][HAZARDS[hazard]]
        for what in CIRCUMSTANCES:
            planted = sizes[what]
            usual = DOCUMENTED.get(hazard, {}).get(what)
            otherwise = 0.0 if planted else usual if county.world["world"] == "placebo" else None
            label = f"log rate ratio of {what} on {outcome}, {events:,} events"
            yield stated(PART, label, planted, found[what], 0.05 + 0.1 * abs(planted), otherwise)


def first_events(county: County, outcome: str, hazard: str) -> pl.DataFrame:
    """States of 65+ at home whose half-year is over, with `event` and `exposure` in half-years."""
    last = np.datetime64(county.world["end"]) - np.timedelta64(HALF_YEAR_DAYS, "D")
    rows = at_home_older(county).filter(pl.col("day") <= pl.lit(last), pl.col(hazard) > 0)
    then = county.truth("outcomes").filter(pl.col("outcome") == outcome)
    then = then.select("person", pl.col("day").alias("then")).sort("then")
    rows = rows.sort("day").join_asof(
        then, left_on="day", right_on="then", by="person", strategy="forward", check_sortedness=False
    )
    gone = (pl.min_horizontal("died", "left") - pl.col("day")).dt.total_days().fill_null(9_999)
    days = (pl.col("then") - pl.col("day")).dt.total_days().fill_null(9_999)
    at_risk = pl.min_horizontal(days, gone, pl.lit(HALF_YEAR_DAYS)).clip(1)
    return rows.with_columns(
        event=days < HALF_YEAR_DAYS,
        exposure=at_risk / HALF_YEAR_DAYS,
        age=(pl.col("age") - 78) / 10,
        age_squared=((pl.col("age") - 78) / 10) ** 2,
    )


def months(county: County) -> Iterator[Line]:
    """What came to pass in the month that begins on each day, over the sum of the true chances of that month.
    Somebody who dies in hospital has an admission besides, which no monthly chance counts."""
    end = pl.lit(county.world["end"]).str.to_date()
    rows = county.states.with_columns(after=pl.col("day").dt.offset_by("1mo")).filter(pl.col("after") <= end)
    deaths = rows["death"].sum() * SHARE_OF_DEATHS_IN_HOSPITAL
    for outcome in ("death", "emergency_admission", "fall_admission"):
        rows_here = _with_events(county, rows, outcome)
        for group, chosen in _groups(outcome):
            part = rows_here.filter(chosen)
            told, seen = part[outcome].sum(), part["event"].sum()
            label = f"{outcome} in the month{group}: happened over the sum of true chances"
            if told < EVENTS_NEEDED:
                yield too_few(PART, label, seen)
                continue
            besides = deaths / told if outcome == "emergency_admission" else 0.0
            # Of chances as they are told, not of the events: a group with few is not held the less for it.
            found = Estimate(seen / told, 1 / np.sqrt(told))
            yield within(PART, label, 0.97, 1.03 + besides, found)


def _groups(outcome: str) -> list[tuple[str, pl.Expr]]:
    everybody = [("", pl.lit(value=True))]
    if outcome != "fall_admission":
        return everybody
    likely = pl.col("emergency_admission") > 0.2
    return [*everybody, (", people likely to be admitted (over 0.2)", likely)]


def _with_events(county: County, rows: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """`event`: whether the outcome came to pass within the month."""
    then = county.truth("outcomes").filter(pl.col("outcome") == outcome).select("person", then="day")
    seen = rows.select("day", "after", "person").join(then, on="person")
    seen = seen.filter(pl.col("then") >= pl.col("day"), pl.col("then") < pl.col("after"))
    seen = seen.select("day", "person").unique().with_columns(event=pl.lit(value=True))
    return rows.join(seen, on=["day", "person"], how="left").with_columns(
        pl.col("event").fill_null(value=False)
    )
