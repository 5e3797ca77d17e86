"""Who is near whom, and under what name before: what makes one person easily taken for another."""

import numpy as np
import polars as pl

from simulator.log import Array
from simulator.names import family_names
from simulator.timeline import NO_DAY
from simulator.world import World


def earlier_names(world: World, rng: np.random.Generator, share: float, sources: int) -> tuple[Array, Array]:
    """Everybody's earlier family name (their own where there was none), and the number of the source, out of
    `sources`, that still holds it (-1 for none): `share` of the women who married have one."""
    people = world.people
    partner, family = people["partner"], people["family"]
    shared = (partner >= 0) & (family == family[np.maximum(partner, 0)])
    married = np.flatnonzero(people["female"] & (shared | (people["bereaved"] > NO_DAY)))
    earlier, holder = family.copy(), np.full(people.size, -1)
    earlier[married] = family_names(people["group"][married], rng)
    chosen, source = rng.random(len(married)) < share, rng.integers(0, sources, len(married))
    holder[married] = np.where(chosen, source, -1)
    return earlier, holder


def housemates(household: Array) -> Array:
    """For each person somebody else of the same household, going round it; -1 for those alone."""
    order = np.argsort(household, kind="stable")
    inside = household[order]
    first = np.searchsorted(inside, inside)
    last = np.searchsorted(inside, inside, side="right") - 1
    at = np.arange(len(order))
    mate = np.empty(len(order), dtype=int)
    mate[order] = np.where(first == last, -1, order[np.where(at < last, at + 1, first)])
    return mate


def same_name(spells: pl.DataFrame, given: Array, family: Array) -> Array:
    """Which spells share dwelling, household, first and family name with somebody else's: father and son.

    `spells`: person, home, household; names by person number.
    """
    who = spells["person"].to_numpy()
    named = spells.with_columns(
        given=pl.Series(given[who].tolist(), dtype=pl.String),
        family=pl.Series(family[who].tolist(), dtype=pl.String),
    )
    return _shared(named, "given", "family")


def twins(spells: pl.DataFrame, born: Array) -> Array:
    """Which spells share dwelling, household and date of birth with somebody else's."""
    return _shared(spells.with_columns(born=pl.Series(born[spells["person"].to_numpy()])), "born")


def _shared(spells: pl.DataFrame, *also: str) -> Array:
    people = pl.col("person").n_unique().over("care_home", "home", "household", *also)
    return spells.select((people > 1) & ~pl.col("care_home")).to_series().to_numpy()
