"""Client Level Data from overlapping quarters to one row per event (data_specs.md, 1.3 to 1.5)."""

import polars as pl

from configs.settings import LagsDays
from features.records.columns import bring

# DHSC's order when one event shows several outcomes: the lower wins (data_specs.md, 1.2).
_OUTCOMES = (
    "Progress to reablement/ST-Max",
    "Progress to assessment, review or reassessment",
    "Release 1 specification only: Not mapped",
    "Progress to support planning or services",
    "Continuation of support or services",
    "Admitted to hospital",
    "NFA: Responsibility moved to another local authority",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Information and advice or signposting",
    "NFA: Referral to other service within the local authority",
    "NFA: Support declined",
    "NFA: Deceased",
    "NFA: Support ended as planned",
    "NFA: Support ended for other reason",
    "NFA: No services offered for other reason",
    "NFA: Other",
)
EVENT_KEY = (
    "person_id",
    "client_type",
    "event_type",
    "event_start_date",
    "route_of_access",
    "assessment_type",
    "service_type",
    "service_component",
)
_SERVICE = ("person_id", "client_type", "service_type", "service_component")
# Within one submission these tell two rows apart: double-handed care stays as two.
_PACKAGE = ("delivery_mechanism", "unit_cost", "cost_frequency", "planned_units_per_week")
# Weeks paid for by one unit; cost frequency beats planned units (data_specs.md, 1.5).
_UNITS_PER_WEEK = {
    "weekly": 1.0,
    "fortnightly": 1 / 2,
    "4-weekly": 1 / 4,
    "monthly": 12 / 52,
    "quarterly": 4 / 52,
    "annually": 1 / 52,
}
_SHOWN = (
    "person_id",
    "client_type",
    "event_type",
    "happened_on",
    "known_on",
    "ended_on",
    "end_known_on",
    "route_of_access",
    "assessment_type",
    "event_outcome",
    "service_type",
    "service_component",
    "delivery_mechanism",
    "hours_per_week",
    "pounds_per_week",
    "provider_location_id",
    "review_reason",
    "primary_support_reason",
    "accommodation_status",
    "has_unpaid_carer",
    "dementia",
    "client_funding_status",
    "status_known_on",
    "linked_person_ids",
    "postcode",
)
PERIOD_EVENTS_MIN, PERIOD_MONTH_SHARE, PERIOD_TYPES_MIN = 100, 0.02, 3
"""DHSC's rule for the period that a submission covers (data_specs.md, 1.6)."""
# What a row says of the person and not of the event: later submissions say it of old events anew.
_STATUSES = (
    "primary_support_reason",
    "accommodation_status",
    "has_unpaid_carer",
    "dementia",
    "client_funding_status",
    "postcode",
)


