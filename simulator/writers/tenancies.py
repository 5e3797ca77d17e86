"""housing/: social tenancies and home adaptations."""

import numpy as np
import polars as pl

from simulator import mess, rates, written
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, dates
from simulator.world import World
from simulator.written import Written

EXTRACT_DAYS_AFTER = 22
TOTALS_FROM_DIAL = 2


def write_tenancies(landing: Landing) -> None:
    """Write social tenancies and adaptations, with their history, as one extract each."""
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    landing.land(_tenancies(landing), f"housing/tenancies_{stamp}.csv")
    landing.land(_adaptations(landing), f"housing/adaptations_{stamp}.csv")


def occupancies(landing: Landing) -> pl.DataFrame:
    """One row a stay of a household in a dwelling: home, since, until (NO_DAY while open), first and
    second adult (-1)."""
    world = landing.world
    spells = world.residences.frame().filter(~pl.col("care_home"))
    born = pl.Series("born", world.people["born"][spells["person"].to_numpy()])
    spells = spells.with_columns(born, open=pl.col("until") == NO_DAY)
    adult = pl.col("born") < pl.col("since") - 18 * 365
    ranked = spells.sort("home", "household", "since", "born", "person")
    return (
        ranked.group_by("home", "household", maintain_order=True)
        .agg(
            since=pl.col("since").min(),
            until=pl.when(pl.col("open").any()).then(NO_DAY).otherwise(pl.col("until").max()),
            first=pl.col("person").filter(adult).first().fill_null(-1),
            second=pl.col("person").filter(adult).get(1, null_on_oob=True).fill_null(-1),
        )
        .sort("home", "since")
    )


def _tenancies(landing: Landing) -> pl.DataFrame:
    """Social lettings: the tenant, a joint tenant in couples, alarms in sheltered flats, arrears and
    repairs."""
    rng, dirt = landing.rng(11), landing.dirt(11)
    rows = _lettings(landing)
    who, second = rows["first"].to_numpy(), rows["second"].to_numpy()
    joint = (second >= 0) & (rng.random(len(rows)) < 0.65)
    frame = pl.DataFrame(
        {
            "tenancy_ref": np.char.add("TN", (rng.permutation(len(rows)) + 500_000).astype(str)),
            **_where(landing, rows["home"].to_numpy(), dirt),
            **_tenants(landing, who, np.where(joint, second, -1), dirt),
            **_letting(landing, rows, rng),
            "true:subject": who,
            "true:joint": np.where(joint, second, -1),
        }
    )
    return _muddled(frame[rng.permutation(len(frame))], landing, dirt)


def _muddled(frame: pl.DataFrame, landing: Landing, dirt: np.random.Generator) -> pl.DataFrame:
    """Sentinels, flags that are none, and at the harder dials a row of totals."""
    doses = landing.doses
    nothing = pl.col("arrears_pounds") == 0
    frame = mess.with_sentinels(frame, "arrears_pounds", "-", dirt, doses, nothing)
    frame = mess.with_sentinels(frame, "tenant_date_of_birth", "1800-01-01", dirt, doses)
    frame = mess.with_sentinels(frame, "end_date", "Not known", dirt, doses, pl.col("end_date").is_null())
    frame = mess.spoiled(frame, "sheltered", "?", dirt, doses)
    return mess.with_totals(frame) if landing.mess >= TOTALS_FROM_DIAL else frame


def _lettings(landing: Landing) -> pl.DataFrame:
    """The stays in social rent that are current or ended in the recorded time; `until` NO_DAY while open."""
    last, rows = landing.timeline.last_day, occupancies(landing)
    social = pl.Series(landing.world.dwellings.tenure[rows["home"].to_numpy()] == 3)
    rows = rows.filter(social & (rows["first"] >= 0) & (rows["since"] <= last))
    still = (pl.col("until") == NO_DAY) | (pl.col("until") > last)
    rows = rows.filter(still | (pl.col("until") >= landing.timeline.first_day))
    return rows.with_columns(until=pl.when(still).then(NO_DAY).otherwise("until"))


def _where(landing: Landing, home: Array, dirt: np.random.Generator) -> dict[str, object]:
    book, doses = landing.addresses, landing.doses
    return {
        **written.uprns(book.uprn[home], doses.no_uprn_housing, dirt, doses).columns("uprn"),
        **book.written(home, dirt, doses).columns("address"),
        "postcode": book.postcode[home],
        written.ADDRESS: book.uprn[home],
    }


def _tenants(landing: Landing, who: Array, second: Array, dirt: np.random.Generator) -> dict[str, object]:
    """Tenant and joint tenant (-1: none) in one text each, as housing officers write them."""
    people, doses = landing.world.people, landing.doses
    given = written.initials(landing.given_names(dirt), people["given"], dirt, doses.initial_only)
    family = landing.family_names("housing", dirt)
    title = np.where(people["female"][who], "Mrs ", "Mr ").astype(object)
    joint = _full(given, family, np.maximum(second, 0)).without(second < 0)
    return {
        **_full(given, family, who, title).columns("tenant_name"),
        **landing.births(dirt).of(who).columns("tenant_date_of_birth"),
        **joint.columns("joint_tenant_name", "joint"),
    }


def _full(given: Written, family: Written, who: Array, title: Array | str = "") -> Written:
    first, last = given.of(who), family.of(who)
    return written.together(title + first.values + " " + last.values, first, last)


