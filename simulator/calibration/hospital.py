"""Measured of hospitals, from the landed admitted-care and emergency-department files."""

from datetime import timedelta

import polars as pl

from simulator.calibration.lives import deaths_of
from simulator.calibration.measured import (
    EUROPEAN,
    NATIONAL,
    Measured,
    by_band,
    mean,
    rate,
    ratio,
    share,
    standardised,
)
from simulator.calibration.written import Written, as_date

READMITTED_DAYS, LAST_DAYS = 30, 90
ADMITTED = "306706006"
"""SNOMED CT of a discharge from the emergency department to a hospital ward."""


def measure_hospital(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    spells = spells_of(written)
    arrived = attendances_of(written)
    return (
        _admissions(written, spells)
        | _falls(written, spells)
        | _stays(spells)
        | readmissions(spells)
        | _attendances(written, arrived)
        | _care_homes(written, spells, arrived)
        | _last_days(written, spells)
    )


def spells_of(written: Written) -> pl.DataFrame:
    """One row a spell that began in the recorded time: person, admitted, discharged?, emergency,
    day_case, died,
    moved_on (to another trust), diagnosis, cause (of its first episode), age, female."""
    columns = [
        "epikey", "susspellid", "admission_date", "discharge_date", "admission_method", "discharge_method",
        "discharge_destination", "patient_class", "episode_order", "diagnosis_01", "cause",
    ]  # fmt: skip
    rows = written.landed_people("apc", columns).unique("epikey", keep="first", maintain_order=True)
    rows = rows.with_columns(as_date("admission_date"), as_date("discharge_date"))
    first = rows.filter(pl.col("episode_order") == "1").unique(
        "susspellid", keep="first", maintain_order=True
    )
    ends = rows.group_by("susspellid").agg(
        discharged=pl.col("discharge_date").max(),
        died=(pl.col("discharge_method") == "4").any(),
        moved_on=(pl.col("discharge_destination") == "51").any(),
    )
    method = pl.col("admission_method")
    spells = first.join(ends, on="susspellid", how="left").select(
        "person",
        "discharged",
        "died",
        "moved_on",
        "cause",
        admitted="admission_date",
        diagnosis="diagnosis_01",
        emergency=method.str.starts_with("2") & (method != "2B"),
        planned=method.str.starts_with("1"),
        day_case=pl.col("patient_class") == "2",
    )
    spells = spells.filter(pl.col("admitted").is_between(written.first, written.end, closed="left"))
    spells = spells.rename({"died": "died_there"}).sort("person", "admitted", "discharged")
    return written.aged(spells, pl.col("admitted"))


def attendances_of(written: Written) -> pl.DataFrame:
    """One row an attendance of the recorded time: person, admitted (to a ward), age, female."""
    columns = ["attendance_key", "arrival_date", "discharge_destination"]
    rows = written.landed_people("ecds", columns).unique("attendance_key", keep="first", maintain_order=True)
    rows = rows.with_columns(as_date("arrival_date"), admitted=pl.col("discharge_destination") == ADMITTED)
    rows = rows.filter(pl.col("arrival_date").is_between(written.first, written.end, closed="left"))
    return written.aged(rows.select("person", "arrival_date", "admitted"), pl.col("arrival_date"))


def _admissions(written: Written, spells: pl.DataFrame) -> dict[str, Measured]:
    lived, urgent = by_band(written.exposure, "years"), by_band(spells.filter("emergency"))
    bands = {"65_74": (65, 74), "75_84": (75, 84), "85": (85, 200), "all": (0, 200)}
    found = {f"emergency_{k}": standardised(urgent, lived, *ages, per=1000) for k, ages in bands.items()}
    whole = by_band(spells.filter(pl.col("emergency") | pl.col("planned")))
    return found | {"admissions_all": standardised(whole, lived, per=1000)}


def _falls(written: Written, spells: pl.DataFrame) -> dict[str, Measured]:
    """Falls: emergency, an injury first, caused by W00-W19. Hip fractures: emergency, S72.0-S72.2 first."""
    lived = by_band(written.exposure, "years")
    urgent = spells.filter("emergency")
    fell = urgent.filter(pl.col("diagnosis").str.contains("^[ST]") & pl.col("cause").str.contains("^W[01]"))
    broke = urgent.filter(pl.col("diagnosis").str.contains("^S72[012]"))
    found = {}
    for name, rows in (("falls", by_band(fell)), ("hip", by_band(broke))):
        for part, low, high in (("65", 65, 200), ("65_79", 65, 79), ("80", 80, 200)):
            found[f"{name}_{part}"] = standardised(rows, lived, low, high, per=100_000, mix=EUROPEAN)
    old = broke.filter(pl.col("age") >= 60)
    found["hip_women"], found["hip_age"] = share(int(old["female"].sum()), len(old)), mean(old["age"] + 0.5)
    return found


def _stays(spells: pl.DataFrame) -> dict[str, Measured]:
    nights = (pl.col("discharged") - pl.col("admitted")).dt.total_days()
    over = spells.with_columns(nights=nights).filter(pl.col("nights").is_not_null())
    found = {"stay_all": mean(over.filter(~pl.col("day_case"))["nights"])}
    for name, low, high in (("65_74", 65, 74), ("75_84", 75, 84), ("85", 85, 200)):
        mine = over.filter(pl.col("emergency") & pl.col("age").is_between(low, high))
        found[f"stay_{name}"] = mean(mine["nights"])
    return found


def readmissions(spells: pl.DataFrame) -> dict[str, Measured]:
    """Emergency readmission within 30 days of leaving alive, day cases and moves to another trust left
    out."""
    out = spells.filter(
        ~pl.col("day_case") & ~pl.col("died_there") & ~pl.col("moved_on") & pl.col("discharged").is_not_null()
    )
    latest = spells.select(pl.col("admitted").max() - timedelta(days=READMITTED_DAYS)).item()
    out = out.filter(pl.col("discharged") < latest)
    out = out.with_columns(after=pl.col("discharged") + timedelta(days=1)).sort("after")
    again = spells.filter("emergency").select("person", again="admitted").sort("again")
    window = timedelta(days=READMITTED_DAYS - 1)
    out = out.join_asof(
        again,
        left_on="after",
        right_on="again",
        by="person",
        strategy="forward",
        tolerance=window,
        check_sortedness=False,
    )
    found = {}
    for name, low in (("all", 0), ("75", 75)):
        mine = out.filter(pl.col("age") >= low)
        found[f"readmitted_{name}"] = share(len(mine) - mine["again"].null_count(), len(mine))
    return found


def _attendances(written: Written, arrived: pl.DataFrame) -> dict[str, Measured]:
    lived, seen = by_band(written.exposure, "years"), by_band(arrived)
    bands = {"65_74": (65, 74), "75_84": (75, 84), "85": (85, 200), "75_79": (75, 79), "90": (90, 200)}
    found = {f"attended_{k}": standardised(seen, lived, *ages, per=1000) for k, ages in bands.items()}
    old, whole = standardised(seen, lived, 65), standardised(seen, lived)
    old_share = float(NATIONAL[65 // 5 :].sum() / NATIONAL.sum())
    found["attended_65_share"] = ratio(
        old.value * old_share, whole.value, len(arrived), (old.size, whole.size)
    )
    mine = arrived.filter(pl.col("age") >= 65)
    found["attended_65_admitted"] = share(int(mine["admitted"].sum()), len(mine))
    return found


def _care_homes(written: Written, spells: pl.DataFrame, arrived: pl.DataFrame) -> dict[str, Measured]:
    """Per year lived in a care home, 65 and over."""
    years = written.exposure.filter(pl.col("care_home") & (pl.col("age") >= 65))["years"].sum()
    old = pl.col("age") >= 65
    urgent = _living_in(written, spells.filter(pl.col("emergency") & old), "admitted")
    seen = _living_in(written, arrived.filter(old), "arrival_date")
    return {
        "care_home_emergency": rate(urgent, float(years)),
        "care_home_attended": rate(seen, float(years)),
    }


def _living_in(written: Written, events: pl.DataFrame, day: str) -> int:
    """Events of people who lived in a care home on their day."""
    homes = written.residences.filter("care_home").select("person", "since", "until")
    met = events.select("person", day).join(homes, on="person", how="inner")
    return met.filter((pl.col("since") <= pl.col(day)) & (pl.col("until") >= pl.col(day))).height


def _last_days(written: Written, spells: pl.DataFrame) -> dict[str, Measured]:
    died = deaths_of(written)
    inside = spells.filter("died_there").select("person").unique()
    died = died.join(inside.with_columns(inside=True), on="person", how="left")
    died = died.with_columns(pl.col("inside").fill_null(False))
    homes = died.filter(pl.col("care_home"))
    met = (
        spells.filter("emergency")
        .select("person", "admitted")
        .join(died.select("person", "died"), on="person")
    )
    late = met.filter(pl.col("died") - pl.col("admitted") <= timedelta(days=LAST_DAYS))
    often = late.group_by("person").len().filter(pl.col("len") >= 3).height
    return {
        "died_in_hospital": share(int(died["inside"].sum()), len(died)),
        "died_in_care_home": share(homes.filter(~pl.col("inside")).height, len(died)),
        "residents_died_there": share(homes.filter(~pl.col("inside")).height, len(homes)),
        "admitted_often_at_last": share(often, len(died)),
    }
