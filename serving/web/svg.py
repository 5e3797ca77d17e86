"""Maps and charts drawn here, on the server: what a page shows at once, and all it needs where WebGL is
missing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import polars as pl
import shapely

from serving.store import Release

WIDTH = 1000.0
EMPTY_BOX = (-0.1, 51.0, 0.1, 51.2)


@dataclass(frozen=True)
class Point:
    """Something that stands at one place: `kind` is existing, candidate or chosen; `size` in beds."""

    kind: str
    id: str
    name: str
    longitude: float
    latitude: float
    size: float


@dataclass(frozen=True)
class Frame:
    """How longitude and latitude become a drawing 1,000 wide."""

    west: float
    north: float
    scale: float
    stretch: float
    height: float

    @classmethod
    def around(cls, box: tuple[float, float, float, float]) -> "Frame":
        """The frame that holds a box (west, south, east, north)."""
        west, south, east, north = box
        stretch = 1 / math.cos(math.radians((south + north) / 2))
        scale = WIDTH / max(east - west, 1e-6)
        return cls(west, north, scale, stretch, max((north - south) * scale * stretch, 1.0))

    def place(self, points: Any) -> Any:
        """Longitude and latitude columns as drawing units."""
        return np.column_stack(
            [(points[:, 0] - self.west) * self.scale, (self.north - points[:, 1]) * self.scale * self.stretch]
        )


def bounds_of(release: Release) -> tuple[float, float, float, float]:
    """West, south, east, north of everything the release maps."""
    drawn = release.table("boundaries")
    if drawn.is_empty():
        return EMPTY_BOX
    west, south, east, north = shapely.total_bounds(shapely.from_wkb(drawn["boundary"].to_list()))
    return float(west), float(south), float(east), float(north)


def paths_of(release: Release, geography: str) -> dict[str, str]:
    """The outline of each area of a geography as SVG path data."""
    frame = Frame.around(bounds_of(release))
    drawn = release.table("boundaries").filter(pl.col("geography") == geography)
    shapes = shapely.from_wkb(drawn["boundary"].to_list())
    return {code: _path(shape, frame) for code, shape in zip(drawn["area_code"], shapes, strict=True)}


def centres_of(release: Release, geography: str) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of a point well inside each area: where its name can stand."""
    drawn = release.table("boundaries").filter(pl.col("geography") == geography)
    shapes = shapely.from_wkb(drawn["boundary"].to_list())
    lines = shapely.maximum_inscribed_circle(shapes, tolerance=1e-3)
    inside = shapely.get_coordinates(shapely.get_point(lines, 0)).round(5).tolist()
    return {code: (x, y) for code, (x, y) in zip(drawn["area_code"], inside, strict=True)}


def draw_map(
    paths: dict[str, str],
    paint: dict[str, str],
    names: dict[str, str],
    *,
    label: str,
    frame: Frame,
    outlines: Sequence[str] = (),
    labels: Sequence[tuple[str, tuple[float, float]]] = (),
    points: Sequence[Point] = (),
    picked: str | None = None,
) -> str:
    """The map as one SVG: areas painted by class names (colours stand in the style sheet), names as
    titles; `labels` at their longitude and latitude.
    """
    areas = "".join(
        f'<path class="area paint-{paint.get(code, "hidden")}{" is-picked" if code == picked else ""}" '
        f'data-code="{escape(code)}" d="{path}"><title>{escape(names.get(code, code))}</title></path>'
        for code, path in paths.items()
    )
    lines = "".join(f'<path class="outline" d="{path}"/>' for path in outlines)
    words = "".join(_label(name, frame.place(np.array([place]))[0]) for name, place in labels)
    return (
        f'<svg viewBox="-8 -8 {WIDTH + 16:.0f} {frame.height + 16:.0f}" role="img" '
        f'aria-label="{escape(label)}" '
        f'preserveAspectRatio="xMidYMid meet">{_hatch()}{areas}{lines}{_points(points, frame)}{words}</svg>'
    )


def draw_intervals(rows: list[dict[str, Any]], low: float, high: float) -> str:
    """Champion and rivals as dots with interval lines, one line a model; `rows`: model, name, value, low,
    high. The axis runs over whole tenths around `low` and `high`.
    """
    left, width, step = 250, 420, 30
    height = step * len(rows) + 34
    first, last = math.floor(low * 10 + 1e-9), math.ceil(high * 10 - 1e-9)
    low, high = first / 10, last / 10

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * width

    ticks = [k / 10 for k in range(first, last + 1)]
    axis = "".join(
        f'<line class="axis" x1="{at(t):.1f}" x2="{at(t):.1f}" y1="4" y2="{height - 26}"/>'
        f'<text class="quiet" x="{at(t):.1f}" y="{height - 8}" text-anchor="middle">{t:.1f}</text>'
        for t in ticks
    )
    marks = "".join(_interval(row, at, 20 + step * i) for i, row in enumerate(rows))
    said = "; ".join(f"{r['name']} {_said(r['value'])}" for r in rows)
    return (
        f'<svg class="fb-chart" viewBox="0 0 720 {height}" role="img" aria-label="{escape(said)}">'
        f"{axis}{marks}</svg>"
    )


