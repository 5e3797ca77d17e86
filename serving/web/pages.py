"""The pages. Each names the roles that may see it; each shows released figures only."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, Response

from configs.vocabulary import OUTCOME_PHRASES
from serving.curves import ACTED_ON, curves_of
from serving.groups import groups_of
from serving.layers import GEOGRAPHY_NAMES, geographies, layers_of
from serving.legends import Layer
from serving.papers import PAPERS, as_html, read_paper
from serving.runs import read_runs
from serving.store import Release
from serving.story import tell_area, tell_changes, tell_home, tell_trust
from serving.verdicts import champion_rows, compare_models
from serving.web.access import (
    EVERYBODY,
    GOVERNORS,
    MODELLERS,
    PLACES,
    PLANNERS,
    ROLE_NAMES,
    ROLE_SEES,
    may,
    pages_for,
)
from serving.web.accounts import Visitor
from serving.web.hours import hours_tests
from serving.web.maps import map_facts, plan_map, points_of
from serving.web.render import facts_of, page
from serving.web.svg import draw_calibration, draw_intervals
from serving.web.words import DRIFT_KINDS, PARTS_OF_PRICE

router = APIRouter(include_in_schema=False)
AUDIT_LINES = 200
Text = Annotated[str, Query(max_length=60)]


@router.get("/")
def home(request: Request, visitor: Annotated[Visitor, Depends(may(*EVERYBODY))]) -> Response:
    """Three sentences from the data, what changed, and the work that this role does."""
    release: Release = request.app.state.current.release()
    planner = visitor.role in PLANNERS
    return page(
        request,
        "home.html",
        told=tell_home(release) if planner else [],
        changes=tell_changes(release) if planner else [],
        trust=tell_trust(release),
        numbers_small=bool(facts_of(release, "summary")["numbers_small"]),
        sees=ROLE_SEES[visitor.role],
        work=[p for p in pages_for(visitor.role) if p.purpose],
    )


@router.get("/map")
def show_map(
    request: Request,
    visitor: Annotated[Visitor, Depends(may(*PLACES))],
    geography: Text = "lsoa",
    layer: Text = "hours",
    area: Text = "",
    sort: Text = "name",
    down: bool = False,
    find: Text = "",
) -> Response:
    """The one map and its table twin; every control also works without scripts, by its address."""
    release, layers, geography = layers_for(request, geography)
    shown = next((x for x in layers if x.id == layer), layers[0] if layers else None)
    return page(
        request,
        "map.html",
        geography=geography,
        geographies={g: GEOGRAPHY_NAMES[g] for g in geographies(release)},
        layers=layers,
        shown=shown,
        elsewhere=_title_elsewhere(request, layer, shown),
        panel=tell_area(release, layers, geography, area) if area else None,
        **map_facts(request, release, geography, layers, shown, area, sort, down, find),
    )


@router.get("/map/area")
def show_area(
    request: Request,
    visitor: Annotated[Visitor, Depends(may(*PLACES))],
    code: Text,
    geography: Text = "lsoa",
) -> Response:
    """One area's panel, as the map page puts it in place."""
    release, layers, geography = layers_for(request, geography)
    return page(request, "panel.html", panel=tell_area(release, layers, geography, code))


@router.get("/plans/zones")
def show_zones(
    request: Request, visitor: Annotated[Visitor, Depends(may(*PLANNERS))], zone: Text = ""
) -> Response:
    """The proposed zones: a map, one row a zone with its sizing, and the parts of the fair price."""
    release: Release = request.app.state.current.release()
    zones, facts = release.table("zones"), facts_of(release, "zones")
    parts = [c for c in zones.columns if c.startswith("price_") and c != "price_per_hour_pounds"]
    return page(
        request,
        "zones.html",
        zones=zones.to_dicts(),
        parts_of_price={c: _part_of_price(c) for c in parts},
        facts=facts,
        below=_priced_below(zones, facts["published_minimum_pounds_per_hour"]),
        totals=zones.select(pl.col(pl.Float64).sum()).to_dicts()[0] if zones.height else {},
        picked=zone,
        **plan_map(request, release, "zones", zone),
    )


@router.get("/plans/homes")
def show_homes(request: Request, visitor: Annotated[Visitor, Depends(may(*PLANNERS))]) -> Response:
    """Existing homes, candidate sites and the chosen one: beds, reach, proven gap, scenarios, assumptions."""
    release: Release = request.app.state.current.release()
    sites = release.table("sites").to_dicts()
    facts = facts_of(release, "homes")
    return page(
        request,
        "homes.html",
        facts=facts,
        needs=sorted({s["need_beds"] for s in facts["scenarios"] or [] if s["need_beds"] is not None}),
        names={s["site_id"]: s["name"] or s["site_id"] for s in sites},
        sites={kind: [s for s in sites if s["kind"] == kind] for kind in ("existing", "candidate", "chosen")},
        **plan_map(request, release, "homes", "", points_of(release)),
    )


