"""Base rates counted from the landed files alone, against published figures and against the truth."""

from collections.abc import Iterator
from datetime import date, timedelta

import county_check_landed as landed
import numpy as np
import polars as pl
from county_check_county import DAYS_A_YEAR, County
from county_check_lines import Estimate, Line, rate, share, stated, within

PART = "rates"
# All figures: ../shared/reference/rates.md, by section. Tolerances are wide on purpose: a county is no England.
EMERGENCIES = {(65, 74): 160, (75, 84): 290, (85, 120): 510}  # per 1,000; 4, NHS England 2022-23
FALLS = {(65, 79): 930, (80, 120): 4850}  # per 100,000; 4, Fingertips 2022/23
HIP_FRACTURES = {(65, 79): 235, (80, 120): 1500}  # per 100,000; 4, Fingertips 2022/23
ATTENDANCES = {(65, 74): 340, (75, 84): 530, (85, 120): 810}  # per 1,000; 4, NHS England 2022-23
STAYS = {(65, 74): 7.0, (75, 84): 9.0, (85, 120): 10.5}  # days; 4, NHS England 2022-23
CARE_HOME = {(65, 74): 0.006, (75, 84): 0.023, (85, 89): 0.075, (90, 120): 0.18}  # 3, Census 2021
QX_AGES = (65, 75, 85, 90)  # 6, ONS national life tables about 2020-22
QX = {False: (0.0130, 0.0330, 0.101, 0.175), True: (0.0083, 0.0220, 0.077, 0.144)}
PER_PERSON = 2.0  # events come in runs: their spread, over Poisson's, as a variance


def check(county: County) -> Iterator[Line]:
    """All lines of this part."""
    years = landed.person_years(county)
    yield from hospital(county, years)
    yield from deaths(county, years)
    yield from social_care(county, years)
    yield from homes_and_lists(county)
    yield from told_truly(county)


def among(years: pl.DataFrame, low: int, high: int) -> float:
    """Person-years at these ages."""
    return float(years.filter(pl.col("age").is_between(low, high))["years"].sum())


def published(what: str, target: float, tolerance: float, found: Estimate) -> Line:
    """Against a published figure, give or take a share of it."""
    return within(PART, what, target * (1 - tolerance), target * (1 + tolerance), found)


def runs(events: float, exposure: float, per: float) -> Estimate:
    """A rate of events that come in runs."""
    plain = rate(events, exposure, per)
    return Estimate(plain.value, plain.error * np.sqrt(PER_PERSON), log=True)


def hospital(county: County, years: pl.DataFrame) -> Iterator[Line]:
    """Admissions and attendances by age."""
    spells = landed.admissions(county)
    for table, flag, per, tolerance in (
        (EMERGENCIES, "emergency", 1_000, 0.25),
        (FALLS, "fall", 100_000, 0.3),
        (HIP_FRACTURES, "hip_fracture", 100_000, 0.4),
    ):
        for (low, high), target in table.items():
            events = spells.filter(flag, pl.col("age").is_between(low, high)).height
            found = runs(events, among(years, low, high), per)
            yield published(
                f"{flag} admissions per {per:,} aged {low}-{high}, landed", target, tolerance, found
            )
    seen = landed.attendances(county)
    for (low, high), target in ATTENDANCES.items():
        events = seen.filter(pl.col("age").is_between(low, high)).height
        found = runs(events, among(years, low, high), 1_000)
        yield published(f"A&E attendances per 1,000 aged {low}-{high}, landed", target, 0.3, found)
    stays = spells.filter("emergency").with_columns(days=(pl.col("left") - pl.col("day")).dt.total_days())
    for (low, high), target in STAYS.items():
        days = stays.filter(pl.col("age").is_between(low, high))["days"].drop_nulls()
        found = Estimate(float(days.mean() or 0), float((days.std() or 0) / np.sqrt(max(len(days), 1))))
        yield published(f"mean days of an emergency stay aged {low}-{high}, landed", target, 0.35, found)
    yield published("emergency readmission within 30 days, all ages, landed", 0.137, 0.3, readmitted(spells))


