"""The tables of a release, each disclosure-controlled: what a page, a download or another tool may ever
see.
"""

import re
from datetime import date
from typing import Any

import polars as pl
from pyproj import Transformer

from serving.disclosure import Rule, add_released, control_count, no_earlier, protect
from serving.inputs import BRITISH_GRID, Inputs
from serving.modelled import Opening, control_hours, finest_shown, may_show, rounded_to

COUNTED = (
    "people_18_64",
    "people_65_plus",
    "clients_home_care",
    "clients_care_home",
    "emergency_admissions_365d",
)
AMOUNTS = ("hours_home_care",)
MODEL_KEYS = ("outcome", "age_group", "model", "kind", "test_origin")
QUANTILES = {"hours_p10": 0.1, "hours_p50": 0.5, "hours_p90": 0.9}
POUNDS_ROUND_TO = 10_000
TO_DEGREES = Transformer.from_crs(BRITISH_GRID, 4326, always_xy=True)
INVENTED_LABEL = "Invented data: no real person"


def controlled_counts(inputs: Inputs, rule: Rule, earlier: pl.DataFrame) -> pl.DataFrame:
    """Observed counts and hours: `measure, geography, area_code, value, hidden, at_least`.

    Areas, MSOAs and the county are protected together; wards and zones add up what areas show. `earlier`: the
    same columns and `as_of`-derived `same_month`, from releases of this month and before. No counts: no rows.
    """
    places = inputs.areas.select("lsoa_code", "msoa_code")
    measures = [m for m in (*COUNTED, *AMOUNTS) if (inputs.observed["measure"] == m).any()]
    parts = [_protect_one(inputs, places, m, rule, earlier) for m in measures]
    if not parts:
        return _count_columns(no_earlier().with_columns(measure=pl.lit(None, pl.String), at_least=False))
    return _count_columns(pl.concat(parts)).sort("measure", "geography", "area_code")


def _protect_one(
    inputs: Inputs, places: pl.DataFrame, measure: str, rule: Rule, earlier: pl.DataFrame
) -> pl.DataFrame:
    of_measure = inputs.observed.filter(pl.col("measure") == measure)
    cells = places.join(of_measure, on="lsoa_code", how="left")
    before = earlier.filter(pl.col("measure") == measure)
    released = protect(cells, rule, counted=measure in COUNTED, earlier=before)
    areas = released.filter(pl.col("geography") == "lsoa")
    unions = [add_released(areas, inputs.members[name], name) for name in ("ward", "zone")]
    first = released.with_columns(at_least=pl.lit(False))
    return pl.concat([first, *(u.select(first.columns) for u in unions)]).with_columns(
        measure=pl.lit(measure)
    )


