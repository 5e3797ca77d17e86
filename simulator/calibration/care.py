"""Measured of the council's care, from the landed Client Level Data and rota: requests, support, hours."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from simulator.calibration.measured import (
    Measured,
    by_band,
    mean,
    mix_of,
    nothing,
    quantile,
    ratio,
    repeated,
    share,
    standardised,
)
from simulator.calibration.written import FAR, Written, as_date, as_number, coded

LONG_TERM, COMMUNITY = "Long term support: ", "Long term support: Community"
RESIDENTIAL, NURSING = "Long term support: Residential care", "Long term support: Nursing care"
ST_MAX = "Short term support: ST-Max"
HOME_CARE = "Home support or domiciliary care"
APART_DAYS = 91
"""A start counts as new when no such support ran in the 91 days before (landing.md, Outcomes)."""
AFTER_ST_MAX_DAYS = 60
SEQUELS = {
    "st_max": ["Progress to reablement/ST-Max"],
    "long_term": ["Progress to assessment, review or reassessment"],
    "short_term": ["Progress to support planning or services"],
    "signposted": ["NFA: Information and advice or signposting"],
    "no_service": ["NFA: No services offered for other reason", "NFA: Support declined"],
}
"""How a request's outcome in CLD stands for what SALT says happened next."""
NO_SUPPORT = [
    *SEQUELS["signposted"],
    *SEQUELS["no_service"],
    "NFA: Self-funded client or under 12wk disregard",
]


