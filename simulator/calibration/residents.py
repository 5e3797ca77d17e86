"""Measured of care homes, their residents and their beds, and of unpaid carers."""

from datetime import date, timedelta

import polars as pl

from simulator.calibration.care import NURSING, RESIDENTIAL, events_of, services_of
from simulator.calibration.conditions import latest_flags
from simulator.calibration.measured import Measured, by_band, mix_of, rate, ratio, share, standardised
from simulator.calibration.written import Written, as_number

YEAR = timedelta(days=365)


def measure_residents(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    return _residents(written) | _payers(written) | _survival(written) | _beds(written) | _carers(written)


def _residents(written: Written) -> dict[str, Measured]:
    """Shares of people in care homes on the last day, by age; and who the residents are."""
    people = written.last_residents
    inside = people.filter("care_home")
    there, whole = by_band(inside), by_band(people)
    bands = {"65": (65, 200), "65_74": (65, 74), "75_84": (75, 84), "85_89": (85, 89), "90": (90, 200)}
    found = {f"in_care_home_{k}": standardised(there, whole, *ages, people=True) for k, ages in bands.items()}
    old = inside.filter(pl.col("age") >= 65)
    oldest, weight = standardised(there, whole, 85, people=True), mix_of(whole, 65, 200)
    value = oldest.value * float(weight[85 // 5 :].sum()) / found["in_care_home_65"].value
    found["residents_85"] = Measured(value, len(old), share(0, len(old)).error)
    found["residents_women"] = share(int(old["female"].sum()), len(old))
    return found


def _payers(written: Written) -> dict[str, Measured]:
    """Share of residents 65 and over for whom the council arranges no long-term care, over every year-end."""
    services = services_of(written, events_of(written))
    arranged = services.filter(pl.col("service_type").is_in([RESIDENTIAL, NURSING]))
    days = written.year_ends
    old = [written.residents(d).filter(pl.col("care_home") & (pl.col("age") >= 65)) for d in days]
    own = [
        each.join(_live(arranged, day), on="person", how="anti") for each, day in zip(old, days, strict=True)
    ]
    return {"self_funded": share(sum(map(len, own)), sum(map(len, old)))}


def _live(services: pl.DataFrame, day: date) -> pl.DataFrame:
    return services.filter((pl.col("start") <= day) & (pl.col("end") > day)).select("person").unique()


def _survival(written: Written) -> dict[str, Measured]:
    """Of those 65 and over who move into a care home in the recorded time: alive after one year, and of
    them after
    the second."""
    moves = written.residences.filter("care_home").sort("person", "since")
    entries = moves.unique("person", keep="first", maintain_order=True)
    entries = entries.filter(pl.col("since").is_between(written.first, written.end - YEAR))
    entries = written.aged(entries, pl.col("since")).filter(pl.col("age") >= 65)
    alive = [pl.col("died").is_null() | (pl.col("died") > pl.col("since") + years * YEAR) for years in (1, 2)]
    longer = entries.filter((pl.col("since") <= written.end - 2 * YEAR) & alive[0])
    return {
        "alive_after_1": share(entries.filter(alive[0]).height, len(entries)),
        "alive_after_2": share(longer.filter(alive[1]).height, len(longer)),
    }


def _beds(written: Written) -> dict[str, Measured]:
    places = written.landed("cqc_locations", ["care_home", "beds", "nursing"], latest=True)
    homes = places.filter(pl.col("care_home") == "Y").with_columns(as_number("beds")).collect()
    beds = int(homes["beds"].sum())
    nursing = int(homes.filter(pl.col("nursing") == "Y")["beds"].sum())
    people = written.last_residents
    old = people.filter(pl.col("age") >= 75).height
    part = nursing / beds if beds else 0.0
    return {
        "beds_per_100": rate(beds, old, 100),
        "occupancy": share(int(people["care_home"].sum()), beds),
        "nursing_beds": Measured(part, len(homes), lambda t: (t * (1 - t) / max(len(homes), 1)) ** 0.5),
    }


def _carers(written: Written) -> dict[str, Measured]:
    """True unpaid carers on the last day by age, those whom the council helps or assesses in a year, and
    those whom
    it or their practice knows."""
    last = written.truth("hazards").filter(pl.col("day") == written.end)
    state = last.select(pl.col("person").cast(pl.Int64), "cares").collect()
    people = written.aged(state, pl.lit(written.end))
    cares, whole = by_band(people.filter("cares")), by_band(people)
    bands = {"45_54": (45, 54), "55_64": (55, 64), "65_74": (65, 74), "75_84": (75, 84)}
    bands |= {"85": (85, 200), "65": (65, 200)}
    found = {f"carers_{k}": standardised(cares, whole, *ages, people=True) for k, ages in bands.items()}
    true = people.filter("cares").select("person")
    known = _known_carers(written)
    coded = latest_flags(written, ["carer"]).filter(pl.col("carer") == "1").select("person")
    either = true.join(pl.concat([known, coded]).unique(), on="person", how="semi")
    found["carers_known"] = ratio(len(known), len(true), len(known), (len(known), len(true)))
    return found | {"carers_found": share(len(either), len(true))}


def _known_carers(written: Written) -> pl.DataFrame:
    """Whom the council assessed or helped as an unpaid carer in the last recorded year."""
    events = events_of(written).filter(pl.col("client_type") == "Unpaid carer")
    events = events.filter(pl.col("event_type").is_in(["Assessment", "Service", "Review", "Request"]))
    recent = events.filter(pl.col("event_start_date") >= written.end - YEAR)
    return recent.select("person").unique().sort("person")
