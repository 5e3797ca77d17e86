"""health/apc: admitted care as HES has it, one row an episode, one file a quarter."""

import numpy as np
import polars as pl
import polars.selectors as cs

from simulator import mess
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, as_date, dates
from simulator.writers import diagnoses
from simulator.writers.codes import ETHNOS
from simulator.writers.health_files import DIAGNOSES, EXTRACT_DAYS_AFTER, OPERATIONS, PROVIDERS, quarters
from simulator.written import FLAG_PREFIX, blanked


def write_admitted_care(landing: Landing) -> None:
    """Write one file a quarter of the episodes that finished in it."""
    rng = landing.rng(5)
    episodes = _episodes(landing, rng)
    for after, until in quarters(landing.timeline):
        stamp = as_date(until + EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
        _land_episodes(landing, episodes, after, until, stamp, rng)


def _stays(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    """Stays of the recorded time, with a few cut in two by a transfer to the neighbouring trust."""
    stays = landing.world.admissions.frame().with_columns(
        source=pl.lit("19"), transfer=pl.lit(False), onward=pl.lit(False)
    )
    stays = stays.filter(
        (pl.col("until") >= landing.timeline.first_day) & (pl.col("day") <= landing.timeline.last_day)
    )
    stays = stays.sort("day", "person", "until", maintain_order=True).with_row_index("stay")
    long = (pl.col("until") - pl.col("day") > 5) & pl.col("emergency")
    hit = pl.Series(rng.random(len(stays)) < 0.03)
    middle = (pl.col("day") + pl.col("until")) // 2
    moved = stays.filter(long & hit).with_columns(day=middle, transfer=pl.lit(True), source=pl.lit("51"))
    kept = stays.with_columns(
        until=pl.when(long & hit).then(middle).otherwise(pl.col("until")),
        onward=long & hit,
        died=pl.col("died") & ~(long & hit),
    )
    return (
        pl.concat([kept, moved])
        .sort("day", "person", "transfer", maintain_order=True)
        .with_row_index("spell")
    )


def _episodes(landing: Landing, rng: np.random.Generator) -> pl.DataFrame:
    """One row an episode: long stays pass from consultant to consultant; the first holds the reason
    for coming."""
    stays = _stays(landing, rng)
    nights = (stays["until"] - stays["day"]).to_numpy()
    number = (
        1 + (nights > 1) * (rng.random(len(stays)) < 0.25) + (nights > 8) * (rng.random(len(stays)) < 0.4)
    )
    described = _stay_columns(landing, stays, rng)
    row = np.repeat(np.arange(len(stays)), number)
    order = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number) + 1
    share = nights[row] / number[row]
    first = stays["day"].to_numpy()[row] + np.floor(share * (order - 1)).astype(int)
    last = np.where(
        order == number[row],
        stays["until"].to_numpy()[row],
        stays["day"].to_numpy()[row] + np.floor(share * order).astype(int),
    )
    frame = described[row].with_columns(
        order=pl.Series(order),
        first=pl.Series(first),
        last=pl.Series(last),
        latest=pl.Series(order == number[row]),
    )
    later = pl.Series(diagnoses.emergency_diagnoses(np.full(len(frame), 80.0), rng))
    return frame.with_columns(
        DIAG_4_01=pl.when(pl.col("order") > 1).then(later).otherwise(pl.col("DIAG_4_01")),
        CAUSE_4=pl.when(pl.col("order") > 1).then(pl.lit("")).otherwise(pl.col("CAUSE_4")),
        EPIKEY=pl.Series(np.char.add("6", np.char.zfill((rng.permutation(len(frame)) + 1).astype(str), 18))),
    )


def _stay_columns(landing: Landing, stays: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    people, world = landing.world.people, landing.world
    who, day = stays["person"].to_numpy(), stays["day"].to_numpy()
    count, age = len(stays), world.age(who, day)
    emergency, fall, transfer = (stays[c].to_numpy() for c in ("emergency", "fall", "transfer"))
    place = landing.address_row(who, day)
    in_home = place >= len(world.dwellings.area)
    nursing = (
        in_home
        & world.care_homes.nursing[
            np.clip(place - len(world.dwellings.area), 0, len(world.care_homes.area) - 1)
        ]
    )
    method = np.where(
        emergency,
        diagnoses.choose(
            ("21", "2A", "22", "24", "23", "2D"), (0.56, 0.22, 0.10, 0.07, 0.03, 0.02), count, rng
        ),
        diagnoses.choose(("11", "12", "13"), (0.4, 0.4, 0.2), count, rng),
    )
    planned = rng.integers(0, len(diagnoses.PLANNED), count)
    primary = np.select(
        [emergency & fall, emergency],
        [
            diagnoses.fall_injuries(age, rng),
            diagnoses.emergency_diagnoses(age, rng),
        ],
        np.array(diagnoses.PLANNED)[planned],
    )
    cause = diagnoses.choose(diagnoses.FALL_CAUSES, diagnoses.FALL_CAUSE_SHARES, count, rng)
    same_day = (stays["until"] == stays["day"]).to_numpy()
    token = blanked(landing.token[who], landing.doses.no_token_apc, "nhs_number_missing", landing.dirt(5))
    columns: dict[str, object] = {
        **token.columns("TOKEN_PERSON_ID"),
        "ADMIMETH": np.where(transfer, "2B", method),
        "ADMISORC": np.where(transfer, "51", np.select([nursing, in_home], ["55", "56"], "19")),
        "CLASSPAT": np.where(~emergency & same_day, "2", "1"),
        "DIAG_4_01": primary,
        "CAUSE_4": np.where(emergency & fall & ~transfer, cause, ""),
        "OPERTN_4_01": np.where(
            emergency,
            np.where(fall & (primary == "S720"), "W371", "-   "),
            np.array(diagnoses.OPERATIONS)[planned],
        ),
        "SEX": np.where(people["female"][who], "2", "1"),
        "ETHNOS": np.array(ETHNOS)[people["ethnicity"][who]],
        "STARTAGE": np.where(
            age >= 1,
            np.minimum(age, 120).astype(int),
            7001 + np.searchsorted([1 / 365, 7 / 365, 28 / 365, 91 / 365, 183 / 365, 274 / 365], age),
        ),
        "MYDOB": dates(people["born"][who]).dt.strftime("%m%Y"),
        "LSOA11": np.where(
            place >= 0, world.county.codes[landing.addresses.area[np.maximum(place, 0)]], "Z99999999"
        ),
        "GPPRAC": landing.practice[who],
        "PROCODE3": np.where(transfer, PROVIDERS[1], PROVIDERS[0]),
        "SUSSPELLID": np.char.add("77", np.char.zfill((stays["spell"].to_numpy() + 1).astype(str), 8)),
        "in_home": in_home,
        "nursing": nursing,
        "emergency": emergency,
        "spell_from": day,
        "spell_to": stays["until"],
        "died": stays["died"],
        "onward": stays["onward"],
        "true:subject": who,
    }
    return pl.DataFrame(columns | _secondary(landing, who, age, stays["frail"].to_numpy(), rng))


def _secondary(
    landing: Landing, who: Array, age: Array, frail: Array, rng: np.random.Generator
) -> dict[str, object]:
    """DIAG_4_02 on: the person's long-term conditions (nine in ten coded), then signs of frailty as last
    measured, packed to the left."""
    world = landing.world
    present = [world.has(c, who, age) & (rng.random(len(who)) < 0.9) for c in diagnoses.FROM_CONDITIONS]
    extra = {
        "I10X": age > 45 + 30 * rng.random(len(who)),
        "R54X": frail & (age > 75) & (rng.random(len(who)) < 0.35),
        "Z602": (age > 70) & (rng.random(len(who)) < 0.06),
        "Z740": frail & (rng.random(len(who)) < 0.12),
    }
    held = np.stack([*present, *extra.values()], axis=1)
    codes = np.array([*diagnoses.FROM_CONDITIONS.values(), *extra])
    rank = np.where(held, np.arange(held.shape[1]), 99)
    order = np.sort(rank, axis=1)[:, : DIAGNOSES - 1]
    padded = np.append(codes, [""] * (100 - len(codes)))
    return {
        f"DIAG_4_{k + 2:02d}": padded[order[:, k]] if k < order.shape[1] else np.full(len(who), "")
        for k in range(DIAGNOSES - 1)
    }


def _land_episodes(
    landing: Landing, episodes: pl.DataFrame, after: int, until: int, stamp: str, rng: np.random.Generator
) -> None:
    """Episodes that finished in the quarter; a spell not yet over at its end has no discharge."""
    rows = episodes.filter(pl.col("last").is_between(after + 1, until))
    out = (rows["spell_to"] <= until).to_numpy()
    rows = rows.with_columns(out=pl.Series(out))
    destination = (
        pl.when(~pl.col("out"))
        .then(pl.lit("98"))
        .when(pl.col("died"))
        .then(pl.lit("79"))
        .when(pl.col("onward"))
        .then(pl.lit("51"))
        .when(pl.col("nursing"))
        .then(pl.lit("55"))
        .when(pl.col("in_home"))
        .then(pl.lit("56"))
        .otherwise(pl.lit("19"))
    )
    method = (
        pl.when(~pl.col("out"))
        .then(pl.lit("8"))
        .when(pl.col("died"))
        .then(pl.lit("4"))
        .otherwise(pl.lit("1"))
    )
    nights = pl.col("spell_to") - pl.col("spell_from")
    month = dates(rows["last"].to_numpy()).dt
    year = month.year() - (month.month() < 4).cast(pl.Int32)
    fiscal = pl.Series([f"{y % 100:02d}{(y + 1) % 100:02d}" for y in year.to_list()], dtype=pl.String)
    period = pl.Series(
        [f"{y}{(m - 4) % 12 + 1:02d}" for y, m in zip(year.to_list(), month.month().to_list(), strict=True)],
        dtype=pl.String,
    )
    first, last = pl.col("order") == 1, pl.col("latest") & pl.col("out")
    whole = rows.with_columns(
        *[pl.lit("").alias(f"OPERTN_4_{k:02d}") for k in range(2, OPERATIONS + 1)],
        FYEAR=fiscal,
        PARTYEAR=period,
        ADMIDATE=dates(rows["spell_from"].to_numpy()),
        DISDATE=dates(np.where(out, rows["spell_to"].to_numpy(), NO_DAY)),
        DISDEST=destination,
        DISMETH=method,
        EPISTART=dates(rows["first"].to_numpy()),
        EPIEND=dates(rows["last"].to_numpy()),
        ELECDATE=pl.when(pl.col("emergency"))
        .then(pl.lit("1800-01-01"))
        .otherwise(dates(rows["spell_from"].to_numpy() - 40).cast(pl.String)),
        EPISTAT=pl.lit("3"),
        EPITYPE=pl.lit("1"),
        EPIORDER=pl.col("order"),
        FAE=first.cast(pl.Int8),
        FAE_EMERGENCY=(first & pl.col("emergency")).cast(pl.Int8),
        FCE=pl.lit(1),
        FDE=last.cast(pl.Int8),
        SPELDUR=pl.when(pl.col("out")).then(nights),
        SPELBGIN=pl.when(first).then(pl.lit("2")).otherwise(pl.lit("0")),
        SPELEND=pl.when(last).then(pl.lit("Y")).otherwise(pl.lit("N")),
        EPIDUR=pl.col("last") - pl.col("first"),
        MAINSPEF=pl.lit("300"),
        TRETSPEF=pl.when(pl.col("emergency")).then(pl.lit("430")).otherwise(pl.lit("100")),
    )
    dirt = landing.dirt(1000 + after)
    whole = mess.duplicated(whole[rng.permutation(len(whole))], dirt, landing.doses)
    whole = whole.select(*_APC_HEADERS, "true:subject", cs.starts_with(FLAG_PREFIX))
    whole = mess.spoiled(whole, "ADMIMETH", "Q9", dirt, landing.doses)
    landing.land(whole, f"health/apc_{stamp}.csv", separator="|")


_APC_HEADERS = (
    "FYEAR",
    "PARTYEAR",
    "EPIKEY",
    "SUSSPELLID",
    "TOKEN_PERSON_ID",
    "ADMIDATE",
    "ADMIMETH",
    "ADMISORC",
    "DISDATE",
    "DISDEST",
    "DISMETH",
    "EPISTART",
    "EPIEND",
    "ELECDATE",
    "EPISTAT",
    "EPITYPE",
    "CLASSPAT",
    "EPIORDER",
    "FAE",
    "FAE_EMERGENCY",
    "FCE",
    "FDE",
    "SPELDUR",
    "SPELBGIN",
    "SPELEND",
    "EPIDUR",
    *(f"DIAG_4_{k:02d}" for k in range(1, DIAGNOSES + 1)),
    "CAUSE_4",
    *(f"OPERTN_4_{k:02d}" for k in range(1, OPERATIONS + 1)),
    "SEX",
    "ETHNOS",
    "STARTAGE",
    "MYDOB",
    "LSOA11",
    "GPPRAC",
    "PROCODE3",
    "MAINSPEF",
    "TRETSPEF",
)