def _letting(landing: Landing, rows: pl.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    """What the landlord knows of the letting and the dwelling."""
    d, count, end = landing.world.dwellings, len(rows), landing.timeline.last_day
    home, since, until = (rows[c].to_numpy() for c in ("home", "since", "until"))
    owes = np.where(
        rng.random(count) < 0.41, np.round(rng.exponential(310, count), 2), 0.0
    )  # rates.md 12 "in arrears"
    repairs = rng.poisson(2.8, count)  # rates.md 12 "Responsive repairs a year"
    kind = np.array(["Secure", "Assured", "Introductory"])[np.searchsorted([0.6, 0.9], rng.random(count))]
    built = np.where(d.kind[home] == 3, "Flat", np.where(d.bungalow[home], "Bungalow", "House"))
    mended = np.maximum(end - rng.integers(1, 360, count), since)
    return {
        "start_date": dates(since),
        "end_date": dates(until),
        "tenancy_type": kind,
        "property_type": built,
        "bedrooms": d.bedrooms[home],
        "sheltered": np.where(d.sheltered[home], "Y", "N"),
        "alarm": np.where(d.sheltered[home] | (rng.random(count) < 0.06), "Y", "N"),
        "arrears_pounds": np.where(until == NO_DAY, owes, 0.0),
        "repairs_12m": repairs,
        "last_repair_date": dates(np.where(repairs > 0, mended, NO_DAY)),
    }


def adapted(landing: Landing) -> pl.DataFrame:
    """Applications for adaptations: person, dwelling and days; the frail and old ask most (rates.md 12)."""
    world, rng = landing.world, landing.rng(12)
    rows = pl.concat([_applied(world, truth, rng) for truth in world.truth[:-1]])
    place = landing.address_row(rows["person"].to_numpy(), rows["day"].to_numpy())
    inside = (
        (place >= 0)
        & (place < len(world.dwellings.area))
        & (rows["day"].to_numpy() <= landing.timeline.last_day)
    )
    return rows.with_columns(home=pl.Series(place)).filter(pl.Series(inside)).sort("day", "person")


def _applied(world: World, truth: dict[str, Array], rng: np.random.Generator) -> pl.DataFrame:
    """Person and day of each application in the half-year that begins with this true state."""
    by_age = np.interp(world.age(truth["person"], truth["day"]), (0, 18, 60, 80), (0.3, 0.2, 0.6, 3))
    weight = np.where(truth["in_care_home"], 0, np.exp(0.8 * truth["measured_z"]) * by_age)
    count = rng.poisson(rates.ADAPTATIONS_PER_HOUSEHOLD / 2 * len(np.unique(truth["household"])) * 1.6)
    count = min(count, int((weight > 0).sum()))
    chosen = np.sort(rng.choice(len(weight), count, replace=False, p=weight / weight.sum()))
    day = int(truth["day"][0]) + rng.integers(0, 180, count)
    return pl.DataFrame({"person": truth["person"][chosen], "day": day})


def _adaptations(landing: Landing) -> pl.DataFrame:
    rng, dirt = landing.rng(13), landing.dirt(13)
    rows = adapted(landing)
    who = rows["person"].to_numpy()
    given, family = landing.given_names(dirt), landing.family_names("housing", dirt)
    frame = pl.DataFrame(
        {
            "application_ref": np.char.add("DFG/", (np.arange(len(rows)) + 7_001).astype(str)),
            **_where(landing, rows["home"].to_numpy(), dirt),
            **_full(given, family, who).columns("person_name"),
            **landing.births(dirt).of(who).columns("date_of_birth"),
            **_works(landing, rows, rng),
            "true:subject": who,
        }
    )
    frame = mess.with_sentinels(frame, "date_of_birth", "1800-01-01", dirt, landing.doses)
    return mess.with_totals(frame) if landing.mess >= TOTALS_FROM_DIAL else frame


def _works(landing: Landing, rows: pl.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    """When each application was made, approved and carried out, for what, at what cost."""
    end, day, count = landing.timeline.last_day, rows["day"].to_numpy(), len(rows)
    approved = np.where(rng.random(count) < 0.85, day + rng.integers(20, 150, count), NO_DAY)
    died = landing.world.people["died"][rows["person"].to_numpy()]
    gone = np.where(died > NO_DAY, died, 2**30)
    done = np.where(
        (approved > NO_DAY) & (rng.random(count) < 0.9), approved + rng.integers(30, 220, count), NO_DAY
    )
    done = np.where((done > end) | (done > gone), NO_DAY, done)
    approved = np.where((approved > end) | (approved > gone), NO_DAY, approved)
    kind = rng.integers(0, len(_WORKS), count)
    cost = np.array(list(_WORKS.values()))[kind] * np.exp(rng.normal(0, 0.35, count))
    return {
        "enquiry_date": dates(day),
        "approval_date": dates(approved),
        "completion_date": dates(done),
        "adaptation_type": np.array(list(_WORKS))[kind],
        "cost_pounds": np.where(approved > NO_DAY, np.round(cost, 2), 0.0),
    }


_WORKS = {
    "Level access shower": 6_200,
    "Ramp": 5_100,
    "Grab rails": 180,
    "Stairlift": 2_400,
    "Hoist": 9_500,
    "Door widening": 900,
}
"""Kinds of adaptation and their usual cost in pounds (assumed)."""
