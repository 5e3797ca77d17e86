"""One value of each type: text in, a typed value out, and the rule that an unusable value broke.

Each type is a pair of pure expressions over a trimmed text column. A blank is null and breaks no rule.
Rules have fixed names, for the quarantine and the check report, which never show a value.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from configs.extract_specs import Column, code_map, normalise_code
from features.records.typing_dates import EARLIEST, parse_dates

NULL_WORDS = ("null", "none", "n/a", "na", "nan", "#n/a", "-", "--", "nat")
"""Words by which exports write "no value"; names are spared, for somebody is called Null and somebody Na."""

_AS_TEXT = r"^(?:=\"([^\"]*)\"|'([\d ]+))$"
_EXPONENT = r"^\d(?:\.\d+)?[Ee]\+?\d{1,2}$"
_DECIMAL_ZERO = r"\.0+$"
UPRN_MAX = 999_999_999_999
"""A UPRN has at most 12 digits (data_specs.md 3.1)."""


@dataclass(frozen=True)
class Context:
    """What typing needs to know of the file: its date order, its extract date, and for a flag or a code the
    different texts of the column.
    """

    date_order: str = "iso"
    extract_date: date | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Type:
    """How text becomes a value (null where it cannot), and which rule an unusable text broke."""

    dtype: pl.DataType | type[pl.DataType]
    value: Callable[[pl.Expr, Column, Context], pl.Expr]
    rule: Callable[[pl.Expr, pl.Expr, Column, Context], pl.Expr]


def trimmed(
    raw: pl.Expr, column: Column, null_words: tuple[str, ...] = (), *, marked: bool = True
) -> pl.Expr:
    """The text without outer spaces; null where it is blank or one of the words for "no value".

    `="0012"` and `'0012` are how spreadsheets are told to leave digits alone: the marks are no part of the
    value; `marked` says that such may be there.
    """
    text = raw.str.strip_chars()
    if marked:
        text = text.str.replace(_AS_TEXT, "${1}${2}")
    words = [*null_words, *column.null, *(() if column.type == "name" else NULL_WORDS)]
    nothing = f"(?i)^(?:{'|'.join(map(re.escape, words))})?$"
    return pl.when(~text.str.contains(nothing)).then(text)


def has_marks(raw: pl.Expr) -> pl.Expr:
    """Whether any text of the column begins as spreadsheets are told to leave digits alone."""
    return raw.str.contains(r"^\s*[='\x60]").any()


def _one_rule(name: str) -> Callable[[pl.Expr, pl.Expr, Column, Context], pl.Expr]:
    def rule(text: pl.Expr, value: pl.Expr, column: Column, context: Context) -> pl.Expr:
        return pl.when(text.is_not_null() & value.is_null()).then(pl.lit(name))

    return rule


def _no_rule(text: pl.Expr, value: pl.Expr, column: Column, context: Context) -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _text(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    return text.str.replace_all(r"\s+", " ")


def _key(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    """An identifier: `123.0` is 123 again; `5.137E+18` has lost its digits for good."""
    whole = text.str.replace(r"^(\d+)\.0$", "${1}")
    return pl.when(~whole.str.contains(r"^\d\.\d+[Ee]\+\d{1,2}$")).then(whole)


def _date(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    parsed = parse_dates(text, context.date_order)
    usable = (parsed >= EARLIEST) & ~text.is_in(list(column.invalid))
    if context.extract_date is not None and not column.future:
        usable &= parsed <= context.extract_date
    return pl.when(usable).then(parsed)


def _date_rule(text: pl.Expr, value: pl.Expr, column: Column, context: Context) -> pl.Expr:
    parsed = parse_dates(text, context.date_order)
    return (
        pl.when(text.is_null() | value.is_not_null())
        .then(None)
        .when(text.is_in(list(column.invalid)))
        .then(pl.lit("date_marked_invalid"))
        .when(parsed.is_null())
        .then(pl.lit("date_format"))
        .when(parsed < EARLIEST)
        .then(pl.lit("date_before_1850"))
        .otherwise(pl.lit("date_after_extract"))
    )


def _number(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[£,\s]", "").cast(pl.Float64, strict=False)


def _within(number: pl.Expr, column: Column) -> pl.Expr:
    inside = number.is_finite()
    if column.minimum is not None:
        inside &= number >= column.minimum
    if column.maximum is not None:
        inside &= number <= column.maximum
    return pl.when(inside).then(number)


def _decimal(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    return _within(_number(text), column)


def _integer(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    number = _within(_number(text), column)
    return pl.when(number == number.round(0)).then(number.cast(pl.Int64, strict=False))


def _number_rule(text: pl.Expr, value: pl.Expr, column: Column, context: Context) -> pl.Expr:
    return (
        pl.when(text.is_null() | value.is_not_null())
        .then(None)
        .when(_number(text).is_null())
        .then(pl.lit("number_format"))
        .otherwise(pl.lit("number_range"))
    )


YES, NO = ("1", "y", "yes", "true", "t"), ("0", "n", "no", "false", "f")
_FLAGS: dict[str, bool] = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
CODED = ("flag", "code")
"""Types of few different texts: each text is looked at once, and the rows follow."""


def word_values(column: Column, words: Iterable[str]) -> dict[str, str | bool]:
    """For a flag or a code: each landed text that can be used -> its value."""
    national = code_map("", column)
    known: Mapping[str, str | bool] = national
    if column.type == "flag":
        known = _FLAGS | {landed: _FLAGS[ours.casefold()] for landed, ours in national.items()}
    keys = {word: normalise_code(re.sub(r"^(\d+)\.0$", r"\1", word)) for word in words}
    return {word: known[key] for word, key in keys.items() if key in known}


def supplied(column: Column, word: str) -> str | bool | int | date:
    """The value that a spec means by its `blank` or `fallback`."""
    if column.type == "flag":
        return _FLAGS[word.casefold()]
    if column.type == "date":
        return date.fromisoformat(word)
    return int(word) if column.type == "integer" else word


def _word(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    of = pl.Boolean if column.type == "flag" else pl.String
    known = word_values(column, context.words)
    return text.replace_strict(known, default=None, return_dtype=of) if known else pl.lit(None, dtype=of)


def nhs_digits(text: pl.Expr) -> pl.Expr:
    """The ten digits of an NHS number, without spaces and dashes, a float form undone where that is certain.

    `9.992710403E+09` holds all ten digits and is undone; `9.99271E+09` does not and gives null, as does
    anything that is not ten digits.
    """
    bare = text.str.replace_all(r"[\s\-\u00a0]", "").str.replace(_DECIMAL_ZERO, "")
    whole = bare.str.replace(r"^(\d)\.(\d{9})[Ee]\+?0?9$", "${1}${2}")
    return pl.when(whole.str.contains(r"^\d{10}$")).then(whole)


def nhs_check_passes(digits: pl.Expr) -> pl.Expr:
    """Modulus 11 over ten digits, weights 10 to 2; ten equal digits never pass (data_specs.md 2.5)."""
    total = pl.sum_horizontal(_digit(digits, at) * (10 - at) for at in range(9))
    check = (11 - total % 11) % 11
    same = pl.all_horizontal(_digit(digits, at) == _digit(digits, 0) for at in range(1, 10))
    return (check == _digit(digits, 9)) & ~same


def _digit(digits: pl.Expr, at: int) -> pl.Expr:
    return digits.str.slice(at, 1).cast(pl.Int32, strict=False)


def _nhs_number(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    digits = nhs_digits(text)
    return pl.when(nhs_check_passes(digits)).then(digits)


def _nhs_rule(text: pl.Expr, value: pl.Expr, column: Column, context: Context) -> pl.Expr:
    return (
        pl.when(text.is_null() | value.is_not_null())
        .then(None)
        .when(nhs_digits(text).is_not_null())
        .then(pl.lit("nhs_number_check_digit"))
        .when(text.str.contains(_EXPONENT))
        .then(pl.lit("nhs_number_mangled"))
        .otherwise(pl.lit("nhs_number_format"))
    )


def _uprn(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    """A UPRN as a number; `1.00127E+11` has lost digits, `1.00127089043E+11` has not."""
    bare = text.str.replace_all(r"[\s,]", "").str.replace(_DECIMAL_ZERO, "")
    whole = bare.str.replace(r"^(\d)\.(\d{11})[Ee]\+?11$", "${1}${2}").str.replace(
        r"^(\d)\.(\d{10})[Ee]\+?10$", "${1}${2}"
    )
    number = pl.when(whole.str.contains(r"^\d{1,18}$")).then(whole).cast(pl.Int64, strict=False)
    return pl.when(number.is_between(1, UPRN_MAX)).then(number)


def _uprn_rule(text: pl.Expr, value: pl.Expr, column: Column, context: Context) -> pl.Expr:
    return (
        pl.when(text.is_null() | value.is_not_null())
        .then(None)
        .when(text.str.contains(_EXPONENT))
        .then(pl.lit("uprn_mangled"))
        .otherwise(pl.lit("uprn_format"))
    )


def _postcode(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    bare = text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    shaped = pl.when(bare.str.contains(r"^[A-Z]{1,2}\d[A-Z0-9]?\d[A-Z]{2}$")).then(bare)
    return shaped.str.replace(r"(\d[A-Z]{2})$", " ${1}")


def _icd10(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    """An ICD-10 code without dot, asterisk, dagger or the padding X of a three-character code (`R54X`)."""
    bare = text.str.to_uppercase().str.replace_all(r"[.\s*+\-]", "").str.replace(r"^([A-Z]\d\d)X.*$", "${1}")
    return pl.when(bare.str.contains(r"^[A-Z]\d[0-9A-Z][0-9A-Z]{0,3}$")).then(bare.str.head(4))


def _age(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    """Whole years; 7001 to 7007 are ages under one, 120 is 120 and over (data_specs.md 2.1)."""
    number = _number(text)
    return (
        pl.when(number.is_between(7001, 7007))
        .then(0)
        .when(number.is_between(0, 120))
        .then(number.floor().cast(pl.Int64, strict=False))
    )


def _area_code(text: pl.Expr, column: Column, context: Context) -> pl.Expr:
    upper = text.str.to_uppercase()
    return pl.when(upper.str.contains(r"^[A-Z]\d{8}$")).then(upper)


TYPES: Mapping[str, Type] = {
    "text": Type(pl.String, _text, _no_rule),
    "name": Type(pl.String, _text, _no_rule),
    "key": Type(pl.String, _key, _one_rule("key_mangled")),
    "date": Type(pl.Date, _date, _date_rule),
    "integer": Type(pl.Int64, _integer, _number_rule),
    "decimal": Type(pl.Float64, _decimal, _number_rule),
    "flag": Type(pl.Boolean, _word, _one_rule("flag_unknown")),
    "code": Type(pl.String, _word, _one_rule("code_unknown")),
    "nhs_number": Type(pl.String, _nhs_number, _nhs_rule),
    "uprn": Type(pl.Int64, _uprn, _uprn_rule),
    "postcode": Type(pl.String, _postcode, _one_rule("postcode_format")),
    "icd10": Type(pl.String, _icd10, _one_rule("icd10_format")),
    "age": Type(pl.Int64, _age, _number_rule),
    "area_code": Type(pl.String, _area_code, _one_rule("area_code_format")),
}

RULE_PHRASES: Mapping[str, str] = {
    "missing": "no value",
    "repeats_file": "a row of a file that holds the same rows as another",
    "cut_off": "the file ends in the middle of this row: what followed it was lost on the way",
    "totals_row": "a row of totals, about nobody",
    "too_many_fields": "more fields than the header has columns",
    "key_mangled": "an identifier a spreadsheet turned into a rounded number",
    "date_marked_invalid": "a date the publisher marks as invalid",
    "date_format": "not a date in the order of this file",
    "date_before_1850": "a date before 1850",
    "date_after_extract": "a date after the file was cut",
    "number_format": "not a number",
    "number_range": "a number outside what is possible",
    "flag_unknown": "neither yes nor no",
    "code_unknown": "a code that is not on the list",
    "local_code_unknown": "a local code that the council's key does not hold",
    "nhs_number_check_digit": "an NHS number whose check digit is wrong",
    "nhs_number_mangled": "an NHS number a spreadsheet rounded",
    "nhs_number_format": "not an NHS number",
    "uprn_mangled": "a UPRN a spreadsheet rounded; the address is matched instead",
    "uprn_format": "not a UPRN",
    "postcode_format": "not a postcode",
    "icd10_format": "not an ICD-10 code",
    "area_code_format": "not an area code",
    "geometry": "a boundary that is empty or cannot be drawn",
}
