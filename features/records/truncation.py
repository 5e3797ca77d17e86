"""A landing as it would have looked on a day: the typed rows that somebody could have landed before it.

Written apart from the join, and by its own plain rule, because it is what the join and the features are held
against (`features/leak_hunt.py`). Extracts cut before the day stand whole. Of a later extract a row stands if
what it tells had happened, and the source's lag had passed, before the day; what it tells of an end that was
not yet known, or of the day on which it was cut, is blanked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from configs.settings import LagsDays
from features.records.events_care import EVENT_KEY, derive_periods

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Telling:
    """What a later extract's row tells and when that was known.

    `begins`: the first of these dates that is given; empty: the extract's own day alone. `key`: what makes
    two rows tell of one thing. `ends`: end date -> what is told with it. `when_cut`: told of the day on which
    the extract was cut, whatever the row is about.
    """

    begins: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    ends: Mapping[str, tuple[str, ...]] | None = None
    when_cut: tuple[str, ...] = ()

    @property
    def may_blank(self) -> tuple[str, ...]:
        """Every column that may be blanked on a row that stands."""
        ends = [c for end, with_it in (self.ends or {}).items() for c in (end, *with_it)]
        return (*ends, *self.when_cut)


TELLING: dict[str, Telling] = {
    "demographics": Telling(
        ("effective_from", "effective_to", "date_of_death"),
        ("person_id", "effective_from"),
        {"effective_to": (), "date_of_death": ()},
    ),
    "cld": Telling(
        ("event_start_date",),
        EVENT_KEY,
        {"event_end_date": ("event_outcome",), "date_of_death": ()},
        (
            "primary_support_reason",
            "accommodation_status",
            "has_unpaid_carer",
            "dementia",
            "client_funding_status",
            "postcode",
        ),
    ),
    "apc": Telling(("discharge_date", "admission_date", "episode_start")),
    "ecds": Telling(("arrival_date",)),
    "gp_flags": Telling(("snapshot_date",)),
    "council_tax": Telling(),
    "tenancies": Telling(
        ("start_date",), ("tenancy_ref", "start_date"), {"end_date": ()}, ("arrears_pounds", "repairs_12m")
    ),
    "adaptations": Telling(
        ("enquiry_date",),
        ("application_ref", "enquiry_date"),
        {"approval_date": (), "completion_date": ("cost_pounds",)},
    ),
    "epc": Telling(("lodgement_date",)),
}
"""The kinds that tell of people and homes by date. Hospital stays are submitted at discharge."""


def truncate(tables: Tables, as_of: date, lags: LagsDays) -> Tables:
    """The tables with what could not have been landed before `as_of` taken out or blanked; same columns.

    `tables`: typed, with extract_date, care records with person_id. Kinds that TELLING does not name stand as
    they are: registers of places, landed without history.
    """
    cut = {
        kind: _truncate(table, TELLING[kind], as_of, getattr(lags, kind)) if kind in TELLING else table
        for kind, table in tables.items()
    }
    return {**cut, "cld": _without_late(cut["cld"], tables["cld"], as_of)} if "cld" in cut else cut


def _truncate(table: pl.DataFrame, telling: Telling, as_of: date, lag_days: int) -> pl.DataFrame:
    landed = pl.col("extract_date") < as_of
    begun = _told(pl.coalesce(telling.begins), as_of, lag_days) if telling.begins else pl.lit(False)
    for end, with_it in (telling.ends or {}).items():
        told = landed | _told(pl.col(end), as_of, lag_days) | pl.col("_shown")
        blanks = [pl.when(told).then(pl.col(c)).alias(c) for c in (*with_it, end) if c in table.columns]
        table = _with_shown(table, [*telling.key, end], as_of).with_columns(blanks).drop("_shown")
    cut = [pl.when(landed).then(pl.col(c)).alias(c) for c in telling.when_cut if c in table.columns]
    return table.filter(landed | begun).with_columns(cut)


def _with_shown(table: pl.DataFrame, key: list[str], as_of: date) -> pl.DataFrame:
    """With `_shown`: an extract cut before the day says the same."""
    before = table.filter(pl.col("extract_date") < as_of).select(key).unique().with_columns(_shown=True)
    met = table.join(before, on=key, how="left", nulls_equal=True, maintain_order="left")
    return met.with_columns(pl.col("_shown").fill_null(False))


def _told(day: pl.Expr, as_of: date, lag_days: int) -> pl.Expr:
    return (day + pl.duration(days=lag_days) < as_of).fill_null(False)


def _without_late(cut: pl.DataFrame, whole: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Care records without what was entered late: a start, or an end, that a submission cut on or after the
    day covers and does not show was not yet on the system on that day."""
    ends = [*EVENT_KEY, "event_end_date"]
    covered = derive_periods(whole).filter(pl.col("extract_date") >= as_of)
    shown = {
        day: _first_shown(whole, key, covered, day)
        for day, key in zip(_DAYS, (list(EVENT_KEY), ends), strict=True)
    }
    on_time = cut.join(
        shown["event_start_date"].filter("_late"), on=list(EVENT_KEY), how="anti", nulls_equal=True
    )
    late_end = on_time.join(
        shown["event_end_date"].filter("_late"), on=ends, how="left", nulls_equal=True, maintain_order="left"
    )
    told = (pl.col("extract_date") < as_of) | ~pl.col("_late").fill_null(False)
    return late_end.with_columns(
        pl.when(told).then(pl.col(c)).alias(c) for c in ("event_outcome", "event_end_date")
    ).drop("_late")


_DAYS = ("event_start_date", "event_end_date")


def _first_shown(whole: pl.DataFrame, key: list[str], covered: pl.DataFrame, day: str) -> pl.DataFrame:
    """`key`, _late: true where a submission of `covered` (extract_date, _end) reaches `day` and an earlier
    one than the first that shows the fact."""
    first = whole.filter(pl.col(day).is_not_null()).group_by(key).agg(_first=pl.col("extract_date").min())
    reach = covered.sort("extract_date").select("extract_date", _reach=pl.col("_end").cum_max())
    before = first.sort("_first").join_asof(
        reach, left_on="_first", right_on="extract_date", strategy="backward", allow_exact_matches=False
    )
    return before.select(*key, _late=(pl.col("_reach") >= pl.col(day)).fill_null(False))
