"""Every planted defect looked up where the truth says it stands, and rows without one held to the truth."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import polars as pl
from county_check_county import County, as_date, decode
from county_check_lines import Line, exactly

PART = "defects"
SENTINELS = {
    "1800-01-01", "01/01/1800", "9999999999", "null", "not known", "-", "no data!", "1900-01-01", "unknown",
}  # fmt: skip
IDENTITIES = (  # kind of file, role in identity.parquet, NHS number, birth date
    ("people/pds", "subject", "nhs_number", "date_of_birth"),
    ("social_care/", "subject", "NHS Number", "Date of Birth"),
    ("health/ecds", "subject", "NHS_NUMBER", None),
    ("health/gp_flags", "subject", "nhs_number", None),
    ("people/national", "subject", "nhs_number", None),
    ("housing/tenancies", "subject", None, "tenant_date_of_birth"),
    ("housing/adaptations", "subject", None, "date_of_birth"),
)


def check(county: County) -> Iterator[Line]:
    """All lines of this part."""
    listed = county.truth("defects")
    if county.world["mess"] == 0:
        yield exactly(PART, "defects listed at dial 0", 0, listed.height)
    else:
        yield from seen_where_listed(county, listed)
    yield from identities(county, listed)


def seen_where_listed(county: County, listed: pl.DataFrame) -> Iterator[Line]:
    """For each word that a value, a row or a file can show: how many of the listed defects are there."""
    people = {row["person"]: row for row in county.truth("people").iter_rows(named=True)}
    numbers = {row["nhs_number"] for row in people.values()}
    seen: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for (file,), rows in listed.group_by("file", maintain_order=True):
        data = (county.folder / "landing" / str(file)).read_bytes()
        table = list(csv.reader(io.StringIO(decode(data)), delimiter="|" if "apc_" in str(file) else ","))
        spoilt = {(r["row"], r["column"]) for r in rows.iter_rows(named=True) if r["column"]}
        for row in rows.iter_rows(named=True):
            verdict = _judge(row, data, table, people, numbers, spoilt)
            if verdict is not None:
                judged[row["defect"]] += 1
                seen[row["defect"]] += verdict
    for word in sorted(judged):
        yield exactly(PART, f"{word}: seen where listed", judged[word], seen[word])


def identities(county: County, listed: pl.DataFrame) -> Iterator[Line]:
    """Rows whose NHS number or birth date is not their person's although no defect of that cell is listed."""
    people = county.truth("people").select("person", true_number="nhs_number", true_birth="born")
    spoilt = listed.filter(pl.col("column") != "").select("file", "row", "column").unique()
    for kind, role, number, birth in IDENTITIES:
        rows = county.with_person(kind, role).join(people, on="person")
        for column, wrong in (
            (number, pl.col(number or "row") != pl.col("true_number")),
            (birth, as_date(birth or "file").ne_missing(pl.col("true_birth"))),
        ):
            if column is None:
                continue
            sound = spoilt.filter(pl.col("column") == column).select("file", "row")
            odd = rows.join(sound, on=["file", "row"], how="anti").filter(wrong).height
            yield exactly(PART, f"{kind}*: {column} of somebody else, no defect listed", 0, odd)


def _judge(
    row: dict,
    data: bytes,
    table: list[list[str]],
    people: dict,
    numbers: set[str],
    spoilt: set[tuple[int, str]],
) -> bool | None:
    """Whether the defect stands there; None for words that the value alone cannot show. A copy may differ from the
    row above where another defect is listed for either."""
    word = row["defect"]
    if row["row"] == 0:
        return WHOLE[word](data) if word in WHOLE else None
    line = table[row["row"] - 1] if row["row"] <= len(table) else []
    if word == "duplicate_row":
        above = zip(table[0], line, table[row["row"] - 2], strict=True)
        return all(a == b or spoilt & {(row["row"], c), (row["row"] - 1, c)} for c, a, b in above)
    if word == "totals_row":
        return "Total" in line
    if word not in VALUE or row["column"] not in table[0]:
        return None
    value = line[table[0].index(row["column"])] if line else ""
    return VALUE[word](value, people.get(row["person"], {}), numbers)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _swapped(value: str, person: dict) -> bool:
    found = [int(n) for n in re.findall(r"\d+", value)]
    year, month, day = found if len(str(found[0])) == 4 else found[::-1]
    born: date = person["born"]
    return (year, month, day) == (born.year, born.day, born.month) and born.day != born.month


WHOLE: dict[str, Callable[[bytes], bool]] = {
    "byte_order_mark": lambda data: data.startswith(b"\xef\xbb\xbf"),
    "cp1252": lambda data: not _is_utf8(data),
    "day_month_year": lambda data: re.search(rb"\b\d\d/\d\d/\d{4}\b", data) is not None,
    "truncated": lambda data: not data.endswith(b"\n"),
}
VALUE: dict[str, Callable[[str, dict, set[str]], bool]] = {
    "nhs_number_missing": lambda value, *_: value == "",
    "nhs_number_of_nobody": lambda value, _, numbers: len(value) == 10 and value not in numbers,
    "nhs_number_of_housemate": lambda value, person, numbers: (
        value in numbers and value != person["nhs_number"]
    ),
    "nhs_number_mangled": lambda value, *_: not re.fullmatch(r"\d{10}", value),
    "uprn_missing": lambda value, *_: value == "",
    "uprn_mangled": lambda value, *_: "E+" in value.upper() or "." in value,
    "delivery_blank": lambda value, *_: value == "",
    "initial_only": lambda value, *_: (
        len(value.strip(". ")) <= 2
        or len(value.split()[0].strip(".")) == 1
        or len(value.split()[1].strip(".")) == 1
    ),
    "day_month_swapped": lambda value, person, _: _swapped(value, person),
    "sentinel": lambda value, *_: value.strip().lower() in SENTINELS,
    "lower_case": lambda value, *_: value == value.lower(),
    "capitals": lambda value, *_: value == value.upper(),
}
