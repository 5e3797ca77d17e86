"""Targets: hospital, frailty, conditions, and the landed records."""

from simulator.calibration.targets import Line, Target

_NHS_APC = "NHS England admitted patient care, 2022-23"
_SCOT = "Nuffield Trust 2017/18, https://www.nuffieldtrust.org.uk/resource/emergency-readmissions"
_HSCIC = "HSCIC 2014-15, http://content.digital.nhs.uk/article/6836/Hospital-inpatient-care-over-10000-more-admissions-a-day-than-10-years-ago"
_CLEGG = "Clegg 2016, https://doi.org/10.1093/ageing/afw039"
_OLDHAM = "2022/23, Oldham JSNA, https://www.jsnaoldham.co.uk/ageing-well/hip-fractures"
_PCND = "about 2024-25, https://pcnd.info/national/insights/ltc-prevention"
_CURED = "Yorkshire CUREd, https://pmc.ncbi.nlm.nih.gov/articles/PMC9583284"

EMERGENCY = Line(4, "Emergency admissions per 1,000", _NHS_APC, "M")
EMERGENCY_ALL = Line(4, "Emergency admissions, all ages", _SCOT, "V2")
ALL_KINDS = Line(4, "Admissions of all kinds", _HSCIC, "V")
FALLS = Line(
    4,
    "Falls admissions per 100,000 aged 65+ (indicator 22401)",
    "2022/23, Lancashire Insight, http://lancashire.gov.uk/lancashire-insight/health-and-care/health/trauma-and-injury/falls.aspx",
    "V2",
)
FALLS_AGES = Line(4, "Falls admissions per 100,000, 65-79 and 80+", "Fingertips 2022/23", "M")
HIPS = Line(4, "Hip fractures per 100,000 aged 65+", _OLDHAM, "V2")
HIPS_AGES = Line(4, "Hip fractures per 100,000, 65-79 and 80+", "Fingertips 2022/23", "M")
HIP_PEOPLE = Line(
    4,
    "Hip fracture: people",
    "Oldham JSNA citing NHFD, https://www.jsnaoldham.co.uk/ageing-well/hip-fractures",
    "V2",
)
READMITTED = Line(4, "Emergency readmission in 30 days, all ages", _SCOT, "V2")
READMITTED_75 = Line(4, "Emergency readmission in 30 days, 75+", "NHS England compendium 2022/23", "M")
STAY = Line(4, "Mean length of stay, all admissions", _HSCIC, "V")
STAY_AGES = Line(4, "Mean length of emergency stay", _NHS_APC, "M")
SEEN = Line(
    4,
    "A&E attendances per 1,000",
    "Age UK 2024, reported at https://journalofdementiacare.co.uk/state-of-health-and-care-of-older-people",
    "V2",
)
SEEN_AGES = Line(4, "A&E attendances per 1,000, other ages", "NHS England A&E activity 2022-23", "M")
SEEN_65 = Line(
    4,
    "65+ among A&E attendances, and share admitted",
    "Gilbert and Conroy 2015, https://figshare.le.ac.uk/articles/journal_contribution/Frailty_on_the_acute_medical_unit/10221983",
    "V2",
)
_BMJ = "BMJ Qual Saf, new residents 2015-17, https://qualitysafety.bmj.com/highwire/markup/156752/expansion"
HOME_EMERGENCY = Line(3, "Emergency admissions per resident-year, 65+", _BMJ, "V")
HOME_SEEN = Line(3, "A&E attendances per resident-year, 65+", _BMJ, "V")
EFI = Line(
    5,
    "eFI categories, 65+",
    "Frailty Toolkit, 2008 cohort, https://www.frailtytoolkit.org/electronic-frailty-index-efi/",
    "V2",
)
EFI_AGES = Line(5, "eFI categories by age", "about 2017", "M")
RISK_DEATH = Line(5, "Hazard of death in 1 year against fit", _CLEGG, "V")
RISK_ADMISSION = Line(5, "Hazard of hospital admission in 1 year", _CLEGG, "V")
DEMENTIA = Line(
    5, "Dementia, true prevalence 65+", "CFAS II 2011, https://pmc.ncbi.nlm.nih.gov/articles/PMC3906607", "V"
)
DEMENTIA_AGES = Line(5, "Dementia, true prevalence by age", "CFAS II", "M")
DIAGNOSED = Line(
    5,
    "Diagnosis rate, 65+",
    "Primary Care Dementia Data, May 2023, https://digital.nhs.uk/data-and-information/publications/statistical/primary-care-dementia-data/may-2023",
    "V",
)
RECORDED = Line(5, "Recorded dementia, 65+", _PCND, "V2")
REGISTERS = Line(5, "QOF registers, all ages", _PCND, "V2")
ADULT_REGISTERS = Line(5, "QOF, adult registers as shown there", _PCND, "V2")
OTHER_REGISTERS = Line(5, "QOF others", "NHS England QOF 2023-24", "M")
HOME_DEMENTIA = Line(
    3, "Residents with dementia", "Starr 2014 on CFAS II, https://doi.org/10.4997/JRCPE.2014.107", "V2"
)
KEYED = Line(11, "NHS number and birth date enough to link", _CURED, "V")
CLD_KEYED = Line(11, "CLD: person records lacking a valid NHS number", "judgement", "M")
DELIVERY = Line(11, "CLD: delivery mechanism blank or invalid on long-term services", "judgement", "M")
OPT_OUTS = Line(
    11,
    "National data opt-outs",
    "BJGP Open 2024, June 2021, https://bjgpopen.org/content/8/3/BJGPO.2024.0020",
    "V",
)
OPT_OUTS_ALL = Line(11, "Opt-outs, all", "NHS England 2022-24", "M")

