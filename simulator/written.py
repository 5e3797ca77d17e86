"""Values as a source writes them, and beside them which of them carry which defect.

A frame on its way to a file may hold columns that never reach it: whose row it is (ROLE_PREFIX), which values
carry a defect (FLAG_PREFIX), and what is landed instead of a typed value (INSTEAD_PREFIX). They go wherever
the rows go, through permutation and duplication, until `Landing.land` takes them off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from simulator import words
from simulator.log import Array
from simulator.timeline import dates

if TYPE_CHECKING:
    from simulator.mess import Doses

ROLE_PREFIX, FLAG_PREFIX, INSTEAD_PREFIX = "true:", "defect:", "instead:"
"""`true:subject` holds the true person of the row, and so on."""
ADDRESS = "place:uprn"
"""The hidden column of the UPRN of the dwelling whose address the row bears; null where it bears none."""


def flag(word: str, column: str = "", role: str = "") -> str:
    """The name of the hidden column that says where `column` carries the defect `word`; `role` says whose
    value it is where that is not the row's first role."""
    return f"{FLAG_PREFIX}{word}:{role}:{column}"


def unflag(name: str) -> tuple[str, str, str]:
    """Word, role and column of a hidden column's name."""
    word, role, column = name.removeprefix(FLAG_PREFIX).split(":", 2)
    return word, role, column


@dataclass(frozen=True)
class Written:
    """Values of one column (an array, or a Series where they are dates), and for each word of a defect which
    of them carry it."""

    values: Any
    hits: Mapping[str, Array] = field(default_factory=dict)

    def of(self, rows: Array) -> "Written":
        """The values of these rows, in their order."""
        return Written(self.values[rows], {word: hit[rows] for word, hit in self.hits.items()})

    def without(self, gone: Array, word: str = "") -> "Written":
        """The same, empty where gone: no other defect shows there, only `word` where one is named."""
        hits = {w: hit & ~gone for w, hit in self.hits.items()}
        return Written(np.where(gone, "", self.values), hits | ({word: gone} if word else {}))

    def with_text(self, hit: Array, texts: Array, word: str) -> "Written":
        """The same with other texts where hit, beside the defects that are there already."""
        return Written(np.where(hit, texts, self.values), {**self.hits, word: hit})

    def columns(self, column: str, role: str = "") -> dict[str, object]:
        """The column of values, and the hidden columns of its defects."""
        return {column: self.values, **self.flags(column, role)}

    def flags(self, column: str, role: str = "") -> dict[str, object]:
        """The hidden columns alone, for values that are landed in other shape."""
        return {flag(word, column, role): hit for word, hit in self.hits.items() if hit.any()}


def slips(text: Array, rng: np.random.Generator, share: float) -> Array:
    """The same texts, `share` of them with two neighbouring letters swapped; the first letter is left
    alone."""
    frame = pl.DataFrame(
        {
            "text": np.asarray(text, dtype=object).tolist(),
            "u": rng.random(len(text)),
            "hit": rng.random(len(text)) < share,
        },
        schema_overrides={"text": pl.String},
    )
    at = (1 + pl.col("u") * (pl.col("text").str.len_chars().cast(pl.Float64) - 3)).cast(pl.Int64)
    swapped = pl.concat_str(
        pl.col("text").str.slice(0, at),
        pl.col("text").str.slice(at + 1, 1),
        pl.col("text").str.slice(at, 1),
        pl.col("text").str.slice(at + 2),
    )
    ready = pl.col("hit") & (pl.col("text").str.len_chars() > 4)
    return frame.select(pl.when(ready).then(swapped).otherwise(pl.col("text"))).to_series().to_numpy()


def slipped(written: Written, rng: np.random.Generator, share: float) -> Written:
    """The same with typing slips; two like letters exchanged are none."""
    texts = slips(np.asarray(written.values, dtype=object), rng, share)
    return written.with_text(texts != written.values, texts, "typo")


_NICKNAMES = pl.DataFrame({"given": list(words.NICKNAMES), "short": list(words.NICKNAMES.values())})


def given_names(given: Array, rng: np.random.Generator, doses: "Doses") -> Written:
    """First names as one source writes them: some nicknames, some slips."""
    frame = pl.DataFrame({"given": given.astype(object).tolist()}, schema={"given": pl.String})
    short = frame.join(_NICKNAMES, on="given", how="left", maintain_order="left")["short"]
    hit = (rng.random(len(given)) < doses.nickname) & short.is_not_null().to_numpy()
    return slipped(Written(given).with_text(hit, short.to_numpy(), "nickname"), rng, doses.name_slip)


