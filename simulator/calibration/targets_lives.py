"""Targets: people, households, moves, deaths, homes."""

from simulator.calibration.targets import Line, Target

_PROFILE = "ONS, Profile of the older population, Census 2021, https://www.ons.gov.uk/peoplepopulationandcommunity/birthsdeathsandmarriages/ageing/articles/profileoftheolderpopulationlivinginenglandandwalesin2021andchangessince2011/2023-04-03"
_EHS_23 = "English Housing Survey 2023-24, https://gov.uk/government/statistics/chapters-for-english-housing-survey-2023-to-2024-headline-findings-on-demographics-and-household-resilience/chapter-1-profile-of-households-and-dwellings"
_LIN = "EHS 2018-19 at Housing LIN, https://www.housinglin.org.uk/Topics/type/English-Housing-Survey-Housing-across-the-life-course-2018-19/"
_TAXBASE = "DLUHC Council Taxbase 2023, https://gov.uk/government/statistics/council-taxbase-2023-in-england/local-authority-council-taxbase-in-england-2023"
_OLDER_MOVES = "ONS 2011, abstract at http://dandybooksellers.com/acatalog/Internal-and-International-Migration-of-Older-Residents.html"
_DEATH_PLACE = "OHID, End of life care profiles, 2022, https://www.gov.uk/government/statistics/palliative-and-end-of-life-care-profiles-december-2023-data-update/palliative-and-end-of-life-care-profile-december-2023-update-statistical-commentary"

ALONE = Line(7, "65+ living alone", _PROFILE, "V")
ALONE_85 = Line(
    7,
    "85+ living alone, of household population",
    "ONS, Census 2011, https://ons.gov.uk/peoplepopulationandcommunity/birthsdeathsandmarriages/families/articles/2011censusanalysisdothedemographicandsocioeconomiccharacteristicsofthoselivingaloneinenglandandwalesdifferfromthegeneralpopulation/2014-12-17",
    "V",
)
ALONE_75 = Line(7, "75+ living alone", "Census 2021 / Labour Force Survey", "M")
ONE_PERSON = Line(
    7,
    "One-person households",
    "ONS, Census 2021, copied at https://threadreaderapp.com/scrolly/1587743465483403272",
    "V2",
)
HOUSEHOLDS = Line(7, "Households", _EHS_23, "V")
TENURE_65 = Line(7, "Tenure, 65+ households", _LIN, "V2")
MOVED = Line(7, "Different address a year before, 65+", _OLDER_MOVES, "V2")
MOVED_HOUSEHOLDS = Line(7, "Households moving in a year", _LIN, "V2")
DEATHS = Line(
    6,
    "Deaths registered",
    "ONS 2023, https://ons.gov.uk/peoplepopulationandcommunity/birthsdeathsandmarriages/deaths/bulletins/deathsregistrationsummarytables/2023",
    "V",
)
LIFE_TABLE = Line(6, "qx, men, at 65, 75, 85, 90", "ONS national life tables, about 2020-22", "M")
LIFE = Line(
    6,
    "Life expectancy at 65; at 85",
    "ONS interim life tables 2010-12, http://ons.gov.uk/ons/rel/lifetables/interim-life-tables/2010-2012/stbilt2012.html",
    "V",
)
DEATH_PLACE = Line(6, "Place of death", _DEATH_PLACE, "V")
LAST_DAYS = Line(6, "3+ emergency admissions in last 90 days", _DEATH_PLACE, "V")
DIE_THERE = Line(
    6,
    "Permanent residents who die in a care home",
    "PHE briefing 2015, at https://www.basw.co.uk/resources/role-care-homes-end-life-care",
    "V2",
)
DISCOUNTS = Line(7, "Any discount; single adult", _TAXBASE, "V")
EXEMPT = Line(7, "Exempt dwellings", _TAXBASE, "V")
EMPTY = Line(7, "Empty (not exempt); second homes; premium", _TAXBASE, "V")
CERTIFIED = Line(8, "Share of dwellings with a certificate", "about 2023, source not recorded", "M")
CERTIFIED_OLD = Line(8, "Same, outright owners aged 65+", "about 2023, source not recorded", "M")
CERTIFICATE_UPRN = Line(
    11, "EPC records with a UPRN", "O. Boswarva, end 2021, https://owenboswarva.com/blog/post-hou3.htm", "V"
)
SAP = Line(
    8,
    "Mean SAP",
    "EHS 2022-23 ch. 5, https://gov.uk/government/statistics/chapters-for-english-housing-survey-2022-to-2023-headline-report/chapter-5-energy-efficiency",
    "V",
)
_ONS_EPC = "ONS, to March 2023, https://www.ons.gov.uk/peoplepopulationandcommunity/housing/articles/energyefficiencyofhousinginenglandandwales/latest"
SCORE = Line(8, "Median score of certified homes", _ONS_EPC, "V")
OLD_COLD = Line(8, "Certified homes built before 1930 in D to G", _ONS_EPC, "V")
CERTIFIED_WARM = Line(
    8,
    "Certified homes at C or better",
    "ONS 2021, https://www.ons.gov.uk/peoplepopulationandcommunity/housing/articles/ageofthepropertyisthebiggestsinglefactorinenergyefficiencyofhomes/latest",
    "V",
)
_NHF = "EHS 2023 at National Housing Federation, https://www.housing.org.uk/news-and-blogs/blogs/rob-cowley/what-the-english-housing-survey-tells-us-about-how-energy-efficient-our-homes-are"
WARM = Line(8, "Homes at band C or better", _NHF, "V2")
WARM_TENURE = Line(8, "Band C or better by tenure", _NHF, "V2")
ARREARS = Line(
    12,
    "Council homes in arrears",
    "Access PaySuite 2024, https://www.accesspaysuite.com/sectors/housing/rental-arrears-index-2024/",
    "V",
)
REPAIRS = Line(12, "Responsive repairs a year", "derived there from Housemark 2025", "M")
DFG = Line(
    12,
    "People helped by DFG a year",
    "government press notice 2023, https://www.careandsupportwest.com/blog/2023/9/12/government-delivers-extra-50-million-home-adaptation-funding",
    "V2",
)
DFG_AGE = Line(12, "DFG by age", "Foundations", "M")
SHELTERED = Line(12, "75+ in sheltered or extra care", "judgement", "M")

