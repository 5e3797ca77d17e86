"""Dates, NHS numbers and UPRNs over many made-up values."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.extract_specs import Column
from features.records.typing_dates import date_in_name, decide_order, find_evidence, parse_dates
from features.records.typing_rules import TYPES, UPRN_MAX, Context, nhs_check_passes, nhs_digits

DAYS = st.dates(min_value=date(1850, 1, 1), max_value=date(2100, 12, 31))
FEW = settings(max_examples=60, deadline=None)


def _typed(kind: str, texts: list[str], **context) -> list:
    of, column = TYPES[kind], Column(type=kind)
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    value = of.value(pl.col("t"), column, Context(**context)).alias("v")
    return frame.select(value, of.rule(pl.col("t"), value, column, Context(**context)).alias("r")).rows()


def _numbers(digits: int):
    return st.integers(min_value=10 ** (digits - 1), max_value=10**digits - 1)


@FEW
@given(st.lists(DAYS, min_size=1, max_size=8))
def test_a_date_written_in_the_order_of_its_file_comes_back(days):
    for order, form in (("iso", "%Y-%m-%d"), ("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y")):
        texts = [_written(d, form) for d in days]
        parsed = pl.DataFrame({"t": texts}).select(parse_dates(pl.col("t"), order).alias("d"))["d"].to_list()
        assert parsed == days


def _written(day: date, form: str) -> str:
    parts = {"%Y": f"{day.year:04}", "%m": f"{day.month:02}", "%d": f"{day.day:02}"}
    for mark, text in parts.items():
        form = form.replace(mark, text)
    return form


@FEW
@given(st.lists(DAYS, min_size=1, max_size=8), st.randoms())
def test_one_order_is_decided_for_a_file_whatever_the_order_of_its_rows(days, rng):
    texts = [_written(d, "%d/%m/%Y") for d in days]
    shuffled = list(texts)
    rng.shuffle(shuffled)
    first, second = (decide_order(find_evidence(pl.DataFrame({"t": t}))) for t in (texts, shuffled))
    assert first == second
    assert first.order == "dmy"


@FEW
@given(st.text(max_size=12))
def test_no_text_breaks_the_date_parser(text):
    assert len(_typed("date", [text], date_order="dmy")) == 1


@FEW
@given(DAYS.filter(lambda d: d.year >= 1900))
def test_a_day_in_a_file_name_is_found(day):
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y_%m_%d"):
        assert date_in_name(f"extract_{_written(day, form)}.csv") == day


def _with_check(nine: int) -> str | None:
    """An independent modulus-11: None where no tenth digit exists."""
    digits = [int(d) for d in str(nine)]
    check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else f"{nine}{0 if check == 11 else check}"


@FEW
@given(_numbers(9))
def test_the_check_digit_is_modulus_11_and_any_one_wrong_digit_fails(nine):
    number = _with_check(nine)
    wrong = [str(nine) + str(d) for d in range(10) if number is None or str(d) != number[-1]]
    texts = ([number] if number else []) + wrong
    passes = (
        pl.DataFrame({"t": texts}).select(nhs_check_passes(nhs_digits(pl.col("t"))).alias("p"))["p"].to_list()
    )
    repeated = number is not None and len(set(number)) == 1
    assert passes == ([not repeated] if number else []) + [False] * len(wrong)


@FEW
@given(_numbers(9).map(_with_check).filter(lambda n: n is not None and len(set(n)) > 1))
def test_an_nhs_number_is_mended_only_where_no_digit_was_lost(number):
    spaced, dashed = f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"
    certain = [number, spaced, dashed, f"{number}.0", f"{number[0]}.{number[1:]}E+09"]
    lost = [f"{number[0]}.{number[1:6]}E+09", number[:9], number + "1"]
    rows = _typed("nhs_number", certain + lost)
    assert [value for value, _ in rows[: len(certain)]] == [number] * len(certain)
    assert [value for value, _ in rows[len(certain) :]] == [None] * len(lost)
    assert [rule for _, rule in rows[len(certain) :]] == [
        "nhs_number_mangled",
        "nhs_number_format",
        "nhs_number_format",
    ]


@FEW
@given(st.integers(min_value=1, max_value=UPRN_MAX))
def test_a_uprn_survives_and_its_mangled_form_is_blanked_and_named(uprn):
    mangled = f"{uprn:.5E}".replace("E+", "E+")
    assert _typed("uprn", [str(uprn), f"{uprn}.0", f"{uprn:012}"]) == [(uprn, None)] * 3
    value, rule = _typed("uprn", [mangled])[0]
    assert (value, rule) == (None, "uprn_mangled")


@FEW
@given(_numbers(12))
def test_a_uprn_in_float_form_with_all_its_digits_is_mended(uprn):
    digits = str(uprn)
    assert _typed("uprn", [f"{digits[0]}.{digits[1:]}E+11"]) == [(uprn, None)]