def family_names(
    family: Array, earlier: Array, own: Array, rng: np.random.Generator, doses: "Doses"
) -> Written:
    """Family names as one source writes them: the earlier one of those whose own this source holds, slips."""
    hit = own & (earlier != family)
    return slipped(Written(family).with_text(hit, earlier, "maiden_name"), rng, doses.name_slip)


def initials(written: Written, given: Array, rng: np.random.Generator, share: float) -> Written:
    """First names, some of them only the first letter of the true one."""
    hit = rng.random(len(given)) < share
    letters = pl.Series(given.tolist(), dtype=pl.String).str.slice(0, 1).to_numpy()
    return written.without(hit).with_text(hit, letters, "initial_only")


def together(text: Array, *parts: Written) -> Written:
    """One text made of several parts, with the defects of them all."""
    hits: dict[str, Array] = {}
    for part in parts:
        for word, hit in part.hits.items():
            hits[word] = hits[word] | hit if word in hits else hit
    return Written(text, hits)


def births(born: Array, rng: np.random.Generator, doses: "Doses") -> Written:
    """Dates of birth from day numbers, a few with day and month exchanged, where that is another date."""
    day, month = pl.col("right").dt.day(), pl.col("right").dt.month()
    swapped = pl.date(pl.col("right").dt.year(), day.clip(1, 12), month.clip(1, 12))
    hit = pl.col("drawn") & (day <= 12) & (day != month)
    drawn = pl.Series(rng.random(len(born)) < doses.birth_date_swapped)
    frame = pl.DataFrame({"right": dates(born), "drawn": drawn}).select(
        hit=hit, date=pl.when(hit).then(swapped).otherwise("right")
    )
    return Written(frame["date"], {"day_month_swapped": frame["hit"].to_numpy()})


def nhs_numbers(
    own: Array,
    housemates: Array,
    spare: Array,
    missing: float,
    rng: np.random.Generator,
    doses: "Doses",
) -> Written:
    """NHS numbers as one source holds them: a few belong to nobody (`spare`) or to the housemate (empty where
    there is none), some are missing."""
    u = rng.random(len(own))
    nobody = u < doses.wrong_nhs_number / 2
    housemate = (u > 1 - doses.wrong_nhs_number / 2) & (housemates != "")
    strange = spare[(np.cumsum(nobody) - 1) % len(spare)]
    written = Written(own).with_text(nobody, strange, "nhs_number_of_nobody")
    written = written.with_text(housemate, housemates, "nhs_number_of_housemate")
    return written.without(rng.random(len(own)) < missing, "nhs_number_missing")


def through_a_spreadsheet(numbers: Written, rng: np.random.Generator, doses: "Doses") -> Written:
    """NHS numbers of which a few went through a spreadsheet: 9.99271E+09, 9.992710403E+09, 9992710403.0."""
    texts = np.asarray(numbers.values).astype("U20")
    hit = (rng.random(len(texts)) < doses.mangled_nhs_number) & (texts != "")
    form, value = rng.integers(0, 3, len(texts))[hit], texts[hit].astype(float)
    texts[hit] = np.choose(form, [np.char.mod(f, value) for f in ("%.5E", "%.9E", "%.1f")])
    return numbers.with_text(hit, texts, "nhs_number_mangled")


def uprns(uprn: Array, missing: float, rng: np.random.Generator, doses: "Doses") -> Written:
    """UPRNs as text: some missing, a few as a spreadsheet leaves them (1.00E+11)."""
    hit = rng.random(len(uprn)) < doses.mangled_uprn
    texts = uprn.astype("U20")
    texts[hit] = np.char.mod("%.2E", uprn[hit].astype(float))
    gone = rng.random(len(uprn)) < missing
    return Written(texts, {"uprn_mangled": hit}).without(gone, "uprn_missing")


def blanked(values: Array, share: float, word: str, rng: np.random.Generator) -> Written:
    """The same values as text, `share` of those that are not empty left out."""
    texts = values.astype(str)
    return Written(texts).without((rng.random(len(values)) < share) & (texts != ""), word)
