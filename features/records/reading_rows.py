"""Rows of text made rows of one kind: every row is kept or quarantined, every blanked value counted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from configs.extract_specs import Column, Kind, normalise_code
from features.records.reading_text import CUT_OFF, EXTRA, ROW
from features.records.recognise import Fit
from features.records.typing_dates import DateOrder, Evidence, decide_order, find_evidence
from features.records.typing_rules import CODED, TYPES, Context, has_marks, supplied, trimmed

LOCATION = ("file", "row", "extract_date")
_TOTAL = r"(?i)^(?:grand |sub-?|column )?totals?\s*:?$"
"""What stands in the first cell of a row of totals."""
REPEATS_FROM_ROWS = 5_000
"""Below this many rows nothing is gained by looking at each different text once."""
_TEXT, _RULE, _WHY = "\x00text:", "\x00rule:", "\x00why"

QUARANTINE_SCHEMA = {
    "kind": pl.String, "file": pl.String, "row": pl.Int64, "column": pl.String, "rule": pl.String,
}  # fmt: skip
BLANKED_SCHEMA = {
    "kind": pl.String, "file": pl.String, "column": pl.String, "rule": pl.String, "rows": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """One file's rows: `kept` typed, `quarantine` and `blanked` as counted, and how many rows were blank.
    `cut_off`: the row in whose middle the file ends, 0 where it ends whole; `duplicates`: rows that say
    exactly what an earlier one says; they are kept. Two files of one `fingerprint` hold the same rows."""

    kept: pl.DataFrame
    quarantine: pl.DataFrame
    blanked: pl.DataFrame
    rows_read: int
    rows_blank: int
    duplicates: int
    order: DateOrder
    cut_off: int = 0
    fingerprint: int = 0


def read_rows(
    pieces: Callable[[], Iterable[pl.DataFrame]],
    fit: Fit,
    file: str,
    extract_date: date | None,
    *,
    date_order: str | None = None,
    codes: Mapping[str, Mapping[str, str]] | None = None,
) -> Read:
    """Type the rows of one file, a piece at a time.

    `pieces` gives text by position with `row` and EXTRA (`reading_files.Sheet.pieces`), afresh each time it
    is called; `codes` are the council's own codes by our column. What holds for the whole file (the order of
    its dates, the words of its codes) is decided before the first row is typed. Of the columns of the kind,
    those that were not landed come back null.
    """
    kind = _with_codes(fit.kind, codes or {})
    absent = {
        name for name, column in kind.columns.items() if name not in fit.columns and column.blank is None
    }
    seen, again = _survey(pieces, kind, fit, absent)
    order = decide_order(seen.dates, date_order)
    words = {name: tuple(sorted(found)) for name, found in seen.words.items()}
    context = Context(order.order, extract_date)
    read = [
        _sorted_out(_typed(texts, kind, context, absent, words), kind, file, extract_date) for texts in again
    ]
    return _together(read, kind, seen, order)


@dataclass(frozen=True)
class _Seen:
    """What a first look at a file shows: evidence of its date order, words of coded columns, counts."""

    dates: Evidence
    words: dict[str, set[str]]
    rows: int
    blank: int


@dataclass(frozen=True)
class _Part:
    """What became of one piece: rows kept, rows set aside, values blanked."""

    kept: pl.DataFrame
    quarantine: pl.DataFrame
    blanked: pl.DataFrame


def _survey(
    pieces: Callable[[], Iterable[pl.DataFrame]], kind: Kind, fit: Fit, absent: set[str]
) -> tuple[_Seen, Iterable[pl.DataFrame]]:
    """What the file shows, and its pieces as texts by our names to be typed. A file of one piece is read
    once."""
    dates, words, rows, blank, filled = Evidence(), dict[str, set[str]](), 0, 0, 0
    only = pl.DataFrame()
    for raw in pieces():
        texts, empty = _texts(raw, kind, fit)
        filled += bool(texts.height)
        only = texts if only.is_empty() else only
        dates += find_evidence(_date_texts(texts, kind, fit))
        rows, blank = rows + texts.height, blank + empty
        for name, found in _words(texts, kind, absent).items():
            words.setdefault(name, set()).update(found)
    seen = _Seen(dates, words, rows, blank)
    return seen, [only] if filled <= 1 else (_texts(raw, kind, fit)[0] for raw in pieces())


def _texts(raw: pl.DataFrame, kind: Kind, fit: Fit) -> tuple[pl.DataFrame, int]:
    filled, blank = _without_blank_rows(raw)
    used = sorted({str(i) for at in fit.columns.values() for i in at})
    marks = filled.select(has_marks(pl.col(c)).fill_null(False) for c in used)
    marked = {c for c in used if marks[c].item()}
    return filled.select(ROW, EXTRA, *(_landed(fit, kind, name, marked) for name in kind.columns)), blank


def _with_codes(kind: Kind, codes: Mapping[str, Mapping[str, str]]) -> Kind:
    if not codes:
        return kind
    columns = {n: _column_with(c, codes[n]) if n in codes else c for n, c in kind.columns.items()}
    return kind.model_copy(update={"columns": columns})


def _column_with(column: Column, codes: Mapping[str, str]) -> Column:
    """A council's own codes over the national ones; the empty code says what a blank means."""
    national = {
        k: v for k, v in column.codes.items() if normalise_code(k) not in {normalise_code(c) for c in codes}
    }
    local = {landed: ours for landed, ours in codes.items() if landed.strip()}
    ours = {normalise_code(value): value for value in column.values}
    spelt = {landed: ours.get(normalise_code(value), value) for landed, value in local.items()}
    blank = next((value for landed, value in codes.items() if not landed.strip()), column.blank)
    values = tuple(v for v in column.values if normalise_code(v) not in {normalise_code(c) for c in spelt})
    return column.model_copy(update={"codes": {**national, **spelt}, "blank": blank, "values": values})


