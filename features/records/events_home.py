"""Facts about homes and from general practice: council tax, tenancies, adaptations, energy certificates, GP
snapshots."""

import polars as pl

from configs.settings import LagsDays
from features.records.keep_one import keep_fullest
from features.records.known import known_after

_GP_OWN = ("practice_code", "efi_score", "efi_category", "n_deficits", "n_medicines", "last_contact_date")
_NOT_FLAGS = (
    "nhs_number",
    "token_person_id",
    "snapshot_date",
    "practice_code",
    "file",
    "row",
    "extract_date",
    "person_id",
)
COUNCIL_TAX = (
    "household_id",
    "happened_on",
    "known_on",
    "band",
    "discount",
    "disregard",
    "exemption",
    "discount_start",
    "discount_end",
    "benefit_recipient",
    "disabled_reduction",
    "billing_differs",
    "n_liable",
)
TENANCIES = (
    "household_id",
    "person_id",
    "joint_person_id",
    "happened_on",
    "known_on",
    "ended_on",
    "end_known_on",
    "tenancy_type",
    "property_type",
    "bedrooms",
    "sheltered",
    "alarm",
    "arrears_pounds",
    "repairs_12m",
    "extract_date",
)
ADAPTATIONS = (
    "household_id",
    "person_id",
    "happened_on",
    "known_on",
    "approved_on",
    "completed_on",
    "adaptation_type",
    "cost_pounds",
)
EPC = (
    "household_id",
    "happened_on",
    "known_on",
    "energy_rating",
    "energy_efficiency",
    "property_type",
    "built_form",
    "floor_level",
    "construction_age_band",
    "floor_area_square_metres",
    "tenure",
)


def build_gp_snapshots(gp_flags: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """One row per person and snapshot day: the register's figures and every flag, as the latest extract has
    them."""
    flags = sorted(c for c in gp_flags.columns if c not in (*_NOT_FLAGS, *_GP_OWN))
    key = ["person_id", "snapshot_date"]
    named = gp_flags.filter(pl.col("person_id").is_not_null())
    latest = keep_fullest(named.with_columns(first_cut=pl.col("extract_date").min().over(key)), key)
    known = known_after(pl.col("snapshot_date"), lags.gp_flags, pl.col("first_cut"))
    return latest.select(
        "person_id", happened_on="snapshot_date", known_on=known, **{c: c for c in (*_GP_OWN, *flags)}
    ).sort("person_id", "happened_on")


def build_council_tax(rows: pl.DataFrame, liable: pl.DataFrame) -> pl.DataFrame:
    """One row per account and extract at a known address, in COUNCIL_TAX's columns. `rows`: typed with
    household_id; `liable`: file, row, n_liable (people named)."""
    housed = rows.filter(pl.col("household_id").is_not_null())
    return (
        keep_fullest(housed, ["household_id", "account_reference", "extract_date"])
        .join(liable, on=["file", "row"], how="left")
        .with_columns(
            happened_on="extract_date",
            known_on="extract_date",
            n_liable=pl.col("n_liable").fill_null(0).cast(pl.Int64),
        )
        .select(COUNCIL_TAX)
        .unique()
        .sort(COUNCIL_TAX, nulls_last=True)
    )


def build_tenancies(rows: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """One row per tenancy and extract at a known address. `rows`: typed with household_id, person_id,
    joint_person_id."""
    extract = pl.col("extract_date")
    first_cut = extract.min().over("household_id", "tenancy_ref", "start_date")
    housed = rows.filter(pl.col("household_id").is_not_null())
    return (
        keep_fullest(housed, ["household_id", "tenancy_ref", "start_date", "extract_date"])
        .with_columns(
            happened_on="start_date",
            known_on=known_after(pl.col("start_date"), lags.tenancies, first_cut),
            ended_on="end_date",
            end_known_on=known_after(pl.col("end_date"), lags.tenancies, extract),
        )
        .select(TENANCIES)
        .unique()
        .sort(TENANCIES, nulls_last=True)
    )


def build_adaptations(rows: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """One row per application, as the latest extract has it. `rows`: typed with household_id, person_id."""
    key = ["application_ref", "enquiry_date", "household_id"]
    housed = rows.filter(pl.col("household_id").is_not_null())
    latest = keep_fullest(housed.with_columns(first_cut=pl.col("extract_date").min().over(key)), key)
    return (
        latest.with_columns(
            happened_on="enquiry_date",
            known_on=known_after(pl.col("enquiry_date"), lags.adaptations, pl.col("first_cut")),
            approved_on="approval_date",
            completed_on="completion_date",
        )
        .select(ADAPTATIONS)
        .sort(ADAPTATIONS, nulls_last=True)
    )


def build_epc(rows: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """Every lodgement at a known address; the lodgement date is its recording date. `rows`: typed with
    household_id."""
    lodged = rows.filter(pl.col("household_id").is_not_null() & pl.col("lodgement_date").is_not_null())
    return (
        keep_fullest(lodged, ["certificate_number", "lodgement_date"])
        .with_columns(
            happened_on="lodgement_date",
            known_on=known_after(pl.col("lodgement_date"), lags.epc, pl.col("extract_date")),
        )
        .select(EPC)
        .sort(EPC, nulls_last=True)
    )
