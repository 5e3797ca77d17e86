"""A landed file opened: its encoding, delimiter and header found, its rows read as text with their numbers.

Delimited text (also in gz or a zip of one member), Parquet, and spreadsheets. Everything comes back as
text, because a type guessed from the first rows is how leading zeros and long codes are lost.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import polars as pl

from configs.landing_toml import FilePin
from features.records.unpacking import Unreadable, unpacked

DELIMITERS = {",": "comma", "|": "pipe", "\t": "tab", ";": "semicolon"}
TEXT_ENDINGS = {".csv", ".txt", ".psv", ".tsv", ".dat"}
SHEET_ENDINGS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"}
PARQUET_ENDINGS = {".parquet", ".pq"}
ROW = "row"
EXTRA = "\x00extra"
_OTHER_FORMATS = (b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How a zip or workbook, Parquet, gzip and an old workbook begin."""
_NOTHING = b" \t\r\n,|;\"'\x00\xef\xbb\xbf\xfe\xff"
"""Bytes of which a file may consist and still hold nothing: space, delimiters, byte-order marks."""


@dataclass(frozen=True)
class Sheet:
    """One possible table of a file: its header, and how to read the rows below.

    `read()` gives Int64 `row` (numbered as a spreadsheet does) and text columns named by position (`0`,
    `1`, …), and `EXTRA`, text beyond the header's width. `second`: the header is the second record.
    `shapes`: the geometry of the rows, in their order.
    """

    header: list[str]
    read: Callable[[], pl.DataFrame]
    second: bool = False
    name: str = ""
    shapes: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class Opened:
    """A file opened as far as its headers: encoding, delimiter and every table it may hold."""

    encoding: str
    delimiter: str
    sheets: list[Sheet]


def open_file(path: Path, pin: FilePin) -> Opened:
    """Open a file as far as its header. Raises Unreadable (empty, damaged, undecodable, many members)."""
    return open_bytes(*unpacked(path), pin)


def open_bytes(name: str, data: bytes, pin: FilePin) -> Opened:
    """The same for a file already in memory, told apart by the ending of its name."""
    ending = PurePosixPath(name).suffix.lower()
    if not data.strip(_NOTHING):
        raise Unreadable("the file is empty; land it again, or take it out")
    if ending in PARQUET_ENDINGS:
        return _parquet(data)
    if ending in SHEET_ENDINGS:
        return _spreadsheet(data)
    return _delimited(data, pin)


def _delimited(data: bytes, pin: FilePin) -> Opened:
    encoding, text = _decoded(data, pin.encoding)
    body = text.encode("utf-8")
    delimiter = pin.delimiter or _delimiter(text)
    sheets = [
        Sheet([_tidy(h) for h in record], _reader(body, delimiter, row, len(record)), second=at == 1)
        for at, (row, record) in enumerate(_first_records(body, delimiter, 2))
    ]
    return Opened(encoding, DELIMITERS[delimiter], sheets)