def measure_care(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    events = events_of(written)
    services = services_of(written, events)
    return (
        _requests(written, events)
        | _sequels(written, events)
        | _starts(written, services)
        | _supported(written, services)
        | _short_term(written, services)
        | _hours(written, services)
        | _rota(written)
        | _turnover(written, services)
    )


def events_of(written: Written) -> pl.DataFrame:
    """The last word on each event: person, client_type, event_type, event_start_date, event_end_date,
    event_outcome,
    route_of_access, service_type, service_component, units, hourly."""
    words = ["client_type", "event_outcome", "route_of_access", "service_type", "service_component"]
    columns = [
        *words, "event_type", "event_reference", "event_start_date", "event_end_date", "cost_frequency",
        "planned_units_per_week", "reporting_period_end_date",
    ]  # fmt: skip
    rows = coded(written.landed_people("cld", columns), "cld", words)
    rows = rows.with_columns(
        *(as_date(c) for c in columns if c.endswith("_date")),
        units=as_number("planned_units_per_week"),
        hourly=pl.col("cost_frequency") == "Hourly",
    )
    rows = rows.sort("event_reference", "reporting_period_end_date", "file", "row")
    last = rows.unique("event_reference", keep="last", maintain_order=True)
    return last.filter(pl.col("event_start_date").is_not_null()).drop(
        "reporting_period_end_date", "file", "row"
    )


def services_of(written: Written, events: pl.DataFrame) -> pl.DataFrame:
    """Services to people in need: person, service_type, service_component, start, end (FAR while open),
    units,
    hourly."""
    served = events.filter(
        (pl.col("event_type") == "Service") & ~pl.col("service_type").str.contains("carer")
    )
    return served.select(
        "person",
        "service_type",
        "service_component",
        "units",
        "hourly",
        start="event_start_date",
        end=pl.col("event_end_date").fill_null(FAR),
    ).sort("person", "start", "end")


def _requests(written: Written, events: pl.DataFrame) -> dict[str, Measured]:
    asked = events.filter((pl.col("event_type") == "Request") & (pl.col("client_type") == "Service user"))
    asked = asked.filter(pl.col("event_start_date").is_between(written.first, written.end, closed="left"))
    asked = written.aged(asked, pl.col("event_start_date")).filter(pl.col("age") >= 18)
    lived, times = by_band(_adults(written.exposure), "years"), by_band(asked)
    year = ((pl.lit(written.end) - pl.col("event_start_date")).dt.total_days() / 365.25).floor()
    people = asked.select("person", year=year).unique().height
    found = {"requests_per_asker": ratio(len(asked), people, people, (people,))}
    for name, low, high in (("65", 65, 200), ("18_64", 18, 64)):
        mine = asked.filter(pl.col("age").is_between(low, high))
        left = mine.filter(pl.col("route_of_access") == "Discharge from hospital")
        found[f"requests_{name}"] = standardised(times, lived, low, high, per=100_000)
        found[f"discharge_{name}"] = share(len(left), len(mine))
    return found


def _adults(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("age") >= 18)


def _sequels(written: Written, events: pl.DataFrame) -> dict[str, Measured]:
    asked = events.filter((pl.col("event_type") == "Request") & (pl.col("client_type") == "Service user"))
    asked = asked.filter(pl.col("event_outcome").is_not_null())
    asked = _adults(written.aged(asked, pl.col("event_start_date")))
    old = asked.filter(pl.col("age") >= 65)
    found = {
        f"sequel_{name}": share(old.filter(pl.col("event_outcome").is_in(words)).height, len(old))
        for name, words in SEQUELS.items()
    }
    none = asked.filter(pl.col("event_outcome").is_in(NO_SUPPORT)).height
    return found | {"sequel_no_support": share(none, len(asked))}


def fresh(services: pl.DataFrame) -> pl.DataFrame:
    """The services that start with none of the same rows in the 91 days before them."""
    before = pl.col("end").shift(1).cum_max().over("person", order_by=["start", "end"])
    apart = pl.col("start") - pl.col("before") > timedelta(days=APART_DAYS)
    return services.with_columns(before=before).filter(pl.col("before").is_null() | apart).drop("before")


def _starts(written: Written, services: pl.DataFrame) -> dict[str, Measured]:
    """New long-term support, and council-arranged moves into care homes, from 91 days after the first
    day on."""
    since = written.first + timedelta(days=APART_DAYS)
    years = (written.end - since).days / (written.end - written.first).days
    lived = by_band(_adults(written.exposure), "years") * years
    homes = services.filter(pl.col("service_type").is_in([RESIDENTIAL, NURSING]))
    found = {}
    for name, rows in (("starts", _long_term(services)), ("council_homes", homes)):
        new = fresh(rows).filter(pl.col("start").is_between(since, written.end, closed="left"))
        events = by_band(_adults(written.aged(new, pl.col("start"))))
        for part, low, high in (("65", 65, 200), ("18_64", 18, 64)):
            found[f"{name}_{part}"] = standardised(events, lived, low, high, per=100_000)
    found.pop("starts_18_64")  # no figure is published
    return found


def _long_term(services: pl.DataFrame) -> pl.DataFrame:
    return services.filter(pl.col("service_type").str.starts_with(LONG_TERM))


def _supported(written: Written, services: pl.DataFrame) -> dict[str, Measured]:
    """People with long-term support in a year, at its end, and in which setting last; over all recorded
    years."""
    ends = written.year_ends
    years = [_in_year(written, services, day) for day in ends]
    people = pl.concat([_adults(written.residents(day)) for day in ends])
    clients = pl.concat(years)
    lived, helped = by_band(people), by_band(clients)
    still = clients["still"].sum()
    old = clients.filter(pl.col("age") >= 65)
    found = {
        "supported_65": standardised(helped, lived, 65, per=100_000),
        "supported_18_64": standardised(helped, lived, 18, 64, per=100_000),
        "supported_at_end": share(int(still), len(clients)),
    }
    for name, setting in (("community", COMMUNITY), ("residential", RESIDENTIAL), ("nursing", NURSING)):
        found[f"setting_{name}"] = share(old.filter(pl.col("service_type") == setting).height, len(old))
    return {name: repeated(one, _times(clients)) for name, one in found.items()}


def _times(rows: pl.DataFrame) -> float:
    """How often each person is counted, on average."""
    return len(rows) / max(rows["person"].n_unique(), 1)


def _in_year(written: Written, services: pl.DataFrame, day: date) -> pl.DataFrame:
    """Adults with long-term support in the year up to a day: their latest setting, and whether it still
    runs."""
    begun = day - timedelta(days=365)
    live = _long_term(services).filter((pl.col("start") <= day) & (pl.col("end") > begun))
    each = live.group_by("person", maintain_order=True).agg(
        service_type=pl.col("service_type").last(), still=(pl.col("end") > day).any()
    )
    return _adults(written.aged(each.sort("person"), pl.lit(day)))


def _short_term(written: Written, services: pl.DataFrame) -> dict[str, Measured]:
    """ST-Max episodes completed, and those without long-term support from then to 60 days after."""
    known = written.end - timedelta(days=AFTER_ST_MAX_DAYS)
    done = services.filter((pl.col("service_type") == ST_MAX) & (pl.col("end") >= written.first))
    done = _adults(written.aged(done.filter(pl.col("end") < known).with_row_index("episode"), pl.col("end")))
    years = (known - written.first).days / (written.end - written.first).days
    lived = by_band(_adults(written.exposure), "years") * years
    later = _long_term(services).select("person", begun="start", over="end")
    met = done.join(later, on="person", how="inner")
    late = pl.col("end") + timedelta(days=AFTER_ST_MAX_DAYS)
    onward = met.filter((pl.col("begun") <= late) & (pl.col("over") > pl.col("end")))["episode"].n_unique()
    old = done.filter(pl.col("age") >= 65)
    return {
        "st_max_65": standardised(by_band(done), lived, 65, per=100_000),
        "st_max_65_share": _share_65(done, lived),
        "st_max_no_more": share(len(done) - onward, len(done)) if len(old) else nothing(),
    }


def _share_65(done: pl.DataFrame, lived: np.ndarray) -> Measured:
    """Share of adults' episodes that people 65 and over have, with England's ages."""
    whole = mix_of(lived, 18, 200)
    old = standardised(by_band(done), lived, 65)
    both = standardised(by_band(done), lived, 18, 200)
    value = old.value * float(whole[65 // 5 :].sum()) / both.value if both.value else np.nan
    return Measured(value, len(done), lambda t: float(np.sqrt(t * (1 - t) / max(len(done), 1))))


def home_care_on(services: pl.DataFrame, day: date) -> pl.DataFrame:
    """Hours a week of home care that the council arranges for each person on a day: person, hours."""
    live = services.filter((pl.col("start") <= day) & (pl.col("end") > day) & pl.col("hourly"))
    mine = live.filter((pl.col("service_type") == COMMUNITY) & (pl.col("service_component") == HOME_CARE))
    return mine.group_by("person").agg(hours=pl.col("units").sum()).sort("person")


def _hours(written: Written, services: pl.DataFrame) -> dict[str, Measured]:
    """Home-care clients and their weekly hours, over every year-end."""
    days = written.year_ends
    clients = pl.concat([_adults(written.aged(home_care_on(services, d), pl.lit(d))) for d in days])
    people = pl.concat([_adults(written.residents(day)) for day in days])
    hours = clients["hours"]
    found = {
        "hours_mean": mean(hours),
        "hours_median": quantile(hours, 0.5),
        "hours_p10": quantile(hours, 0.1),
        "hours_p90": quantile(hours, 0.9),
        "home_care_65": standardised(by_band(clients), by_band(people), 65, per=100_000),
        "hours_per_1000": _hours_per_1000(clients, people),
    }
    return {name: repeated(one, _times(clients)) for name, one in found.items()}


def _hours_per_1000(clients: pl.DataFrame, people: pl.DataFrame) -> Measured:
    lived = by_band(people)
    weight = mix_of(lived, 18, 200) / np.maximum(lived, 1)
    squared = by_band(clients.with_columns(squared=pl.col("hours") ** 2), "squared")
    value = float((weight * by_band(clients, "hours")).sum())
    relative = float(np.sqrt((weight**2 * squared).sum())) / max(value, 1e-9)
    return Measured(value * 1000, len(clients), lambda t: t * relative)


def _rota(written: Written) -> dict[str, Measured]:
    """Share of the people on the rota whom two carers visit at once."""
    visits = written.landed_people("visits", ["carers_needed"], latest=True)
    each = visits.group_by("person").agg(most=as_number("carers_needed").max())
    return {"double_handed": share(each.filter(pl.col("most") >= 2).height, len(each))}


def _turnover(written: Written, services: pl.DataFrame) -> dict[str, Measured]:
    """Share of those with support at home on a day who have none a year later."""
    days = [day for day in written.year_ends if day - timedelta(days=365) >= written.first]
    stayed = began = 0
    for day in days:
        before, after = (_at_home(services, d) for d in (day - timedelta(days=365), day))
        began += len(before)
        stayed += len(before.join(after, on="person", how="semi"))
    return {"turnover": share(began - stayed, began)}


def _at_home(services: pl.DataFrame, day: date) -> pl.DataFrame:
    live = services.filter((pl.col("start") <= day) & (pl.col("end") > day))
    return live.filter(pl.col("service_type") == COMMUNITY).select("person").unique()