def _count_columns(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("measure", "geography", "area_code", "value", "hidden", "at_least")


def decide_modelled(inputs: Inputs, opening: Opening) -> pl.DataFrame:
    """Where modelled values may be shown: `geography, area_code, age_group, shown`."""
    residents = (
        inputs.forecast.group_by("geography", "area_code", "age_group")
        .agg(residents=pl.col("denominator").max().fill_null(0.0))
        .sort("geography", "area_code", "age_group")
    )
    parents = pl.concat(list(inputs.members.values()))
    return may_show(residents, parents, opening)


def controlled_hours(inputs: Inputs, decided: pl.DataFrame, round_to: int) -> pl.DataFrame:
    """Forecast home-care hours a week of all adults, by area and union; means add up, ranges come from
    draws.
    """
    kept = inputs.forecast.filter(pl.col("geography") == "lsoa", pl.col("hours_mean").is_not_null())
    means = (
        kept.group_by("area_code", "age_group", "horizon_days")
        .agg(pl.col("hours_mean").max())
        .group_by("area_code", "horizon_days")
        .agg(pl.col("hours_mean").sum())
    )
    own = inputs.members["county"].select("area_code", union_code="area_code")
    unions = {"lsoa": own, **{n: m for n, m in inputs.members.items() if n != "zone"}}
    parts = [_hours_of(name, members, means, inputs.draws) for name, members in unions.items()]
    return control_hours(pl.concat(parts), decided, round_to)


def _hours_of(name: str, members: pl.DataFrame, means: pl.DataFrame, draws: pl.DataFrame) -> pl.DataFrame:
    key = ["union_code", "horizon_days"]
    summed = members.join(means, on="area_code").group_by(key).agg(pl.col("hours_mean").sum())
    spread = (
        members.join(draws, on="area_code")
        .group_by(*key, "draw")
        .agg(pl.col("hours").sum())
        .group_by(key)
        .agg(pl.col("hours").quantile(q, "linear").alias(name) for name, q in QUANTILES.items())
    )
    return summed.join(spread, on=key, how="left").select(
        geography=pl.lit(name),
        area_code="union_code",
        horizon_days=pl.col("horizon_days").cast(pl.Int64),
        **{c: pl.col(c) for c in ("hours_mean", *QUANTILES)},
    )


def controlled_hotspots(inputs: Inputs, decided: pl.DataFrame) -> pl.DataFrame:
    """Hotspot classes by area, age group and measure; null class where hidden."""
    open_areas = decided.filter("shown", pl.col("geography") == "lsoa").select(
        "area_code", "age_group", open=pl.lit(True)
    )
    frame = inputs.hotspots.join(open_areas, on=["area_code", "age_group"], how="left")
    return frame.select(
        "area_code",
        "age_group",
        "measure",
        pl.col("horizon_days").cast(pl.Int64),
        *(pl.when("open").then(pl.col(c).cast(pl.String)).alias(c) for c in ("class", "trend")),
        hidden=~pl.col("open").fill_null(False),
    ).sort("measure", "age_group", "horizon_days", "area_code")


def area_names(inputs: Inputs, decided: pl.DataFrame) -> pl.DataFrame:
    """Names and public facts of areas and their unions, and where each area's modelled values are shown."""
    members = inputs.members
    at = finest_shown(decided, {"msoa": members["msoa"], "ward": members["ward"]})
    older = at.filter(pl.col("age_group") == "65+").select(lsoa_code="area_code", shown_at="shown_at")
    zones = inputs.zone_areas.select(lsoa_code="area_code", zone_id="zone_id")
    areas = inputs.areas.join(older, on="lsoa_code", how="left").join(zones, on="lsoa_code", how="left")
    lsoas = areas.select(
        geography=pl.lit("lsoa"),
        area_code="lsoa_code",
        area_name=pl.coalesce("lsoa_name", "lsoa_code"),
        msoa_code="msoa_code",
        ward_code="ward_code",
        ward_name="ward_name",
        lad_name="lad_name",
        zone_id="zone_id",
        imd_decile=pl.col("imd_decile").cast(pl.Int64),
        rural="rural",
        shown_at="shown_at",
    )
    middles = _named(
        areas.with_columns(name=pl.col("lsoa_name").str.head(-1).str.strip_chars()),
        "msoa",
        "msoa_code",
        "name",
    )
    wards = _named(areas, "ward", "ward_code", "ward_name")
    zone_names = inputs.zones.select(
        geography=pl.lit("zone"), area_code="zone_id", area_name=pl.coalesce("zone_name", "zone_id")
    )
    county = pl.DataFrame({"geography": ["county"], "area_code": ["county"], "area_name": ["Whole county"]})
    return pl.concat([lsoas, middles, wards, zone_names, county], how="diagonal")


def _named(areas: pl.DataFrame, geography: str, code: str, name: str) -> pl.DataFrame:
    """One row a union: its name where all its areas agree on one, else its code."""
    grouped = (
        areas.filter(pl.col(code).is_not_null())
        .group_by(code)
        .agg(one=pl.col(name).n_unique() == 1, name=pl.col(name).first())
    )
    named = pl.when(pl.col("one") & (pl.col("name").str.strip_chars() != "")).then("name").otherwise(code)
    return grouped.select(geography=pl.lit(geography), area_code=code, area_name=named).sort("area_code")


def controlled_zones(inputs: Inputs, rule: Rule, opening: Opening) -> pl.DataFrame:
    """One row a zone: sizing and price, rounded; null where modelled values are closed or under eight
    people.
    """
    zones = inputs.zones.sort("zone_id")
    few = (pl.col("people_mean") < rule.hide_to + 1) | (opening.how == "closed")
    steps: dict[str, float] = {
        **dict.fromkeys((c for c in zones.columns if c.startswith("hours_")), rule.round_to),
        "people_mean": rule.round_to,
        "visits_per_week": rule.round_to,
        "fte": 1,
        "recruits_per_year": 1,
        "cost_per_year_pounds": POUNDS_ROUND_TO,
        "rural_share": 0.01,
        "walkable_share": 0.01,
        "mean_distance_metres": 10,
        **dict.fromkeys((c for c in zones.columns if c.startswith("price_")), 0.01),
    }
    place_facts = ("rural_share", "walkable_share", "mean_distance_metres")
    sized = [
        (
            pl.when(few).then(None).otherwise(rounded_to(c, s)) if c not in place_facts else rounded_to(c, s)
        ).alias(c)
        for c, s in steps.items()
        if c in zones.columns
    ]
    return zones.select("zone_id", "zone_name", pl.col("n_areas").cast(pl.Int64), *sized, hidden=few)


def controlled_models(inputs: Inputs, rule: Rule) -> pl.DataFrame:
    """Champion beside rivals; where 1-7 events stand behind a line, its figures are null (`too_few`)."""
    rows = [
        {k: _said(v, rule) for k, v in row.items() if not isinstance(v, dict | list)}
        for row in inputs.evaluation
    ]
    if not rows:
        return pl.DataFrame(schema={"outcome": pl.String, "age_group": pl.String, "model": pl.String})
    frame = pl.DataFrame(rows, infer_schema_length=None)
    frame = frame.select(
        pl.col(c).cast(pl.String) if t == pl.Null else pl.col(c) for c, t in frame.schema.items()
    )
    few = pl.col("n_events").is_between(rule.hide_from, rule.hide_to).fill_null(False)
    counts = [c for c in frame.columns if c.startswith("n_")]
    told = (pl.Float64, pl.String)
    figures = [c for c, t in frame.schema.items() if t in told and c not in (*counts, *MODEL_KEYS)]
    small = {c: pl.col(c).is_between(rule.hide_from, rule.hide_to) for c in counts}
    return frame.with_columns(
        *(pl.when(few).then(None).otherwise(c).alias(c) for c in figures),
        *(
            pl.when(small[c]).then(None).otherwise(rounded_to(c, rule.round_to).cast(pl.Int64)).alias(c)
            for c in counts
        ),
        too_few=few,
    )


def _said(value: Any, rule: Rule) -> Any:
    """A value as it is; in a text, every number of events or people under the rule."""

    def count(found: re.Match[str]) -> str:
        shown = control_count(int(found[1].replace(",", "")), rule)
        return f"{rule.hide_from} to {rule.hide_to}" if shown is None else f"about {shown:,}"

    return re.sub(r"([\d,]+)(?= (?:events|people|starts))", count, value) if isinstance(value, str) else value


def controlled_sites(inputs: Inputs, rule: Rule) -> pl.DataFrame:
    """Existing homes, candidate sites and chosen ones: `kind, site_id, name, beds, used_beds, …`."""
    existing = inputs.care_homes.select(
        kind=pl.lit("existing"),
        site_id="location_id",
        name="name",
        beds=pl.col("beds").cast(pl.Int64),
        hidden=pl.col("used_beds").is_between(rule.hide_from, rule.hide_to).fill_null(False),
        used_beds=pl.when(pl.col("used_beds").is_between(rule.hide_from, rule.hide_to))
        .then(None)
        .otherwise(rounded_to("used_beds", rule.round_to))
        .cast(pl.Int64),
        rating="rating",
        nursing="nursing",
        dementia="dementia",
        easting="easting",
        northing="northing",
    )
    planned = [
        _site(kind, site, rule) for kind in ("candidates", "chosen") for site in inputs.homes.get(kind) or []
    ]
    schema = {**existing.schema, "cost_pounds": pl.Float64(), "people_within_reach": pl.Int64()}
    sites = pl.concat([existing, pl.DataFrame(planned, schema=schema)], how="diagonal").sort(
        "kind", "site_id"
    )
    longitude, latitude = TO_DEGREES.transform(sites["easting"].to_numpy(), sites["northing"].to_numpy())
    return sites.with_columns(
        longitude=pl.Series(longitude, dtype=pl.Float64).round(6),
        latitude=pl.Series(latitude, dtype=pl.Float64).round(6),
    )


def _site(kind: str, site: dict[str, Any], rule: Rule) -> dict[str, Any]:
    reach = site.get("people_within_reach")
    rounded = (
        None if reach is None or reach <= rule.hide_to else int(reach / rule.round_to + 0.5) * rule.round_to
    )
    return {
        "hidden": False,
        "kind": {"candidates": "candidate"}.get(kind, kind),
        "site_id": str(site["site_id"]),
        "name": site.get("name"),
        "beds": site.get("beds", site.get("max_beds")),
        "easting": site.get("easting"),
        "northing": site.get("northing"),
        "cost_pounds": site.get("cost_pounds"),
        "people_within_reach": rounded,
    }


def stamped(frame: pl.DataFrame, as_of: date, *, invented: bool) -> pl.DataFrame:
    """The frame with its month, and the label that invented data carry into every copy."""
    label = pl.lit(INVENTED_LABEL if invented else None, pl.String)
    return frame.select(pl.lit(as_of).alias("as_of"), pl.all(), label.alias("data_label"))
