"""What a release says in sentences: the home page's three, what changed, an area's panel. Every figure is
released.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from configs.vocabulary import HORIZON_DAYS
from serving.legends import HIDDEN, Layer, listed, whole
from serving.store import Release

PANEL_OUTCOMES = {
    "long_term_community_start": "start council-arranged support at home",
    "care_home_admission": "move into a care home to stay",
    "emergency_admission": "have an emergency hospital admission",
    "fall_admission": "be admitted after a fall",
}
ABOVE_WORDS = {
    "likely": "likely above the county",
    "unlikely": "unlikely to be above the county",
    "unclear": "not clearly different from the county",
}


@dataclass(frozen=True)
class Told:
    """One of the home page's sentences: a heading, its figure, and what to know of it."""

    heading: str
    figure: str
    unit: str
    sentences: list[str]


def tell_home(release: Release) -> list[Told]:
    """How much, where, and which zone will be hardest: what of the three this release can say."""
    return [told for told in (_how_much(release), _where(release), _hardest_zone(release)) if told]


def _how_much(release: Release) -> Told | None:
    county = _county_hours(release, release.as_of)
    if county is None:
        return None
    low, high = whole(county["hours_p10"]), whole(county["hours_p90"])
    said = [f"8 times in 10 it should lie between {low} and {high}."]
    now, clients = _county_count(release, "hours_home_care"), _county_count(release, "clients_home_care")
    if now is not None and clients is not None:
        said.append(f"Today's records show {whole(now)} hours for {whole(clients)} people.")
    cost = (
        release.figures("zones")["cost_per_year_pounds"]
        if "cost_per_year_pounds" in _columns(release)
        else None
    )
    if cost is not None and cost.null_count() == 0 and len(cost):
        said.append(
            f"At the fair price of each zone that is about {pounds(float(cost.sum()))} a year. "
            "No budget has been landed to set against it."
        )
    return Told("How much care at home", whole(county["hours_mean"]), "hours a week, next 12 months", said)


def _where(release: Release) -> Told | None:
    hot = (
        release.figures("hotspots")
        .filter(pl.col("measure") == "need", pl.col("age_group") == "65+", ~pl.col("hidden"))
        .join(release.figures("areas").filter(pl.col("geography") == "lsoa"), on="area_code")
    )
    if hot.is_empty():
        return None
    names = hot.filter(pl.col("class") == "hot")["area_name"].sort().to_list()
    said = [
        f"Need of people aged 65 and over gathers in {listed(names)}, beyond what age and chance explain."
    ]
    if not names:
        said = ["No area stands out from chance once all of them are allowed for."]
    return Told(
        "Where it gathers", str(len(names)), f"hot spots among {hot.height} areas", said + _growth(release)
    )


def _growth(release: Release) -> list[str]:
    """The neighbourhood whose forecast rises most over the hours in today's records, where both are shown."""
    now = release.figures("counts").filter(pl.col("measure") == "hours_home_care", ~pl.col("hidden"))
    rise = (
        release.figures("hours")
        .filter(pl.col("geography").is_in(["msoa", "ward"]), ~pl.col("hidden"))
        .filter(pl.col("horizon_days") == HORIZON_DAYS)
        .join(now.filter(~pl.col("at_least")), on=["geography", "area_code"])
        .join(release.figures("areas"), on=["geography", "area_code"])
        .with_columns(rise=pl.col("hours_mean") - pl.col("value"))
        .filter(pl.col("rise") > 0)
        .sort(["geography", "rise", "area_code"], descending=[False, True, False])
    )
    if rise.is_empty():
        return []
    top = rise.row(0, named=True)
    return [
        f"It is forecast to grow most in {top['area_name']}: from about {whole(top['value'])} "
        f"to {whole(top['hours_mean'])} hours a week."
    ]


def _hardest_zone(release: Release) -> Told | None:
    zones = release.figures("zones").filter(~pl.col("hidden"))
    wanted = {"recruits_per_year", "fte", "price_per_hour_pounds", "rural_share"}
    if zones.is_empty() or not wanted <= set(zones.columns):
        return None
    zones = zones.sort(
        ["recruits_per_year", "rural_share", "zone_id"], descending=[True, True, False], nulls_last=True
    )
    top = zones.row(0, named=True)
    rural = top["rural_share"] or 0
    country = f"{rural:.0%} of its hours are in rural areas" if rural else "All of its hours are in towns"
    return Told(
        "Hardest zone to staff",
        top["zone_name"] or top["zone_id"],
        f"{whole(top['recruits_per_year'])} new carers a year",
        [
            f"{country}; a fair price there is £{top['price_per_hour_pounds']:.2f} an hour. Whether "
            "the providers who bid can fill it is not known yet: this version does not match lots to them.",
        ],
    )


