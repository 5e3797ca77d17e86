"""Where several files of one kind describe the same area, the newest one speaks."""

from collections.abc import Mapping, Sequence
from datetime import date

import geopandas as gpd
import pandas as pd
import polars as pl

AREA_KINDS = ("population", "deprivation", "rural_urban", "ward_lookup")
"""Kinds that say one thing of each area (`lsoa_code`), so that two files of one kind may contradict."""


def newest_file_per_area(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of each area from the file that was cut last (of the same date, or of none: the last by name).

    `table`: lsoa_code, file, extract_date? beside any others; the order of the rows stays. Empty in, empty
    out.
    """
    newest = (
        table.select("lsoa_code", "file", "extract_date")
        .unique()
        .sort("lsoa_code", "extract_date", "file", nulls_last=False)
        .unique("lsoa_code", keep="last", maintain_order=True)
    )
    return table.join(newest.select("lsoa_code", "file"), on=["lsoa_code", "file"], how="semi")


def stack_boundaries(parts: Sequence[tuple[date | None, str, gpd.GeoDataFrame]]) -> gpd.GeoDataFrame:
    """Boundaries of one or more files (extract date?, file, shapes) as one frame, each area once, by code."""
    oldest_first = sorted(parts, key=lambda part: (part[0] or date.min, part[1]))
    stacked = gpd.GeoDataFrame(pd.concat([shapes for _, _, shapes in oldest_first], ignore_index=True))
    once = stacked.drop_duplicates("lsoa_code", keep="last")
    return once.sort_values("lsoa_code", ignore_index=True).set_crs(parts[0][2].crs, allow_override=True)


def described_twice(tables: Mapping[str, pl.DataFrame], boundaries_repeated: int) -> list[str]:
    """For each kind with an area in more than one file: how many such areas, in plain words."""
    counts = {k: _in_two_files(tables[k]) for k in AREA_KINDS if k in tables}
    return [
        f"{kind}: {count} areas stand in more than one file; the file cut last is used"
        for kind, count in ({"lsoa_boundaries": boundaries_repeated} | counts).items()
        if count
    ]


def _in_two_files(table: pl.DataFrame) -> int:
    files = table.group_by("lsoa_code").agg(pl.col("file").n_unique().alias("files"))
    return files.filter(pl.col("files") > 1).height
