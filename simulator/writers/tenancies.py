"""housing/: social tenancies and home adaptations."""

import numpy as np
import polars as pl

from simulator import mess, rates
from simulator.landed import Landing
from simulator.timeline import NO_DAY, dates

EXTRACT_DAYS_AFTER = 22


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
    world, rng, end = landing.world, landing.rng(11), landing.timeline.last_day
    d, people = world.dwellings, world.people
    rows = occupancies(landing)
    let = (
        (d.tenure[rows["home"].to_numpy()] == 3)
        & (rows["first"] >= 0).to_numpy()
        & (rows["since"] <= end).to_numpy()
    )
    rows = rows.filter(pl.Series(let)).filter(
        (pl.col("until") == NO_DAY) | (pl.col("until") >= landing.timeline.first_day)
    )
    home, who, second = (rows[c].to_numpy() for c in ("home", "first", "second"))
    count, until = len(rows), np.where(rows["until"].to_numpy() > end, NO_DAY, rows["until"].to_numpy())
    joint = (second >= 0) & (rng.random(count) < 0.65)
    owes = np.where(
        rng.random(count) < 0.41, np.round(rng.exponential(310, count), 2), 0.0
    )  # rates.md 12 "in arrears"
    repairs = rng.poisson(2.8, count)  # rates.md 12 "Responsive repairs a year"
    surname, given = mess.written_family(people["family"], rng), mess.written_given(people["given"], rng)
    tenant = given[who] + " " + surname[who]
    title = np.where(people["female"][who], "Mrs ", "Mr ").astype(object)
    other = given[np.maximum(second, 0)] + " " + surname[np.maximum(second, 0)]
    frame = pl.DataFrame(
        {
            "tenancy_ref": np.char.add("TN", (rng.permutation(count) + 500_000).astype(str)),
            "uprn": mess.mangled_uprns(d.uprn[home], rng, mess.DOSES.no_uprn_housing),
            "address": landing.addresses.written(home, rng),
            "postcode": landing.addresses.postcode[home],
            "tenant_name": title + tenant,
            "tenant_date_of_birth": dates(people["born"][who]),
            "joint_tenant_name": np.where(joint, other, ""),
            "start_date": dates(rows["since"].to_numpy()),
            "end_date": dates(until),
            "tenancy_type": np.array(["Secure", "Assured", "Introductory"])[
                np.searchsorted([0.6, 0.9], rng.random(count))
            ],
            "property_type": np.where(
                d.kind[home] == 3, "Flat", np.where(d.bungalow[home], "Bungalow", "House")
            ),
            "bedrooms": d.bedrooms[home],
            "sheltered": np.where(d.sheltered[home], "Y", "N"),
            "alarm": np.where(d.sheltered[home] | (rng.random(count) < 0.06), "Y", "N"),
            "arrears_pounds": np.where(until == NO_DAY, owes, 0.0),
            "repairs_12m": repairs,
            "last_repair_date": dates(
                np.where(
                    repairs > 0,
                    np.maximum(end - rng.integers(1, 360, count), rows["since"].to_numpy()),
                    NO_DAY,
                )
            ),
            "true:subject": who,
            "true:joint": np.where(joint, second, -1),
        }
    )
    return mess.spoiled(frame[rng.permutation(count)], "sheltered", "?", rng)


def adapted(landing: Landing) -> pl.DataFrame:
    """Applications for adaptations: person, dwelling and days; the frail and old ask most (rates.md 12)."""
    world, rng = landing.world, landing.rng(12)
    parts = []
    for truth in world.truth[:-1]:
        keep = ~truth["in_care_home"]
        weight = np.exp(0.8 * truth["frailty_z"]) * np.interp(
            world.age(truth["person"], truth["day"]), (0, 18, 60, 80), (0.3, 0.2, 0.6, 3)
        )
        weight = np.where(keep, weight, 0)
        count = rng.poisson(rates.ADAPTATIONS_PER_HOUSEHOLD / 2 * len(np.unique(truth["household"])) * 1.6)
        chosen = rng.choice(
            len(weight), min(count, int((weight > 0).sum())), replace=False, p=weight / weight.sum()
        )
        parts.append(
            pl.DataFrame(
                {
                    "person": truth["person"][np.sort(chosen)],
                    "day": int(truth["day"][0]) + rng.integers(0, 180, len(chosen)),
                }
            )
        )
    rows = pl.concat(parts)
    place = landing.address_row(rows["person"].to_numpy(), rows["day"].to_numpy())
    inside = (
        (place >= 0)
        & (place < len(world.dwellings.area))
        & (rows["day"].to_numpy() <= landing.timeline.last_day)
    )
    return rows.with_columns(home=pl.Series(place)).filter(pl.Series(inside)).sort("day", "person")


def _adaptations(landing: Landing) -> pl.DataFrame:
    world, rng, end = landing.world, landing.rng(13), landing.timeline.last_day
    rows = adapted(landing)
    who, home, day, count = (
        rows["person"].to_numpy(),
        rows["home"].to_numpy(),
        rows["day"].to_numpy(),
        len(rows),
    )
    approved = np.where(rng.random(count) < 0.85, day + rng.integers(20, 150, count), NO_DAY)
    gone = np.where(world.people["died"][who] > NO_DAY, world.people["died"][who], 2**30)
    done = np.where(
        (approved > NO_DAY) & (rng.random(count) < 0.9), approved + rng.integers(30, 220, count), NO_DAY
    )
    done = np.where((done > end) | (done > gone), NO_DAY, done)
    approved = np.where((approved > end) | (approved > gone), NO_DAY, approved)
    kind = rng.integers(0, 6, count)
    cost = np.array([6_200, 5_100, 180, 2_400, 9_500, 900])[kind] * np.exp(rng.normal(0, 0.35, count))
    names = (
        mess.written_given(world.people["given"][who], rng)
        + " "
        + mess.written_family(world.people["family"][who], rng)
    )
    return pl.DataFrame(
        {
            "application_ref": np.char.add("DFG/", (np.arange(count) + 7_001).astype(str)),
            "uprn": mess.mangled_uprns(world.dwellings.uprn[home], rng, mess.DOSES.no_uprn_housing),
            "address": landing.addresses.written(home, rng),
            "postcode": landing.addresses.postcode[home],
            "person_name": names,
            "date_of_birth": dates(world.people["born"][who]),
            "enquiry_date": dates(day),
            "approval_date": dates(approved),
            "completion_date": dates(done),
            "adaptation_type": np.array(
                ["Level access shower", "Ramp", "Grab rails", "Stairlift", "Hoist", "Door widening"]
            )[kind],
            "cost_pounds": np.where(approved > NO_DAY, np.round(cost, 2), 0.0),
            "true:subject": who,
        }
    )
