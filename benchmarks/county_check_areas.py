"""Planted clusters and areas' own levels: there where the world says so, and nowhere else."""

import json
from collections.abc import Iterator

import numpy as np
import polars as pl
import shapely
from county_check_county import County
from county_check_effects import KNOWN, at_home_older, first_events
from county_check_fits import least_squares, log_hazard, poisson
from county_check_lines import Estimate, Line, at_least, exactly, stated, too_few, within

PART = "areas"
COLLATED_METRES = 5.0
METRES_A_DEGREE = 111_320.0
SHARE_PLANTED, FEWEST_PLANTED = 0.07, 3  # docs/reference/simulator.md: 7% of areas, at least 3
CLUSTER_EVENTS_NEEDED = 5  # with none the ratio has no finite value


def check(county: County, against: County | None = None) -> Iterator[Line]:
    """All lines of this part."""
    areas = county.truth("areas")
    yield exactly(PART, "planted areas", county.world["planted_areas"], areas["planted"].sum())
    elsewhere = areas.filter(~pl.col("planted"))
    odd = elsewhere.filter((pl.col("need_factor") != 1) | (pl.col("service_factor") != 1)).height
    yield exactly(PART, "areas with a factor where nothing is planted", 0, odd)
    yield from levels(county, areas)
    yield from differences(county, against)
    if areas["planted"].any():
        yield from cluster(county, areas)
    else:
        yield exactly(
            PART, "hidden-need is the world that plants areas", 0, county.world["world"] == "hidden-need"
        )


def shapes(county: County) -> tuple[list[str], np.ndarray]:
    """Area codes and their shapes in metres, near enough."""
    path = next((county.folder / "landing" / "places").glob("*boundaries*.geojson"))
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    codes = [f["properties"]["LSOA21CD"] for f in features]
    drawn = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    degrees = np.abs(shapely.get_coordinates(drawn)[:, 0]).max() <= 180
    if not degrees:
        return codes, drawn
    squeeze = np.cos(np.radians(shapely.get_coordinates(drawn)[:, 1].mean()))
    scale = np.array([METRES_A_DEGREE * squeeze, METRES_A_DEGREE])
    return codes, shapely.transform(drawn, lambda xy: xy * scale)


def neighbours(county: County) -> pl.DataFrame:
    """Pairs of area codes that share a border and not a mere corner, both ways."""
    codes, drawn = shapes(county)
    wide = shapely.buffer(drawn, COLLATED_METRES)
    one, other = shapely.STRtree(wide).query(wide, predicate="intersects")
    one, other = one[one != other], other[one != other]
    shared = shapely.area(shapely.intersection(wide[one], wide[other]))
    border = shared > 20 * COLLATED_METRES**2
    named = np.array(codes)
    return pl.DataFrame({"area_code": named[one[border]], "beside": named[other[border]]})


def pieces(codes: list[str], pairs: pl.DataFrame) -> int:
    """Into how many pieces the areas fall."""
    left, count = set(codes), 0
    links = pairs.filter(pl.col("area_code").is_in(codes), pl.col("beside").is_in(codes))
    beside = dict(links.group_by("area_code").agg("beside").iter_rows())
    while left:
        count, edge = count + 1, [left.pop()]
        while edge:
            new = left.intersection(beside.get(edge.pop(), []))
            left -= new
            edge += new
    return count


def levels(county: County, areas: pl.DataFrame) -> Iterator[Line]:
    """Areas' own levels are of the size that the truth's README says, and nothing at all in the flat world."""
    spread = float(areas["area_effect"].std() or 0.0)
    if county.world["world"] == "flat":
        yield exactly(PART, "standard deviation of areas' levels", 0, spread)
    else:
        # Neighbours' levels are alike, so there are fewer free ones than areas.
        error = np.sqrt(2 / areas.height)
        yield stated(PART, "standard deviation of areas' levels", 1.0, Estimate(spread, error), 0.05, 0.0)


def differences(county: County, against: County | None) -> Iterator[Line]:
    """Do areas differ once age and sex are known? F of areas in the true monthly hazards, a household one value, on
    the middle day (1: no more than households would by chance); and the people admitted within two years."""
    flat = county.world["world"] == "flat"
    for hazard in ("emergency_admission", "death", "other_request"):
        spread = _f_of_areas(county, hazard)
        label = f"F of areas in {hazard}, true monthly chances, age and sex known"
        yield stated(PART, label, 1.0, spread, 0.1) if flat else at_least(PART, label, 1.0, spread, 1.0)
        if flat and against is not None:
            other = _f_of_areas(against, hazard)
            gap = Estimate(other.value - spread.value, float(np.hypot(spread.error, other.error)))
            label = f"{label}: {against.world['world']}'s less this world's"
            yield at_least(PART, label, 0.0, gap, 0.0)
    found = _dispersion(county)
    label = "chi-square a degree of freedom of people admitted within two years, by area"
    yield stated(PART, label, 1.0, found, 0.15) if flat else within(PART, label, 0.8, 3.0, found)


