"""The levels at which the same forecast is told: areas (LSOA), MSOAs, wards, the county."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from configs.vocabulary import AGE_GROUPS
from models.places.forecast import Cells

COUNTY = "county"
LEVELS = ("lsoa", "msoa", "ward", COUNTY)
_CODE = {"msoa": "msoa_code", "ward": "ward_code"}


@dataclass(frozen=True)
class Level:
    """One level: `keys` (geography, area_code, age_group), one row a union and age group; `sums` adds cells
    into it.
    """

    name: str
    keys: pl.DataFrame
    sums: csr_array

    def add_up(self, cells: np.ndarray) -> np.ndarray:
        """Numbers by cell (…, cells) added up into numbers by union (…, unions)."""
        return np.asarray((self.sums @ cells.T).T) if cells.ndim > 1 else np.asarray(self.sums @ cells)


def lay_out_levels(cells: Cells, areas: pl.DataFrame) -> Iterator[Level]:
    """The levels, finest first. `areas`: lsoa_code, msoa_code?, ward_code?.

    An area with no code at a level stands in no union there; the county holds them all. A level without any
    code is left out.
    """
    for name in LEVELS:
        union = _union_of(cells, areas, name)
        known = union.drop_nulls("area_code")
        if known.is_empty():
            continue
        keys = known.select("geography", "area_code", "age_group").unique().sort("area_code", "age_group")
        row = known.join(keys.with_row_index("row"), on=keys.columns, how="left", maintain_order="left")
        shape = (keys.height, cells.keys.height)
        ones = np.ones(row.height)
        yield Level(
            name, keys, csr_array((ones, (row["row"].to_numpy(), row["cell"].to_numpy())), shape=shape)
        )


def _union_of(cells: Cells, areas: pl.DataFrame, name: str) -> pl.DataFrame:
    code = {"lsoa": pl.col("lsoa_code"), COUNTY: pl.lit(COUNTY)}.get(
        name, pl.col(_CODE.get(name, "lsoa_code"))
    )
    unions = areas.select(pl.col("lsoa_code").alias("of"), code.cast(pl.String).alias("area_code"))
    placed = cells.keys.rename({"area_code": "of"}).with_row_index("cell")
    return placed.join(unions, on="of", how="left", maintain_order="left").with_columns(
        pl.lit(name).alias("geography"), pl.col("age_group").cast(pl.Enum(AGE_GROUPS)).cast(pl.String)
    )
