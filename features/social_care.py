"""Social care: requests and what came of them, assessments, services and hours, reviews, equipment."""

import polars as pl

from features.as_of import within
from features.care_record import read_events, read_packages, read_status
from features.cohort import LONG_TERM, LONG_TERM_CARE_HOME, LONG_TERM_COMMUNITY
from features.declared import Missing, Take, View, count, measure, yes_no

CARE_HOME_STATUS = ("Registered care home", "Registered nursing home")
FULLY_CLIENT_FUNDED = "Fully client funded"

SUPPORT_REASONS = {
    "physical": ("Physical support", "needs physical support"),
    "sensory": ("Sensory support", "needs sensory support"),
    "memory": ("Support with memory", "needs support with memory and cognition"),
    "learning_disability": ("Learning disability", "needs learning disability support"),
    "mental_health": ("Mental health", "needs mental health support"),
    "social": ("Social support", "needs social support"),
}
"""Opening words of the primary support reason, and the phrase."""


EVENTS = View("care_events", "person_id", ("care_events",), read_events)
STATUS = View("care_status", "person_id", ("care_events",), read_status, one_row=True)
PACKAGES = View("care_packages", "person_id", ("care_events",), read_packages, one_row=True)

_ago, _ended, _now = pl.col("days_ago"), pl.col("ended_days_ago"), pl.col("open_now")
_request, _assessment = pl.col("event_type") == "Request", pl.col("event_type") == "Assessment"
_review = pl.col("event_type") == "Review"
_short_term = pl.col("service_type").str.starts_with("Short term support")
_st_max = pl.col("service_type") == "Short term support: ST-Max"
_equipment = pl.col("service_component") == "Equipment"

_CONTACTS = (
    count("requests", EVENTS, _request, "requests", "requests for support", windows=(31, 91, 365, 730)),
    count(
        "requests_that_came_to_nothing",
        EVENTS,
        _request & pl.col("came_to_nothing"),
        "requests",
        "requests for support that came to nothing",
        windows=(365, 730),
    ),
    count(
        "requests_to_assessment",
        EVENTS,
        _request & pl.col("to_assessment"),
        "requests",
        "requests that led on to an assessment",
        windows=(91, 365),
    ),
    count(
        "requests_to_reablement",
        EVENTS,
        _request & pl.col("to_reablement"),
        "requests",
        "requests that led on to reablement",
        windows=(91,),
    ),
    count(
        "requests_undecided",
        EVENTS,
        _request & pl.col("undecided"),
        "requests",
        "requests for support not yet decided",
        windows=(91,),
    ),
    count(
        "assessments_to_support",
        EVENTS,
        _assessment & pl.col("to_support"),
        "assessments",
        "assessments that led on to planning support",
        windows=(91, 365),
    ),
    count(
        "requests_from_hospital",
        EVENTS,
        _request & pl.col("by_hospital"),
        "requests",
        "requests for support by way of hospital",
        windows=(365,),
    ),
    count("assessments", EVENTS, _assessment, "assessments", "assessments of needs", windows=(91, 365, 730)),
    count(
        "long_term_assessments",
        EVENTS,
        _assessment & (pl.col("assessment_type") == "Long term assessment"),
        "assessments",
        "long-term (Care Act) assessments",
        windows=(365,),
    ),
    count("reviews", EVENTS, _review, "reviews", "reviews of support", windows=(365, 730)),
    count(
        "unplanned_reviews",
        EVENTS,
        _review & pl.col("unplanned"),
        "reviews",
        "unplanned reviews of support",
        windows=(365, 730),
    ),
    yes_no(
        "review_overdue",
        PACKAGES,
        pl.col("review_overdue"),
        "long-term support not looked at for over a year",
        missing=Missing.ZERO,
    ),
    measure(
        "days_since_contact",
        EVENTS,
        _ago,
        "days",
        "days since the last contact with social care",
        take=Take.MIN,
    ),
    measure(
        "days_since_first_contact",
        EVENTS,
        _ago,
        "days",
        "days since the first contact with social care",
        take=Take.MAX,
    ),
    measure(
        "days_since_request_to_assessment",
        EVENTS,
        _ago.filter(_request & pl.col("to_assessment")),
        "days",
        "days since a request that led on to an assessment",
        take=Take.MIN,
    ),
    measure(
        "days_since_assessment_to_support",
        EVENTS,
        _ago.filter(_assessment & pl.col("to_support")),
        "days",
        "days since an assessment that led on to planning support",
        take=Take.MIN,
    ),
    measure(
        "days_since_request",
        EVENTS,
        _ago.filter(_request),
        "days",
        "days since the last request for support",
        take=Take.MIN,
    ),
)

