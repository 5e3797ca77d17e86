"""The form in which a file is landed: encoding, order of dates, and where a transfer broke off."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.written import ADDRESS, FLAG_PREFIX, INSTEAD_PREFIX, ROLE_PREFIX

HIDDEN = (ROLE_PREFIX, FLAG_PREFIX, INSTEAD_PREFIX, ADDRESS)
PLAIN, CP1252, MARKED = "utf-8", "cp1252", "utf-8-sig"
_ISO = r"^(\d{4})-(\d\d)-(\d\d)$"


@dataclass(frozen=True)
class Form:
    """Encoding of a file and whether it writes dates as dd/mm/yyyy."""

    encoding: str = PLAIN
    day_first: bool = False


_FORMS = (
    (1, "people/pds_demographics", Form(MARKED)),
    (1, "housing/tenancies", Form(CP1252)),
    (1, "housing/adaptations", Form(CP1252, day_first=True)),
    (2, "housing/council_tax_2", Form(CP1252, day_first=True)),
    (2, "housing/tenancies", Form(CP1252, day_first=True)),
    (2, "people/objections", Form(MARKED, day_first=True)),
    (2, "social_care/cld", Form(PLAIN, day_first=True)),
    (3, "social_care/cld", Form(CP1252, day_first=True)),
    (3, "people/pds_demographics", Form(MARKED, day_first=True)),
    (3, "housing/epc", Form(MARKED)),
)
"""From which dial on files whose names begin so come in which form; the hardest that holds counts."""


def form_of(name: str, mess: int) -> Form:
    """The form of a file at a dial: plain UTF-8 and ISO dates where nothing else is said."""
    said = [form for dial, start, form in _FORMS if dial <= mess and name.startswith(start)]
    return said[-1] if said else Form()


def landed_bytes(frame: pl.DataFrame, form: Form, separator: str) -> tuple[bytes, tuple[str, ...]]:
    """The file's bytes, and the words of those defects of form that can be told from them."""
    order = "%d/%m/%Y" if form.day_first else "%Y-%m-%d"
    shown = _shown(frame, order, form.day_first)
    text = shown.write_csv(separator=separator, date_format=order)
    data = text.encode(form.encoding)
    is_dated = pl.Date in shown.dtypes or any(c.startswith(INSTEAD_PREFIX) for c in frame.columns)
    words = {
        "cp1252": form.encoding == CP1252 and not text.isascii(),
        "byte_order_mark": form.encoding == MARKED,
        "day_month_year": form.day_first and is_dated,
    }
    return data, tuple(word for word, met in words.items() if met)


def _shown(frame: pl.DataFrame, order: str, day_first: bool) -> pl.DataFrame:
    """The columns that are landed; where another text stands instead of a value the column becomes text."""
    names = [c for c in frame.columns if not c.startswith(HIDDEN)]
    columns = [
        _instead(frame, c, order, day_first) if INSTEAD_PREFIX + c in frame.columns else pl.col(c)
        for c in names
    ]
    return frame.select(columns).with_columns(pl.col(pl.String).replace("", None))


def _instead(frame: pl.DataFrame, column: str, order: str, day_first: bool) -> pl.Expr:
    value, text = pl.col(column), pl.col(INSTEAD_PREFIX + column)
    value = value.dt.strftime(order) if frame[column].dtype == pl.Date else value.cast(pl.String)
    return pl.coalesce(text.str.replace(_ISO, "${3}/${2}/${1}") if day_first else text, value).alias(column)


def whole_rows(data: bytes, frame: pl.DataFrame, rng: np.random.Generator) -> tuple[bytes, pl.DataFrame]:
    """A file broken off in the middle of a row, somewhere in its second half, and the rows before that."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n"))
    row = int(rng.uniform(0.5, 0.9) * len(frame))
    first, last = int(ends[row]) + 1, int(ends[row + 1])
    return data[: first + int(rng.uniform(0.2, 0.6) * (last - first))], frame.head(row)