_OWN = "the county's own population file; the county has aged since its first day"
_CENSUS = "a census, and an older one than the county's time"
_MIX = "national; the county's mix of ages and tenures differs"
_HOUSE, _LIFE, _HOME = "People and households", "Moves and deaths", "Homes"

LIVES = (
    Target("share_65", _HOUSE, "People aged 65 and over", "share", None, 0.08, None, _OWN),
    Target("share_85", _HOUSE, "People aged 85 and over", "share", None, 0.22, None, _OWN),
    Target("areas_65", _HOUSE, "How far areas' differences in 65+ are kept (1: wholly)", "ratio", 1.0, 0.2, None, _OWN),
    Target("areas_85", _HOUSE, "The same, 85+", "ratio", 1.0, 0.5, None, "few people; care homes stand in few areas, and newcomers even them out"),
    Target("women_65", _HOUSE, "Women among people 65 and over", "share", 0.54, 0.05, None, "Census 2021 from memory"),
    Target("women_85", _HOUSE, "Women among people 85 and over", "share", 0.62, 0.08, None, "Census 2021 from memory"),
    Target("alone_women_65", _HOUSE, "Women 65+ living alone", "share", 0.363, 0.12, ALONE, _CENSUS),
    Target("alone_men_65", _HOUSE, "Men 65+ living alone", "share", 0.227, 0.15, ALONE, _CENSUS),
    Target("alone_women_75", _HOUSE, "Women 75+ living alone", "share", 0.50, 0.12, ALONE_75, "a round figure"),
    Target("alone_men_75", _HOUSE, "Men 75+ living alone", "share", 0.29, 0.15, ALONE_75, "a round figure"),
    Target("alone_85", _HOUSE, "People 85+ at home living alone", "share", 0.59, 0.15, ALONE_85, "2011, and falling"),
    Target("alone_50_64", _HOUSE, "People 50-64 living alone", "share", 0.17, 0.20, ALONE_85, "2011"),
    Target("one_person_households", _HOUSE, "One-person households", "share", 0.302, 0.12, ONE_PERSON, _MIX),
    Target("household_size", _HOUSE, "People a household", "people", 2.4, 0.10, ONE_PERSON, "older counties have less"),
    Target("moved_65", _LIFE, "65+ at another address a year before", "share", 0.036, 0.35, MOVED,
           "2011, and care-home moves count"),
    Target("moved_under_65", _LIFE, "Under 65 at another address a year before", "share", 0.14, 0.25, MOVED, "2011"),
    Target("moved_households_16_34", _LIFE, "Households moving in a year, eldest 16-34", "share", 0.26, 0.20,
           MOVED_HOUSEHOLDS, "by the reference person there, the eldest here"),
    Target("moved_households_35_64", _LIFE, "The same, 35-64", "share", 0.07, 0.35, MOVED_HOUSEHOLDS, "as above"),
    Target("moved_households_65", _LIFE, "The same, 65+", "share", 0.02, 0.60, MOVED_HOUSEHOLDS,
           "published figures lie between 2% and 3.6%"),
    Target("deaths", _LIFE, "Deaths per 1,000 people", "per 1,000", 9.7, 0.15, DEATHS,
           "581,363 deaths over about 60.2 million people, population from memory; at England's ages", derived=True),
    Target("deaths_65_74", _LIFE, "Deaths at 65-74 over those of the life table", "ratio", 1.0, 0.20, LIFE_TABLE,
           "indirectly standardised by age and sex; deprivation differs"),
    Target("deaths_75_84", _LIFE, "The same, 75-84", "ratio", 1.0, 0.15, LIFE_TABLE, "as above"),
    Target("deaths_85", _LIFE, "The same, 85-94", "ratio", 1.0, 0.15, LIFE_TABLE, "as above"),
    Target("life_men_65", _LIFE, "Life expectancy at 65, men", "years", 18.3, 0.06, LIFE, "2010-12; little changed"),
    Target("life_women_65", _LIFE, "Life expectancy at 65, women", "years", 20.9, 0.06, LIFE, "2010-12; little changed"),
    Target("died_in_hospital", _LIFE, "Deaths in hospital", "share", 0.434, 0.12, DEATH_PLACE, "43-47% over six years"),
    Target("died_in_care_home", _LIFE, "Deaths in a care home", "share", 0.205, 0.40, DEATH_PLACE,
           "41% of them temporary residents, whom the simulator counts at home"),
    Target("residents_died_there", _LIFE, "Care-home residents who die there", "share", 0.71, 0.15, DIE_THERE, "2015"),
    Target("admitted_often_at_last", _LIFE, "Deaths with 3+ emergency admissions in the last 90 days", "share", 0.062,
           0.40, LAST_DAYS, "a tail: small changes of definition move it"),
)  # fmt: skip

