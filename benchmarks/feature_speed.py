"""Eight representative features of one date by Forebridge, pandas and DuckDB: the same values, side by side.

    PYTHONPATH=. python benchmarks/feature_speed.py RECORDS --as-of 2025-10-01

RECORDS: the records stage of a run. Everybody's tables lie in memory before the clock starts, in the shape that
each takes (polars frames, ids as an enumeration, as the features stage makes them once for all its dates; pandas
frames; DuckDB tables); the cohort is given. Each in turn, `--rounds` times; the
median is told, and how many cells differ (must be 0). Then the whole table of the date, all features, timed alone.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

from configs.settings import load_settings
from features.cohort import build_cohort
from features.declared import Snapshot
from features.inputs import load_records
from features.short_ids import as_text, with_short_ids
from features.table import _join_views, all_columns, build_features

COLUMNS = (
    "health__emergency_admissions__365d", "health__days_since_emergency_admission__now", "health__frailty_score__now",
    "health__attendances__365d", "social_care__requests__365d", "housing__energy_efficiency__now",
    "housing__single_person_discount__now", "person__addresses__1826d",
)  # fmt: skip
TABLES = ("admissions", "attendances", "gp_snapshots", "care_events", "epc", "council_tax", "residences")
PLAIN = {
    "admissions": ["person_id", "happened_on", "known_on", "replaced_on", "emergency"],
    "attendances": ["person_id", "happened_on", "known_on"],
    "gp_snapshots": ["person_id", "happened_on", "known_on", "efi_score"],
    "care_events": ["person_id", "happened_on", "known_on", "event_type"],
    "epc": ["household_id", "happened_on", "known_on", "energy_efficiency"],
    "council_tax": ["household_id", "happened_on", "known_on", "discount", "band", "n_liable"],
    "residences": ["person_id", "from_date", "known_on", "replaced_on"],
}


def with_forebridge(snapshot: Snapshot) -> pl.DataFrame:
    """By the declared features themselves."""
    fresh = Snapshot(snapshot.records, snapshot.as_of, snapshot.settings, snapshot.cohort)
    columns = [c for c in all_columns(snapshot.settings) if c.name in COLUMNS]
    return as_text(_join_views(snapshot.cohort, fresh, columns).select("person_id", *COLUMNS)).collect()


def with_pandas(cohort: pd.DataFrame, tables: dict[str, pd.DataFrame], day: pd.Timestamp) -> pd.DataFrame:
    """The same as an analyst would write it: filter, group, merge."""

    def usable(name: str, happened: str = "happened_on") -> pd.DataFrame:
        t = tables[name]
        kept = (t["known_on"] < day) & (t[happened] < day)
        if "replaced_on" in t:
            kept &= t["replaced_on"].isna() | (t["replaced_on"] >= day)
        return t[kept]

    def counted(rows: pd.DataFrame, days: int, happened: str = "happened_on") -> pd.Series:
        return rows[rows[happened] >= day - pd.Timedelta(days=days)].groupby("person_id").size()

    def newest(name: str, key: str, value: str) -> pd.Series:
        rows = usable(name)
        rows = rows[rows[key].notna()]
        rows = rows[rows["happened_on"] == rows.groupby(key)["happened_on"].transform("max")]
        order = ["known_on", *[c for c in rows.columns if c not in (key, "known_on")]]
        return (
            rows.sort_values(order, na_position="first")
            .drop_duplicates(key, keep="last")
            .set_index(key)[value]
        )

    emergencies = usable("admissions")
    emergencies = emergencies[emergencies["emergency"].fillna(False)]
    requests = usable("care_events")
    requests = requests[requests["event_type"] == "Request"]
    out = cohort[["person_id"]].copy()
    who, home = cohort["person_id"], cohort["household_id"]
    out[COLUMNS[0]] = who.map(counted(emergencies, 365)).fillna(0.0)
    out[COLUMNS[1]] = (day - who.map(emergencies.groupby("person_id")["happened_on"].max())).dt.days
    out[COLUMNS[2]] = who.map(newest("gp_snapshots", "person_id", "efi_score"))
    out[COLUMNS[3]] = who.map(counted(usable("attendances"), 365)).fillna(0.0)
    out[COLUMNS[4]] = who.map(counted(requests, 365)).fillna(0.0)
    out[COLUMNS[5]] = home.map(newest("epc", "household_id", "energy_efficiency"))
    discount = home.map(newest("council_tax", "household_id", "discount").fillna("none"))
    out[COLUMNS[6]] = (discount == "single_person").astype(float).where(discount.notna())
    out[COLUMNS[7]] = who.map(counted(usable("residences", "from_date"), 1826, "from_date")).fillna(0.0)
    return out


def sql_of(day: date) -> str:
    """The same in one statement."""
    d = f"DATE '{day.isoformat()}'"
    standing = f"(replaced_on IS NULL OR replaced_on >= {d})"
    known = f"known_on < {d} AND happened_on < {d}"

    def newest(table: str, key: str, value: str, order: str) -> str:
        return (
            f"(SELECT {key} AS k, {value} AS v FROM {table} WHERE {known} AND {key} IS NOT NULL "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY happened_on DESC, known_on DESC, {order}) = 1)"
        )

    return f"""
    SELECT c.person_id, coalesce(e.n, 0)::DOUBLE, e.ago::DOUBLE, g.v::DOUBLE, coalesce(a.n, 0)::DOUBLE,
           coalesce(r.n, 0)::DOUBLE, p.v::DOUBLE,
           CASE WHEN t.k IS NULL THEN NULL ELSE (coalesce(t.v, '') = 'single_person')::INT::DOUBLE END,
           coalesce(m.n, 0)::DOUBLE
    FROM cohort c
    LEFT JOIN (SELECT person_id, count(*) FILTER (happened_on >= {d} - 365) AS n, {d} - max(happened_on) AS ago
               FROM admissions WHERE {known} AND {standing} AND emergency GROUP BY person_id) e USING (person_id)
    LEFT JOIN {newest("gp_snapshots", "person_id", "efi_score", "efi_score DESC NULLS LAST")} g ON g.k = c.person_id
    LEFT JOIN (SELECT person_id, count(*) AS n FROM attendances WHERE {known} AND happened_on >= {d} - 365
               GROUP BY person_id) a USING (person_id)
    LEFT JOIN (SELECT person_id, count(*) AS n FROM care_events WHERE {known} AND event_type = 'Request'
               AND happened_on >= {d} - 365 GROUP BY person_id) r USING (person_id)
    LEFT JOIN {newest("epc", "household_id", "energy_efficiency", "energy_efficiency DESC NULLS LAST")} p
              ON p.k = c.household_id
    LEFT JOIN {newest("council_tax", "household_id", "discount", "band DESC NULLS LAST, discount DESC NULLS LAST")} t
              ON t.k = c.household_id
    LEFT JOIN (SELECT person_id, count(*) AS n FROM residences WHERE known_on < {d} AND from_date < {d} AND {standing}
               AND from_date >= {d} - 1826 GROUP BY person_id) m USING (person_id)
    """


def timed(work: Callable[[], object], rounds: list[float]) -> object:
    """Do the work once; note the seconds."""
    began = time.perf_counter()
    result = work()
    rounds.append(time.perf_counter() - began)
    return result


def differing(ours: pl.DataFrame, theirs: pl.DataFrame) -> dict[str, int]:
    """Column -> cells that differ."""
    both = ours.join(theirs, on="person_id", suffix="|b")
    return {
        c: n for c in COLUMNS
        if (n := both.filter((pl.col(c).cast(pl.Float64) - pl.col(f"{c}|b").cast(pl.Float64)).abs().fill_null(
            pl.when(pl.col(c).is_null() & pl.col(f"{c}|b").is_null()).then(0.0).otherwise(1.0)) > 1e-9).height)
    }  # fmt: skip


def main() -> None:
    """Time all three; print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    settings, records = load_settings(), load_records(asked.records)
    cohort = build_cohort(records, asked.as_of).collect()
    short = with_short_ids(records)
    snapshot = Snapshot(short, asked.as_of, settings, build_cohort(short, asked.as_of).collect().lazy())
    plain = {n: getattr(records, n).select(PLAIN[n]).collect() for n in TABLES}
    frames = {n: t.to_pandas() for n, t in plain.items()}
    for frame in frames.values():
        for column in frame.columns:
            if column.endswith(("_on", "_date")):
                frame[column] = pd.to_datetime(frame[column])
    people = cohort.select("person_id", "household_id").to_pandas()
    base = duckdb.connect()
    base.execute("SET threads TO 2")
    for name, table in {**plain, "cohort": cohort.select("person_id", "household_id")}.items():
        arrow = table.to_arrow()
        base.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")
        del arrow
    seconds: dict[str, list[float]] = {"forebridge": [], "pandas": [], "duckdb": []}
    for _ in range(asked.rounds):
        ours = timed(lambda: with_forebridge(snapshot), seconds["forebridge"])
        panda = timed(lambda: with_pandas(people, frames, pd.Timestamp(asked.as_of)), seconds["pandas"])
        duck = timed(lambda: base.execute(sql_of(asked.as_of)).pl(), seconds["duckdb"])
    named = duck.rename(dict(zip(duck.columns, ["person_id", *COLUMNS], strict=True)))
    print(f"{cohort.height:,} people as of {asked.as_of}")
    print(
        "differ from pandas:", differing(ours, pl.from_pandas(panda)), "from DuckDB:", differing(ours, named)
    )
    medians = {name: statistics.median(runs) for name, runs in seconds.items()}
    for name, median in medians.items():
        print(f"{name}: {median:.3f} s, {median / medians['forebridge']:.1f} times ours")
    began = time.perf_counter()
    build_features(short, asked.as_of, settings)
    print(f"the whole table ({len(all_columns(settings))} features): {time.perf_counter() - began:.1f} s")
    print(f"window begins {asked.as_of - timedelta(days=365)}")


if __name__ == "__main__":
    main()
