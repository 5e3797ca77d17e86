"""The measures in which hotspots are sought: need, age-standardised; hours of home care; and hidden need."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from configs.settings import Places
from models.places.emerging import name_trends, score_steps
from models.places.hidden import Gap, pick_surely
from models.places.hotspots import Hotspots, find_hotspots
from models.places.neighbours import Graph

NEED_OUTCOMES = ("long_term_community_start", "care_home_admission")
"""Need is the start of long-term care, at home or in a care home."""

HIDDEN_NEED = "hidden_need"

HOTSPOTS_SCHEMA = pl.Schema(
    {
        "area_code": pl.String,
        "age_group": pl.String,
        "as_of": pl.Date,
        "measure": pl.String,
        "horizon_days": pl.Int64,
        "statistic": pl.Float64,
        "p_value": pl.Float64,
        "q_value": pl.Float64,
        "class": pl.String,
        "trend": pl.String,
        "hidden_need_probability": pl.Float64,
        "value": pl.Float64,
        "moran": pl.Float64,
        "moran_class": pl.String,
        "class_by_distance": pl.String,
        "class_by_travel": pl.String,
    }
)


@dataclass(frozen=True)
class Around:
    """The same areas joined in three ways: where they touch, by distance, by minutes of travel."""

    touching: Graph
    distance: Graph
    travel: Graph


def gather_need(
    described: pl.DataFrame,
    gaps: dict[tuple[int, str], Gap],
    steps: pl.DataFrame,
    codes: list[str],
    around: Around,
    as_of: date,
    places: Places,
    seed: int,
) -> pl.DataFrame:
    """The rows of hotspots.parquet, sorted; `described` holds the rows of areas.parquet.

    `need`: people starting long-term care (NEED_OUTCOMES that were scored), as a ratio to what their
    ages lead one to expect. `hours`: mean hours of home care per resident of the age group. `hidden_need`:
    log of need over service (models/places/hidden.py; `gaps`: (horizon, age group) -> one, in the order of
    `codes`). `trend` sets the class beside what `steps` has on record (models/places/emerging.py);
    hidden need has none; it is hot where Gi* says so or where the area's own chance does (`pick_surely`).
    `class` and `moran_class` are by areas that touch; the two others say what the class
    would be by other neighbours. `hidden_need_probability` is the area's, whatever the measure.
    """
    keys = described.filter(pl.col("geography") == "lsoa").select("horizon_days", "age_group").unique()
    measures = ("need", "hours", HIDDEN_NEED)
    recorded = {
        (measure, group): score_steps(_recorded(steps, measure, group, codes), around.touching)
        for measure in measures
        for group in keys["age_group"].unique()
    }
    parts = []
    for horizon, age_group in keys.sort("horizon_days", "age_group").iter_rows():
        gap = gaps[horizon, age_group]
        group = described.filter(pl.col("horizon_days") == horizon, pl.col("age_group") == age_group)
        for measure, values in zip(measures, (_need(group), _hours(group), None), strict=True):
            lined_up = _line_up(codes, _residents(group) if values is None else values)
            numbers = gap.value if values is None else _numbers(lined_up["value"])
            frame = _describe(lined_up, numbers, recorded[measure, age_group], around, places, seed)
            if measure == HIDDEN_NEED:
                frame = _add_sure(frame, gap, places.fdr)
            parts.append(
                frame.with_columns(
                    pl.lit(measure).alias("measure"),
                    pl.lit(horizon, pl.Int64).alias("horizon_days"),
                    pl.lit(age_group).alias("age_group"),
                    pl.lit(as_of).alias("as_of"),
                    _rounded("hidden_need_probability", gap.probability),
                )
            )
    table = pl.concat(parts).select(HOTSPOTS_SCHEMA.names()).cast(HOTSPOTS_SCHEMA)
    return table.sort("measure", "horizon_days", "age_group", "area_code")


def _need(group: pl.DataFrame) -> pl.DataFrame:
    """area_code, residents, value: need over what ages lead one to expect."""
    starts = group.filter(pl.col("geography") == "lsoa", pl.col("outcome").is_in(NEED_OUTCOMES))
    summed = starts.group_by("area_code").agg(
        pl.col("people_mean", "people_expected").sum(), pl.col("denominator").max().alias("residents")
    )
    ratio = (pl.col("people_mean") / pl.col("people_expected")).round(9)
    value = pl.when(pl.col("people_expected") > 0).then(ratio).otherwise(1.0).alias("value")
    return summed.select("area_code", "residents", value)


def _hours(group: pl.DataFrame) -> pl.DataFrame:
    """area_code, residents, value: hours a week per resident (hours stand alike on every outcome's row)."""
    per_resident = (pl.col("hours_mean") / pl.col("residents")).round(9)
    value = pl.when(pl.col("residents") > 0).then(per_resident).alias("value")
    return _residents(group).select("area_code", "residents", value)


def _residents(group: pl.DataFrame) -> pl.DataFrame:
    areas = group.filter(pl.col("geography") == "lsoa").group_by("area_code")
    return areas.agg(pl.col("hours_mean").max(), pl.col("denominator").max().alias("residents"))


def _recorded(steps: pl.DataFrame, measure: str, age_group: str, codes: list[str]) -> np.ndarray:
    """(steps, areas), oldest first, of one measure and age group; NaN where nobody lived."""
    ours = steps.filter(pl.col("measure") == measure, pl.col("age_group") == age_group)
    by_step = ours.partition_by("step", maintain_order=True)
    rows = [_numbers(_line_up(codes, step.select("area_code", "value"))["value"]) for step in by_step]
    return np.array(rows).reshape(len(rows), len(codes))


def _describe(
    lined_up: pl.DataFrame,
    numbers: np.ndarray,
    recorded: np.ndarray,
    around: Around,
    places: Places,
    seed: int,
) -> pl.DataFrame:
    enough = (lined_up["residents"].fill_null(0) >= places.people_min).to_numpy()

    def find(graph: Graph) -> Hotspots:
        return find_hotspots(
            numbers, enough, graph, fdr=places.fdr, permutations=places.permutations, seed=seed
        )

    found = find(around.touching)
    return lined_up.select("area_code").with_columns(
        _rounded("statistic", found.statistic),
        _rounded("p_value", found.p_value),
        _rounded("q_value", found.q_value),
        pl.Series("class", found.label),
        pl.Series("trend", name_trends(found.label, recorded, places.fdr)),
        _rounded("value", np.where(enough, numbers, np.nan)),
        _rounded("moran", found.moran),
        pl.Series("moran_class", found.moran_class),
        pl.Series("class_by_distance", find(around.distance).label),
        pl.Series("class_by_travel", find(around.travel).label),
    )


def _add_sure(frame: pl.DataFrame, gap: Gap, fdr: float) -> pl.DataFrame:
    """Hot, too, where the area's own figures leave little doubt, whatever its neighbours'."""
    sure = pl.Series(pick_surely(gap.probability, fdr)) & (frame["class"] == "none")
    return frame.with_columns(pl.when(sure).then(pl.lit("hot")).otherwise("class").alias("class"))


def _line_up(codes: list[str], values: pl.DataFrame) -> pl.DataFrame:
    areas = pl.DataFrame({"area_code": codes}, schema={"area_code": pl.String})
    return areas.join(values, on="area_code", how="left", maintain_order="left")


def _numbers(values: pl.Series) -> np.ndarray:
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _rounded(name: str, values: np.ndarray) -> pl.Series:
    return pl.Series(name, np.round(values, 6), dtype=pl.Float64).fill_nan(None)