def tell_trust(release: Release) -> str | None:
    """One sentence on how far the forecast of people starting support can be believed; None when not
    tested.
    """
    models = release.figures("models")
    if models.is_empty() or "auc" not in models.columns:
        return None
    kept = models.filter(
        pl.col("outcome") == "long_term_community_start",
        pl.col("age_group") == "65+",
        pl.col("auc").is_not_null(),
    )
    scores = dict(kept.select("model", "auc").iter_rows())
    if "champion" not in scores:
        return None
    rivals = f" (by age alone: {scores['age_alone']:.0%})" if "age_alone" in scores else ""
    return (
        "In tests on later dates than it learned from: of two people aged 65 or over, one who started "
        f"support and one who did not, the model ranks the right one higher {scores['champion']:.0%} of the "
        f"time{rivals}."
    )


def tell_changes(release: Release) -> list[str]:
    """What changed since the month before; one sentence when there is none."""
    months = release.months()
    if len(months) < 2:
        return ["This is the first month published, so there is nothing to compare it with."]
    before, now = _county_hours(release, months[-2]), _county_hours(release, months[-1])
    if before is None or now is None:
        return []
    change = now["hours_mean"] - before["hours_mean"]
    way = "up" if change > 0 else "down"
    words = f"{way} {whole(abs(change))}" if change else "unchanged"
    return [
        f"Forecast hours a week: {words} since {spoken_date(months[-2])} "
        f"({whole(before['hours_mean'])} to {whole(now['hours_mean'])})."
    ]


def tell_area(release: Release, layers: list[Layer], geography: str, code: str) -> dict[str, Any] | None:
    """An area's panel: its name, where it lies, and a line a layer in words; None for an unknown area."""
    areas = release.figures("areas").filter(pl.col("geography") == geography, pl.col("area_code") == code)
    if areas.is_empty():
        return None
    area = areas.row(0, named=True)
    lines = [
        (layer.title, _line(layer, code))
        for layer in layers
        if code in layer.values and layer.id not in ("start", "care_home", "emergency", "fall")
    ]
    return {
        "code": code,
        "name": area["area_name"],
        "ward": area["ward_name"] if geography == "lsoa" else None,
        "lines": [*lines[:1], *_outcome_lines(release, geography, code), *lines[1:]],
        "elsewhere": _elsewhere(area),
    }


def _line(layer: Layer, code: str) -> str:
    key, words, number = layer.values[code]
    if layer.id != "hours" or key == HIDDEN:
        return words
    better = sum(n is not None and number is not None and n > number for _, _, n in layer.values.values())
    return f"About {words} hours a week; rank {better + 1} of {len(layer.values)}"


def _outcome_lines(release: Release, geography: str, code: str) -> list[tuple[str, str]]:
    rows = release.figures("forecast").filter(
        pl.col("geography") == geography, pl.col("area_code") == code, pl.col("age_group") == "65+",
        pl.col("horizon_days") == HORIZON_DAYS,
    )  # fmt: skip
    found = {row["outcome"]: row for row in rows.iter_rows(named=True)}
    return [
        (f"People aged 65+ who may {phrase} within a year", _outcome_words(found[outcome]))
        for outcome, phrase in PANEL_OUTCOMES.items()
        if outcome in found
    ]


def _outcome_words(row: dict[str, Any]) -> str:
    if row["hidden"]:
        return "Too few residents to show here"
    high = "" if row["rate_high"] is None else f" to {row['rate_high']:g}"
    rate = f"{row['rate_low']:g}{high}{' or more' if row['rate_high'] is None else ''} in every 1,000"
    above = ABOVE_WORDS.get(row["above_county"] or "")
    people = f"{whole(row['people_low'])} to {whole(row['people_high'])} people"
    return f"{people}: {rate}{f'; {above}' if above else ''}"


def _elsewhere(area: dict[str, Any]) -> str | None:
    """Where to look when modelled values are hidden at this level."""
    at = area.get("shown_at")
    if area["geography"] != "lsoa" or at in (None, "lsoa"):
        return None
    words = {"msoa": "its neighbourhood (MSOA)", "ward": "its ward", "county": "the county"}[at]
    return f"Too few people live here to show forecasts: see {words}."


def pounds(value: float) -> str:
    """Pounds in words: £9.8 million, £640,000."""
    return f"£{value / 1e6:,.1f} million" if value >= 1e6 else f"£{value:,.0f}"


def spoken_date(day: date) -> str:
    """1 October 2026."""
    return f"{day.day} {day:%B %Y}"


def _columns(release: Release) -> list[str]:
    return release.figures("zones").columns


def _county_hours(release: Release, month: date) -> dict[str, Any] | None:
    rows = release.all_months("hours").filter(
        pl.col("as_of") == month,
        pl.col("geography") == "county",
        pl.col("horizon_days") == HORIZON_DAYS,
        ~pl.col("hidden"),
    )
    return rows.row(0, named=True) if rows.height else None


def _county_count(release: Release, measure: str) -> float | None:
    rows = release.figures("counts").filter(pl.col("measure") == measure, pl.col("geography") == "county")
    return rows["value"][0] if rows.height else None
