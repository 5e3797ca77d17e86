"""Where people lived, as the council learnt it: what is learnt later does not reach back.

Whether council tax or a tenancy is believed hangs on what the register shows, and the register may show it
years later. Laid once, with all that is known today, an address of 2021 would be told by what was learnt in
2024. So people of whom that can be true have their line laid once for each day on which something was learnt,
and each row says from when it stood and when another took its place."""

import polars as pl

from features.records.residences import (
    LAID,
    LATER,
    SPELL,
    drop_doubtful,
    find_surer,
    lay_asked,
)

_PLACE = ("person_id", "from_date", "uprn", "postcode", "placed", "source")


def lay_as_learnt(spells: pl.DataFrame, deaths: pl.DataFrame, communal_uprns: pl.Series) -> pl.DataFrame:
    """Lines of spells in LAID's columns, sorted by person and start. `spells`: SPELL's columns from every
    source, overlapping; `deaths`, `communal_uprns`: lay_asked's.

    As seen on a day, the rows known before it and not yet replaced are one line a person, laid of what was
    known then. Empty in, empty out.
    """
    if spells.is_empty():
        return spells.with_columns(replaced_on=pl.lit(None, pl.Date)).select(LAID.names())
    open_to_doubt = _find_open_to_doubt(spells)
    plain = spells.join(open_to_doubt, on="person_id", how="anti")
    asked = drop_doubtful(plain.with_columns(seen_on=LATER), find_surer(spells)).select(SPELL.names())
    laid = lay_asked(asked, deaths, communal_uprns).with_columns(replaced_on=pl.lit(None, pl.Date))
    learnt = _lay_each_day(spells, open_to_doubt, deaths, communal_uprns)
    return pl.concat([laid.select(LAID.names()), learnt]).sort("person_id", "from_date", "known_on")


def _find_open_to_doubt(spells: pl.DataFrame) -> pl.DataFrame:
    """person_id of those whose line may once have looked otherwise: signed for an address at which the
    register, by the time that was known, did not show them; or seen in care records before the register knew
    them. Outside the register: only where it ever shows others at the address. And all who were ever placed
    in a care home, for a placement lays over the rest, and some are entered months late."""
    register = spells.filter(pl.col("source") == "demographics")
    rest = spells.filter(~pl.col("source").is_in(["demographics", "placement"])).with_row_index("_at")
    homes = register.select("person_id", "uprn", _from="from_date", _to="to_date", _known="known_on")
    covered = rest.join(homes, on=["person_id", "uprn"]).filter(
        (pl.col("_from") <= pl.col("from_date"))
        & (pl.col("_to").is_null() | (pl.col("_to") > pl.col("from_date")))
        & (pl.col("_known") <= pl.col("known_on"))
    )
    first = register.group_by("person_id").agg(_first=pl.col("known_on").min())
    bare = rest.join(covered.select("_at"), on="_at", how="anti").join(first, on="person_id", how="left")
    inside = bare.filter(
        pl.col("_first").is_not_null()
        & ((pl.col("source") != "cld") | (pl.col("_first") > pl.col("known_on")))
    )
    outside = bare.filter(pl.col("_first").is_null()).join(find_surer(spells), on="uprn", how="semi")
    placed = spells.filter(pl.col("source") == "placement")
    return pl.concat(t.select("person_id") for t in (inside, outside, placed)).unique().sort("person_id")


def _lay_each_day(
    spells: pl.DataFrame, people: pl.DataFrame, deaths: pl.DataFrame, communal_uprns: pl.Series
) -> pl.DataFrame:
    theirs = spells.join(people, on="person_id", how="semi")
    days = _days_of_learning(theirs, find_surer(spells), deaths)
    seen = _as_seen(theirs.join(days, on="person_id"))
    asked = drop_doubtful(seen, find_surer(spells)).select(SPELL.names())
    dead = deaths.join(days, on="person_id").filter(pl.col("death_known_on") <= pl.col("seen_on"))
    told = dead.select("date_of_death", "death_known_on", person_id="line")
    laid = lay_asked(asked, told, communal_uprns)
    return _run_together(laid.join(days, left_on="person_id", right_on="line", suffix="_own"))


def _days_of_learning(theirs: pl.DataFrame, surer: pl.DataFrame, deaths: pl.DataFrame) -> pl.DataFrame:
    """One row a person and day on which something of their line was learnt: person_id, seen_on, next_on?,
    nth, line (the two as one key)."""
    others = theirs.select("person_id", "uprn").drop_nulls().unique().join(surer, on="uprn")
    told = [
        *(
            t.select("person_id", seen_on=day)
            for t in (theirs, others)
            for day in ("known_on", "to_known_on")
        ),
        deaths.select("person_id", seen_on="death_known_on"),
    ]
    own = (
        pl.concat(told)
        .drop_nulls()
        .unique()
        .join(theirs.select("person_id").unique(), on="person_id", how="semi")
    )
    return own.sort("person_id", "seen_on").with_columns(
        next_on=pl.col("seen_on").shift(-1).over("person_id"),
        nth=pl.int_range(pl.len()).over("person_id"),
        line=pl.concat_str("person_id", "seen_on", separator="|"),
    )


def _as_seen(spells: pl.DataFrame) -> pl.DataFrame:
    """Of each line (for a person), the spells known by its day, ends not yet known blanked."""
    seen = pl.col("seen_on")
    ended = pl.col("to_known_on") <= seen
    return (
        spells.filter(pl.col("known_on") <= seen)
        .with_columns(pl.when(ended).then(pl.col(c)).alias(c) for c in ("to_date", "to_known_on"))
        .with_columns(person_id="line")
        .select(*SPELL.names(), "seen_on")
    )


def _run_together(laid: pl.DataFrame) -> pl.DataFrame:
    """A row that stands from one day of learning to the next is one row: known from the first of them on,
    replaced on the day after the last. An end learnt on one of them is that row's end, hidden till then."""
    own = laid.drop("person_id").rename({"person_id_own": "person_id"})
    rows = own.sort(*_PLACE, "nth", nulls_last=True)
    elsewhere = pl.any_horizontal(_differs(c) for c in _PLACE)
    gap = pl.col("nth") != pl.col("nth").shift(1) + 1
    ends_now = pl.col("to_date").shift(1).is_null() & (pl.col("to_known_on") == pl.col("seen_on"))
    ends_otherwise = (_differs("to_date") | _differs("to_known_on")) & ~ends_now.fill_null(False)
    runs = rows.with_columns(_run=(elsewhere | gap | ends_otherwise).fill_null(True).cum_sum())
    whole = runs.group_by("_run", maintain_order=True).agg(
        pl.col(_PLACE).first(),
        pl.col("to_date", "to_known_on").last(),
        known_on=pl.col("seen_on").first(),
        replaced_on=pl.col("next_on").last(),
    )
    return whole.select(LAID.names()).cast(LAID)


def _differs(column: str) -> pl.Expr:
    return pl.col(column).ne_missing(pl.col(column).shift(1))
