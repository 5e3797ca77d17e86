"""Typed rows of a few invented people, as read_landing would give them, for tests of joining."""

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl
from shapely.geometry import box

from configs.settings import Settings, load_settings
from features.records.landing import Landing
from features.records.linkage import Linked, link_people
from features.records.mentions import gather_mentions
from features.records.shapes import complete

CUT = date(2026, 10, 1)
KEY = b"k" * 32
Rows = list[dict[str, Any]]


def typed(kind: str, rows: Rows) -> pl.DataFrame:
    """One typed table: file, row and extract date filled in, every other column null unless given."""
    dated = [{"file": f"x/{kind}.csv", "row": i + 2, "extract_date": CUT, **r} for i, r in enumerate(rows)]
    return pl.DataFrame(dated, infer_schema_length=None)


def tables(**kinds: Rows) -> dict[str, pl.DataFrame]:
    """Typed tables of several kinds, completed."""
    return complete({kind: typed(kind, rows) for kind, rows in kinds.items() if rows})


def registered(
    nhs: str | None, given: str, family: str, born: date, uprn: int, **more: Any
) -> dict[str, Any]:
    """A register row: lives at `uprn` since 2010."""
    return {
        "nhs_number": nhs,
        "token_person_id": f"T{given}{family}{born}",
        "given_name": given,
        "family_name": family,
        "date_of_birth": born,
        "gender": "unknown",
        "uprn": uprn,
        "postcode": "AB1 2CD",
        "effective_from": date(2010, 1, 1),
        "restricted": False,
        **more,
    }


def liable(account: str, forename: str, surname: str, uprn: int, **more: Any) -> dict[str, Any]:
    """A council tax line with one liable person; other_forename and other_surname name a second."""
    return {
        "account_reference": account,
        "forename": forename,
        "surname": surname,
        "uprn": uprn,
        "postcode": "AB1 2CD",
        "billing_differs": False,
        **more,
    }


def link(state: Path, settings: Settings | None = None, **kinds: Rows) -> Linked:
    """Link the people of a few rows (addresses are believed as given)."""
    return link_rows(state, tables(**kinds), settings)


def link_rows(state: Path, rows: dict[str, pl.DataFrame], settings: Settings | None = None) -> Linked:
    state.mkdir(parents=True, exist_ok=True)
    return link_people(gather_mentions(rows), settings=settings or load_settings(), key=KEY, state=state)


def person_of(linked: Linked, kind: str, row: int, role: str | None = None) -> str | None:
    """The pseudonym of whom one row speaks."""
    found = linked.mentions.filter((pl.col("kind") == kind) & (pl.col("row") == row))
    if role is not None:
        found = found.filter(pl.col("role") == role)
    assert found.height == 1
    return found.get_column("person_id").item()


def boundaries() -> gpd.GeoDataFrame:
    """Two square areas side by side."""
    shapes = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    codes = ["E01000001", "E01000002"]
    return gpd.GeoDataFrame({"lsoa_code": codes, "lsoa_name": ["West", "East"]}, geometry=shapes, crs=27700)


def gazetteer(*uprns: int, code: str = "RD03") -> Rows:
    """Houses 1, 2, 3 … of one street, ten metres apart."""
    return [
        {
            "uprn": u,
            "parent_uprn": None,
            "classification_code": code,
            "easting": 10.0 * (i + 1),
            "northing": 10.0,
            "single_line_address": f"{i + 1} HIGH STREET, TOWN, AB1 2CD",
            "postcode": "AB1 2CD",
        }
        for i, u in enumerate(uprns)
    ]


def landing(**kinds: Rows) -> Landing:
    """A landing in memory; the gazetteer's UPRNs lie in the western area."""
    kinds.setdefault("cld", [care_event("nobody", CUT)])
    places = kinds["gazetteer"]
    lookup = [{"uprn": g["uprn"], "lsoa_code": "E01000001", "postcode": g["postcode"]} for g in places]
    made = {kind: typed(kind, rows) for kind, rows in kinds.items()}
    made["gazetteer"] = made["gazetteer"].cast({"parent_uprn": pl.Int64})
    made["uprn_lookup"] = pl.DataFrame(lookup).with_columns(msoa_code=pl.lit("E02000001"))
    made["cld"] = complete({"cld": made["cld"]})["cld"]
    lost = pl.DataFrame(
        schema={"kind": pl.String, "file": pl.String, "row": pl.Int64, "column": pl.String, "rule": pl.String}
    )
    return Landing(
        tables=made, quarantine=lost, blanked=pl.DataFrame(), files=[], lsoa_boundaries=boundaries(),
        landing_toml={}, missing=[], invented=True,
    )  # fmt: skip


def care_event(la_person_id: str, start: date, **more: Any) -> dict[str, Any]:
    """A care event; a request unless told otherwise."""
    return {
        "la_code": "999",
        "la_person_id": la_person_id,
        "client_type": "Service user",
        "event_type": "Request",
        "event_start_date": start,
        "reporting_period_start_date": date(2020, 1, 1),
        **more,
    }


def service(la_person_id: str, start: date, **more: Any) -> dict[str, Any]:
    """Home care arranged by the council, ten hours a week."""
    return care_event(
        la_person_id,
        start,
        **{
            "event_type": "Service",
            "service_type": "Long term support: Community",
            "service_component": "Home support or domiciliary care",
            "cost_frequency": "Hourly",
            "unit_cost": 20.0,
            "planned_units_per_week": 10.0,
            **more,
        },
    )
