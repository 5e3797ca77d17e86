"""Who lives alone, and how sure: the register, council tax and the bill's names can disagree, so a chance
is kept.

Each source is a witness that errs at a rate of its own. The rates are learnt from how often the witnesses
agree, house by house, with no truth at hand: a latent class of two (alone, not alone) under witnesses that
err independently (Dawid and Skene 1979), fitted by expectation-maximisation from stated rates that count as
PRIOR_HOMES homes each."""

from datetime import date

import numpy as np
import polars as pl

from features.as_of import stands_on

PRIOR_ALONE = 0.30
"""Homes of one person in England, Census 2021 TS003 (rates.md 1)."""
PRIOR_HOMES, ROUNDS = 100, 300
WITNESSES = {
    "register": (0.97, 0.03),
    "only_two": (0.90, 0.50),
    "discount": (0.85, 0.06),
    "bill": (0.97, 0.55),
    "discounted_bill": (0.97, 0.50),
}
"""The stated chance that each witness says "alone" of a home where somebody does, and of one where nobody
does (assumed): the register shows one resident; where it shows more, only two; the bill bears a single-person
discount; it names one person. Whether two residents who keep a discount they have no right to are billed in
one name is taken to be even, whatever other bills do, so a discounted bill is a witness of its own."""
HELD = ("discounted_bill",)
"""Kept as stated: agreement cannot teach it, for the discount and the name stand on one account."""
_SINGLE = "single_person"
ALONE = pl.Schema(
    {
        "person_id": pl.String,
        "household_id": pl.String,
        "n_people": pl.Int64,
        "alone_probability": pl.Float64,
    }
)


def find_alone(living: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """The chance that each person lives alone, in ALONE's columns, sorted by person.

    `living`: person_id, household_id?, adult? of everybody at home on the day (no communal homes); `bills`:
    household_id, discount?, n_liable, the newest of each home as known that day. At an unmatched address
    nothing can be said: the chance is null. Nobody: no rows."""
    homes = (
        living.drop_nulls("household_id")
        .group_by("household_id")
        .agg(n_people=pl.len().cast(pl.Int64), n_adults=pl.col("adult").fill_null(True).sum())
    )
    seen = homes.join(bills.unique("household_id"), on="household_id", how="left").with_columns(_witnesses())
    patterns = seen.group_by(WITNESSES.keys()).agg(n=pl.len()).sort(WITNESSES.keys())
    judged = seen.join(_judge(patterns), on=list(WITNESSES), how="left", nulls_equal=True)
    told = judged.select("household_id", "n_people", "alone_probability")
    found = living.select("person_id", "household_id").join(told, on="household_id", how="left")
    return found.select(ALONE.names()).cast(ALONE).sort("person_id", "household_id")


def _witnesses() -> list[pl.Expr]:
    """What each source says: true alone, false not, null nothing. A second adult who is disregarded earns a
    discount too, so such a bill says that there are two. Bills speak of adults: of a parent alone with
    children they say nothing here.
    """
    speaks = (pl.col("n_adults") == pl.col("n_people")) | (pl.col("n_adults") > 1)
    billed = pl.col("n_liable").is_not_null() & speaks
    single = (pl.col("discount") == _SINGLE).fill_null(False)
    one = pl.col("n_people") == 1
    discount = pl.when(billed).then(single)
    bill = pl.when(billed & (pl.col("n_liable") >= 1)).then(pl.col("n_liable") == 1)
    return [
        one.alias("register"),
        pl.when(~one).then(pl.col("n_people") == 2).alias("only_two"),
        discount.alias("discount"),
        pl.when(~discount).then(bill).alias("bill"),
        pl.when(discount).then(bill).alias("discounted_bill"),
    ]


def _judge(patterns: pl.DataFrame) -> pl.DataFrame:
    """alone_probability of each pattern of testimony (a few dozen at most), by expectation-maximisation over
    their counts."""
    said = patterns.select(pl.col(WITNESSES.keys()).cast(pl.Float64)).to_numpy()
    heard, yes = ~np.isnan(said), np.nan_to_num(said)
    n, stated = patterns["n"].to_numpy().astype(float), np.array(list(WITNESSES.values()))
    held = np.isin(list(WITNESSES), HELD)
    share, rates = PRIOR_ALONE, stated
    for _ in range(ROUNDS):
        chance = _posterior(share, rates, yes, heard)
        weight = n[:, None] * np.stack([chance, 1 - chance], axis=1)
        share = (weight[:, 0].sum() + PRIOR_HOMES * PRIOR_ALONE) / (n.sum() + PRIOR_HOMES)
        learnt = (yes.T @ weight + PRIOR_HOMES * stated) / (heard.T @ weight + PRIOR_HOMES)
        rates = np.where(held[:, None], stated, learnt)
    told = pl.Series("alone_probability", _posterior(share, rates, yes, heard)).round(4)
    return patterns.select(WITNESSES.keys()).with_columns(told)


def _posterior(share: float, rates: np.ndarray, yes: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """P(alone | testimony) of each pattern. `rates`: witness by (alone, not alone), the chance to say alone;
    `yes`, `heard`: pattern by witness."""
    says = np.where(yes[:, :, None] == 1, rates, 1 - rates)
    joint = np.where(heard[:, :, None], says, 1.0).prod(axis=1) * [share, 1 - share]
    chance: np.ndarray = joint[:, 0] / joint.sum(axis=1)
    return chance


def alone_on(
    residences: pl.DataFrame,
    council_tax: pl.DataFrame,
    households: pl.DataFrame,
    people: pl.DataFrame,
    as_of: date,
) -> pl.DataFrame:
    """The same from joined tables (tables.md), by what was known before `as_of`. Nothing is said of a home
    that holds, or held, a restricted person: their own spell hides it, so the others would look alone."""
    begun = (pl.col("from_date") < as_of) & (pl.col("known_on") < as_of)
    known = residences.filter(begun & stands_on(as_of))
    ended = (pl.col("to_date") <= as_of) & (pl.col("to_known_on") < as_of)
    living = known.filter(~ended.fill_null(False) & ~pl.col("communal"))
    newest = living.sort("person_id", "from_date").unique("person_id", keep="last", maintain_order=True)
    of_age = pl.col("date_of_birth").dt.offset_by("18y") <= as_of
    newest = newest.join(people.select("person_id", adult=of_age), on="person_id", how="left")
    bills = council_tax.filter(pl.col("known_on") < as_of).drop_nulls("household_id")
    latest = bills.sort("household_id", "happened_on").unique(
        "household_id", keep="last", maintain_order=True
    )
    found = find_alone(newest, latest.select("household_id", "discount", "n_liable"))
    hidden = pl.col("household_id").is_in(households.filter("restricted")["household_id"].implode())
    shown = [
        pl.when(~hidden.fill_null(False)).then(pl.col(c)).alias(c) for c in ("n_people", "alone_probability")
    ]
    return found.with_columns(shown)
