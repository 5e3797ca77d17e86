"""The joined records as they would have been on a day: made again from a landing truncated at it.

Who is who, and who may be used, is taken from the full run (`identity.parquet`, `people.parquet`); everything
dated is made again by the same code that makes a month."""

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from configs.settings import Settings
from features.records.history import Lives, build_events, lay_lives
from features.records.households import Gazetteer, build_gazetteer, build_households
from features.records.identity import ADDRESSED
from features.records.join import join_tables
from features.records.landing import Landing
from features.records.mentions import SOURCES
from features.records.naming import believe_addresses, name_people
from features.records.shapes import complete
from features.records.truncation import TELLING, truncate

Tables = dict[str, pl.DataFrame]
_DEATH = ("date_of_death", "death_known_on")


@dataclass(frozen=True)
class Whole:
    """The landing as read; its tables typed, each row with its person and address; and the full run's people,
    households and areas, who and which do not hang on the day."""

    landed: Landing
    tables: Tables
    gazetteer: Gazetteer
    people: pl.DataFrame
    households: pl.DataFrame
    areas: pl.DataFrame

    @property
    def hidden(self) -> pl.Series:
        """person_ids of restricted people, whose address nobody may learn."""
        return self.people.filter("restricted").get_column("person_id")


def name_whole(landed: Landing, records: Path, settings: Settings, key: bytes) -> Whole:
    """The landing under the full run's identities. `records`: the folder of the run's records stage.

    Rows that the run gave no line in its identity table (people since forgotten) are left out.
    """
    tables = complete(landed.tables)
    gazetteer = build_gazetteer(tables, landed.lsoa_boundaries, key)
    tables, _ = believe_addresses(tables, settings)
    identity = pl.read_parquet(
        records / "identity.parquet", columns=["kind", "file", "row", "role", "person_id"]
    )
    kept = {
        kind: _with_a_line(tables[kind], identity.filter(pl.col("kind") == kind)) for kind in _spoken_of()
    }
    return Whole(
        landed,
        name_people({**tables, **kept}, identity, gazetteer),
        gazetteer,
        pl.read_parquet(records / "people.parquet"),
        pl.read_parquet(records / "households.parquet"),
        pl.read_parquet(records / "areas.parquet"),
    )


def records_at(whole: Whole, as_of: date, settings: Settings) -> Tables:
    """The tables that features read, by name, as a landing truncated at `as_of` would make them."""
    tables = truncate(whole.tables, as_of, settings.lags_days)
    events = build_events(tables, settings)
    lives = lay_lives(tables, events["admissions"], whole.gazetteer, whole.hidden, settings)
    return {
        **events,
        "people": _people(whole, lives),
        "residences": lives.homes,
        "households": _households(whole, tables, lives),
        "care_events": lives.care.drop("postcode"),
        "areas": whole.areas,
    }


def relinked_at(
    whole: Whole, as_of: date, settings: Settings, *, key: bytes, state: Path, purpose: str
) -> Tables:
    """The same with everything redone, linkage and permissions too, from the truncated landing alone.

    `state`: the run's, whose linkage model and known pseudonyms are used; a copy of it is, so that nothing in
    it changes.
    """
    told = truncate(whole.tables, as_of, settings.lags_days)
    cut = {kind: _as_told(table, told.get(kind), kind) for kind, table in whole.landed.tables.items()}
    with TemporaryDirectory() as aside:
        shutil.copytree(state, aside, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mlflow*", "models"))
        joined = join_tables(
            replace(whole.landed, tables=cut),
            settings=settings,
            key=key,
            state=Path(aside),
            purpose=purpose,
            as_of=as_of,
        )
    return joined.tables


def _as_told(landed: pl.DataFrame, told: pl.DataFrame | None, kind: str) -> pl.DataFrame:
    """The landed rows that a truncated table holds, with what is blank there blank here."""
    if told is None or kind not in TELLING:
        return landed
    blanked = [c for c in TELLING[kind].may_blank if c in landed.columns]
    rows = told.select("file", "row", *blanked)
    kept = landed.drop(blanked).join(rows, on=["file", "row"], how="inner", maintain_order="left")
    return kept.select(landed.columns)


def _spoken_of() -> list[str]:
    return sorted({source.kind for source in SOURCES})


def _with_a_line(table: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    return table.join(
        lines.select("file", "row").unique(), on=["file", "row"], how="semi", maintain_order="left"
    )


def _people(whole: Whole, lives: Lives) -> pl.DataFrame:
    """Birth, sex, ethnicity and permission as the full run has them: they are about who somebody is and what
    they have asked for, whenever it was written down. Deaths as known by the day."""
    return (
        whole.people.drop(_DEATH).join(lives.deaths, on="person_id", how="left").select(whole.people.columns)
    )


def _households(whole: Whole, tables: Tables, lives: Lives) -> pl.DataFrame:
    used = pl.concat([t.get_column("uprn") for t in (*(tables[k] for k in ADDRESSED), lives.spells)])
    sheltered = tables["tenancies"].filter(pl.col("sheltered").fill_null(False)).get_column("uprn")
    held = whole.households.filter("restricted").select("household_id")
    doors = whole.gazetteer.places.join(held, on="household_id", how="semi").get_column("uprn")
    return build_households(
        whole.gazetteer, used.drop_nulls().unique(), sheltered.drop_nulls().unique(), doors
    )
