"""Code lists of the national files (data_specs.md and data_specs_codes.json), in the order that the simulator counts."""

ETHNICITIES = (
    "White: English, Welsh, Scottish, Northern Irish or British", "White: Irish", "White: Gypsy or Irish Traveller",
    "White: Roma", "White: Any other White background", "Mixed or multiple ethnic groups: White and Black Caribbean",
    "Mixed or multiple ethnic groups: White and Black African", "Mixed or multiple ethnic groups: White and Asian",
    "Mixed or multiple ethnic groups: Any other Mixed or multiple ethnic background", "Asian or Asian British: Indian",
    "Asian or Asian British: Pakistani", "Asian or Asian British: Bangladeshi", "Asian or Asian British: Chinese",
    "Asian or Asian British: Any other Asian background", "Black, Black British, Caribbean or African: African",
    "Black, Black British, Caribbean or African: Caribbean",
    "Black, Black British, Caribbean or African: Any other Black, Black British or Caribbean background",
    "Other ethnic group: Any other ethnic group",
)  # fmt: skip
ETHNOS = ("A", "B", "C", "C", "C", "D", "E", "F", "G", "H", "J", "K", "R", "L", "N", "M", "P", "S")
SERVICE_TYPES = (
    "Long term support: Nursing care", "Long term support: Residential care", "Long term support: Community",
    "Short term support: ST-Max", "Short term support: Ongoing low level", "Short term support: Other short term",
    "Unpaid carer support: Direct to unpaid carer",
)  # fmt: skip
COMPONENTS = {
    "home_care": "Home support or domiciliary care", "direct_payment": "Direct payment", "day_support": "Day support",
    "extra_care": "Extra care housing", "supported_living": "Community supported living",
    "other": "Other long term support", "reablement": "Reablement", "equipment": "Equipment",
    "short_residential": "Short term residential care", "emergency": "Emergency support",
    "carer_support": "Other unpaid carer support", "residential": "Long term residential care",
    "nursing": "Long term nursing care",
}  # fmt: skip
ROUTES = ("Community or other route", "Discharge from hospital", "Self-funder")
REQUEST_OUTCOMES = (
    "Progress to reablement/ST-Max", "Progress to support planning or services",
    "Progress to support planning or services", "NFA: Information and advice or signposting",
    "NFA: No services offered for other reason", "NFA: Support declined",
    "NFA: Referral to NHS services or NHS funded social care", "NFA: Self-funded client or under 12wk disregard",
    "Progress to assessment, review or reassessment", "Progress to assessment, review or reassessment",
)  # fmt: skip
ENDINGS = (
    "", "NFA: Deceased", "Progress to support planning or services", "NFA: Support ended as planned",
    "NFA: Support ended for other reason", "NFA: Responsibility moved to another local authority",
    "Continuation of support or services",
)  # fmt: skip
REVIEW_REASONS = (
    "Planned", "Unplanned - Hospital (Planned and unplanned episodes)", "Unplanned - Carer related",
    "Unplanned - Other Reason", "Review of short term support",
)  # fmt: skip
ACCOMMODATION = (
    "Owner occupier or shared ownership scheme", "Owner occupier or shared ownership scheme", "Tenant: Private landlord",
    "Tenant: Local authority or other social housing provider",
    "Sheltered housing, extra care housing or other sheltered housing", "Registered care home", "Registered nursing home",
)  # fmt: skip
SUPPORT_REASONS = (
    "Physical support: Personal care support", "Physical support: Access and mobility only",
    "Support with memory and cognition", "Learning disability support", "Mental health support",
    "Sensory support: Support for visual impairment", "Social support: Support for social isolation or other reason",
    "Social support: Support to unpaid carer",
)  # fmt: skip
CLD_HEADERS = (
    "LA Code", "Reporting Period Start Date", "Reporting Period End Date", "NHS Number",
    "LA Person Unique Identifier", "First Name", "Last Name", "GP Practice Name", "GP Practice Code", "Gender",
    "Ethnicity", "Date of Birth", "Date of Death", "Client Type", "Primary Support Reason", "Postcode",
    "Accommodation Status", "Employment Status", "Has Unpaid Carer", "Autism Spectrum Disorder (ASD)",
    "Visual Impairment", "Hearing Impairment", "Dementia", "Client Funding Status", "Event Type", "Event Reference",
    "Event Start Date", "Event End Date", "Event Description", "Event Outcome", "Request: Route of Access",
    "Assessment Type", "Eligible Needs Identified", "Method of Assessment", "Total Hrs Caring per week",
    "No. of adults being cared for", "Adult 1 Linked Person_ID", "Adult 2 Linked Person_ID",
    "Adult 3 Linked Person_ID", "Service Type", "Service Component", "Delivery Mechanism",
    "Provider CQC Location Name", "Provider CQC Location ID", "Review Reason", "Review Outcomes Achieved",
    "Method of Review", "Unit Cost", "Cost Frequency (Unit Type)", "Planned units per week",
)  # fmt: skip
