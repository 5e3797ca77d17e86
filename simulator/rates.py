"""Published rates that the invented people follow; each line says which line of the rates file it cites.

`rates.md 4` means section 4 of ../shared/reference/rates.md. All are per person and year unless the
name says so;
curves are (age, value) knots, joined by straight lines in `curve`.
"""

import numpy as np

from simulator.log import Array

Curve = tuple[tuple[float, float], ...]


def curve(age: Array, knots: Curve) -> Array:
    """Value at each age, straight between knots and level outside them."""
    ages, values = zip(*knots, strict=True)
    return np.interp(age, ages, values)


# rates.md 4 "Emergency admissions per 1,000": 65-74 160, 75-84 290, 85+ 510; all ages about 116;
# younger assumed.
EMERGENCY: Curve = (
    (0, 0.09), (10, 0.05), (18, 0.06), (40, 0.07), (60, 0.105), (70, 0.16), (80, 0.275), (88, 0.51),
    (95, 0.62),
)  # fmt: skip
# rates.md 4 "Falls admissions per 100,000, 65-79 and 80+": 930 and 4,850; under 65 assumed.
FALL: Curve = (
    (0, 0.001), (18, 0.001), (50, 0.0016), (65, 0.0045), (72, 0.0085), (79, 0.020), (84, 0.040), (90, 0.075),
    (96, 0.10),
)  # fmt: skip
# rates.md 4 "A&E attendances per 1,000": 65-74 340, 75-84 530, 85+ 810; younger assumed.
ATTENDANCE: Curve = (
    (0, 0.45),
    (18, 0.34),
    (50, 0.29),
    (65, 0.31),
    (70, 0.34),
    (80, 0.53),
    (88, 0.81),
    (95, 0.93),
)
# rates.md 4 "Admissions of all kinds" 292.6 per 1,000 less emergencies and births; shape by age assumed.
PLANNED: Curve = ((0, 0.02), (18, 0.05), (45, 0.11), (65, 0.22), (78, 0.30), (88, 0.22), (95, 0.12))
# rates.md 4 "Mean length of emergency stay" (days): 65-74 7, 75-84 9, 85+ 10.5; younger assumed.
STAY_DAYS: Curve = ((0, 2.0), (40, 3.5), (60, 5.5), (70, 7.0), (80, 9.0), (88, 10.5))
# rates.md 6 "qx" men and women at 65, 75, 85, 90; other ages assumed on the same tables.
DEATH_MEN: Curve = (
    (0, 0.004), (1, 0.0003), (18, 0.0005), (40, 0.0018), (55, 0.006), (65, 0.013), (75, 0.033), (85, 0.101),
    (90, 0.175), (100, 0.40),
)  # fmt: skip
DEATH_WOMEN: Curve = (
    (0, 0.003), (1, 0.0002), (18, 0.0003), (40, 0.0011), (55, 0.004), (65, 0.0083), (75, 0.022), (85, 0.077),
    (90, 0.144), (100, 0.37),
)  # fmt: skip
DIES_IN_HOSPITAL = 0.434  # rates.md 6 "Place of death"
RESIDENT_DIES_IN_HOSPITAL = (
    0.15  # rates.md 6 "Permanent residents who die in a care home" 71%, some in hospital then
)
# rates.md 5 "Hip fracture: people" 73% women, rates.md 3 "Sex of residents 65+" 69.7% women: how many times
# the rate of both sexes women and men have, from 65 on (assumed to give these).
FALL_WOMEN, FALL_MEN = 1.22, 0.74
CARE_HOME_WOMEN, CARE_HOME_MEN = 1.19, 0.74

