"""The check report as one HTML page that a data officer can send to whoever supplied the files."""

from pathlib import Path
from typing import Any

from jinja2 import Environment

from features.records.profile import MAIN_DAY
from features.records.report import Checked, file_table, kind_table, row_table, rule_table, verdict

_TEMPLATE = Path(__file__).with_name("report.html.j2")


def write_page(report: Checked, file: Path) -> None:
    """Write the page, whole or not at all. Raises OSError where the folder cannot be written."""
    aside = file.with_name(f".{file.name}.aside")
    aside.write_text(draw_page(report), encoding="utf-8")
    aside.replace(file)


def draw_page(report: Checked) -> str:
    """The page: verdict, defects, what should be known, changes, and the tables of the report; all text is
    escaped."""
    page = Environment(autoescape=True).from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return page.render(**_shown(report))


def _shown(report: Checked) -> dict[str, Any]:
    missing = [", ".join(report.missing)] if report.missing else []
    return {
        "report": report,
        "verdict": verdict(report),
        "lists": [
            ("Defects that stop a run", report.problems),
            ("To be known", report.warnings),
            ("Changed since the last check", report.changes),
            ("Not landed, and not needed for a run", missing),
        ],
        "tables": [kind_table(report), rule_table(report), row_table(report), file_table(report)],
        "main_day": MAIN_DAY,
    }
