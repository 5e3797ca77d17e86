"""Targets: requests, long-term support, home care, care homes, unpaid carers."""

from simulator.calibration.targets import Line, Target

_ASCFR = "ASCFR tables 2022-23"
_2015_16 = "2015-16, summarised at https://www.dct.org.uk/resources-support/national-updates-/adult-social-care-reports/community-care-statistics-social-services-activity-england-2015-16.ashx"
_RESIDENTS = "ONS, Older people living in care homes in 2021, https://www.ons.gov.uk/peoplepopulationandcommunity/birthsdeathsandmarriages/ageing/articles/olderpeoplelivingincarehomesin2021andchangessince2011/2023-10-09"
_PSSRU = "Forder and Fernandez, deaths 2008-10, http://eprints.lse.ac.uk/33895/"
_SELF = "ONS 2022-23, http://www.ons.gov.uk/peoplepopulationandcommunity/healthandsocialcare/socialcare/articles/carehomesandestimatingtheselffundingpopulationengland/2022to2023"
_CARE_TALK = "ADASS Spring Survey 2024 in Care Talk, https://caretalk-business.co.uk/2024/07/16/people-needing-more-intense-care-and-support-after-hospital-pushing-local-councilsto-overspend-according-to-new-survey/"

REQUESTS = Line(
    1,
    "Requests per 100,000 aged 65+",
    "King's Fund, Social care 360 (2019), https://www.kingsfund.org.uk/publications/social-care-360/access",
    "V2",
)
ASKERS = Line(
    1,
    "Requests per person asking",
    "King's Fund 2022-23, https://www.kingsfund.org.uk/insight-and-analysis/long-reads/social-care-360-access",
    "V2",
)
ROUTE = Line(1, "Route: discharge share by age", _2015_16, "V2")
NEXT_65 = Line(1, "What happened next, 65+ (approximate)", _ASCFR, "M")
NEXT_ALL = Line(1, "What happened next, all ages: no direct support", _2015_16, "V2")
STARTS = Line(1, "New long-term starts, 65+", _ASCFR, "M")
LONG_TERM = Line(1, "Long-term support per 100,000 in year", "ASCFR 2023-24, populations from memory", "M")
AT_END = Line(
    1,
    "Long-term support: in year against at year end, all adults",
    "Community Care, 12 Dec 2023, https://www.communitycare.co.uk/2023/12/12/more-people-receiving-long-term-care-following-years-of-decline/",
    "V2",
)
SETTING = Line(1, "Setting of 65+ long-term support, in year", _ASCFR, "M")
COUNCIL_HOMES = Line(
    1,
    "Admissions to council-supported care homes, 65+ per 100,000",
    "Nuffield Trust 2018-20, https://www.nuffieldtrust.org.uk/resource/admissions-to-care-homes",
    "V2",
)
ST_MAX = Line(
    1,
    "ST-Max completed episodes",
    "ASCFR 2022-23 overview, https://digital.nhs.uk/data-and-information/publications/statistical/adult-social-care-activity-and-finance-report/2022-23/activity-and-finance-overview",
    "V",
)
ST_MAX_AFTER = Line(1, "ST-Max, share with no ongoing long-term support", "ASCOF 2D / 2A", "M")
HOURS = Line(2, "Council home care hours per person a year", _CARE_TALK, "V2")
SPREAD = Line(2, "Spread of weekly hours", "judgement", "M")
DOUBLE = Line(2, "Double-handed share of council home care clients", "derived there from two surveys", "M")
QUARTER = Line(
    2,
    "Council home care hours, a quarter",
    "ADASS in Community Care, https://www.communitycare.co.uk/2023/06/21/60000-cut-in-social-care-waiting-lists-but-need-continues-to-mount-says-adass/",
    "V2",
)
TURNOVER = Line(2, "Client turnover", "judgement", "M")
RESIDENTS = Line(3, "Share of 65+ in a care home", _RESIDENTS, "V")
RESIDENTS_AGES = Line(3, "Share by age", "Census 2021", "M")
RESIDENTS_85 = Line(3, "85+ among residents 65+", _RESIDENTS, "V")
RESIDENTS_SEX = Line(3, "Sex of residents 65+", _RESIDENTS, "V")
SELF_FUNDERS = Line(3, "Self-funders by home type and size", _SELF, "V")
SURVIVAL = Line(3, "Survival after admission", _PSSRU, "V")
PLACES = Line(
    3,
    "Places per 100 people 75+",
    "King's Fund 2023, https://www.kingsfund.org.uk/insight-and-analysis/long-reads/social-care-360-providers",
    "V2",
)
SPLIT = Line(
    3,
    "Split of beds",
    "Nuffield Trust, Dec 2023, https://www.nuffieldtrust.org.uk/resource/care-home-bed-availability",
    "V2",
)
OCCUPANCY = Line(
    3,
    "Occupancy",
    "ONS 2019-20, https://www.ons.gov.uk/peoplepopulationandcommunity/healthandsocialcare/socialcare/articles/carehomesandestimatingtheselffundingpopulationengland/2019to2020",
    "V",
)
CARERS_65 = Line(
    9,
    "Carers 65+",
    "ONS, Profile of the older population, Census 2021, https://www.ons.gov.uk/peoplepopulationandcommunity/birthsdeathsandmarriages/ageing/articles/profileoftheolderpopulationlivinginenglandandwalesin2021andchangessince2011/2023-04-03",
    "V",
)
CARERS = Line(9, "By age, any care", "Census 2021", "M")
CARERS_HELPED = Line(
    9,
    "Carers supported or assessed by councils",
    "Written answer 33417, 2023/24, https://parallelparliament.co.uk/question/33417/carers",
    "V2",
)
CARERS_FOUND = Line(
    9,
    "Carers found in GP and council records",
    "Health Foundation, https://health.org.uk/publications/long-reads/can-you-tell-we-care",
    "V",
)

