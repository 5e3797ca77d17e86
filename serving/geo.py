"""Areas with their released figures as GeoJSON and as a table: what the map and its twin are drawn from."""

import json
from typing import Any

import polars as pl
import shapely

from serving.legends import Layer
from serving.store import Release

DECIMALS = 5


def as_feature_collection(release: Release, geography: str, layers: list[Layer]) -> dict[str, Any]:
    """GeoJSON of a geography: `code, name`, and per layer its class key and `<layer>_words`; legends in
    `layers`.
    """
    names = names_of(release, geography)
    drawn = release.table("boundaries").filter(pl.col("geography") == geography)
    shapes = shapely.set_precision(shapely.from_wkb(drawn["boundary"].to_list()), 10**-DECIMALS)
    features = [
        {
            "type": "Feature",
            "id": place,
            "properties": {"code": code, "name": names.get(code, code), **_properties(layers, code)},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for place, (code, shape) in enumerate(zip(drawn["area_code"], shapes, strict=True))
    ]
    return {
        "type": "FeatureCollection",
        "geography": geography,
        "as_of": release.as_of.isoformat(),
        "invented": release.invented,
        "layers": [layer.for_page() for layer in layers],
        "features": features,
    }


def as_points(release: Release) -> dict[str, Any]:
    """Homes and sites that have a place, as GeoJSON points: `kind, site_id, name, beds`."""
    placed = release.table("sites").filter(pl.col("longitude").is_finite())
    features = [
        {
            "type": "Feature",
            "properties": {k: site[k] for k in ("kind", "site_id", "name", "beds")},
            "geometry": {"type": "Point", "coordinates": [site["longitude"], site["latitude"]]},
        }
        for site in placed.to_dicts()
    ]
    return {"type": "FeatureCollection", "invented": release.invented, "features": features}


def as_table(release: Release, geography: str, layers: list[Layer]) -> list[dict[str, Any]]:
    """One row an area: `code, name, ward`, and `cells`: a (words, number, key) for each layer, in their
    order.
    """
    areas = release.table("areas").filter(pl.col("geography") == geography).sort("area_name", "area_code")
    nothing = ("hidden", "", None)
    return [
        {
            "code": code,
            "name": name,
            "ward": ward,
            "cells": [(w, n, k) for k, w, n in (layer.values.get(code, nothing) for layer in layers)],
        }
        for code, name, ward in areas.select("area_code", "area_name", "ward_name").iter_rows()
    ]


def as_frame(release: Release, geography: str, layers: list[Layer]) -> pl.DataFrame:
    """The same table as a frame of words, for download, with the label of invented data on every row."""
    rows = as_table(release, geography, layers)
    heads = {
        layer.column if layer.scale != "sequential" else layer.title: i for i, layer in enumerate(layers)
    }
    columns: dict[str, list[Any]] = {
        "area_code": [r["code"] for r in rows],
        "area_name": [r["name"] for r in rows],
        "as_of": [release.as_of.isoformat()] * len(rows),
    }
    columns |= {head: [r["cells"][i][0] for r in rows] for head, i in heads.items()}
    label = release.table("areas")["data_label"].first()
    return pl.DataFrame({**columns, "data_label": [label] * len(rows)})


def names_of(release: Release, geography: str) -> dict[str, str]:
    """Area code -> name."""
    areas = release.table("areas").filter(pl.col("geography") == geography)
    return dict(areas.select("area_code", "area_name").iter_rows())


def _properties(layers: list[Layer], code: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for layer in layers:
        key, words, _ = layer.values.get(code, ("hidden", "No data", None))
        found |= {layer.id: key, f"{layer.id}_words": words}
    return found
