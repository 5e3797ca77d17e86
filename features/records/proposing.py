"""`forebridge map`: which of a file's columns are which of ours, and what its local codes may mean, each
with its confidence, as text for landing.toml that a person checks.

A column is told by its name (and the names other systems give it) and by what its values can be; each of
ours takes one of theirs so that the whole fits best. Codes are shown only where a few words repeat on many
rows; nothing else of a record is ever shown."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from configs.extract_specs import Column, ExtractSpec, Kind, load_specs, normalise, normalise_code
from configs.landing_toml import FilePin
from features.records.reading_files import Sheet, open_file
from features.records.reading_rows import judge_texts
from features.records.recognise import Fit, fit_header
from features.records.typing_dates import date_in_name, decide_order, find_evidence
from features.records.typing_rules import Context, word_values
from features.records.unpacking import Unreadable

PROPOSED_FROM, SURE_FROM = 0.55, 0.80
"""Below the first nothing is proposed; from the second a line is active, between them a comment."""
SAMPLE_ROWS, CODES_MAX, CODE_ROWS_MIN = 5_000, 60, 5
_NAME_WEIGHT = 0.7
_FREE = ("text", "name", "key")
"""Types that any value fits, so that values say nothing for them."""
_SYNONYMS = {
    "dob": "date birth",
    "dod": "date death",
    "forename": "first given name",
    "firstname": "first given name",
    "surname": "last family name",
    "lastname": "last family name",
    "ref": "reference identifier",
    "id": "identifier",
    "no": "number",
    "num": "number",
    "nhs": "nhs number",
    "nhsno": "nhs number",
    "pcode": "postcode",
    "postal": "postcode",
    "addr": "address",
    "from": "start",
    "begin": "start",
    "started": "start",
    "commencement": "start",
    "to": "end",
    "finish": "end",
    "ended": "end",
    "termination": "end",
    "sex": "gender",
    "client": "person service user",
    "customer": "person",
    "qty": "units",
    "hrs": "hours",
    "wk": "week",
    "gp": "practice",
    "balance": "arrears",
    "debt": "arrears",
}
"""What other systems call things, in the words that specs use."""


@dataclass(frozen=True)
class Proposed:
    """One landed name or code, what it may be, and how sure that is (0 to 1)."""

    landed: str
    ours: str
    confidence: float


@dataclass(frozen=True)
class Proposal:
    """What a file may be: the kind, columns to rename, codes to translate, columns of the kind not found."""

    file: str
    kind: str
    confidence: float
    known: int
    columns: list[Proposed] = field(default_factory=list)
    codes: dict[str, list[Proposed]] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)

    def toml(self) -> str:
        """The text for landing.toml; what is not sure stands as a comment."""
        lines = [
            f"# {self.file}: {self.kind}, confidence {self.confidence:.2f}; {self.known} columns "
            f"known by name"
        ]
        lines += [f"# Not found, and needed: {', '.join(self.lacking)}"] * bool(self.lacking)
        if self.columns:
            lines += [f"[files.{_text(self.file)}.columns]", *(_line(p) for p in self.columns)]
        for column, codes in self.codes.items():
            lines += [f"[codes.{self.kind}.{_text(column)}]", *(_line(p) for p in codes)]
        if not self.columns and not self.codes:
            lines.append("# Nothing to map: every column and code is known.")
        return "\n".join(lines) + "\n"


def _line(proposed: Proposed) -> str:
    mark = "" if proposed.confidence >= SURE_FROM else "# "
    return f"{mark}{_text(proposed.landed)} = {_text(proposed.ours)}  # {proposed.confidence:.2f}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def propose(path: Path, kind: str | None = None) -> Proposal:
    """Look at a file and propose. `kind` where a person knows it; else the folder's kinds, or all, are tried.

    Raises Unreadable (as reading does; a file without a header; no kind of that name).
    """
    specs = load_specs()
    if kind is not None and kind not in specs:
        raise Unreadable(f"{kind} is no kind of file; one of {', '.join(sorted(specs))}")
    sheets = open_file(path, FilePin()).sheets
    if not sheets:
        raise Unreadable("the file has no header")
    folder = path.parent.name
    named = [s for s in specs.values() if s.latest.folder == folder] or list(specs.values())
    tried = [specs[kind]] if kind is not None else named
    found = [_propose_kind(path, spec, sheets[0]) for spec in tried]
    return max(found, key=lambda p: (p.confidence, p.known, p.kind))


def _propose_kind(path: Path, spec: ExtractSpec, sheet: Sheet) -> Proposal:
    cut = date_in_name(path.name)
    kind = spec.on(cut)
    fit = fit_header(kind, sheet.header)
    sample = _sample(sheet)
    columns = _match(kind, fit, sheet.header, sample)
    found = {p.ours for p in columns if p.confidence >= SURE_FROM} | {
        _published(kind, c) for c in fit.columns
    }
    needed = [_published(kind, c) for c in kind.needed]
    lacking = [c for c in needed if c not in found]
    share = 1 - len(lacking) / max(len(needed), 1)
    known = len(fit.columns) / len(kind.columns)
    name = f"{kind.folder}/{path.name}"
    codes = _codes(kind, fit, columns, sheet.header, sample)
    confidence = round((0.6 * share + 0.4 * min(1.0, known + len(columns) / len(kind.columns))), 2)
    return Proposal(name, kind.kind, confidence, len(fit.columns), columns, codes, lacking)


def _sample(sheet: Sheet) -> pl.DataFrame:
    return next(sheet.pieces()).head(SAMPLE_ROWS)


def _published(kind: Kind, column: str) -> str:
    return next((n for n in kind.columns[column].names if not n.startswith("^")), column)


def _match(kind: Kind, fit: Fit, header: Sequence[str], sample: pl.DataFrame) -> list[Proposed]:
    """The best assignment of the header's unknown columns to those of ours that were not found."""
    used = {i for at in fit.columns.values() for i in at}
    theirs = [i for i, name in enumerate(header) if i not in used and name.strip()]
    ours = [c for c in kind.columns if c not in fit.columns]
    if not theirs or not ours:
        return []
    scores = np.array([[_score(kind.columns[c], c, header[i], sample, i) for c in ours] for i in theirs])
    rows, columns = linear_sum_assignment(-scores)
    pairs = [(scores[r, c], header[theirs[r]], ours[c]) for r, c in zip(rows, columns, strict=True)]
    good = [(s, name, c) for s, name, c in pairs if s >= PROPOSED_FROM]
    return [
        Proposed(name, _published(kind, c), round(float(s), 2)) for s, name, c in sorted(good, reverse=True)
    ]


