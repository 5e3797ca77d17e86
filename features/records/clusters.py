"""From scored pairs to people: each record joins its best partner, or nobody.

Never a connected component of raw pairs: a record without an NHS number looks for its one best partner among
the stronger seeds, and stays alone where the second best comes near. Never joined: different NHS numbers
(people.py does not score them), two register tokens, dates of birth that no slip explains, given names that
differ, two roles on one line.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.records.person_levels import BORN_NEAR, GIVEN_INITIAL, GIVEN_TYPO, PLACE_UPRN

_TIERS = ("nhs:", "tok:", "la:", "acc:")


def join_seeds(
    seeds: pl.DataFrame,
    pairs: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    probability_min: float,
    ambiguity_bits_min: float,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decide which seeds are one person.

    `seeds`: seed_id, seed, token_person_id?, date_of_birth?. `pairs`: people.score_pairs' columns, down to
    the review threshold. `lines`: line, seed_id of lines that name two people (council tax, tenancies). Out:
    (seed_id, root_id of every seed, sorted), and the pairs left for people to judge: seed_id, root_id,
    probability, given, born, place.
    """
    tiers = seeds.select("seed_id", "token_person_id", "date_of_birth", tier=_tier())
    possible = _possible(pairs, tiers)
    sure = possible.filter(pl.col("allowed") & (pl.col("probability") >= probability_min))
    roots = tiers.select("seed_id", root_id=pl.col("seed_id"))
    torn = pl.DataFrame(schema={"seed_id": pl.Int64})
    for tier in range(1, len(_TIERS)):
        for _ in range(2):  # the second time, whoever a line already names in its other role is no candidate
            ranked = _ranked(possible, roots, lines, tier)
            torn = pl.concat([torn, _torn(ranked, probability_min, ambiguity_bits_min)])
            chosen = _choose(ranked, probability_min, ambiguity_bits_min)
            roots = _attach(roots, _drop_two_roles(chosen, roots, lines))
    alone = roots.filter(pl.col("seed_id") == pl.col("root_id")).select("seed_id").join(tiers, on="seed_id")
    alone = alone.filter(pl.col("tier") >= 2).join(torn, on="seed_id", how="anti")
    roots = _attach(roots, _join_equals(alone, sure, lines))
    return roots.sort("seed_id"), _for_review(possible, roots, _taken(lines, roots))


def _tier() -> pl.Expr:
    prefix = pl.col("seed").str.extract(r"^([a-z]+:)")
    return prefix.replace_strict(
        {t: i for i, t in enumerate(_TIERS)}, default=len(_TIERS), return_dtype=pl.Int8
    )


def _possible(pairs: pl.DataFrame, tiers: pl.DataFrame) -> pl.DataFrame:
    """The best of each pair of seeds, weaker seed first: seed_id, other_id, tier, other_tier, weight,
    probability, given, place, allowed (names close enough to be joined without a person looking)."""
    not_far = (pl.col("born") < 0) | (pl.col("born") >= BORN_NEAR)
    ranked = (
        pairs.filter(not_far)
        .join(tiers.select(seed_l="seed_id", tier_l="tier", token_l="token_person_id"), on="seed_l")
        .join(tiers.select(seed_r="seed_id", tier_r="tier", token_r="token_person_id"), on="seed_r")
        .filter(~(pl.col("token_l") != pl.col("token_r")).fill_null(False))
        .with_columns(allowed=pl.col("given") >= GIVEN_INITIAL)
    )
    left_is_weaker = (pl.col("tier_l") > pl.col("tier_r")) | (
        (pl.col("tier_l") == pl.col("tier_r")) & (pl.col("seed_l") > pl.col("seed_r"))
    )

    def side(weak: str, strong: str) -> pl.Expr:
        return pl.when(left_is_weaker).then(pl.col(weak)).otherwise(pl.col(strong))

    return (
        ranked.select(
            seed_id=side("seed_l", "seed_r"),
            other_id=side("seed_r", "seed_l"),
            tier=side("tier_l", "tier_r"),
            other_tier=side("tier_r", "tier_l"),
            weight="weight",
            probability="probability",
            given="given",
            born="born",
            place="place",
            allowed="allowed",
        )
        .sort(
            "seed_id", "other_id", "allowed", "weight", "given", descending=[False, False, True, True, True]
        )
        .unique(["seed_id", "other_id"], keep="first", maintain_order=True)
    )


def _ranked(possible: pl.DataFrame, roots: pl.DataFrame, lines: pl.DataFrame, tier: int) -> pl.DataFrame:
    """Candidates of this tier's unplaced seeds among people made of stronger seeds, best first, one a person;
    nobody whom the other role of the seed's own line already names."""
    unplaced = roots.filter(pl.col("seed_id") == pl.col("root_id")).select("seed_id")
    by_root = (
        possible.filter((pl.col("tier") == tier) & (pl.col("other_tier") < tier))
        .join(unplaced, on="seed_id")
        .join(roots.rename({"seed_id": "other_id"}), on="other_id")
    )
    return (
        by_root.join(_taken(lines, roots), on=["seed_id", "root_id"], how="anti")
        .sort("seed_id", "weight", "allowed", "root_id", descending=[False, True, True, False])
        .unique(["seed_id", "root_id"], keep="first", maintain_order=True)
    )


def _taken(lines: pl.DataFrame, roots: pl.DataFrame) -> pl.DataFrame:
    """seed_id, root_id: the people whom the other role of a seed's own line names."""
    beside = lines.join(lines.rename({"seed_id": "mate_id"}), on="line").filter(
        pl.col("seed_id") != pl.col("mate_id")
    )
    mates = roots.rename({"seed_id": "mate_id"})
    return beside.join(mates, on="mate_id").select("seed_id", "root_id").unique()


