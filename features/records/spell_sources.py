"""The spells that each source shows, before they are laid into one line a person (residences.py)."""

import polars as pl

from configs.settings import LagsDays
from features.records.addresses import normalise_postcode
from features.records.known import known_after
from features.records.residences import SPELL

_PLACED = ("Long term support: Residential care", "Long term support: Nursing care")
# Discounts and exemptions of dwellings in which those who are liable do not live (data_specs.md, 3.2).
_NOBODY_LIVES = ("empty", "second_home", "exempt_E", "exempt_F", "exempt_I", "exempt_J")


def gather_spells(
    tables: dict[str, pl.DataFrame], care_events: pl.DataFrame, home_uprns: pl.DataFrame, lags: LagsDays
) -> pl.DataFrame:
    """Every spell that any source shows, overlapping, in SPELL's columns.

    `tables`: demographics, council_tax and tenancies with person_id, joint_person_id and the believed uprn;
    `care_events`: build_care_events' columns; `home_uprns`: location_id, uprn? of care homes.
    """
    spells = pl.concat(
        [
            register_spells(tables["demographics"], lags),
            council_tax_spells(_liable(tables["council_tax"])),
            tenancy_spells(_both(tables["tenancies"]), lags),
            care_postcode_spells(care_events),
            placement_spells(care_events, home_uprns),
        ]
    )
    return spells.with_columns(normalise_postcode(pl.col("postcode")).alias("postcode"))


def _liable(council_tax: pl.DataFrame) -> pl.DataFrame:
    away = [pl.col(c).is_in(_NOBODY_LIVES) for c in ("discount", "exemption")] + [pl.col("billing_differs")]
    lives_there = ~pl.any_horizontal(flag.fill_null(False) for flag in away)
    return _both(council_tax.with_columns(lives_there=lives_there))


