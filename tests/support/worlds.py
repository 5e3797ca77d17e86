"""Small named worlds as the records stage would write them, for tests that need people but no landing.

Each world is a function with a story in its docstring. `SCHEMAS` holds every table's columns and types; `world`
builds Records from rows that name only what matters. AS_OF is the day that the stories are told for.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from configs.settings import load_settings
from features.inputs import SCHEMAS, Records, gather_records
from features.table import build_features

AS_OF = date(2025, 4, 1)
DATA_FROM = date(2020, 1, 1)
DATA_TO = date(2027, 1, 1)
AREA, OTHER_AREA, ELSEWHERE = "E01000001", "E01000002", "E01999999"

SUMMARY: dict[str, Any] = {
    "data_from": DATA_FROM.isoformat(),
    "data_to": DATA_TO.isoformat(),
    "invented": True,
    "sources_missing": [],
    "extract_dates": {},
}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_DEFAULTS: dict[str, dict[str, Any]] = {
    "people": {
        "opted_out": False, "restricted": False, "objects_planning": False, "objects_direct_care": False,
        "date_of_birth": date(1940, 6, 1), "sex": "female", "in_scope": True, "first_seen_on": DATA_FROM,
        "ethnicity": "White: Irish",
    },
    "residences": {
        "lsoa_code": AREA, "communal": False, "from_date": date(2010, 1, 1), "known_on": date(2010, 1, 8),
        "source": "demographics",
    },
    "households": {
        "lsoa_code": AREA, "easting": 350000.0, "northing": 400000.0, "dwelling_class": "RD04",
        "communal": False, "care_home": False, "sheltered": False, "dwelling_type": "terraced",
        "restricted": False,
    },
    "care_events": {"client_type": "Service user", "event_type": "Service", "linked_person_ids": []},
    "admissions": {
        "admission_method": "21", "emergency": True, "fall": False, "from_care_home": False,
        "to_care_home": False, "died": False, "diagnoses": [], "episodes": 1,
    },
    "attendances": {"injury": False},
    "council_tax": {"billing_differs": False},
    "areas": {
        "lsoa_name": "Invented 001A", "easting": 350000.0, "northing": 400000.0, "area_square_metres": 1e6,
        "imd_score": 20.0, "imd_decile": 5, "rural": False, "n_stops": 3,
    },
}  # fmt: skip

EVENT_TABLES = (
    "care_events", "admissions", "attendances", "gp_snapshots", "council_tax", "tenancies", "adaptations", "epc",
)  # fmt: skip
"""Tables of facts with `happened_on` and `known_on`."""


def world(rows: Rows, **summary: Any) -> Records:
    """Records from rows by table; the two areas are there unless given. Facts are known a week after, unless said."""
    filled = {"areas": [{"lsoa_code": AREA}, {"lsoa_code": OTHER_AREA}], **rows}
    frames = {name: frame_of(name, filled.get(name, ())).lazy() for name in SCHEMAS}
    return gather_records(frames, {**SUMMARY, **summary})


def frame_of(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """One table in its contract's columns and types from rows that name only what matters."""
    full = [{**_DEFAULTS.get(table, {}), **_known_a_week_after(row)} for row in rows]
    return pl.DataFrame(full, schema=SCHEMAS[table])


def write_world(rows: Rows, folder: Path, **summary: Any) -> Path:
    """The same as a `records/` folder on disk, with its `summary.json`."""
    filled = {"areas": [{"lsoa_code": AREA}, {"lsoa_code": OTHER_AREA}], **rows}
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCHEMAS:
        frame_of(name, filled.get(name, ())).write_parquet(folder / f"{name}.parquet")
    (folder / "summary.json").write_text(json.dumps({**SUMMARY, **summary}), encoding="utf-8")
    return folder


def _known_a_week_after(row: Mapping[str, Any]) -> dict[str, Any]:
    week = timedelta(days=7)
    told = dict(row)
    pairs = (
        ("happened_on", "known_on"), ("ended_on", "end_known_on"), ("to_date", "to_known_on"),
        ("date_of_death", "death_known_on"),
    )  # fmt: skip
    for happened, known in pairs:
        if told.get(happened) is not None and known not in told:
            told[known] = told[happened] + week
    return told


def days(n: int, *, before: date = AS_OF) -> date:
    """The day `n` days before `before`; negative for after."""
    return before - timedelta(days=n)


def one_person(**tables: Sequence[Mapping[str, Any]]) -> Rows:
    """Ada, 84, who has lived alone in one house for years; with further rows by table."""
    base: dict[str, list[Mapping[str, Any]]] = {
        "people": [{"person_id": "ada"}],
        "residences": [{"person_id": "ada", "household_id": "home"}],
        "households": [{"household_id": "home"}],
    }
    return _add(base, tables)


def two_people_one_house(**tables: Sequence[Mapping[str, Any]]) -> Rows:
    """Ada, 84, and Bert, 80, in one house for years; with further rows by table."""
    base: dict[str, list[Mapping[str, Any]]] = {
        "people": [
            {"person_id": "ada"},
            {"person_id": "bert", "date_of_birth": date(1945, 1, 1), "sex": "male"},
        ],
        "residences": [
            {"person_id": "ada", "household_id": "home"},
            {"person_id": "bert", "household_id": "home"},
        ],
        "households": [{"household_id": "home"}],
    }
    return _add(base, tables)


