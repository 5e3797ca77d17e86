"""An invented county of 8 by 8 areas, written as the folders a release reads: records, places, plans, scores.

No person stands in it: areas get residents, clients, forecasts and plans straight from a seed. Folders that a
release must not read hold files that break any reader.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
from numpy.typing import NDArray
from release_scores import HORIZON, OUTCOMES, write_scores
from shapely.geometry import Polygon

from configs.settings import load_settings
from serving.papers import write_papers
from serving.release import publish_release
from serving.store import Release

SIDE = 8
CELL_METRES = 2600.0
WEST, SOUTH = 352000.0, 291000.0
AS_OF = date(2026, 10, 1)
DRAWS = 60
ZONE_COUNT = 6
PLACES = (
    "Aldermoor", "Brindlewick", "Carrowby", "Dunmere", "Elmsworth", "Fennock", "Gorsley Heath", "Harrowmere",
    "Inglemarsh", "Kettleford", "Larkstoke", "Marlpit", "Netherwell", "Ollerby", "Pinfold", "Quarrendale",
)  # fmt: skip
WARDS = ("Abbey", "Bridgegate", "Castle Hill", "Dean", "Eastfield", "Furlong", "Greenway", "Highmoor", "Ings")
FORBIDDEN = (
    "people.parquet",
    "identity.parquet",
    "households.parquet",
    "quarantine.parquet",
    "review.parquet",
)


FOLDERS = ("records", "places", "plans", "scores", "drift")


@dataclass(frozen=True)
class World:
    """Where the input folders lie."""

    folder: Path

    def __getattr__(self, name: str) -> Path:
        if name in FOLDERS:
            return self.folder / name
        raise AttributeError(name)


def write_world(
    folder: Path, *, seed: int = 7, as_of: date = AS_OF, grow: float = 1.0, sparse: float = 1.0
) -> World:
    """Write the county. `grow` scales need (a later month), `sparse` scales residents (below 1: small counts)."""
    world = World(folder)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    areas = _areas(seed, sparse)
    _write_records(world, areas, as_of)
    totals = _write_places(world, areas, as_of, seed, grow)
    _write_plans(world, areas, totals, as_of)
    write_scores(world.scores, world.drift, as_of)
    return world


def _areas(seed: int, sparse: float) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    corners = _corners(rng)
    rows: list[dict[str, Any]] = []
    for r in range(SIDE):
        for c in range(SIDE):
            n = r * SIDE + c
            town = np.exp(-((r - 3.2) ** 2 + (c - 3.6) ** 2) / 6) + 0.6 * np.exp(
                -((r - 6.5) ** 2 + (c - 6.2) ** 2) / 2
            )
            shape = Polygon([corners[r, c], corners[r, c + 1], corners[r + 1, c + 1], corners[r + 1, c]])
            residents = (900 + 700 * town) * rng.uniform(0.85, 1.15) * sparse
            older = np.clip(0.30 - 0.12 * town + rng.normal(0, 0.03), 0.08, 0.45)
            middle, ward = (r // 2) * 4 + c // 2, (min(r // 3, 2)) * 3 + min(c // 3, 2)
            rows.append(
                {
                    "lsoa_code": f"X01{n:06d}",
                    "lsoa_name": f"{PLACES[middle]} {'ABCD'[(r % 2) * 2 + c % 2]}",
                    "msoa_code": f"X02{middle:06d}",
                    "ward_code": f"X05{ward:06d}",
                    "ward_name": WARDS[ward],
                    "lad_code": "X06000001",
                    "lad_name": "Invented County",
                    "people_18_64": float(round(residents * (1 - older) * 0.78)),
                    "people_65_plus": float(round(residents * older)),
                    "deprivation": float(np.clip(18 + 26 * town + rng.normal(0, 7), 2, 70)),
                    "rural": bool(town < 0.35),
                    "pull": float(
                        1 + 0.35 * np.exp(-((r - 6) ** 2 + (c - 1.5) ** 2) / 3) + rng.normal(0, 0.06)
                    ),
                    "zone": int(min(r // 3, 2) * 2 + (c >= 4)),
                    "geometry": shape,
                }
            )
    return gpd.GeoDataFrame(rows, crs=27700)


def _corners(rng: np.random.Generator) -> NDArray[np.float64]:
    rows, columns = np.meshgrid(np.arange(SIDE + 1), np.arange(SIDE + 1), indexing="ij")
    wobble = rng.normal(0, 0.16, (SIDE + 1, SIDE + 1, 2))
    return np.stack(
        [WEST + CELL_METRES * (columns + wobble[..., 0]), SOUTH + CELL_METRES * (rows + wobble[..., 1])],
        axis=-1,
    )


def _write_records(world: World, areas: gpd.GeoDataFrame, as_of: date) -> None:
    centres = areas.geometry.representative_point()
    rank = areas["deprivation"].rank(ascending=False).astype(int)
    table = pl.DataFrame(areas.drop(columns="geometry").to_dict("list")).select(
        "lsoa_code", "lsoa_name", "ward_code", "ward_name", "msoa_code", "lad_code", "lad_name",
        easting=pl.Series(centres.x), northing=pl.Series(centres.y),
        area_square_metres=pl.Series(areas.geometry.area), imd_score="deprivation",
        imd_rank=pl.Series(rank, dtype=pl.Int64), imd_decile=pl.Series((rank - 1) * 10 // len(areas) + 1, dtype=pl.Int64),
        ruc_code=pl.when("rural").then(pl.lit("RLF1")).otherwise(pl.lit("UN1")), rural="rural",
        n_stops=pl.lit(4, pl.Int64), metres_to_stop=pl.lit(350.0),
    )  # fmt: skip
    table.write_parquet(world.records / "areas.parquet")
    (world.records / "areas.geojson").write_text(
        areas[["lsoa_code", "lsoa_name", "geometry"]].to_crs(4326).to_json(drop_id=True), encoding="utf-8"
    )
    homes = [(9, 42, 0.93), (27, 60, 0.88), (29, 36, 0.97), (54, 48, 0.91), (46, 24, 0.21)]
    pl.DataFrame(
        {
            "location_id": [f"1-{1000 + i}" for i in range(len(homes))],
            "name": ["Ashgrove House", "The Limes", "Bridge Court", "Weir View", "Orchard Rise"],
            "beds": [b for _, b, _ in homes],
            "nursing": [False, True, False, True, False],
            "residential": [True] * 5,
            "dementia": [True, True, False, True, False],
            "rating": ["Good", "Good", "Requires improvement", "Good", None],
            "easting": [float(centres.x[a]) for a, _, _ in homes],
            "northing": [float(centres.y[a]) for a, _, _ in homes],
            "lsoa_code": [str(areas["lsoa_code"][a]) for a, _, _ in homes],
            "used_beds": [round(b * u) for _, b, u in homes],
        }
    ).write_parquet(world.records / "care_homes.parquet")
    for name in FORBIDDEN:
        (world.records / name).write_bytes(b"person-level: a release that opens this file fails here")
    (world.records / "summary.json").write_text(json.dumps(summary_of(as_of)), encoding="utf-8")


def summary_of(as_of: date) -> dict[str, Any]:
    """A summary as the records stage writes it, with small counts in it."""
    rows = {"read": 61_000, "kept": 60_784, "quarantined": 213, "blank": 3}
    return {
        "invented": True, "purpose": "planning", "as_of": as_of.isoformat(), "la_code": "999",
        "data_from": "2020-10-01", "data_to": "2026-09-30", "people": 23_418, "residents": 22_104,
        "households": 10_012, "in_scope": 21_690, "opted_out": 411, "objections": {"planning": 3, "direct_care": 21},
        "restricted": 12, "restricted_households": 6,
        "rows": {
            "read": 184_233, "kept": 183_020, "quarantined": 1_210, "blank": 3, "by_kind": {"cld": rows},
            "quarantined_by_rule": [
                {"kind": "apc", "column": "ADMIDATE", "rule": "no date", "rows": 994},
                {"kind": "cld", "column": "Event Start Date", "rule": "no date", "rows": 209},
                {"kind": "cld", "column": "LA Person Unique Identifier", "rule": "no key", "rows": 4},
            ],
        },
        "uprn_match": {"cld": {"rows": 61_000, "given": 0, "matched": 58_900, "none": 2_100, "share": 0.9656}},
        "nhs_number_match": {"apc": {"rows": 9_000, "with_nhs_number": 8_890, "led_to_nhs_number": 8_960, "share": 1.0}},
        "unlinked_health_rows": {"apc": 1_984, "ecds": 2}, "linkage_model": "trained", "review_pairs": 31,
        "sources_missing": ["csds_contacts", "visits"], "extract_dates": {"apc": "2026-09-30", "cld": "2026-09-30"},
        "numbers_small": False, "numbers_small_why": [],
    }  # fmt: skip


def _write_places(
    world: World, areas: gpd.GeoDataFrame, as_of: date, seed: int, grow: float
) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed + 1)
    base = pl.DataFrame(areas.drop(columns="geometry").to_dict("list"))
    hours = (
        (base["people_65_plus"] * 0.30 + base["people_18_64"] * 0.035).to_numpy()
        * base["pull"].to_numpy()
        * grow
    )
    draws = hours[:, None] * rng.lognormal(0, 0.13, (len(base), DRAWS)) * rng.lognormal(0, 0.06, DRAWS)
    groups = {
        "LSOA": base["lsoa_code"], "MSOA": base["msoa_code"], "ward": base["ward_code"],
        "county": pl.Series(["county"] * len(base)),
    }  # fmt: skip
    rows = [_forecast_rows(name, codes, base, draws, as_of, grow) for name, codes in groups.items()]
    pl.concat(rows).sort("geography", "area_code", "age_group", "outcome").write_parquet(
        world.places / "areas.parquet"
    )
    pl.DataFrame(
        {
            "area_code": np.repeat(base["lsoa_code"].to_numpy(), DRAWS),
            "draw": np.tile(np.arange(DRAWS), len(base)),
            "hours": draws.ravel(),
        }
    ).with_columns(as_of=pl.lit(as_of), horizon_days=pl.lit(HORIZON)).write_parquet(
        world.places / "draws.parquet"
    )
    _write_hotspots(world, base, as_of)
    _write_observed(world, base, hours, rng)
    county = {"hours": {"mean": float(hours.sum())}}
    (world.places / "county.json").write_text(json.dumps(county), encoding="utf-8")
    return draws


def _forecast_rows(
    name: str, codes: pl.Series, base: pl.DataFrame, draws: NDArray[np.float64], as_of: date, grow: float
) -> pl.DataFrame:
    parts = []
    keys = sorted(set(codes))
    inside = np.array([[c == k for c in codes] for k in keys], dtype=float)
    total = inside @ draws
    for at, age in enumerate(("18-64", "65+")):
        residents = base["people_65_plus" if at else "people_18_64"].to_numpy()
        share = 0.78 if at else 0.22
        for outcome, rates in OUTCOMES.items():
            people = inside @ (residents * rates[at] * base["pull"].to_numpy() * grow)
            denominator = inside @ residents
            spread = 1.2816 * np.sqrt(people)
            parts.append(
                pl.DataFrame(
                    {
                        "geography": name, "area_code": keys, "age_group": age, "denominator": denominator,
                        "as_of": as_of, "outcome": outcome, "horizon_days": HORIZON, "people_mean": people,
                        "people_p10": np.maximum(people - spread, 0), "people_p50": people, "people_p90": people + spread,
                        "hours_mean": share * total.mean(axis=1), "hours_p10": share * np.quantile(total, 0.1, axis=1),
                        "hours_p50": share * np.quantile(total, 0.5, axis=1), "hours_p90": share * np.quantile(total, 0.9, axis=1),
                        "rate_per_1000": 1000 * people / denominator, "rate_smoothed": 1000 * people / denominator,
                        "p_above_county": 1 / (1 + np.exp(-(people / denominator / rates[at] - 1.1) * 14)),
                    }
                )
            )  # fmt: skip
    return pl.concat(parts)


def _write_hotspots(world: World, base: pl.DataFrame, as_of: date) -> None:
    pull = base["pull"]
    score = (pull - pull.mean()) / pull.std()
    frames = [
        base.select(
            area_code="lsoa_code", age_group=pl.lit(age), as_of=pl.lit(as_of), measure=pl.lit(measure),
            horizon_days=pl.lit(HORIZON), statistic=score * 2, p_value=pl.lit(0.01), q_value=pl.lit(0.04),
        ).with_columns(
            pl.when(pl.col("statistic") > 2.3).then(pl.lit("hot"))
            .when(pl.col("statistic") < -1.9).then(pl.lit("cold"))
            .otherwise(pl.lit("none")).alias("class"),
            trend=pl.lit("none"), hidden_need_probability=pl.lit(None, pl.Float64),
        )
        for age in ("18-64", "65+")
        for measure in ("need", "hours", "hidden_need")
    ]  # fmt: skip
    pl.concat(frames).write_parquet(world.places / "hotspots.parquet")


def _write_observed(
    world: World, base: pl.DataFrame, hours: NDArray[np.float64], rng: np.random.Generator
) -> None:
    clients = rng.poisson(hours / 14)
    homes = rng.poisson(base["people_65_plus"].to_numpy() * 0.02)
    admissions = rng.poisson(base["people_65_plus"].to_numpy() * 0.16)
    counted = {
        "people_18_64": base["people_18_64"].to_numpy(), "people_65_plus": base["people_65_plus"].to_numpy(),
        "clients_home_care": clients, "clients_care_home": homes, "emergency_admissions_365d": admissions,
    }  # fmt: skip
    frames = [
        pl.DataFrame(
            {
                "lsoa_code": base["lsoa_code"],
                "measure": name,
                "value": v.astype(float),
                "n_people": v.astype(int),
            }
        ).with_columns(largest_share=pl.lit(0.0))
        for name, v in counted.items()
    ]
    supplied = clients * 13.5 + np.where(clients > 0, rng.normal(0, 6, len(clients)), 0)
    frames.append(
        pl.DataFrame(
            {"lsoa_code": base["lsoa_code"], "measure": "hours_home_care", "value": np.maximum(supplied, 0.0),
             "n_people": clients.astype(int)}
        ).with_columns(largest_share=1.6 / pl.max_horizontal(pl.col("n_people"), pl.lit(2)))
    )  # fmt: skip
    pl.concat(frames).sort("lsoa_code", "measure").write_parquet(world.places / "observed.parquet")


def _write_plans(world: World, areas: gpd.GeoDataFrame, draws: NDArray[np.float64], as_of: date) -> None:
    zones = areas["zone"].to_numpy()
    names = ["South West", "South East", "Mid West", "Mid East", "North West", "North East"]
    codes = [f"Z{z + 1}" for z in zones]
    pl.DataFrame({"area_code": areas["lsoa_code"].to_list(), "zone_id": codes}).write_csv(
        world.plans / "zones.csv"
    )
    rows = []
    for z in range(ZONE_COUNT):
        inside = zones == z
        total = draws[inside].sum(axis=0)
        rural = float(areas["rural"][inside].mean())
        price = 24.10 + 3.2 * rural
        rows.append(
            {
                "zone_id": f"Z{z + 1}", "zone_name": names[z], "n_areas": int(inside.sum()),
                "hours_mean": float(total.mean()), "hours_p10": float(np.quantile(total, 0.1)),
                "hours_p50": float(np.quantile(total, 0.5)), "hours_p90": float(np.quantile(total, 0.9)),
                "people_mean": float(total.mean() / 13.6), "visits_per_week": float(total.mean() * 1.7),
                "fte": float(total.mean() / 28), "recruits_per_year": float(total.mean() / 28 * 0.28),
                "price_per_hour_pounds": price, "price_carer_pay_pounds": 12.71, "price_travel_pounds": 2.4 + 2.2 * rural,
                "price_on_costs_pounds": 3.9 + 0.6 * rural, "price_overhead_pounds": 4.4 + 0.4 * rural,
                "price_surplus_pounds": 0.69, "cost_per_year_pounds": float(total.mean() * 52.18 * price),
                "rural_share": rural, "walkable_share": 0.72 - 0.5 * rural, "mean_distance_metres": 3100 + 1500 * rural,
            }
        )  # fmt: skip
    pl.DataFrame(rows).write_parquet(world.plans / "zones.parquet")
    facts = {
        "max_deviation": 0.047,
        "distance_metres": 3420.0,
        "lower_bound_metres": 3010.0,
        "contiguous": True,
        "restarts": 24,
    }
    (world.plans / "zones.json").write_text(json.dumps(facts), encoding="utf-8")
    _write_homes(world, areas)


def _write_homes(world: World, areas: gpd.GeoDataFrame) -> None:
    centres = areas.geometry.representative_point()

    def site(n: int, at: int, name: str, beds: int) -> dict[str, Any]:
        return {
            "site_id": f"S{n}", "name": name, "easting": float(centres.x[at]), "northing": float(centres.y[at]),
            "lsoa_code": str(areas["lsoa_code"][at]), "max_beds": beds, "care_types": "residential",
        }  # fmt: skip

    sites = [site(1, 49, "Old Brickworks", 60), site(2, 18, "Station Yard", 48), site(3, 37, "Mill Lane", 40)]
    chosen = {**sites[0], "beds": 56, "cost_pounds": 9_800_000.0, "people_within_reach": 4_212.0}
    plan = {
        "chosen": [chosen], "candidates": sites, "existing": [], "need_beds": 247.0, "existing_beds": 210,
        "unmet_before": 51.0, "unmet_after": 0.0, "mean_minutes_before": 14.2, "mean_minutes_after": 9.8,
        "objective": 1234.5, "bound": 1234.5, "gap": 0.0, "status": "optimal",
        "needed": True, "sites_considered": 3, "sites_too_small": 0, "people_within_reach_are": "aged 75 and over",
        "travel_source": "straight lines with a detour factor of 1.3", "travel_date": "2026-11-25",
        "scenarios": [_scenario("low", 221.0, 24.0, 0.0), _scenario("central", 247.0, 51.0, 0.0),
                      _scenario("high", 279.0, 83.0, 13.0)],
        "assumptions": ["Occupancy at most 90% of beds", "Travel by car at most 30 minutes"],
    }  # fmt: skip
    (world.plans / "homes.json").write_text(json.dumps(plan), encoding="utf-8")


def _scenario(name: str, need: float, before: float, after: float) -> dict[str, Any]:
    return {
        "scenario": name, "need_beds": need, "unmet_before": before, "unmet_after": after, "beds": 56,
        "best_site_ids": ["S1"], "regret": 0.0, "gap": 0.0, "status": "optimal",
    }  # fmt: skip


def publish_world(world: World, release: Path, *, as_of: date = AS_OF, **changes: Any) -> dict[str, Any]:
    """Publish the county with the default settings; `changes`: run_id, purpose, invented, settings."""
    asked = {
        "run_id": "run-1",
        "purpose": "planning",
        "invented": True,
        "settings": load_settings(),
        **changes,
    }
    folders = {name: getattr(world, name) for name in FOLDERS}
    published = publish_release(release=release, as_of=as_of, **folders, **asked)
    write_papers(Release.open(release), asked["settings"], {})
    return published
