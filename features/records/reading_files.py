"""A landed file opened: its encoding, delimiter and header found, its rows read as text with their numbers.

Delimited text (also in gz or a zip of one member), Parquet, and spreadsheets. Everything comes back as
text, because a type guessed from the first rows is how leading zeros and long codes are lost.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import geopandas as gpd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from configs.landing_toml import FilePin
from features.records import reading_text
from features.records.reading_text import DELIMITERS, EXTRA, ROW, OpenRaw
from features.records.unpacking import Unreadable, packed

TEXT_ENDINGS = {".csv", ".txt", ".psv", ".tsv", ".dat"}
SHEET_ENDINGS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"}
PARQUET_ENDINGS = {".parquet", ".pq"}
PARQUET_ROWS = 500_000
"""Rows of a Parquet file held at a time."""
_OTHER_FORMATS = (b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How a zip or workbook, Parquet, gzip and an old workbook begin."""

__all__ = ["EXTRA", "PARQUET_ENDINGS", "ROW", "SHEET_ENDINGS", "TEXT_ENDINGS", "Opened", "Sheet"]


@dataclass(frozen=True)
class Sheet:
    """One possible table of a file: its header, and how to read the rows below.

    `pieces()` begins afresh each time and gives frames of Int64 `row` (numbered as a spreadsheet does) and
    text columns named by position (`0`, `1`, …), and `EXTRA`, text beyond the header's width. `second`: the
    header is the second record. `shapes`: the geometry of the rows, in their order.
    """

    header: list[str]
    pieces: Callable[[], Iterator[pl.DataFrame]]
    second: bool = False
    name: str = ""
    shapes: gpd.GeoDataFrame | None = None

    def read(self) -> pl.DataFrame:
        """All rows as one frame, for kinds that are small."""
        return pl.concat(self.pieces())


@dataclass(frozen=True)
class Opened:
    """A file opened as far as its headers: encoding, delimiter and every table it may hold."""

    encoding: str
    delimiter: str
    sheets: list[Sheet]


def open_file(path: Path, pin: FilePin) -> Opened:
    """Open a file as far as its header. Raises Unreadable (empty, damaged, undecodable, many members)."""
    return _opened(*packed(path), pin)


def open_bytes(name: str, data: bytes, pin: FilePin) -> Opened:
    """The same for a file already in memory, told apart by the ending of its name."""
    return _opened(name, lambda: io.BytesIO(data), pin)


def _opened(name: str, open_raw: OpenRaw, pin: FilePin) -> Opened:
    ending = PurePosixPath(name).suffix.lower()
    try:
        with open_raw() as raw:
            first = raw.read(16)
        if not first:
            raise Unreadable("the file is empty; land it again, or take it out")
        if ending in PARQUET_ENDINGS:
            return _parquet(open_raw)
        if ending in SHEET_ENDINGS:
            return _spreadsheet(open_raw)
        if first.startswith(_OTHER_FORMATS):
            raise Unreadable(
                "the file is a workbook or an archive under another ending; name it by what it is"
            )
        return _delimited(_held(open_raw), pin)
    except reading_text.DAMAGED:
        raise Unreadable("the compressed file is damaged or locked; make it again") from None


def _held(open_raw: OpenRaw) -> OpenRaw:
    """The same file, in memory where it fits into one piece."""
    with open_raw() as raw:
        data = raw.read(reading_text.PIECE_BYTES)
        whole = len(data) < reading_text.PIECE_BYTES
    return partial(io.BytesIO, data) if whole else open_raw


def _delimited(open_raw: OpenRaw, pin: FilePin) -> Opened:
    text = reading_text.open_text(open_raw, pin.encoding, reading_text.PIECE_BYTES)
    delimiter = pin.delimiter or reading_text.find_delimiter(text.head)
    sheets = [
        Sheet(
            [_tidy(h) for h in record],
            partial(reading_text.read_pieces, text, delimiter, row, len(record)),
            second=at == 1,
        )
        for at, (row, record) in enumerate(reading_text.first_records(text.head, delimiter, 2))
    ]
    return Opened(text.encoding, DELIMITERS[delimiter], sheets)


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _parquet(open_raw: OpenRaw) -> Opened:
    try:
        with open_raw() as raw:
            names = pq.ParquetFile(raw).schema_arrow.names
    except (pa.ArrowException, OSError):
        raise Unreadable("the Parquet file cannot be read; write it again") from None
    return Opened("parquet", "-", [Sheet([_tidy(c) for c in names], partial(_batches, open_raw))])


def _batches(open_raw: OpenRaw) -> Iterator[pl.DataFrame]:
    row = 2
    try:
        with open_raw() as raw:
            file = pq.ParquetFile(raw)
            for batch in file.iter_batches(batch_size=PARQUET_ROWS):
                frame = pl.DataFrame(batch)
                yield _as_text(frame, row)
                row += frame.height
            yield _as_text(pl.DataFrame(file.schema_arrow.empty_table()), row)
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError):
        raise Unreadable("the Parquet file cannot be read; write it again") from None


def _spreadsheet(open_raw: OpenRaw) -> Opened:
    with open_raw() as raw:
        data = raw.read()
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
        read = partial(_one_piece, frame.slice(at + 1), at + 2)
        made.append(Sheet(header, read, second=at == 1, name=name))
    return made


def _one_piece(frame: pl.DataFrame, first_row: int) -> Iterator[pl.DataFrame]:
    yield _as_text(frame, first_row)


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
