"""Who lived where, from when to when, and since when the council can have known.

Spells come from the register's addresses; where the register is silent, from council tax, tenancies and the postcodes
of care records. A long-term care placement lays over all of them: registers are slow to move people into care homes.
"""

import polars as pl

from configs.settings import LagsDays
from features.records.known import known_after

SPELL = pl.Schema(
    {
        "person_id": pl.String,
        "uprn": pl.Int64,
        "postcode": pl.String,
        "placed": pl.Boolean,
        "from_date": pl.Date,
        "to_date": pl.Date,
        "known_on": pl.Date,
        "to_known_on": pl.Date,
        "source": pl.String,
    }
)
# At any moment the first of these that covers it is believed; within one source the latest start.
_BELIEF = {"placement": 1, "demographics": 3, "council_tax": 4, "tenancies": 4, "cld": 5}
_PLACED = ("Long term support: Residential care", "Long term support: Nursing care")


def register_spells(rows: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """Spells of the register. `rows`: person_id, uprn?, postcode?, effective_from?, effective_to?, extract_date.

    A spell that ends before it begins is no spell; of a repeated start the row that says more and was cut later wins.
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

    Seen from the first extract that names them at an address until the first that no longer does; the extracts do not
    say when they moved in.
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
    """Where care records place people: `events`: person_id, postcode?, happened_on, known_on. A postcode holds until
    the next one; there is no UPRN in care records."""
    first = events.filter(pl.col("postcode").is_not_null()).sort(
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
    return shaped.select(SPELL.names()).cast(dict(SPELL)).filter(pl.col("person_id").is_not_null())


def lay_spells(spells: pl.DataFrame, deaths: pl.DataFrame, communal_uprns: pl.Series) -> pl.DataFrame:
    """One line of spells a person, none overlapping, in SPELL's columns, sorted by person and start.

    `spells`: SPELL's columns from every source, overlapping; `deaths`: person_id, date_of_death, death_known_on;
    `communal_uprns`: care homes and the like. At each moment the most believed spell stands; a death ends the last.
    Of people whom the register knows, council tax, tenancies and care postcodes are not asked.
    """
    if spells.is_empty():
        return spells
    in_register = (pl.col("source") == "demographics").any().over("person_id")
    asked = spells.filter(~in_register | pl.col("source").is_in(["demographics", "placement"]))
    numbered = asked.with_columns(belief=_belief(communal_uprns)).sort(
        "person_id", "from_date", "belief", "to_date", "uprn", "postcode", "source", nulls_last=True
    )
    numbered = numbered.with_row_index("spell")
    edges = _edges(numbered)
    pieces = edges.join(numbered, on="person_id").filter(
        (pl.col("from_date") <= pl.col("start"))
        & (pl.col("to_date").is_null() | (pl.col("start") < pl.col("to_date")))
    )
    stands = pieces.sort(
        "person_id", "start", "belief", "from_date", "spell", descending=[False, False, False, True, True]
    )
    stands = stands.unique(["person_id", "start"], keep="first", maintain_order=True)
    return _end_at_death(_merge(stands), deaths)


def _belief(communal_uprns: pl.Series) -> pl.Expr:
    """A register address in a care home beats a placement; a placement whose home is known beats one without."""
    in_home = (pl.col("source") == "demographics") & pl.col("uprn").is_in(communal_uprns.to_list()).fill_null(
        False
    )
    homeless = (pl.col("source") == "placement") & pl.col("uprn").is_null()
    plain = pl.col("source").replace_strict(_BELIEF, return_dtype=pl.Int8)
    return pl.when(in_home).then(0).when(homeless).then(2).otherwise(plain)


def _edges(spells: pl.DataFrame) -> pl.DataFrame:
    """Every moment at which something begins or ends for a person, with the next one: person_id, start, end?."""
    moments = pl.concat(
        [
            spells.select("person_id", start="from_date"),
            spells.select("person_id", start="to_date").drop_nulls(),
        ]
    ).unique()
    return moments.sort("person_id", "start").with_columns(end=pl.col("start").shift(-1).over("person_id"))


def _merge(stands: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring pieces at one place become one spell; its end is known when its own end is, or, where another
    place takes over, when that is known."""

    def before(column: str) -> pl.Expr:
        return pl.col(column).shift(1).over("person_id")

    same = (
        (pl.col("start") == before("end"))
        & pl.col("uprn").eq_missing(before("uprn"))
        & (pl.col("uprn").is_not_null() | pl.col("postcode").eq_missing(before("postcode")))
        & (pl.col("placed") == before("placed"))
    )
    run = (~same.fill_null(False)).cum_sum().over("person_id")
    # A piece that resumes after a more believed spell ended is known when that end is.
    resumed = pl.col("start") > pl.col("from_date")
    known = (
        pl.when(resumed)
        .then(pl.max_horizontal(pl.col("known_on"), before("to_known_on")))
        .otherwise("known_on")
    )
    merged = (
        stands.with_columns(_run=run, known_on=known)
        .group_by("person_id", "_run", maintain_order=True)
        .agg(
            pl.col("uprn", "placed", "source", "known_on").first(),
            pl.col("postcode").drop_nulls().first(),
            from_date=pl.col("start").first(),
            to_date=pl.col("end").last(),
            own_end=pl.col("to_date").last(),
            to_known_on=pl.col("to_known_on").last(),
        )
    )
    follows = pl.col("from_date").shift(-1).over("person_id") == pl.col("to_date")
    taken_over = pl.col("to_date").ne_missing(pl.col("own_end")) & follows
    next_known = pl.col("known_on").shift(-1).over("person_id")
    return merged.with_columns(
        to_known_on=pl.when(pl.col("to_date").is_null())
        .then(None)
        .when(taken_over)
        .then(next_known)
        .otherwise("to_known_on")
    ).select(SPELL.names())


def _end_at_death(spells: pl.DataFrame, deaths: pl.DataFrame) -> pl.DataFrame:
    dead = spells.join(deaths, on="person_id", how="left", maintain_order="left")
    cut = pl.col("date_of_death").is_not_null() & (
        pl.col("to_date").is_null() | (pl.col("to_date") > pl.col("date_of_death"))
    )
    return (
        dead.filter(pl.col("date_of_death").is_null() | (pl.col("from_date") < pl.col("date_of_death")))
        .with_columns(
            to_known_on=pl.when(cut).then("death_known_on").otherwise("to_known_on"),
            to_date=pl.when(cut).then("date_of_death").otherwise("to_date"),
        )
        .select(SPELL.names())
        .sort("person_id", "from_date")
    )
