"""Home care that the council arranges, month by month and client by client: what its forecast stands on."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from configs.settings import Settings
from features.as_of import (
    contains,
    days_inside,
    days_since,
    is_open_on,
    merge_spells,
    next_month,
    overlaps,
    whole_months,
    years_between,
)
from features.cohort import OLDER_YEARS
from features.hindsight import residences_by
from features.hours_ahead import arranged_packages
from features.inputs import Records

CLIENT_GAP_DAYS = 28
"""Home care that stops for less than this goes on: a hospital stay, a change of provider (assumed)."""

HISTORY_MONTHS = 120
DAYS_PER_MONTH = 365.25 / 12

MONTHS_SCHEMA = pl.Schema(
    {
        "month": pl.Date,
        "area_code": pl.String,
        "age_group": pl.String,
        "hours": pl.Float64,
        "clients": pl.Float64,
        "starters": pl.Int64,
        "leavers": pl.Int64,
    }
)


@dataclass(frozen=True)
class HomeCare:
    """Home care as known at `as_of`. `spells`: person_id, from_date, to_date?; `packages`: person_id,
    from_date, to_date?, hours_per_week; `where`: person_id, moved_in, moved_out?, area_code; `born`:
    person_id, date_of_birth; `months`: first days of the settled months, oldest first."""

    spells: pl.DataFrame
    packages: pl.DataFrame
    where: pl.DataFrame
    born: pl.DataFrame
    as_of: date
    months: list[date]


def read_home_care(records: Records, as_of: date, settings: Settings) -> HomeCare:
    """Packages of home care known before `as_of`, joined into spells where less than CLIENT_GAP_DAYS apart.

    `months`: the whole months that the record covers and that had been told of by then, at most
    HISTORY_MONTHS; perhaps none.
    """
    packages = arranged_packages(records, as_of).filter(pl.col("hours_per_week") > 0)
    known = packages.rename({"happened_on": "from_date", "until": "to_date"}).collect()
    clients = known.select("person_id").unique().lazy()
    lived = residences_by(records, as_of).join(records.areas.select("lsoa_code"), on="lsoa_code", how="semi")
    where = lived.join(clients, on="person_id", how="semi").select(
        "person_id",
        pl.col("from_date").alias("moved_in"),
        pl.col("to_date").alias("moved_out"),
        pl.col("lsoa_code").alias("area_code"),
    )
    born = records.people.join(clients, on="person_id", how="semi").select("person_id", "date_of_birth")
    return HomeCare(
        merge_spells(known.lazy(), "person_id", CLIENT_GAP_DAYS).sort("person_id", "from_date").collect(),
        known,
        where.sort("person_id", "moved_in", "area_code").collect(),
        born.collect(),
        as_of,
        whole_months(as_of, settings.lags_days.cld, records.data_from, HISTORY_MONTHS),
    )


def count_months(care: HomeCare) -> pl.DataFrame:
    """Each settled month by area and age group: MONTHS_SCHEMA, sorted; empty where no month is settled.

    `hours` (a week) and `clients` are means over the month's days; `starters` and `leavers` count spells that
    began and ended in it. A client who had no address in the area on that day has none (area_code null).
    """
    keys = ["month", "area_code", "age_group"]
    whole = care.spells.with_columns(pl.lit(1.0).alias("hours_per_week"))
    tables = [
        _day_means(care, care.packages).rename({"amount": "hours"}),
        _day_means(care, whole).rename({"amount": "clients"}),
        _count_days(care, "from_date", "starters", lived_days_before=0),
        _count_days(care, "to_date", "leavers", lived_days_before=1),
    ]
    joined = tables[0]
    for table in tables[1:]:
        joined = joined.join(table, on=keys, how="full", coalesce=True, nulls_equal=True)
    filled = joined.with_columns(pl.exclude(keys).fill_null(0))
    return filled.select(MONTHS_SCHEMA.names()).cast(MONTHS_SCHEMA).sort(keys, nulls_last=True)


def describe_clients(care: HomeCare) -> pl.DataFrame:
    """Who has home care at the as-of date: person_id, area_code?, age_group, tenure_months,
    hours_per_week."""
    open_now = is_open_on(care.as_of, start="from_date", end="to_date")
    hours = care.packages.filter(open_now).group_by("person_id").agg(pl.col("hours_per_week").sum())
    stays = care.spells.filter(open_now).with_columns(
        (days_since(pl.col("from_date"), care.as_of) / DAYS_PER_MONTH).cast(pl.Int64).alias("tenure_months"),
        pl.lit(care.as_of).alias("day"),
    )
    named = place(care, stays.join(hours, on="person_id"), "day")
    return named.select("person_id", "area_code", "age_group", "tenure_months", "hours_per_week").sort(
        "person_id"
    )


def count_exits(care: HomeCare, since: date, tenures: int) -> pl.DataFrame:
    """How long clients stay: age_group, tenure_months (0 … tenures - 1, the last open-ended), months (at
    risk), exits; from spells between `since` and the as-of date. Months nobody was at risk in are absent."""
    bins = pl.DataFrame({"tenure_months": range(tenures)}, schema={"tenure_months": pl.Int64})
    begun = pl.col("from_date") + pl.duration(days=(pl.col("tenure_months") * DAYS_PER_MONTH).cast(pl.Int64))
    later = ((pl.col("tenure_months") + 1) * DAYS_PER_MONTH).cast(pl.Int64)
    ended = pl.when(pl.col("tenure_months") < tenures - 1).then(pl.col("from_date") + pl.duration(days=later))
    crossed = place(care, care.spells, "from_date").join(bins, how="cross")
    windows = crossed.with_columns(begun.alias("bin_from"), ended.alias("bin_to"))
    bounded = windows.with_columns(
        pl.max_horizontal("bin_from", pl.lit(since)).alias("bin_from"),
        pl.min_horizontal("bin_to", pl.lit(care.as_of)).alias("bin_to"),
    )
    days = days_inside(pl.col("from_date"), pl.col("to_date"), pl.col("bin_from"), pl.col("bin_to"))
    left = contains("to_date", start="bin_from", end="bin_to").fill_null(False)
    return (
        bounded.with_columns(days.alias("days"), left.alias("left"))
        .group_by("age_group", "tenure_months")
        .agg((pl.col("days").sum() / DAYS_PER_MONTH).alias("months"), pl.col("left").sum().alias("exits"))
        .filter(pl.col("months") > 0)
        .sort("age_group", "tenure_months")
    )


def track_hours(care: HomeCare) -> pl.DataFrame:
    """Hours a week of each client at the start of each settled month: month, person_id, age_group,
    tenure_months, hours_per_week."""
    firsts = pl.DataFrame({"month": care.months}, schema={"month": pl.Date})
    days = firsts.with_columns((pl.col("month") + pl.duration(days=1)).alias("after"))
    on_day = care.packages.join_where(days, overlaps("from_date", "to_date", "month", "after"))
    hours = on_day.group_by("month", "person_id").agg(pl.col("hours_per_week").sum())
    stays = care.spells.join_where(days, overlaps("from_date", "to_date", "month", "after"))
    tenure = ((pl.col("month") - pl.col("from_date")).dt.total_days() / DAYS_PER_MONTH).cast(pl.Int64)
    named = place(care, stays.with_columns(tenure.alias("tenure_months")), "month")
    return named.join(hours, on=["month", "person_id"]).select(
        "month", "person_id", "age_group", "tenure_months", "hours_per_week"
    )


def place(care: HomeCare, rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """`rows` (person_id and a date in column `day`) with `area_code` (null where no address in the area stood
    then) and `age_group` on that day (an unknown birth date counts as 65+: most clients are)."""
    numbered = rows.with_row_index("row")
    after = (pl.col(day) + pl.duration(days=1)).alias("after")
    stood = (
        numbered.select("row", "person_id", day, after)
        .join(care.where, on="person_id")
        .filter(overlaps("moved_in", "moved_out", day, "after"))
        .sort("row", "moved_in", "area_code")
        .unique("row", keep="last", maintain_order=True)
        .select("row", "area_code")
    )
    age = years_between(pl.col("date_of_birth"), pl.col(day))
    group = pl.when(age.fill_null(OLDER_YEARS) >= OLDER_YEARS).then(pl.lit("65+")).otherwise(pl.lit("18-64"))
    return (
        numbered.join(stood, on="row", how="left")
        .join(care.born, on="person_id", how="left")
        .with_columns(group.alias("age_group"))
        .drop("row", "date_of_birth")
    )


def _day_means(care: HomeCare, spells: pl.DataFrame) -> pl.DataFrame:
    """month, area_code, age_group, amount: hours_per_week over the days of the month on which they ran."""
    months = _lay_out_months(care)
    running = spells.join_where(months, overlaps("from_date", "to_date", "month", "month_end"))
    days = days_inside(pl.col("from_date"), pl.col("to_date"), pl.col("month"), pl.col("month_end"))
    length = (pl.col("month_end") - pl.col("month")).dt.total_days()
    first = pl.max_horizontal("from_date", "month").alias("day")
    shares = running.with_columns((days / length * pl.col("hours_per_week")).alias("amount"), first)
    placed = place(care, shares, "day")
    return placed.group_by("month", "area_code", "age_group").agg(pl.col("amount").sum().round(6))


def _count_days(care: HomeCare, column: str, name: str, *, lived_days_before: int) -> pl.DataFrame:
    month = pl.col(column).dt.truncate("1mo").alias("month")
    happened = care.spells.filter(pl.col(column).is_not_null()).with_columns(month)
    within = happened.join(_lay_out_months(care), on="month", how="semi")
    # Where somebody lived who left on that day is where they lived the day before.
    before = within.with_columns((pl.col(column) - pl.duration(days=lived_days_before)).alias("day"))
    placed = place(care, before, "day")
    return placed.group_by("month", "area_code", "age_group").agg(pl.len().cast(pl.Int64).alias(name))


def _lay_out_months(care: HomeCare) -> pl.DataFrame:
    ends = [next_month(month) for month in care.months]
    return pl.DataFrame(
        {"month": care.months, "month_end": ends}, schema={"month": pl.Date, "month_end": pl.Date}
    )