_AGES = "at England's ages; councils differ widely"
_FLOW = "SALT counts new clients; councils record differently; at England's ages"
_ROUND = "a round figure"
_ASK, _LONG, _HOURS = "Requests and what follows", "Long-term support", "Home care"
_HOMES, _CARERS = "Care homes", "Unpaid carers"

CARE = (
    Target("requests_65", _ASK, "Requests a year, 65+", "per 100,000", 13_160, 0.20, REQUESTS, _FLOW),
    Target("requests_18_64", _ASK, "Requests a year, 18-64", "per 100,000", 1_554, 0.25, REQUESTS, _FLOW),
    Target("requests_per_asker", _ASK, "Requests a year of each person asking", "requests", 1.46, 0.20, ASKERS,
           "regions range from 1.2 to 1.9"),
    Target("discharge_65", _ASK, "Requests at 65+ that come by hospital discharge", "share", 0.24, 0.20, ROUTE, "2015-16"),
    Target("discharge_18_64", _ASK, "The same, 18-64", "share", 0.08, 0.35, ROUTE, "2015-16"),
    Target("sequel_st_max", _ASK, "Requests at 65+ followed by ST-Max", "share", 0.14, 0.25, NEXT_65, _ROUND),
    Target("sequel_long_term", _ASK, "By long-term support", "share", 0.09, 0.30, NEXT_65, _ROUND),
    Target("sequel_short_term", _ASK, "By low-level or other short-term help", "share", 0.20, 0.25, NEXT_65, _ROUND),
    Target("sequel_signposted", _ASK, "By advice or signposting", "share", 0.27, 0.20, NEXT_65, _ROUND),
    Target("sequel_no_service", _ASK, "By no service", "share", 0.26, 0.20, NEXT_65, _ROUND),
    Target("sequel_no_support", _ASK, "By no direct support, all adults", "share", 0.57, 0.15, NEXT_ALL, "2015-16"),
    Target("st_max_65", _ASK, "ST-Max episodes completed, 65+", "per 100,000", 2_110, 0.25, ST_MAX,
           "221,695 over 10.5 million, population from memory", derived=True),
    Target("st_max_65_share", _ASK, "65+ among ST-Max episodes", "share", 0.882, 0.08, ST_MAX, "at England's ages"),
    Target("st_max_no_more", _ASK, "ST-Max that no long-term support follows", "share", 0.78, 0.12, ST_MAX_AFTER,
           "77.5-79% of new clients", derived=True),
    Target("starts_65", _LONG, "New long-term support, 65+", "per 100,000", 1_200, 0.35, STARTS, "about, from memory"),
    Target("supported_65", _LONG, "People 65+ with long-term support in a year", "per 100,000", 5_200, 0.20, LONG_TERM,
           _AGES),
    Target("supported_18_64", _LONG, "People 18-64 with long-term support in a year", "per 100,000", 860, 0.25,
           LONG_TERM, _AGES),
    Target("supported_at_end", _LONG, "Share of them supported at the year's end", "share", 0.753, 0.08, AT_END,
           "one year; a ratio of two counts"),
    Target("setting_community", _LONG, "Setting at 65+: community", "share", 0.62, 0.12, SETTING, _ROUND),
    Target("setting_residential", _LONG, "Setting at 65+: residential", "share", 0.25, 0.20, SETTING, _ROUND),
    Target("setting_nursing", _LONG, "Setting at 65+: nursing", "share", 0.13, 0.30, SETTING, _ROUND),
    Target("turnover", _LONG, "Clients at home with no support there a year later", "share", 0.40, 0.30, TURNOVER,
           "35-45%, a judgement"),
    Target("hours_mean", _HOURS, "Hours a week, mean", "hours", 13.9, 0.15, HOURS, "697 to 750 a year", derived=True),
    Target("hours_median", _HOURS, "Hours a week, median", "hours", 10.5, 0.20, SPREAD, "judgement"),
    Target("hours_p10", _HOURS, "Hours a week, one in ten below", "hours", 3.5, 0.30, SPREAD, "judgement"),
    Target("hours_p90", _HOURS, "Hours a week, one in ten above", "hours", 28, 0.25, SPREAD, "judgement"),
    Target("double_handed", _HOURS, "Home-care clients visited by two carers at once", "share", 0.17, 0.30, DOUBLE,
           "49,000 over about 290,000, rough"),
    Target("hours_per_1000", _HOURS, "Hours a week per 1,000 adults", "hours", 82, 0.45, QUARTER,
           "42.1 and 54.5 million a quarter over 13 weeks and 45 million adults, population from memory; follows deprivation", derived=True),
    Target("home_care_65", _HOURS, "People 65+ with council home care at a moment", "per 100,000", 1_900, 0.42, DOUBLE,
           "about 290,000 clients, four fifths 65+, less those counted twice; follows deprivation; and 62% of 5,200 × 0.753 at most",
           derived=True),
)  # fmt: skip