def _score(column: Column, ours: str, landed: str, sample: pl.DataFrame, at: int) -> float:
    alias = max(_likeness(landed, name) for name in (*column.names, ours))
    fits = _values_fit(column, sample, at)
    if fits is None:
        return alias
    return _NAME_WEIGHT * alias + (1 - _NAME_WEIGHT) * fits if fits >= 0.5 else alias * fits


def _likeness(landed: str, alias: str) -> float:
    """How like two names are: words they share after synonyms, or letters in order."""
    if alias.startswith("^"):
        return 0.0
    a, b = _words(landed), _words(alias)
    shared = len(a & b) / len(a | b) if a | b else 0.0
    return max(shared, SequenceMatcher(None, normalise(landed), normalise(alias)).ratio() * 0.95)


def _words(name: str) -> set[str]:
    parts = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return {word for part in parts for word in _SYNONYMS.get(part, part).split()} - {
        "the",
        "of",
        "code",
        "type",
    }


def _values_fit(column: Column, sample: pl.DataFrame, at: int) -> float | None:
    """The share of a column's texts that are values of ours; None where any text is, or there is none."""
    if column.type in _FREE or not sample.height:
        return None
    texts = sample[str(at)].drop_nulls().str.strip_chars()
    texts = texts.filter(texts != "").unique().sort()
    if texts.is_empty():
        return None
    order = decide_order(find_evidence(texts.to_frame())).order
    value = judge_texts(texts, column, Context(order, words=tuple(texts)))
    return 1 - value.null_count() / len(value)


def _codes(
    kind: Kind, fit: Fit, columns: Sequence[Proposed], header: Sequence[str], sample: pl.DataFrame
) -> dict[str, list[Proposed]]:
    """The unknown words of coded columns that are known by name, or surely matched, and repeat on many
    rows."""
    sure = {p.ours: header.index(p.landed) for p in columns if p.confidence >= SURE_FROM}
    found: dict[str, list[Proposed]] = {}
    for name, column in kind.columns.items():
        published = _published(kind, name)
        at = fit.columns.get(name, (sure[published],) if published in sure else ())
        if column.type != "code" or len(at) != 1 or not sample.height:
            continue
        if proposed := _code_words(column, sample[str(at[0])]):
            found[published] = proposed
    return found


def _code_words(column: Column, texts: pl.Series) -> list[Proposed]:
    counted = texts.drop_nulls().str.strip_chars().alias("word").value_counts(name="n")
    counted = counted.filter((pl.col("word") != "") & (pl.col("n") >= CODE_ROWS_MIN)).sort("word")
    if counted.height > CODES_MAX:
        return []
    words = counted["word"].to_list()
    known = word_values(column, words)
    national = sorted({*column.values, *column.codes.values()})
    proposed = [_nearest(word, national, column) for word in words if word not in known]
    return [p for p in proposed if p is not None]


def _nearest(word: str, national: Sequence[str], column: Column) -> Proposed | None:
    if not national:
        return None
    spelt = {**{v: v for v in national}, **column.codes}
    best = max(spelt, key=lambda s: _code_likeness(word, s))
    return Proposed(word, spelt[best], round(_code_likeness(word, best), 2))


def _code_likeness(word: str, national: str) -> float:
    """Words shared, letters in order, or initials (DP: Direct payment)."""
    initials = "".join(w[0] for w in re.findall(r"[A-Za-z]+", national)).lower()
    bare = normalise_code(word)
    if len(bare) >= 2 and bare == initials:
        return 0.8
    a, b = _words(word), _words(national)
    within = len(a & b) / len(a) if a else 0.0
    return max(
        0.9 * within * (len(a & b) / len(b)) ** 0.25 if b else 0.0,
        SequenceMatcher(None, bare, normalise_code(national)).ratio(),
    )
