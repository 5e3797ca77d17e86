"""Real mess by the dial: every dose in one place, the words of the defects, and how whole rows are spoilt."""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from simulator.log import Array
from simulator.written import ADDRESS, FLAG_PREFIX, INSTEAD_PREFIX, ROLE_PREFIX, flag, unflag

DIALS = range(4)
"""0 spotless, 1 as in a well-kept council, 2 hard, 3 harsh."""
WORDS = {
    "typo": "two neighbouring letters exchanged",
    "nickname": "a short form for the first name",
    "maiden_name": "a married woman under her earlier family name, in this source alone",
    "initial_only": "the first letter for the first name",
    "day_month_swapped": "day and month of a birth exchanged",
    "nhs_number_missing": "no NHS number, or no token, where the person has one",
    "nhs_number_of_nobody": "a valid test number that belongs to nobody",
    "nhs_number_of_housemate": "the number of somebody else in the household",
    "nhs_number_mangled": "an NHS number as a spreadsheet leaves it",
    "uprn_missing": "no UPRN where the dwelling has one",
    "uprn_mangled": "a UPRN as a spreadsheet leaves it",
    "second_la_id": "the person under a second identifier of the council",
    "recorded_late": "shown first here although an earlier extract should have shown it",
    "end_recorded_late": "a service shown as open although it was over by the end of the period",
    "move_told_late": "dated, or placed, as if the person had not yet moved",
    "move_never_told": "still at an address that the person has left, because nobody told this source",
    "same_name": "somebody else of the household bears the same first and family name",
    "twin": "somebody else of the household was born on the same day",
    "street_shortened": "Road as Rd, and the like",
    "locality_left_out": "no village or part of the town",
    "capitals": "all in capitals",
    "flat_written_differently": "Apt 3, Flat No 3 or 3 for Flat 3",
    "house_name_written_differently": "the name of the building shortened or left out",
    "old_care_home_name": "the gazetteer calls a care home by its earlier name",
    "delivery_blank": "no delivery mechanism of a service",
    "lower_case": "a rating in lower case",
    "sentinel": "what stands for nothing: 1800-01-01, 9999999999, NULL, Not known, -, NO DATA!",
    "spoiled_value": "a value that no specification allows",
    "duplicate_row": "the row above once more",
    "totals_row": "a row of totals at the end, about nobody",
    "release_1": "the whole file in the wording of Client Level Data Release 1",
    "cp1252": "the whole file in Windows' encoding, with letters that UTF-8 writes otherwise",
    "byte_order_mark": "the whole file begins with a byte-order mark",
    "day_month_year": "the whole file writes its dates as dd/mm/yyyy",
    "truncated": "the file ends in the middle of a row",
}
"""Every defect that is planted; truth/defects.parquet names each by its word."""


@dataclass(frozen=True)
class Doses:
    """Shares of rows, people or addresses touched, at dial 1: rates.md 11 where a line is named, else
    assumed."""

    nickname: float = 0.05
    name_slip: float = 0.015
    maiden_name: float = 0.01
    initial_only: float = 0.06
    birth_date_swapped: float = 0.01
    no_nhs_number_cld: float = 0.05  # rates.md 11 "CLD: person records lacking a valid NHS number"
    no_nhs_number_ecds: float = 0.02  # rates.md 11 "NHS number and birth date enough to link": A&E 98.0%
    no_token_apc: float = 0.003  # the same: inpatient 99.7%
    wrong_nhs_number: float = 0.001
    mangled_nhs_number: float = 0.001
    no_uprn_demographics: float = 0.12
    no_uprn_housing: float = 0.06
    no_uprn_epc: float = 0.08  # rates.md 11 "EPC records with a UPRN"
    mangled_uprn: float = 0.01
    late_recording: float = 0.06
    move_told_late: float = 0.10
    move_never_told: float = 0.02
    street_shortened: float = 0.22
    locality_left_out: float = 0.35
    capitals: float = 0.12
    flat_written_differently: float = 0.35
    house_name_written_differently: float = 0.10
    address_slip: float = 0.02
    old_care_home_name: float = 0.15
    second_la_id: float = 0.015
    blank_delivery: float = 0.08  # rates.md 11 "delivery mechanism blank or invalid"
    lower_case_rating: float = 0.06
    no_data_epc: float = 0.08
    sentinel: float = 0.002
    duplicate_row: float = 0.004
    bad_row: float = 0.0008


