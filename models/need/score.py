"""The month's scores: each person's and household's chances, and hours of home care, as of the date."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from configs.errors import DeskError
from configs.settings import Settings
from models.need.artifacts import Models, load_models, write_json
from models.need.facts import FILE as FACTS
from models.need.facts import tell_facts
from models.need.hours import FORECAST
from models.need.household_reasons import tell_household_reasons
from models.need.households import DIGITS, household_scores
from models.need.metrics import capacity_of
from models.need.people import COMMUNAL, Floats, People, read_origins, read_people
from models.need.picture import draw_picture
from models.need.reasons import SCHEMA as REASONS_SCHEMA
from models.need.reasons import tell_reasons
from models.need.registry import Champion

HOURS_DIGITS = 3
CLOSER = ("groups.json", "calibration.json", "decision.json")
"""The model's own files that look closer at its newest test: handed on with the scores."""

CHANCES = ("probability", "probability_low", "probability_high")
ORDER = ("person_id", "outcome", "horizon_days")


def score_month(
    features: Path,
    out: Path,
    *,
    champion: Champion,
    settings: Settings,
    synthetic: bool,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Score everybody described as of the date; writes the `scores/` of docs/reference/tables.md into `out`.

    A person who cannot have an outcome has a row with `eligible` false and no probability. An outcome that
    the champion never saw settled, or whose source is not landed now, has no rows. Returns counts. Raises
    DeskError when the champion was made from the other kind of data (invented or landed), forecasts another
    horizon than the settings ask for, learnt outcomes that meant something else, or asks for features that
    are not there.
    """
    models = load_models(champion.folder)
    origins = read_origins(features)
    _check_fit(models, synthetic, settings.need.horizons_days)
    check_definitions(models, origins.definitions)
    groups = read_people(features, (origins.as_of,), models.horizons_days, names=models.features)
    people = pl.concat([score_people(group, models) for group in groups]).sort(ORDER)
    households = household_scores(people, models.households)
    hours = pl.concat([score_hours(group, models) for group in groups]).sort("person_id", "horizon_days")
    out.mkdir(parents=True, exist_ok=True)
    people.drop("communal").write_parquet(out / "person.parquet")
    households.write_parquet(out / "household.parquet")
    hours.write_parquet(out / "hours.parquet")
    write_json(out / "evaluation.json", champion.evaluation)
    reasons = pl.concat([score_reasons(group, models, settings, people) for group in groups])
    reasons.sort("outcome", "person_id").write_parquet(out / "reasons.parquet")
    homes = tell_household_reasons(groups, models, people, households, settings)
    homes.write_parquet(out / "household_reasons.parquet")
    picture = [entry for group in groups for entry in draw_picture(group, models, settings)]
    write_json(out / "picture.json", picture)
    for name in CLOSER:
        shutil.copyfile(champion.folder / name, out / name)
    write_json(out / "champion.json", champion.as_dict())
    write_json(out / FACTS, tell_facts(champion.folder, features))
    counts = {
        "people": people["person_id"].n_unique(),
        "households": households["household_id"].n_unique(),
        "outcomes": sorted(people["outcome"].unique()),
        "hours_per_week_total": round(float(hours["hours_mean"].sum()), 1),
    }
    if progress:
        progress(f"Scored {counts['people']:,} people in {counts['households']:,} households")
    return {"champion_id": champion.champion_id, **counts}


def score_people(people: People, models: Models) -> pl.DataFrame:
    """The rows of `person.parquet` of one age group, with `communal`, unsorted; none with nobody in it."""
    known = [outcome for outcome in people.outcomes if (people.age_group, outcome) in models.chances]
    frames = [_score_outcome(people, models, outcome) for outcome in known]
    return (
        pl.concat(frames)
        if frames
        else _rows(people, "", 0, (np.zeros(len(people.x)),) * 3, extrapolated=False).clear()
    )


def score_reasons(people: People, models: Models, settings: Settings, scored: pl.DataFrame) -> pl.DataFrame:
    """Why the likeliest of one age group are: the rows of `reasons.parquet`, of the people that a list of the
    team's capacity would hold for each outcome by `scored` (rows of `person.parquet`); none where no trees
    were trained."""
    frames = [pl.DataFrame(schema=REASONS_SCHEMA)]
    main = pl.col("horizon_days") == settings.need.horizon_days
    mine = scored.filter(main, "eligible", pl.col("age_group") == people.age_group)
    places = people.ids.select("person_id").with_row_index("at")
    for (outcome,), part in sorted(mine.partition_by("outcome", as_dict=True).items()):
        n = capacity_of(part.height, settings.need.capacity_share)
        first = part.sort(["probability", "person_id"], descending=[True, False]).head(n)
        at = places.join(first, on="person_id", how="semi")["at"].sort().cast(pl.Int64).to_numpy()
        model = models.chances[people.age_group, outcome]
        frames.append(tell_reasons(model, people, outcome, at, settings))
    return pl.concat(frames)


def score_hours(people: People, models: Models) -> pl.DataFrame:
    """The rows of `hours.parquet` of one age group, unsorted; none where the champion knows no hours."""
    model = models.hours.get(people.age_group)
    rows = np.full(len(people.x), model is not None)
    forecast = (
        model.predict(people, rows)
        if model
        else dict.fromkeys(FORECAST, np.zeros((0, len(models.horizons_days))))
    )
    frames = [
        people.ids.filter(rows)
        .select("person_id", "as_of", pl.lit(horizon, pl.Int64).alias("horizon_days"))
        .with_columns(pl.Series(name, forecast[name][:, k]).round(HOURS_DIGITS) for name in FORECAST)
        for k, horizon in enumerate(models.horizons_days)
    ]
    return pl.concat(frames)


def _score_outcome(people: People, models: Models, outcome: str) -> pl.DataFrame:
    model = models.chances[people.age_group, outcome]
    chances = model.predict(people, np.full(len(people.x), True))
    ends = model.range_of(chances)
    frames = [
        _rows(
            people,
            outcome,
            horizon,
            (chances[:, k], *(e[:, k] for e in ends)),
            extrapolated=k >= model.learnt,
        )
        for k, horizon in enumerate(models.horizons_days)
    ]
    return pl.concat(frames)


def _rows(
    people: People, outcome: str, horizon: int, chances: tuple[Floats, ...], *, extrapolated: bool
) -> pl.DataFrame:
    """`chances`: the chance, and the low and high end of its range (NaN where not known)."""
    eligible = people.eligible.get(outcome, np.zeros(len(people.x), dtype=bool))
    return people.ids.select(
        "person_id",
        "household_id",
        "lsoa_code",
        pl.lit(people.age_group).alias("age_group"),
        "as_of",
        pl.lit(outcome, pl.String).alias("outcome"),
        pl.lit(horizon, pl.Int64).alias("horizon_days"),
        pl.Series("communal", people.column(COMMUNAL) > 0, pl.Boolean),
        *(
            pl.Series(name, np.round(values, DIGITS), pl.Float64).fill_nan(None)
            for name, values in zip(CHANCES, chances, strict=True)
        ),
        pl.Series("eligible", eligible, pl.Boolean),
        pl.lit(extrapolated).alias("extrapolated"),
    ).with_columns(pl.when("eligible").then(name).alias(name) for name in CHANCES)


def _check_fit(models: Models, synthetic: bool, horizons_days: tuple[int, ...]) -> None:
    if models.synthetic != synthetic:
        made, these = ("invented", "landed") if models.synthetic else ("landed", "invented")
        raise DeskError(
            f"The model in use was made from {made} data, and these are {these}",
            todo="Give each kind of data a results folder of its own",
        )
    if models.horizons_days != horizons_days:
        made, asked = (", ".join(map(str, days)) for days in (models.horizons_days, horizons_days))
        raise DeskError(
            f"The model in use looks {made} days ahead, the settings ask for {asked}",
            where="need.horizons_days",
            todo="Put the setting back, or train in a results folder of its own",
        )


def check_definitions(models: Models, now: dict[str, int]) -> None:
    """Raise DeskError, naming each, when outcomes mean something else now than when the model learnt them."""
    then = models.definitions
    differ = [
        f"{name}: {then.get(name, 'not said')} when it was trained, {now.get(name, 'not said')} now"
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]
    if differ:
        raise DeskError(
            "The model in use learnt outcomes that meant something else",
            where="definitions of outcomes",
            todo="Put the setting back; or train with it and promote the new model: forebridge train, then "
            "forebridge promote",
            details=differ,
        )
