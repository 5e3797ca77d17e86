"""Delimited text as a stream: decoded, cut between records into pieces, each piece read as rows of text.

A file of any size is looked at again for each question (what it is, what it holds) and never held whole; one
that fits into a piece is held, and read once.
"""

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

import polars as pl

from features.records.unpacking import Unreadable

DELIMITERS = {",": "comma", "|": "pipe", "\t": "tab", ";": "semicolon"}
ROW = "row"
EXTRA = "\x00extra"
CUT_OFF = "\x00cut off"
"""Stands in EXTRA of a last row in whose middle the file ends."""
PIECE_BYTES = 64 * 2**20
_PIECES_MAX = 8
"""Pieces held while a field that may be open looks for its closing mark."""
_HEADER_CHARACTERS = 1_000_000
csv.field_size_limit(_HEADER_CHARACTERS)  # a longer field than Python's 128 kB is still only a field
_TRIES = 2000
"""Line breaks looked at, from the end of a piece backwards, for one that no quotation mark encloses."""
_NOTHING = b" \t\r\n,|;\"'\x00\xef\xbb\xbf\xfe\xff"
"""Bytes of which a file may consist and still hold nothing: space, delimiters, byte-order marks."""
DAMAGED = (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError)
"""What a damaged or locked archive raises while it is read."""
OpenRaw = Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Text:
    """A text file: how to open it afresh, its encoding, its first characters, whether it is one piece."""

    open_raw: OpenRaw
    encoding: str
    head: str
    piece_bytes: int

    def pieces(self) -> Iterator[str]:
        """The text, cut after line breaks that end a record."""
        carriage = "\n" not in self.head and "\r" in self.head
        decoder = codecs.getincrementaldecoder(self.encoding)()
        rest, started = "", False
        with self.open_raw() as raw:
            data = raw.read(self.piece_bytes)
            while data:
                text, data = decoder.decode(data), raw.read(self.piece_bytes)
                rest += _clean(text, carriage, started)
                started = True
                if data:
                    whole, rest = _cut(rest, _PIECES_MAX * self.piece_bytes)
                    yield from [whole] * bool(whole)
        yield rest + decoder.decode(b"", final=True)


def _clean(text: str, carriage: bool, started: bool) -> str:
    text = text if started else text.lstrip("\ufeff")
    return text.replace("\r", "\n") if carriage else text


def _cut(text: str, most: int) -> tuple[str, str]:
    """The text up to its last line break outside quotation marks, and the rest; where none is found (a mark
    that never closes), nothing, or once it is longer than `most` all up to its last line break."""
    last = text.rfind("\n") + 1
    at, marks = last, text.count('"', 0, last)
    for _ in range(_TRIES):
        if at <= 0:
            break
        if marks % 2 == 0:
            return text[:at], text[at:]
        before = text.rfind("\n", 0, at - 1) + 1
        marks -= text.count('"', before, at)
        at = before
    return (text[:last], text[last:]) if len(text) > most else ("", text)


def open_text(open_raw: OpenRaw, pinned: str | None, piece_bytes: int) -> Text:
    """Decide a file's encoding by reading it through. Raises Unreadable (empty, undecodable, binary)."""
    with open_raw() as raw:
        first = raw.read(piece_bytes)
    encoding = pinned or _detect(open_raw, first, piece_bytes)
    empty = not first.strip(_NOTHING) and len(first) < piece_bytes
    if empty:
        raise Unreadable("the file is empty; land it again, or take it out")
    try:
        head = codecs.getincrementaldecoder(encoding)().decode(first[: 4 * _HEADER_CHARACTERS])
        if pinned:
            _decode_through(open_raw, encoding, piece_bytes)
    except (UnicodeDecodeError, LookupError):
        raise Unreadable(_undecodable(encoding, pinned)) from None
    return Text(open_raw, encoding, head.lstrip("\ufeff"), piece_bytes)


def _undecodable(encoding: str, pinned: str | None) -> str:
    said = "landing.toml says it is" if pinned else "it is neither UTF-8 nor"
    return (
        f"the file cannot be decoded: {said} {encoding}; save it as UTF-8, or state its encoding under "
        "[files.…] in landing.toml"
    )


