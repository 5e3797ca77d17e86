"""What the map can show, one layer at a time: each area's class, and its figure in words."""

import polars as pl
import shapely

from configs.vocabulary import HORIZON_DAYS
from serving.legends import Layer, layer_of, number_words, sequential, whole_words
from serving.modelled import classed, nice_edges
from serving.store import Release

MAPPED = ("lsoa", "msoa", "ward")
GEOGRAPHY_NAMES = {"lsoa": "Small areas (LSOA)", "msoa": "Neighbourhoods (MSOA)", "ward": "Wards"}
OLDER = "65+"
ZONE_COLOURS = 8


def geographies(release: Release) -> list[str]:
    """The geographies this release can map: always areas, and MSOAs and wards where lookups were landed."""
    present = set(release.figures("boundaries")["geography"].unique())
    return [g for g in MAPPED if g in present]


def layers_of(release: Release, geography: str) -> list[Layer]:
    """All layers of a geography, those without any value left out; hospital layers only where they exist."""
    areas = release.figures("areas").filter(pl.col("geography") == geography).sort("area_code")
    made = [
        _hours(release, areas),
        *(_forecast(release, areas, *spec) for spec in FORECASTS),
        *(_gathering(release, areas, *spec) for spec in GATHERINGS),
        _people(release, areas),
        _deprivation(areas),
        _rurality(areas),
        _zones(release, areas),
    ]
    return [layer for layer in made if layer is not None]


FORECASTS = (
    ("start", "long_term_community_start", "Chance of starting support"),
    ("care_home", "care_home_admission", "Care-home admission"),
    ("emergency", "emergency_admission", "Emergency admission"),
    ("fall", "fall_admission", "Admission after a fall"),
)
ABOUT_FORECASTS = {
    "start": "starts council-arranged long-term support at home within a year, per 1,000 people of that age. "
    "People who pay for all their own care are not counted.",
    "care_home": "moves into a care home to stay within a year, per 1,000 people of that age.",
    "emergency": "has an emergency hospital admission within a year, per 1,000 people of that age.",
    "fall": "is admitted in an emergency after a fall within a year, per 1,000 people of that age.",
}


def _hours(release: Release, areas: pl.DataFrame) -> Layer | None:
    hours = release.figures("hours").filter(pl.col("horizon_days") == HORIZON_DAYS)
    frame = areas.join(hours, on=["geography", "area_code"], how="left")
    edges = nice_edges(frame["hours_mean"])
    frame = frame.with_columns(
        number=pl.col("hours_mean"), step=classed("hours_mean", edges), words=_hours_words()
    )
    return sequential(
        frame,
        edges,
        id="hours",
        title="Forecast home-care hours a week",
        column="Hours a week",
        about="Hours of council-arranged home care a week, averaged over the next 12 months.",
    )


def _hours_words() -> pl.Expr:
    low, high = (whole_words(f"hours_p{q}") for q in (10, 90))
    return pl.format("{} ({} to {})", whole_words("hours_mean"), low, high)


def _forecast(release: Release, areas: pl.DataFrame, id: str, outcome: str, title: str) -> Layer | None:
    of_outcome = pl.col("outcome") == outcome, pl.col("horizon_days") == HORIZON_DAYS
    rows = release.figures("forecast").filter(*of_outcome, pl.col("age_group") == OLDER)
    if rows.is_empty():
        return None
    frame = areas.join(rows, on=["geography", "area_code"], how="left").with_columns(
        number=pl.col("rate_low"), step=pl.col("rate_class"), words=_rate_words()
    )
    classes = rows.filter(pl.col("rate_class").is_not_null()).with_columns(words=_rate_words())
    labels = dict(classes.select("rate_class", "words").unique().sort("rate_class").iter_rows())
    return layer_of(
        frame,
        {str(k): f"{v[0].upper()}{v[1:]}" for k, v in labels.items()},
        scale="sequential",
        id=id,
        title=title,
        column="Per 1,000 aged 65+",
        about=f"Chance that a person aged 65 or over {ABOUT_FORECASTS[id]}",
    )


def _rate_words() -> pl.Expr:
    low, high = number_words("rate_low"), number_words("rate_high")
    return (
        pl.when(pl.col("rate_high").is_null())
        .then(pl.format("{} or more", low))
        .when(pl.col("rate_low") == 0)
        .then(pl.format("under {}", high))
        .otherwise(pl.format("{} to {}", low, high))
    )


def _people(release: Release, areas: pl.DataFrame) -> Layer | None:
    rows = release.figures("counts").filter(pl.col("measure") == "people_65_plus")
    if rows.is_empty():
        return None
    frame = areas.join(rows, on=["geography", "area_code"], how="left").with_columns(
        number=pl.col("value"), words=pl.format("{}{}", _at_least(), whole_words("value"))
    )
    edges = nice_edges(frame["number"])
    return sequential(
        frame.with_columns(step=classed("number", edges)),
        edges,
        id="people",
        title="People aged 65 and over",
        column="People aged 65+",
        about="Residents aged 65 and over in the joined records, to the nearest 5.",
    )


def _at_least() -> pl.Expr:
    return pl.when("at_least").then(pl.lit("at least ")).otherwise(pl.lit(""))


