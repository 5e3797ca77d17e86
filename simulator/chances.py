"""The truth about the future as tables: true and oracle chances, what came to pass, and hours received."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from simulator import kinds
from simulator.foresight import HORIZONS_DAYS, OUTCOMES
from simulator.log import Array
from simulator.timeline import NO_DAY, as_date, dates
from simulator.world import World

NEVER = 2**30
DECIMALS = 5


def chances(
    world: World, stated: list[dict[str, Array]], outcomes: pl.DataFrame, last_day: int
) -> pl.DataFrame:
    """`truth/chances.parquet`: one row a person, as-of date, outcome and horizon (see truth.DICTIONARY), in
    that order.

    `stated` comes from `oracle.Observer`, `outcomes` holds person, outcome, day (day numbers). Nobody stated,
    no rows.
    """
    parts = [part for at in stated for part in _of_day(world, at, outcomes, last_day)]
    return pl.concat(parts) if parts else pl.DataFrame()


def _of_day(
    world: World, at: dict[str, Array], outcomes: pl.DataFrame, last_day: int
) -> Iterator[pl.DataFrame]:
    day, who = int(at["day"][0]), at["person"]
    carer, cared = _linked(world, at)
    for k, outcome in sorted(enumerate(OUTCOMES), key=lambda pair: pair[1]):
        rows = np.arange(len(who)) if outcome != "carer_breakdown" else cared
        subject = who if outcome != "carer_breakdown" else carer
        first = _first_day(outcomes, outcome, day, world.people.size)
        for h, horizon in enumerate(HORIZONS_DAYS):
            over = day + horizon <= last_day + 1
            yield pl.DataFrame(
                {
                    "person": subject.astype(np.int32),
                    "as_of": dates(np.full(len(subject), day)),
                    "age_group": _age_group(world, subject, day),
                    "outcome": pl.Series([outcome], dtype=pl.Categorical).new_from_index(0, len(subject)),
                    "horizon_days": pl.Series([horizon], dtype=pl.Int16).new_from_index(0, len(subject)),
                    "eligible": _eligible(outcome, at)[rows],
                    "true_chance": at["true"][rows, k, h].round(DECIMALS),
                    "oracle_chance": at["oracle"][rows, k, h].round(DECIMALS),
                    "happened": pl.Series(first[subject] < day + horizon).set(
                        pl.Series(np.full(len(subject), not over)), None
                    ),
                }
            )


def _age_group(world: World, who: Array, day: int) -> pl.Series:
    """65+ from the sixty-fifth birthday on."""
    born = dates(world.people["born"][who])
    older = born.dt.offset_by("65y") <= as_date(day)
    return pl.select(pl.when(older).then(pl.lit("65+")).otherwise(pl.lit("18-64"))).to_series()


def _eligible(outcome: str, at: dict[str, Array]) -> Array:
    """Who can have the outcome (landing.md, Outcomes)."""
    if outcome == "long_term_community_start":
        return at["unsupported"]
    if outcome == "care_home_admission":
        return ~at["in_care_home"]
    return np.ones(len(at["person"]), dtype=bool)


def _linked(world: World, at: dict[str, Array]) -> tuple[Array, Array]:
    """Carers of linked pairs with an open service at the day, and the row of `at` of the person cared for."""
    day = int(at["day"][0])
    row = np.full(world.people.size, -1)
    row[at["person"]] = np.arange(len(at["person"]))
    links = world.carings.frame().filter(
        (pl.col("day") <= day) & ((pl.col("until") == NO_DAY) | (pl.col("until") > day))
    )
    carer, person = links["carer"].to_numpy(), links["person"].to_numpy()
    services = world.services
    live = (services["day"] <= day) & ((services["until"] == NO_DAY) | (services["until"] > day))
    served = np.zeros(world.people.size, dtype=bool)
    served[services["person"][live]] = True
    keep = (served[carer] | served[person]) & (row[carer] >= 0) & (row[person] >= 0)
    order = np.argsort(carer[keep], kind="stable")
    return carer[keep][order], row[person[keep]][order]


def _first_day(outcomes: pl.DataFrame, outcome: str, day: int, people: int) -> Array:
    first = np.full(people, NEVER)
    rows = outcomes.filter((pl.col("outcome") == outcome) & (pl.col("day") >= day))
    np.minimum.at(first, rows["person"].to_numpy(), rows["day"].to_numpy())
    return first


def hours(world: World, stated: list[dict[str, Array]], last_day: int) -> pl.DataFrame:
    """`truth/hours.parquet`: mean planned hours a week of council-arranged home care over each window that is
    over, 0 where none; both carers of a double-handed visit count."""
    parts = []
    for at in stated:
        day, who = int(at["day"][0]), at["person"]
        for horizon in (h for h in HORIZONS_DAYS if day + h <= last_day + 1):
            parts.append(
                pl.DataFrame(
                    {
                        "person": who.astype(np.int32),
                        "as_of": dates(np.full(len(who), day)),
                        "horizon_days": horizon,
                        "hours_per_week": np.round(_mean_hours(world, day, horizon)[who], 4),
                    }
                )
            )
    return pl.concat(parts) if parts else pl.DataFrame()


def _mean_hours(world: World, day: int, horizon: int) -> Array:
    s = world.services
    home_care = (s["kind"] == kinds.K_COMMUNITY) & (s["component"] == 0)
    until = np.where(s["until"] == NO_DAY, NEVER, s["until"])
    days = np.clip(np.minimum(until, day + horizon) - np.maximum(s["day"], day), 0, horizon) * home_care
    return np.bincount(s["person"], weights=days * s["hours"] / horizon, minlength=world.people.size)


def outcome_days(world: World) -> pl.DataFrame:
    """All that came to pass, by the definitions of the landing contract: person, outcome, day (number)."""
    stays, moves, reviews = world.admissions.frame(), world.residences.frame(), world.reviews.frame()
    emergency, deaths = stays.filter("emergency"), np.flatnonzero(world.people["died"] > NO_DAY)
    broke = reviews.filter(pl.col("reason") == kinds.CARER_RELATED)
    carer, day = _carer_on(world, broke["person"].to_numpy(), broke["day"].to_numpy())
    parts = [
        ("emergency_admission", emergency["person"], emergency["day"]),
        ("fall_admission", *(emergency.filter("fall")[c] for c in ("person", "day"))),
        ("care_home_admission", *(moves.filter("care_home")[c] for c in ("person", "since"))),
        ("long_term_community_start", *_starts(world)),
        ("carer_breakdown", carer, day),
        ("death", deaths, world.people["died"][deaths]),
    ]
    frames = [
        pl.DataFrame(
            {"person": np.asarray(w, dtype=np.int64), "outcome": name, "day": np.asarray(d, dtype=np.int64)}
        )
        for name, w, d in parts
    ]
    return pl.concat(frames).sort("outcome", "person", "day")


def _carer_on(world: World, person: Array, day: Array) -> tuple[Array, Array]:
    """The carer of each person on a day; days without one are left out."""
    asked = pl.DataFrame({"person": person, "asked": day})
    links = (
        world.carings.frame()
        .join(asked, on="person")
        .filter(
            (pl.col("day") <= pl.col("asked"))
            & ((pl.col("until") == NO_DAY) | (pl.col("until") >= pl.col("asked")))
        )
    )
    return links["carer"].to_numpy(), links["asked"].to_numpy()


def _starts(world: World) -> tuple[pl.Series, pl.Series]:
    """Starts of long-term support at home with none in the 91 days before."""
    rows = world.services.frame().filter(pl.col("kind") == kinds.K_COMMUNITY).sort("person", "day")
    before = pl.col("until").shift(1).over("person")
    fresh = before.is_null() | ((before != NO_DAY) & (pl.col("day") - before > 91))
    starts = rows.filter(fresh)
    return starts["person"], starts["day"]
