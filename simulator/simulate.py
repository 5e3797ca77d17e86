"""Invent a county and land its files: the engine behind `forebridge simulate`."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from configs.errors import SettingsError
from simulator.addresses import address_book
from simulator.geography import County, invented_county
from simulator.landed import Landing
from simulator.lives import live
from simulator.mess import DIALS
from simulator.oracle import Observer
from simulator.place import read_place
from simulator.timeline import BURN_IN_MONTHS, Timeline, day_number
from simulator.truth import write_truth
from simulator.worlds import WORLDS, plan_world
from simulator.writers.admitted_care import write_admitted_care
from simulator.writers.attendances import write_attendances
from simulator.writers.council_tax import write_council_tax
from simulator.writers.energy import write_energy
from simulator.writers.gazetteer import write_gazetteer
from simulator.writers.gp_flags import write_gp_flags
from simulator.writers.people import write_people
from simulator.writers.places import write_places
from simulator.writers.social_care import LA_CODE, write_social_care
from simulator.writers.supply import write_supply
from simulator.writers.tenancies import write_tenancies

DEFAULT_END = date(2026, 9, 30)
HOUSEHOLDS_MIN, HOUSEHOLDS_MAX = 200, 200_000
"""Fewer households leave areas bare; more would need more test NHS numbers than there are."""
YEARS_MIN, YEARS_MAX = 2, 15
HOMES_PER_HOUSEHOLD = 1.1
"""Dwellings, empty ones too, for each household of the census (rates.md 7: about 1.04; some built since)."""
PEOPLE_AT_FIRST, PEOPLE_COMING_A_YEAR = 2.4, 0.14
"""People ever, a household: those there at first, and those born or moving in each year (seen in runs)."""
NHS_NUMBERS_MAX = 900_000
"""Test numbers with a valid check digit: ten in eleven of a million."""


def simulate(
    households: int,
    seed: int,
    years: int,
    out: Path,
    place: Path | None = None,
    end: date | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    world: str = "default",
    mess: int = 1,
) -> dict[str, object]:
    """Write `OUT/landing` (what a council would land) and `OUT/truth` (who is who), and return counts
    of both.

    `years` of records end on `end` (default 30 September 2026); `place` is a folder, or a prefix of
    file names, of real
    areas, without which the county is invented too. The same arguments give the same bytes. Written
    aside and renamed,
    so that a failure leaves no half-written county. Raises SettingsError for arguments that cannot be used.
    """
    _check(households, years, seed, world, mess)
    tell = progress or (lambda _: None)
    county = read_place(place) if place is not None else invented_county()
    _check_room(county, households)
    last = end or DEFAULT_END
    timeline = Timeline(day_number(last), years)
    tell(f"{len(county.codes)} areas, {households:,} households, {years} years to {last.isoformat()}")
    aside = _fresh(out)
    plan = plan_world(world, county, timeline, seed)
    observer = Observer(seed, as_of_days(timeline))
    lived = live(county, households, timeline, plan, np.random.default_rng(seed), progress, observer)
    landing = Landing(aside / "landing", lived, timeline, address_book(lived), seed, mess=mess)
    for folder, write in _WRITERS:
        tell(f"Writing {folder}")
        write(landing)
    _write_toml(landing, county)
    tell("Writing the truth")
    write_truth(landing, observer, aside / "truth")
    _put_in_place(aside, out)
    return _summary(landing, county)


_WRITERS: tuple[tuple[str, Callable[[Landing], None]], ...] = (
    ("people", write_people),
    ("social care", write_social_care),
    ("admitted care", write_admitted_care),
    ("attendances", write_attendances),
    ("GP flags", write_gp_flags),
    ("gazetteer", write_gazetteer),
    ("tenancies", write_tenancies),
    ("council tax", write_council_tax),
    ("energy certificates", write_energy),
    ("places", write_places),
    ("supply", write_supply),
)


def as_of_days(timeline: Timeline) -> tuple[int, ...]:
    """Where chances are stated: the day after the last, and 12 and 24 months before it, as far as a year of
    records lies before."""
    starts = timeline.month_starts
    held = [k for k in (24, 12, 0) if 12 * timeline.years - k >= 12]
    return tuple(starts[-1 - k] for k in held)


def _check(households: int, years: int, seed: int, world: str, mess: int) -> None:
    defects = []
    if not HOUSEHOLDS_MIN <= households <= HOUSEHOLDS_MAX:
        defects.append(f"households: from {HOUSEHOLDS_MIN:,} to {HOUSEHOLDS_MAX:,}, not {households:,}")
    if not YEARS_MIN <= years <= YEARS_MAX:
        defects.append(f"years: from {YEARS_MIN} to {YEARS_MAX}, not {years}")
    people = households * (PEOPLE_AT_FIRST + PEOPLE_COMING_A_YEAR * (years + BURN_IN_MONTHS / 12))
    if people > NHS_NUMBERS_MAX:
        defects.append(
            f"households and years: about {people:,.0f} people, more than there are test NHS numbers"
        )
    if world not in WORLDS:
        defects.append(f"world: one of {', '.join(WORLDS)}, not {world!r}")
    if mess not in DIALS:
        defects.append(f"mess: from {DIALS[0]} to {DIALS[-1]}, not {mess}")
    if seed < 0:
        defects.append(f"seed: 0 or more, not {seed}")
    if defects:
        raise SettingsError("No county can be invented so", todo="Change these options", details=defects)


def _check_room(county: County, households: int) -> None:
    """No more households than the place has homes for (its households, and a tenth more)."""
    room = round(HOMES_PER_HOUSEHOLD * county.households) if county.households else HOUSEHOLDS_MAX
    if households > room:
        raise SettingsError(
            "More households than the place has homes for",
            where=f"{county.name}: homes for about {room:,}, {households:,} asked for",
            todo=f"Ask for {room:,} or fewer with --households",
        )


def _fresh(out: Path) -> Path:
    aside = out.with_name(out.name + ".being-written")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
    except OSError as problem:
        raise SettingsError(
            "The folder cannot be written", where=str(out), todo="Name a folder that you may write to"
        ) from problem
    return aside


def _put_in_place(aside: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for part in ("landing", "truth"):
        if (out / part).exists():
            (out / part).rename(aside / f"{part}-before")
        (aside / part).rename(out / part)
    shutil.rmtree(aside)


def _write_toml(landing: Landing, county: County) -> None:
    districts = ", ".join(f'"{code}"' for code in county.lad_codes)
    text = (
        f'la_code = "{LA_CODE}"\n'
        f"district_codes = [{districts}]\n\n"
        "[data]\n"
        "invented = true\n\n"
        "[legal]\n"
        'council_tax = { gateway = "none needed: invented data, no real person", approver = "the simulator", '
        f"date = {landing.cut(landing.timeline.last_day, 0).isoformat()} }}\n"
    )
    (landing.folder / "landing.toml").write_text(text, encoding="utf-8")


def _summary(landing: Landing, county: County) -> dict[str, object]:
    world = landing.world
    return {
        "areas": len(county.codes),
        "households": int(np.unique(world.people["household"][world.residents()]).size),
        "people_at_the_end": len(world.residents()),
        "people_ever": world.people.size,
        "dwellings": len(world.dwellings.area),
        "care_homes": len(world.care_homes.area),
        "emergency_admissions": int(world.admissions["emergency"].sum()),
        "requests": world.requests.size,
        "services": world.services.size,
        "files": len(landing.files),
        "rows": sum(landing.files.values()),
        "invented": True,
    }
