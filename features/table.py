"""The features stage: records in; one row per person as of each date, with what happened next, out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from configs.settings import Settings
from features import area, caring, frailty, health, housing, lasting, person, social_care
from features.as_of import step_back, window_end
from features.cohort import build_cohort, count_left_out
from features.declared import Column, Feature, Missing, Snapshot, View, columns_of
from features.dictionary import describe_columns, write_json
from features.hours_ahead import build_hours
from features.inputs import Records, load_records
from features.outcomes import build_outcomes, define_outcomes, has_hospital, newest_training_origin
from features.recording import count_asked
from features.records.summary import check_as_of
from features.short_ids import as_text, with_short_ids

FAMILIES: tuple[tuple[str, tuple[Feature, ...]], ...] = (
    ("person", (*person.FEATURES, *caring.FEATURES)),
    ("housing", housing.FEATURES),
    ("health", (*health.FEATURES, *frailty.FRAILTY, *lasting.HEALTH)),
    ("social_care", (*social_care.FEATURES, *lasting.SOCIAL_CARE)),
    ("area", area.FEATURES),
)
"""Every family and its declared features: the one list from which tables, dictionary and pages are made."""

DECIMALS = 6
"""Features are rounded to this many places, so that the order of adding up never shows."""

AGE_BANDS = ((18, "18-44"), (45, "45-64"), (65, "65-74"), (75, "75-84"), (85, "85+"))
ETHNIC_GROUPS = ("White", "Mixed", "Asian", "Black", "Other")

Progress = Callable[[str], None]


def build_tables(
    records: Path, out: Path, *, as_of: date, settings: Settings, progress: Progress | None = None
) -> dict[str, Any]:
    """Write the features stage for `as_of` and for its training origins; return the counts.

    `records` is the folder of the records stage. `out` gets, per origin, `table/<origin>.parquet`,
    `outcomes/<origin>.parquet` and `hours/<origin>.parquet`, besides `dictionary.json` and `origins.json`
    (docs/reference/tables.md, section 2). Everything written is a function of facts known before `as_of`: the
    outcomes of `as_of` itself are null. With too short a history `training` is empty and only `as_of` stands.

    Raises LandingError when the records folder is not complete, AsOfError when `as_of` lies outside the data.
    """
    tell = progress or (lambda _: None)
    read = load_records(records)
    check_as_of(as_of, read.data_from, read.data_to)
    training = pick_origins(read, as_of, settings)
    tell(f"{len(training)} training dates before {as_of.isoformat()}")
    events: dict[str, int] = {}
    short = with_short_ids(read)
    for origin in [*training, as_of]:
        tell(f"Describing people as of {origin.isoformat()}")
        table = build_features(short, origin, settings)
        _write_origin(table, read, out, origin, as_of, settings, events)
    write_json(out / "dictionary.json", describe_columns(all_columns(settings)))
    write_json(out / "recording.json", count_asked(read, table, as_of, settings))
    write_json(out / "origins.json", _describe_origins(read, as_of, training, settings))
    return _sum_up(read, table, training, as_of, settings, events)


def build_features(records: Records, as_of: date, settings: Settings) -> pl.DataFrame:
    """One row per person of the cohort at `as_of`, sorted by `person_id`; its columns alone when empty.

    Columns: person_id, household_id?, lsoa_code, as_of, age_group; `audit__*` (text or null, protected
    attributes, no features); then every declared feature as Float64 (null = unknown).
    """
    cohort = build_cohort(records, as_of).collect().lazy()
    seen = Snapshot(records, as_of, settings, cohort)
    columns = all_columns(settings)
    wide = _join_views(cohort, seen, columns)
    audit = _audit(seen)
    features = [pl.col(c.name).cast(pl.Float64).round(DECIMALS) for c in columns]
    keys = [pl.col(c) for c in ("person_id", "household_id", "lsoa_code")]
    dated = [*keys, pl.lit(as_of).alias("as_of"), pl.col("age_group"), pl.col("^audit__.*$")]
    joined = wide.join(audit, on="person_id", how="left").select(*dated, *features)
    return as_text(joined.sort("person_id")).collect()


def all_columns(settings: Settings) -> list[Column]:
    """Every feature column, in order; sex among them only when the settings say why."""
    extra = [("person", (person.SEX,))] if settings.features.sex_as_feature_because.strip() else []
    return columns_of([*FAMILIES, *extra])


def pick_origins(records: Records, as_of: date, settings: Settings) -> list[date]:
    """Training origins, oldest first: settled by what is known before `as_of`, with real look-back windows.

    Every `need.train_every_days` back from the newest settled date, `need.train_origins_max` at most, none
    sooner than `features.history_days_min` after the data begin. Empty when the history is too short.
    """
    newest = newest_training_origin(records, settings, as_of)
    oldest = window_end(records.data_from, settings.features.history_days_min)
    return step_back(newest, oldest, settings.need.train_every_days, settings.need.train_origins_max)


def _join_views(cohort: pl.LazyFrame, seen: Snapshot, columns: Sequence[Column]) -> pl.LazyFrame:
    known = [c for c in columns if c.is_known(seen)]
    unknown = [pl.lit(None, pl.Float64).alias(c.name) for c in columns if c not in known]
    views = list(dict.fromkeys(c.feature.view for c in known))
    frames = pl.collect_all([_aggregate(v, seen, [c for c in known if c.feature.view is v]) for v in views])
    wide = cohort.with_columns(unknown)
    for view, frame in zip(views, frames, strict=True):
        wide = wide.join(frame.lazy(), on=view.key, how="left", validate="m:1")
    zeros = [c for c in known if c.feature.missing is Missing.ZERO]
    return wide.with_columns(
        pl.when(pl.col(c.feature.view.key).is_not_null()).then(pl.col(c.name).fill_null(0.0)).alias(c.name)
        for c in zeros
    )


def _aggregate(view: View, seen: Snapshot, columns: Sequence[Column]) -> pl.LazyFrame:
    rows = view.read(seen).filter(pl.col(view.key).is_not_null())
    values = [c.expression.cast(pl.Float64) for c in columns]
    return rows.select(view.key, *values) if view.one_row else rows.group_by(view.key).agg(values)


def _audit(seen: Snapshot) -> pl.LazyFrame:
    people = seen.records.people.select("person_id", "sex", "ethnicity")
    areas = seen.records.areas.select("lsoa_code", "imd_decile", "rural")
    quintile = ((pl.col("imd_decile") + 1) // 2).cast(pl.String)
    practices = health.read_newest_snapshot(seen).select("person_id", "practice_code")
    rural = pl.when("rural").then(pl.lit("rural")).when(~pl.col("rural")).then(pl.lit("urban"))
    return (
        seen.cohort.join(people, on="person_id", how="left")
        .join(areas, on="lsoa_code", how="left")
        .join(housing.read_tenure(seen), on="person_id", how="left")
        .join(practices, on="person_id", how="left")
        .select(
            "person_id",
            pl.col("sex").alias("audit__sex"),
            band_ages(pl.col("age_years")).alias("audit__age_band"),
            _ethnic_group().alias("audit__ethnic_group"),
            quintile.alias("audit__imd_quintile"),
            pl.col("tenure").alias("audit__tenure"),
            rural.alias("audit__rural"),
            pl.col("practice_code").alias("audit__gp_practice"),
        )
    )


def band_ages(age_years: pl.Expr) -> pl.Expr:
    """The name in AGE_BANDS of each age; null where the age is."""
    later = [start for start, _ in AGE_BANDS[1:]]
    names = [name for _, name in AGE_BANDS]
    return age_years.cut(later, labels=names, left_closed=True).cast(pl.String)


def _ethnic_group() -> pl.Expr:
    """The broad group of the care record's wording ("Asian or Asian British: Indian": Asian); else null."""
    return pl.col("ethnicity").str.extract(rf"^({'|'.join(ETHNIC_GROUPS)})\b")


