"""Landed files to one joined set of records: who, where, what happened, and when the council could know of
it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from configs.settings import Settings
from features.records import person_facts, summary
from features.records.alone import alone_on
from features.records.decisions import clear_of_restricted
from features.records.forgetting import forget
from features.records.history import build_events, lay_lives
from features.records.households import Gazetteer, build_gazetteer, build_households
from features.records.identity import ADDRESSED, build_identity
from features.records.known import still_standing
from features.records.landing import Landing, read_landing
from features.records.linkage import Linked, link_people
from features.records.match_quality import judge_matches
from features.records.mentions import gather_mentions
from features.records.naming import believe_addresses, name_people
from features.records.permission import (
    find_permissions,
    in_scope,
    refuse_stale_opt_outs,
    refuse_without_gateway,
)
from features.records.places import build_area_population, build_areas, write_boundaries
from features.records.shapes import complete
from features.records.supply import build_candidate_sites, build_care_homes, build_providers

Tables = dict[str, pl.DataFrame]
_USED_UP = ("gp_flags", "apc", "ecds", "csds_contacts")
"""Kinds of which nothing is asked once their events are built."""


def join_records(
    landing: Path,
    out: Path,
    *,
    settings: Settings,
    key: bytes,
    state: Path,
    purpose: str,
    as_of: date,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Read `landing`, join it, and write every file of docs/reference/tables.md, section 1, into `out`.

    `key`: pseudonym.load_or_make_key. `state` keeps the linkage model and the known pseudonyms. `out`
    is made if it is not there; moving it into place is the caller's. Returns what summary.json holds.

    Raises PermissionRefused (purpose), LandingError (read_landing), AsOfError (the files cannot know
    `as_of`).
    """
    say = progress or (lambda _: None)
    refuse_without_gateway(purpose, settings)
    landed = read_landing(landing, settings, progress)
    data_from, data_to = summary.find_data_range(landed.tables)
    summary.check_as_of(as_of, data_from, data_to)
    refuse_stale_opt_outs(purpose, landed.tables.get("opt_outs"), data_to, settings)
    joined = join_tables(
        landed,
        settings=settings,
        key=key,
        state=state,
        purpose=purpose,
        as_of=as_of,
        progress=progress,
        use_up=True,
    )
    say("Writing the joined records")
    out.mkdir(parents=True, exist_ok=True)
    for name, table in joined.tables.items():
        table.write_parquet(out / f"{name}.parquet")
    write_boundaries(landed.lsoa_boundaries, out / "areas.geojson")
    text = json.dumps(joined.summary, indent=1, sort_keys=True, default=str)
    (out / "summary.json").write_text(text, encoding="utf-8")
    return joined.summary


@dataclass(frozen=True)
class Joined:
    """`tables`: file stem -> frame, as in section 1; `summary`: as summary.json."""

    tables: Tables
    summary: dict[str, Any]


def join_tables(
    landed: Landing,
    *,
    settings: Settings,
    key: bytes,
    state: Path,
    purpose: str,
    as_of: date,
    progress: Callable[[str], None] | None = None,
    use_up: bool = False,
) -> Joined:
    """The same from typed tables, writing nothing but the linkage state.

    `use_up`: take the large tables out of `landed` once they are joined, so that a county's health records do
    not lie in memory twice.
    """
    say = progress or (lambda _: None)
    tables = complete(landed.tables)
    period = summary.find_data_range(landed.tables)
    la_code = landed.tables["cld"].get_column("la_code").drop_nulls().mode().sort().first()
    gazetteer = build_gazetteer(tables, landed.lsoa_boundaries, key)
    say("Matching addresses to the gazetteer")
    tables, addresses = believe_addresses(tables, settings)
    linked = link_people(gather_mentions(tables), settings=settings, key=key, state=state, progress=progress)
    tables, linked, forgotten = forget(tables, linked)
    say("Building spells, events and households")
    tables = name_people(tables, linked.mentions, gazetteer)
    events = build_events(tables, settings)
    for kind in _USED_UP:
        tables.pop(kind)
        if use_up:
            landed.tables.pop(kind, None)
    restrictions = tables["demographics"].filter(pl.col("restricted").fill_null(False)).select("file", "row")
    permissions = find_permissions(
        linked.mentions, tables["objections"].select("file", "row", "scope"), restrictions
    )
    hidden = permissions.filter("restricted").get_column("person_id")
    lives = lay_lives(tables, events["admissions"], gazetteer, hidden, settings)
    homes, care, deaths = lives.homes, lives.care, lives.deaths
    homes_now = still_standing(homes)
    doors = _doors(linked, lives.spells, hidden)
    people = _people(linked, tables, deaths, permissions, care, settings, purpose, as_of)
    supply, lost = _supply(tables, gazetteer, landed)
    joined = {
        "identity": build_identity(linked.mentions, addresses, gazetteer, homes_now, hidden),
        "quarantine": _quarantine(landed, lost),
        "people": people,
        "residences": homes,
        "households": _households(tables, lives.spells, gazetteer, doors),
        "care_events": care.drop("postcode"),
        **events,
        **supply,
        "areas": build_areas(landed.lsoa_boundaries, landed.tables),
        "area_population": build_area_population(landed.tables.get("population")),
        "review": clear_of_restricted(linked.review, linked.mentions, hidden, doors),
        "person_changes": linked.changes,
    }
    joined["alone"] = alone_on(homes, events["council_tax"], joined["households"], people, as_of)
    joined["match_quality"] = _quality(tables, joined, as_of)
    facts = _summarise(landed, joined, linked, addresses, purpose, as_of, period)
    facts |= {"erased": forgotten, "la_code": la_code}
    return Joined(joined, facts)