def _without_blank_rows(raw: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    texts = pl.exclude(ROW)
    filled = raw.filter(pl.any_horizontal(texts.str.contains(r"\S").fill_null(False)))
    return filled, raw.height - filled.height


def _landed(fit: Fit, kind: Kind, name: str, marked: set[str]) -> pl.Expr:
    column, at = kind.columns[name], fit.columns.get(name, ())
    if not at:
        return pl.lit(column.blank, dtype=pl.String).alias(_TEXT + name)
    parts = [trimmed(pl.col(str(i)), column, kind.null, marked=str(i) in marked) for i in at]
    joined = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=", ", ignore_nulls=True)
    text = pl.when(joined != "").then(joined) if len(parts) > 1 else joined
    return (text if column.blank is None else text.fill_null(column.blank)).alias(_TEXT + name)


def _date_texts(texts: pl.DataFrame, kind: Kind, fit: Fit) -> pl.DataFrame:
    dates = [n for n, c in kind.columns.items() if c.type == "date" and n in fit.columns]
    ours = {word for n in dates for word in (kind.columns[n].blank, *kind.columns[n].invalid) if word}
    shown = [pl.col(_TEXT + n) for n in dates]
    return texts.select(pl.when(~e.is_in(list(ours))).then(e).name.keep() for e in shown)


def _typed(
    texts: pl.DataFrame,
    kind: Kind,
    context: Context,
    absent: set[str],
    words: Mapping[str, tuple[str, ...]],
) -> pl.DataFrame:
    """Values under our names, and beside each the rule its text broke; `absent` columns are null."""
    values, rules = [], []
    for name, column in kind.columns.items():
        of, knowing = TYPES[column.type], replace(context, words=words.get(name, ()))
        own = _NULLS if name in absent else _by_text(texts[_TEXT + name], column, knowing)
        values.append(own.value.cast(of.dtype).alias(name))
        rules.append(own.rule.cast(pl.String).alias(_RULE + name))
    with_values = texts.lazy().with_columns(values).with_columns(rules).collect()
    return with_values.with_columns(
        _fallback(n, c) for n, c in kind.columns.items() if c.fallback is not None
    )


def _words(texts: pl.DataFrame, kind: Kind, absent: set[str]) -> dict[str, tuple[str, ...]]:
    """The different texts of each flag and code, sorted."""
    coded = [n for n, c in kind.columns.items() if c.type in CODED and n not in absent]
    if not coded:
        return {}
    found = texts.select(
        pl.col(_TEXT + name).drop_nulls().unique().sort().implode().alias(name) for name in coded
    )
    return {name: tuple(found[name][0]) for name in coded}


@dataclass(frozen=True)
class _Pair:
    value: pl.Expr
    rule: pl.Expr


_NULLS = _Pair(pl.lit(None), pl.lit(None))


def _by_text(texts: pl.Series, column: Column, context: Context) -> _Pair:
    """The pair of a column. Where texts repeat, each different one is looked at once and its rows follow."""
    text = pl.col(texts.name)
    if column.type in CODED or len(texts) < REPEATS_FROM_ROWS:
        return _pair(column, text, context)
    distinct = texts.unique().drop_nulls()
    if not len(distinct):
        return _NULLS
    if len(distinct) > len(texts) // 4:
        return _pair(column, text, context)
    of = _pair(column, text, context)
    dtype = TYPES[column.type].dtype
    judged = distinct.to_frame().select(value=of.value.cast(dtype), rule=of.rule.cast(pl.String))
    value = text.replace_strict(distinct, judged["value"], default=None, return_dtype=dtype)
    if judged["rule"].null_count() == judged.height:
        return _Pair(value, pl.lit(None))
    return _Pair(value, text.replace_strict(distinct, judged["rule"], default=None, return_dtype=pl.String))


def judge_texts(texts: pl.Series, column: Column, context: Context) -> pl.Series:
    """The values of trimmed texts as one column of a kind would take them; null where it cannot."""
    of = _pair(column, pl.col(texts.name), context).value
    return texts.to_frame().select(of.cast(TYPES[column.type].dtype)).to_series()