_AGES = "at England's ages within the band; deprivation and hospitals differ between counties"
_EURO = "at the European Standard Population, as published; England's areas range over a quarter"
_FEW = "a small register; coding differs between practices"
_HOSPITAL, _FRAIL, _ILL, _RECORDS = "Hospital", "Frailty", "Conditions", "Landed records"

HOSPITAL = (
    Target("emergency_65_74", _HOSPITAL, "Emergency admissions, 65-74", "per 1,000", 160, 0.20, EMERGENCY, _AGES),
    Target("emergency_75_84", _HOSPITAL, "Emergency admissions, 75-84", "per 1,000", 290, 0.20, EMERGENCY, _AGES),
    Target("emergency_85", _HOSPITAL, "Emergency admissions, 85+", "per 1,000", 510, 0.20, EMERGENCY, _AGES),
    Target("emergency_all", _HOSPITAL, "Emergency admissions, all ages", "per 1,000", 117, 0.20, EMERGENCY_ALL,
           "6,528,335 over 55.6 million, population from memory; at England's ages", derived=True),
    Target("admissions_all", _HOSPITAL, "Emergency and planned admissions", "per 1,000", 258, 0.20, ALL_KINDS,
           "292.6 less about 35 for births and maternity (assumed); at England's ages", derived=True),
    Target("falls_65", _HOSPITAL, "Falls admissions, 65+", "per 100,000", 1933, 0.20, FALLS, _EURO),
    Target("falls_65_79", _HOSPITAL, "Falls admissions, 65-79", "per 100,000", 930, 0.25, FALLS_AGES, _EURO),
    Target("falls_80", _HOSPITAL, "Falls admissions, 80+", "per 100,000", 4850, 0.25, FALLS_AGES, _EURO),
    Target("hip_65", _HOSPITAL, "Hip fractures, 65+", "per 100,000", 558, 0.20, HIPS, _EURO),
    Target("hip_65_79", _HOSPITAL, "Hip fractures, 65-79", "per 100,000", 235, 0.35, HIPS_AGES, _EURO),
    Target("hip_80", _HOSPITAL, "Hip fractures, 80+", "per 100,000", 1500, 0.25, HIPS_AGES, _EURO),
    Target("hip_women", _HOSPITAL, "Women among hip fractures, 60+", "share", 0.73, 0.12, HIP_PEOPLE, "a national audit"),
    Target("hip_age", _HOSPITAL, "Mean age at hip fracture, 60+", "years", 83, 0.03, HIP_PEOPLE, "a national audit"),
    Target("readmitted_all", _HOSPITAL, "Emergency readmission in 30 days", "share", 0.137, 0.20, READMITTED,
           "12.4% to 13.7% in four years; hospitals differ; exclusions here are day cases only"),
    Target("readmitted_75", _HOSPITAL, "The same, 75+", "share", 0.175, 0.20, READMITTED_75, "17-18%"),
    Target("stay_all", _HOSPITAL, "Mean nights of a stay, day cases left out", "days", 5.0, 0.25, STAY,
           "2014-15; the treatment of day cases is not stated there"),
    Target("stay_65_74", _HOSPITAL, "Mean nights of an emergency stay, 65-74", "days", 7, 0.20, STAY_AGES, "round"),
    Target("stay_75_84", _HOSPITAL, "The same, 75-84", "days", 9, 0.20, STAY_AGES, "a round figure"),
    Target("stay_85", _HOSPITAL, "The same, 85+", "days", 10.5, 0.20, STAY_AGES, "a round figure"),
    Target("attended_65_74", _HOSPITAL, "A&E attendances, 65-74", "per 1,000", 340, 0.20, SEEN_AGES, _AGES),
    Target("attended_75_84", _HOSPITAL, "A&E attendances, 75-84", "per 1,000", 530, 0.20, SEEN_AGES, _AGES),
    Target("attended_85", _HOSPITAL, "A&E attendances, 85+", "per 1,000", 810, 0.20, SEEN_AGES, _AGES),
    Target("attended_75_79", _HOSPITAL, "A&E attendances, 75-79", "per 1,000", 499, 0.20, SEEN, _AGES),
    Target("attended_90", _HOSPITAL, "A&E attendances, 90+", "per 1,000", 939, 0.20, SEEN, _AGES),
    Target("attended_65_share", _HOSPITAL, "65+ among A&E attendances", "share", 0.23, 0.20, SEEN_65,
           "2015; at England's ages"),
    Target("attended_65_admitted", _HOSPITAL, "A&E attendances at 65+ that are admitted", "share", 0.47, 0.20, SEEN_65,
           "2015; before same-day emergency care"),
    Target("care_home_emergency", _HOSPITAL, "Emergency admissions per care-home year, 65+", "a year", 0.97, 0.25,
           HOME_EMERGENCY, "1.04 residential and 0.87 nursing, new residents", derived=True),
    Target("care_home_attended", _HOSPITAL, "A&E attendances per care-home year, 65+", "a year", 1.30, 0.25, HOME_SEEN,
           "1.44 residential and 1.10 nursing, new residents", derived=True),
)  # fmt: skip