# rates.md 1 "New long-term starts, 65+" about 1,200 per 100,000, of which about 300 begin in a care
# home (3% of
# requests, "What happened next, 65+"), so about 900 at home; split by age assumed.
LONG_TERM_AT_HOME: Curve = (
    (18, 0.0009), (55, 0.0010), (65, 0.0024), (70, 0.0040), (80, 0.0117), (88, 0.0295), (95, 0.0405),
)  # fmt: skip
# rates.md 1 "Admissions to council-supported care homes" 566-584 per 100,000 aged 65+ and 14.6 at 18-64, and
# rates.md 3 self-funders 48.9% of older people's places: about 1,000 in all; shape from "Share by
# age", rates.md 3.
CARE_HOME: Curve = (
    (18, 0.000045), (55, 0.00008), (65, 0.0010), (70, 0.0019), (80, 0.0100), (88, 0.038), (95, 0.074),
)  # fmt: skip
# rates.md 1 "Requests per 100,000 aged 65+" 13,160 and 1,554 at 18-64, less those that lead to
# long-term support.
OTHER_REQUEST: Curve = (
    (18, 0.0105), (50, 0.0135), (64, 0.019), (66, 0.038), (70, 0.050), (80, 0.125), (88, 0.26), (95, 0.33),
)  # fmt: skip
# rates.md 3 "Share by age" of people in a care home: 65-74 0.6%, 75-84 2.3%, 85-89 7.5%, 90+ 18%.
IN_CARE_HOME_SHARE: Curve = ((18, 0.0002), (60, 0.001), (70, 0.006), (80, 0.024), (87, 0.075), (93, 0.18))
# rates.md 1 "Long-term support per 100,000 in year" less care homes, at a moment ("in year against at
# year end" 0.753).
AT_HOME_SHARE: Curve = ((18, 0.005), (60, 0.005), (70, 0.010), (80, 0.027), (87, 0.062), (93, 0.085))

# rates.md 1 "ST-Max, share with no ongoing long-term support" 77.5-79% and ST-Max 14% of requests: so
# many of the
# long-term starts at home come through reablement.
THROUGH_REABLEMENT = 0.36
# rates.md 1 "What happened next, 65+", the rest after long-term support and its reablement are taken out.
SEQUELS = ("st_max", "low_level", "other_short", "signposted", "no_service", "declined", "nhs", "self_funder")
SEQUEL_SHARES = (0.10, 0.17, 0.055, 0.295, 0.235, 0.045, 0.04, 0.06)
SEQUEL_SHARES_YOUNGER = (
    0.013,
    0.13,
    0.06,
    0.41,
    0.307,
    0.05,
    0.02,
    0.01,
)  # rates.md 1 "no direct support" 57%; assumed

# rates.md 3 "Self-funders by home type and size" 48.9%, "by deprivation" 53.8% to 21.6%.
SELF_FUNDS_LEAST_DEPRIVED, SELF_FUNDS_MOST_DEPRIVED = 0.54, 0.22
MONEY_RUNS_OUT = 0.06  # share of self-funding residents a year who turn to the council (assumed)
NURSING_SHARE = (
    0.30  # rates.md 1 "Setting of 65+ long-term support": nursing 13 of residential and nursing 38
)
OCCUPANCY = 0.81  # rates.md 3 "Occupancy" 84-86%
BEDS_PER_HOME = 28  # rates.md 3 "Mean residential home size" 20.5; nursing homes larger (assumed)
CARE_HOME_DEATHS_FIRST_YEAR, CARE_HOME_DEATHS_LATER = 0.45, 0.30  # rates.md 3 "Survival after admission"

# rates.md 2 "Spread of weekly hours": median 10.5, 10th 3.5, 90th 28: lognormal.
HOURS_MEDIAN, HOURS_LOG_SD = 10.5, 0.80
DOUBLE_HANDED_SHARE = 0.17  # rates.md 2 "Double-handed share"
HOURLY_PRICE_POUNDS = 22.74  # rates.md 2 "Average hourly rate councils pay"
SUPPORT_ENDS = (
    0.40  # a year, other than by death or care home: with them 35-45% leave (rates.md 2 "Client turnover")
)
SUPPORT_ENDS_YOUNGER = 0.14  # the same for people under 65 (assumed)
COMPONENTS = ("home_care", "direct_payment", "day_support", "extra_care", "supported_living", "other")
COMPONENT_SHARES_OLDER = (0.70, 0.13, 0.05, 0.07, 0.02, 0.03)  # rates.md 1 "One council's year: by service"
COMPONENT_SHARES_YOUNGER = (0.22, 0.34, 0.14, 0.02, 0.24, 0.04)  # the same; split by age assumed

