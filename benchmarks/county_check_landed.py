"""What a council's analyst would count in the landed files: no truth table is opened here."""

from datetime import date

import polars as pl
from county_check_county import DAYS_A_YEAR, County, as_date

FAR = date(2999, 1, 1)
OLDEST = 115
GAP_DAYS = 91  # landing.md: a start has no long-term support in the 91 days before
HEADER = {
    "Event Type": "event",
    "Client Type": "client",
    "Event Start Date": "start",
    "Event End Date": "end",
    "Service Type": "service",
    "Service Component": "component",
    "Date of Birth": "born",
    "Request: Route of Access": "route",
    "Delivery Mechanism": "delivery",
    "Planned units per week": "units",
    "Cost Frequency (Unit Type)": "cost_frequency",
    "NHS Number": "nhs_number",
    "LA Person Unique Identifier": "la_person_id",
}


def window(county: County) -> tuple[date, date, float]:
    """First recorded day, the day after the last, and the years between."""
    end = date.fromisoformat(county.world["end"])
    after = date.fromordinal(end.toordinal() + 1)
    return county.first_day, after, (after - county.first_day).days / DAYS_A_YEAR


def register(county: County) -> pl.DataFrame:
    """The people register: who lived where from when to when, unreadable dates left out."""
    rows = county.landed("people/pds")
    return rows.select(
        "nhs_number",
        "gender",
        "uprn",
        born=as_date("date_of_birth"),
        from_day=as_date("effective_from"),
        to_day=as_date("effective_to").fill_null(FAR),
        died=as_date("date_of_death"),
    ).filter(pl.col("born").dt.year() > 1900, pl.col("from_day").is_not_null())


def residents(county: County, day: date) -> pl.DataFrame:
    """One row a person on the register on the day, with age."""
    rows = register(county).filter(pl.col("from_day") <= day, pl.col("to_day") > day)
    rows = rows.filter(pl.col("died").is_null() | (pl.col("died") > day)).sort("from_day")
    rows = rows.unique("nhs_number", keep="last", maintain_order=True)
    return rows.with_columns(age=(pl.lit(day) - pl.col("born")).dt.total_days() / DAYS_A_YEAR)


def half_years(county: County) -> list[date]:
    """The half-yearly days of the recorded time, each in the middle of what it stands for."""
    first, after, years = window(county)
    steps = max(round(years * 2), 1)
    days = (after - first).days
    return [date.fromordinal(first.toordinal() + round(days * (k + 0.5) / steps)) for k in range(steps)]


def person_years(county: County) -> pl.DataFrame:
    """age (whole years), female, years: lived in the county over the recorded time, by the register."""
    days = half_years(county)
    share = window(county)[2] / len(days)
    rows = pl.concat([residents(county, d) for d in days])
    rows = rows.with_columns(age=pl.col("age").cast(pl.Int32), female=pl.col("gender") == "Female")
    return rows.group_by("age", "female").agg(years=pl.len() * share).sort("age", "female")


def admissions(county: County) -> pl.DataFrame:
    """First episodes of spells admitted in the recorded time, a move between hospitals joined to the stay before
    it: age, day, left, emergency, fall, hip_fracture, day_case, key."""
    first, after, _ = window(county)
    rows = county.landed("health/apc").unique("EPIKEY", maintain_order=True)
    rows = rows.filter(pl.col("EPIORDER") == "1").with_columns(
        day=as_date("ADMIDATE"), left=as_date("DISDATE")
    )
    moved = (pl.col("ADMIMETH") == "2B") & (pl.col("ADMISORC") == "51")
    rows = rows.filter(pl.col("day").is_between(first, after, closed="left"), ~moved)
    injury, cause = pl.col("DIAG_4_01").str.slice(0, 1), pl.col("CAUSE_4").str.slice(0, 3)
    emergency = pl.col("ADMIMETH").str.starts_with("2")
    return rows.select(
        "day",
        key=pl.when(pl.col("TOKEN_PERSON_ID") == "").then(None).otherwise("TOKEN_PERSON_ID"),
        left=pl.when(pl.col("left").dt.year() > 1900).then("left"),
        age=pl.col("STARTAGE").cast(pl.Int32, strict=False),
        emergency=emergency,
        day_case=pl.col("CLASSPAT") == "2",
        fall=emergency & injury.is_in(["S", "T"]) & cause.is_between(pl.lit("W00"), pl.lit("W19")),
        hip_fracture=emergency & pl.col("DIAG_4_01").str.starts_with("S72"),
    )


