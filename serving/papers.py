"""The papers that a council needs before it may use a forecast, written from a release and nothing else.

Model card, ATRS record, annex to a DPIA, TRIPOD+AI. What only people know comes from the settings
(`[papers]`) and is named where it is missing. A release is disclosure-controlled, so the papers are too."""

import os
import shutil
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from configs.errors import ReleaseError
from configs.settings import Settings
from configs.settings_need import Papers
from configs.vocabulary import HORIZON_DAYS, OUTCOME_PHRASES
from serving.groups import ATTRIBUTES, is_told_apart
from serving.store import Release
from serving.verdicts import MODEL_NAMES
from serving.web.words import source_words

HERE = Path(__file__).resolve().parent / "paper_templates"
PAPERS = {
    "model-card": "Model card",
    "atrs-record": "Algorithmic transparency record (ATRS v3.0)",
    "dpia-annex": "Annex to the data protection impact assessment",
    "tripod-ai": "TRIPOD+AI checklist",
}
FOLDER = "papers"
KINDS_TESTED = ("outcome", "household")


Proofs: TypeAlias = dict[str, dict[str, Any] | None]
"""What was found besides: `leak_hunt` and `ablations`, as `forebridge leak-hunt` and `ablate` last said; None
where they never ran."""


def write_papers(release: Release, settings: Settings, proofs: Proofs) -> dict[str, Any]:
    """Write every paper as Markdown and HTML beside the month's copies; `folder, files, missing`.

    Written aside and renamed.
    """
    facts = gather_facts(release, settings, proofs)
    folder = release.folder / release.as_of.isoformat() / FOLDER
    aside = folder.with_name(f".{FOLDER}-making")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name, title in PAPERS.items():
        text = render(name, facts)
        (aside / f"{name}.md").write_text(text, encoding="utf-8")
        (aside / f"{name}.html").write_text(as_page(text, title), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(aside, folder)
    files = [str(folder / f"{name}.{kind}") for name in PAPERS for kind in ("md", "html")]
    return {"folder": str(folder), "files": files, "missing": facts["missing"]}


def read_paper(release: Release, name: str, kind: str) -> str | None:
    """A paper of the served month as it was written, `md` or `html`; None where there is none so named."""
    file = release.folder / release.as_of.isoformat() / FOLDER / f"{name}.{kind}"
    known = name in PAPERS and kind in ("md", "html") and file.is_file()
    return file.read_text(encoding="utf-8") if known else None


def as_html(text: str) -> str:
    """The Markdown as HTML, without the page around it: HTML in it is shown as text, and each table can be
    scrolled by itself."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return str(parser.render(text, {}))


def _open_table(_: Any, tokens: Any, index: int, *__: Any) -> str:
    number = sum(token.type == "table_open" for token in tokens[: index + 1])
    return (
        f'<div class="fb-scroll" role="region" aria-label="Table {number}" tabindex="0">'
        '<table class="govuk-table fb-table">\n'
    )


def render(name: str, facts: dict[str, Any]) -> str:
    """One of PAPERS as Markdown."""
    return _environment().get_template(f"{name}.md.j2").render(**facts).strip() + "\n"


def as_page(text: str, title: str) -> str:
    """The Markdown as a whole HTML page that needs no other file."""
    return _environment().get_template("page.html.j2").render(title=title, body=as_html(text))


def missing_facts(settings: Settings) -> list[str]:
    """The keys of `[papers]` that nobody has filled in."""
    return [key for key, said in settings.papers.model_dump().items() if not said.strip()]


def gather_facts(release: Release, settings: Settings, proofs: Proofs) -> dict[str, Any]:
    """What the templates may say: figures of the release, and `[papers]`."""
    model, summary = release.document("model"), release.document("summary")
    if not model:
        raise ReleaseError(
            "This release does not say what its model is made of: an earlier version published it",
            where=str(release.folder),
            todo="Publish the month again: forebridge run",
        )
    tested, by_group = _tested(release), _by_group(release)
    promotion = model.get("promotion") or {}
    return {
        **_plain(release, summary, settings),
        "people": settings.papers.model_dump(),
        "wanted": {key: field.description for key, field in Papers.model_fields.items()},
        "missing": missing_facts(settings),
        "model": model,
        "champion": release.document("champion"),
        "families": dict(Counter(f["family"] or "other" for f in model["features"])),
        "gate_states": dict(Counter(g["state"].replace("_", " ") for g in promotion.get("gates", []))),
        "tested": tested,
        "rival_names": sorted({row["name"] for row in tested if row["model"] != "champion"}),
        "test_origins": sorted({str(row["test_origin"]) for row in tested}),
        "by_group": by_group,
        "worse": [row for row in by_group if (row["observed_over_expected_low"] or 0) > 1],
        "drift": {"state": None, "rows": [], "go": None, **release.document("drift")},
        "leak_hunt": proofs.get("leak_hunt"),
        "ablations": proofs.get("ablations"),
        "picture": release.document("picture").get("entries") or [],
    }


def _plain(release: Release, summary: dict[str, Any], settings: Settings) -> dict[str, Any]:
    objections = summary.get("objections") or {}
    return {
        "as_of": release.as_of.isoformat(),
        "run_id": release.pointer["run_id"],
        "purpose": release.pointer["purpose"],
        "invented": release.invented,
        "disclosure": release.pointer["disclosure"],
        "council": release.pointer["council"] or settings.papers.organisation,
        "main_horizon_days": HORIZON_DAYS,
        "horizon_words": _in_words([f"{d} days" for d in release.document("model")["horizons_days"]]),
        "capacity_share": settings.need.capacity_share,
        "phrases": OUTCOME_PHRASES,
        "outcome_phrases": sorted(OUTCOME_PHRASES.values()),
        "summary_rows": _sources(summary),
        "extract_dates": summary.get("extract_dates") or {},
        "data_from": release.pointer["data_from"],
        "data_to": release.pointer["data_to"],
        "sources_missing": summary.get("sources_missing") or [],
        "people_known": summary.get("people"),
        "people_scored": summary.get("in_scope"),
        "opted_out": summary.get("opted_out"),
        "objections": {k: objections.get(k) for k in ("planning", "direct_care")},
        "restricted": summary.get("restricted"),
        "erased": (summary.get("erased") or {}).get("people"),
        "review_pairs": summary.get("review_pairs"),
    }


def _sources(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = (summary.get("rows") or {}).get("by_kind") or {}
    led = summary.get("nhs_number_match") or {}
    return {
        kind: {
            "read": (told or {}).get("read"),
            "quarantined": (told or {}).get("quarantined"),
            "share": (led.get(kind) or {}).get("share"),
        }
        for kind, told in rows.items()
    }


def _tested(release: Release) -> list[dict[str, Any]]:
    """Every model's newest test, of people and households, in words; by outcome, age and horizon."""
    table = release.table("models")
    if table.is_empty():
        return []
    rows = [row for row in table.to_dicts() if row["kind"] in KINDS_TESTED and not row.get("split")]
    named = [
        {
            **row,
            "phrase": OUTCOME_PHRASES.get(row["outcome"], row["outcome"]),
            "name": MODEL_NAMES.get(row["model"], row["model"].replace("_", " ")),
            **{k: row.get(k) for k in ("extrapolated", "verdict", "note", "alarm")},
        }
        for row in rows
    ]
    return sorted(
        named,
        key=lambda r: (
            r["phrase"],
            r["kind"] != "outcome",
            r["age_group"],
            r["horizon_days"],
            r["model"] != "champion",
        ),
    )


def _by_group(release: Release) -> list[dict[str, Any]]:
    rows = release.table("groups").to_dicts()
    return [
        {
            **row,
            "phrase": OUTCOME_PHRASES.get(row["outcome"], row["outcome"]),
            "attribute_name": ATTRIBUTES.get(row["attribute"], row["attribute"]),
        }
        for row in rows
        if is_told_apart(row)
    ]


def _in_words(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=False, autoescape=False
    )
    made.filters |= {
        "source": source_words,
        "span": _span,
        "share": _share,
        "number": _number,
        "count": _count,
        "shown": _shown,
    }
    return made


def _span(row: dict[str, Any], name: str, digits: int) -> str:
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    return f"{value:.{digits}f}" + (
        f" ({low:.{digits}f} to {high:.{digits}f})" if low is not None and high is not None else ""
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _count(value: int | None) -> str:
    return "too few" if value is None else f"{value:,}"


def _shown(said: dict[str, Any] | None) -> str:
    """A count of the controlled summary: {"count": n}, n null where it is hidden."""
    if said is None or "count" not in said:
        return "not told"
    return "too few to show" if said["count"] is None else f"{said['count']:,}"