# rates.md 9 "By age, any care": 45-54 14%, 55-64 17%, 65-74 12%, 75-84 10%, 85+ 7%, less those who care for a
# partner here (seen in runs); younger assumed.
CARES_FOR_OTHERS: Curve = (
    (18, 0.03), (30, 0.05), (45, 0.125), (52, 0.155), (60, 0.155), (68, 0.06), (75, 0.01), (80, 0.0),
)  # fmt: skip

# rates.md 7: movers in a year by age of household; "57% of 65+ movers stayed in the same council".
MOVES: Curve = ((18, 0.26), (34, 0.22), (36, 0.08), (64, 0.06), (66, 0.018), (90, 0.014))
MOVES_STAY_IN_COUNCIL = 0.57
EMPTY_SHARE = 0.035  # rates.md 7 "Empty (not exempt); second homes" 744,000 of 25.5m, and some exempt
PEOPLE_PER_HOUSEHOLD = 2.3  # rates.md 7 "mean size 2.4", less the older counties (assumed)

# rates.md 8: certificates ever 63%, outright owners 65+ 35-40%, bias to let and sold homes.
EPC_BY_TENURE = {"outright": 0.40, "mortgage": 0.58, "private": 0.80, "social": 0.70}

OPTED_OUT_MEN, OPTED_OUT_WOMEN = 0.044, 0.0553  # rates.md 11 "National data opt-outs"
RESTRICTED_SHARE = 0.002  # assumed
ADAPTATIONS_PER_HOUSEHOLD = 0.0021  # rates.md 12 "People helped by DFG a year" 2.1 per 1,000 households
DEMENTIA_DIAGNOSED = 0.631  # rates.md 5 "Diagnosis rate, 65+"

# Share with each condition by age. rates.md 5: dementia "true prevalence by age" (CFAS II), raised for those
# who come to have it and die sooner; the QOF
# registers give the
# size of the others, their shape by age is assumed.
CONDITIONS: dict[str, Curve] = {
    "dementia": (
        (55, 0.0),
        (62, 0.008),
        (67, 0.020),
        (72, 0.042),
        (77, 0.072),
        (82, 0.138),
        (87, 0.27),
        (93, 0.44),
    ),
    "stroke_tia": ((40, 0.003), (60, 0.025), (75, 0.09), (90, 0.16)),
    "heart_failure": ((50, 0.004), (65, 0.02), (75, 0.05), (90, 0.14)),
    "chd": ((40, 0.006), (60, 0.05), (75, 0.13), (90, 0.19)),
    "af": ((45, 0.004), (65, 0.03), (75, 0.09), (90, 0.20)),
    "copd": ((40, 0.006), (60, 0.04), (75, 0.08), (90, 0.09)),
    "asthma": ((5, 0.04), (20, 0.06), (60, 0.075), (90, 0.08)),
    "diabetes": ((20, 0.01), (45, 0.05), (60, 0.12), (75, 0.19), (90, 0.19)),
    "ckd": ((40, 0.006), (60, 0.03), (75, 0.13), (90, 0.30)),
    "cancer": ((20, 0.003), (50, 0.03), (65, 0.08), (80, 0.15), (90, 0.17)),
    "depression": ((16, 0.05), (30, 0.13), (60, 0.15), (90, 0.16)),
    "serious_mental_illness": ((18, 0.003), (40, 0.010), (90, 0.011)),
    "learning_disability": ((0, 0.004), (18, 0.005), (90, 0.005)),
    "parkinsonism": ((50, 0.0005), (65, 0.004), (75, 0.012), (88, 0.022)),
    "epilepsy": ((5, 0.004), (20, 0.006), (70, 0.009), (90, 0.011)),
    "osteoporosis": ((50, 0.004), (65, 0.03), (75, 0.08), (90, 0.16)),
    "incontinence": ((50, 0.01), (70, 0.05), (80, 0.10), (90, 0.20)),
    "hearing_loss": ((40, 0.01), (65, 0.08), (80, 0.22), (90, 0.38)),
    "sight_loss": ((50, 0.004), (70, 0.02), (80, 0.06), (90, 0.16)),
}