def _deprivation(areas: pl.DataFrame) -> Layer | None:
    words = pl.format("{} of 10", "imd_decile")
    # Class 5 is the most deprived fifth of England's areas, so that dark means more here too.
    frame = areas.with_columns(
        number=pl.col("imd_decile").cast(pl.Float64),
        step=(5 - (pl.col("imd_decile") - 1) // 2).cast(pl.Int32),
        words=words,
    )
    labels = {5: "Most deprived fifth", 4: "Second", 3: "Middle", 2: "Fourth", 1: "Least deprived fifth"}
    return layer_of(
        frame,
        {str(k): v for k, v in sorted(labels.items())},
        id="deprivation",
        title="Deprivation",
        column="Deprivation tenth (1 = most)",
        scale="sequential",
        about="English Indices of Deprivation, national tenths: 1 is the most deprived tenth of small areas.",
    )


def _rurality(areas: pl.DataFrame) -> Layer | None:
    words = pl.when("rural").then(pl.lit("Rural")).when(~pl.col("rural")).then(pl.lit("Urban"))
    frame = areas.with_columns(
        number=pl.col("rural").cast(pl.Float64), step=pl.col("rural").cast(pl.Int32) + 1, words=words
    )
    return layer_of(
        frame,
        {"1": "Urban", "2": "Rural"},
        id="rurality",
        title="Town and country",
        column="Rural or urban",
        scale="pair",
        about="Rural–urban classification of small areas (Census 2021).",
    )


GATHERINGS = (
    (
        ("hotspots", "need", "Hot spots of need", "Hot spot"),
        ("Hot spot", "Not different", "Cold spot"),
        ("Hot: need gathers here", "Not different from chance", "Cold: less need around here"),
        "Where need of people aged 65 and over gathers beyond chance, age allowed for (Getis-Ord Gi*, "
        "false-discovery rate controlled).",
    ),
    (
        ("hidden_need", "hidden_need", "Hidden need", "Hidden need"),
        ("Need looks hidden", "Not different", "Reached beyond need"),
        ("Hidden: much forecast, few reached", "Not different from chance", "More reached than need tells"),
        "Where people aged 65 and over are forecast to need much and social care has reached few of them in "
        "two years, age and deprivation allowed for (false-discovery rate controlled).",
    ),
)
"""Where something gathers: (id, measure, title, column), what an area is (hot, neither, cold), legend,
about."""


def _gathering(
    release: Release,
    areas: pl.DataFrame,
    named: tuple[str, str, str, str],
    spoken: tuple[str, str, str],
    legend: tuple[str, str, str],
    about: str,
) -> Layer | None:
    layer_id, measure, title, column = named
    rows = release.figures("hotspots").filter(pl.col("measure") == measure, pl.col("age_group") == OLDER)
    place = pl.col("class").replace_strict(
        {"cold": 1, "none": 2, "hot": 3}, default=None, return_dtype=pl.Int32
    )
    words = dict(zip(("hot", "none", "cold"), spoken, strict=True)) | {"too_few": "Too few people to say"}
    frame = areas.join(rows, on="area_code", how="left").with_columns(
        number=place.cast(pl.Float64),
        step=place,
        words=pl.col("class").replace_strict(words, default=None, return_dtype=pl.String),
    )
    return layer_of(
        frame,
        dict(zip(("3", "2", "1"), legend, strict=True)),
        id=layer_id,
        title=title,
        column=column,
        scale="diverging",
        about=about,
    )


def _zones(release: Release, areas: pl.DataFrame) -> Layer | None:
    names = release.figures("zones").select("zone_id", "zone_name").sort("zone_id")
    order = {zone: str(i + 1) for i, zone in enumerate(names["zone_id"])}
    place = pl.col("zone_id").replace_strict(order, default=None, return_dtype=pl.String)
    frame = (
        areas.drop("zone_name", strict=False)
        .join(names, on="zone_id", how="left")
        .with_columns(
            number=place.cast(pl.Float64),
            step=place.cast(pl.Int32),
            words=pl.coalesce("zone_name", "zone_id"),
        )
    )
    labels = {order[z]: n or z for z, n in names.iter_rows()}
    colours = {order[zone]: colour for zone, colour in zone_colours(release).items() if zone in order}
    return layer_of(
        frame,
        labels,
        colours=colours,
        id="zones",
        title="Commissioning zones",
        column="Zone",
        scale="zones",
        about="The proposed zones: contiguous, and close to equal in forecast hours.",
    )


def zone_colours(release: Release) -> dict[str, int]:
    """A colour number 1-8 for each zone: all different while there are enough, else different from
    neighbours.
    """
    zones = release.figures("zones")["zone_id"].sort().to_list()
    if len(zones) <= ZONE_COLOURS:
        return {zone: i + 1 for i, zone in enumerate(zones)}
    drawn = release.figures("boundaries").filter(pl.col("geography") == "zone")
    shapes = dict(zip(drawn["area_code"], shapely.from_wkb(drawn["boundary"].to_list()), strict=True))
    chosen: dict[str, int] = {}
    for i, zone in enumerate(zones):
        taken = {c for other, c in chosen.items() if shapes[zone].intersects(shapes[other])}
        wheel = [(i + k) % ZONE_COLOURS + 1 for k in range(ZONE_COLOURS)]
        chosen[zone] = next((c for c in wheel if c not in taken), wheel[0])
    return chosen
