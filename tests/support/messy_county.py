"""One small invented county landed at each dial of the mess, and how to hold its files against one another."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from simulator.addresses import address_book
from simulator.defects import defects_frame
from simulator.geography import invented_county
from simulator.landed import Landing
from simulator.lives import live
from simulator.timeline import Timeline, day_number
from simulator.world import World
from simulator.worlds import plan_world
from simulator.writers.attendances import write_attendances
from simulator.writers.care_release_1 import in_release_1
from simulator.writers.council_tax import write_council_tax
from simulator.writers.energy import write_energy
from simulator.writers.gazetteer import write_gazetteer
from simulator.writers.people import write_people
from simulator.writers.social_care import write_social_care
from simulator.writers.tenancies import write_tenancies

TIMELINE = Timeline(day_number(date(2026, 9, 30)), 3)
SEED = 5
KEYS = {
    "housing/council_tax_2": "Council Tax account reference",
    "housing/tenancies": "tenancy_ref",
    "housing/adaptations": "application_ref",
    "housing/epc": "certificate_number",
    "housing/addressbase": "uprn",
    "health/ecds": "EPIKEY",
    "social_care/cld": "Event Reference",
}
"""What names a record whatever the dial, by the beginning of the file's name."""
ADDRESS_LINES = [f"Address {k}" for k in range(1, 5)]
FOLLOWS = ["uprn_source", "address1", "address2", "address3", *ADDRESS_LINES[1:]]
"""Columns that repeat what another column says."""


def lived_world() -> World:
    """The lives that every dial lands."""
    county = invented_county()
    plan = plan_world("default", county, TIMELINE, SEED)
    return live(county, 1500, TIMELINE, plan, np.random.default_rng(SEED))


def land_at(world: World, folder: Path, dial: int) -> Landing:
    """The files that hold the mess, at a dial."""
    landing = Landing(folder, world, TIMELINE, address_book(world), SEED, mess=dial)
    writers = (write_people, write_social_care, write_attendances, write_gazetteer)
    for write in (*writers, write_tenancies, write_council_tax, write_energy):
        write(landing)
    return landing


def whole_files(landing: Landing, word: str) -> list[str]:
    """The files that carry a defect as a whole."""
    return defects_frame(landing).filter(row=0, defect=word)["file"].to_list()


def read_landed(landing: Landing, name: str) -> pl.DataFrame:
    """A landed file as text with its row numbers, dates turned to ISO; a row that breaks off is left out."""
    raw = (landing.folder / name).read_bytes()
    text = raw.decode("cp1252" if name in whole_files(landing, "cp1252") else "utf-8-sig")
    frame = pl.read_csv(text.encode(), infer_schema=False, truncate_ragged_lines=True).fill_null("")
    frame = (
        frame.head(landing.files[name]).with_row_index("row", 2).with_columns(pl.col("row").cast(pl.Int64))
    )
    if name in whole_files(landing, "day_month_year"):
        frame = frame.with_columns(pl.col(pl.String).str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", "$3-$2-$1"))
    return frame


def _comparable(frame: pl.DataFrame) -> pl.DataFrame:
    if ADDRESS_LINES[0] in frame.columns:
        lines = [pl.when(pl.col(c) != "").then(pl.col(c)) for c in ADDRESS_LINES]
        joined = pl.concat_str(lines, separator=", ", ignore_nulls=True).alias(ADDRESS_LINES[0])
        frame = frame.with_columns(joined)
    return frame.drop(FOLLOWS, strict=False)


def _cells(frame: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
    index = [c for c in ("row", key) if c in frame.columns]
    return frame.unpivot(index=index, variable_name="column", value_name=name)


def differences(landing: Landing, clean: Landing) -> pl.DataFrame:
    """Cells of records that both hold and that are not alike: file, row, column, value, clean."""
    found = []
    listed = defects_frame(landing)
    for name in landing.files:
        key = next((k for start, k in KEYS.items() if name.startswith(start)), None)
        if key is None or name.endswith("codes.csv"):
            continue
        spotless = read_landed(clean, name)
        if name in whole_files(landing, "release_1"):
            spotless = in_release_1(spotless)
        totals = listed.filter(file=name, defect="totals_row")["row"].to_list()
        mine = _comparable(read_landed(landing, name)).filter(~pl.col("row").is_in(totals))
        theirs = _comparable(spotless).drop("row")
        both = _cells(mine, key, "value").join(_cells(theirs, key, "clean"), on=[key, "column"])
        found.append(both.filter(pl.col("value") != pl.col("clean")).select(
            pl.lit(name).alias("file"), "row", "column", "value", "clean"
        ))  # fmt: skip
    differing = pl.concat(found)
    # An end that is not known yet takes its outcome along; one after the period may be known by then or not.
    late = listed.filter(defect="end_recorded_late").select("file", "row")
    after = differing.filter(pl.col("column") == "Event End Date", pl.col("clean") > _period_end()).select(
        "file", "row"
    )
    outcomes = late.with_columns(column=pl.lit("Event Outcome"))
    ends = after.join(pl.DataFrame({"column": ["Event End Date", "Event Outcome"]}), how="cross")
    for consequence in (outcomes, ends):
        differing = differing.join(consequence, on=["file", "row", "column"], how="anti")
    return differing


def _period_end() -> pl.Expr:
    """The last day of a Client Level Data extract's period, 24 days before the date in its name."""
    cut = pl.col("file").str.extract(r"cld_rolling_year_(\d{8})").str.to_date("%Y%m%d", strict=False)
    return (cut - pl.duration(days=24)).cast(pl.Date).cast(pl.String)
