"""people/: demographics (address spells), national data opt-outs and objections."""

import numpy as np
import polars as pl

from simulator import mess, rates, written
from simulator.landed import Landing
from simulator.log import Array
from simulator.relations import same_name, twins
from simulator.timeline import NO_DAY, dates
from simulator.writers.codes import ETHNOS
from simulator.written import flag

EXTRACT_DAYS_AFTER = 22
LATE_DAYS = (30, 220)
"""A move told late is told so many days after it, a prompt one within twelve."""
ETHNICITY_UNKNOWN = 0.06  # share of the register without one (assumed)


def write_people(landing: Landing) -> None:
    """Write the three files; one person's spells do not overlap, and a move may be told late or never."""
    rng = landing.rng(1)
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    landing.land(_opt_outs(landing, rng), f"people/national_data_opt_outs_{stamp}.csv")
    landing.land(_objections(landing, rng), f"people/objections_{stamp}.csv")
    landing.land(_demographics(landing, rng), f"people/pds_demographics_{stamp}.csv")


def _spells(landing: Landing, dirt: np.random.Generator) -> pl.DataFrame:
    """Addresses as the register was told of them: place, told and told_until beside what is true, and which
    spells hide a later move that nobody told (silent) or were told late."""
    residences, end = landing.world.residences, landing.timeline.last_day
    in_home = pl.col("home") + len(landing.world.dwellings.area)
    spells = residences.frame().with_columns(
        place=pl.when(pl.col("care_home")).then(in_home).otherwise(pl.col("home"))
    )
    spells = spells.with_columns(**_delays(landing, len(spells), dirt), **_relations(landing, spells))
    spells = spells.filter(pl.col("since") <= end).sort("person", "since")
    return _told(_without_silent(spells), end)


def _delays(landing: Landing, count: int, dirt: np.random.Generator) -> dict[str, pl.Series]:
    """Days until each move is told, and whether it never is."""
    doses, prompt = landing.doses, dirt.integers(0, 12, count)
    late, days = dirt.random(count) < doses.move_told_late, dirt.integers(*LATE_DAYS, count)
    return {
        "delay": pl.Series(np.where(late, days, prompt)),
        "silent": pl.Series(dirt.random(count) < doses.move_never_told),
    }


def _relations(landing: Landing, spells: pl.DataFrame) -> dict[str, pl.Series]:
    """Who may be taken for whom: marked as a defect where there is any mess at all."""
    people, any_mess = landing.world.people, landing.mess > 0
    return {
        "same_name": pl.Series(same_name(spells, people["given"], people["family"]) & any_mess),
        "twin": pl.Series(twins(spells, people["born"]) & any_mess),
    }


def _without_silent(spells: pl.DataFrame) -> pl.DataFrame:
    """Moves that nobody told are taken out; the spell before one is marked as not told."""
    first = pl.col("person") != pl.col("person").shift(1).fill_null(-1)
    gone = ~first & pl.col("silent")
    untold = (gone & ~first).shift(-1).fill_null(False)
    return spells.with_columns(untold=untold).filter(~gone)


def _told(spells: pl.DataFrame, end: int) -> pl.DataFrame:
    """Each spell from the day it was told of, in the order of moving; the last of a day counts."""
    first = pl.col("person") != pl.col("person").shift(1).fill_null(-1)
    told = pl.when(first).then(pl.col("since")).otherwise(pl.col("since") + pl.col("delay"))
    spells = spells.with_columns(told=told).filter(pl.col("told") <= end)
    later = pl.col("told").reverse().cum_min().reverse().over("person")
    spells = spells.with_columns(told=later).unique(["person", "told"], keep="last", maintain_order=True)
    after = pl.when(pl.col("person") == pl.col("person").shift(-1)).then(pl.col("told").shift(-1))
    return spells.with_columns(told_until=after, late=pl.col("told") - pl.col("since") >= LATE_DAYS[0])


