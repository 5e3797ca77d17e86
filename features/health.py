"""Health: the frailty register with its slope, conditions, hospital admissions and attendances."""

import polars as pl

from features.as_of import (
    days_since,
    hide_ends_within_lag,
    known_before,
    latest_known,
    with_days_ago,
)
from features.declared import Missing, Snapshot, Take, View, count, measure, yes_no
from features.inputs import GP_FLAGS

FRAILTY_RANK = {"fit": 0, "mild": 1, "moderate": 2, "severe": 3}
"""Categories of the electronic frailty index in order (Clegg 2016)."""

UNENDED_STAY_DAYS_MAX = 90
"""A stay with no discharge for longer than this is a discharge never recorded (assumed), not more nights."""

CODED = {
    "dementia": (("F00", "F01", "F02", "F03", "G30"), "dementia coded in hospital"),
    "delirium": (("F05", "R41"), "delirium or confusion coded in hospital"),
    "hip_fracture": (("S72",), "a broken hip treated in hospital"),
    "stroke": (("I60", "I61", "I62", "I63", "I64"), "a stroke treated in hospital"),
    "heart_failure": (("I50",), "heart failure coded in hospital"),
    "lung_disease": (("J44",), "chronic lung disease coded in hospital"),
    "urinary_infection": (("N39",), "a urinary infection treated in hospital"),
    "pneumonia": (("J13", "J14", "J15", "J18"), "pneumonia treated in hospital"),
    "pressure_ulcer": (("L89",), "a pressure ulcer coded in hospital"),
    "dependence": (("R26", "R29", "R54", "Z74", "Z60"), "immobility or dependence coded in hospital"),
}  # fmt: skip
"""Groups of ICD-10 codes (three characters) and their phrases."""

CONDITIONS = {
    "dementia": "has dementia",
    "stroke_tia": "has had a stroke or TIA",
    "heart_failure": "has heart failure",
    "chd": "has coronary heart disease",
    "af": "has atrial fibrillation",
    "copd": "has COPD",
    "asthma": "has asthma",
    "diabetes": "has diabetes",
    "ckd": "has chronic kidney disease",
    "cancer": "has or had cancer",
    "depression": "has depression",
    "serious_mental_illness": "has a serious mental illness",
    "learning_disability": "has a learning disability",
    "parkinsonism": "has parkinsonism",
    "epilepsy": "has epilepsy",
    "osteoporosis": "has osteoporosis",
    "fragility_fracture": "has had a fragility fracture",
    "falls": "has falls on the GP record",
    "incontinence": "has incontinence",
    "hearing_loss": "has hearing loss",
    "sight_loss": "has sight loss",
    "housebound": "is housebound",
    "carer": "is a carer by the GP record",
    "care_home": "lives in a care home by the GP record",
    "palliative": "is on the palliative register",
}
LONG_TERM_CONDITIONS = GP_FLAGS[: GP_FLAGS.index("osteoporosis") + 1]
"""The flags that count as long-term conditions; the rest tell of function or circumstances."""


def read_newest_snapshot(seen: Snapshot) -> pl.LazyFrame:
    """The newest known row of each person on the frailty register, its practice with it."""
    return seen.once(
        "newest_gp_snapshot", lambda: latest_known(seen.records.gp_snapshots, seen.as_of, "person_id")
    )


def read_register(seen: Snapshot) -> pl.LazyFrame:
    """The newest known frailty snapshot of each person, with its age and the conditions counted."""
    newest = with_days_ago(read_newest_snapshot(seen), seen.as_of)
    contact = days_since(pl.col("last_contact_date"), seen.as_of)
    told = pl.any_horizontal(pl.col(c).is_not_null() for c in LONG_TERM_CONDITIONS)
    counted = pl.sum_horizontal(pl.col(c).cast(pl.Int32) for c in LONG_TERM_CONDITIONS)
    return newest.with_columns(
        pl.col("efi_category")
        .replace_strict(FRAILTY_RANK, default=None, return_dtype=pl.Float64)
        .alias("rank"),
        pl.when(told).then(counted).alias("n_conditions"),
        pl.when(contact > 0).then(contact).alias("days_since_contact"),
    )