def _write_origin(
    table: pl.DataFrame,
    records: Records,
    out: Path,
    origin: date,
    as_of: date,
    settings: Settings,
    events: dict[str, int],
) -> None:
    outcomes = build_outcomes(records, origin, settings, seen_by=as_of)
    hours = build_hours(records, origin, settings, seen_by=as_of)
    for name, frame in (("table", table), ("outcomes", outcomes), ("hours", hours)):
        (out / name).mkdir(parents=True, exist_ok=True)
        frame.write_parquet(out / name / f"{origin.isoformat()}.parquet")
    main = pl.col("horizon_days") == settings.need.horizon_days
    happened = outcomes.filter(main, "eligible", "happened").group_by("outcome").len()
    for outcome, n in happened.sort("outcome").iter_rows():
        events[outcome] = events.get(outcome, 0) + n


def _describe_origins(
    records: Records, as_of: date, training: list[date], settings: Settings
) -> dict[str, Any]:
    return {
        "as_of": as_of.isoformat(),
        "training": [day.isoformat() for day in training],
        "data_from": records.data_from.isoformat(),
        "data_to": records.data_to.isoformat(),
        "health": has_hospital(records),
        "definitions": define_outcomes(settings),
    }


def _sum_up(
    records: Records,
    table: pl.DataFrame,
    training: list[date],
    as_of: date,
    settings: Settings,
    events: dict[str, int],
) -> dict[str, Any]:
    names = [column.name for column in all_columns(settings)]
    blank = [name for name in names if table[name].is_null().all()]
    return {
        "as_of": as_of.isoformat(),
        "people": table.height,
        "households": table["household_id"].n_unique() - int(table["household_id"].null_count() > 0),
        "people_by_age_group": dict(table.group_by("age_group").len().sort("age_group").iter_rows()),
        "features": len(names),
        "features_all_unknown": blank,
        "training_origins": [day.isoformat() for day in training],
        "training_events": dict(sorted(events.items())),
        "health": has_hospital(records),
        "left_out": asdict(count_left_out(records, as_of)),
    }