CARE_HOMES = (
    Target("council_homes_65", _HOMES, "Council-arranged care-home admissions, 65+", "per 100,000", 580, 0.20,
           COUNCIL_HOMES, "578 and 584 in two years; at England's ages", derived=True),
    Target("council_homes_18_64", _HOMES, "The same, 18-64", "per 100,000", 14.6, 0.40, COUNCIL_HOMES,
           "few; councils range from 5 to 30 (assumed)"),
    Target("in_care_home_65", _HOMES, "People 65+ in a care home", "share", 0.025, 0.15, RESIDENTS,
           "2.5% in 2021 after the pandemic, 2.9% in the North East; at England's ages"),
    Target("in_care_home_65_74", _HOMES, "The same, 65-74", "share", 0.006, 0.40, RESIDENTS_AGES, _ROUND),
    Target("in_care_home_75_84", _HOMES, "The same, 75-84", "share", 0.023, 0.30, RESIDENTS_AGES, _ROUND),
    Target("in_care_home_85_89", _HOMES, "The same, 85-89", "share", 0.075, 0.25, RESIDENTS_AGES, _ROUND),
    Target("in_care_home_90", _HOMES, "The same, 90+", "share", 0.18, 0.25, RESIDENTS_AGES, _ROUND),
    Target("residents_85", _HOMES, "85+ among residents 65+", "share", 0.564, 0.20, RESIDENTS_85, "at England's ages"),
    Target("residents_women", _HOMES, "Women among residents 65+", "share", 0.697, 0.10, RESIDENTS_SEX,
           "the county's ages differ"),
    Target("self_funded", _HOMES, "Residents 65+ who pay for themselves", "share", 0.489, 0.25, SELF_FUNDERS,
           "older people's homes; 26% to 54% by region and deprivation"),
    Target("alive_after_1", _HOMES, "Alive a year after moving in, 65+", "share", 0.55, 0.15, SURVIVAL,
           "305 homes of one provider"),
    Target("alive_after_2", _HOMES, "Of them alive after the second year", "share", 0.70, 0.15, SURVIVAL, "as above"),
    Target("deaths_in_care_homes", _HOMES, "Deaths per care-home year, 65+", "a year", 0.36, 0.20, SURVIVAL,
           "0.45 die in the first year and 0.30 in later ones: among all residents about 0.36 of hazard", derived=True),
    Target("beds_per_100", _HOMES, "Care-home beds per 100 people 75+", "beds", 8.8, 0.20, PLACES,
           "9.4 a year before; the county's ages differ"),
    Target("nursing_beds", _HOMES, "Beds in homes with nursing", "share", 0.49, 0.25, SPLIT, "counted by home"),
    Target("occupancy", _HOMES, "Beds occupied", "share", 0.847, 0.08, OCCUPANCY, "84-86%"),
)  # fmt: skip

CARERS_ALL = (
    Target("carers_45_54", _CARERS, "Unpaid carers, 45-54", "share", 0.14, 0.25, CARERS, _ROUND),
    Target("carers_55_64", _CARERS, "Unpaid carers, 55-64", "share", 0.17, 0.25, CARERS, _ROUND),
    Target("carers_65_74", _CARERS, "Unpaid carers, 65-74", "share", 0.12, 0.25, CARERS, _ROUND),
    Target("carers_75_84", _CARERS, "Unpaid carers, 75-84", "share", 0.10, 0.25, CARERS, _ROUND),
    Target("carers_85", _CARERS, "Unpaid carers, 85+", "share", 0.07, 0.35, CARERS, _ROUND),
    Target("carers_65", _CARERS, "Unpaid carers, 65+", "share", 0.107, 0.20, CARERS_65, "just over 1 in 10",
           derived=True),
    Target("carers_known", _CARERS, "Carers whom the council assesses or helps in a year", "share", 0.077, 0.30,
           CARERS_HELPED, "councils differ widely"),
    Target("carers_found", _CARERS, "Carers whom council or practice has recorded", "share", 0.185, 0.40, CARERS_FOUND,
           "at most 11-26% in four areas", derived=True),
)  # fmt: skip
