"""people/: demographics (address spells), national data opt-outs and objections."""

import numpy as np
import polars as pl

from simulator import mess, rates
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, dates
from simulator.writers.codes import ETHNOS

EXTRACT_DAYS_AFTER = 22


def write_people(landing: Landing) -> None:
    """Write the three files; one person's spells do not overlap, and a move may be told late or never."""
    rng = landing.rng(1)
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    landing.land(_demographics(landing, rng), f"people/pds_demographics_{stamp}.csv")
    landing.land(_opt_outs(landing, rng), f"people/national_data_opt_outs_{stamp}.csv")
    landing.land(_objections(landing, rng), f"people/objections_{stamp}.csv")


def _spells(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    residences, end = landing.world.residences, landing.timeline.last_day
    spells = residences.frame().with_columns(
        place=pl.when(pl.col("care_home"))
        .then(pl.col("home") + len(landing.world.dwellings.area))
        .otherwise(pl.col("home"))
    )
    late = np.where(
        rng.random(len(spells)) < mess.DOSES.move_told_late,
        rng.integers(30, 220, len(spells)),
        rng.integers(0, 12, len(spells)),
    )
    spells = spells.with_columns(
        late=pl.Series(late), silent=pl.Series(rng.random(len(spells)) < mess.DOSES.move_never_told)
    )
    spells = spells.filter(pl.col("since") <= end).sort("person", "since")
    first = pl.col("person") != pl.col("person").shift(1).fill_null(-1)
    spells = spells.filter(first | ~pl.col("silent"))
    told = (
        pl.when(pl.col("person") != pl.col("person").shift(1).fill_null(-1))
        .then(pl.col("since"))
        .otherwise(pl.col("since") + pl.col("late"))
    )
    spells = spells.with_columns(told=told).filter(pl.col("told") <= end)
    later = pl.col("told").reverse().cum_min().reverse().over("person")
    spells = spells.with_columns(told=later).unique(["person", "told"], keep="last", maintain_order=True)
    after = pl.when(pl.col("person") == pl.col("person").shift(-1)).then(pl.col("told").shift(-1))
    return spells.with_columns(told_until=after)


def _demographics(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    people = landing.world.people
    spells = _spells(landing, rng)
    who, place = spells["person"].to_numpy(), spells["place"].to_numpy()
    gone = np.where(people["died"] > NO_DAY, people["died"], people["left"])[who]
    gone = np.where(gone > landing.timeline.last_day, NO_DAY, gone)
    until = spells["told_until"].fill_null(NO_DAY).to_numpy()
    until = np.where((until == NO_DAY) & (gone > NO_DAY), gone, until)
    restricted = restricted_people(landing)[who]
    book = landing.addresses
    ethnicity = np.array(ETHNOS)[people["ethnicity"]]
    frame = pl.DataFrame(
        {
            "token_person_id": landing.token[who],
            "nhs_number": landing.nhs[who],
            "given_name": mess.written_given(people["given"], rng)[who],
            "family_name": mess.written_family(people["family"], rng)[who],
            "date_of_birth": dates(people["born"][who]),
            "gender": np.where(people["female"][who], "Female", "Male"),
            "ethnicity": mess.blank(ethnicity, 0.06, rng)[who],
            "address": np.where(restricted, "", book.written(place, rng)),
            "postcode": np.where(restricted, "", book.postcode[place]),
            "uprn": np.where(
                restricted, "", mess.mangled_uprns(book.uprn[place], rng, mess.DOSES.no_uprn_demographics)
            ),
            "effective_from": dates(spells["told"].to_numpy()),
            "effective_to": dates(until),
            "date_of_death": dates(
                np.where(people["died"][who] <= landing.timeline.last_day, people["died"][who], NO_DAY)
            ),
            "restricted": np.where(restricted, "Y", "N"),
            "true:subject": who,
        }
    )
    ends_after_start = pl.col("effective_to").is_null() | (pl.col("effective_to") >= pl.col("effective_from"))
    recent = pl.col("effective_to").is_null() | (pl.col("effective_to") >= landing.timeline.first_date)
    frame = mess.swap_day_and_month(frame.filter(ends_after_start & recent), "date_of_birth", rng)
    frame = frame[rng.permutation(len(frame))]
    return mess.spoiled(mess.duplicated(frame, rng), "effective_from", "not known", rng)


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
    """Objections to the council itself, by people it knows (one in 150 of them, assumed)."""
    known = np.unique(landing.world.requests["person"])
    who = known[rng.random(len(known)) < 1 / 150]
    day = landing.timeline.last_day - rng.integers(10, 900, len(who))
    scope = np.array(["all", "planning", "direct-care"])[np.searchsorted([0.6, 0.9], rng.random(len(who)))]
    frame = pl.DataFrame(
        {
            "nhs_number": mess.blank(landing.nhs[who], 0.3, rng),
            "la_person_id": landing.la_id[who],
            "from_date": dates(day),
            "scope": scope,
            "true:subject": who,
        }
    )
    return frame