def _choose(ranked: pl.DataFrame, probability_min: float, bits_min: float) -> pl.DataFrame:
    """The best candidate of each seed where it is likely enough, its name allows it, and no other comes
    near."""
    lead = pl.col("weight") - pl.col("weight").shift(-1).over("seed_id")
    first = ranked.with_columns(lead=lead).unique("seed_id", keep="first", maintain_order=True)
    return first.filter(
        pl.col("allowed")
        & (pl.col("probability") >= probability_min)
        & (pl.col("lead").fill_null(bits_min) >= bits_min)
    ).select("seed_id", "root_id", "weight")


def _torn(ranked: pl.DataFrame, probability_min: float, bits_min: float) -> pl.DataFrame:
    """Seeds that two people of stronger seeds claim alike (a father and a son of one name): whom they are
    cannot be said, nor that two such seeds are the same."""
    lead = pl.col("weight") - pl.col("weight").shift(-1).over("seed_id")
    first = ranked.with_columns(lead=lead).unique("seed_id", keep="first", maintain_order=True)
    likely = pl.col("allowed") & (pl.col("probability") >= probability_min)
    return first.filter(likely & (pl.col("lead") < bits_min)).select("seed_id")


def _drop_two_roles(chosen: pl.DataFrame, roots: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Two people named on one line never become one: the surer keeps the place; of equals neither does."""
    lines = lines.join(lines.join(chosen.select("seed_id"), on="seed_id").select("line").unique(), on="line")
    wanted = pl.concat(
        [
            chosen.select("seed_id", "root_id", "weight"),
            roots.join(lines.select("seed_id").unique(), on="seed_id")
            .join(chosen.select("seed_id"), on="seed_id", how="anti")
            .with_columns(weight=pl.lit(float("inf"))),
        ]
    )
    claims = lines.join(wanted, on="seed_id").unique(["line", "root_id", "seed_id"])
    best = pl.col("weight").max().over("line", "root_id")
    shared = pl.len().over("line", "root_id") > 1
    tied = (pl.col("weight") == best).sum().over("line", "root_id") > 1
    losers = claims.filter(shared & ((pl.col("weight") < best) | tied)).get_column("seed_id").unique()
    return chosen.filter(~pl.col("seed_id").is_in(losers.implode()))


def _attach(roots: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Give each chosen seed its new root, and everything that hung on it the same."""
    moved = chosen.select(pl.col("seed_id").alias("root_id"), pl.col("root_id").alias("_new"))
    return roots.join(moved, on="root_id", how="left", maintain_order="left").select(
        "seed_id", root_id=pl.coalesce("_new", "root_id")
    )


def _join_equals(alone: pl.DataFrame, sure: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """People whom no stronger record knows (on council tax and a tenancy only, or under two LA identifiers):
    joined where the full name agrees at one address or on one date of birth; a group that two roles of one
    line fall into, or that shows two dates of birth, stays apart."""
    ids = alone.select("seed_id")
    full = sure.filter(
        (pl.col("given") >= GIVEN_TYPO) & ((pl.col("place") >= PLACE_UPRN) | (pl.col("tier") == 2))
    )
    edges = full.join(ids, on="seed_id").join(ids.rename({"seed_id": "other_id"}), on="other_id")
    if edges.is_empty():
        return pl.DataFrame(schema={"seed_id": pl.Int64, "root_id": pl.Int64})
    grouped = _components(edges.select("seed_id", "other_id"))
    per_line = lines.join(grouped, on="seed_id").group_by("line", "root_id").agg(pl.col("seed_id").n_unique())
    two_roles = per_line.filter(pl.col("seed_id") > 1).select("root_id")
    births = (
        grouped.join(alone, on="seed_id")
        .group_by("root_id")
        .agg(pl.col("date_of_birth").drop_nulls().n_unique())
    )
    two_births = births.filter(pl.col("date_of_birth") > 1).select("root_id")
    apart = pl.concat([two_roles, two_births]).unique()
    return grouped.join(apart, on="root_id", how="anti").filter(pl.col("seed_id") != pl.col("root_id"))


def _components(edges: pl.DataFrame) -> pl.DataFrame:
    """seed_id, root_id (the smallest seed of its group)."""
    nodes = pl.concat([edges["seed_id"], edges["other_id"].alias("seed_id")]).unique().sort()
    a, b = (np.searchsorted(nodes, edges[c]) for c in ("seed_id", "other_id"))
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(nodes), len(nodes)))
    labels = connected_components(graph, directed=False)[1]
    return pl.DataFrame({"seed_id": nodes, "group": labels}).select(
        "seed_id", root_id=pl.col("seed_id").min().over("group")
    )


def _for_review(possible: pl.DataFrame, roots: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Likely pairs that were not joined, the likeliest per seed and person: seed_id, root_id, probability and
    the levels at which given name, birth and place agree; nobody whom a line shows to be another."""
    own, other = roots.rename({"root_id": "own"}), roots.rename({"seed_id": "other_id"})
    left = (
        possible.join(own, on="seed_id").join(other, on="other_id").filter(pl.col("own") != pl.col("root_id"))
    )
    order = ["seed_id", "root_id", "probability", "given", "born", "place"]
    return (
        left.filter(pl.col("own") == pl.col("seed_id"))
        .join(taken, on=["seed_id", "root_id"], how="anti")
        .sort(order, descending=[False, False, True, True, True, True])
        .unique(["seed_id", "root_id"], keep="first", maintain_order=True)
        .select(order)
    )
