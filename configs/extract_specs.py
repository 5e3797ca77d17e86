"""What each landed kind of file looks like: one TOML file a kind in `configs/extracts`, as frozen models.

A spec is a base plus differences. A difference is laid over the base for extracts cut on or after its
`from` and before its `until`; one with neither date always applies (Release 1 of Client Level Data is still
being sent). Lists grow, tables merge, single values are replaced. An unknown key anywhere is an error.
"""

import re
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from configs.errors import SettingsError

EXTRACTS = Path(__file__).with_name("extracts")
CODE_LISTS = "code_lists.toml"

ColumnType = Literal[
    "text", "name", "key", "date", "integer", "decimal", "flag", "code", "nhs_number", "uprn", "postcode",
    "icd10", "age", "area_code",
]  # fmt: skip


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Frozen):
    """One of our columns: the landed names it may come under, its type, and what to do with odd values."""

    type: ColumnType
    names: tuple[str, ...] = ()
    """Landed names, best first; letters and digits alone count; `^…$` is a pattern on those."""
    join: tuple[str, ...] = ()
    """Landed columns joined by commas where none of `names` is there."""
    need: Literal["value", "column", "optional"] = "optional"
    """`value`: a row without a usable value is quarantined; `column`: the header must hold it."""
    null: tuple[str, ...] = ()
    """Values by which the publisher means "no value"."""
    invalid: tuple[str, ...] = ()
    """Values by which the publisher means "was not valid": blanked and counted."""
    code_list: str | None = None
    values: tuple[str, ...] = ()
    """The values we use; a landed value that differs in case, spacing or punctuation alone is one of them."""
    codes: dict[str, str] = {}
    """Landed value to ours."""
    blank: str | None = None
    """Taken for a blank, uncounted."""
    fallback: str | None = None
    """Taken for an unusable value, which is counted."""
    future: bool = False
    """A date that may lie after the extract date (a plan, an expiry)."""
    minimum: float | None = None
    maximum: float | None = None
    local_codes: str | None = None
    """The kind of local code (discount, disregard, exemption) that a council's own key explains."""


class Kind(_Frozen):
    """A kind of landed file, as it stands for one extract date."""

    kind: str
    folder: Literal["people", "social_care", "health", "housing", "places", "supply"]
    title: str
    source: str
    dated: bool
    shape: Literal["rows", "population", "boundaries", "lines", "feed"] = "rows"
    one_of: tuple[tuple[str, ...], ...] = ()
    """From each group the header holds at least one and every kept row has at least one usable value."""
    header_one_of: tuple[tuple[str, ...], ...] = ()
    """From each group the header holds at least one."""
    null: tuple[str, ...] = ()
    second_header: bool = False
    """The publisher writes a row of question text above the header."""
    may_be_empty: bool = False
    """A header without rows is an ordinary answer (nobody objected), not an export that failed."""
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _names_known(self) -> "Kind":
        grouped = {name for group in (*self.one_of, *self.header_one_of) for name in group}
        if strangers := sorted(grouped - set(self.columns)):
            raise ValueError(f"groups name columns that the spec lacks: {', '.join(strangers)}")
        return self

    @property
    def needed(self) -> tuple[str, ...]:
        """Our columns that the header must hold, groups apart."""
        return tuple(name for name, column in self.columns.items() if column.need != "optional")


class Difference(_Frozen):
    """What changes for extracts of a period; `columns` and `kind` are laid over the base."""

    name: str
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    columns: dict[str, dict[str, Any]] = {}

    def applies(self, extract_date: date | None) -> bool:
        """Whether it holds on a date; for an undated file every open-ended difference holds."""
        late_enough = self.from_ is None or extract_date is None or extract_date >= self.from_
        early_enough = self.until is None or (extract_date is not None and extract_date < self.until)
        return late_enough and early_enough


