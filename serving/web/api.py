"""The same figures as JSON, under the same roles and the same disclosure control as the pages."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel

from serving.exports import as_csv
from serving.geo import as_feature_collection, as_frame, as_points
from serving.runs import read_runs
from serving.store import Release
from serving.verdicts import compare_models
from serving.web.access import EVERYBODY, MODELLERS, PLACES, PLANNERS, may
from serving.web.accounts import Visitor
from serving.web.maps import number_features
from serving.web.pages import layers_for

ABOUT = (
    "Released, disclosure-controlled figures of one month. Sign in on /sign-in first: the session cookie "
    "carries over. Hidden values are null. Errors are application/problem+json (RFC 9457)."
)
Geography = Annotated[
    Literal["lsoa", "msoa", "ward"], Query(description="Which areas; LSOA where it is not there")
]


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Meta(BaseModel):
    """What the release is: its month, run, model, purpose, and whether the data are invented."""

    as_of: str
    run_id: str
    purpose: str
    invented: bool
    council: str
    model: str | None
    data_from: str | None
    data_to: str | None
    published_at: str
    disclosure: dict[str, Any]
    tables: dict[str, int]
    stale: bool


REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": words, "content": {"application/problem+json": {}}}
    for code, words in {
        401: "Nobody is signed in",
        403: "Not for this role",
        422: "A parameter is not allowed",
        503: "There is no release to read",
    }.items()
}
router = APIRouter(prefix="/api/v1", tags=["release"], responses=REFUSALS)


@router.get("/meta", response_model=Meta)
def meta(request: Request, visitor: Annotated[Visitor, Depends(may(*EVERYBODY))]) -> Any:
    """The release that is being served."""
    web = request.app.state
    release: Release = web.current.release()
    return {**release.pointer, "stale": release.is_stale(web.today(), web.settings.serving.stale_after_days)}


@router.get("/areas", response_class=JSONResponse)
def areas(
    request: Request, visitor: Annotated[Visitor, Depends(may(*PLACES))], geography: Geography = "lsoa"
) -> Response:
    """Areas as GeoJSON: per layer a class key and the figure in words; the legends stand in `layers`."""
    release, layers, known = layers_for(request, geography)
    mark = f'"{release.pointer["run_id"]}-{release.pointer["published_at"]}-{known}"'
    headers = {"ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    body = request.app.state.current.made(
        ("geojson", known), lambda r: JSONResponse(as_feature_collection(r, known, layers)).body
    )
    return Response(body, media_type="application/geo+json", headers=headers)


@router.get("/areas.csv", response_class=PlainTextResponse)
def areas_csv(
    request: Request, visitor: Annotated[Visitor, Depends(may(*PLACES))], geography: Geography = "lsoa"
) -> Response:
    """The table under the map as CSV."""
    release, layers, known = layers_for(request, geography)
    name = f"forebridge_{known}_{release.as_of.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(as_csv(as_frame(release, known, layers)), media_type="text/csv", headers=headers)


@router.get("/zones")
def zones(request: Request, visitor: Annotated[Visitor, Depends(may(*PLANNERS))]) -> dict[str, Any]:
    """The proposed zones with their sizing and price, and which areas each holds."""
    release: Release = request.app.state.current.release()
    return {
        "zones": _rows(release, "zones"),
        "areas": _rows(release, "zone_areas"),
        "facts": release.document("zones"),
    }


@router.get("/homes")
def homes(request: Request, visitor: Annotated[Visitor, Depends(may(*PLANNERS))]) -> dict[str, Any]:
    """Existing homes, candidate sites, chosen sites, need against supply, scenarios."""
    release: Release = request.app.state.current.release()
    return {"sites": _rows(release, "sites"), "facts": release.document("homes")}


@router.get("/zones.geojson", response_class=JSONResponse)
def zones_geojson(request: Request, visitor: Annotated[Visitor, Depends(may(*PLANNERS))]) -> Response:
    """The zones' outlines, names and numbers as GeoJSON."""
    release: Release = request.app.state.current.release()
    zones = as_feature_collection(release, "zone", [])
    numbered = {**zones, "features": number_features(release, zones["features"])}
    return JSONResponse(numbered, media_type="application/geo+json")


@router.get("/homes.geojson", response_class=JSONResponse)
def homes_geojson(request: Request, visitor: Annotated[Visitor, Depends(may(*PLANNERS))]) -> Response:
    """Existing homes, candidate sites and chosen sites as GeoJSON points."""
    release: Release = request.app.state.current.release()
    return JSONResponse(as_points(release), media_type="application/geo+json")


@router.get("/models")
def models(request: Request, visitor: Annotated[Visitor, Depends(may(*MODELLERS))]) -> dict[str, Any]:
    """Champion beside rivals, with intervals and the verdict."""
    release: Release = request.app.state.current.release()
    compared = [{**entry, "rows": [_plain(r) for r in entry["rows"]]} for entry in compare_models(release)]
    return {"champion": release.document("champion"), "outcomes": compared}


@router.get("/runs")
def runs(request: Request, visitor: Annotated[Visitor, Depends(may(*MODELLERS))]) -> dict[str, Any]:
    """What ran, newest first."""
    return {"runs": read_runs(request.app.state.folder)}


def _rows(release: Release, table: str) -> list[dict[str, Any]]:
    return [_plain(row) for row in release.table(table).to_dicts()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items() if k != "data_label"}