def _detect(open_raw: OpenRaw, first: bytes, piece_bytes: int) -> str:
    """utf-8, utf-8-sig, utf-16 or cp1252, from the byte-order mark or what the bytes of the file can be."""
    marked = _marked(first[:4096])
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            _decode_through(open_raw, encoding, piece_bytes)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable(_undecodable(marked or "cp1252", None))


def _marked(head: bytes) -> str | None:
    if head[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > len(head) // 4 else None


def _decode_through(open_raw: OpenRaw, encoding: str, piece_bytes: int) -> None:
    """Raise UnicodeDecodeError where the bytes are not of this encoding, Unreadable where not text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_raw() as raw:
        while data := raw.read(piece_bytes):
            if "\x00" in decoder.decode(data):
                raise Unreadable("the file holds binary data, not text; export it again as CSV in UTF-8")
    decoder.decode(b"", final=True)


def find_delimiter(text: str) -> str:
    """The delimiter that stands most often in the first lines that hold one, outside quotation marks."""
    for line in text[:_HEADER_CHARACTERS].splitlines()[:2]:
        bare = "".join(part for at, part in enumerate(line.split('"')) if at % 2 == 0)
        counts = {d: bare.count(d) for d in DELIMITERS}
        if max(counts.values()):
            return max(counts, key=lambda d: counts[d])
    return ","


def first_records(text: str, delimiter: str, most: int) -> list[tuple[int, list[str]]]:
    """The first records that are not blank, with their row numbers."""
    numbered = ((row, record) for row, record in enumerate(_records(text, delimiter), start=1) if record)
    return list(islice(numbered, most))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text[:_HEADER_CHARACTERS], newline=""), delimiter=delimiter)


def read_pieces(text: Text, delimiter: str, header_row: int, width: int) -> Iterator[pl.DataFrame]:
    """The rows below the header, a frame a piece: `row`, columns named by position, EXTRA; one at least.

    Raises Unreadable (damaged archive, a quotation mark that never closes).
    """
    heading = delimiter.join([*map(str, range(width)), EXTRA]) + "\n"
    row, at_header = header_row + 1, True
    try:
        for piece in text.pieces():
            body = _after_records(piece, delimiter, header_row) if at_header else piece
            at_header = False
            if not body.strip():
                row += body.count("\n")
                continue
            frame = _read_text(heading + body, delimiter, row, width)
            row += frame.height
            yield _with_cut(frame, body, delimiter, width)
    except (UnicodeDecodeError, *DAMAGED):
        raise Unreadable("the compressed file is damaged or locked; make it again") from None
    yield no_rows(width)


def no_rows(width: int) -> pl.DataFrame:
    """A frame of that many text columns with no rows."""
    names = [*map(str, range(width)), EXTRA]
    return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(names, pl.String))


def _after_records(text: str, delimiter: str, records: int) -> str:
    """What follows the first `records` records, which may themselves run over several lines."""
    reader = csv.reader(io.StringIO(text[:_HEADER_CHARACTERS], newline=""), delimiter=delimiter)
    for _ in range(records):
        next(reader)
    at = 0
    for _ in range(reader.line_num):
        at = (text.find("\n", at) + 1) or len(text)
    return text[at:]


def _read_text(text: str, delimiter: str, first_row: int, width: int) -> pl.DataFrame:
    body = text.encode("utf-8")
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
        frame = _read_leniently(text, delimiter, first_row, width)
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


def _read_leniently(text: str, delimiter: str, first_row: int, width: int) -> pl.DataFrame:
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
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


def _with_cut(frame: pl.DataFrame, body: str, delimiter: str, width: int) -> pl.DataFrame:
    """Mark the last row where the file ends in its middle: no line break after it, fewer fields than the
    header, and a whole row before it."""
    if not body or body.endswith(("\n", "\r")) or frame.height < 2:
        return frame
    lines = body[-_HEADER_CHARACTERS:].rsplit("\n", 2)[-2:]
    fields = [len(next(csv.reader([line], delimiter=delimiter), [])) for line in lines]
    if not (fields[-1] < width <= fields[0]):
        return frame
    last = pl.col(ROW) == frame[ROW][-1]
    return frame.with_columns(pl.when(last).then(pl.lit(CUT_OFF)).otherwise(pl.col(EXTRA)).alias(EXTRA))