_HARD = Doses(
    nickname=0.09, name_slip=0.03, maiden_name=0.03, initial_only=0.12, birth_date_swapped=0.02,
    no_nhs_number_cld=0.10, no_nhs_number_ecds=0.04, no_token_apc=0.01, wrong_nhs_number=0.004,
    mangled_nhs_number=0.005, no_uprn_demographics=0.25, no_uprn_housing=0.12, no_uprn_epc=0.12,
    mangled_uprn=0.03, late_recording=0.12, move_told_late=0.18, move_never_told=0.04, street_shortened=0.30,
    locality_left_out=0.45, capitals=0.20, flat_written_differently=0.50, house_name_written_differently=0.25,
    address_slip=0.04, old_care_home_name=0.30, second_la_id=0.03, blank_delivery=0.15,
    lower_case_rating=0.08, no_data_epc=0.12, sentinel=0.01, duplicate_row=0.01, bad_row=0.003,
)  # fmt: skip
_HARSH = Doses(
    nickname=0.14, name_slip=0.06, maiden_name=0.06, initial_only=0.20, birth_date_swapped=0.04,
    no_nhs_number_cld=0.20, no_nhs_number_ecds=0.08, no_token_apc=0.03, wrong_nhs_number=0.012,
    mangled_nhs_number=0.02, no_uprn_demographics=0.50, no_uprn_housing=0.25, no_uprn_epc=0.15,
    mangled_uprn=0.08, late_recording=0.20, move_told_late=0.28, move_never_told=0.08, street_shortened=0.40,
    locality_left_out=0.60, capitals=0.30, flat_written_differently=0.70, house_name_written_differently=0.45,
    address_slip=0.07, old_care_home_name=0.50, second_la_id=0.06, blank_delivery=0.25,
    lower_case_rating=0.10, no_data_epc=0.15, sentinel=0.03, duplicate_row=0.03, bad_row=0.01,
)  # fmt: skip
_BY_DIAL = (Doses(**{f.name: 0.0 for f in fields(Doses)}), Doses(), _HARD, _HARSH)


def doses_of(mess: int) -> Doses:
    """The doses of one of DIALS; at 0 every dose is 0. Raises ValueError for any other number."""
    if mess not in DIALS:
        raise ValueError(f"mess: from {DIALS[0]} to {DIALS[-1]}, not {mess}")
    return _BY_DIAL[mess]


def replaced(frame: pl.DataFrame, column: str, hit: Array, text: str, word: str) -> pl.DataFrame:
    """The frame with `text` to be landed in `column` of the rows hit, whatever the column's type; what else
    was flagged in those values is no longer there to be seen, so its flags are lifted."""
    if not hit.any():
        return frame
    at, instead = pl.Series(hit), INSTEAD_PREFIX + column
    flags = [c for c in frame.columns if c.startswith(FLAG_PREFIX) and unflag(c)[2] == column]
    own, kept = flag(word, column), pl.col(instead) if instead in frame.columns else None
    others = [(pl.col(c) & ~at).alias(c) for c in flags if c != own]
    known = pl.col(own) | at if own in flags else pl.lit(at)
    return frame.with_columns(
        pl.when(at).then(pl.lit(text)).otherwise(kept).alias(instead), *others, known.alias(own)
    )


def spoiled(
    frame: pl.DataFrame, column: str, rubbish: str, rng: np.random.Generator, doses: Doses
) -> pl.DataFrame:
    """A few rows with a value in `column` that no specification allows."""
    hit = rng.random(len(frame)) < doses.bad_row
    return replaced(frame, column, hit, rubbish, "spoiled_value")


def with_sentinels(
    frame: pl.DataFrame,
    column: str,
    text: str,
    rng: np.random.Generator,
    doses: Doses,
    where: pl.Expr | None = None,
) -> pl.DataFrame:
    """A few rows with a text in `column` that stands for nothing, of those that `where` chooses."""
    hit = rng.random(len(frame)) < doses.sentinel
    if where is not None:
        hit &= frame.select(where.fill_null(False)).to_series().to_numpy()
    return replaced(frame, column, hit, text, "sentinel")


def duplicated(frame: pl.DataFrame, rng: np.random.Generator, doses: Doses) -> pl.DataFrame:
    """The frame with a few rows twice, the copies right after their originals."""
    again = np.flatnonzero(rng.random(len(frame)) < doses.duplicate_row)
    if not len(again):
        return frame
    rows = np.sort(np.concatenate([np.arange(len(frame)), again]))
    copy = np.diff(rows, prepend=-1) == 0
    return frame[rows].with_columns(pl.Series(flag("duplicate_row"), copy))


def with_totals(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a last row as spreadsheets leave one: `Total`, and the sums of decimal columns."""
    shown = [
        c for c in frame.columns if not c.startswith((ROLE_PREFIX, FLAG_PREFIX, INSTEAD_PREFIX, ADDRESS))
    ]
    sums = [pl.col(c).sum().round(2) for c in shown if frame[c].dtype == pl.Float64]
    roles = [pl.lit(-1, pl.Int64).alias(c) for c in frame.columns if c.startswith(ROLE_PREFIX)]
    word = [pl.lit("Total").alias(INSTEAD_PREFIX + shown[0]), pl.lit(True).alias(flag("totals_row"))]
    last = frame.select(*sums, *roles, *word)
    flags = pl.col(f"^{FLAG_PREFIX}.*$").fill_null(False)
    return pl.concat([frame, last], how="diagonal_relaxed").with_columns(flags)