def a_bereaved_widow(died_days_ago: int = 100) -> Rows:
    """Ada and Bert lived in one house for years; Bert died, and the council knows."""
    died = days(died_days_ago)
    rows = dict(two_people_one_house())
    rows["people"] = [
        {"person_id": "ada"},
        {"person_id": "bert", "date_of_birth": date(1945, 1, 1), "date_of_death": died},
    ]
    rows["residences"] = [
        {"person_id": "ada", "household_id": "home"},
        {"person_id": "bert", "household_id": "home", "to_date": died},
    ]
    return rows


def a_village(n: int = 30, needy: Sequence[str] = ()) -> Rows:
    """`n` people of many ages, each in a house of their own in one area; each of `needy` asked for help lately."""
    names = [f"v{i:03}" for i in range(n)]
    return {
        "people": [
            {"person_id": name, "date_of_birth": date(1930 + i % 60, 1 + i % 12, 1 + i % 28)}
            for i, name in enumerate(names)
        ],
        "residences": [{"person_id": name, "household_id": f"house-{name}"} for name in names],
        "households": [{"household_id": f"house-{name}"} for name in names],
        "care_events": [
            {"person_id": name, "event_type": "Request", "happened_on": days(60)} for name in needy
        ],
    }


def a_care_home() -> Rows:
    """Ada at home; Cleo, 88, living in a care home."""
    return _add(
        {k: list(v) for k, v in one_person().items()},
        {
            "people": [{"person_id": "cleo", "date_of_birth": date(1936, 5, 1)}],
            "residences": [{"person_id": "cleo", "household_id": "care", "communal": True}],
            "households": [
                {"household_id": "care", "communal": True, "care_home": True, "dwelling_type": "communal"}
            ],
        },
    )


def a_full_life() -> Rows:
    """Ada and Bert with at least one fact in every table, all known well before AS_OF."""
    return two_people_one_house(
        care_events=[
            {"person_id": "ada", "event_type": "Request", "happened_on": days(300), "ended_on": days(290),
             "event_outcome": "NFA: Support declined", "route_of_access": "Community / Other route"},
            {"person_id": "ada", "happened_on": days(200), "service_type": "Long term support: Community",
             "service_component": "Home support or domiciliary care", "hours_per_week": 10.5,
             "pounds_per_week": 250.0, "provider_location_id": "1-1", "has_unpaid_carer": "Yes",
             "primary_support_reason": "Physical support: Personal care support", "linked_person_ids": ["bert"]},
            {"person_id": "ada", "event_type": "Review", "happened_on": days(60), "ended_on": days(59),
             "review_reason": "Planned"},
            {"person_id": "ada", "event_type": "Request", "happened_on": days(230), "ended_on": days(228),
             "event_outcome": "Progress to assessment, review or reassessment"},
            {"person_id": "ada", "event_type": "Assessment", "happened_on": days(220), "ended_on": days(215),
             "event_outcome": "Progress to support planning or services"},
        ],
        admissions=[{"person_id": "bert", "happened_on": days(150), "discharged_on": days(140), "fall": True,
                     "length_of_stay_days": 10, "diagnosis_3": "S72", "diagnoses": ["S72", "I50"]}],
        attendances=[{"person_id": "bert", "happened_on": days(151), "injury": True}],
        gp_snapshots=[
            {"person_id": "ada", "happened_on": days(500), "efi_score": 0.10, "efi_category": "fit"},
            {"person_id": "ada", "happened_on": days(135), "efi_score": 0.20, "efi_category": "mild",
             "dementia": True, "copd": False, "n_medicines": 7, "last_contact_date": days(140)},
        ],
        council_tax=[{"household_id": "home", "happened_on": days(90), "band": "C", "discount": "single_person",
                      "discount_start": days(200), "n_liable": 1, "disabled_reduction": False}],
        tenancies=[{"household_id": "home", "person_id": "ada", "happened_on": days(3000), "alarm": True,
                    "sheltered": False, "arrears_pounds": 120.0, "repairs_12m": 4, "bedrooms": 2,
                    "extract_date": days(30)}],
        adaptations=[{"household_id": "home", "happened_on": days(100), "adaptation_type": "Stairlift"}],
        epc=[{"household_id": "home", "happened_on": days(800), "energy_rating": "F", "energy_efficiency": 30.0,
              "property_type": "House", "tenure": "Rented (social)",
              "construction_age_band": "England and Wales: 1900-1929"}],
    )  # fmt: skip


def _add(base: dict[str, list[Mapping[str, Any]]], tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Rows:
    return {name: [*base.get(name, ()), *tables.get(name, ())] for name in {**base, **tables}}


def features_of(rows: Rows, person: str = "ada", **summary: Any) -> dict[str, Any]:
    """The features of one person of a small world at AS_OF, under the default settings."""
    table = build_features(world(rows, **summary), AS_OF, load_settings())
    return table.filter(pl.col("person_id") == person).row(0, named=True)
