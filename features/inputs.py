"""What the features stage reads: the tables of `records/`, typed, and only of people who may be used.

Columns and types are those of docs/reference/tables.md, section 1. Nothing here speaks of a name, an address,
an NHS number or a UPRN.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from configs.errors import LandingError
from features.as_of import seen_before

GP_FLAGS = (
    "dementia", "stroke_tia", "heart_failure", "chd", "af", "copd", "asthma", "diabetes", "ckd", "cancer",
    "depression", "serious_mental_illness", "learning_disability", "parkinsonism", "epilepsy", "osteoporosis",
    "fragility_fracture", "falls", "incontinence", "hearing_loss", "sight_loss", "housebound", "carer",
    "care_home", "palliative",
)  # fmt: skip
"""The yes/no/unknown flags of the `gp_flags` contract."""

_TEXT, _DAY, _YES, _NUMBER, _WHOLE = pl.String, pl.Date, pl.Boolean, pl.Float64, pl.Int64

SCHEMAS: dict[str, dict[str, Any]] = {
    "people": {
        "person_id": _TEXT, "opted_out": _YES, "restricted": _YES, "objects_planning": _YES,
        "objects_direct_care": _YES, "date_of_birth": _DAY, "sex": _TEXT, "ethnicity": _TEXT,
        "date_of_death": _DAY, "death_known_on": _DAY, "in_scope": _YES, "first_seen_on": _DAY,
    },
    "residences": {
        "person_id": _TEXT, "household_id": _TEXT, "lsoa_code": _TEXT, "communal": _YES, "from_date": _DAY,
        "to_date": _DAY, "known_on": _DAY, "to_known_on": _DAY, "replaced_on": _DAY, "source": _TEXT,
    },
    "households": {
        "household_id": _TEXT, "lsoa_code": _TEXT, "easting": _NUMBER, "northing": _NUMBER,
        "dwelling_class": _TEXT, "communal": _YES, "care_home": _YES, "sheltered": _YES,
        "dwelling_type": _TEXT, "restricted": _YES,
    },
    "care_events": {
        "person_id": _TEXT, "client_type": _TEXT, "event_type": _TEXT, "happened_on": _DAY, "known_on": _DAY,
        "ended_on": _DAY, "end_known_on": _DAY, "route_of_access": _TEXT, "assessment_type": _TEXT,
        "event_outcome": _TEXT, "service_type": _TEXT, "service_component": _TEXT,
        "delivery_mechanism": _TEXT, "hours_per_week": _NUMBER, "pounds_per_week": _NUMBER,
        "provider_location_id": _TEXT,
        "review_reason": _TEXT, "primary_support_reason": _TEXT, "accommodation_status": _TEXT,
        "has_unpaid_carer": _TEXT, "dementia": _TEXT, "client_funding_status": _TEXT,
        "status_known_on": _DAY,
        "linked_person_ids": pl.List(pl.String),
    },
    "admissions": {
        "person_id": _TEXT, "happened_on": _DAY, "discharged_on": _DAY, "known_on": _DAY,
        "replaced_on": _DAY,
        "admission_method": _TEXT, "emergency": _YES, "fall": _YES, "from_care_home": _YES,
        "to_care_home": _YES, "died": _YES, "length_of_stay_days": _WHOLE, "diagnosis_3": _TEXT,
        "diagnoses": pl.List(pl.String), "episodes": _WHOLE,
    },
    "attendances": {
        "person_id": _TEXT, "happened_on": _DAY, "known_on": _DAY, "injury": _YES,
        "discharge_destination": _TEXT,
    },
    "gp_snapshots": {
        "person_id": _TEXT, "happened_on": _DAY, "known_on": _DAY, "practice_code": _TEXT,
        "efi_score": _NUMBER, "efi_category": _TEXT, "n_deficits": _WHOLE, "n_medicines": _WHOLE,
        "last_contact_date": _DAY,
        **dict.fromkeys(GP_FLAGS, _YES),
    },
    "council_tax": {
        "household_id": _TEXT, "happened_on": _DAY, "known_on": _DAY, "band": _TEXT, "discount": _TEXT,
        "disregard": _TEXT, "exemption": _TEXT, "discount_start": _DAY, "discount_end": _DAY,
        "benefit_recipient": _YES, "disabled_reduction": _YES, "billing_differs": _YES, "n_liable": _WHOLE,
    },
    "tenancies": {
        "household_id": _TEXT, "person_id": _TEXT, "joint_person_id": _TEXT, "happened_on": _DAY,
        "known_on": _DAY, "ended_on": _DAY, "end_known_on": _DAY, "tenancy_type": _TEXT,
        "property_type": _TEXT, "bedrooms": _WHOLE, "sheltered": _YES, "alarm": _YES,
        "arrears_pounds": _NUMBER, "repairs_12m": _WHOLE, "extract_date": _DAY,
    },
    "adaptations": {
        "household_id": _TEXT, "person_id": _TEXT, "happened_on": _DAY, "known_on": _DAY, "approved_on": _DAY,
        "completed_on": _DAY, "adaptation_type": _TEXT, "cost_pounds": _NUMBER,
    },
    "epc": {
        "household_id": _TEXT, "happened_on": _DAY, "known_on": _DAY, "energy_rating": _TEXT,
        "energy_efficiency": _NUMBER, "property_type": _TEXT, "built_form": _TEXT, "floor_level": _TEXT,
        "construction_age_band": _TEXT, "floor_area_square_metres": _NUMBER, "tenure": _TEXT,
    },
    "areas": {
        "lsoa_code": _TEXT, "lsoa_name": _TEXT, "ward_code": _TEXT, "ward_name": _TEXT, "msoa_code": _TEXT,
        "lad_code": _TEXT, "lad_name": _TEXT, "easting": _NUMBER, "northing": _NUMBER,
        "area_square_metres": _NUMBER, "imd_score": _NUMBER, "imd_rank": _WHOLE, "imd_decile": _WHOLE,
        "income_score": _NUMBER, "health_score": _NUMBER, "barriers_score": _NUMBER,
        "living_environment_score": _NUMBER, "ruc_code": _TEXT, "rural": _YES, "n_stops": _WHOLE,
        "metres_to_stop": _NUMBER,
    },
}  # fmt: skip
"""Table -> column -> type, as the records stage writes them."""

SOURCE_OF = {
    "people": "demographics", "residences": "demographics", "households": "gazetteer", "care_events": "cld",
    "admissions": "apc", "attendances": "ecds", "gp_snapshots": "gp_flags", "council_tax": "council_tax",
    "tenancies": "tenancies", "adaptations": "adaptations", "epc": "epc", "areas": "lsoa_boundaries",
}  # fmt: skip
"""Table -> the landed kind that it comes from."""

_ABOUT_ONE_PERSON = ("care_events", "admissions", "attendances", "gp_snapshots")


@dataclass(frozen=True)
class Records:
    """The tables of `records/` as lazy frames, and what the landed files cover.

    Health and care tables hold only people who may be used for the run's purpose and are not restricted;
    `residences` holds everybody, because who else lives at an address decides who may be listed.
    """

    people: pl.LazyFrame
    residences: pl.LazyFrame
    households: pl.LazyFrame
    care_events: pl.LazyFrame
    admissions: pl.LazyFrame
    attendances: pl.LazyFrame
    gp_snapshots: pl.LazyFrame
    council_tax: pl.LazyFrame
    tenancies: pl.LazyFrame
    adaptations: pl.LazyFrame
    epc: pl.LazyFrame
    areas: pl.LazyFrame
    data_from: date
    data_to: date
    seen_to: Mapping[str, date] = field(default_factory=dict)
    first_known_on: Mapping[str, date | None] = field(default_factory=dict)

    def source_seen_to(self, table: str) -> date:
        """The day up to which the source of `table` was cut: its newest extract, else the newest of all."""
        return self.seen_to.get(SOURCE_OF[table], self.data_to)

    def was_seen_before(self, table: str, as_of: date) -> bool:
        """True when some fact of `table` was known before `as_of`; an undated table when it has rows at all.

        Otherwise "none recorded" means "nobody could have recorded it", and counts are unknown, not zero.
        """
        return seen_before(self.first_known_on[table], as_of)


def load_records(folder: Path) -> Records:
    """Open a `records/` folder. Raises LandingError naming every table or column that is not there."""
    absent = [f"{name}.parquet" for name in SCHEMAS if not (folder / f"{name}.parquet").is_file()]
    absent += [] if (folder / "summary.json").is_file() else ["summary.json"]
    if absent:
        raise _unreadable(folder, absent)
    frames = {name: pl.scan_parquet(folder / f"{name}.parquet") for name in SCHEMAS}
    lacking = [f"{n}.parquet: {c}" for n, frame in frames.items() for c in _lacking(n, frame)]
    if lacking:
        raise _unreadable(folder, lacking)
    return gather_records(frames, json.loads((folder / "summary.json").read_text(encoding="utf-8")))


def gather_records(frames: Mapping[str, pl.LazyFrame], summary: Mapping[str, Any]) -> Records:
    """Records from one frame a table (absent: no rows) and the records stage's summary.

    Facts about people who are out of scope or restricted are taken out here, once, before anything counts.
    """
    typed = {name: _typed(name, frames.get(name)) for name in SCHEMAS}
    usable = typed["people"].filter("in_scope", ~pl.col("restricted")).select("person_id")
    scoped = {n: typed[n].join(usable, on="person_id", how="semi") for n in _ABOUT_ONE_PERSON}
    tables = {n: f.collect().lazy() for n, f in (typed | scoped).items()}
    first_known = {n: _first_known(f) for n, f in tables.items()}
    return Records(
        **tables,
        data_from=date.fromisoformat(str(summary["data_from"])),
        data_to=date.fromisoformat(str(summary["data_to"])),
        seen_to=_newest_extracts(summary.get("extract_dates") or {}),
        first_known_on=first_known,
    )


def told_of_person(care_events: pl.LazyFrame, *columns: str) -> pl.LazyFrame:
    """`person_id, happened_on, known_on` and `columns`: what rows of care records say of the person, under
    the day on which that was known, which may be later than the event was."""
    known = pl.max_horizontal("known_on", pl.when(pl.col("known_on").is_not_null()).then("status_known_on"))
    return care_events.select("person_id", "happened_on", known.alias("known_on"), *columns)


def with_rows(records: Records, table: str, rows: pl.DataFrame) -> Records:
    """The same records with further rows in one table (to ask what a new fact would change)."""
    more = pl.concat([getattr(records, table), _typed(table, rows.lazy())])
    first_known = {**records.first_known_on, table: _first_known(more)}
    return replace(records, first_known_on=first_known, **{table: more})


def table_names() -> tuple[str, ...]:
    """The tables that features read, in the order of the contract."""
    return tuple(f.name for f in fields(Records) if f.name in SCHEMAS)


def _typed(name: str, frame: pl.LazyFrame | None) -> pl.LazyFrame:
    if frame is None:
        return pl.LazyFrame(schema=SCHEMAS[name])
    return frame.select(pl.col(c).cast(kind) for c, kind in SCHEMAS[name].items())


def _lacking(name: str, frame: pl.LazyFrame) -> list[str]:
    return [c for c in SCHEMAS[name] if c not in frame.collect_schema().names()]


def _first_known(frame: pl.LazyFrame) -> date | None:
    if "known_on" in frame.collect_schema().names():
        return frame.select(pl.col("known_on").min()).collect().item()
    has_rows = frame.select(pl.len()).collect().item() > 0
    return date.min if has_rows else None


def _newest_extracts(extract_dates: Mapping[str, Any]) -> dict[str, date]:
    newest = {}
    for kind, days in extract_dates.items():
        told = [str(d) for d in ([days] if isinstance(days, str) else days or []) if d]
        if told:
            newest[kind] = max(date.fromisoformat(d) for d in told)
    return newest


def _unreadable(folder: Path, details: list[str]) -> LandingError:
    return LandingError(
        "The joined records are not complete",
        where=str(folder),
        todo="Make the records again: run the same command from the landing folder",
        details=details,
    )