def _pair(column: Column, text: pl.Expr, context: Context) -> _Pair:
    """Value and broken rule; a date that the spec supplies for a blank is ISO whatever the file's order."""
    of = TYPES[column.type]
    value = of.value(text, column, context)
    if column.type == "date" and column.blank is not None:
        value = pl.when(text == column.blank).then(pl.lit(supplied(column, column.blank))).otherwise(value)
    return _Pair(value, of.rule(text, value, column, context))


def _fallback(name: str, column: Column) -> pl.Expr:
    taken = pl.lit(supplied(column, str(column.fallback)))
    return pl.when(pl.col(_RULE + name).is_not_null()).then(taken).otherwise(pl.col(name)).alias(name)


def _sorted_out(typed: pl.DataFrame, kind: Kind, file: str, extract_date: date | None) -> _Part:
    marked = typed.with_columns(_why(kind).alias(_WHY))
    bad, good = marked.filter(pl.col(_WHY).is_not_null()), marked.filter(pl.col(_WHY).is_null())
    kept = good.select(
        *kind.columns,
        pl.lit(file).alias("file"),
        ROW,
        pl.lit(extract_date, dtype=pl.Date).alias("extract_date"),
    )
    return _Part(kept, _quarantine(bad, kind.kind, file), _blanked(good, kind, file))


def _together(parts: Sequence[_Part], kind: Kind, seen: _Seen, order: DateOrder) -> Read:
    blanked = pl.concat([p.blanked for p in parts])
    by_rule = blanked.group_by("kind", "file", "column", "rule").agg(pl.col("rows").sum())
    kept, aside = pl.concat([p.kept for p in parts]), pl.concat([p.quarantine for p in parts])
    prints = kept.select(list(kind.columns)).hash_rows() if kept.height else pl.Series([], dtype=pl.UInt64)
    return Read(
        kept,
        aside,
        by_rule.select(BLANKED_SCHEMA.keys()).sort("column", "rule"),
        seen.rows,
        seen.blank,
        kept.height - prints.n_unique(),
        order,
        aside.filter(pl.col("rule") == "cut_off").select(pl.col("row").max().fill_null(0)).item(),
        int(prints.sum()),
    )


def _why(kind: Kind) -> pl.Expr:
    """The first reason why a row cannot be used, as `column|rule`; null for a usable row."""
    beyond = pl.col(EXTRA).fill_null("").str.strip_chars()
    cut = pl.when(beyond == CUT_OFF.strip()).then(pl.lit("|cut_off"))
    lacking = [_needed(name) for name, column in kind.columns.items() if column.need == "value"]
    lacking += [_group(group) for group in kind.one_of]
    lacks = pl.coalesce([*lacking, pl.lit(None, pl.String)])
    totals = pl.when(lacks.is_not_null() & _says_total(kind)).then(pl.lit("|totals_row"))
    return pl.coalesce([cut, totals, pl.when(beyond != "").then(pl.lit("|too_many_fields")), lacks])


def _says_total(kind: Kind) -> pl.Expr:
    """Whether the row is what a spreadsheet leaves below a table."""
    texts = [pl.col(_TEXT + name).str.contains(_TOTAL) for name in kind.columns]
    return pl.any_horizontal(t.fill_null(False) for t in texts)


def _needed(name: str) -> pl.Expr:
    rule = pl.col(_RULE + name).fill_null("missing")
    return pl.when(pl.col(name).is_null()).then(pl.lit(name + "|") + rule)


def _group(group: tuple[str, ...]) -> pl.Expr:
    rule = pl.coalesce([pl.col(_RULE + name) for name in group]).fill_null("missing")
    none = pl.all_horizontal(pl.col(name).is_null() for name in group)
    return pl.when(none).then(pl.lit(" or ".join(group) + "|") + rule)


def _quarantine(bad: pl.DataFrame, kind: str, file: str) -> pl.DataFrame:
    parts = pl.col(_WHY).str.split_exact("|", 1).struct
    return bad.select(
        pl.lit(kind).alias("kind"),
        pl.lit(file).alias("file"),
        ROW,
        parts.field("field_0").alias("column"),
        parts.field("field_1").alias("rule"),
    ).cast(QUARANTINE_SCHEMA)  # type: ignore[arg-type]


def _blanked(good: pl.DataFrame, kind: Kind, file: str) -> pl.DataFrame:
    """How many values of the kept rows broke which rule, by column."""
    broken = good.select(pl.col(_RULE + name).alias(name) for name in kind.columns)
    long = broken.unpivot(variable_name="column", value_name="rule").filter(pl.col("rule").is_not_null())
    counted = long.group_by("column", "rule").agg(pl.len().cast(pl.Int64).alias("rows"))
    located = counted.select(
        pl.lit(kind.kind).alias("kind"), pl.lit(file).alias("file"), "column", "rule", "rows"
    )
    return located.sort("column", "rule").cast(BLANKED_SCHEMA)  # type: ignore[arg-type]
