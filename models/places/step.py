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
from features.as_of import DAYS_PER_YEAR
from features.inputs import load_records
from models.places.ahead import forecast_home_care
from models.places.county import sum_up_county
from models.places.forecast import Cells, draw_hours, lay_out_cells, sum_hours
from models.places.gather import Around, gather_need
from models.places.hidden import Gap, describe_reached, measure_gap, sum_by_area, told_by
from models.places.levels import lay_out_levels
from models.places.neighbours import build_band_graph, build_graph, build_travel_graph
from models.places.observed import count_observed
from models.places.rates import AREAS_SCHEMA, describe_outcome
from models.places.served import count_steps, describe_residents, mark_reached
from models.places.smoothing import trust_of

Progress = Callable[[str], None]

STARTS_OF_SUPPORT = "long_term_community_start"


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
    by area and draw), hotspots.parquet, history.parquet (need and hours on record over the last two years:
    what trends are told by), months.parquet (home care on record, month by month), forecast.parquet (the
    same, two years ahead), observed.parquet, county.json. People whose area is not among the boundaries are
    left out and counted. Raises TooFewError when nobody has been scored in the area at all.
    """
    tell = progress or (lambda _: None)
    read = load_records(records)
    areas = pl.read_parquet(records / "areas.parquet").sort("lsoa_code")
    cells = lay_out_cells(areas["lsoa_code"].to_list())
    residents = describe_residents(read, as_of)
    people, hours, outside = read_scores(scores, areas, residents)
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
    around = _join_areas(read_boundaries(records, areas), areas, settings)
    reached = mark_reached(read, residents, as_of)
    gaps = _measure_gaps(people.filter("at_home"), reached, areas, around, evaluation, settings, seed)
    steps = count_steps(read, as_of, settings)
    months, forecast = forecast_home_care(
        read,
        _expected_starts(described, cells, settings.need.horizon_days),
        cells,
        levels,
        as_of,
        settings,
        seed,
    )
    codes = areas["lsoa_code"].to_list()
    hotspots = gather_need(described, gaps, steps, codes, around, as_of, settings.places, seed)
    county = sum_up_county(described, pl.concat(draws), outside, as_of, settings.places)
    out.mkdir(parents=True, exist_ok=True)
    described.write_parquet(out / "areas.parquet")
    pl.concat(draws).write_parquet(out / "draws.parquet")
    hotspots.write_parquet(out / "hotspots.parquet")
    steps.write_parquet(out / "history.parquet")
    months.write_parquet(out / "months.parquet")
    forecast.write_parquet(out / "forecast.parquet")
    count_observed(read, as_of).write_parquet(out / "observed.parquet")
    (out / "county.json").write_text(json.dumps(county, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return {"areas": areas.height, "people": county["people"], "hot": int((hotspots["class"] == "hot").sum())}


def read_scores(
    scores: Path, areas: pl.DataFrame, ages: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """(eligible people's chances, everybody's hours, people outside the boundaries), both with `area_code`.

    `ages`: the rows of describe_residents. Chances: person_id, area_code, age_group, age_band (`unknown`
    where there is no date of birth), at_home, outcome, horizon_days, probability. Hours: area_code,
    age_group, horizon_days, hours_mean, hours_p10/p50/p90; a person without a forecast has none. Raises
    TooFewError when nobody at all is left.
    """
    scored = pl.read_parquet(scores / "person.parquet").rename({"lsoa_code": "area_code"})
    inside = scored.join(areas.select(area_code="lsoa_code"), on="area_code", how="semi")
    outside = scored["person_id"].n_unique() - inside["person_id"].n_unique()
    described = ages.select("person_id", "age_band", "at_home")
    banded = inside.join(described, on="person_id", how="left").with_columns(
        pl.col("age_band").fill_null("unknown"), pl.col("at_home").fill_null(True)
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


def _join_areas(boundaries: gpd.GeoDataFrame, areas: pl.DataFrame, settings: Settings) -> Around:
    rural = areas["rural"].cast(pl.Float64).fill_null(0.5).to_numpy()
    minutes = settings.places.neighbour_minutes
    return Around(
        build_graph(boundaries),
        build_band_graph(boundaries),
        build_travel_graph(boundaries, rural, minutes, settings.travel),
    )


def _measure_gaps(
    people: pl.DataFrame,
    reached: pl.DataFrame,
    areas: pl.DataFrame,
    around: Around,
    evaluation: list[dict[str, Any]],
    settings: Settings,
    seed: int,
) -> dict[tuple[int, str], Gap]:
    """Need against service by (horizon, age group), areas in the order of `areas`."""
    outcomes = told_by(people["outcome"].unique().to_list())
    codes = areas["lsoa_code"].to_list()
    score = areas["imd_score"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    unknown = np.full(len(codes), np.nan)
    gaps = {}
    for number, age_group in enumerate(AGE_GROUPS):
        rng = np.random.default_rng([seed, number])
        served = describe_reached(*sum_by_area(reached, codes, age_group), score, around.touching, rng)
        for horizon in people["horizon_days"].unique().sort():
            needy = people.filter(pl.col("horizon_days") == horizon, pl.col("outcome").is_in(outcomes))
            if needy.is_empty():
                gaps[horizon, age_group] = Gap(unknown, unknown)
                continue
            trust = trust_of(evaluation, outcomes[0], age_group, horizon)
            need = sum_by_area(needy, codes, age_group)
            ahead_by = settings.places.above_county_by
            gaps[horizon, age_group] = measure_gap(*need, served, score, trust, ahead_by, rng)
    return gaps


def _expected_starts(described: pl.DataFrame, cells: Cells, horizon_days: int) -> pl.DataFrame:
    """Of each cell: area_code, age_group, forecast: people expected to start long-term support at home within
    a year, differences between areas as far as they are believed. Where that was not scored: residents."""
    areas = described.filter(pl.col("geography") == "lsoa")
    starts = areas.filter(pl.col("outcome") == STARTS_OF_SUPPORT, pl.col("horizon_days") == horizon_days)
    told = areas.group_by("area_code", "age_group").agg(pl.col("denominator").max().alias("forecast"))
    if starts.height:
        county_rate = (pl.col("people_mean").sum() / pl.col("denominator").sum()).over("age_group")
        ratio = pl.col("rate_smoothed") / 1000 / county_rate
        a_year = DAYS_PER_YEAR / horizon_days
        forecast = (pl.col("people_expected") * ratio * a_year).alias("forecast")
        told = starts.select("area_code", "age_group", forecast)
    return cells.keys.join(
        told, on=["area_code", "age_group"], how="left", maintain_order="left"
    ).with_columns(pl.col("forecast").cast(pl.Float64).fill_null(0.0).fill_nan(0.0))


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
