"""The places stage: scores and records in; areas, draws, hotspots, what is on record, county totals out."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl

from configs.errors import TooFewError
from configs.settings import Settings
from configs.vocabulary import AGE_GROUPS
from features.cohort import build_cohort
from features.inputs import load_records
from features.table import AGE_BANDS
from models.places.county import sum_up_county
from models.places.forecast import Cells, draw_hours, lay_out_cells, sum_hours
from models.places.gather import gather_need
from models.places.levels import lay_out_levels
from models.places.observed import count_observed
from models.places.rates import AREAS_SCHEMA, describe_outcome
from models.places.smoothing import trust_of

Progress = Callable[[str], None]


def map_places(
    records: Path,
    scores: Path,
    out: Path,
    *,
    as_of: date,
    settings: Settings,
    seed: int,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the places stage (docs/reference/tables.md, sections 4 and 5) into `out`; return counts.

    Files: areas.parquet (expected people and hours at every level, with ranges, smoothed rates and the
    chance to lie above the county; hours stand, the same, on the row of each outcome), draws.parquet (hours
    by area and draw), hotspots.parquet, observed.parquet, county.json. People whose area is not among the
    boundaries are left out and counted. Raises TooFewError when nobody has been scored in the area at all.
    """
    tell = progress or (lambda _: None)
    read = load_records(records)
    areas = pl.read_parquet(records / "areas.parquet").sort("lsoa_code")
    cells = lay_out_cells(areas["lsoa_code"].to_list())
    people, hours, outside = read_scores(scores, areas, _age_bands(read, as_of))
    evaluation = json.loads((scores / "evaluation.json").read_text(encoding="utf-8"))
    levels = list(lay_out_levels(cells, areas))
    tell(f"Adding up {people['person_id'].n_unique():,} people over {areas.height} areas")

    tables, draws = [], []
    for number, (horizon,) in enumerate(
        people.select("horizon_days").unique().sort("horizon_days").iter_rows()
    ):
        rng = np.random.default_rng([seed, number])
        amounts, drawn = _draw_all_hours(
            cells, hours.filter(pl.col("horizon_days") == horizon), rng, settings
        )
        of_horizon = people.filter(pl.col("horizon_days") == horizon)
        for outcome in of_horizon["outcome"].unique().sort():
            of_outcome = of_horizon.filter(pl.col("outcome") == outcome)
            trusts = {group: trust_of(evaluation, outcome, group, horizon) for group in AGE_GROUPS}
            rows = describe_outcome(of_outcome, cells, levels, amounts, drawn, rng, settings.places, trusts)
            tables.append(_stamp(rows, as_of, horizon, outcome))
        draws.append(_lay_out_draws(cells, drawn, as_of, horizon))

    described = pl.concat(tables).select(AREAS_SCHEMA.names()).cast(AREAS_SCHEMA)
    described = described.sort("horizon_days", "outcome", "geography", "area_code", "age_group")
    tell("Looking for hotspots")
    hotspots = gather_need(described, read_boundaries(records, areas), as_of, settings.places, seed)
    county = sum_up_county(described, pl.concat(draws), outside, as_of, settings.places)
    out.mkdir(parents=True, exist_ok=True)
    described.write_parquet(out / "areas.parquet")
    pl.concat(draws).write_parquet(out / "draws.parquet")
    hotspots.write_parquet(out / "hotspots.parquet")
    count_observed(read, as_of).write_parquet(out / "observed.parquet")
    (out / "county.json").write_text(json.dumps(county, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return {"areas": areas.height, "people": county["people"], "hot": int((hotspots["class"] == "hot").sum())}


def read_scores(
    scores: Path, areas: pl.DataFrame, ages: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """(eligible people's chances, everybody's hours, people outside the boundaries), both with `area_code`.

    Chances: person_id, area_code, age_group, age_band (`unknown` where there is no date of birth), outcome,
    horizon_days, probability. Hours: area_code, age_group, horizon_days, hours_mean, hours_p10/p50/p90; a
    person without a forecast has none. Raises TooFewError when nobody at all is left.
    """
    scored = pl.read_parquet(scores / "person.parquet").rename({"lsoa_code": "area_code"})
    inside = scored.join(areas.select(area_code="lsoa_code"), on="area_code", how="semi")
    outside = scored["person_id"].n_unique() - inside["person_id"].n_unique()
    banded = inside.join(ages, on="person_id", how="left").with_columns(
        pl.col("age_band").fill_null("unknown")
    )
    chances = banded.filter("eligible", pl.col("probability").is_not_null()).sort("person_id", "outcome")
    if chances.is_empty():
        raise TooFewError(
            "Nobody has been scored in the areas landed",
            where=f"scores/person.parquet: {scored.height} rows, {inside.height} inside the boundaries",
            todo="Check that places/lsoa_boundaries is of the same council as the people's addresses",
        )
    where = inside.select("person_id", "area_code", "age_group").unique()
    hours = (
        pl.read_parquet(scores / "hours.parquet")
        .join(where, on="person_id")
        .sort("person_id", "horizon_days")
    )
    return chances, hours, outside


def read_boundaries(records: Path, areas: pl.DataFrame) -> gpd.GeoDataFrame:
    """The areas' boundaries in metres (EPSG:27700), in the order of `areas`."""
    shapes = gpd.read_file(records / "areas.geojson").to_crs(27700)
    return shapes.set_index("lsoa_code").loc[areas["lsoa_code"].to_list()].reset_index()


def _age_bands(read: Any, as_of: date) -> pl.DataFrame:
    later = [start for start, _ in AGE_BANDS[1:]]
    band = pl.col("age_years").cut(later, labels=[name for _, name in AGE_BANDS], left_closed=True)
    return build_cohort(read, as_of).select("person_id", band.cast(pl.String).alias("age_band")).collect()


def _draw_all_hours(
    cells: Cells, hours: pl.DataFrame, rng: np.random.Generator, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    summed = sum_hours(hours)
    mean, variance = cells.spread(summed, "hours_mean"), cells.spread(summed, "hours_variance")
    places = settings.places
    return mean, np.round(draw_hours(rng, mean, variance, places.draws, places.model_spread), 6)


def _lay_out_draws(cells: Cells, drawn: np.ndarray, as_of: date, horizon: int) -> pl.DataFrame:
    """Hours of both age groups together: area_code, as_of, horizon_days, draw (0 …), hours."""
    by_area = drawn.reshape(len(drawn), -1, len(AGE_GROUPS)).sum(axis=2)
    codes = cells.keys["area_code"].unique(maintain_order=True)
    return pl.DataFrame(
        {
            "area_code": np.repeat(codes.to_numpy(), len(drawn)),
            "as_of": pl.Series([as_of], dtype=pl.Date).new_from_index(0, by_area.size),
            "horizon_days": pl.Series([horizon], dtype=pl.Int64).new_from_index(0, by_area.size),
            "draw": np.tile(np.arange(len(drawn)), len(codes)),
            "hours": np.round(by_area.T.ravel(), 6),
        }
    )


def _stamp(rows: pl.DataFrame, as_of: date, horizon: int, outcome: str) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(as_of).alias("as_of"),
        pl.lit(outcome).alias("outcome"),
        pl.lit(horizon, pl.Int64).alias("horizon_days"),
    )