HOMES = (
    Target("tenure_owner", _HOME, "Households that own their home", "share", 0.65, 0.10, HOUSEHOLDS, _MIX),
    Target("tenure_private", _HOME, "Households renting privately", "share", 0.19, 0.20, HOUSEHOLDS, _MIX),
    Target("tenure_social", _HOME, "Households renting socially", "share", 0.16, 0.20, HOUSEHOLDS, _MIX),
    Target("tenure_65_outright", _HOME, "Households 65+ owning outright", "share", 0.74, 0.15, TENURE_65, _MIX),
    Target("tenure_65_mortgage", _HOME, "Households 65+ with a mortgage", "share", 0.05, 0.60, TENURE_65, _MIX),
    Target("tenure_65_private", _HOME, "Households 65+ renting privately", "share", 0.06, 0.60, TENURE_65, _MIX),
    Target("tenure_65_social", _HOME, "Households 65+ renting socially", "share", 0.16, 0.35, TENURE_65, _MIX),
    Target("single_discount", _HOME, "Homes with a single-adult discount", "share", 0.329, 0.12, DISCOUNTS, _MIX),
    Target("any_discount", _HOME, "Homes with any discount for occupants", "share", 0.343, 0.12, DISCOUNTS, _MIX),
    Target("exempt", _HOME, "Exempt homes", "share", 0.029, 0.35, EXEMPT, "a third are student homes: few here"),
    Target("empty_homes", _HOME, "Empty homes, not exempt", "share", 0.0189, 0.50, EMPTY, "481,000 of 25.5m; by council"),
    Target("second_homes", _HOME, "Second homes", "share", 0.0103, 0.50, EMPTY, "263,000 of 25.5m; very uneven"),
    Target("epc_ever", _HOME, "Homes that ever had an energy certificate", "share", 0.63, 0.15, CERTIFIED, "a round figure"),
    Target("epc_valid", _HOME, "Homes with one under ten years old", "share", 0.55, 0.20, CERTIFIED, "a round figure"),
    Target("epc_old_owners", _HOME, "The same as the first, outright owners 65+", "share", 0.375, 0.25, CERTIFIED_OLD,
           "35-40%"),
    Target("epc_with_uprn", _HOME, "Certificates with a UPRN", "share", 0.924, 0.04, CERTIFICATE_UPRN, "a count"),
    Target("epc_median", _HOME, "Median score of certified homes", "score", 68, 0.05, SCORE, "67 the year before"),
    Target("epc_warm", _HOME, "Certified homes at C or better", "share", 0.42, 0.20, CERTIFIED_WARM, "2021, and rising"),
    Target("epc_old_cold", _HOME, "Certified homes from before 1930 at D to G", "share", 0.85, 0.12, OLD_COLD,
           "printed as over 80%", derived=True),
    Target("sap_mean", _HOME, "Mean energy score of all homes", "score", 67, 0.05, SAP, "moves a point in two years"),
    Target("warm_homes", _HOME, "All homes at C or better", "share", 0.525, 0.15, WARM, "rises two points a year"),
    Target("warm_owner", _HOME, "Owned homes at C or better", "share", 0.488, 0.20, WARM_TENURE, "as above"),
    Target("warm_private", _HOME, "Private lets at C or better", "share", 0.484, 0.20, WARM_TENURE, "as above"),
    Target("warm_social", _HOME, "Social homes at C or better", "share", 0.725, 0.15, WARM_TENURE,
           "housing associations; councils a little lower"),
    Target("in_arrears", _HOME, "Social tenants in arrears", "share", 0.414, 0.15, ARREARS, "82 councils"),
    Target("repairs", _HOME, "Repairs a social home a year", "repairs", 3.0, 0.20, REPAIRS, "a round figure"),
    Target("adaptations", _HOME, "Homes adapted a year per 1,000 households", "per 1,000", 2.1, 0.30, DFG,
           "grants only; councils differ"),
    Target("adaptations_60", _HOME, "Adaptations for people 60 and over", "share", 0.60, 0.30, DFG_AGE, "60+ or 65+"),
    Target("sheltered_75", _HOME, "People 75+ in sheltered housing", "share", 0.09, 0.40, SHELTERED, "5-9%"),
)  # fmt: skip