def read_admissions(seen: Snapshot) -> pl.LazyFrame:
    """Known hospital stays with days since each began; what is told on leaving is blank until then."""
    known = known_before(seen.records.admissions, seen.as_of)
    hidden = hide_ends_within_lag(
        known,
        seen.as_of,
        seen.settings.lags_days.apc,
        end="discharged_on",
        told_at_end=("to_care_home", "length_of_stay_days"),
    )
    so_far = days_since(pl.col("happened_on"), seen.as_of).clip(upper_bound=UNENDED_STAY_DAYS_MAX)
    has = [
        pl.col("diagnoses").list.set_intersection(pl.lit(list(codes))).list.len().gt(0).alias(f"coded_{what}")
        for what, (codes, _) in CODED.items()
    ]
    return with_days_ago(hidden, seen.as_of).with_columns(
        pl.col("length_of_stay_days").fill_null(so_far).alias("nights"),
        pl.col("admission_method").str.starts_with("1").fill_null(False).alias("planned"),
        *has,
    )


def read_attendances(seen: Snapshot) -> pl.LazyFrame:
    """Known emergency-department attendances with days since each."""
    return with_days_ago(known_before(seen.records.attendances, seen.as_of), seen.as_of)


REGISTER = View("register", "person_id", ("gp_snapshots",), read_register, one_row=True)
ADMISSIONS = View("admissions", "person_id", ("admissions",), read_admissions)
ATTENDANCES = View("attendances", "person_id", ("attendances",), read_attendances)

_ago, _emergency, _fall = pl.col("days_ago"), pl.col("emergency"), pl.col("emergency") & pl.col("fall")

_REGISTER = (
    measure("frailty_score", REGISTER, pl.col("efi_score"), "0 to 1", "frailty score (eFI)"),
    measure("frailty_category", REGISTER, pl.col("rank"), "0 fit to 3 severe", "frailty category"),
    measure("deficits", REGISTER, pl.col("n_deficits"), "deficits", "frailty deficits"),
    measure("medicines", REGISTER, pl.col("n_medicines"), "medicines", "repeat medicines"),
    measure("conditions", REGISTER, pl.col("n_conditions"), "conditions", "long-term conditions"),
    measure("days_since_snapshot", REGISTER, _ago, "days", "days since the GP snapshot"),
    measure(
        "days_since_gp_contact",
        REGISTER,
        pl.col("days_since_contact"),
        "days",
        "days since the last contact with the GP",
    ),
)

_CONDITIONS = tuple(yes_no(flag, REGISTER, pl.col(flag), phrase) for flag, phrase in CONDITIONS.items())

_HOSPITAL = (
    count(
        "emergency_admissions",
        ADMISSIONS,
        _emergency,
        "admissions",
        "emergency hospital admissions",
        windows=(91, 365, 730),
    ),
    count(
        "planned_admissions",
        ADMISSIONS,
        pl.col("planned"),
        "admissions",
        "planned hospital admissions",
        windows=(91, 365, 730),
    ),
    count(
        "fall_admissions",
        ADMISSIONS,
        _fall,
        "admissions",
        "hospital admissions after a fall",
        windows=(365, 730),
    ),
    count(
        "nights_in_hospital",
        ADMISSIONS,
        pl.col("nights"),
        "nights",
        "nights in hospital",
        windows=(91, 365, 730),
    ),
    measure(
        "longest_stay",
        ADMISSIONS,
        pl.col("nights"),
        "nights",
        "longest hospital stay",
        take=Take.MAX,
        windows=(365,),
        missing=Missing.ZERO,
    ),
    count(
        "discharges_to_care_home",
        ADMISSIONS,
        pl.col("to_care_home"),
        "discharges",
        "discharges from hospital to a care home",
        windows=(365, 730),
    ),
    measure(
        "days_since_emergency_admission",
        ADMISSIONS,
        _ago.filter(_emergency),
        "days",
        "days since the last emergency admission",
        take=Take.MIN,
    ),
    measure(
        "days_since_fall_admission",
        ADMISSIONS,
        _ago.filter(_fall),
        "days",
        "days since the last admission after a fall",
        take=Take.MIN,
    ),
    *(
        yes_no(f"coded_{what}", ADMISSIONS, pl.col(f"coded_{what}"), phrase, windows=(730,))
        for what, (_, phrase) in CODED.items()
    ),
    count(
        "attendances",
        ATTENDANCES,
        pl.lit(1),
        "attendances",
        "attendances at an emergency department",
        windows=(31, 91, 365, 730),
    ),
    count(
        "injury_attendances",
        ATTENDANCES,
        pl.col("injury"),
        "attendances",
        "attendances at an emergency department for an injury",
        windows=(365, 730),
    ),
    measure(
        "days_since_attendance",
        ATTENDANCES,
        _ago,
        "days",
        "days since the last attendance at an emergency department",
        take=Take.MIN,
    ),
)

FEATURES = (*_REGISTER, *_CONDITIONS, *_HOSPITAL)