@router.get("/models")
def show_models(request: Request, visitor: Annotated[Visitor, Depends(may(*MODELLERS))]) -> Response:
    """Champion beside rivals with intervals, and the verdict in words."""
    release: Release = request.app.state.current.release()
    compared = compare_models(release)
    hours = hours_tests(release)
    charts = [draw_intervals(_chart_rows(entry), entry["low"], entry["high"]) for entry in compared]
    curves = curves_of(release)
    return page(
        request,
        "models.html",
        papers=_papers_of(release),
        compared=list(zip(compared, charts, strict=True)),
        curves={key: {**curve, "chart": draw_calibration(curve["tenths"])} for key, curve in curves.items()},
        acted_on=ACTED_ON,
        hours=hours,
        champions=champion_rows(release),
        groups=groups_of(release),
        phrases=OUTCOME_PHRASES,
        glance=_glance(compared, hours),
        champion=facts_of(release, "champion"),
        picture=facts_of(release, "picture")["entries"] or [],
        drift=facts_of(release, "drift"),
        drift_kinds=DRIFT_KINDS,
    )


@router.get("/papers/{name}")
def show_paper(
    request: Request, name: str, visitor: Annotated[Visitor, Depends(may(*MODELLERS))]
) -> Response:
    """One of the papers that go with the release."""
    text = read_paper(request.app.state.current.release(), name, "md")
    if text is None:
        raise HTTPException(404)
    return page(request, "paper.html", title=PAPERS[name], name=name, body=as_html(text))


@router.get("/papers/{name}/{kind}")
def send_paper(
    request: Request, name: str, kind: str, visitor: Annotated[Visitor, Depends(may(*MODELLERS))]
) -> Response:
    """The same as a file to keep: `md` or `html`."""
    text = read_paper(request.app.state.current.release(), name, kind)
    if text is None:
        raise HTTPException(404)
    media = "text/html" if kind == "html" else "text/markdown"
    attached = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(text, media_type=media, headers=attached)


@router.get("/runs")
def show_runs(request: Request, visitor: Annotated[Visitor, Depends(may(*MODELLERS))]) -> Response:
    """What ran, when, for how long, and how it ended."""
    release: Release = request.app.state.current.release()
    return page(
        request, "runs.html", runs=read_runs(request.app.state.folder), summary=facts_of(release, "summary")
    )


@router.get("/governance")
def show_governance(
    request: Request, visitor: Annotated[Visitor, Depends(may(*GOVERNORS))], find: Text = ""
) -> Response:
    """Opt-outs applied, purposes, quarantined rows, sign-off of modelled values, and the audit."""
    web = request.app.state
    release: Release = web.current.release()
    return page(
        request,
        "governance.html",
        papers=_papers_of(release),
        summary=facts_of(release, "summary"),
        disclosure=release.pointer["disclosure"],
        purposes=web.settings.purposes,
        audit=web.accounts.audit(AUDIT_LINES, find),
        find=find,
        role_names=ROLE_NAMES,
    )


@router.get("/help")
def show_help(request: Request, visitor: Annotated[Visitor, Depends(may(*EVERYBODY))]) -> Response:
    """What each word means, how to read a range, what the tool cannot know."""
    return page(request, "help.html", glossary=_glossary())


@router.get("/accessibility")
def show_accessibility(request: Request) -> Response:
    """The accessibility statement: open to everybody."""
    return page(request, "accessibility.html")


@router.get("/council.css")
def council_colour(request: Request) -> Response:
    """The council's colour, as the style sheet wants it."""
    colour = request.app.state.settings.council.accent_colour
    return PlainTextResponse(f":root{{--council-accent:{colour}}}", media_type="text/css")


@router.get("/favicon.ico")
def favicon() -> Response:
    """Nothing: the page names its own mark."""
    return Response(status_code=204)


def layers_for(request: Request, geography: str) -> tuple[Release, list[Layer], str]:
    """The release, its layers at a geography (made once a release), and that geography if it is there,
    else LSOA.
    """
    current = request.app.state.current
    release: Release = current.release()
    known = geography if geography in geographies(release) else "lsoa"
    layers: list[Layer] = current.made(("layers", known), lambda r: layers_of(r, known))
    return release, layers, known


def _title_elsewhere(request: Request, layer: str, shown: Layer | None) -> str | None:
    """The title of the layer asked for, where it is there for small areas but not at this geography."""
    if shown is None or shown.id == layer:
        return None
    _, small, _ = layers_for(request, "lsoa")
    return next((x.title for x in small if x.id == layer), None)


def _papers_of(release: Release) -> dict[str, str]:
    """Name -> title of the papers that the release brings."""
    return {name: title for name, title in PAPERS.items() if read_paper(release, name, "md")}


def _glance(compared: list[dict[str, Any]], hours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every forecast with the id of its heading, the hours first: plans rest on them."""
    marked = [("hours", hours), ("outcome", compared)]
    return [{**e, "id": f"{name}-{at + 1}"} for name, entries in marked for at, e in enumerate(entries)]


def _priced_below(zones: pl.DataFrame, minimum: float | None) -> int:
    """How many zones have a fair price under the published minimum."""
    return 0 if minimum is None else int((zones["price_per_hour_pounds"] < minimum).sum())


def _part_of_price(column: str) -> str:
    name = column.removeprefix("price_").removesuffix("_pounds")
    return PARTS_OF_PRICE.get(name, name.replace("_", " ").capitalize())


def _chart_rows(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "model": r["model"],
            "name": r["name"],
            "value": r["auc"],
            "low": r["auc_low"],
            "high": r["auc_high"],
        }
        for r in entry["rows"]
    ]


@lru_cache(maxsize=1)
def _glossary() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).with_name("glossary.toml")).read_text(encoding="utf-8"))