def _demographics(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    dirt = landing.dirt(1)
    spells = _spells(landing, dirt)
    who = spells["person"].to_numpy()
    columns = _identifiers(landing, who, rng, dirt) | _address(landing, spells, dirt) | _days(landing, spells)
    frame = pl.DataFrame(columns | _marks(spells) | {"true:subject": who})
    ends_after_start = pl.col("effective_to").is_null() | (pl.col("effective_to") >= pl.col("effective_from"))
    recent = pl.col("effective_to").is_null() | (pl.col("effective_to") >= landing.timeline.first_date)
    frame = frame.filter(ends_after_start & recent)
    return _muddled(frame[rng.permutation(len(frame))], landing, dirt)


def _muddled(frame: pl.DataFrame, landing: Landing, dirt: np.random.Generator) -> pl.DataFrame:
    """Rows twice, sentinels, and dates that are none."""
    doses = landing.doses
    frame = mess.duplicated(frame, dirt, doses)
    unsaid = pl.col("ethnicity") == ""
    frame = mess.with_sentinels(frame, "ethnicity", "Not known", dirt, doses, unsaid)
    frame = mess.with_sentinels(frame, "uprn", "NULL", dirt, doses, pl.col("uprn") == "")
    frame = mess.with_sentinels(frame, "date_of_birth", "1800-01-01", dirt, doses)
    return mess.spoiled(frame, "effective_from", "not known", dirt, doses)


def _identifiers(
    landing: Landing, who: Array, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    people = landing.world.people
    ethnicity = np.where(
        rng.random(people.size) < ETHNICITY_UNKNOWN, "", np.array(ETHNOS)[people["ethnicity"]]
    )
    return {
        "token_person_id": landing.token[who],
        "nhs_number": landing.nhs[who],
        **landing.given_names(dirt).of(who).columns("given_name"),
        **landing.family_names("demographics", dirt).of(who).columns("family_name"),
        **landing.births(dirt).of(who).columns("date_of_birth"),
        "gender": np.where(people["female"][who], "Female", "Male"),
        "ethnicity": ethnicity[who],
    }


def _address(landing: Landing, spells: pl.DataFrame, dirt: np.random.Generator) -> dict[str, object]:
    """Where the register has them; nothing for the restricted."""
    book, place = landing.addresses, spells["place"].to_numpy()
    restricted = restricted_people(landing)[spells["person"].to_numpy()]
    uprn = written.uprns(book.uprn[place], landing.doses.no_uprn_demographics, dirt, landing.doses)
    return {
        **book.written(place, dirt, landing.doses).without(restricted).columns("address"),
        "postcode": np.where(restricted, "", book.postcode[place]),
        **uprn.without(restricted).columns("uprn"),
        written.ADDRESS: pl.Series(book.uprn[place]).set(pl.Series(restricted), None),
    }


def _days(landing: Landing, spells: pl.DataFrame) -> dict[str, object]:
    people, last = landing.world.people, landing.timeline.last_day
    who = spells["person"].to_numpy()
    gone = np.where(people["died"] > NO_DAY, people["died"], people["left"])[who]
    gone = np.where(gone > last, NO_DAY, gone)
    until = spells["told_until"].fill_null(NO_DAY).to_numpy()
    until = np.where((until == NO_DAY) & (gone > NO_DAY), gone, until)
    return {
        "effective_from": dates(spells["told"].to_numpy()),
        "effective_to": dates(until),
        "date_of_death": dates(np.where(people["died"][who] <= last, people["died"][who], NO_DAY)),
        "restricted": np.where(restricted_people(landing)[who], "Y", "N"),
    }


def _marks(spells: pl.DataFrame) -> dict[str, object]:
    """The hidden columns of what is wrong with a spell, or easily mistaken in it."""
    return {
        flag("move_told_late", "effective_from"): spells["late"],
        flag("move_never_told", "address"): spells["untold"],
        flag("same_name"): spells["same_name"],
        flag("twin"): spells["twin"],
    }


def restricted_people(landing: Landing) -> Array:
    """The few whose addresses no list may show (rates: assumed share)."""
    return landing.rng(2).random(landing.world.people.size) < rates.RESTRICTED_SHARE


def _opt_outs(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    people = landing.world.people
    share = np.where(people["female"], rates.OPTED_OUT_WOMEN, rates.OPTED_OUT_MEN)
    share = share * np.where(people["born"] > landing.timeline.last_day - 18 * 365, 0.4, 1.1)
    who = rng.permutation(np.flatnonzero(rng.random(people.size) < share))
    checked = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER - 2)
    return pl.DataFrame(
        {"nhs_number": landing.nhs[who], "checked_on": [checked] * len(who), "true:subject": who}
    )


def _objections(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    """Objections to the council itself, by people it knows (one in 150 of them, assumed); three in ten give
    no NHS number, which the form does not ask for."""
    known = np.unique(landing.world.requests["person"])
    who = known[rng.random(len(known)) < 1 / 150]
    day = landing.timeline.last_day - rng.integers(10, 900, len(who))
    scope = np.array(["all", "planning", "direct-care"])[np.searchsorted([0.6, 0.9], rng.random(len(who)))]
    return pl.DataFrame(
        {
            "nhs_number": np.where(rng.random(len(who)) < 0.3, "", landing.nhs[who]),
            "la_person_id": landing.la_id[who],
            "from_date": dates(day),
            "scope": scope,
            "true:subject": who,
        }
    )