def _both(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each of the two people that a row may name."""
    second = (
        rows.drop("person_id").rename({"joint_person_id": "person_id"}).select(pl.exclude("joint_person_id"))
    )
    first = rows.drop("joint_person_id")
    return pl.concat([first, second.select(first.columns)])


def register_spells(rows: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """Spells of the register. `rows`: person_id, uprn?, postcode?, effective_from?, effective_to?,
    extract_date.

    A spell that ends before it begins is no spell; of a repeated start the row that says more and was cut
    later wins.
    """
    real = rows.filter(
        pl.col("effective_from").is_not_null()
        & (pl.col("effective_to").is_null() | (pl.col("effective_to") > pl.col("effective_from")))
        & (pl.col("uprn").is_not_null() | pl.col("postcode").is_not_null())
    )
    best = real.sort(
        "person_id",
        "effective_from",
        "extract_date",
        pl.col("uprn").is_null(),
        "effective_to",
        "uprn",
        "postcode",
        descending=[False, False, True, False, False, False, False],
        nulls_last=True,
    ).unique(["person_id", "effective_from"], keep="first", maintain_order=True)
    first_seen = pl.col("extract_date").min().over("person_id", "effective_from")
    seen = real.select("person_id", "effective_from", _first=first_seen).unique()
    spells = best.join(seen, on=["person_id", "effective_from"], how="left")
    return _shape(
        spells.with_columns(from_date="effective_from", to_date="effective_to", placed=pl.lit(False)),
        known_after(pl.col("effective_from"), lags.demographics, pl.col("_first")),
        known_after(pl.col("effective_to"), lags.demographics, pl.col("extract_date")),
        "demographics",
    )


def council_tax_spells(rows: pl.DataFrame) -> pl.DataFrame:
    """Spells of liable people. `rows`: person_id, uprn, postcode?, extract_date, lives_there, sorted or not.

    Seen from the first extract that names them at an address until the first that no longer does; the
    extracts do not say when they moved in.
    """
    cuts = (
        rows.select("extract_date")
        .unique()
        .sort("extract_date")
        .with_columns(next_cut=pl.col("extract_date").shift(-1), cut=pl.int_range(pl.len()))
    )
    seen = rows.filter(pl.col("lives_there") & pl.col("uprn").is_not_null()).join(cuts, on="extract_date")
    seen = seen.unique(["person_id", "uprn", "extract_date"], keep="first", maintain_order=True).sort(
        "person_id", "uprn", "cut"
    )
    run = (pl.col("cut").diff().fill_null(0) != 1).cum_sum().over("person_id", "uprn")
    spells = (
        seen.with_columns(run=run)
        .group_by("person_id", "uprn", "run")
        .agg(
            pl.col("postcode").drop_nulls().first(),
            from_date=pl.col("extract_date").min(),
            to_date=pl.col("next_cut").sort_by("cut").last(),
        )
        .with_columns(placed=pl.lit(False))
    )
    return _shape(spells, pl.col("from_date"), pl.col("to_date"), "council_tax")


def tenancy_spells(rows: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """Spells of tenants. `rows`: person_id, uprn?, postcode?, start_date, end_date?, extract_date."""
    real = rows.filter(
        (pl.col("end_date").is_null() | (pl.col("end_date") > pl.col("start_date")))
        & (pl.col("uprn").is_not_null() | pl.col("postcode").is_not_null())
    ).with_columns(from_date="start_date", to_date="end_date", placed=pl.lit(False))
    extract = pl.col("extract_date")
    return _shape(
        real,
        known_after(pl.col("start_date"), lags.tenancies, extract),
        known_after(pl.col("end_date"), lags.tenancies, extract),
        "tenancies",
    )


def care_postcode_spells(events: pl.DataFrame) -> pl.DataFrame:
    """Where care records place people.

    `events`: person_id, postcode?, happened_on, known_on, status_known_on. A postcode
    holds until the next one, and is known when the submission that tells it was cut; there is no UPRN in care
    records.
    """
    told = events.with_columns(known_on=pl.max_horizontal("known_on", "status_known_on"))
    first = told.filter(pl.col("postcode").is_not_null()).sort(
        "person_id", "happened_on", "known_on", "postcode"
    )
    changes = first.with_columns(
        new=(pl.col("postcode") != pl.col("postcode").shift(1).over("person_id")).fill_null(True)
    ).filter("new")
    spells = changes.with_columns(
        from_date="happened_on",
        to_date=pl.col("happened_on").shift(-1).over("person_id"),
        to_known_on=pl.col("known_on").shift(-1).over("person_id"),
        uprn=pl.lit(None, pl.Int64),
        placed=pl.lit(False),
    ).filter(pl.col("to_date").is_null() | (pl.col("to_date") > pl.col("from_date")))
    return _shape(spells, pl.col("known_on"), pl.col("to_known_on"), "cld")


def placement_spells(events: pl.DataFrame, home_uprns: pl.DataFrame) -> pl.DataFrame:
    """Long-term residential and nursing care as places lived in.

    `events`: care events with postcode?; `home_uprns`: location_id, uprn? of care homes.
    """
    placed = events.filter(pl.col("service_type").is_in(_PLACED)).join(
        home_uprns, left_on="provider_location_id", right_on="location_id", how="left"
    )
    spells = placed.with_columns(from_date="happened_on", to_date="ended_on", placed=pl.lit(True)).filter(
        pl.col("to_date").is_null() | (pl.col("to_date") > pl.col("from_date"))
    )
    return _shape(spells, pl.col("known_on"), pl.col("end_known_on"), "placement")


def _shape(spells: pl.DataFrame, known_on: pl.Expr, to_known_on: pl.Expr, source: str) -> pl.DataFrame:
    shaped = spells.with_columns(known_on=known_on, to_known_on=to_known_on, source=pl.lit(source))
    return shaped.select(SPELL.names()).cast(SPELL).filter(pl.col("person_id").is_not_null())
