"""The truth beside the landing: who each landed row is about, true states and chances, what was planted.

Nothing in the pipeline reads it; it is for judging the pipeline.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl

from simulator.chances import chances, hours, outcome_days
from simulator.defects import defects_frame
from simulator.geography import DWELLING_TYPES, TENURES
from simulator.landed import Landing
from simulator.mess import WORDS
from simulator.oracle import Observer
from simulator.timeline import as_date, dates
from simulator.writers.gp_flags import over_coding_practice

DICTIONARY = (Path(__file__).parent / "truth_dictionary.md").read_text(encoding="utf-8")


def write_truth(landing: Landing, observer: Observer, folder: Path) -> None:
    """Write the files of the dictionary into `folder`, which must lie outside the landing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(DICTIONARY + _defect_words(), encoding="utf-8")
    world, last_day = landing.world, landing.timeline.last_day
    came_to_pass = outcome_days(world)
    tables = {
        "identity": _identity(landing),
        "addresses": pl.concat(landing.addressed).sort("file", "row"),
        "people": _people(landing),
        "residences": _residences(landing),
        "hazards": _hazards(landing),
        "outcomes": came_to_pass.with_columns(day=dates(came_to_pass["day"].to_numpy())),
        "chances": chances(world, observer.stated, came_to_pass, last_day),
        "hours": hours(world, observer.stated, last_day),
        "areas": _areas(landing),
        "dwellings": _dwellings(landing),
        "defects": defects_frame(landing),
    }
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    (folder / "world.json").write_text(
        json.dumps(_world(landing, observer), indent=2) + "\n", encoding="utf-8"
    )


def _defect_words() -> str:
    lines = [f"- `{word}`: {meaning}." for word, meaning in WORDS.items()]
    return "\n".join(["", "## Defects", "", *lines, ""])


def _world(landing: Landing, observer: Observer) -> dict[str, object]:
    return {
        **landing.world.plan.described(),
        "over_coding_practice": over_coding_practice(landing),
        "seed": landing.seed,
        "years": landing.timeline.years,
        "end": as_date(landing.timeline.last_day).isoformat(),
        "mess": landing.mess,
        "as_of": [as_date(day).isoformat() for day in observer.as_of_days],
        "oracle": {
            "method": "particle filter, then futures lived forward by the simulator's own monthly chances",
            "particles": observer.particles,
            "futures_65_plus": observer.futures[0],
            "futures_18_to_64": observer.futures[1],
        },
        "invented": True,
    }


def _dwellings(landing: Landing) -> pl.DataFrame:
    world = landing.world
    d = world.dwellings
    return pl.DataFrame(
        {
            "uprn": d.uprn,
            "area_code": world.county.codes[d.area].astype(str),
            "tenure": np.array(TENURES)[d.tenure],
            "dwelling_type": np.array(DWELLING_TYPES)[d.kind],
            "sheltered": d.sheltered,
            "sap": d.sap,
        }
    )


def _areas(landing: Landing) -> pl.DataFrame:
    county, plan = landing.world.county, landing.world.plan
    wanted = county.ages / county.ages.sum(1, keepdims=True)
    return pl.DataFrame(
        {
            "area_code": county.codes.astype(str),
            "planted": plan.planted,
            "need_factor": np.round(plan.need_factor(), 4),
            "service_factor": np.round(plan.service_factor, 4),
            "area_effect": np.round(plan.area_effect, 4),
            "target_share_65_plus": np.round(wanted[:, 13:].sum(1), 5),
            "target_share_85_plus": np.round(wanted[:, 17:].sum(1), 5),
        }
    )


def _identity(landing: Landing) -> pl.DataFrame:
    return pl.concat(landing.identity).select("file", "row", "role", "person").sort("file", "row", "role")


def _people(landing: Landing) -> pl.DataFrame:
    people = landing.world.people
    return pl.DataFrame(
        {
            "person": np.arange(people.size),
            "nhs_number": landing.nhs,
            "la_person_id": landing.la_id[: people.size],
            "token_person_id": landing.token,
            "female": people["female"].copy(),
            "born": dates(people["born"]),
            "died": dates(people["died"]),
            "arrived": dates(people["arrived"]),
            "left": dates(people["left"]),
        }
    )


def _residences(landing: Landing) -> pl.DataFrame:
    frame = landing.world.residences.frame().sort("person", "since", "until")
    place = frame["home"].to_numpy() + np.where(
        frame["care_home"].to_numpy(), len(landing.world.dwellings.area), 0
    )
    return frame.select(
        "person",
        "household",
        uprn=pl.Series(landing.addresses.uprn[place]),
        care_home="care_home",
        since=dates(frame["since"].to_numpy()),
        until=dates(frame["until"].to_numpy()),
    )


def _hazards(landing: Landing) -> pl.DataFrame:
    """Sorted by day and person as it is: residents are always told in the order of their numbers."""
    parts = [pl.DataFrame(truth).with_columns(day=dates(truth["day"])) for truth in landing.world.truth]
    return pl.concat(parts).drop("gp_noise", "measured_z")
