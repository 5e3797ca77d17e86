"""Measured of people and their lives: ages, living alone, moves, deaths."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from simulator.calibration.measured import (
    BANDS,
    Measured,
    by_band,
    mean,
    rate,
    ratio,
    share,
    standardised,
)
from simulator.calibration.written import Written, households_of
from simulator.log import Array

OPEN_BAND = 90 // 5
LIFE_TABLE_AGES = (65, 75, 85, 90)
LIFE_TABLE_MEN = (0.0130, 0.0330, 0.101, 0.175)
LIFE_TABLE_WOMEN = (0.0083, 0.0220, 0.077, 0.144)
"""rates.md 6 `qx`: chance of death within the year at these ages."""


def measure_lives(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    people = written.last_residents
    return _ages(people) | _areas(written) | _alone(written) | _moves(written) | _deaths(written)


def _ages(people: pl.DataFrame) -> dict[str, Measured]:
    old, oldest = people.filter(pl.col("age") >= 65), people.filter(pl.col("age") >= 85)
    return {
        "women_65": share(int(old["female"].sum()), len(old)),
        "women_85": share(int(oldest["female"].sum()), len(oldest)),
    }


def _areas(written: Written) -> dict[str, Measured]:
    """The county's and its areas' shares of the old, against those that each area was to have."""
    if not written.truth_has("areas"):
        return {}
    areas = written.truth("areas").collect()
    where = written.landed("uprn_lookup", ["uprn", "lsoa_code"]).select(
        pl.col("uprn").cast(pl.Int64, strict=False), area_code="lsoa_code"
    )
    placed = written.last_residents.join(where.collect(), on="uprn", how="inner")
    found = {}
    for age in (65, 85):
        wanted = f"target_share_{age}_plus"
        if wanted in areas.columns:
            counted = _counted(placed, areas.select("area_code", wanted=wanted), age)
            found[f"share_{age}"], found[f"areas_{age}"] = _whole(counted), _slope(counted)
    return found


def _counted(placed: pl.DataFrame, areas: pl.DataFrame, age: int) -> pl.DataFrame:
    """area_code, wanted (share), people, old: areas where nobody lives are left out."""
    each = placed.group_by("area_code").agg(people=pl.len(), old=(pl.col("age") >= age).sum())
    return areas.join(each, on="area_code", how="inner").sort("area_code")


def _whole(counted: pl.DataFrame) -> Measured:
    people, old = int(counted["people"].sum()), int(counted["old"].sum())
    wanted = float((counted["wanted"] * counted["people"]).sum()) / people
    found = share(old, people)
    return Measured(found.value, found.size, found.error, wanted)


def _slope(counted: pl.DataFrame) -> Measured:
    """How far a difference between areas' wanted shares shows in their people: 1 is wholly, 0 not at all."""
    wanted, people = counted["wanted"].to_numpy(), counted["people"].to_numpy().astype(float)
    apart = people * (wanted - np.average(wanted, weights=people))
    spread = float((apart * wanted).sum())
    slope = float((apart * (counted["old"].to_numpy() / people)).sum()) / spread
    error = float(np.sqrt((apart**2 * wanted * (1 - wanted) / people).sum())) / spread
    return Measured(slope, len(counted), lambda _: error)


def _alone(written: Written) -> dict[str, Measured]:
    homes = written.households
    people = written.last_residents.join(homes.select("uprn", "size"), on="uprn", how="left")
    lone = (pl.col("size") == 1) & ~pl.col("care_home")
    women, men = people.filter("female"), people.filter(~pl.col("female"))
    found = {
        "alone_women_65": _share_at(women, lone, 65),
        "alone_men_65": _share_at(men, lone, 65),
        "alone_women_75": _share_at(women, lone, 75),
        "alone_men_75": _share_at(men, lone, 75),
        "alone_85": _share_at(people.filter(~pl.col("care_home")), lone, 85),
        "alone_50_64": _share_at(people, lone, 50, 64),
        "one_person_households": share(int((homes["size"] == 1).sum()), len(homes)),
        "household_size": mean(homes["size"]),
    }
    return found


def _share_at(people: pl.DataFrame, condition: pl.Expr, low: int, high: int = 200) -> Measured:
    """Share for whom the condition holds, with England's mix of ages between `low` and `high`."""
    return standardised(by_band(people.filter(condition)), by_band(people), low, high, people=True)