FRAILTY = (
    Target("efi_fit", _FRAIL, "eFI fit, 65+", "share", 0.50, 0.20, EFI, "a later cohort has 56%"),
    Target("efi_mild", _FRAIL, "eFI mild, 65+", "share", 0.35, 0.20, EFI, "cohorts differ"),
    Target("efi_moderate", _FRAIL, "eFI moderate, 65+", "share", 0.12, 0.30, EFI, "cohorts differ"),
    Target("efi_severe", _FRAIL, "eFI severe, 65+", "share", 0.03, 0.50, EFI, "a small group; cohorts differ"),
    Target("frail_65_74", _FRAIL, "eFI moderate or severe, 65-74", "share", 0.09, 0.40, EFI_AGES,
           "a later cohort than the whole: both can hold only towards the low end"),
    Target("frail_75_84", _FRAIL, "The same, 75-84", "share", 0.25, 0.40, EFI_AGES, "as above"),
    Target("frail_85", _FRAIL, "The same, 85+", "share", 0.46, 0.40, EFI_AGES, "as above"),
    Target("risk_admission_mild", _FRAIL, "Hazard of emergency admission, mild against fit", "ratio", 1.93, 0.25,
           RISK_ADMISSION, "within bands of age and sex, as there by regression"),
    Target("risk_admission_moderate", _FRAIL, "The same, moderate", "ratio", 3.04, 0.30, RISK_ADMISSION, "as above"),
    Target("risk_admission_severe", _FRAIL, "The same, severe", "ratio", 4.73, 0.35, RISK_ADMISSION, "as above"),
    Target("risk_death_mild", _FRAIL, "Hazard of death, mild against fit", "ratio", 1.92, 0.25, RISK_DEATH, "as above"),
    Target("risk_death_moderate", _FRAIL, "The same, moderate", "ratio", 3.10, 0.30, RISK_DEATH, "as above"),
    Target("risk_death_severe", _FRAIL, "The same, severe", "ratio", 4.52, 0.35, RISK_DEATH, "as above"),
)  # fmt: skip

