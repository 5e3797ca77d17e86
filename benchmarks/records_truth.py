"""How right a simulated county's records are joined: people, addresses, homes and ids, judged by its truth.

    python benchmarks/records_truth.py COUNTY [--as-of 2026-10-01] [--json FILE] [--stability]

Reads COUNTY/landing as `forebridge run` would, with a fresh state, and scores the joined records against
COUNTY/truth. Prints one Markdown table for benchmarks/RESULTS.md. By hand only: minutes at 145,000 households.
"""

import argparse
import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from records_truth_scores import (
    Truth,
    by_group,
    score_addresses,
    score_alone,
    score_clusters,
    score_coresidents,
    score_stability,
)

from configs.settings import load_settings
from features.records.join import join_tables
from features.records.landing import Landing, read_landing
from features.records.mentions import gather_mentions
from features.records.shapes import complete

KEY = b"records truth benchmark key 0001"


@dataclass(frozen=True)
class Run:
    """Joined tables of one landing, and what it took."""

    landed: Landing
    tables: dict[str, pl.DataFrame]
    seconds_read: float
    seconds_join: float


def run_once(landed: Landing, state: Path, as_of: date, seconds_read: float = 0.0) -> Run:
    """Join a landing that has been read, with the linkage state of a folder."""
    begun = time.perf_counter()
    joined = join_tables(
        landed,
        settings=load_settings(None),
        key=KEY,
        state=state,
        purpose="planning",
        as_of=as_of,
        progress=lambda said: print(f"  {time.perf_counter() - begun:6.1f} s  {said}", file=sys.stderr),
    )
    return Run(landed, joined.tables, seconds_read, time.perf_counter() - begun)


def main() -> None:
    """Score one county and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("county", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 10, 1))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--stability", action="store_true", help="also join twice, a month apart")
    asked = parser.parse_args()
    truth = Truth.read(asked.county / "truth")
    begun = time.perf_counter()
    landed = read_landing(asked.county / "landing", load_settings(None))
    seconds_read = time.perf_counter() - begun
    with TemporaryDirectory() as state:
        run = run_once(landed, Path(state), asked.as_of, seconds_read)
    peak_gib = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    mentions = gather_mentions(complete(landed.tables))
    found: dict[str, object] = {
        "seconds_read": round(run.seconds_read, 1),
        "seconds_join": round(run.seconds_join, 1),
        "peak_gib": peak_gib,
        **score_clusters(run.tables["identity"], truth),
        **score_coresidents(run.tables["identity"], mentions, truth),
        **score_addresses(run.tables["identity"], truth),
        **score_alone(run.tables, truth, asked.as_of),
        "by_group": by_group(run.tables["identity"], truth, asked.as_of),
    }
    if asked.stability:
        found |= _stability(landed, asked.as_of)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, default=str), encoding="utf-8")
    for name, value in found.items():
        print(f"| {name} | {value} |" if not isinstance(value, list) else "\n".join(map(str, value)))


def _stability(landed: Landing, as_of: date) -> dict[str, object]:
    """Join as it stood a month ago, then all of it with the same state."""
    with TemporaryDirectory() as state:
        before = run_once(_a_month_ago(landed, as_of), Path(state), as_of)
        after = run_once(landed, Path(state), as_of)
    return score_stability(before.tables["identity"], after.tables["identity"])


_BEGINS = {"demographics": "effective_from", "tenancies": "start_date", "adaptations": "enquiry_date"}


def _a_month_ago(landed: Landing, as_of: date) -> Landing:
    """Without the newest extract of what comes in several, and without what began in the last month."""
    tables = {}
    for kind, table in landed.tables.items():
        cuts = table["extract_date"].drop_nulls().unique()
        tables[kind] = table
        if len(cuts) > 1:
            tables[kind] = table.filter(pl.col("extract_date") < cuts.max())
        elif kind in _BEGINS:
            begun = pl.col(_BEGINS[kind])
            tables[kind] = table.filter(begun.is_null() | (begun < as_of - timedelta(days=31)))
    return Landing(**{**landed.__dict__, "tables": tables})


if __name__ == "__main__":
    main()
