"""The columns that joining relies on, kind by kind: a kind or column that was not landed stands empty,
typed."""

from typing import Any

import polars as pl

_S, _I, _F, _D, _B = pl.String, pl.Int64, pl.Float64, pl.Date, pl.Boolean
_TEXT: dict[str, str] = {
    "demographics": "token_person_id nhs_number given_name family_name gender ethnicity address postcode",
    "opt_outs": "nhs_number",
    "objections": "nhs_number la_person_id scope",
    "cld": (
        "la_code nhs_number la_person_id given_name family_name gender ethnicity client_type "
        "primary_support_reason postcode accommodation_status has_unpaid_carer dementia "
        "client_funding_status event_type event_reference event_outcome route_of_access "
        "assessment_type linked_person_1 linked_person_2 linked_person_3 service_type "
        "service_component delivery_mechanism provider_cqc_location_id review_reason cost_frequency"
    ),
    "apc": (
        "nhs_number token_person_id pseudo_hesid epikey susspellid admission_method admission_source "
        "discharge_destination discharge_method cause sex birth_month provider_code "
        + " ".join(f"diagnosis_{i:02d}" for i in range(1, 21))
    ),
    "ecds": "nhs_number token_person_id attendance_key injury_mechanism discharge_destination sex",
    "gp_flags": "nhs_number token_person_id practice_code efi_category",
    "csds_contacts": "nhs_number token_person_id",
    "council_tax": (
        "account_reference title surname forename address postcode other_title other_surname "
        "other_forename discount "
        "disregard exemption band"
    ),
    "tenancies": "tenancy_ref address postcode tenant_name joint_tenant_name tenancy_type property_type",
    "adaptations": "application_ref address postcode person_name adaptation_type",
    "epc": (
        "certificate_number address postcode property_type built_form floor_level "
        "construction_age_band energy_rating tenure"
    ),
    "visits": "person_key",
    "gazetteer": "classification_code single_line_address postcode",
    "uprn_lookup": "lsoa_code msoa_code postcode",
    "cqc_locations": "location_id location_name rating postcode",
    "capacity_tracker": "cqc_location_id",
    "candidate_sites": "site_id name postcode care_types",
    "providers": "provider_id provider_name base_postcode",
}
_OTHER: dict[str, dict[str, Any]] = {
    "demographics": {
        "date_of_birth": _D,
        "uprn": _I,
        "effective_from": _D,
        "effective_to": _D,
        "date_of_death": _D,
        "restricted": _B,
    },
    "opt_outs": {"checked_on": _D},
    "objections": {"from_date": _D},
    "cld": {
        "date_of_birth": _D,
        "date_of_death": _D,
        "event_start_date": _D,
        "event_end_date": _D,
        "unit_cost": _F,
        "planned_units_per_week": _F,
        "reporting_period_start_date": _D,
        "reporting_period_end_date": _D,
    },
    "apc": {
        "admission_date": _D,
        "discharge_date": _D,
        "episode_start": _D,
        "episode_end": _D,
        "episode_order": _I,
    },
    "ecds": {"arrival_date": _D},
    "gp_flags": {
        "snapshot_date": _D,
        "efi_score": _F,
        "n_deficits": _I,
        "n_medicines": _I,
        "last_contact_date": _D,
    },
    "csds_contacts": {"care_contact_date": _D},
    "council_tax": {
        "uprn": _I,
        "date_of_birth": _D,
        "other_date_of_birth": _D,
        "discount_start": _D,
        "discount_end": _D,
        "benefit_recipient": _B,
        "disabled_reduction": _B,
        "billing_differs": _B,
    },
    "tenancies": {
        "uprn": _I,
        "tenant_date_of_birth": _D,
        "start_date": _D,
        "end_date": _D,
        "bedrooms": _I,
        "sheltered": _B,
        "alarm": _B,
        "arrears_pounds": _F,
        "repairs_12m": _I,
    },
    "adaptations": {
        "uprn": _I,
        "date_of_birth": _D,
        "enquiry_date": _D,
        "approval_date": _D,
        "completion_date": _D,
        "cost_pounds": _F,
    },
    "epc": {"uprn": _I, "energy_efficiency": _F, "floor_area_square_metres": _F, "lodgement_date": _D},
    "visits": {"uprn": _I},
    "gazetteer": {"uprn": _I, "parent_uprn": _I, "easting": _F, "northing": _F},
    "uprn_lookup": {"uprn": _I},
    "cqc_locations": {
        "uprn": _I,
        "beds": _I,
        "latitude": _F,
        "longitude": _F,
        **dict.fromkeys(("care_home", "dormant", "nursing", "residential", "dementia"), _B),
    },
    "capacity_tracker": {"used_beds": _I, "last_updated": _D},
    "candidate_sites": {
        "easting": _F,
        "northing": _F,
        "max_beds": _I,
        "cost_per_bed_pounds": _F,
        "available_from": _D,
    },
    "providers": {
        "offered_hours_per_week": _F,
        "max_lots": _I,
        "min_own_share": _F,
        "quality_score": _F,
    },
}
GP_FLAGS = (
    "dementia",
    "stroke_tia",
    "heart_failure",
    "chd",
    "af",
    "copd",
    "asthma",
    "diabetes",
    "ckd",
    "cancer",
    "depression",
    "serious_mental_illness",
    "learning_disability",
    "parkinsonism",
    "epilepsy",
    "osteoporosis",
    "fragility_fracture",
    "falls",
    "incontinence",
    "hearing_loss",
    "sight_loss",
    "housebound",
    "carer",
    "care_home",
    "palliative",
)


def _schema(kind: str) -> dict[str, Any]:
    flags = dict.fromkeys(GP_FLAGS, _B) if kind == "gp_flags" else {}
    source = {"file": _S, "row": _I, "extract_date": _D}
    return {**dict.fromkeys(_TEXT[kind].split(), _S), **_OTHER[kind], **flags, **source}


def complete(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every kind that joining reads, with all its columns in their types; other kinds pass through
    untouched."""
    return {**tables, **{kind: _fill(tables.get(kind), _schema(kind)) for kind in _TEXT}}


def _fill(table: pl.DataFrame | None, schema: dict[str, Any]) -> pl.DataFrame:
    if table is None:
        return pl.DataFrame(schema=schema)
    lacking = [pl.lit(None, dtype).alias(c) for c, dtype in schema.items() if c not in table.columns]
    wrong: Any = {c: dtype for c, dtype in schema.items() if c in table.columns and table.schema[c] != dtype}
    return table.with_columns(lacking).cast(wrong)
