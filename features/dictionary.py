"""The data dictionary: what every feature means. `python -m features.dictionary` writes the page."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from features.declared import Column

PAGE = Path("docs") / "reference" / "features.md"

_HEAD = """# Features

What is known of a person at a date, as the models of need read it. Every feature uses only facts known before
that date. Blank (null) means unknown. Written by `python -m features.dictionary`; do not edit.

Protected attributes (sex, ethnic group, age band, deprivation of the area, tenure, rurality) stand beside the
features as `audit__` columns, to judge models by group. Sex and ethnic group are no features; sex becomes one
only when the settings say why (`features.sex_as_feature_because`).
"""


def describe_columns(columns: Sequence[Column]) -> list[dict[str, str]]:
    """One entry a column: name, family, phrase, unit, source, missing_rule."""
    return [column.describe() for column in columns]


def write_json(file: Path, value: Any) -> None:
    """Write `value` as JSON that reads the same on every machine."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def render_page(entries: Sequence[dict[str, str]]) -> str:
    """The page of the reference as Markdown, a table for each family in the order given."""
    families = groupby(entries, key=lambda entry: entry["family"])
    count = f"\n{len(entries)} columns.\n"
    return _HEAD + count + "".join(_render_family(family, list(rows)) for family, rows in families)


def _render_family(family: str, entries: Sequence[dict[str, str]]) -> str:
    title = family.replace("_", " ").capitalize()
    head = f"\n## {title}\n\n| column | meaning | unit | source | when missing |\n"
    rows = (
        f"| `{e['name']}` | {e['phrase']} | {e['unit']} | {e['source']} | {e['missing_rule']} |\n"
        for e in entries
    )
    return head + "|---|---|---|---|---|\n" + "".join(rows)


def main() -> None:
    """Write the page of the reference from what is declared."""
    from configs.settings import load_settings
    from features.table import all_columns

    page = Path(__file__).resolve().parents[1] / PAGE
    page.write_text(render_page(describe_columns(all_columns(load_settings()))), encoding="utf-8")


if __name__ == "__main__":
    main()