def _decoded(data: bytes, pinned: str | None) -> tuple[str, str]:
    if data.startswith(_OTHER_FORMATS):
        raise Unreadable("the file is a workbook or an archive under another ending; name it by what it is")
    encoding = pinned or detect_encoding(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        said = "landing.toml says it is" if pinned else "it is neither UTF-8 nor"
        raise Unreadable(
            f"the file cannot be decoded: {said} {encoding}; save it as UTF-8, or state its encoding under "
            "[files.…] in landing.toml"
        ) from None
    if "\x00" in text:
        raise Unreadable("the file holds binary data, not text; export it again as CSV in UTF-8")
    text = text.lstrip("\ufeff")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return encoding, text


def detect_encoding(data: bytes) -> str:
    """utf-8, utf-8-sig, utf-16 or cp1252, from the byte-order mark or what the bytes can be."""
    if data[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[:4096]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> str:
    """The delimiter that stands most often in the first lines that hold one, outside quotation marks."""
    for line in text.splitlines()[:2]:
        bare = "".join(part for at, part in enumerate(line.split('"')) if at % 2 == 0)
        counts = {d: bare.count(d) for d in DELIMITERS}
        if max(counts.values()):
            return max(counts, key=lambda d: counts[d])
    return ","


def _first_records(body: bytes, delimiter: str, most: int) -> list[tuple[int, list[str]]]:
    """The first records that are not blank, with their row numbers."""
    numbered = ((row, record) for row, record in enumerate(_head(body, delimiter), start=1) if record)
    return list(islice(numbered, most))


def _head(body: bytes, delimiter: str) -> Any:
    lines = io.StringIO(body[:1_000_000].decode("utf-8", errors="ignore"), newline="")
    return csv.reader(lines, delimiter=delimiter)


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _reader(body: bytes, delimiter: str, header_row: int, width: int) -> Callable[[], pl.DataFrame]:
    def read() -> pl.DataFrame:
        rest = _after_records(body, delimiter, header_row)
        heading = delimiter.join([*map(str, range(width)), EXTRA]).encode() + b"\n"
        if not rest.strip():
            return _empty(width)
        return _read_text(heading + rest, delimiter, header_row + 1, width)

    return read


def _after_records(body: bytes, delimiter: str, records: int) -> bytes:
    """What follows the first `records` records, which may themselves run over several lines."""
    reader = _head(body, delimiter)
    for _ in range(records):
        next(reader)
    at = 0
    for _ in range(reader.line_num):
        at = (body.find(b"\n", at) + 1) or len(body)
    return body[at:]


def _read_text(body: bytes, delimiter: str, first_row: int, width: int) -> pl.DataFrame:
    try:
        frame = pl.read_csv(
            body,
            separator=delimiter,
            infer_schema=False,
            truncate_ragged_lines=True,
            row_index_name=ROW,
            row_index_offset=first_row,
        )
    except pl.exceptions.PolarsError:
        # polars stops at a stray quotation mark, and its message quotes the row, so neither may pass on.
        frame = _read_leniently(body, delimiter, first_row, width)
    if frame.height < body.count(b"\n") - 1:
        _refuse_swallowed(frame, delimiter, width)
    return frame.with_columns(pl.col(ROW).cast(pl.Int64))


def _refuse_swallowed(frame: pl.DataFrame, delimiter: str, width: int) -> None:
    """A field over several lines with half a row's delimiters has swallowed rows: its mark never closed."""
    many = pl.exclude(ROW).str.count_matches(delimiter, literal=True) >= max(2, width // 2)
    swallowed = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.contains("\n", literal=True) & many))
    if swallowed.height:
        raise Unreadable(_never_closed(int(swallowed[ROW][0])))


def _never_closed(row: int) -> str:
    return f"a quotation mark opened near row {row} is never closed; mend that row"


def _read_leniently(body: bytes, delimiter: str, first_row: int, width: int) -> pl.DataFrame:
    records = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), delimiter=delimiter)
    header = next(records)
    rows: list[list[str | None]] = []
    try:
        for record in records:
            if any("\n" in field for field in record) and len(record) < width:
                raise csv.Error
            padded: list[str | None] = [*record[: width + 1]]
            rows.append(padded + [None] * (width + 1 - len(padded)))
    except csv.Error:
        raise Unreadable(_never_closed(first_row + len(rows))) from None
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    return frame.with_row_index(ROW, first_row)


def _empty(width: int) -> pl.DataFrame:
    names = [*map(str, range(width)), EXTRA]
    return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(names, pl.String))


def _parquet(data: bytes) -> Opened:
    try:
        frame = pl.read_parquet(data)
    except (pl.exceptions.PolarsError, OSError):
        raise Unreadable("the Parquet file cannot be read; write it again") from None
    return Opened("parquet", "-", [Sheet([_tidy(c) for c in frame.columns], lambda: _as_text(frame, 2))])


def _spreadsheet(data: bytes) -> Opened:
    try:
        found = pl.read_excel(
            io.BytesIO(data),
            sheet_id=0,
            has_header=False,
            infer_schema_length=0,
            drop_empty_rows=False,
            drop_empty_cols=False,
            raise_if_empty=False,
        )
    except Exception:  # calamine, zip and XML errors alike: the workbook is damaged
        raise Unreadable("the workbook cannot be read; save it again as xlsx, ods or CSV") from None
    sheets = [sheet for name, frame in found.items() for sheet in _sheets(name, frame)]
    if not sheets:
        raise Unreadable("the workbook is empty; land it again, or take it out")
    return Opened("spreadsheet", "-", sheets)


def _sheets(name: str, frame: pl.DataFrame) -> list[Sheet]:
    made = []
    for at in range(min(2, frame.height)):
        header = [_tidy(str(v)) if v is not None else "" for v in frame.row(at)]
        read = partial(_as_text, frame.slice(at + 1), at + 2)
        made.append(Sheet(header, read, second=at == 1, name=name))
    return made


def _as_text(frame: pl.DataFrame, first_row: int) -> pl.DataFrame:
    texts = [_text(frame[c]).alias(str(at)) for at, c in enumerate(frame.columns)]
    numbers = pl.int_range(first_row, first_row + frame.height, dtype=pl.Int64, eager=True).alias(ROW)
    extra = pl.Series(EXTRA, [None], dtype=pl.String).extend_constant(None, max(frame.height - 1, 0))
    return pl.DataFrame([numbers, *texts, extra.head(frame.height)])


def _text(values: pl.Series) -> pl.Series:
    """Plain values as text; lists, structures and bytes (a geometry column) are no values of ours."""
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        return pl.Series([None] * len(values), dtype=pl.String)
    return values.cast(pl.String, strict=False)
