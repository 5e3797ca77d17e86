"""Real mess in modest doses: every dose in one place, and the functions that deal it out."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator import words
from simulator.addresses import slips
from simulator.log import Array


@dataclass(frozen=True)
class Doses:
    """Share of rows (or people) touched. rates.md 11 where a line is named, else assumed."""

    nickname: float = 0.05
    name_slip: float = 0.015
    initial_only: float = 0.06
    birth_date_swapped: float = 0.01
    no_nhs_number_cld: float = 0.05  # rates.md 11 "CLD: person records lacking a valid NHS number"
    no_nhs_number_ecds: float = 0.02  # rates.md 11 "NHS number and birth date enough to link": A&E 98.0%
    no_token_apc: float = 0.003  # the same: inpatient 99.7%
    no_uprn_demographics: float = 0.12
    no_uprn_housing: float = 0.06
    mangled_uprn: float = 0.01
    late_recording: float = 0.06
    move_told_late: float = 0.10
    move_never_told: float = 0.02
    duplicate_row: float = 0.004
    second_la_id: float = 0.015
    blank_delivery: float = 0.08  # rates.md 11 "delivery mechanism blank or invalid"
    bad_row: float = 0.0008
    unknown_flag: float = 0.03


DOSES = Doses()
_NICKNAMES = pl.DataFrame({"given": list(words.NICKNAMES), "short": list(words.NICKNAMES.values())})


def written_given(given: Array, rng: np.random.Generator, doses: Doses = DOSES) -> Array:
    """First names as one source writes them: some nicknames, some slips."""
    frame = pl.DataFrame({"given": given.astype(object).tolist()}, schema={"given": pl.String})
    short = (
        frame.join(_NICKNAMES, on="given", how="left", maintain_order="left")["short"]
        .fill_null(frame["given"])
        .to_numpy()
    )
    return slips(np.where(rng.random(len(given)) < doses.nickname, short, given), rng, doses.name_slip)


def written_family(family: Array, rng: np.random.Generator, doses: Doses = DOSES) -> Array:
    """Family names as one source writes them: some slips."""
    return slips(family, rng, doses.name_slip)


def swap_day_and_month(
    frame: pl.DataFrame, column: str, rng: np.random.Generator, doses: Doses = DOSES
) -> pl.DataFrame:
    """A few dates with day and month exchanged, where that is a date."""
    day, month = pl.col(column).dt.day(), pl.col(column).dt.month()
    hit = pl.Series(rng.random(len(frame)) < doses.birth_date_swapped)
    swapped = pl.date(pl.col(column).dt.year(), pl.min_horizontal(day, pl.lit(12)), month)
    return frame.with_columns(
        pl.when(hit & (day <= 12)).then(swapped).otherwise(pl.col(column)).alias(column)
    )


def blank(values: Array, share: float, rng: np.random.Generator) -> Array:
    """The same values as text, `share` of them empty."""
    return np.where(rng.random(len(values)) < share, "", values.astype(str))


def mangled_uprns(uprn: Array, rng: np.random.Generator, missing: float, doses: Doses = DOSES) -> Array:
    """UPRNs as text: some missing, a few as a spreadsheet leaves them (1.00E+11)."""
    short = np.char.add(np.char.mod("%.5f", uprn / 1e11), "E+11")
    text = np.where(rng.random(len(uprn)) < doses.mangled_uprn, short, uprn.astype(str))
    return blank(text, missing, rng)


def duplicated(frame: pl.DataFrame, rng: np.random.Generator, doses: Doses = DOSES) -> pl.DataFrame:
    """The frame with a few rows twice, the copies right after their originals."""
    again = np.flatnonzero(rng.random(len(frame)) < doses.duplicate_row)
    return frame[np.sort(np.concatenate([np.arange(len(frame)), again]))]


def spoiled(
    frame: pl.DataFrame, column: str, rubbish: str, rng: np.random.Generator, doses: Doses = DOSES
) -> pl.DataFrame:
    """A few rows with a value in `column` that no specification allows; the column becomes text."""
    hit = pl.Series(rng.random(len(frame)) < doses.bad_row)
    return frame.with_columns(
        pl.when(hit).then(pl.lit(rubbish)).otherwise(pl.col(column).cast(pl.String)).alias(column)
    )