def _f_of_areas(county: County, hazard: str) -> Estimate:
    rows = at_home_older(county).filter(pl.col(hazard) > 0)
    days = rows["day"].unique().sort()
    rows = rows.filter(pl.col("day") == days[len(days) // 2])
    log = pl.Series("_y", log_hazard(rows[hazard]))
    rows = rows.with_columns(log).with_columns(_y=pl.col("_y") - pl.col("_y").mean().over("band", "female"))
    homes = rows.group_by("household", "area_code").agg(pl.col("_y").mean())
    groups = homes.group_by("area_code").agg(
        n=pl.len(), mean=pl.col("_y").mean(), ss=pl.col("_y").var() * (pl.len() - 1)
    )
    groups = groups.filter(pl.col("n") >= 2)
    k, n = groups.height, groups["n"].sum()
    grand = (groups["n"] * groups["mean"]).sum() / n
    between = (groups["n"] * (groups["mean"] - grand) ** 2).sum() / (k - 1)
    inside = groups["ss"].sum() / (n - k)
    return Estimate(between / inside, float(np.sqrt(2 / (k - 1) + 2 / (n - k)) * between / inside))


def _dispersion(county: County) -> Estimate:
    end = np.datetime64(county.world["end"])
    rows = at_home_older(county).filter(pl.col("day") <= end - np.timedelta64(730, "D"))
    rows = rows.filter(pl.col("day") == rows["day"].max())
    seen = (
        county.truth("outcomes")
        .filter(pl.col("outcome") == "emergency_admission")
        .select("person", then="day")
    )
    seen = rows.select("day", "person").join(seen, on="person")
    days = (pl.col("then") - pl.col("day")).dt.total_days()
    ill = seen.filter(days.is_between(0, 729)).select("person").unique().with_columns(ill=pl.lit(value=True))
    rows = rows.join(ill, on="person", how="left").with_columns(
        pl.col("ill").fill_null(value=False).cast(pl.Float64)
    )
    rows = rows.with_columns(p=pl.col("ill").mean().over("band", "female"))
    sums = rows.group_by("area_code").agg(
        seen=pl.col("ill").sum(), told=pl.col("p").sum(), v=(pl.col("p") * (1 - pl.col("p"))).sum()
    )
    sums = sums.filter(pl.col("v") > 0.5)
    chi = ((sums["seen"] - sums["told"]) ** 2 / sums["v"]).sum() / (sums.height - 1)
    return Estimate(float(chi), float(np.sqrt(2 / (sums.height - 1)) * chi))


def cluster(county: County, areas: pl.DataFrame) -> Iterator[Line]:
    """The planted areas: one piece, frailer people, more admissions at the same age, less service at the same
    frailty."""
    world, planted = county.world, areas.filter("planted")
    asked = max(FEWEST_PLANTED, round(SHARE_PLANTED * areas.height))
    yield stated(PART, "size of the cluster, areas", asked, Estimate(planted.height, 0.0), 1.0)
    yield exactly(
        PART, "pieces of the cluster", 1, pieces(planted["area_code"].to_list(), neighbours(county))
    )
    need, service = planted["need_factor"].mean(), planted["service_factor"].mean()
    yield exactly(PART, "service factor of the cluster", world["planted_service_factor"], service)
    per_sd = world["effects_log_hazard_ratio"]["emergency"]["frailty"]
    label = "log need factor of the cluster, against frailty x its effect"
    yield stated(PART, label, per_sd * world["planted_frailty_sd"], Estimate(float(np.log(need))), 0.02)
    yield from _planted_in_chances(county, need, service)
    yield from _planted_in_events(county, need, service)


def _planted_in_chances(county: County, need: float, service: float) -> Iterator[Line]:
    rows = at_home_older(county)
    by = ["band", "female", "day"]
    frailty = least_squares(rows, rows["frailty_z"].to_numpy(), ["age", "deprivation", "planted"], by)[
        "planted"
    ]
    sd = county.world["planted_frailty_sd"]
    yield stated(PART, "frailty of the cluster at given age, sd", sd, frailty, 0.1, 0.0)
    plain, known_all = ["age", "deprivation", "area_effect", "planted"], [*KNOWN, "alone", "cold_home"]
    for hazard, size, known in (
        ("emergency_admission", need, plain),
        ("other_request", service, known_all),
        ("long_term_at_home", service, known_all),
    ):
        chosen = rows.filter(pl.col(hazard) > 0)
        found = least_squares(chosen, log_hazard(chosen[hazard]), known, by)["planted"]
        at = "age" if known is plain else "frailty"
        label = f"log ratio of {hazard} in the cluster at given {at}, true monthly chances"
        yield stated(PART, label, float(np.log(size)), found, 0.05 if at == "frailty" else 0.1, 0.0)


def _planted_in_events(county: County, need: float, service: float) -> Iterator[Line]:
    age = ["age", "age_squared", "female", "deprivation", "planted"]
    for outcome, hazard, size, known in (
        ("emergency_admission", "emergency_admission", need, age),
        ("long_term_community_start", "long_term_at_home", service, ["frailty_z", "dementia", "alone", *age]),
    ):
        rows = first_events(county, outcome, hazard)
        label = f"log rate ratio of {outcome} in the cluster, events"
        events = rows.filter("planted")["event"].sum()
        if events < CLUSTER_EVENTS_NEEDED:
            yield too_few(PART, label, events)
            continue
        found = poisson(rows, "event", "exposure", known)["planted"]
        yield stated(PART, label, float(np.log(size)), found, 0.15, 0.0)
    rows = landed_requests(county)
    known = ["frailty_z", "dementia", "alone", *age]
    found = poisson(rows, "requests", "exposure", known)["planted"]
    label = "log rate ratio of landed requests in the cluster at given frailty"
    yield stated(PART, label, float(np.log(service)), found, 0.25, 0.0)


def landed_requests(county: County) -> pl.DataFrame:
    """States of 65+ at home with the landed requests of the half-year that follows."""
    rows = first_events(county, "death", "death")
    asked = county.requests.filter(pl.col("client") == "service user").select("person", "day")
    asked = rows.select(pl.col("day").alias("from"), "person").join(asked, on="person")
    days = (pl.col("day") - pl.col("from")).dt.total_days()
    asked = (
        asked.filter(days.is_between(0, 181)).group_by(pl.col("from").alias("day"), "person").len("requests")
    )
    return rows.join(asked, on=["day", "person"], how="left").with_columns(pl.col("requests").fill_null(0))
