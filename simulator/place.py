"""A place folder: boundaries and population of a real place (deprivation, rurality and census if present)."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from configs.errors import SettingsError
from simulator.geography import (
    DOMAINS,
    DWELLING_TYPES,
    IMD_MEAN,
    TENURES,
    County,
    domain_scores,
    group_nearby,
    rank_of,
    shares_by_need,
)
from simulator.log import Array
from simulator.population_file import ages_left_out, five_year_bands

_TENURE_WORDS = {
    "outright": ("owns outright",),
    "mortgage": ("mortgage", "shared ownership"),
    "private": ("private rented", "rent free"),
    "social": ("social rented",),
}
_TYPE_WORDS = {
    "detached": (": detached",),
    "semi_detached": ("semi-detached",),
    "terraced": ("terraced", "caravan"),
    "flat": ("flats", "converted", "commercial"),
}


def read_place(place: Path) -> County:
    """The county of a folder, or of the files that begin with a prefix (`../opendata/shropshire`).

    Needs boundaries (`*lsoa*.geojson`) and a population file by five-year band; deprivation,
    rural-urban and census
    files sharpen it. Raises SettingsError when either is missing or their area codes do not meet.
    """
    files = _files(place)
    boundaries = _boundaries(place, files)
    codes = boundaries["code"].to_numpy().astype(str)
    ages = _population(place, files, codes)
    rng = np.random.default_rng(len(codes))
    ruc = _rural_urban(files, codes, boundaries)
    rural = np.char.startswith(ruc, "R")
    score, rank, domains = _deprivation(files, codes, rural, rng)
    tenure, dwelling, minority = _census(files, codes, score, rural)
    middle = shapely.get_coordinates(shapely.point_on_surface(boundaries.geometry.to_numpy()))
    msoa = group_nearby(middle, 5, rng)
    ward, ward_name = _wards(boundaries, middle, rng)
    lad = boundaries["lad"].to_numpy().astype(str)
    return County(
        name=str(boundaries["lad_name"].iloc[0]),
        lad_codes=tuple(sorted(set(lad))),
        codes=codes,
        names=boundaries["name"].to_numpy().astype(str),
        shapes=boundaries.geometry.to_numpy(),
        lad=lad,
        lad_name=boundaries["lad_name"].to_numpy().astype(str),
        ward=ward,
        ward_name=ward_name,
        msoa=np.array([f"E02999{k:03d}" for k in msoa + 1]),
        place=ward_name,
        town=boundaries["lad_name"].to_numpy().astype(str),
        ruc=ruc,
        people=ages.sum(1),
        ages=ages,
        tenure=tenure,
        dwelling=dwelling,
        minority=minority,
        imd_score=score,
        imd_rank=rank,
        domains=domains,
        households=_households(files, codes),
    )


def _households(files: list[Path], codes: Array) -> int | None:
    """How many households the census counts, None without one."""
    frame = _aligned(_one(files, "census", ".csv"), codes)
    if frame is None or "total_households" not in frame.columns:
        return None
    return int(frame["total_households"].cast(pl.Float64).fill_null(0).sum())


def _files(place: Path) -> list[Path]:
    found = place.iterdir() if place.is_dir() else place.parent.glob(f"{place.name}*") if place.name else ()
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise SettingsError(
            "No file of the place was found",
            where=str(place),
            todo="Give a folder that holds one place, or the common beginning of its files' names",
        )
    return files


def _one(files: list[Path], *words: str) -> Path | None:
    hits = [f for f in files if all(word in f.name.lower() for word in words)]
    return hits[0] if hits else None


def _boundaries(place: Path, files: list[Path]) -> gpd.GeoDataFrame:
    file = _one(files, "lsoa", ".geojson")
    if file is None:
        raise SettingsError(
            "The place has no area boundaries", where=str(place), todo="Add a GeoJSON whose name holds 'lsoa'"
        )
    try:
        frame = gpd.read_file(file).to_crs(27700)
    except Exception as problem:
        raise SettingsError(
            "The area boundaries cannot be read",
            where=file.name,
            todo="Give GeoJSON with its coordinate system",
        ) from problem
    named = {_field(column): column for column in frame.columns if _field(column)}
    if "code" not in named or frame.empty:
        raise SettingsError("The boundaries hold no LSOA code", where=file.name, todo="Add a column LSOA21CD")
    for key, fallback in (
        ("name", "code"),
        ("lad", None),
        ("lad_name", None),
        ("ward", None),
        ("ward_name", None),
    ):
        column = named.get(key) or (named["code"] if fallback else None)
        frame[key] = (
            frame[column].astype(str) if column else {"lad": "E06000999"}.get(key, place.name.title())
        )
    frame["code"] = frame[named["code"]].astype(str)
    frame["has_ward"] = "ward" in named
    return frame.sort_values("code").drop_duplicates("code").reset_index(drop=True)


def _field(column: str) -> str | None:
    low = column.lower()
    for start, key in (("lsoa", ""), ("wd", "ward"), ("lad", "lad")):
        if low.startswith(start) and low.endswith(("cd", "code")):
            return key or "code"
        if low.startswith(start) and low.endswith("nm"):
            return f"{key}_name" if key else "name"
    return None


def _table(file: Path) -> tuple[pl.DataFrame, str] | None:
    """The file and the name of its area-code column: the first whose name begins with 'lsoa' or
    'geography code'."""
    try:
        frame = pl.read_csv(file, infer_schema_length=None)
    except pl.exceptions.PolarsError as problem:
        raise SettingsError(
            "A file of the place cannot be read", where=file.name, todo="Save it as CSV with commas, in UTF-8"
        ) from problem
    code = next((c for c in frame.columns if c.lower().startswith(("lsoa", "geography code"))), None)
    return None if code is None else (frame.with_columns(pl.col(code).cast(pl.String)), code)


def _aligned(file: Path | None, codes: Array) -> pl.DataFrame | None:
    """The file's rows in the order of `codes`, unknown areas null; None when it is absent or names no
    area of ours."""
    read = _table(file) if file is not None else None
    if read is None:
        return None
    frame, code = read
    ours = pl.DataFrame({code: codes}).join(
        frame.unique(code, keep="first"), on=code, how="left", maintain_order="left"
    )
    return ours if frame[code].is_in(codes.tolist()).any() else None


def _population(place: Path, files: list[Path], codes: Array) -> Array:
    file = _one(files, "population", ".csv")
    if file is None:
        raise SettingsError(
            "The place has no population file",
            where=str(place),
            todo="Add a CSV whose name holds 'population': LSOA21CD, then people by age band or year of age",
        )
    frame = _aligned(file, codes)
    if frame is None:
        raise SettingsError(
            "The population and the boundaries have no area code in common",
            where=f"{file.name}: none of {len(codes)} areas",
            todo="Give both for the same areas, under their 2021 LSOA codes",
        )
    ages = five_year_bands(frame)
    if ages is None:
        raise SettingsError(
            "The population is not by age, or leaves ages out",
            where=file.name,
            todo="Give one column an age band from 0 up (0-4, 5-9 … 85-89, 90+) or a year of age",
            details=ages_left_out(frame),
        )
    bare = int((ages.sum(1) <= 0).sum())
    if bare:
        raise SettingsError(
            "Some areas have no population",
            where=f"{file.name}: {bare} of {len(codes)} areas",
            todo="Give the population of every area of the boundaries",
        )
    return ages


def _rural_urban(files: list[Path], codes: Array, boundaries: gpd.GeoDataFrame) -> Array:
    frame = _aligned(_one(files, "ruc", ".csv"), codes)
    column = (
        next((c for c in frame.columns if c.lower() in ("ruc21cd", "ruc21_code")), None)
        if frame is not None
        else None
    )
    if frame is not None and column:
        return frame[column].fill_null("UN1").to_numpy().astype(str)
    crowded = boundaries.geometry.area.to_numpy() < 3_000_000
    return np.where(crowded, "UN1", "RSN1")


def _deprivation(
    files: list[Path], codes: Array, rural: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    file = _one(files, "imd", ".csv") or _one(files, "iod", ".csv") or _one(files, "deprivation", ".csv")
    frame = _aligned(file, codes)
    score_column = "Index of Multiple Deprivation (IMD) Score"
    if frame is None or score_column not in frame.columns:
        score = np.full(len(codes), IMD_MEAN)
        return score, rank_of(score), domain_scores(score, rural, rng)
    score = frame[score_column].cast(pl.Float64).fill_null(IMD_MEAN).to_numpy()
    rank_column = next(
        (c for c in frame.columns if c.startswith("Index of Multiple Deprivation (IMD) Rank")), None
    )
    rank = rank_of(score)
    if rank_column:
        rank = frame[rank_column].cast(pl.Int64).fill_null(pl.Series(rank)).to_numpy()
    domains = domain_scores(score, rural, rng)
    for k, name in enumerate(DOMAINS):
        column = next((c for c in frame.columns if c == name), None)
        if column:
            domains[:, k] = (
                frame[column].cast(pl.Float64).fill_null(float(np.median(domains[:, k]))).to_numpy()
            )
    return score, rank, domains


def _census(files: list[Path], codes: Array, score: Array, rural: Array) -> tuple[Array, Array, Array]:
    tenure, dwelling = shares_by_need(score, rural)
    minority = np.full(len(codes), 0.06)
    frame = _aligned(_one(files, "census", ".csv"), codes)
    if frame is None:
        return tenure, dwelling, minority
    tenure = _shares(frame, "tenure", [_TENURE_WORDS[t] for t in TENURES], tenure)
    dwelling = _shares(frame, "type", [_TYPE_WORDS[t] for t in DWELLING_TYPES], dwelling)
    if "White" in frame.columns:
        others = [c for c in frame.columns if c.startswith(("Asian", "Black", "Mixed", "Other ethnic"))]
        other = frame.select(pl.sum_horizontal(others).cast(pl.Float64)).to_series().fill_null(0).to_numpy()
        white = frame["White"].cast(pl.Float64).fill_null(1).to_numpy()
        minority = other / np.maximum(other + white, 1)
    return tenure, dwelling, minority


def _shares(frame: pl.DataFrame, topic: str, words: list[tuple[str, ...]], otherwise: Array) -> Array:
    columns: list[Any] = [
        [c for c in frame.columns if c.lower().startswith(topic) and any(w in c.lower() for w in group)]
        for group in words
    ]
    if not all(columns):
        return otherwise
    counts = (
        np.stack([frame.select(c).fill_null(0).to_numpy().sum(1).astype(float) for c in columns], axis=1)
        + 0.5
    )
    return counts / counts.sum(1, keepdims=True)


def _wards(boundaries: gpd.GeoDataFrame, middle: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    if bool(boundaries["has_ward"].iloc[0]):
        return boundaries["ward"].to_numpy().astype(str), boundaries["ward_name"].to_numpy().astype(str)
    group = group_nearby(middle, 4, rng)
    return np.array([f"E05999{k:03d}" for k in group + 1]), np.array(
        [f"Ward {k}" for k in group + 1], dtype=object
    )