def readmitted(spells: pl.DataFrame) -> Estimate:
    """Discharges, day cases apart, followed within 30 days by an emergency admission of the same person."""
    rows = spells.drop_nulls(["key", "left"]).filter(~pl.col("day_case")).with_row_index("spell")
    later = rows.filter("emergency").select("key", then="day", other="spell")
    both = rows.join(later, on="key").filter(pl.col("spell") != pl.col("other"))
    soon = (pl.col("then") - pl.col("left")).dt.total_days().is_between(0, 30)
    return share(both.filter(soon)["spell"].n_unique(), rows.height)


def deaths(county: County, years: pl.DataFrame) -> Iterator[Line]:
    """Deaths on the register over those that the life table leads one to expect at the same ages and sexes."""
    first, after, _ = landed.window(county)
    gone = landed.register(county).drop_nulls("died").unique("nhs_number", maintain_order=True)
    gone = gone.filter(pl.col("died").is_between(first, after, closed="left"))
    age = ((pl.col("died") - pl.col("born")).dt.total_days() / DAYS_A_YEAR).cast(pl.Int32)
    for low, high in ((65, 74), (75, 84), (85, 94)):
        events = gone.filter(age.is_between(low, high)).height
        lived = years.filter(pl.col("age").is_between(low, high))
        due = sum(n * _qx(a, f) for a, f, n in lived.iter_rows())
        label = f"deaths aged {low}-{high} over the life table's, landed"
        yield published(label, 1.0, 0.25, rate(events, due))


def _qx(age: int, female: bool) -> float:
    """Chance of death within a year, the published ages joined by straight lines in the logarithm."""
    steps = np.log(QX[female])
    slope = (steps[-1] - steps[0]) / (QX_AGES[-1] - QX_AGES[0])
    beyond = max(age + 0.5 - QX_AGES[-1], 0) * slope
    return float(np.exp(np.interp(age + 0.5, QX_AGES, steps) + beyond))


def social_care(county: County, years: pl.DataFrame) -> Iterator[Line]:
    """Requests, starts of long-term support, people supported, hours, and who lives in a care home."""
    older, younger = among(years, 65, 120), among(years, 18, 64)
    asked = landed.requests(county)
    old = asked.filter(pl.col("age") >= 65)
    yield published(
        "requests per 100,000 aged 65+ (1), landed", 13_300, 0.35, runs(old.height, older, 100_000)
    )
    young = asked.filter(pl.col("age").is_between(18, 65, closed="left")).height
    yield published("requests per 100,000 aged 18-64 (1), landed", 1_900, 0.4, runs(young, younger, 100_000))
    yield published("requests per person asking, a year (1), landed", 1.46, 0.25, _per_person(asked))
    from_hospital = old.filter(pl.col("route").str.contains("discharge from hospital")).height
    yield published(
        "requests from hospital, share of 65+ (1), landed", 0.24, 0.4, share(from_hospital, old.height)
    )
    began = landed.starts(county, ("community", "residential care", "nursing care")).filter(
        pl.col("age") >= 65
    )
    found = rate(began.height, older, 100_000)
    yield published("new long-term starts per 100,000 aged 65+ (1), landed", 1_200, 0.35, found)
    homes = landed.starts(county, ("residential care", "nursing care")).filter(pl.col("age") >= 65)
    found = rate(homes.height, older, 100_000)
    yield published("council-supported care-home admissions per 100,000 aged 65+ (1)", 575, 0.4, found)
    day = landed.window(county)[1] - timedelta(days=1)
    open_now = landed.services(county, ("community", "residential care", "nursing care"))
    open_now = open_now.filter(pl.col("start") <= day, pl.col("end") > day)
    of_65 = open_now.filter((pl.lit(day) - pl.col("born")).dt.total_days() / DAYS_A_YEAR >= 65)
    now = landed.residents(county, day).filter(pl.col("age") >= 65).height
    found = rate(of_65["who"].n_unique(), now, 100_000)
    yield published("long-term support on the last day per 100,000 aged 65+ (1)", 3_900, 0.4, found)
    yield published("home-care hours a client a week (2), landed", 13.9, 0.25, _hours_a_client(open_now))
    missing = landed.care_events(county).group_by("who").agg(pl.col("nhs_number").is_null().all())
    if county.world["mess"] == 1:
        found = share(missing["nhs_number"].sum(), missing.height)
        yield published("people in care records without NHS number (11), landed", 0.05, 0.5, found)


