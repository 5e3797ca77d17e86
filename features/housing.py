"""The home: dwelling, warmth, council tax, tenancy, adaptations, tenure; and a cold home lived in alone."""

import polars as pl

from features.as_of import (
    hide_ends_within_lag,
    is_known,
    known_before,
    latest_known,
    open_at,
    with_days_ago,
    within,
)
from features.declared import Missing, Snapshot, View, count, measure, yes_no
from features.inputs import told_of_person
from features.person import describe_company

BANDS = "ABCDEFGH"
RATINGS = "ABCDEFG"
COLD_RATINGS = ("E", "F", "G")
"""Ratings that count as a cold home: harder to heat than the D of the average English dwelling."""

OLD_BEFORE_YEAR = 1930
OWNER, SOCIAL, PRIVATE = "owner", "social_rent", "private_rent"


def read_dwelling(seen: Snapshot) -> pl.LazyFrame:
    """The gazetteer's word on each dwelling (undated: taken as always known)."""
    return seen.records.households


def read_certificate(seen: Snapshot) -> pl.LazyFrame:
    """The newest known energy certificate of each dwelling; `cold` is true for ratings E to G."""
    newest = with_days_ago(latest_known(seen.records.epc, seen.as_of, "household_id"), seen.as_of)
    rating = pl.col("energy_rating").str.to_uppercase()
    built = pl.col("construction_age_band").str.extract(r"(\d{4})").cast(pl.Int32)
    flat = pl.col("property_type").str.to_lowercase().is_in(["flat", "maisonette"])
    floor = pl.col("floor_level").str.extract(r"(\d+)").cast(pl.Int32)
    return newest.with_columns(
        _rank(rating, RATINGS).alias("rating_rank"),
        pl.when(rating.is_in(list(RATINGS))).then(rating.is_in(COLD_RATINGS)).alias("cold"),
        (built < OLD_BEFORE_YEAR).alias("old"),
        (flat & (floor >= 1)).alias("upstairs_flat"),
    )


def read_council_tax(seen: Snapshot) -> pl.LazyFrame:
    """The newest known council-tax account of each dwelling, with days since its discount began."""
    newest = latest_known(seen.records.council_tax, seen.as_of, "household_id")
    return with_days_ago(newest, seen.as_of, happened="discount_start").with_columns(
        _rank(pl.col("band").str.to_uppercase(), BANDS).alias("band_rank")
    )


def read_tenancy(seen: Snapshot) -> pl.LazyFrame:
    """The social tenancy in force; arrears and repairs only once the extract that tells them was cut."""
    running = with_days_ago(open_at(seen.records.tenancies, seen.as_of), seen.as_of)
    told = is_known("extract_date", seen.as_of)
    newest = running.sort(pl.all().exclude("household_id")).unique(
        "household_id", keep="last", maintain_order=True
    )
    return newest.filter(pl.col("household_id").is_not_null()).with_columns(
        pl.when(told).then(pl.col(c)).alias(c) for c in ("arrears_pounds", "repairs_12m")
    )


def read_adaptations(seen: Snapshot) -> pl.LazyFrame:
    """Adaptations asked for, with days since, and whether done as far as known."""
    known = known_before(seen.records.adaptations, seen.as_of)
    lag = seen.settings.lags_days.adaptations
    hidden = hide_ends_within_lag(known, seen.as_of, lag, end="completed_on")
    return with_days_ago(hidden, seen.as_of).with_columns(pl.col("completed_on").is_null().alias("waiting"))


def read_tenure(seen: Snapshot) -> pl.LazyFrame:
    """Each person's tenure by the tenancy in force, else the care record, else the certificate, else null."""
    return seen.once("tenure", lambda: _tenure(seen))


def _tenure(seen: Snapshot) -> pl.LazyFrame:
    told = seen.records.care_events.filter(_tenure_of_status().is_not_null())
    status = latest_known(told_of_person(told, "accommodation_status"), seen.as_of, "person_id").select(
        "person_id", _tenure_of_status().alias("by_status")
    )
    let = read_tenancy(seen).select("household_id", pl.lit(SOCIAL).alias("by_tenancy"))
    certificate = latest_known(seen.records.epc, seen.as_of, "household_id").select(
        "household_id", _tenure_of_certificate().alias("by_certificate")
    )
    return (
        seen.cohort.select("person_id", "household_id")
        .join(let, on="household_id", how="left")
        .join(status, on="person_id", how="left")
        .join(certificate, on="household_id", how="left")
        .select("person_id", pl.coalesce("by_tenancy", "by_status", "by_certificate").alias("tenure"))
    )