def _moves(written: Written) -> dict[str, Measured]:
    """Who lives elsewhere than a year before, over every year-end."""
    years = pl.concat([_movers(written, day) for day in written.year_ends])
    heads = pl.concat([_heads(written, day) for day in written.year_ends])
    found = {}
    for name, low, high in (("65", 65, 200), ("under_65", 1, 64)):
        mine = years.filter(pl.col("age").is_between(low, high))
        found[f"moved_{name}"] = share(int(mine["moved"].sum()), len(mine))
    for name, low, high in (("16_34", 16, 34), ("35_64", 35, 64), ("65", 65, 200)):
        mine = heads.filter(pl.col("age").is_between(low, high))
        found[f"moved_households_{name}"] = share(int(mine["moved"].sum()), len(mine))
    return found


def _movers(written: Written, day: date) -> pl.DataFrame:
    """age and whether moved (or came to the county) within the year before a day."""
    before = written.residents(day - timedelta(days=365)).select("person", before="uprn")
    now = written.residents(day).join(before, on="person", how="left")
    return now.select("age", moved=(pl.col("uprn") != pl.col("before")).fill_null(True))


def _heads(written: Written, day: date) -> pl.DataFrame:
    """age of each household's eldest, and whether they came within the year before a day."""
    recent = pl.lit(day) - timedelta(days=365)
    return households_of(written.residents(day)).select(age="eldest", moved=pl.col("since") > recent)


def deaths_of(written: Written) -> pl.DataFrame:
    """Residents who died in the recorded time: person, died, age, female, care_home (lived in one)."""
    died = written.people.filter((pl.col("died") >= written.first) & (pl.col("died") < written.end))
    ended = written.residences.filter(pl.col("until") < written.end).select("person", "until", "care_home")
    last = ended.join(died.select("person", "died"), left_on=["person", "until"], right_on=["person", "died"])
    whole = last.unique("person", keep="last", maintain_order=True)
    return written.aged(whole.rename({"until": "at"}), pl.col("at")).drop("at")


def _deaths(written: Written) -> dict[str, Measured]:
    died, lived = deaths_of(written), written.exposure
    found = {"deaths": standardised(by_band(died), by_band(lived, "years"), per=1000)}
    for name, low, high in (("65_74", 65, 74), ("75_84", 75, 84), ("85", 85, 94)):
        found[f"deaths_{name}"] = _against_table(died, lived, low, high)
    for name, female in (("men", False), ("women", True)):
        mine = pl.col("female") == female
        found[f"life_{name}_65"] = _life_at_65(
            by_band(died.filter(mine)), by_band(lived.filter(mine), "years")
        )
    homes = died.filter((pl.col("age") >= 65) & pl.col("care_home"))
    years = lived.filter((pl.col("age") >= 65) & pl.col("care_home"))["years"].sum()
    found["deaths_in_care_homes"] = rate(len(homes), float(years))
    return found


def _against_table(died: pl.DataFrame, lived: pl.DataFrame, low: int, high: int) -> Measured:
    """Deaths over those that the published life table gives people of the same ages and sexes."""
    mine = pl.col("age").is_between(low, high)
    lived = lived.filter(mine)
    age, female = lived["age"].to_numpy() + 0.0, lived["female"].to_numpy()
    men, women = (np.interp(age, LIFE_TABLE_AGES, np.log(q)) for q in (LIFE_TABLE_MEN, LIFE_TABLE_WOMEN))
    beyond = np.maximum(age - LIFE_TABLE_AGES[-1], 0) * 0.115
    hazard = -np.log1p(-np.minimum(np.exp(np.where(female, women, men) + beyond), 0.6))
    deaths, expected = len(died.filter(mine)), float((hazard * lived["years"].to_numpy()).sum())
    return ratio(deaths, expected, deaths, (round(expected),))


def _life_at_65(deaths: Array, years: Array) -> Measured:
    """Life expectancy at 65 by an abridged life table, its error after Chiang (1984)."""
    bands = np.arange(65 // 5, BANDS)
    yearly = deaths[bands] / np.maximum(years[bands], 1e-9)
    dies = np.minimum(5 * yearly / (1 + 2.5 * yearly), 1.0)
    dies[-1] = 1.0
    alive = np.concatenate([[1.0], np.cumprod(1 - dies[:-1])])
    lived = np.where(bands == OPEN_BAND, alive / np.maximum(yearly, 1e-9), 2.5 * alive * (2 - dies))
    ahead = np.cumsum(lived[::-1])[::-1] / alive
    chance = dies**2 * (1 - dies) / np.maximum(deaths[bands], 1)
    error = float(np.sqrt((alive[:-1] ** 2 * (2.5 + ahead[1:]) ** 2 * chance[:-1]).sum()))
    error += float(lived[-1]) / np.sqrt(max(deaths[-1], 1.0))
    return Measured(float(ahead[0]), int(deaths[bands].sum()), lambda _: error)