def _people(
    linked: Linked,
    tables: Tables,
    deaths: pl.DataFrame,
    permissions: pl.DataFrame,
    care: pl.DataFrame,
    settings: Settings,
    purpose: str,
    as_of: date,
) -> pl.DataFrame:
    said = [
        tables[k].select("person_id", pl.lit(k).alias("kind"), "ethnicity") for k in ("demographics", "cld")
    ]
    facts = person_facts.describe_people(linked.mentions, pl.concat(said), settings.lags_days)
    open_cases = person_facts.find_open_cases(care, as_of).to_list()
    whole = (
        facts.join(permissions, on="person_id")
        .join(deaths, on="person_id", how="left")
        .with_columns(open_case=pl.col("person_id").is_in(open_cases))
        .with_columns(in_scope=in_scope(purpose))
    )
    return whole.select(
        "person_id",
        "opted_out",
        "restricted",
        "objects_planning",
        "objects_direct_care",
        "date_of_birth",
        "sex",
        "ethnicity",
        "date_of_death",
        "death_known_on",
        "in_scope",
        "first_seen_on",
        "open_case",
    ).sort("person_id")


def _doors(linked: Linked, spells: pl.DataFrame, hidden: pl.Series) -> pl.Series:
    """The addresses where a restricted person is, or was, by any row or spell."""
    held = pl.concat([linked.mentions.select("person_id", "uprn"), spells.select("person_id", "uprn")])
    theirs = held.filter(pl.col("person_id").is_in(hidden.implode()))
    return theirs.get_column("uprn").drop_nulls().unique()


def _households(tables: Tables, spells: pl.DataFrame, gazetteer: Gazetteer, doors: pl.Series) -> pl.DataFrame:
    used = pl.concat([t.get_column("uprn") for t in (*(tables[k] for k in ADDRESSED), spells)])
    sheltered = tables["tenancies"].filter(pl.col("sheltered").fill_null(False)).get_column("uprn")
    return build_households(gazetteer, used.drop_nulls().unique(), sheltered.drop_nulls().unique(), doors)


def _supply(tables: Tables, gazetteer: Gazetteer, landed: Landing) -> tuple[Tables, pl.DataFrame]:
    homes, lost_homes = build_care_homes(tables, gazetteer, landed.lsoa_boundaries)
    sites, lost_sites = build_candidate_sites(tables["candidate_sites"], gazetteer, landed.lsoa_boundaries)
    providers = build_providers(tables["providers"], gazetteer)
    built = {"care_homes": homes, "candidate_sites": sites, "providers": providers}
    return built, pl.concat([lost_homes, lost_sites])


def _quality(tables: Tables, joined: Tables, as_of: date) -> pl.DataFrame:
    about_people = [k for k in ADDRESSED if k != "epc"]  # certificates are about homes and lead to nobody
    bearing = [tables[k].select(pl.lit(k).alias("kind"), "file", "row", "address") for k in about_people]
    said = pl.col("kind").is_in(about_people) & pl.col("role").is_in(["person", "liable_1", "tenant"])
    main = joined["identity"].lazy().filter(said).select("kind", "file", "row", "person_id", "uprn").collect()
    tenants = tables["tenancies"]["person_id"].drop_nulls().unique()
    rows = pl.concat(bearing)
    return judge_matches(main, rows, joined["people"], still_standing(joined["residences"]), tenants, as_of)


def _quarantine(landed: Landing, lost: pl.DataFrame) -> pl.DataFrame:
    columns = ["kind", "file", "row", "column", "rule"]
    read = landed.quarantine.select(columns).cast(lost.schema)
    return pl.concat([read, lost.select(columns)]).sort(columns)


def _summarise(
    landed: Landing,
    joined: Tables,
    linked: Linked,
    addresses: pl.DataFrame,
    purpose: str,
    as_of: date,
    period: tuple[date, date],
) -> dict[str, Any]:
    people, homes = joined["people"], still_standing(joined["residences"])
    data_from, data_to = period
    living = homes.filter(
        (pl.col("from_date") < as_of) & (pl.col("to_date").is_null() | (pl.col("to_date") >= as_of))
    )
    return {
        "purpose": purpose,
        "as_of": as_of.isoformat(),
        "data_from": data_from.isoformat(),
        "data_to": data_to.isoformat(),
        "invented": landed.invented,
        "rows": summary.count_rows(landed, joined["quarantine"]),
        "people": people.height,
        "residents": living.get_column("person_id").n_unique(),
        "households": living.filter(~pl.col("communal")).get_column("household_id").drop_nulls().n_unique(),
        "in_scope": int(people.get_column("in_scope").sum()),
        "opted_out": int(people.get_column("opted_out").sum()),
        "objections": {
            "planning": int(people.get_column("objects_planning").sum()),
            "direct_care": int(people.get_column("objects_direct_care").sum()),
        },
        "restricted": int(people.get_column("restricted").sum()),
        "restricted_households": int(joined["households"].get_column("restricted").sum()),
        "uprn_match": summary.count_uprn_matches(addresses),
        "nhs_number_match": summary.count_key_matches(linked.mentions),
        "unlinked_health_rows": summary.count_unlinked_health(linked.mentions),
        "linkage_model": linked.model,
        "review_pairs": joined["review"].height,
        "people_merged": linked.changes.filter(pl.col("change") == "merge").height,
        "people_split": linked.changes.filter(pl.col("change") == "split")["person_id"].n_unique(),
        "rows_of_nobody": summary.count_undecided(linked.mentions),
        "sources_missing": sorted(landed.missing),
        "extract_dates": summary.newest_extracts(landed),
        **summary.judge_size(people.height, joined["care_events"], linked.model),
    }
