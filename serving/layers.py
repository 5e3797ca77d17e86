"""What the map can show, one layer at a time: each area's class, its figure in words, and the legend's counts."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl
import shapely

from configs.vocabulary import HORIZON_DAYS
from serving.modelled import classed, nice_edges
from serving.store import Release

HIDDEN = "hidden"
HIDDEN_WORDS = "Too few to show"
NO_DATA_WORDS = "No data"
MAPPED = ("lsoa", "msoa", "ward")
GEOGRAPHY_NAMES = {"lsoa": "Small areas (LSOA)", "msoa": "Neighbourhoods (MSOA)", "ward": "Wards"}
OLDER = "65+"
SCALE_STEPS = 5
ZONE_COLOURS = 8


@dataclass(frozen=True)
class LegendClass:
    """One entry of a legend: the class's key, its words, its colour's name, and how many areas are in it."""

    key: str
    label: str
    colour: str
    count: int


@dataclass(frozen=True)
class Layer:
    """One map layer: `values` holds for each area its class key, its figure in words and a number to sort by."""

    id: str
    title: str
    column: str
    about: str
    scale: str
    classes: list[LegendClass]
    values: dict[str, tuple[str, str, float | None]] = field(repr=False)
    sentence: str = ""

    def for_page(self) -> dict[str, Any]:
        """Everything but the values, as JSON."""
        return {
            "id": self.id, "title": self.title, "column": self.column, "about": self.about, "scale": self.scale,
            "sentence": self.sentence, "classes": [c.__dict__ for c in self.classes],
        }  # fmt: skip


def geographies(release: Release) -> list[str]:
    """The geographies this release can map: always areas, and MSOAs and wards where lookups were landed."""
    present = set(release.table("boundaries")["geography"].unique())
    return [g for g in MAPPED if g in present]


def layers_of(release: Release, geography: str) -> list[Layer]:
    """All layers of a geography, those without any value left out; hospital layers only where they exist."""
    areas = release.table("areas").filter(pl.col("geography") == geography).sort("area_code")
    made = [
        _hours(release, areas),
        *(_forecast(release, areas, *spec) for spec in FORECASTS),
        _hotspots(release, areas),
        _people(release, areas),
        _deprivation(areas),
        _rurality(areas),
        _zones(release, areas),
    ]
    return [layer for layer in made if layer is not None]


FORECASTS = (
    (
        "start",
        "long_term_community_start",
        "Chance of starting support",
        "Chance that a person aged 65 or over starts council-arranged long-term support at home within a year, "
        "per 1,000 people of that age. People who pay for all their own care are not counted.",
    ),
    (
        "care_home",
        "care_home_admission",
        "Care-home admission",
        "Chance that a person aged 65 or over moves into a care home to stay within a year, per 1,000 people of that age.",
    ),
    (
        "emergency",
        "emergency_admission",
        "Emergency admission",
        "Chance that a person aged 65 or over has an emergency hospital admission within a year, per 1,000 people of "
        "that age.",
    ),
    (
        "fall",
        "fall_admission",
        "Admission after a fall",
        "Chance that a person aged 65 or over has an emergency admission after a fall within a year, per 1,000 people "
        "of that age.",
    ),
)


def _hours(release: Release, areas: pl.DataFrame) -> Layer | None:
    hours = release.table("hours").filter(pl.col("horizon_days") == HORIZON_DAYS)
    frame = areas.join(hours, on=["geography", "area_code"], how="left")
    edges = nice_edges(frame["hours_mean"])
    frame = frame.with_columns(
        number=pl.col("hours_mean"), step=classed("hours_mean", edges), words=_hours_words()
    )
    return _sequential(
        frame, edges, id="hours", title="Forecast home-care hours a week", column="Hours a week",
        about="Hours of council-arranged home care a week, averaged over the next 12 months.", unit="hours",
    )  # fmt: skip


def _hours_words() -> pl.Expr:
    low, high = (_whole(f"hours_p{q}") for q in (10, 90))
    return pl.format("{} ({} to {})", _whole("hours_mean"), low, high)


def _forecast(
    release: Release, areas: pl.DataFrame, id: str, outcome: str, title: str, about: str
) -> Layer | None:
    rows = release.table("forecast").filter(
        pl.col("outcome") == outcome, pl.col("age_group") == OLDER, pl.col("horizon_days") == HORIZON_DAYS
    )
    if rows.is_empty():
        return None
    edges = sorted(set(rows["rate_high"].drop_nulls()))
    frame = areas.join(rows, on=["geography", "area_code"], how="left").with_columns(
        number=pl.col("rate_low"), step=pl.col("rate_class"), words=_rate_words()
    )
    return _sequential(
        frame, edges, id=id, title=title, column="Per 1,000 aged 65+", about=about, unit="per 1,000"
    )


def _rate_words() -> pl.Expr:
    low, high = _number("rate_low"), _number("rate_high")
    return (
        pl.when(pl.col("rate_high").is_null())
        .then(pl.format("{} or more", low))
        .when(pl.col("rate_low") == 0)
        .then(pl.format("under {}", high))
        .otherwise(pl.format("{} to {}", low, high))
    )


def _people(release: Release, areas: pl.DataFrame) -> Layer | None:
    rows = release.table("counts").filter(pl.col("measure") == "people_65_plus")
    if rows.is_empty():
        return None
    frame = areas.join(rows, on=["geography", "area_code"], how="left").with_columns(
        number=pl.col("value"), words=pl.format("{}{}", _at_least(), _whole("value"))
    )
    edges = nice_edges(frame["number"])
    return _sequential(
        frame.with_columns(step=classed("number", edges)), edges, id="people", title="People aged 65 and over",
        column="People aged 65+", about="Residents aged 65 and over in the joined records, to the nearest 5.",
        unit="people",
    )  # fmt: skip


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
    return _layer(
        frame, {str(k): v for k, v in sorted(labels.items())}, id="deprivation", title="Deprivation",
        column="Deprivation tenth (1 = most)", scale="sequential",
        about="English Indices of Deprivation, national tenths: 1 is the most deprived tenth of small areas.",
    )  # fmt: skip


def _rurality(areas: pl.DataFrame) -> Layer | None:
    words = pl.when("rural").then(pl.lit("Rural")).when(~pl.col("rural")).then(pl.lit("Urban"))
    frame = areas.with_columns(
        number=pl.col("rural").cast(pl.Float64), step=pl.col("rural").cast(pl.Int32) + 1, words=words
    )
    return _layer(
        frame, {"1": "Urban", "2": "Rural"}, id="rurality", title="Town and country", column="Rural or urban",
        scale="pair", about="Rural–urban classification of small areas (Census 2021).",
    )  # fmt: skip


def _hotspots(release: Release, areas: pl.DataFrame) -> Layer | None:
    rows = release.table("hotspots").filter(pl.col("measure") == "need", pl.col("age_group") == OLDER)
    place = pl.col("class").replace_strict(
        {"cold": 1, "none": 2, "hot": 3}, default=None, return_dtype=pl.Int32
    )
    spoken = {
        "cold": "Cold spot",
        "none": "Not different",
        "hot": "Hot spot",
        "too_few": "Too few people to say",
    }
    frame = areas.join(rows, on="area_code", how="left").with_columns(
        number=place.cast(pl.Float64),
        step=place,
        words=pl.col("class").replace_strict(spoken, default=None, return_dtype=pl.String),
    )
    return _layer(
        frame, {"3": "Hot: need gathers here", "2": "Not different from chance", "1": "Cold: less need around here"},
        id="hotspots", title="Hot spots of need", column="Hot spot", scale="diverging",
        about="Where need of people aged 65 and over gathers beyond chance, once age is allowed for (Getis-Ord Gi*, "
        "false-discovery rate controlled).",
    )  # fmt: skip


def _zones(release: Release, areas: pl.DataFrame) -> Layer | None:
    names = release.table("zones").select("zone_id", "zone_name").sort("zone_id")
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
    return _layer(
        frame, labels, colours=colours, id="zones", title="Commissioning zones", column="Zone", scale="zones",
        about="The proposed zones: contiguous, and close to equal in forecast hours.",
    )  # fmt: skip


def zone_colours(release: Release) -> dict[str, int]:
    """A colour number 1-8 for each zone: all different while there are enough, else different from neighbours."""
    zones = release.table("zones")["zone_id"].sort().to_list()
    if len(zones) <= ZONE_COLOURS:
        return {zone: i + 1 for i, zone in enumerate(zones)}
    drawn = release.table("boundaries").filter(pl.col("geography") == "zone")
    shapes = dict(zip(drawn["area_code"], shapely.from_wkb(drawn["boundary"].to_list()), strict=True))
    chosen: dict[str, int] = {}
    for i, zone in enumerate(zones):
        taken = {c for other, c in chosen.items() if shapes[zone].intersects(shapes[other])}
        wheel = [(i + k) % ZONE_COLOURS + 1 for k in range(ZONE_COLOURS)]
        chosen[zone] = next((c for c in wheel if c not in taken), wheel[0])
    return chosen


def _sequential(frame: pl.DataFrame, edges: list[float], *, unit: str, **facts: str) -> Layer | None:
    ends = ["0", *map(_plain, edges)]
    labels = {
        str(i + 1): f"{low} to {high}" for i, (low, high) in enumerate(zip(ends, ends[1:], strict=False))
    }
    labels["1"] = f"Under {ends[1]}" if edges else "All areas"
    if edges:
        labels[str(len(ends))] = f"{ends[-1]} or more"
    return _layer(frame, labels, scale="sequential", **facts)


def _layer(
    frame: pl.DataFrame, labels: dict[str, str], *, colours: dict[str, int] | None = None, **facts: str
) -> Layer | None:
    """A layer from `area_code, area_name, step, words, number`; null `step` is hidden or unknown."""
    frame = frame if "hidden" in frame.columns else frame.with_columns(hidden=pl.lit(False))
    if frame.select(pl.col("step").is_null().all() & ~pl.col("hidden").fill_null(False).any()).item():
        return None
    unknown = pl.col("hidden").fill_null(False)
    told = frame.with_columns(
        key=pl.col("step").cast(pl.String).fill_null(HIDDEN),
        said=pl.coalesce(
            "words", pl.when(unknown).then(pl.lit(HIDDEN_WORDS)).otherwise(pl.lit(NO_DATA_WORDS))
        ),
    )
    counts = dict(told.group_by("key").len().iter_rows())
    paint = _colours(list(labels), facts["scale"], colours)
    classes = [LegendClass(k, v, paint[k], counts.get(k, 0)) for k, v in labels.items()]
    if counts.get(HIDDEN):
        classes.append(LegendClass(HIDDEN, "Too few to show, or no data", HIDDEN, counts[HIDDEN]))
    values = {c: (k, s, n) for c, k, s, n in told.select("area_code", "key", "said", "number").iter_rows()}
    return Layer(classes=classes, values=values, sentence=_sentence(told, facts), **facts)


def _colours(keys: list[str], scale: str, numbers: dict[str, int] | None) -> dict[str, str]:
    """The colour's name of each class. Fewer than five steps are spread over the whole of the scale."""
    if numbers is not None:
        return {k: f"{scale}-{numbers[k]}" for k in keys}
    if scale != "sequential" or len(keys) == SCALE_STEPS:
        return {k: f"{scale}-{k}" for k in keys}
    last = max(len(keys) - 1, 1)
    return {k: f"{scale}-{1 + round((int(k) - 1) * (SCALE_STEPS - 1) / last)}" for k in keys}