def attendances(county: County) -> pl.DataFrame:
    """A&E attendances of the recorded time: age."""
    first, after, _ = window(county)
    rows = county.landed("health/ecds").unique("EPIKEY", maintain_order=True)
    rows = rows.filter(as_date("ARRIVAL_DATE").is_between(first, after, closed="left"))
    return rows.select(age=pl.col("AGE_AT_ARRIVAL").cast(pl.Int32, strict=False))


def care_events(county: County) -> pl.DataFrame:
    """Client Level Data, both releases in one wording (lower case), with `who`: NHS number, else the council's."""
    rows = county.landed("social_care/").select("file", *HEADER).rename(HEADER)
    number = pl.col("nhs_number").str.contains(r"^\d{10}$") & ~pl.col("nhs_number").is_in(["9999999999"])
    words = ("event", "client", "service", "component", "route", "cost_frequency", "delivery")
    rows = rows.with_columns(
        [pl.col(w).str.to_lowercase().str.replace("^carer support", "unpaid carer support") for w in words]
    ).with_columns(
        component=pl.col("component").str.replace(" or domiciliary care", ""),
        start=as_date("start"),
        end=as_date("end"),
        born=as_date("born"),
        nhs_number=pl.when(number).then("nhs_number"),
        units=pl.col("units").cast(pl.Float64, strict=False),
    )
    # One person under several keys: whoever shares a council's identifier shares its NHS number.
    known = (
        rows.drop_nulls("nhs_number").group_by("la_person_id").agg(pl.col("nhs_number").mode().sort().first())
    )
    rows = rows.join(known.rename({"nhs_number": "traced"}), on="la_person_id", how="left")
    who = pl.coalesce("traced", "la_person_id")
    age = (pl.col("start") - pl.col("born")).dt.total_days() / DAYS_A_YEAR
    rows = rows.with_columns(who=who, born=pl.when(pl.col("born").dt.year() > 1900).then("born"))
    born = rows.drop_nulls("born").group_by("who").agg(pl.col("born").mode().sort().first())
    rows = rows.drop("born").join(born, on="who", how="left").filter(pl.col("start").is_not_null())
    return rows.with_columns(age=pl.when(age.is_between(0, OLDEST)).then(age))


def requests(county: County) -> pl.DataFrame:
    """Requests of the recorded time for people themselves (not as carers), each once: who, start, age, route."""
    first, after, _ = window(county)
    rows = care_events(county).filter(pl.col("event") == "request", pl.col("client") == "service user")
    rows = rows.filter(pl.col("start").is_between(first, after, closed="left"))
    return rows.unique(["who", "start"], maintain_order=True).select("who", "start", "age", "route")


def services(county: County, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Long-term services of these kinds (community, residential care, nursing care), each once in its latest form."""
    rows = care_events(county).filter(
        pl.col("event") == "service", pl.col("service").is_in([f"long term support: {k}" for k in kinds])
    )
    rows = rows.sort("file").unique(
        ["who", "service", "component", "start", "units"], keep="last", maintain_order=True
    )
    return rows.with_columns(end=pl.col("end").fill_null(FAR))


def starts(county: County, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Starts within the recorded time of spells of such support with none in the 91 days before: who, start, age."""
    first, after, _ = window(county)
    rows = services(county, kinds).sort("who", "start", "end")
    before = pl.col("end").cum_max().shift(1).over("who")
    gap = (pl.col("start") - before).dt.total_days()
    rows = rows.filter(gap.is_null() | (gap > GAP_DAYS))
    return rows.filter(pl.col("start").is_between(first, after, closed="left")).select("who", "start", "age")


def council_tax(county: County) -> pl.DataFrame:
    """The latest extract, codes in their national meaning."""
    latest = county.read(county.files("housing/council_tax_2")[-1])
    codes = dict(
        county.landed("housing/council_tax_codes").select("local_code", "national_meaning").iter_rows()
    )
    return latest.select(
        reference="Council Tax account reference",
        discount=pl.col("Discount type/code").replace_strict(codes, default=""),
        exemption=pl.col("Exemption type/code").replace_strict(codes, default=""),
    ).unique("reference", maintain_order=True)


def care_home_uprns(county: County) -> pl.Series:
    """UPRNs that the gazetteer classes as residential institutions for care."""
    rows = county.landed("housing/addressbase").filter(pl.col("classification_code").str.starts_with("RI"))
    return rows["uprn"]
