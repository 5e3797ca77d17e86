"""Who lived where, from when to when, and since when the council can have known.

Spells come from the register's addresses; where the register is silent, from council tax, tenancies and the
postcodes of care records. A long-term care placement lays over all of them: registers are slow to move people
into care homes.
"""

from datetime import date

import polars as pl

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
LAID = pl.Schema([*SPELL.items(), ("replaced_on", pl.Date())])
"""SPELL, and the day from which another row stands in this one's place (blank: it stands still)."""

LATER = pl.lit(date(9999, 12, 31))
# At any moment the first of these that covers it is believed; within one source the latest start.
_BELIEF = {"placement": 1, "demographics": 3, "council_tax": 4, "tenancies": 4, "cld": 5}


def lay_asked(spells: pl.DataFrame, deaths: pl.DataFrame, communal_uprns: pl.Series) -> pl.DataFrame:
    """One line of spells a person, none overlapping, in SPELL's columns, sorted by person and start.

    `spells`: SPELL's columns, overlapping, all of them asked (drop_doubtful); `deaths`: person_id,
    date_of_death, death_known_on; `communal_uprns`: care homes and the like. At each moment the most believed
    spell stands; a death ends the last.
    """
    numbered = spells.with_columns(belief=_belief(communal_uprns)).sort(
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


def find_surer(spells: pl.DataFrame) -> pl.DataFrame:
    """Where the register or a placement puts somebody: the rows of `spells` that are never in doubt."""
    return spells.filter(pl.col("source").is_in(["demographics", "placement"]))


def drop_doubtful(spells: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """The spells that are asked: all of the register's and placements; of people outside the register those
    at addresses where it shows nobody (such a name is one of theirs, misspelt or shortened, far more often
    than a person whom no practice knows); of people in it those that show a move it has missed.

    `spells`: SPELL and `seen_on`, up to which each is looked at; `there`: find_surer of everybody's, of which
    those known by then are looked at.
    """
    register = pl.col("source") == "demographics"
    surer = find_surer(spells)
    in_register = spells.filter(register).get_column("person_id").unique()
    known = pl.col("person_id").is_in(in_register.implode())
    rest = spells.filter(~register & (pl.col("source") != "placement"))
    outside, inside = rest.filter(~known).with_row_index("_at"), rest.filter(known)
    lived_in = _where_others_live(outside, there)
    kept = outside.join(lived_in.select("_at").unique(), on="_at", how="anti").select(spells.columns)
    return pl.concat([surer, kept, _missed_moves(inside, spells.filter(register))])


def _where_others_live(outside: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    homes = there.filter(pl.col("uprn").is_not_null()).select(
        "uprn", _from="from_date", _to="to_date", _known="known_on", _to_known="to_known_on"
    )
    seen = pl.col("seen_on")
    met = outside.join(homes, on="uprn").filter(pl.col("_known") <= seen)
    ended = pl.when((pl.col("_to_known") <= seen).fill_null(True)).then("_to")
    return met.with_columns(_to=ended).filter(_overlap("from_date", "to_date", "_from", "_to"))


def _missed_moves(signed: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """Council tax and tenancies that name somebody elsewhere since the register's last and still open address
    began, while nothing of theirs is signed there: registers miss moves (as many as one in a hundred)."""
    last = register.sort("person_id", "from_date").unique("person_id", keep="last", maintain_order=True)
    last = last.filter(pl.col("to_date").is_null() & pl.col("uprn").is_not_null()).select(
        "person_id", _home="uprn", _from="from_date"
    )
    beside = signed.filter(pl.col("uprn").is_not_null()).join(last, on="person_id")
    at_home = beside.filter(pl.col("uprn") == pl.col("_home")).select(
        "person_id", _since="from_date", _until="to_date"
    )
    later = beside.filter((pl.col("uprn") != pl.col("_home")) & (pl.col("from_date") > pl.col("_from")))
    both = later.join(at_home, on="person_id").filter(_overlap("from_date", "to_date", "_since", "_until"))
    return later.join(both, on=["person_id", "uprn", "from_date"], how="anti").select(signed.columns)


def _overlap(from_a: str, to_a: str, from_b: str, to_b: str) -> pl.Expr:
    return (pl.col(to_b).is_null() | (pl.col(from_a) < pl.col(to_b))) & (
        pl.col(to_a).is_null() | (pl.col(from_b) < pl.col(to_a))
    )


def _belief(communal_uprns: pl.Series) -> pl.Expr:
    """A register address in a care home beats a placement; a placement whose home is known beats one
    without."""
    in_home = (pl.col("source") == "demographics") & pl.col("uprn").is_in(communal_uprns.implode()).fill_null(
        False
    )
    homeless = (pl.col("source") == "placement") & pl.col("uprn").is_null()
    in_register = (pl.col("source") == "demographics").any().over("person_id")
    missed_move = pl.col("source").is_in(["council_tax", "tenancies"]) & in_register
    plain = pl.col("source").replace_strict(_BELIEF, return_dtype=pl.Int8)
    plain = pl.when(missed_move).then(_BELIEF["demographics"]).otherwise(plain)
    return pl.when(in_home).then(0).when(homeless).then(2).otherwise(plain)


def _edges(spells: pl.DataFrame) -> pl.DataFrame:
    """Every moment at which something begins or ends for a person, with the next one: person_id, start,
    end?."""
    moments = pl.concat(
        [
            spells.select("person_id", start="from_date"),
            spells.select("person_id", start="to_date").drop_nulls(),
        ]
    ).unique()
    return moments.sort("person_id", "start").with_columns(end=pl.col("start").shift(-1).over("person_id"))


def _merge(stands: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring pieces at one place become one spell; its end is known when its own end is, or, where
    another place takes over, when that is known."""
    same_person = pl.col("person_id") == pl.col("person_id").shift(1)

    def before(column: str) -> pl.Expr:
        return pl.when(same_person).then(pl.col(column).shift(1))

    same = (
        (pl.col("start") == before("end"))
        & pl.col("uprn").eq_missing(before("uprn"))
        & (pl.col("uprn").is_not_null() | pl.col("postcode").eq_missing(before("postcode")))
        & (pl.col("placed") == before("placed"))
    )
    # A piece that resumes after a more believed spell ended is known when that end is.
    resumed = pl.col("start") > pl.col("from_date")
    known = (
        pl.when(resumed)
        .then(pl.max_horizontal(pl.col("known_on"), before("to_known_on")))
        .otherwise("known_on")
    )
    merged = _one_a_run(stands.with_columns(_run=(~same.fill_null(False)).cum_sum(), known_on=known))
    then_same = pl.col("person_id") == pl.col("person_id").shift(-1)
    follows = then_same & (pl.col("from_date").shift(-1) == pl.col("to_date"))
    taken_over = pl.col("to_date").ne_missing(pl.col("own_end")) & follows
    next_known = pl.col("known_on").shift(-1)
    return merged.with_columns(
        to_known_on=pl.when(pl.col("to_date").is_null())
        .then(None)
        .when(taken_over)
        .then(next_known)
        .otherwise("to_known_on")
    ).select(SPELL.names())


def _one_a_run(pieces: pl.DataFrame) -> pl.DataFrame:
    """The pieces of each `_run`, which stand together, as one: the first one's place, the last one's end."""
    first = pl.col("_run").shift(1).ne_missing(pl.col("_run"))
    last = pl.col("_run").shift(-1).ne_missing(pl.col("_run"))
    begins = pieces.filter(first).select(
        "person_id", "_run", "uprn", "placed", "source", "known_on", from_date="start"
    )
    ends = pieces.filter(last).select("to_known_on", to_date="end", own_end="to_date")
    told = pieces.filter(pl.col("postcode").is_not_null())
    postcodes = told.unique("_run", keep="first", maintain_order=True).select("_run", "postcode")
    whole = pl.concat([begins, ends], how="horizontal")
    return whole.join(postcodes, on="_run", how="left", maintain_order="left")


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
