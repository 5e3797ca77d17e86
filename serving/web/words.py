"""Plain words for what the release names by code: sources, the rules rows failed, results of requests."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from configs.extract_specs import load_specs

DRIFT_KINDS = {
    "calibration": "Forecasts whose time is up, against what came true",
    "score": "Spread of the scores",
    "feature": "Spread of what is known of people",
    "source": "Sources that have fallen silent",
    "freshness": "Age of the files",
}
RULES = {
    "missing": "no value",
    "cut_off": "the file ends in the middle of this row",
    "totals_row": "a row of totals, about nobody",
    "repeats_file": "a row of a file that was landed twice",
    "too_many_fields": "more fields than the header has columns",
    "key_mangled": "an identifier that a spreadsheet rounded",
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
    "nhs_number_mangled": "an NHS number that a spreadsheet rounded",
    "nhs_number_format": "not an NHS number",
    "uprn_mangled": "a UPRN that a spreadsheet rounded",
    "uprn_format": "not a UPRN",
    "postcode_format": "not a postcode",
    "icd10_format": "not an ICD-10 code",
    "area_code_format": "not an area code",
    "geometry": "a boundary that is empty or cannot be drawn",
}
"""Why a row was set aside; a rule that is not here is shown as it stands, without its underscores."""

CAPITALS = {"nhs": "NHS", "uprn": "UPRN", "lsoa": "LSOA", "cqc": "CQC", "id": "ID", "hesid": "HES ID"}
RESULTS = {
    200: "Shown",
    303: "Sent on",
    304: "Shown (unchanged)",
    400: "Not understood",
    401: "Refused",
    403: "Refused: not for the role",
    404: "No such page",
    422: "Not understood",
    429: "Refused: too many tries",
    500: "A fault of ours",
    503: "No release to show",
}
SCENARIOS = {
    "p10": "Low: less is needed 1 time in 10",
    "p50": "Middle",
    "p90": "High: more is needed 1 time in 10",
}
PARTS_OF_PRICE = {
    "pay": "Pay",
    "travel": "Travel time",
    "training": "Training",
    "holiday_sickness": "Holiday and sickness",
    "on_costs": "National Insurance and pension",
    "mileage": "Mileage",
    "overhead": "Running the business",
    "surplus": "Surplus",
}


def source_words(kind: str) -> str:
    """The name of a source: the title of its specification, without what a row is."""
    title = _titles().get(kind)
    return sentence(title.partition(", one row")[0]) if title else column_words(kind)


def rule_words(line: str) -> str:
    """A line `column: rule` of the quarantine in words."""
    column, _, rule = line.partition(": ")
    return f"{column_words(column)}: {RULES.get(rule, rule.replace('_', ' '))}"


def column_words(name: str) -> str:
    """A column's name in words."""
    return sentence(" ".join(CAPITALS.get(word, word) for word in name.replace("_", " ").split(" ")))


def sentence(text: str) -> str:
    """The text with its first letter a capital."""
    return text[:1].upper() + text[1:]


def result_words(status: int) -> str:
    """What came of a request."""
    return RESULTS.get(status, str(status))


def moment_words(value: Any) -> str:
    """A moment (or its ISO text) as 25 November 2026, 08:31 UTC; a dash for none."""
    if not value:
        return "–"
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    return {kind: spec.latest.title for kind, spec in load_specs().items()}
