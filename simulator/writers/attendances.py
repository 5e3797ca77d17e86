"""health/ecds: emergency department attendances, one file a quarter."""

import numpy as np
import polars as pl

from simulator import mess
from simulator.landed import Landing
from simulator.timeline import as_date, dates
from simulator.writers.codes import ETHNOS
from simulator.writers.health_files import EXTRACT_DAYS_AFTER, PROVIDERS, quarters


def write_attendances(landing: Landing) -> None:
    """Write one file a quarter of the attendances in it."""
    rng, dirt = landing.rng(28), landing.dirt(28)
    attendances = _attendances(landing, rng, dirt)
    for after, until in quarters(landing.timeline):
        stamp = as_date(until + EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
        seen = attendances.filter(pl.col("day").is_between(after + 1, until)).drop("day")
        seen, has_number = seen[rng.permutation(len(seen))], pl.col("NHS_NUMBER") != ""
        seen = mess.with_sentinels(seen, "NHS_NUMBER", "9999999999", dirt, landing.doses, has_number)
        landing.land(seen, f"health/ecds_{stamp}.csv")


def _attendances(landing: Landing, rng: np.random.Generator, dirt: np.random.Generator) -> pl.DataFrame:
    """All attendances of the recorded time in ECDS columns, with their day beside them."""
    log, timeline = landing.world.attendances.frame(), landing.timeline
    log = log.filter(pl.col("day").is_between(timeline.first_day, timeline.last_day))
    log = log.sort("day", "person", maintain_order=True)
    who = log["person"].to_numpy()
    return pl.DataFrame(
        {
            **landing.nhs_numbers("ecds", who, landing.doses.no_nhs_number_ecds, dirt).columns("NHS_NUMBER"),
            "EPIKEY": np.char.add("8", np.char.zfill((rng.permutation(len(log)) + 1).astype(str), 18)),
            **_arrivals(log, rng),
            **_patients(landing, log),
            **_conditions(log, rng),
            **_departures(landing, log),
            "day": log["day"],
            "true:subject": who,
        }
    )


def _arrivals(log: pl.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    minute, count = rng.integers(0, 1440, len(log)), len(log)
    clock = pl.Series([f"{m // 60:02d}:{m % 60:02d}:00" for m in range(1440)])[minute]
    by_ambulance = log["admitted"].to_numpy() & (rng.random(count) < 0.6)
    return {
        "ARRIVAL_DATE": dates(log["day"].to_numpy()),
        "ARRIVAL_TIME": clock,
        "ARRIVAL_MODE": np.where(by_ambulance, "1048031000000100", "1048071000000103"),
        "ATTENDANCE_SOURCE": "1065391000000104",
    }


def _patients(landing: Landing, log: pl.DataFrame) -> dict[str, object]:
    world, who, day = landing.world, log["person"].to_numpy(), log["day"].to_numpy()
    born, place = dates(world.people["born"][who]).dt, landing.address_row(who, day)
    area = world.county.codes[landing.addresses.area[np.maximum(place, 0)]]
    return {
        "AGE_AT_ARRIVAL": world.age(who, day).astype(int),
        "BIRTH_YEAR": born.year(),
        "BIRTH_MONTH": born.strftime("%m"),
        "STATED_GENDER": np.where(world.people["female"][who], "2", "1"),
        "ETHNIC_CATEGORY": np.array(ETHNOS)[world.people["ethnicity"][who]],
        "LSOA_2011": np.where(place >= 0, area, ""),
        "ACCOMMODATION_STATUS": "",
    }


_COMPLAINTS = np.array(["29857009", "267036007", "21522001", "422587007", "386661006"])
_ACUITIES = np.array(["1064891000000107", "1064901000000108", "1064911000000105", "1077241000000103"])
_DIAGNOSES = np.array(["38341003", "233604007", "68566005", "25374005"])


def _conditions(log: pl.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    """What brought the person, in SNOMED CT; falls are coded as such."""
    fall, count = log["fall"].to_numpy(), len(log)
    complaint = _COMPLAINTS[rng.integers(0, len(_COMPLAINTS), count)]
    acuity = _ACUITIES[np.searchsorted([0.05, 0.25, 0.8], rng.random(count))]
    diagnosis = _DIAGNOSES[rng.integers(0, len(_DIAGNOSES), count)]
    return {
        "CHIEF_COMPLAINT": np.where(fall, "161898004", complaint),
        "ACUITY": acuity,
        "DIAGNOSIS_CODE_1": np.where(fall, "263225007", diagnosis),
        "INJURY_MECHANISM": np.where(fall, "1912002", ""),
        "PLACE_OF_INJURY": np.where(fall, "264362003", ""),
    }


def _departures(landing: Landing, log: pl.DataFrame) -> dict[str, object]:
    """Where people went: to a ward, to their care home, to their own."""
    world, who, day = landing.world, log["person"].to_numpy(), log["day"].to_numpy()
    place, homes = landing.address_row(who, day), len(world.dwellings.area)
    in_home = place >= homes
    nursing = in_home & world.care_homes.nursing[np.clip(place - homes, 0, len(world.care_homes.area) - 1)]
    ways = [log["admitted"].to_numpy(), nursing, in_home]
    return {
        "DISCHARGE_STATUS": "182992009",
        "DISCHARGE_DESTINATION": np.select(ways, ["306706006", "306694006", "306691003"], "306689006"),
        "DEPARTURE_DATE": dates(day),
        "DEPARTMENT_TYPE": "01",
        "PROVIDER_CODE": PROVIDERS[0],
        "SITE": PROVIDERS[0] + "01",
    }
