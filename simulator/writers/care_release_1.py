"""Client Level Data as councils sent it before Release 2: the same columns, the older wording.

Literals as in data_specs.md 1.2, where each says how sure it is. Where Release 1 had no word of its own for
what Release 2 distinguishes, the nearest stands (a review of short-term support is a planned one); extra care
housing keeps its name, for the one older list that lacks it is not the national one.
"""

import polars as pl

WORDING = {
    "Client Type": {
        "Service user": "Service User",
        "Unpaid carer": "Carer",
    },
    "Primary Support Reason": {
        "Physical support: Access and mobility only": "Physical Support: Access & mobility only",
        "Physical support: Personal care support": "Physical Support: Personal care support",
        "Sensory support: Support for visual impairment": "Sensory Support: Support for visual impairment",
        "Support with memory and cognition": "Support with Memory & Cognition",
        "Learning disability support": "Learning Disability Support",
        "Mental health support": "Mental Health Support",
        "Social support: Support for social isolation or other reason": (
            "Social Support: Support for Social Isolation/Other"
        ),
        "Social support: Support to unpaid carer": "Social Support: Support to Carer",
    },
    "Accommodation Status": {
        "Tenant: Local authority or other social housing provider": "Tenant",
        "Tenant: Private landlord": "Tenant - private landlord",
        "Sheltered housing, extra care housing or other sheltered housing": (
            "Sheltered housing / extra care housing / other sheltered housing"
        ),
    },
    "Request: Route of Access": {
        "Community or other route": "Community / Other route",
        "Discharge from hospital": "Discharge from Hospital",
        "Self-funder": "Self-Funder",
    },
    "Service Type": {
        "Long term support: Nursing care": "Long Term Support: Nursing Care",
        "Long term support: Residential care": "Long Term Support: Residential Care",
        "Long term support: Community": "Long Term Support: Community",
        "Short term support: ST-Max": "Short Term Support: ST-Max",
        "Short term support: Ongoing low level": "Short Term Support: Ongoing Low Level",
        "Short term support: Other short term": "Short Term Support: Other Short Term",
        "Unpaid carer support: Direct to unpaid carer": "Carer Support: Direct to Carer",
    },
    "Service Component": {
        "Home support or domiciliary care": "Home Support",
        "Day support": "Day Support",
        "Other unpaid carer support": "Other Carer Support",
    },
    "Delivery Mechanism": {
        "Direct payment": "Direct Payment",
        "CASSR managed personal budget": "CASSR Managed Personal Budget",
        "CASSR commissioned support": "CASSR Commissioned Support",
    },
    "Event Outcome": {
        "Progress to assessment, review or reassessment": "Progress to assessment",
        "Progress to support planning or services": "Progress to support planning / services",
        "Continuation of support or services": "No change in package",
        "NFA: Responsibility moved to another local authority": "NFA - Moved to another LA",
        "NFA: Referral to NHS services or NHS funded social care": "NFA - 100% NHS funded care",
        "NFA: Self-funded client or under 12wk disregard": "NFA - Self-funded client (inc. 12wk disregard)",
        "NFA: Information and advice or signposting": "NFA - Information & advice / signposting only",
        "NFA: Support declined": "NFA - Support declined",
        "NFA: Deceased": "NFA - Deceased",
        "NFA: Support ended as planned": "Service ended as planned",
        "NFA: Support ended for other reason": "NFA - Support ended: other reason",
        "NFA: No services offered for other reason": "NFA - No services offered: other reason",
    },
    "Review Reason": {"Review of short term support": "Planned"},
}
"""By column: what Release 2 says, and what Release 1 said where that was different."""


def in_release_1(shown: pl.DataFrame) -> pl.DataFrame:
    """The same rows in the wording of Release 1; ethnic groups have a dash where Release 2 has a colon."""
    worded = [pl.col(column).replace(words) for column, words in WORDING.items()]
    ethnicity = pl.col("Ethnicity").str.replace(": ", " - ", literal=True)
    return shown.with_columns(*worded, ethnicity)
