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
    rng = landing.rng(28)
    attendances = _attendances(landing, rng)
    for after, until in quarters(landing.timeline):
        stamp = as_date(until + EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
        seen = attendances.filter(pl.col("day").is_between(after + 1, until)).drop("day")
        landing.land(seen[rng.permutation(len(seen))], f"health/ecds_{stamp}.csv")


def _attendances(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    """All attendances of the recorded time in ECDS columns, with their day beside them."""
    log, world = landing.world.attendances.frame(), landing.world
    log = log.filter(pl.col("day").is_between(landing.timeline.first_day, landing.timeline.last_day)).sort(
        "day", "person", maintain_order=True
    )
    who, day, count = log["person"].to_numpy(), log["day"].to_numpy(), len(log)
    admitted, fall = log["admitted"].to_numpy(), log["fall"].to_numpy()
    place, homes = landing.address_row(who, day), len(world.dwellings.area)
    in_home = place >= homes
    nursing = in_home & world.care_homes.nursing[np.clip(place - homes, 0, len(world.care_homes.area) - 1)]
    age = world.age(who, day)
    born = dates(world.people["born"][who]).dt
    minute = rng.integers(0, 1440, count)
    clock = pl.Series([f"{m // 60:02d}:{m % 60:02d}:00" for m in range(1440)])[minute]
    return pl.DataFrame(
        {
            "NHS_NUMBER": mess.blank(landing.nhs[who], mess.DOSES.no_nhs_number_ecds, rng),
            "EPIKEY": np.char.add("8", np.char.zfill((rng.permutation(count) + 1).astype(str), 18)),
            "ARRIVAL_DATE": dates(day),
            "ARRIVAL_TIME": clock,
            "AGE_AT_ARRIVAL": age.astype(int),
            "BIRTH_YEAR": born.year(),
            "BIRTH_MONTH": born.strftime("%m"),
            "STATED_GENDER": np.where(world.people["female"][who], "2", "1"),
            "ETHNIC_CATEGORY": np.array(ETHNOS)[world.people["ethnicity"][who]],
            "LSOA_2011": np.where(
                place >= 0, world.county.codes[landing.addresses.area[np.maximum(place, 0)]], ""
            ),
            "ACCOMMODATION_STATUS": "",
            "ARRIVAL_MODE": np.where(
                admitted & (rng.random(count) < 0.6), "1048031000000100", "1048071000000103"
            ),
            "ATTENDANCE_SOURCE": "1065391000000104",
            "CHIEF_COMPLAINT": np.where(
                fall,
                "161898004",
                np.array(["29857009", "267036007", "21522001", "422587007", "386661006"])[
                    rng.integers(0, 5, count)
                ],
            ),
            "ACUITY": np.array(
                ["1064891000000107", "1064901000000108", "1064911000000105", "1077241000000103"]
            )[np.searchsorted([0.05, 0.25, 0.8], rng.random(count))],
            "DIAGNOSIS_CODE_1": np.where(
                fall,
                "263225007",
                np.array(["38341003", "233604007", "68566005", "25374005"])[rng.integers(0, 4, count)],
            ),
            "INJURY_MECHANISM": np.where(fall, "1912002", ""),
            "PLACE_OF_INJURY": np.where(fall, "264362003", ""),
            "DISCHARGE_STATUS": "182992009",
            "DISCHARGE_DESTINATION": np.select(
                [admitted, nursing, in_home], ["306706006", "306694006", "306691003"], "306689006"
            ),
            "DEPARTURE_DATE": dates(day),
            "DEPARTMENT_TYPE": "01",
            "PROVIDER_CODE": PROVIDERS[0],
            "SITE": PROVIDERS[0] + "01",
            "day": day,
            "true:subject": who,
        }
    )
