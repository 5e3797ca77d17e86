"""What a landing looks like from above: how full its columns are, over which time, month by month, and what
changed since the last one. Counts, shares, months and rounded quantiles: no value of anybody.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

MAIN_DAY = {
    "demographics": "effective_from",
    "objections": "from_date",
    "opt_outs": "checked_on",
    "cld": "event_start_date",
    "apc": "admission_date",
    "ecds": "arrival_date",
    "gp_flags": "snapshot_date",
    "csds_contacts": "care_contact_date",
    "council_tax": "extract_date",
    "tenancies": "start_date",
    "core_lettings": "start_date",
    "adaptations": "enquiry_date",
    "epc": "lodgement_date",
    "capacity_tracker": "last_updated",
    "packages": "requested_on",
    "delivered": "month",
    "commissioned_hours": "month",
}
"""The day by which the rows of a kind are counted into months."""
FLOWS = ("cld", "apc", "ecds", "csds_contacts", "capacity_tracker", "delivered", "commissioned_hours")
"""Kinds that come month after month, so that a month without rows tells of an extract that is not there."""
THIN_SHARE, MONTHS_JUDGED, ROWS_PER_MONTH_MIN = 0.25, 36, 20
"""A month is thin below this share of the kind's median month; judged are the last months, of kinds with at
least so many rows a month (assumed)."""
ROWS_CHANGE, FILLED_CHANGE = 0.20, 0.05
"""What is told as a change from the last landing: rows by a fifth, a column's completeness by five points."""
RANGE_VALUES_MIN = 100
"""Of fewer values no range is told: the hundredth of few is somebody's own."""
_PERSONAL = ("birth", "death")
_OWN = ("file", "row", "extract_date")


def profile_tables(tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, Any]]:
    """By kind: `rows`, `columns` (column, filled as a share, low, high), `months` (month, rows), `newest`
    (the newest main day) and `behind_days` (from it to the newest extract).

    Low and high are the 1st and 99th hundredths: months of dates, decades of births and deaths, two digits of
    numbers; of fewer than RANGE_VALUES_MIN values neither is told. A kind without rows has none of them.
    """
    return {kind: _profile(kind, table) for kind, table in sorted(tables.items())}


def _profile(kind: str, table: pl.DataFrame) -> dict[str, Any]:
    shown = [c for c in table.columns if c not in _OWN]
    newest, behind = _freshness(kind, table)
    return {
        "rows": table.height,
        "columns": [_column(table[c]) for c in shown],
        "months": _months(kind, table),
        "newest": newest,
        "behind_days": behind,
    }


def _column(values: pl.Series) -> dict[str, Any]:
    filled = 1 - values.null_count() / len(values) if len(values) else 0.0
    low, high = _range(values.drop_nulls())
    return {"column": values.name, "filled": round(filled, 4), "low": low, "high": high}


def _range(values: pl.Series) -> tuple[str | None, str | None]:
    if len(values) < RANGE_VALUES_MIN or not (values.dtype == pl.Date or values.dtype.is_numeric()):
        return None, None
    if values.name.endswith(("uprn", "easting", "northing", "latitude", "longitude")):
        return None, None
    low, high = (values.quantile(q, "nearest") for q in (0.01, 0.99))
    return _rounded(values.name, low), _rounded(values.name, high)


def _rounded(name: str, value: Any) -> str:
    if isinstance(value, date):
        decade = f"{value.year // 10 * 10}s"
        return decade if any(word in name for word in _PERSONAL) else f"{value:%Y-%m}"
    return f"{float(value):.2g}" if abs(float(value)) < 1e6 else f"{float(value):.2e}"


def _day(kind: str, table: pl.DataFrame) -> pl.Series | None:
    name = MAIN_DAY.get(kind)
    if name is None or name not in table.columns:
        return None
    if table[name].dtype == pl.String:
        return (table[name].str.slice(0, 7) + "-01").str.to_date("%Y-%m-%d", strict=False)
    return table[name] if table[name].dtype == pl.Date else None


def _months(kind: str, table: pl.DataFrame) -> list[dict[str, Any]]:
    day = _day(kind, table)
    if day is None:
        return []
    counted = day.drop_nulls().dt.truncate("1mo").alias("month").value_counts(name="rows").sort("month")
    if counted.is_empty():
        return []
    first, last = counted["month"][0], counted["month"][-1]
    every = pl.select(month=pl.date_range(first, last, "1mo"))
    full = every.join(counted, on="month", how="left").with_columns(pl.col("rows").fill_null(0))
    return [{"month": f"{m:%Y-%m}", "rows": int(n)} for m, n in full.rows()]


def _freshness(kind: str, table: pl.DataFrame) -> tuple[str | None, int | None]:
    day = _day(kind, table)
    newest = None if day is None else day.max()
    cut = table["extract_date"].max() if "extract_date" in table.columns else None
    if not isinstance(newest, date):
        return None, None
    behind = (cut - newest).days if isinstance(cut, date) else None
    return f"{newest:%Y-%m}", behind


def thin_months(profile: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each run of months in which a kind that flows has hardly any rows. The last month, which
    is often not over, is not judged."""
    found = []
    for kind in FLOWS:
        months = profile.get(kind, {}).get("months", [])[-MONTHS_JUDGED - 1 : -1]
        usual = sorted(m["rows"] for m in months)[len(months) // 2] if months else 0
        if usual >= ROWS_PER_MONTH_MIN:
            found += [_thin(kind, run, usual) for run in _runs(months, THIN_SHARE * usual)]
    return found


def _runs(months: Sequence[Mapping[str, Any]], least: float) -> list[list[Mapping[str, Any]]]:
    runs: list[list[Mapping[str, Any]]] = []
    for at, month in enumerate(months):
        if month["rows"] >= least:
            continue
        goes_on = bool(runs) and at > 0 and runs[-1][-1] is months[at - 1]
        if goes_on:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _thin(kind: str, run: Sequence[Mapping[str, Any]], usual: int) -> str:
    first, last = run[0]["month"], run[-1]["month"]
    when = f"in {first}" if first == last else f"from {first} to {last}"
    rows = sum(m["rows"] for m in run)
    return f"{kind}: {rows:,} rows {when}, usually about {usual:,} a month: is an extract missing?"


def compare_profiles(
    before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """What changed since another landing, a sentence each: kinds and columns come and gone, rows more or
    fewer by a fifth, columns fuller or emptier by five points."""
    lines = [f"{kind}: landed last time, not now" for kind in before if kind not in now]
    lines += [f"{kind}: landed now, not last time" for kind in now if kind not in before]
    for kind in sorted(set(before) & set(now)):
        lines += _rows_changed(kind, before[kind]["rows"], now[kind]["rows"])
        lines += _columns_changed(kind, before[kind]["columns"], now[kind]["columns"])
    return lines


def _rows_changed(kind: str, was: int, now: int) -> list[str]:
    if not was or abs(now - was) <= ROWS_CHANGE * was:
        return []
    return [f"{kind}: {now:,} rows, {was:,} last time ({(now - was) / was:+.0%})"]


def _columns_changed(
    kind: str, was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[str]:
    earlier = {c["column"]: c["filled"] for c in was}
    lines = []
    for column in now:
        name, filled = column["column"], column["filled"]
        before = earlier.get(name, 0.0)
        if abs(filled - before) >= FILLED_CHANGE:
            lines.append(f"{kind}, {name}: {filled:.0%} filled, {before:.0%} last time")
    return lines