def _per_person(asked: pl.DataFrame) -> Estimate:
    by = asked.group_by("who", pl.col("start").dt.year()).len()["len"]
    return Estimate(float(by.mean() or 0), float((by.std() or 0) / np.sqrt(max(len(by), 1))))


def _hours_a_client(open_now: pl.DataFrame) -> Estimate:
    """Planned hours of home care on the day, a client's services together."""
    rows = open_now.filter(
        pl.col("component").str.contains("home support"), pl.col("cost_frequency") == "hourly"
    )
    hours = rows.group_by("who").agg(pl.col("units").sum())["units"]
    return Estimate(float(hours.mean() or 0), float((hours.std() or 0) / np.sqrt(max(len(hours), 1))))


def homes_and_lists(county: County) -> Iterator[Line]:
    """Care-home residents, opt-outs, discounts, certificates, tenancies, registers of practices, supply."""
    day = landed.window(county)[1] - timedelta(days=1)
    people = landed.residents(county, day)
    known = people.filter(pl.col("uprn").str.contains(r"^\d{6,12}$"))
    in_home = known.filter(pl.col("uprn").is_in(landed.care_home_uprns(county).implode()))
    for (low, high), target in CARE_HOME.items():
        ages = pl.col("age").cast(pl.Int32).is_between(low, high)
        found = share(in_home.filter(ages).height, known.filter(ages).height)
        yield published(f"in a care home aged {low}-{high} (3), landed", target, 0.5, found)
    listed = county.landed("people/national").select("nhs_number").unique()
    out = people.join(listed, on="nhs_number", how="semi").height
    yield published("opted out of planning and research (11), landed", 0.054, 0.25, share(out, people.height))
    tax = landed.council_tax(county)
    alone = tax.filter(pl.col("discount") == "single_person").height
    yield published(
        "dwellings with a single-adult discount (7), landed", 0.329, 0.2, share(alone, tax.height)
    )
    exempt = tax.filter(pl.col("exemption") != "").height
    yield published("dwellings exempt (7), landed", 0.029, 0.5, share(exempt, tax.height))
    last_list = county.read(county.files("health/gp_flags")[-1]).join(
        landed.register(county).select("nhs_number", "born").unique("nhs_number"), on="nhs_number"
    )
    older = last_list.filter(pl.col("born").dt.offset_by("65y") <= day)
    demented = older.filter(pl.col("dementia") == "1").height
    yield published("recorded dementia 65+ (5), landed", 0.0428, 0.35, share(demented, older.height))
    score = county.landed("housing/epc")["current_energy_efficiency"].cast(pl.Float64, strict=False)
    yield published(
        "median energy score of certificates (8), landed", 68, 0.06, Estimate(float(score.median()))
    )
    tracker = county.read(county.files("supply/capacity_tracker")[-1])
    beds, used = (tracker[c].cast(pl.Float64).sum() for c in ("maxcapacity", "usedbeds"))
    yield published("beds occupied (3), landed", 0.847, 0.12, share(used, beds))
    of_75 = people.filter(pl.col("age") >= 75).height
    # A county has a handful of homes of some thirty beds each: so few decide it.
    found = Estimate(100 * beds / of_75, 100 * beds / of_75 / np.sqrt(max(tracker.height, 1)) / 2)
    yield published("care-home beds per 100 aged 75+ (3), landed", 8.8, 0.3, found)


def told_truly(county: County) -> Iterator[Line]:
    """Landed counts over true ones: no further apart than late recording and the dial of mess explain."""
    dial = county.world["mess"]
    slack = 0.005 + 0.01 * dial
    first, after, _ = landed.window(county)
    spells = landed.admissions(county)
    outcomes = _aged_outcomes(county).filter(pl.col("day").is_between(first, after, closed="left"))
    for flag, outcome in (("emergency", "emergency_admission"), ("fall", "fall_admission")):
        for low, high in ((18, 64), (65, 120)):
            told = spells.filter(flag, pl.col("age").is_between(low, high)).height
            true = outcomes.filter(pl.col("outcome") == outcome, pl.col("age").is_between(low, high)).height
            label = f"{outcome} aged {low}-{high}: landed over true"
            yield within(PART, label, 1 - slack, 1 + slack, _over(told, true))
    gone = landed.register(county).drop_nulls("died").unique("nhs_number")
    told = gone.filter(pl.col("died").is_between(first, after, closed="left")).height
    died = county.truth("people").filter(pl.col("died").is_between(first, after, closed="left"))
    yield within(PART, "deaths: landed over true", 1 - slack - 0.02, 1 + slack, _over(told, died.height))
    began = landed.starts(county, ("community",)).filter(pl.col("age") >= 18)
    true = outcomes.filter(pl.col("outcome") == "long_term_community_start", pl.col("age") >= 18).height
    yield within(
        PART,
        "starts of support at home: landed over true",
        0.9,
        1.02 + 0.03 * dial,
        _over(began.height, true),
    )
    yield from _residents_told(county, dial)
    yield from _homes_told(county, dial)