def draw_calibration(tenths: list[dict[str, Any]]) -> str:
    """Tenths of people as dots: across the chance forecast (`x`), up the share to whom it happened (`y`, None
    where hidden); on the line a forecast came true. No tenth shown: an empty string."""
    shown = [t for t in tenths if t["y"] is not None]
    if not shown:
        return ""
    most = max(*(t["x"] for t in shown), *(t["y"] for t in shown), 1e-6)
    left, size = 60, 240

    def across(value: float) -> float:
        return left + value / most * size

    def up(value: float) -> float:
        return 10 + (1 - value / most) * size

    line = f'<line class="axis" x1="{left}" y1="{up(0):.1f}" x2="{across(most):.1f}" y2="{up(most):.1f}"/>'
    dots = "".join(
        f'<circle class="champion" cx="{across(t["x"]):.1f}" cy="{up(t["y"]):.1f}" r="6" stroke-width="2"/>'
        for t in shown
    )
    said = "; ".join(f"forecast {t['x']:.1%}, came true {t['y']:.1%}" for t in shown)
    return (
        f'<svg class="fb-chart" viewBox="0 0 720 {size + 44}" role="img" aria-label="{escape(said)}">'
        f'{line}{dots}<text class="quiet" x="{left}" y="{size + 34}">0%</text>'
        f'<text class="quiet" x="{left + size}" y="{size + 34}" text-anchor="middle">{most:.1%}</text>'
        f'<text class="quiet" x="{left + size + 24}" y="{size + 14}">across: chance forecast</text>'
        f'<text class="quiet" x="{left + size + 24}" y="24">up: share to whom it happened</text></svg>'
    )


def _said(value: float | None) -> str:
    return "too few events" if value is None else f"{value:.2f}"


def _interval(row: dict[str, Any], at: Any, y: int) -> str:
    kind = "champion" if row["model"] == "champion" else "rival"
    name = f'<text x="0" y="{y + 5}">{escape(row["name"])}</text>'
    if row["value"] is None:
        return f'{name}<text class="quiet" x="250" y="{y + 5}">too few events</text>'
    line = ""
    if row["low"] is not None and row["high"] is not None:
        ends = f'x1="{at(row["low"]):.1f}" x2="{at(row["high"]):.1f}"'
        line = f'<line class="{kind}" {ends} y1="{y}" y2="{y}" stroke-width="2.5"/>'
    dot = f'<circle class="{kind}" cx="{at(row["value"]):.1f}" cy="{y}" r="6" stroke-width="2"/>'
    return f"{name}{line}{dot}"


def _label(text: str, at: Any) -> str:
    return f'<text class="map-name" x="{at[0]:.1f}" y="{at[1]:.1f}" dy=".35em">{escape(text)}</text>'


def _path(shape: Any, frame: Frame) -> str:
    parts = []
    for ring in _rings(shape):
        placed = frame.place(shapely.get_coordinates(ring)).round(1).tolist()
        parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in placed[:-1]) + "Z")
    return "".join(parts)


def _rings(shape: Any) -> list[Any]:
    polygons = shapely.get_parts(shape)
    return [ring for polygon in polygons for ring in shapely.get_rings(polygon)]


def _points(points: Sequence[Point], frame: Frame) -> str:
    drawn = []
    for point in points:
        x, y = frame.place(np.array([[point.longitude, point.latitude]]))[0]
        radius = {"candidate": 11.0, "chosen": 20.0}.get(point.kind, 6 + math.sqrt(max(point.size, 0)))
        drawn.append(
            f'<circle class="point-{point.kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{escape(point.name)}</title></circle>"
        )
        if point.kind == "chosen":
            drawn.append(f'<text class="map-site" x="{x:.1f}" y="{y - 30:.1f}">{escape(point.name)}</text>')
    return "".join(drawn)


def _hatch() -> str:
    return (
        '<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch-back" width="8" height="8"/>'
        '<line class="hatch-line" x1="0" y1="0" x2="0" y2="8"/></pattern></defs>'
    )