class ExtractSpec:
    """A base and its differences; `on` gives the kind as it stands for an extract date."""

    def __init__(self, base: dict[str, Any], differences: tuple[Difference, ...]) -> None:
        self._base = base
        self._differences = differences
        self._cache: dict[tuple[str, ...], Kind] = {}
        self.latest = self.on(date.max)

    def on(self, extract_date: date | None) -> Kind:
        """The kind for files cut on this date (None: undated)."""
        applying = [d for d in self._differences if d.applies(extract_date)]
        key = tuple(d.name for d in applying)
        if key not in self._cache:
            self._cache[key] = self._laid(applying)
        return self._cache[key]

    def _laid(self, applying: list[Difference]) -> Kind:
        laid = self._base
        for difference in applying:
            laid = _overlay(laid, {"columns": difference.columns})
        return Kind.model_validate(laid)


CODE_PUNCTUATION = r"[\s_:;,./()\-–—'’]"
"""Ignored when codes are compared; a question mark or a star is not, for it says that somebody was unsure."""


@lru_cache(maxsize=65536)
def normalise(name: str) -> str:
    """Letters and digits in lower case, `&` as `and`: what counts when column names are compared."""
    return "".join(c for c in name.replace("&", "and").casefold() if c.isalnum())


def normalise_code(code: str) -> str:
    """Lower case, `&` as `and`, no spaces or punctuation: what counts when codes are compared."""
    bare = re.sub(CODE_PUNCTUATION, "", code.replace("&", "and").casefold())
    return bare or code.strip()


@lru_cache(maxsize=4)
def load_specs(folder: Path = EXTRACTS) -> dict[str, ExtractSpec]:
    """Every kind's spec by name, sorted.

    Raises SettingsError with every unknown key, unknown code list and clash of codes, file by file.
    """
    lists = _read(folder / CODE_LISTS)
    specs, defects = {}, []
    for file in sorted(folder.glob("*.toml")):
        if file.name == CODE_LISTS:
            continue
        try:
            spec = _spec(_read(file), lists)
            specs[spec.latest.kind] = spec
        except (ValidationError, ValueError) as problem:
            defects += [f"{file.name}: {line}" for line in _lines(problem)]
    if defects:
        raise SettingsError("Some extract specs cannot be used", where="configs/extracts", details=defects)
    return specs


def _spec(raw: dict[str, Any], lists: dict[str, Any]) -> ExtractSpec:
    differences = tuple(Difference.model_validate(d) for d in raw.pop("difference", []))
    for name, column in raw.get("columns", {}).items():
        raw["columns"][name] = _with_list(column, lists)
    spec = ExtractSpec(raw, differences)
    for name, column in spec.latest.columns.items():
        code_map(name, column)
    return spec


def _with_list(column: dict[str, Any], lists: dict[str, Any]) -> dict[str, Any]:
    listed = column.get("code_list")
    if listed is None:
        return column
    if listed not in lists:
        raise ValueError(f"code list {listed} is not in {CODE_LISTS}")
    return _overlay(lists[listed], column)


def code_map(name: str, column: Column) -> dict[str, str]:
    """Normalised landed value to our value. Raises ValueError where two of our values would be one."""
    mapped: dict[str, str] = {}
    pairs = [(value, value) for value in column.values] + list(column.codes.items())
    for landed, ours in pairs:
        key = normalise_code(landed)
        if mapped.setdefault(key, ours) != ours:
            raise ValueError(f"{name}: {landed!r} stands for two values")
    return mapped


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    laid = dict(below)
    for key, value in above.items():
        was = laid.get(key)
        if isinstance(was, dict) and isinstance(value, dict):
            laid[key] = _overlay(was, value)
        elif isinstance(was, list) and isinstance(value, list):
            laid[key] = [*was, *value]
        else:
            laid[key] = value
    return laid


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError("An extract spec cannot be read", where=f"{file.name}: {problem}") from None


def _lines(problem: ValidationError | ValueError) -> list[str]:
    if isinstance(problem, ValidationError):
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
    return [str(problem)]
