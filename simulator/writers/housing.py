"""housing/: the gazetteer, the UPRN lookup, tenancies and adaptations."""

import numpy as np
import polars as pl

from simulator import mess, rates
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, dates
from simulator.writers.places import to_degrees

EXTRACT_DAYS_AFTER = 22
_CLASSES = ("RD02", "RD03", "RD04", "RD06")
_NSUL = (
    "UPRN,GRIDGB1E,GRIDGB1N,PCDS,OA21CD,CTY25CD,CED25CD,LAD25CD,WD25CD,HLTH19CD,CTRY25CD,RGN25CD,PCON24CD,EER20CD,TTWA15CD,"
    "ITL25CD,NPARK16CD,LSOA21CD,MSOA21CD,WZ11CD,SICBL26CD,BUA24CD,BUASD11CD,RUC21IND,OAC21IND,LEP21CD1,LEP21CD2,PFA23CD,"
    "IMD19IND"
).split(",")
_CORE = (
    "uprn,parent_uprn,udprn,usrn,toid,classification_code,easting,northing,latitude,longitude,rpc,last_update_date,"
    "single_line_address,po_box,organisation,sub_building,building_name,building_number,street_name,locality,town_name,"
    "post_town,island,postcode,delivery_point_suffix,gss_code,change_code"
).split(",")


def write_housing(landing: Landing) -> None:
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    properties = _properties(landing)
    landing.land(_gazetteer(properties), f"housing/addressbase_core_{stamp}.csv")
    landing.land(_lookup(landing, properties), f"housing/nsul_{stamp}.csv")
    landing.land(_tenancies(landing), f"housing/tenancies_{stamp}.csv")
    landing.land(_adaptations(landing), f"housing/adaptations_{stamp}.csv")


def _properties(landing: Landing) -> pl.DataFrame:
    """Every addressable thing: dwellings, care homes, the shells of blocks, and a few garages and shops."""
    dwellings, others = _dwelling_rows(landing), _other_rows(landing)
    rows = pl.concat([dwellings, others], how="diagonal")
    longitude, latitude = to_degrees(rows["easting"].to_numpy(), rows["northing"].to_numpy())
    rng = landing.rng(9)
    return rows.with_columns(longitude=pl.Series(longitude), latitude=pl.Series(latitude))[rng.permutation(len(rows))]


def _dwelling_rows(landing: Landing) -> pl.DataFrame:
    book, world = landing.addresses, landing.world
    d, homes = world.dwellings, len(world.dwellings.area)
    rows = np.arange(len(book.uprn))
    is_home = rows >= homes
    at = np.minimum(rows, homes - 1)
    in_block = ~is_home & (d.block[at] >= 0)
    classes = np.select([is_home, d.sheltered[at]], ["RI01", "RD08"], np.array(_CLASSES)[d.kind[at]])
    parent = pl.Series(d.block_uprn[np.maximum(d.block[at], 0)]).set(pl.Series(~in_block), None)
    line = pl.Series(book.canonical(rows).tolist(), dtype=pl.String) + ", " + pl.Series(book.postcode.tolist())
    flat = np.where(book.flat > 0, np.char.add("FLAT ", book.flat.astype(str)), "")
    return pl.DataFrame(
        {
            "uprn": book.uprn, "parent_uprn": parent, "classification_code": classes, "easting": book.easting,
            "northing": book.northing, "single_line_address": line.str.to_uppercase(),
            "organisation": np.where(is_home, book.building, "").astype(str), "sub_building": flat,
            "building_name": _upper(np.where(is_home, "", book.building)), "building_number": book.number.astype(str),
            "street_name": _upper(book.street), "locality": _upper(book.locality), "town_name": _upper(book.town),
            "postcode": book.postcode, "area": book.area, "lad": world.county.lad[book.area].astype(str),
        }
    )  # fmt: skip


def _upper(values: Array) -> pl.Series:
    return pl.Series(np.asarray(values, dtype=object).tolist(), dtype=pl.String).str.to_uppercase()