def _tenure_of_status() -> pl.Expr:
    status = pl.col("accommodation_status")
    return (
        pl.when(status.str.starts_with("Owner occupier")).then(pl.lit(OWNER))
        .when(status.str.starts_with("Tenant: Local authority")).then(pl.lit(SOCIAL))
        .when(status.str.starts_with("Tenant: Private")).then(pl.lit(PRIVATE))
    )  # fmt: skip


def _tenure_of_certificate() -> pl.Expr:
    tenure = pl.col("tenure").str.to_lowercase()
    return (
        pl.when(tenure.str.contains("owner")).then(pl.lit(OWNER))
        .when(tenure.str.contains("social")).then(pl.lit(SOCIAL))
        .when(tenure.str.contains("private")).then(pl.lit(PRIVATE))
    )  # fmt: skip


def read_cold_company(seen: Snapshot) -> pl.LazyFrame:
    """Each person's household beside the warmth of the home: `cold` is null with no certificate."""
    certificate = read_certificate(seen).select("household_id", "cold")
    return describe_company(seen).join(certificate, on="household_id", how="left")


def _rank(letter: pl.Expr, letters: str) -> pl.Expr:
    ranks = {name: place for place, name in enumerate(letters, start=1)}
    return letter.replace_strict(ranks, default=None, return_dtype=pl.Float64)


DWELLING = View("dwelling", "household_id", ("households",), read_dwelling, one_row=True)
CERTIFICATE = View("certificate", "household_id", ("epc",), read_certificate, one_row=True)
COUNCIL_TAX = View("council_tax", "household_id", ("council_tax",), read_council_tax, one_row=True)
TENANCY = View("tenancy", "household_id", ("tenancies",), read_tenancy, one_row=True)
ADAPTATIONS = View("adaptations", "household_id", ("adaptations",), read_adaptations)
TENURE = View(
    "tenure", "person_id", ("residences", "tenancies", "care_events", "epc"), read_tenure, one_row=True
)
COLD_COMPANY = View("cold_company", "person_id", ("epc", "residences"), read_cold_company, one_row=True)

_dwelling, _tenure_is = pl.col("dwelling_type"), pl.col("tenure")
_elderly_alone = pl.col("alone") & (pl.col("age_years") >= 75)


def _says(column: str, *meanings: str) -> pl.Expr:
    return pl.col(column).is_in(meanings).fill_null(False)


_DWELLING = (
    yes_no("detached", DWELLING, _dwelling == "detached", "lives in a detached house"),
    yes_no("terraced", DWELLING, _dwelling == "terraced", "lives in a terraced house"),
    yes_no("flat", DWELLING, _dwelling == "flat", "lives in a flat"),
    yes_no("sheltered", DWELLING, pl.col("sheltered"), "lives in sheltered housing"),
    yes_no("care_home_address", DWELLING, pl.col("care_home"), "lives at the address of a care home"),
)

_CERTIFICATE = (
    measure(
        "energy_rating", CERTIFICATE, pl.col("rating_rank"), "1 (A) to 7 (G)", "energy rating of the home"
    ),
    measure(
        "energy_efficiency",
        CERTIFICATE,
        pl.col("energy_efficiency"),
        "SAP points",
        "energy efficiency of the home",
    ),
    yes_no("cold_home", CERTIFICATE, pl.col("cold"), "home is hard to heat (rated E to G)"),
    yes_no("certificate", CERTIFICATE, pl.lit(True), "home has an energy certificate", missing=Missing.ZERO),
    yes_no(
        "cold_home_alone_75_plus",
        COLD_COMPANY,
        pl.col("cold") & _elderly_alone,
        "is 75 or over, alone, in a home that is hard to heat",
    ),
    yes_no(
        "unrated_home_alone_75_plus",
        COLD_COMPANY,
        pl.col("cold").is_null() & _elderly_alone,
        "is 75 or over, alone, in a home whose warmth nobody has rated",
    ),
    measure("floor_area", CERTIFICATE, pl.col("floor_area_square_metres"), "square metres", "floor area"),
    yes_no("built_before_1930", CERTIFICATE, pl.col("old"), "home was built before 1930"),
    yes_no("upstairs_flat", CERTIFICATE, pl.col("upstairs_flat"), "lives in a flat above the ground floor"),
)