def build_care_events(cld: pl.DataFrame, deaths: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """One row per unique event, in the columns of `care_events.parquet` and `postcode` beside them, sorted.

    `cld`: the typed rows with person_id (rows without one are left out) and linked_person_ids; `deaths`:
    person_id, date_of_death, death_known_on. Rules of data_specs.md: the unique event key and keep-one order
    (1.3), deaths and vanished services (1.4), cost (1.5). An end date and a start are known from the earliest
    extract that shows them, or the event plus the lag where no earlier extract could have. What an event's
    row says of the person (support reason, accommodation, carer, dementia, funding, postcode) is what the
    first submission to show the event said, known when that was cut. Empty in, empty out.
    """
    named = cld.filter(pl.col("person_id").is_not_null()).drop("date_of_death")
    rows = _with_periods(named)
    starts = _first_shown(rows, list(EVENT_KEY), "event_start_date", lags.cld, "known_on")
    ends = _first_shown(
        rows.filter(pl.col("event_end_date").is_not_null()),
        [*EVENT_KEY, "event_end_date"],
        "event_end_date",
        lags.cld,
        "end_known_on",
    )
    kept = (
        _keep_one(rows)
        .drop(_STATUSES)
        .join(_first_told(rows), on=list(EVENT_KEY), how="left", nulls_equal=True)
    )
    events = kept.join(starts, on=list(EVENT_KEY), how="left", nulls_equal=True).join(
        ends, on=[*EVENT_KEY, "event_end_date"], how="left", nulls_equal=True
    )
    events = _close_vanished(events, _extracts(rows)).rename({"event_start_date": "happened_on"})
    events = _end_at_death(events, deaths).with_columns(_hours(), _pounds())
    return (
        events.rename({"provider_cqc_location_id": "provider_location_id"})
        .select(_SHOWN)
        .sort(*_SHOWN[:-2], "postcode", nulls_last=True)
    )


def _with_periods(cld: pl.DataFrame) -> pl.DataFrame:
    """The period of each submission: derived from its events, else as stated, else the 12 months before it
    was cut."""
    derived = derive_periods(cld)
    stated = bring(cld, derived, ["extract_date"], "_start", "_end")
    return stated.with_columns(
        period_end=pl.coalesce("_end", "reporting_period_end_date", "extract_date"),
        period_start=pl.coalesce(
            "_start", "reporting_period_start_date", pl.col("extract_date").dt.offset_by("-12mo")
        ),
    ).drop("_start", "_end")


def derive_periods(cld: pl.DataFrame) -> pl.DataFrame:
    """extract_date, _start, _end: the months a submission covers, for stated periods are often too wide
    (data_specs.md, 1.6): from the first to the last month with 2% of its events and three of the four types,
    events of the month in which it was cut and later left out. Submissions of fewer than 100 events: no row.
    """
    day = pl.coalesce("event_end_date", "event_start_date")
    cut_month = (pl.col("extract_date") + pl.duration(days=1)).dt.truncate("1mo")
    dated = cld.select("extract_date", "event_type", month=day.dt.truncate("1mo"), _cut=cut_month)
    within = dated.filter(pl.col("month") < pl.col("_cut"))
    months = (
        within.group_by("extract_date", "month")
        .agg(n=pl.len(), types=pl.col("event_type").n_unique())
        .with_columns(total=pl.col("n").sum().over("extract_date"))
        .filter(
            (pl.col("total") >= PERIOD_EVENTS_MIN)
            & (pl.col("n") >= PERIOD_MONTH_SHARE * pl.col("total"))
            & (pl.col("types") >= PERIOD_TYPES_MIN)
        )
    )
    return (
        months.group_by("extract_date")
        .agg(_start=pl.col("month").min(), _end=pl.col("month").max().dt.month_end())
        .sort("extract_date")
    )


def _extracts(rows: pl.DataFrame) -> pl.DataFrame:
    """The submissions in order: extract_date, period_start, period_end (the commonest stated),
    next_extract?."""
    periods = (
        rows.group_by("extract_date", "period_start", "period_end")
        .len()
        .sort("extract_date", "len", "period_end", "period_start", descending=[False, True, True, False])
        .unique("extract_date", keep="first", maintain_order=True)
        .drop("len")
    )
    return periods.sort("extract_date").with_columns(next_extract=pl.col("extract_date").shift(-1))


def _first_shown(rows: pl.DataFrame, key: list[str], day: str, lag_days: int, name: str) -> pl.DataFrame:
    """When the fact on `day` was known: the lag after it, unless an extract that could have shown it did
    not."""
    shown = rows.group_by(key).agg(_first=pl.col("extract_date").min())
    could = (
        _extracts(rows)
        .select(pl.col("extract_date").alias("_could"), "period_end")
        .with_columns(reach=pl.min_horizontal("period_end", pl.col("_could") - pl.duration(days=lag_days)))
        .with_columns(reach=pl.col("reach").cum_max())
        .unique("reach", keep="first", maintain_order=True)
        .sort("reach")
    )
    earliest = shown.sort(day).join_asof(
        could.select("reach", "_could"), left_on=day, right_on="reach", strategy="forward"
    )
    late = (pl.col("_first") > pl.col("_could")).fill_null(False)
    lagged = pl.min_horizontal(pl.col(day) + pl.duration(days=lag_days), "_first")
    return earliest.select(*key, pl.when(late).then("_first").otherwise(lagged).alias(name))


def _first_told(rows: pl.DataFrame) -> pl.DataFrame:
    """What the first submission to show an event said of the person, and when that was cut: a later one says
    where somebody lives now, also beside events of years ago."""
    first = rows.filter(pl.col("extract_date") == pl.col("extract_date").min().over(EVENT_KEY))
    said = [pl.col(c).drop_nulls().max() for c in _STATUSES]
    return first.group_by(EVENT_KEY).agg(*said, status_known_on=pl.col("extract_date").min())


def _keep_one(rows: pl.DataFrame) -> pl.DataFrame:
    """The latest submission speaks for an event; within it, services keep one row a package, other events one
    row an end date; an open row beside an ended one of the same request, assessment or review is the same
    event."""
    is_service = pl.col("event_type") == "Service"
    latest = rows.filter(pl.col("extract_date") == pl.col("extract_date").max().over(EVENT_KEY))
    order = pl.col("event_outcome").replace_strict(
        {o: i for i, o in enumerate(_OUTCOMES)}, default=len(_OUTCOMES), return_dtype=pl.Int8
    )
    ranked = latest.with_columns(
        _order=order,
        _open_first=pl.when(is_service).then(pl.col("event_end_date").is_not_null()).otherwise(False),
        _end=pl.when(~is_service).then("event_end_date"),
        **{f"_{c}": pl.when(is_service).then(c) for c in _PACKAGE},
    ).sort(
        *EVENT_KEY,
        "_open_first",
        "event_end_date",
        "_order",
        "event_reference",
        "file",
        "row",
        descending=[False] * len(EVENT_KEY) + [False, True, False, True, True, True],
        nulls_last=True,
    )
    one = ranked.unique([*EVENT_KEY, "_end", *(f"_{c}" for c in _PACKAGE)], keep="first", maintain_order=True)
    any_ended = pl.col("event_end_date").is_not_null().any().over(EVENT_KEY)
    return one.filter(is_service | pl.col("event_end_date").is_not_null() | ~any_ended)


def _close_vanished(events: pl.DataFrame, extracts: pl.DataFrame) -> pl.DataFrame:
    """An open service that the next submission no longer shows ended with the period that last showed it; the
    council could see it when that next submission was cut, or when the same service was entered afresh the
    day it ended (some systems reset start dates with the financial year)."""
    joined = events.join(extracts.select("extract_date", "next_extract", "period_end"), on="extract_date")
    vanished = (
        (pl.col("event_type") == "Service")
        & pl.col("event_end_date").is_null()
        & pl.col("next_extract").is_not_null()
    )
    day_after = pl.max_horizontal(pl.col("period_end") + pl.duration(days=1), pl.col("event_start_date"))
    closed = joined.with_columns(
        _vanished=vanished, ended_on=pl.when(vanished).then(day_after).otherwise("event_end_date")
    )
    closed = _drop_reset_starts(closed)
    same = list(_SERVICE)
    afresh = closed.filter(pl.col("event_type") == "Service").select(
        *same, ended_on="event_start_date", _afresh="known_on"
    )
    renewed = afresh.group_by(*same, "ended_on").agg(pl.col("_afresh").min())
    seen = closed.join(renewed, on=[*same, "ended_on"], how="left", nulls_equal=True)
    gone = pl.min_horizontal("next_extract", "_afresh")
    return seen.with_columns(end_known_on=pl.when("_vanished").then(gone).otherwise("end_known_on"))


def _drop_reset_starts(services: pl.DataFrame) -> pl.DataFrame:
    """A service that one submission restarts on 1 April, and later submissions show again with its true
    start, is that service and no second one."""
    day = pl.col("event_start_date")
    reset = services.filter(pl.col("_vanished") & (day.dt.month() == 4) & (day.dt.day() == 1))
    true = services.filter(pl.col("event_type") == "Service").select(
        *_SERVICE, _start="event_start_date", _end="ended_on", _shown="extract_date"
    )
    returned = (
        reset.join(true, on=_SERVICE, nulls_equal=True)
        .filter((pl.col("_start") < day) & (pl.col("_end").is_null() | (pl.col("_end") > day)))
        .filter(pl.col("_shown") > pl.col("extract_date"))
    )
    key = ["file", "row"]
    return services.join(returned.select(key).unique(), on=key, how="anti")


def _end_at_death(events: pl.DataFrame, deaths: pl.DataFrame) -> pl.DataFrame:
    """A death closes what is open or runs past it; nothing starts after it."""
    dead = events.join(deaths, on="person_id", how="left")
    cut = pl.col("date_of_death").is_not_null() & (
        pl.col("ended_on").is_null() | (pl.col("ended_on") > pl.col("date_of_death"))
    )
    return dead.filter(
        pl.col("date_of_death").is_null() | (pl.col("happened_on") <= pl.col("date_of_death"))
    ).with_columns(
        end_known_on=pl.when(cut)
        .then(pl.max_horizontal("death_known_on", "known_on"))
        .otherwise("end_known_on"),
        ended_on=pl.when(cut).then("date_of_death").otherwise("ended_on"),
    )


def _hours() -> pl.Expr:
    """Planned hours: units are hours only where they are paid by the hour."""
    hourly = pl.col("cost_frequency").str.to_lowercase() == "hourly"
    is_service = pl.col("event_type") == "Service"
    return pl.when(hourly & is_service).then(pl.col("planned_units_per_week").abs()).alias("hours_per_week")


def _pounds() -> pl.Expr:
    """|unit cost| times units a week; null where the cost is missing, nought, or paid once."""
    frequency = pl.col("cost_frequency").str.to_lowercase()
    units = frequency.replace_strict(
        _UNITS_PER_WEEK, default=pl.col("planned_units_per_week").abs(), return_dtype=pl.Float64
    )
    paid = (pl.col("unit_cost").abs() > 0) & (frequency != "one-off").fill_null(True)
    is_service = pl.col("event_type") == "Service"
    return (
        pl.when(paid & is_service).then(pl.col("unit_cost").abs() * units).round(2).alias("pounds_per_week")
    )
