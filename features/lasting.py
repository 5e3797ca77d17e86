"""What a whole record says of a person: how often things happen to them, and how much of it is fresh.

Windows forget: somebody admitted every third year looks the same as somebody never admitted. A yearly rate
over all that is on record stands for what is lasting in a person, a sum that fades for what is passing.
"""

from collections.abc import Callable

import polars as pl

from features.as_of import DAYS_PER_YEAR
from features.care_record import read_events
from features.declared import Feature, Snapshot, View, count
from features.health import read_admissions, read_attendances

HALF_LIFE_DAYS = 91
"""A fading sum counts an event half after a quarter of a year: how long harm after a stay lasts (assumed)."""

Reader = Callable[[Snapshot], pl.LazyFrame]

YEARS_MIN = 1.0
"""A record shorter than a year is not stretched to one."""


def _lasting(read: Reader) -> Reader:
    """The rows of `read` with what each adds to a yearly rate (`a_year`) and to a fading sum (`fresh`)."""

    def with_shares(seen: Snapshot) -> pl.LazyFrame:
        years = max((seen.as_of - seen.records.data_from).days / DAYS_PER_YEAR, YEARS_MIN)
        fresh = 0.5 ** (pl.col("days_ago") / HALF_LIFE_DAYS)
        return read(seen).with_columns(pl.lit(1 / years).alias("a_year"), fresh.alias("fresh"))

    return with_shares


ADMISSIONS = View("admissions_lasting", "person_id", ("admissions",), _lasting(read_admissions))
ATTENDANCES = View("attendances_lasting", "person_id", ("attendances",), _lasting(read_attendances))
EVENTS = View("care_events_lasting", "person_id", ("care_events",), _lasting(read_events))

_emergency, _fall = pl.col("emergency"), pl.col("emergency") & pl.col("fall")
_request = pl.col("event_type") == "Request"


def _both(what: str, view: View, happened: pl.Expr, thing: str) -> tuple[Feature, Feature]:
    """The yearly rate over all that is on record, and the fading sum, of the rows where `happened`."""
    a_year = count(
        f"{what}_per_year",
        view,
        pl.col("a_year").filter(happened),
        f"{what.rsplit('_', 1)[-1]} a year",
        f"{thing} a year over all that is on record",
        state="ever",
    )
    fresh = count(
        f"recent_{what}",
        view,
        pl.col("fresh").filter(happened),
        "weighted count",
        f"recent {thing}, one of three months ago counting half",
        state="ever",
    )
    return a_year, fresh


HEALTH = (
    *_both("emergency_admissions", ADMISSIONS, _emergency, "emergency hospital admissions"),
    *_both("fall_admissions", ADMISSIONS, _fall, "hospital admissions after a fall"),
    *_both("planned_admissions", ADMISSIONS, pl.col("planned"), "planned hospital admissions"),
    *_both("attendances", ATTENDANCES, pl.lit(True), "attendances at an emergency department"),
    *_both("injury_attendances", ATTENDANCES, pl.col("injury"), "attendances for an injury"),
)
SOCIAL_CARE = _both("requests", EVENTS, _request, "requests for support")
