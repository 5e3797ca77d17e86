"""Measured of frailty and long-term conditions: as practices code them, and as they truly are."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from simulator.calibration.hospital import spells_of
from simulator.calibration.measured import (
    BANDS,
    Measured,
    by_band,
    nothing,
    ratio,
    share,
    standardised,
)
from simulator.calibration.written import Written, as_date, coded

CATEGORIES = ("fit", "mild", "moderate", "severe")
REGISTERS = ("chd", "copd", "af", "stroke_tia", "heart_failure", "cancer", "diabetes", "depression")
FOLLOWED_DAYS = 365


def measure_conditions(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    coded_now = _snapshot(written, _snapshot_days(written)[-1])
    return (
        _frailty(coded_now) | _registers(written, coded_now) | _dementia(written, coded_now) | _risks(written)
    )


def _snapshot_days(written: Written) -> list[date]:
    days = written.landed("gp_flags", ["snapshot_date"]).select(as_date("snapshot_date")).unique().collect()
    return sorted(days["snapshot_date"].drop_nulls().to_list())


def _snapshot(written: Written, day: date) -> pl.DataFrame:
    """What practices held on a day: person, efi_category, dementia and REGISTERS (true, false, null),
    age, female,
    died?."""
    flags = ("dementia", *REGISTERS)
    columns, then = ["snapshot_date", "efi_category", *flags], as_date("snapshot_date") == day
    rows = written.landed_people("gp_flags", columns, where=then)
    rows = rows.unique("person", keep="first", maintain_order=True)
    held = [pl.col(f).replace_strict({"1": True, "0": False}, default=None).alias(f) for f in flags]
    return written.aged(coded(rows, "gp_flags", ["efi_category"]).with_columns(held), pl.lit(day))


def latest_flags(written: Written, flags: list[str]) -> pl.DataFrame:
    """person and what practices last sent of some flags, as text."""
    day = _snapshot_days(written)[-1]
    return written.landed_people("gp_flags", ["snapshot_date", *flags], where=as_date("snapshot_date") == day)


def _frailty(now: pl.DataFrame) -> dict[str, Measured]:
    old = now.filter((pl.col("age") >= 65) & pl.col("efi_category").is_in(CATEGORIES))
    whole = by_band(old)
    found = {}
    for category in CATEGORIES:
        mine = by_band(old.filter(pl.col("efi_category") == category))
        found[f"efi_{category}"] = standardised(mine, whole, 65, people=True)
    frail = by_band(old.filter(pl.col("efi_category").is_in(["moderate", "severe"])))
    for name, low, high in (("65_74", 65, 74), ("75_84", 75, 84), ("85", 85, 200)):
        found[f"frail_{name}"] = standardised(frail, whole, low, high, people=True)
    return found


def _registers(written: Written, now: pl.DataFrame) -> dict[str, Measured]:
    """Share of everybody (diabetes and depression: of adults) on each register; no child is on one."""
    children = by_band(written.last_residents.filter(pl.col("age") < 15))
    found = {}
    for name in REGISTERS:
        known = now.filter(pl.col(name).is_not_null())
        adults = name in ("diabetes", "depression")
        whole = by_band(known) + (0 if adults else children)
        low = 18 if adults else 0
        found[f"register_{name}"] = standardised(by_band(known.filter(name)), whole, low, people=True)
    return found


def _dementia(written: Written, now: pl.DataFrame) -> dict[str, Measured]:
    """True prevalence on the last day, the share of it that practices know, and the share recorded."""
    state = written.truth("hazards").select("day", pl.col("person").cast(pl.Int64), ill="dementia")
    last = written.aged(state.filter(pl.col("day") == written.end).collect(), pl.lit(written.end))
    ill, whole = by_band(last.filter("ill")), by_band(last)
    bands = {"65": (65, 200), "65_74": (65, 74), "75_84": (75, 84), "85": (85, 200)}
    found = {f"dementia_{k}": standardised(ill, whole, *ages, people=True) for k, ages in bands.items()}
    known = now.filter((pl.col("age") >= 65) & pl.col("dementia").is_not_null())
    day = now["snapshot_date"].str.to_date(strict=False).max()
    true = known.join(
        state.filter((pl.col("day") == day) & pl.col("ill")).collect(), on="person", how="inner"
    )
    found["dementia_diagnosed"] = share(int(true["dementia"].sum()), len(true))
    found["dementia_recorded"] = standardised(
        by_band(known.filter("dementia")), by_band(known), 65, people=True
    )
    found["residents_dementia"] = _in_care_homes(written, last)
    return found


def _in_care_homes(written: Written, last: pl.DataFrame) -> Measured:
    homes = written.last_residents.filter(pl.col("care_home") & (pl.col("age") >= 65)).select("person")
    mine = last.join(homes, on="person", how="inner")
    return share(int(mine["ill"].sum()), len(mine))


def _risks(written: Written) -> dict[str, Measured]:
    """Admission and death in the year after a snapshot, by category against the fit, people 65-95."""
    last = written.end - timedelta(days=FOLLOWED_DAYS)
    days = [day for day in _snapshot_days(written) if day <= last][::-2]
    if not days:
        return {f"risk_{what}_{c}": nothing() for what in ("admission", "death") for c in CATEGORIES[1:]}
    spells = spells_of(written).filter("emergency").select("person", "admitted")
    cohort = pl.concat([_followed(_snapshot(written, day), spells, day) for day in days])
    return {
        f"risk_{what}_{category}": hazard_ratio(cohort, what, category)
        for what in ("admission", "death")
        for category in CATEGORIES[1:]
    }


def _followed(snapshot: pl.DataFrame, spells: pl.DataFrame, day: date) -> pl.DataFrame:
    """day, age, female, category, and for `admission` and `death` whether and after how many days (at
    most a year)."""
    old = snapshot.filter(pl.col("age").is_between(65, 95) & pl.col("efi_category").is_in(CATEGORIES))
    first = spells.filter(pl.col("admitted") >= day).group_by("person").agg(admitted=pl.col("admitted").min())
    after = {
        "death": (pl.col("died") - pl.lit(day)).dt.total_days(),
        "admission": (pl.col("admitted") - pl.lit(day)).dt.total_days(),
    }
    rows = old.join(first, on="person", how="left").with_columns(**after)
    until_death = pl.min_horizontal(pl.col("death").fill_null(FOLLOWED_DAYS), pl.lit(FOLLOWED_DAYS))
    return rows.select(
        "age",
        "female",
        category="efi_category",
        day=pl.lit(day),
        death_days=until_death,
        death=pl.col("death").is_not_null() & (pl.col("death") < FOLLOWED_DAYS),
        admission_days=pl.min_horizontal(pl.col("admission").fill_null(FOLLOWED_DAYS), until_death),
        admission=pl.col("admission").is_not_null() & (pl.col("admission") < FOLLOWED_DAYS),
    )


def hazard_ratio(cohort: pl.DataFrame, what: str, category: str) -> Measured:
    """Mantel-Haenszel ratio of rates, within five-year bands, sexes and years of follow-up."""
    band = (pl.col("age") // 5).clip(0, BANDS - 1)
    mine = cohort.filter(pl.col("category").is_in(["fit", category])).with_columns(
        band=band, exposed=pl.col("category") == category, days=pl.col(f"{what}_days").clip(1)
    )
    exposed = pl.col("exposed")
    strata = mine.group_by("band", "female", "day").agg(
        a=(pl.col(what) & exposed).sum(),
        c=(pl.col(what) & ~exposed).sum(),
        t1=pl.col("days").filter(exposed).sum(),
        t0=pl.col("days").filter(~exposed).sum(),
    )
    a, c, t1, t0 = (strata[k].to_numpy().astype(float) for k in ("a", "c", "t1", "t0"))
    whole = np.maximum(t1 + t0, 1.0)
    above, below = float((a * t0 / whole).sum()), float((c * t1 / whole).sum())
    return ratio(above, below, int(a.sum()), (int(a.sum()), int(c.sum())))