_COUNCIL_TAX = (
    measure("band", COUNCIL_TAX, pl.col("band_rank"), "1 (A) to 8 (H)", "council-tax band"),
    measure("liable_people", COUNCIL_TAX, pl.col("n_liable"), "people", "people liable for council tax"),
    yes_no(
        "single_person_discount",
        COUNCIL_TAX,
        _says("discount", "single_person"),
        "has the single-person discount",
    ),
    yes_no(
        "new_single_person_discount",
        COUNCIL_TAX,
        _says("discount", "single_person") & within(365),
        "the single-person discount began in the last year",
        state="365d",
    ),
    yes_no(
        "mental_impairment_disregard",
        COUNCIL_TAX,
        _says("disregard", "severe_mental_impairment"),
        "somebody is disregarded for severe mental impairment",
    ),
    yes_no(
        "carer_disregard", COUNCIL_TAX, _says("disregard", "carer"), "a carer is disregarded for council tax"
    ),
    yes_no(
        "away_disregard",
        COUNCIL_TAX,
        _says("disregard", "hospital_patient", "care_home_resident"),
        "somebody is disregarded for living in hospital or a care home",
    ),
    yes_no(
        "disabled_reduction",
        COUNCIL_TAX,
        pl.col("disabled_reduction").fill_null(False) | _says("discount", "disabled_band_reduction"),
        "home is adapted for a disabled person (band reduction)",
    ),
    yes_no(
        "care_exemption",
        COUNCIL_TAX,
        _says("exemption", "exempt_E", "exempt_I", "exempt_J"),
        "home is empty because somebody receives or gives care elsewhere",
    ),
    yes_no(
        "impairment_exemption",
        COUNCIL_TAX,
        _says("exemption", "exempt_U", "exempt_W"),
        "home is exempt: severe mental impairment, or a dependent relative's annexe",
    ),
    yes_no("council_tax_support", COUNCIL_TAX, pl.col("benefit_recipient"), "receives help with council tax"),
    yes_no(
        "billed_elsewhere", COUNCIL_TAX, pl.col("billing_differs"), "council-tax bills go to another address"
    ),
)

_TENANCY = (
    yes_no("tenancy_alarm", TENANCY, pl.col("alarm"), "tenancy has an alarm"),
    yes_no("tenancy_sheltered", TENANCY, pl.col("sheltered"), "tenancy is in sheltered housing"),
    measure("bedrooms", TENANCY, pl.col("bedrooms"), "rooms", "bedrooms of the tenancy"),
    measure("days_in_tenancy", TENANCY, pl.col("days_ago"), "days", "days since the tenancy began"),
    measure("arrears", TENANCY, pl.col("arrears_pounds"), "pounds", "rent arrears"),
    measure(
        "repairs",
        TENANCY,
        pl.col("repairs_12m"),
        "repairs",
        "repairs to the home in the year before the extract",
    ),
    yes_no("owner_occupied", TENURE, _tenure_is == OWNER, "home is owner-occupied"),
    yes_no("social_rented", TENURE, _tenure_is == SOCIAL, "home is rented from a social landlord"),
    yes_no("private_rented", TENURE, _tenure_is == PRIVATE, "home is rented privately"),
    count(
        "adaptations_asked", ADAPTATIONS, pl.lit(1), "requests", "adaptations asked for", windows=(365, 730)
    ),
    count(
        "adaptations_waiting",
        ADAPTATIONS,
        pl.col("waiting"),
        "requests",
        "adaptations asked for and not yet done",
        windows=(730,),
    ),
)

FEATURES = (*_DWELLING, *_CERTIFICATE, *_COUNCIL_TAX, *_TENANCY)