def _sentence(told: pl.DataFrame, facts: dict[str, str]) -> str:
    """One sentence saying what the map shows: where the most is, and the least."""
    known = told.filter(pl.col("number").is_not_null(), pl.col("step").is_not_null())
    if facts["scale"] == "zones":
        return f"{known['step'].n_unique()} zones over {told.height} areas."
    if facts["scale"] == "diverging":
        hot = known.filter(pl.col("step") == 3)["area_name"].to_list()
        return f"{len(hot)} of {told.height} areas are hot spots{': ' + listed(hot) if hot else ''}."
    if facts["scale"] == "pair":
        return f"{int((known['step'] == 2).sum())} of {told.height} areas are rural."
    if known.is_empty():
        return "No area may be shown at this level."
    top = (
        known.sort(["step", "number", "area_code"], descending=[True, True, False])
        .head(3)["area_name"]
        .to_list()
    )
    return f"{facts['title']}: highest in {listed(top)}."


def listed(names: list[str], most: int = 3) -> str:
    """Names in a sentence: A, B and C; or A, B, C and 5 more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def whole(value: float | None) -> str:
    """A whole number with thousands separators; a dash for none."""
    return "–" if value is None else f"{value:,.0f}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _whole(column: str) -> pl.Expr:
    """The number with thousands separators, at most six figures."""
    whole = pl.col(column).round(0).cast(pl.Int64)
    thousands, rest = whole // 1000, (whole % 1000).cast(pl.String)
    return (
        pl.when(whole >= 1000)
        .then(pl.concat_str(thousands.cast(pl.String), pl.lit(","), rest.str.zfill(3)))
        .otherwise(whole.cast(pl.String))
    )


def _number(column: str) -> pl.Expr:
    whole = pl.col(column) == pl.col(column).round(0)
    return pl.when(whole).then(_whole(column)).otherwise(pl.col(column).round(1).cast(pl.String))
