"""What the pages with a map need: the drawing, the table's rows in the order asked for, the points."""

from typing import Any
from urllib.parse import urlencode

import polars as pl
from fastapi import Request

from serving.geo import as_table, names_of
from serving.layers import zone_colours
from serving.legends import Layer
from serving.store import Release
from serving.web.svg import Frame, Point, bounds_of, centres_of, draw_map, paths_of

PLAIN = "plain"


def map_facts(
    request: Request,
    release: Release,
    geography: str,
    layers: list[Layer],
    shown: Layer | None,
    area: str,
    sort: str,
    down: bool,
    find: str,
) -> dict[str, Any]:
    """The map page's drawing, box, and table: rows sorted by a column (`name` or a layer) and filtered by
    name.
    """
    rows = _sorted(_found(as_table(release, geography, layers), find), layers, sort, down)
    asked = {"geography": geography, "layer": shown.id if shown else "", "area": area, "find": find}

    def address(**changes: Any) -> str:
        kept = {k: v for k, v in {**asked, **changes}.items() if v not in ("", None)}
        return f"/map?{urlencode(kept)}"

    return {
        "drawing": _draw_layer(request, release, geography, shown, area),
        "box": ",".join(f"{v:.5f}" for v in bounds_of(release)),
        "rows": rows,
        "sort": sort,
        "down": down,
        "find": find,
        "area": area,
        "address": address,
    }


def plan_map(
    request: Request, release: Release, kind: str, picked: str, points: list[Point] | None = None
) -> dict[str, Any]:
    """The drawing of a plan page: zones in their colours with names, or plain areas with homes and sites
    on them.
    """
    current = request.app.state.current
    frame = Frame.around(bounds_of(release))
    paths = current.made(("paths", "zone"), lambda r: paths_of(r, "zone"))
    colours = zone_colours(release)
    names = names_of(release, "zone")
    centres = current.made(("centres", "zone"), lambda r: centres_of(r, "zone"))
    numbers = zone_numbers(release)
    is_zones = kind == "zones"
    drawing = draw_map(
        paths,
        {z: f"zones-{c}" if is_zones else PLAIN for z, c in colours.items()},
        names,
        label=f"Map of {len(paths)} zones" if is_zones else "Map of care homes and sites",
        frame=frame,
        outlines=list(paths.values()),
        labels=[(str(numbers[z]), c) for z, c in centres.items()] if is_zones else [],
        points=points or [],
        picked=picked,
    )
    box = ",".join(f"{v:.5f}" for v in bounds_of(release))
    return {"drawing": drawing, "colours": colours, "numbers": numbers, "box": box}


def zone_numbers(release: Release) -> dict[str, int]:
    """The number of each zone on the map and in the table: 1 upwards in the order of their ids."""
    return {zone: at + 1 for at, zone in enumerate(release.table("zones")["zone_id"].sort())}


def number_features(release: Release, features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The features of zones, each with its number and where to write it (`label_at`: longitude, latitude)."""
    numbers, centres = zone_numbers(release), centres_of(release, "zone")
    return [
        {**f, "properties": {**f["properties"], "number": numbers.get(code), "label_at": centres[code]}}
        for f in features
        for code in (f["properties"]["code"],)
    ]


def points_of(release: Release) -> list[Point]:
    """Homes and sites with a place: existing first, so that the chosen site is drawn on top."""
    order = {"existing": 0, "candidate": 1, "chosen": 2}
    placed = release.table("sites").filter(pl.col("longitude").is_finite())
    points = [
        Point(
            s["kind"], s["site_id"], f"{s['name'] or s['site_id']}: {s['beds'] or 0} beds", s["longitude"],
            s["latitude"], s["beds"] or 0,
        )
        for s in placed.to_dicts()
    ]  # fmt: skip
    return sorted(points, key=lambda p: (order.get(p.kind, 0), p.id))


def _draw_layer(request: Request, release: Release, geography: str, shown: Layer | None, area: str) -> str:
    paths = request.app.state.current.made(("paths", geography), lambda r: paths_of(r, geography))
    colours = {c.key: c.colour for c in shown.classes} if shown else {}
    paint = {
        code: colours.get(key, "hidden") for code, (key, _, _) in (shown.values if shown else {}).items()
    }
    label = f"Map: {shown.title}. {shown.sentence}" if shown else "Map"
    frame = Frame.around(bounds_of(release))
    return draw_map(paths, paint, names_of(release, geography), label=label, frame=frame, picked=area)


def _found(rows: list[dict[str, Any]], find: str) -> list[dict[str, Any]]:
    wanted = find.strip().casefold()
    return [r for r in rows if wanted in f"{r['name']} {r['ward'] or ''} {r['code']}".casefold()]


def _sorted(rows: list[dict[str, Any]], layers: list[Layer], sort: str, down: bool) -> list[dict[str, Any]]:
    """By a layer's number, unknown last either way; else by name."""
    at = next((i for i, layer in enumerate(layers) if layer.id == sort), None)
    if at is None:
        return sorted(rows, key=lambda r: r["name"], reverse=down)
    known = [r for r in rows if r["cells"][at][1] is not None]
    rest = [r for r in rows if r["cells"][at][1] is None]
    return sorted(known, key=lambda r: r["cells"][at][1], reverse=down) + rest