_SERVICES = (
    count(
        "short_term_support_ended",
        EVENTS,
        _st_max & within(365, "ended_days_ago"),
        "spells",
        "spells of reablement or other short-term support that ended in the last year",
        state="365d",
    ),
    measure(
        "days_since_short_term_support_ended",
        EVENTS,
        _ended.filter(_st_max & (_ended > 0)),
        "days",
        "days since reablement or other short-term support ended",
        take=Take.MIN,
    ),
    yes_no("short_term_support", EVENTS, _now & _short_term, "has short-term support"),
    yes_no(
        "long_term_community",
        EVENTS,
        _now & (pl.col("service_type") == LONG_TERM_COMMUNITY),
        "has long-term support at home",
    ),
    yes_no(
        "long_term_care_home",
        EVENTS,
        _now & pl.col("service_type").is_in(LONG_TERM_CARE_HOME),
        "has long-term care-home support",
    ),
    count(
        "long_term_support_ended",
        EVENTS,
        pl.col("service_type").is_in(LONG_TERM) & within(730, "ended_days_ago"),
        "services",
        "long-term services that ended in the last two years",
        state="730d",
    ),
    count("open_services", EVENTS, _now, "services", "services now in place"),
    measure(
        "providers",
        PACKAGES,
        pl.col("n_providers"),
        "providers",
        "providers that started a service in the last year",
        state="365d",
        missing=Missing.ZERO,
    ),
    yes_no("day_support", EVENTS, _now & (pl.col("service_component") == "Day support"), "has day support"),
    yes_no("direct_payment", EVENTS, _now & pl.col("direct_payment"), "has a direct payment"),
    count("equipment", EVENTS, _equipment, "pieces of equipment", "equipment supplied", windows=(365, 730)),
    count(
        "weekly_cost",
        EVENTS,
        pl.col("pounds_per_week").filter(_now),
        "pounds a week",
        "planned cost of the services now in place",
    ),
    measure(
        "home_care_hours",
        PACKAGES,
        pl.col("hours_now"),
        "hours a week",
        "planned home-care hours a week",
        missing=Missing.ZERO,
    ),
    measure(
        "home_care_hours_trend",
        PACKAGES,
        pl.col("hours_trend"),
        "hours a week",
        "change of home-care hours a week over the last year",
        state="365d",
        missing=Missing.ZERO,
    ),
    count(
        "carer_support",
        EVENTS,
        pl.col("service_type").str.starts_with("Unpaid carer support"),
        "services",
        "services that support an unpaid carer",
        windows=(365,),
    ),
)

_STATUS = (
    *(
        yes_no(
            f"reason_{what}",
            STATUS,
            pl.col("primary_support_reason").str.starts_with(opening),
            phrase,
            missing=Missing.ZERO,
        )
        for what, (opening, phrase) in SUPPORT_REASONS.items()
    ),
    yes_no("dementia_recorded", STATUS, pl.col("dementia") == "Yes", "dementia on the care record"),
    yes_no(
        "care_home_status",
        STATUS,
        pl.col("accommodation_status").is_in(CARE_HOME_STATUS),
        "recorded as living in a care home",
    ),
    yes_no(
        "pays_in_full",
        STATUS,
        pl.col("client_funding_status") == FULLY_CLIENT_FUNDED,
        "pays for their care in full",
    ),
)

FEATURES = (*_CONTACTS, *_SERVICES, *_STATUS)
