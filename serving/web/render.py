"""Pages from templates: what every page has (menu, foot, label, age) and the filters that templates use."""

from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from configs.errors import ReleaseError
from serving.legends import whole
from serving.store import Release
from serving.story import pounds, spoken_date
from serving.web.access import ROLE_NAMES, pages_for, visitor_of
from serving.web.words import SCENARIOS, moment_words, result_words, rule_words, sentence, source_words

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
VENDOR = STATIC / "vendor"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "whole": whole,
        "pounds": pounds,
        "spoken": _spoken,
        "share": _share,
        "number": _number,
        "change": _change,
        "count": _count,
        "source": source_words,
        "rule": rule_words,
        "result": result_words,
        "moment": moment_words,
        "sentence": sentence,
    }
    made.globals |= {"asset": asset, "scenario_words": SCENARIOS}
    return made


class Facts(dict[str, Any]):
    """A document's figures: one that this release does not hold is None."""

    def __missing__(self, _key: str) -> None:
        return None


def facts_of(release: Release, name: str) -> Facts:
    """A document of the release for a template, with every object in it forgiving."""
    return Facts({k: _forgiving(v) for k, v in release.document(name).items()})


def _forgiving(value: Any) -> Any:
    if isinstance(value, dict):
        return Facts({k: _forgiving(v) for k, v in value.items()})
    return [_forgiving(v) for v in value] if isinstance(value, list) else value


def page(request: Request, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page with its frame. Works without a release: then the foot says that there is none."""
    frame = _frame(request)
    return _templates().TemplateResponse(request, template, {**frame, **facts}, status_code=status)


@lru_cache(maxsize=1)
def _templates() -> Jinja2Templates:
    return Jinja2Templates(env=_environment())


def _frame(request: Request) -> dict[str, Any]:
    web = request.app.state
    visitor = visitor_of(request)
    release = _release(request)
    stale_after = web.settings.serving.stale_after_days
    today: date = web.today()
    return {
        "council": web.settings.council.name,
        "visitor": visitor,
        "role_name": ROLE_NAMES.get(visitor.role, visitor.role) if visitor else None,
        "menu": pages_for(visitor.role) if visitor else [],
        "here": request.url.path,
        "release": release,
        "invented": bool(release and release.invented),
        "age_days": release.age_days(today) if release else None,
        "stale": bool(release and release.is_stale(today, stale_after)),
    }


def _release(request: Request) -> Release | None:
    try:
        found: Release = request.app.state.current.release()
    except ReleaseError:
        return None
    return found


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a built file, with a mark that changes when the file does."""
    mark = sha256((VENDOR / name).read_bytes()).hexdigest()[:10]
    return f"/static/vendor/{name}?v={mark}"


def _spoken(value: Any) -> str:
    """A date or ISO text as 1 October 2026; a dash for none."""
    if value is None or value == "":
        return "–"
    return spoken_date(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _change(value: float | None) -> str:
    return "–" if value is None else f"{value:+.0%}".replace("-", "−")


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _count(value: Any) -> str:
    """A count of a summary: hidden ones in words."""
    if isinstance(value, dict) and "count" in value:
        return "too few to show" if value["count"] is None else f"{value['count']:,}"
    return "–" if value is None else str(value)