def _other_rows(landing: Landing) -> pl.DataFrame:
    """Parent shells (PP), then a garage (RG02) or shop (CR08) for every hundred dwellings: no household lives there."""
    world, rng = landing.world, landing.rng(10)
    d, streets = world.dwellings, world.streets
    first = np.flatnonzero(np.diff(d.block, prepend=-1) * (d.block >= 0) != 0)
    extra = rng.integers(0, len(streets.area), max(2, len(d.area) // 100))
    shop = rng.random(len(extra)) < 0.6
    street = np.concatenate([d.street[first], extra])
    number = np.concatenate([d.number[first], np.full(len(extra), 200) + np.arange(len(extra)) % 40])
    name = np.concatenate([d.block_name[d.block[first]], np.where(shop, "Shop", "Garage")]).astype(str)
    area = streets.area[street]
    place, town = world.county.place[area].astype(str), world.county.town[area].astype(str)
    line = [f"{n}, {k} {s}, {p}, {t}, {c}" for n, k, s, p, t, c in zip(name, number, streets.name[street], place, town, streets.postcode[street], strict=True)]
    return pl.DataFrame(
        {
            "uprn": np.concatenate([d.block_uprn[d.block[first]], 10_095_000_000 + np.arange(len(extra)) * 13]),
            "classification_code": np.concatenate([np.full(len(first), "PP"), np.where(shop, "CR08", "RG02")]),
            "easting": np.concatenate([d.easting[first], streets.easting[extra].round(1)]),
            "northing": np.concatenate([d.northing[first], streets.northing[extra].round(1)]),
            "single_line_address": _upper(np.array(line)), "building_name": _upper(name), "building_number": number.astype(str),
            "street_name": _upper(streets.name[street]), "locality": _upper(place), "town_name": _upper(town),
            "postcode": streets.postcode[street], "area": area, "lad": world.county.lad[area].astype(str),
        }
    )  # fmt: skip


def _gazetteer(properties: pl.DataFrame) -> pl.DataFrame:
    frame = properties.with_columns(
        post_town=pl.col("town_name"), udprn=pl.lit("0"), rpc=pl.lit("1"), last_update_date=pl.lit("2026-01-15"),
        usrn=(pl.lit(30_000_000) + pl.col("area") * 1000).cast(pl.String), change_code=pl.lit("I"), gss_code=pl.col("lad"),
    )  # fmt: skip
    return frame.with_columns([pl.lit("").alias(c) for c in _CORE if c not in frame.columns]).select(_CORE)


def _lookup(landing: Landing, properties: pl.DataFrame) -> pl.DataFrame:
    county = landing.world.county
    area = properties["area"].to_numpy()
    frame = properties.select(
        pl.col("uprn").alias("UPRN"), pl.col("easting").round(0).cast(pl.Int64).alias("GRIDGB1E"),
        pl.col("northing").round(0).cast(pl.Int64).alias("GRIDGB1N"), pl.col("postcode").alias("PCDS"),
    ).with_columns(
        OA21CD=pl.Series(np.char.replace(county.codes[area].astype(str), "E01", "E00")), LAD25CD=pl.Series(county.lad[area]),
        WD25CD=pl.Series(county.ward[area]), LSOA21CD=pl.Series(county.codes[area]), MSOA21CD=pl.Series(county.msoa[area]),
        RUC21IND=pl.Series(county.ruc[area]), CTRY25CD=pl.lit("E92000001"),
    )  # fmt: skip
    return frame.with_columns([pl.lit("").alias(c) for c in _NSUL if c not in frame.columns]).select(_NSUL)


def occupancies(landing: Landing) -> pl.DataFrame:
    """One row a stay of a household in a dwelling: home, since, until (NO_DAY while open), first and second adult (-1)."""
    world = landing.world
    spells = world.residences.frame().filter(~pl.col("care_home"))
    born = pl.Series("born", world.people["born"][spells["person"].to_numpy()])
    spells = spells.with_columns(born, open=pl.col("until") == NO_DAY)
    adult = pl.col("born") < pl.col("since") - 18 * 365
    ranked = spells.sort("home", "household", "since", "born", "person")
    return (
        ranked.group_by("home", "household", maintain_order=True)
        .agg(
            since=pl.col("since").min(), until=pl.when(pl.col("open").any()).then(NO_DAY).otherwise(pl.col("until").max()),
            first=pl.col("person").filter(adult).first().fill_null(-1), second=pl.col("person").filter(adult).get(1, null_on_oob=True).fill_null(-1),
        )
        .sort("home", "since")
    )  # fmt: skip


def _tenancies(landing: Landing) -> pl.DataFrame:
    """Social lettings: the tenant, a joint tenant in couples, alarms in sheltered flats, arrears and repairs."""
    world, rng, end = landing.world, landing.rng(11), landing.timeline.last_day
    d, people = world.dwellings, world.people
    rows = occupancies(landing)
    let = (d.tenure[rows["home"].to_numpy()] == 3) & (rows["first"] >= 0).to_numpy() & (rows["since"] <= end).to_numpy()
    rows = rows.filter(pl.Series(let)).filter((pl.col("until") == NO_DAY) | (pl.col("until") >= landing.timeline.first_day))
    home, who, second = (rows[c].to_numpy() for c in ("home", "first", "second"))
    count, until = len(rows), np.where(rows["until"].to_numpy() > end, NO_DAY, rows["until"].to_numpy())
    joint = (second >= 0) & (rng.random(count) < 0.65)
    owes = np.where(rng.random(count) < 0.41, np.round(rng.exponential(310, count), 2), 0.0)  # rates.md 12 "in arrears"
    repairs = rng.poisson(2.8, count)  # rates.md 12 "Responsive repairs a year"
    surname, given = mess.written_family(people["family"], rng), mess.written_given(people["given"], rng)
    tenant = given[who] + " " + surname[who]
    title = np.where(people["female"][who], "Mrs ", "Mr ").astype(object)
    other = given[np.maximum(second, 0)] + " " + surname[np.maximum(second, 0)]
    frame = pl.DataFrame(
        {
            "tenancy_ref": np.char.add("TN", (rng.permutation(count) + 500_000).astype(str)),
            "uprn": mess.mangled_uprns(d.uprn[home], rng, mess.DOSES.no_uprn_housing),
            "address": landing.addresses.written(home, rng), "postcode": landing.addresses.postcode[home],
            "tenant_name": title + tenant, "tenant_date_of_birth": dates(people["born"][who]),
            "joint_tenant_name": np.where(joint, other, ""), "start_date": dates(rows["since"].to_numpy()), "end_date": dates(until),
            "tenancy_type": np.array(["Secure", "Assured", "Introductory"])[np.searchsorted([0.6, 0.9], rng.random(count))],
            "property_type": np.where(d.kind[home] == 3, "Flat", np.where(d.bungalow[home], "Bungalow", "House")),
            "bedrooms": d.bedrooms[home], "sheltered": np.where(d.sheltered[home], "Y", "N"),
            "alarm": np.where(d.sheltered[home] | (rng.random(count) < 0.06), "Y", "N"),
            "arrears_pounds": np.where(until == NO_DAY, owes, 0.0), "repairs_12m": repairs,
            "last_repair_date": dates(np.where(repairs > 0, np.maximum(end - rng.integers(1, 360, count), rows["since"].to_numpy()), NO_DAY)),
            "true:subject": who, "true:joint": np.where(joint, second, -1),
        }
    )  # fmt: skip
    return mess.spoiled(frame[rng.permutation(count)], "sheltered", "?", rng)


def adapted(landing: Landing) -> pl.DataFrame:
    """Applications for adaptations: person, dwelling and days; the frail and old ask most (rates.md 12)."""
    world, rng = landing.world, landing.rng(12)
    parts = []
    for truth in world.truth[:-1]:
        keep = ~truth["in_care_home"]
        weight = np.exp(0.8 * truth["frailty_z"]) * np.interp(world.age(truth["person"], truth["day"]), (0, 18, 60, 80), (0.3, 0.2, 0.6, 3))
        weight = np.where(keep, weight, 0)
        count = rng.poisson(rates.ADAPTATIONS_PER_HOUSEHOLD / 2 * len(np.unique(truth["household"])) * 1.6)
        chosen = rng.choice(len(weight), min(count, int((weight > 0).sum())), replace=False, p=weight / weight.sum())
        parts.append(pl.DataFrame({"person": truth["person"][np.sort(chosen)], "day": int(truth["day"][0]) + rng.integers(0, 180, len(chosen))}))
    rows = pl.concat(parts)
    place = landing.address_row(rows["person"].to_numpy(), rows["day"].to_numpy())
    inside = (place >= 0) & (place < len(world.dwellings.area)) & (rows["day"].to_numpy() <= landing.timeline.last_day)
    return rows.with_columns(home=pl.Series(place)).filter(pl.Series(inside)).sort("day", "person")


def _adaptations(landing: Landing) -> pl.DataFrame:
    world, rng, end = landing.world, landing.rng(13), landing.timeline.last_day
    rows = adapted(landing)
    who, home, day, count = rows["person"].to_numpy(), rows["home"].to_numpy(), rows["day"].to_numpy(), len(rows)
    approved = np.where(rng.random(count) < 0.85, day + rng.integers(20, 150, count), NO_DAY)
    gone = np.where(world.people["died"][who] > NO_DAY, world.people["died"][who], 2**30)
    done = np.where((approved > NO_DAY) & (rng.random(count) < 0.9), approved + rng.integers(30, 220, count), NO_DAY)
    done = np.where((done > end) | (done > gone), NO_DAY, done)
    approved = np.where((approved > end) | (approved > gone), NO_DAY, approved)
    kind = rng.integers(0, 6, count)
    cost = np.array([6_200, 5_100, 180, 2_400, 9_500, 900])[kind] * np.exp(rng.normal(0, 0.35, count))
    names = mess.written_given(world.people["given"][who], rng) + " " + mess.written_family(world.people["family"][who], rng)
    return pl.DataFrame(
        {
            "application_ref": np.char.add("DFG/", (np.arange(count) + 7_001).astype(str)),
            "uprn": mess.mangled_uprns(world.dwellings.uprn[home], rng, mess.DOSES.no_uprn_housing),
            "address": landing.addresses.written(home, rng), "postcode": landing.addresses.postcode[home], "person_name": names,
            "date_of_birth": dates(world.people["born"][who]), "enquiry_date": dates(day), "approval_date": dates(approved),
            "completion_date": dates(done),
            "adaptation_type": np.array(["Level access shower", "Ramp", "Grab rails", "Stairlift", "Hoist", "Door widening"])[kind],
            "cost_pounds": np.where(approved > NO_DAY, np.round(cost, 2), 0.0), "true:subject": who,
        }
    )  # fmt: skip