CONDITIONS = (
    Target("dementia_65", _ILL, "True dementia, 65+", "share", 0.065, 0.15, DEMENTIA, "2011; at England's ages"),
    Target("dementia_65_74", _ILL, "True dementia, 65-74", "share", 0.0223, 0.30, DEMENTIA_AGES,
           "1.5% and 3% weighted by England's ages"),
    Target("dementia_75_84", _ILL, "True dementia, 75-84", "share", 0.0727, 0.25, DEMENTIA_AGES, "5.5% and 10%, so"),
    Target("dementia_85", _ILL, "True dementia, 85+", "share", 0.225, 0.25, DEMENTIA_AGES, "18% and 30%, so"),
    Target("dementia_diagnosed", _ILL, "Dementia at 65+ that the practice has coded", "share", 0.631, 0.10, DIAGNOSED,
           "councils range over ten points"),
    Target("dementia_recorded", _ILL, "Recorded dementia, 65+", "share", 0.0428, 0.20, RECORDED, "at England's ages"),
    Target("residents_dementia", _ILL, "Dementia among care-home residents 65+", "share", 0.79, 0.30, HOME_DEMENTIA,
           "screened, three areas, 2008-11; more would make moves likelier to be foreseen than published models do"),
    Target("register_chd", _ILL, "Coronary heart disease", "share", 0.030, 0.25, REGISTERS, _FEW),
    Target("register_copd", _ILL, "COPD", "share", 0.019, 0.30, REGISTERS, _FEW),
    Target("register_af", _ILL, "Atrial fibrillation", "share", 0.022, 0.30, OTHER_REGISTERS, _FEW),
    Target("register_stroke_tia", _ILL, "Stroke or TIA", "share", 0.019, 0.30, OTHER_REGISTERS, _FEW),
    Target("register_heart_failure", _ILL, "Heart failure", "share", 0.011, 0.35, OTHER_REGISTERS, _FEW),
    Target("register_cancer", _ILL, "Cancer", "share", 0.036, 0.30, OTHER_REGISTERS, _FEW),
    Target("register_diabetes", _ILL, "Diabetes, adults", "share", 0.077, 0.25, OTHER_REGISTERS, "17 and over there"),
    Target("register_depression", _ILL, "Depression, adults", "share", 0.115, 0.30, ADULT_REGISTERS, _FEW),
)  # fmt: skip

RECORDS = (
    Target("attendances_keyed", _RECORDS, "A&E records with a key to the person", "share", 0.980, 0.01, KEYED,
           "one region", any_mess=False),
    Target("admissions_keyed", _RECORDS, "Inpatient records with a key to the person", "share", 0.997, 0.005, KEYED,
           "one region", any_mess=False),
    Target("care_without_number", _RECORDS, "People in care records without an NHS number", "share", 0.05, 0.40,
           CLD_KEYED, "2-3% after tracing, 20% in single councils", any_mess=False),
    Target("delivery_blank", _RECORDS, "Long-term services without a delivery mechanism", "share", 0.10, 0.50, DELIVERY,
           "5-15%, uneven by council", any_mess=False),
    Target("register_with_uprn", _RECORDS, "Rows of the people register with a UPRN", "share", 0.88, 0.08, None,
           "before matching; after it 98.6% can be had (rates.md 11)", any_mess=False),
    Target("opted_out", _RECORDS, "People who opted out", "share", 0.054, 0.20, OPT_OUTS_ALL, "very uneven by age"),
    Target("opted_out_women", _RECORDS, "Women who opted out", "share", 0.0553, 0.20, OPT_OUTS, "a month in 2021"),
    Target("opted_out_men", _RECORDS, "Men who opted out", "share", 0.0441, 0.20, OPT_OUTS, "a month in 2021"),
)  # fmt: skip
