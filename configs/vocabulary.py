"""The words that tables share from stage to stage. Meanings: GLOSSARY.md and docs/reference."""

OUTCOMES = (
    "long_term_community_start",
    "care_home_admission",
    "emergency_admission",
    "fall_admission",
    "carer_breakdown",
)
"""Outcomes as events; definitions at the end of the landing contract."""

HEALTH_OUTCOMES = ("emergency_admission", "fall_admission")
"""Outcomes that need hospital extracts: without them they are absent, and pages say so."""

OUTCOME_PHRASES = {
    "long_term_community_start": "council-arranged long-term support at home starts",
    "care_home_admission": "moves into a care home to stay",
    "emergency_admission": "emergency hospital admission",
    "fall_admission": "emergency hospital admission after a fall",
    "carer_breakdown": "an unpaid carer cannot go on as before",
}

AGE_GROUPS = ("18-64", "65+")
"""Adults are modelled, judged and alarmed in these two groups apart: pooled ages flatter any score."""

HORIZON_DAYS = 365

STAGES = ("records", "features", "scores", "places", "plans")

PURPOSES = ("planning", "case-finding", "direct-care", "evaluation")

ROLES = (
    "commissioner",
    "practitioner",
    "data_scientist",
    "information_governance",
    "coordinator",
    "provider",
    "admin",
)
