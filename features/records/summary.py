"""What the last screen and the pages say of a run's records: counts and rates, never a value from a row."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from configs.errors import AsOfError
from features.records.identity import ADDRESSED
from features.records.landing import Landing

HEALTH = ("apc", "ecds", "gp_flags", "csds_contacts")
_HISTORY_DAYS = 365  # a year of look-back before anything can be said of anybody
_STALE_DAYS = 100  # a quarter and the days in which the next submission is due
_FEW_PEOPLE = 5000
_FEW_STARTS = 300


def find_data_range(tables: dict[str, pl.DataFrame]) -> tuple[date, date]:
    """(data_from, data_to): the start of the first care submission's period, and the newest care extract."""
    cld = tables["cld"]
    stated = cld.select(
        pl.col("reporting_period_start_date").min(),
        first=pl.col("extract_date").min(),
        last=pl.col("extract_date").max(),
    ).row(0)
    first, last = stated[1], stated[2]
    return stated[0] or first - timedelta(days=_HISTORY_DAYS), last


def check_as_of(as_of: date, data_from: date, data_to: date) -> None:
    """Raise AsOfError where the landing cannot know `as_of`: less than a year of records before it, or care
    records that are more than a quarter older."""
    first, last = data_from + timedelta(days=_HISTORY_DAYS), data_to + timedelta(days=_STALE_DAYS)
    if not first <= as_of <= last:
        raise AsOfError(
            f"{as_of} lies outside what the landed files can know",
            where=f"care records from {data_from} to {data_to}",
            todo=f"Choose an as-of date from {first} to {last}, or land the files that cover it",
        )


def count_uprn_matches(addresses: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows and how their UPRN came, by kind: rows, given, matched, none, share (of rows with a UPRN)."""
    counts = addresses.group_by("kind", "uprn_method").len()
    found: dict[str, dict[str, Any]] = {}
    for kind in ADDRESSED:
        by_method = dict(counts.filter(pl.col("kind") == kind).select("uprn_method", "len").iter_rows())
        total = sum(by_method.values())
        if total:
            found[kind] = {"rows": total, **{m: by_method.get(m, 0) for m in ("given", "matched", "none")}}
            found[kind]["share"] = round(1 - by_method.get("none", 0) / total, 4)
    return found


def count_key_matches(linked: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """By kind: rows, with_nhs_number (as landed), led_to_nhs_number (after linkage), share of rows led."""
    linked = linked.select("kind", "role", "seed", "nobody", "nhs_number", "person_id")
    by_person = (
        linked.filter(pl.col("seed").str.starts_with("nhs:") & pl.col("person_id").is_not_null())
        .get_column("person_id")
        .unique()
    )
    main = linked.filter(~pl.col("role").str.starts_with("linked_person") & ~pl.col("nobody"))
    counts = (
        main.group_by("kind")
        .agg(
            rows=pl.len(),
            with_nhs_number=pl.col("nhs_number").is_not_null().sum(),
            led_to_nhs_number=pl.col("person_id").is_in(by_person.implode()).sum(),
        )
        .sort("kind")
    )
    return {
        r["kind"]: {
            "rows": r["rows"],
            "with_nhs_number": r["with_nhs_number"],
            "led_to_nhs_number": r["led_to_nhs_number"],
            "share": round(r["led_to_nhs_number"] / r["rows"], 4),
        }
        for r in counts.iter_rows(named=True)
    }


def count_unlinked_health(linked: pl.DataFrame) -> dict[str, int]:
    """Health rows that lead to nobody whom any other kind knows, by kind."""
    linked = linked.select("kind", "person_id")
    beyond = (
        linked.filter(~pl.col("kind").is_in([*HEALTH, "opt_outs"]))
        .get_column("person_id")
        .drop_nulls()
        .unique()
    )
    health = linked.filter(pl.col("kind").is_in(HEALTH))
    unlinked = health.filter(~pl.col("person_id").is_in(beyond.implode()).fill_null(False))
    return dict(unlinked.group_by("kind").len().sort("kind").iter_rows())


def count_rows(landing: Landing, quarantine: pl.DataFrame) -> dict[str, Any]:
    """Rows read, kept, quarantined and blank; by kind; quarantined by rule.

    `quarantine`: the rows set aside in reading and those that joining could not place on the map.
    """
    files = pl.DataFrame(
        [(f.kind, f.rows_read, f.rows_blank) for f in landing.files],
        schema={"kind": pl.String, "read": pl.Int64, "blank": pl.Int64},
        orient="row",
    )
    aside = quarantine.group_by("kind").len("quarantined").cast({"quarantined": pl.Int64})
    by_kind = (
        files.group_by("kind")
        .agg(pl.col("read", "blank").sum())
        .join(aside, on="kind", how="left")
        .with_columns(pl.col("quarantined").fill_null(0))
        .with_columns(kept=pl.col("read") - pl.col("quarantined"))
        .sort("kind")
    )
    names = ("read", "kept", "quarantined", "blank")
    rules = quarantine.group_by("kind", "column", "rule").len("rows").sort("kind", "column", "rule")
    return {
        **{n: int(by_kind[n].sum()) for n in names},
        "by_kind": {r["kind"]: {n: r[n] for n in names} for r in by_kind.iter_rows(named=True)},
        "quarantined_by_rule": rules.to_dicts(),
    }


def newest_extracts(landing: Landing) -> dict[str, str]:
    """The newest extract date of each dated kind, ISO."""
    dates: dict[str, date] = {}
    for report in landing.files:
        if report.extract_date is not None:
            dates[report.kind] = max(report.extract_date, dates.get(report.kind, report.extract_date))
    return {kind: dates[kind].isoformat() for kind in sorted(dates)}


def judge_size(n_people: int, care_events: pl.DataFrame, model: str) -> dict[str, Any]:
    """`numbers_small` and why: facts that the last screen says plainly before any score."""
    starts = care_events.filter(pl.col("service_type") == "Long term support: Community").get_column(
        "person_id"
    )
    why = []
    if n_people < _FEW_PEOPLE:
        why.append(f"{n_people:,} people: scores rest on few, and ranges are wide")
    if starts.n_unique() < _FEW_STARTS:
        why.append(f"{starts.n_unique():,} people with long-term support at home: few to learn from")
    if model == "stated":
        why.append("too few people to train the linkage model: stated values were used")
    return {"numbers_small": bool(why), "numbers_small_why": why}


def count_undecided(mentions: pl.DataFrame) -> dict[str, int]:
    """Rows by kind that speak of somebody and lead to nobody: no key at all, or one that is another's."""
    lost = mentions.filter(pl.col("person_id").is_null() & ~pl.col("nobody"))
    lost = lost.filter(~pl.col("kind").is_in(["opt_outs", "objections"]))
    return dict(lost.group_by("kind").len().sort("kind").iter_rows())