def _over(told: float, true: float) -> Estimate:
    """The two count the same things, so chance moves their ratio only by the few that differ: one event."""
    return Estimate(told / max(true, 1), 0.5 / max(true, 1))


def _aged_outcomes(county: County) -> pl.DataFrame:
    born = county.truth("people").select("person", "born")
    age = ((pl.col("day") - pl.col("born")).dt.total_days() / DAYS_A_YEAR).cast(pl.Int32)
    return county.truth("outcomes").join(born, on="person").with_columns(age=age)


def _residents_told(county: County, dial: int) -> Iterator[Line]:
    """Residents by the register over true ones, on the last day."""
    day: date = landed.window(county)[1] - timedelta(days=1)
    told = landed.residents(county, day)
    people = county.truth("people").select("person", "born", "died", "left")
    spells = county.truth("residences").filter(
        pl.col("since") <= day, pl.col("until").is_null() | (pl.col("until") > day)
    )
    here = spells.unique("person").join(people, on="person")
    here = here.with_columns(age=(pl.lit(day) - pl.col("born")).dt.total_days() / DAYS_A_YEAR)
    for low, high in ((0, 65), (65, 85), (85, 130)):
        ages = pl.col("age").is_between(low, high, closed="left")
        label = f"residents aged {low}-{high - 1}: landed over true"
        # Some keep their row although they left, and nobody told.
        yield within(
            PART,
            label,
            0.985 - 0.01 * dial,
            1.01 + 0.02 * dial,
            _over(told.filter(ages).height, here.filter(ages).height),
        )
    known = told.filter(pl.col("age") >= 65, pl.col("uprn").str.contains(r"^\d{6,12}$"))
    in_home = known.filter(pl.col("uprn").is_in(landed.care_home_uprns(county).implode())).height
    true = share(
        here.filter("care_home", pl.col("age") >= 65).height, here.filter(pl.col("age") >= 65).height
    )
    found = share(in_home, known.height)
    found = Estimate(found.value - true.value, found.error / 2)
    yield stated(PART, "share of 65+ in a care home: landed less true", 0.0, found, 0.003 + 0.002 * dial)


def _homes_told(county: County, dial: int) -> Iterator[Line]:
    """Discounts over true one-adult homes; home-care hours in care records over true ones."""
    day = date.fromisoformat(county.world["end"])
    born = county.truth("people").select("person", "born")
    here = county.truth("residences").filter(
        ~pl.col("care_home"), pl.col("since") <= day, pl.col("until").is_null() | (pl.col("until") > day)
    )
    adult = pl.col("born").dt.offset_by("18y") <= day
    homes = here.join(born, on="person").group_by("uprn").agg(adults=adult.sum())
    one = homes.filter(pl.col("adults") == 1).height
    tax = landed.council_tax(county)
    told = tax.filter(pl.col("discount") == "single_person").height
    label = "single-adult discounts over true homes of one adult"
    yield within(PART, label, 0.8, 1.1, Estimate(told / max(one, 1), 1 / np.sqrt(max(one, 1)) / 2))
    states = county.truth("hazards")
    last = states.filter(pl.col("day") <= day)["day"].max()
    true = states.filter(pl.col("day") == last)["hours_per_week"].sum()
    rows = landed.services(county, ("community",)).filter(pl.col("start") <= last, pl.col("end") > last)
    rows = rows.filter(pl.col("component").str.contains("home support"), pl.col("cost_frequency") == "hourly")
    label = f"home-care hours a week on {last}: landed over true"
    found = Estimate(float(rows["units"].sum() / max(true, 1)), 0.02)
    yield within(PART, label, 0.95 - 0.02 * dial, 1.05 + 0.04 * dial, found)
