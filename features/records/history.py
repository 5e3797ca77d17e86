"""Typed and named rows to what happened and who lived where: the part of the join that time runs through."""

from dataclasses import dataclass

import polars as pl

from configs.settings import Settings
from features.records import events_care, events_home, events_hospital, person_facts
from features.records.as_learnt import lay_as_learnt
from features.records.households import Gazetteer, build_residences
from features.records.spell_sources import gather_spells
from features.records.supply import find_home_uprns

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Lives:
    """`deaths`: person_facts.DEATHS; `care`: build_care_events' columns; `spells`: residences.LAID; `homes`:
    `residences.parquet`."""

    deaths: pl.DataFrame
    care: pl.DataFrame
    spells: pl.DataFrame
    homes: pl.DataFrame


def build_events(tables: Tables, settings: Settings) -> Tables:
    """Everything dated but care: file stem -> frame (docs/reference/tables.md, 1). `tables`: naming's."""
    lags = settings.lags_days
    return {
        "admissions": events_hospital.build_admissions(tables["apc"], lags),
        "attendances": events_hospital.build_attendances(tables["ecds"], lags),
        "gp_snapshots": events_home.build_gp_snapshots(tables["gp_flags"], lags),
        "council_tax": events_home.build_council_tax(
            tables["council_tax"], _count_liable(tables["council_tax"])
        ),
        "tenancies": events_home.build_tenancies(tables["tenancies"], lags),
        "adaptations": events_home.build_adaptations(tables["adaptations"], lags),
        "epc": events_home.build_epc(tables["epc"], lags),
    }


def lay_lives(
    tables: Tables, admissions: pl.DataFrame, gazetteer: Gazetteer, hidden: pl.Series, settings: Settings
) -> Lives:
    """Deaths, care and homes. `hidden`: person_ids whose address nobody may learn; `admissions`: of
    build_events, for a death in hospital is one."""
    lags = settings.lags_days
    deaths = person_facts.find_deaths(tables["demographics"], tables["cld"], admissions, lags)
    care = events_care.build_care_events(tables["cld"], deaths, lags)
    found = gather_spells(tables, care, find_home_uprns(tables), lags)
    spells = lay_as_learnt(found, deaths, gazetteer.communal_uprns)
    return Lives(deaths, care, spells, build_residences(spells, gazetteer, hidden))


def _count_liable(council_tax: pl.DataFrame) -> pl.DataFrame:
    """People named on each line; the owner, executors and companies are nobody."""
    people = ("person_id", "joint_person_id")
    return council_tax.select(
        "file", "row", n_liable=pl.sum_horizontal(pl.col(c).is_not_null().cast(pl.Int64) for c in people)
    )
