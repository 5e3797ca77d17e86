"""housing/council_tax: one file a year in the National Fraud Initiative layout, with the key to its
local codes."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator import mess, written
from simulator.housing import BANDS
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import NO_DAY, as_date, dates
from simulator.writers.tenancies import adapted
from simulator.written import FLAG_PREFIX, ROLE_PREFIX, Written

CUT_DAYS_BEFORE = 28
"""The yearly extract is cut four weeks before the data end, so that a run the day after knows it."""
STUDENT_HOMES, STUDENTS_UNDER, PROBATE_DAYS, ANNEXES = 0.9, 26, 900, 0.4
"""Share of private lets with nobody of 26 or over in which all study, how long a home of somebody who died
stays exempt, and share of homes with an elder under younger heads that are an exempt annexe (assumed;
rates.md 7 "Exempt dwellings" and "Exemptions by class")."""
SECOND_NAMED, STUDENT_AT_18_TO_20 = 0.85, 0.6
"""Share of couples with both named on the bill, and of homes whose 18 to 20 year olds study (assumed)."""
CODES = (
    ("discount", "SPD25", "single_person"),
    ("discount", "DIS25", "second_adult_disregarded"),
    ("discount", "EMP00", "empty"),
    ("discount", "SEC00", "second_home"),
    ("discount", "BRED", "disabled_band_reduction"),
    ("disregard", "SMI", "severe_mental_impairment"),
    ("disregard", "CARE", "carer"),
    ("disregard", "STU", "student"),
    ("exemption", "EXE", "exempt_E"),
    ("exemption", "EXF", "exempt_F"),
    ("exemption", "EXU", "exempt_U"),
    ("exemption", "EXN", "student"),
    ("exemption", "EXW", "exempt_W"),
)
TAX_POUNDS = (1450, 1690, 1935, 2175, 2660, 3145, 3625, 4350)
"""A year's bill by band A–H: band D about £2,175 (assumed), the others by the statutory ninths."""
_HEADERS = (
    "Council Tax account reference",
    "Unique property reference number (UPRN)",
    "Title",
    "Surname",
    "Forename",
    "Middle name",
    "Date of birth",
    "Address 1",
    "Address 2",
    "Address 3",
    "Address 4",
    "Postcode",
    "Title of other liable person",
    "Surname of other liable person",
    "Forename of other liable person",
    "Date of birth of other liable person",
    "Discount/exemption start date",
    "Discount/exemption expiry date",
    "Discount type/code",
    "Disregard type/code",
    "Exemption type/code",
    "Benefit recipient",
    "Disabled reduction indicator",
    "Council Tax band",
    "Council Tax amount",
    "Discount/Exemption amount",
    "Billing address 1",
    "Billing address 2",
    "Billing address 3",
    "Billing address 4",
)


def write_council_tax(landing: Landing) -> None:
    """Write the key to the local codes, then one file a year of every dwelling's account."""
    codes = pl.DataFrame(CODES, schema=["kind", "local_code", "national_meaning"], orient="row")
    landing.land(codes, "housing/council_tax_codes.csv")
    rng, dirt = landing.rng(14), landing.dirt(14)
    count = landing.addresses.uprn.size
    account = np.char.add("CT", (rng.permutation(count) + 40_000_000).astype(str))
    names, homes = _names(landing, dirt), np.arange(len(landing.world.dwellings.area))
    for day in landing.timeline.every(12, back_from=landing.timeline.last_day - CUT_DAYS_BEFORE):
        columns = {_HEADERS[0]: account[homes], **_where(landing, homes, dirt)}
        frame = _accounts(landing, day, columns, names)[rng.permutation(len(homes))]
        frame = mess.spoiled(frame, "Council Tax band", "Z", dirt, landing.doses)
        landing.land(frame, f"housing/council_tax_{as_date(day).strftime('%Y%m%d')}.csv")


@dataclass(frozen=True)
class _Names:
    """Everybody as the tax office writes them."""

    title: Written
    given: Written
    family: Written


def _names(landing: Landing, dirt: np.random.Generator) -> _Names:
    people, doses = landing.world.people, landing.doses
    given = written.initials(landing.given_names(dirt), people["given"], dirt, doses.initial_only)
    title = np.where(people["female"], "Mrs", "Mr").astype(object)
    return _Names(Written(title), given, landing.family_names("council_tax", dirt))


def _where(landing: Landing, homes: Array, dirt: np.random.Generator) -> dict[str, object]:
    """UPRN and address; of the address' four lines the first stands for all where a defect is listed."""
    book, doses = landing.addresses, landing.doses
    address = book.written(homes, dirt, doses)
    lines = pl.Series(address.values.tolist(), dtype=pl.String).str.splitn(", ", 4).struct.unnest()
    return {
        **written.uprns(book.uprn[homes], doses.no_uprn_housing, dirt, doses).columns(_HEADERS[1]),
        **{f"Address {k + 1}": lines[f"field_{k}"] for k in range(4)},
        **address.flags("Address 1"),
        "Postcode": book.postcode[homes],
        written.ADDRESS: book.uprn[homes],
    }


def _accounts(landing: Landing, day: int, columns: dict[str, object], names: _Names) -> pl.DataFrame:
    """One row a dwelling on a day: who is liable, and what is taken off the bill and why."""
    home = _households(landing, day)
    frame = pl.DataFrame(
        {
            **columns,
            **_liable(names, home.first, "", "liable"),
            **_liable(names, home.second, " of other liable person", "other_liable"),
            **_bill(landing, day, home),
            "true:liable": home.first,
            "true:other_liable": home.second,
        }
    )
    nobody = pl.col("true:liable") < 0
    frame = frame.with_columns(Surname=pl.when(nobody).then(pl.lit("Owner")).otherwise("Surname"))
    empty = [pl.lit("").alias(h) for h in _HEADERS if h not in frame.columns]
    hidden = [c for c in frame.columns if c.startswith((ROLE_PREFIX, FLAG_PREFIX, written.ADDRESS))]
    return frame.with_columns(empty).select(*_HEADERS, *hidden)


def _liable(names: _Names, who: Array, of: str, role: str) -> dict[str, object]:
    """Title and names of one liable person of each dwelling; empty where there is none (-1)."""
    nobody, rows = who < 0, np.maximum(who, 0)
    return {
        **names.title.of(rows).without(nobody).columns("Title" + of),
        **names.family.of(rows).without(nobody).columns("Surname" + of, role),
        **names.given.of(rows).without(nobody).columns("Forename" + of, role),
    }


def _bill(landing: Landing, day: int, home: "_Households") -> dict[str, object]:
    """Band, what is due, and what is taken off."""
    world, count = landing.world, len(home.first)
    d, relief = world.dwellings, _relief(landing, day, home)
    named, reduced = home.first >= 0, _reduced(landing, day)
    poor = landing.rng(15).random(count) < np.array([0.05, 0.04, 0.20, 0.46])[d.tenure] * (
        1 + 0.3 * world.county.need[d.area]
    )
    bill = np.array(TAX_POUNDS)[np.maximum(d.band - reduced, 0)]
    away = named & (d.tenure == 2) & (landing.rng(16).random(count) < 0.04)
    return {
        "Discount/exemption start date": dates(np.where(relief["any"], relief["since"], NO_DAY)),
        "Discount type/code": relief["discount"],
        "Disregard type/code": relief["disregard"],
        "Exemption type/code": relief["exemption"],
        "Benefit recipient": np.where(named & poor, "Y", "N"),
        "Disabled reduction indicator": np.where(reduced, "Y", "N"),
        "Council Tax band": np.array(list(BANDS))[d.band],
        "Council Tax amount": bill,
        "Discount/Exemption amount": np.round(bill * relief["share"], 2),
        "Billing address 1": np.where(away, "c/o 1 High Street", ""),
    }


def _reduced(landing: Landing, day: int) -> Array:
    """Dwellings charged a band lower: two in five of those adapted by then."""
    uprn = landing.world.dwellings.uprn
    done = adapted(landing).filter(pl.col("day") < day)["home"].to_numpy()
    return np.isin(np.arange(len(uprn)), done) & (uprn % 5 < 2)


@dataclass(frozen=True)
class _Households:
    """Of each dwelling on a day: first and second liable adult (-1), adults, students, whether all are of
    student age, whether somebody of 75 lives with others a generation apart, last change."""

    first: Array
    second: Array
    adults: Array
    students: Array
    all_young: Array
    elder: Array
    since: Array


def _households(landing: Landing, day: int) -> _Households:
    """Who is liable where: the adult longest there, the eldest of equals, and often another near in age.

    Only what was so by `day` counts, never what became of the people later.
    """
    world, count = landing.world, len(landing.world.dwellings.area)
    born = world.people["born"]
    spells = world.residences.frame().filter(~pl.col("care_home") & (pl.col("since") <= day))
    over = (pl.col("until") != NO_DAY) & (pl.col("until") <= day)
    changes = spells.select("home", change=pl.when(over).then(pl.col("until")).otherwise(pl.col("since")))
    since = np.full(count, landing.timeline.first_day - 2000)
    np.maximum.at(since, changes["home"].to_numpy(), changes["change"].to_numpy())
    here = spells.filter(~over).with_columns(born=born[spells.filter(~over)["person"].to_numpy()])
    here = here.filter(pl.col("born") < day - 18 * 365.25).sort("home", "since", "born", "person")
    here = here.with_columns(place=pl.int_range(pl.len()).over("home"))
    first, second = _placed(here, 0, count), _placed(here, 1, count)
    apart = np.abs(born[first] - born[second]) / 365.25
    named = (first >= 0) & (second >= 0) & (apart < 16) & (landing.rng(17).random(count) < SECOND_NAMED)
    young = here.filter((pl.col("born") > day - 21 * 365.25) & (pl.col("place") > 0))["home"].to_numpy()
    students = np.bincount(young, minlength=count) * (landing.rng(29).random(count) < STUDENT_AT_18_TO_20)
    adults = np.bincount(here["home"].to_numpy(), minlength=count)
    eldest = np.full(count, day)
    np.minimum.at(eldest, here["home"].to_numpy(), here["born"].to_numpy())
    all_young = (adults > 0) & (eldest > day - STUDENTS_UNDER * 365.25)
    elder = (eldest < day - 75 * 365.25) & (adults >= 2) & (apart > 16)
    return _Households(first, np.where(named, second, -1), adults, students, all_young, elder, since)


def _placed(here: pl.DataFrame, place: int, count: int) -> Array:
    """The adult in that place of each dwelling's order, -1 where there is none."""
    rows, who = here.filter(pl.col("place") == place), np.full(count, -1)
    who[rows["home"].to_numpy()] = rows["person"].to_numpy()
    return who


def _relief(landing: Landing, day: int, home: _Households) -> dict[str, Array]:
    """Discounts, disregards and exemptions by the rules (data_specs.md 3.2), taken up by most who may."""
    count, adults = len(home.adults), home.adults
    impaired = _impaired(landing, home.first, day).astype(int) + _impaired(landing, home.second, day)
    counted = adults - impaired - home.students
    takes_up = landing.rng(18).random(count)
    single = (adults == 1) & (impaired == 0) & (takes_up < 0.96)
    wrongly = (adults == 2) & (takes_up > 0.985)
    second_out = (adults >= 2) & (counted == 1) & (takes_up < 0.7)
    empty = adults == 0
    died, left_for_care = _why_empty(landing, day)
    studying = (
        home.all_young
        & (landing.world.dwellings.tenure == 2)
        & (landing.rng(62).random(count) < STUDENT_HOMES)
    )
    annexe = home.elder & (landing.rng(63).random(count) < ANNEXES)
    discount = np.select(
        [studying | annexe, single | wrongly, second_out, empty & ~died & ~left_for_care],
        ["", "SPD25", "DIS25", np.where(takes_up < 0.25, "SEC00", "EMP00")],
        "",
    )
    all_impaired = (adults > 0) & (impaired == adults) & (takes_up < 0.8)
    exemption = np.select(
        [studying, annexe, empty & died, empty & left_for_care, all_impaired],
        ["EXN", "EXW", "EXF", "EXE", "EXU"],
        "",
    )
    disregard = np.select(
        [exemption == "EXU", second_out & (impaired > 0), second_out], ["SMI", "SMI", "STU"], ""
    )
    share = np.select([exemption != "", np.isin(discount, ["SPD25", "DIS25"])], [1.0, 0.25], 0.0)
    recorded = np.minimum(home.since + landing.rng(19).integers(5, 90, count), day - 1)
    return {
        "discount": discount,
        "exemption": exemption,
        "disregard": disregard,
        "share": share,
        "any": (discount != "") | (exemption != ""),
        "since": recorded,
    }


def _impaired(landing: Landing, who: Array, day: int) -> Array:
    """Adults disregarded as severely mentally impaired: diagnosed dementia of some years' standing,
    who applied."""
    world, safe = landing.world, np.maximum(who, 0)
    age = world.age(safe, day)
    ill = (world.onset["dementia"][safe] + 1 <= age) & world.people["diagnosed"][safe]
    return (who >= 0) & ill & (landing.rng(20).random(world.people.size)[safe] < 0.75)


def _why_empty(landing: Landing, day: int) -> tuple[Array, Array]:
    """Whether each dwelling's last occupant lately died, or went into a care home."""
    world, count = landing.world, len(landing.world.dwellings.area)
    spells = (
        world.residences.frame()
        .filter(~pl.col("care_home") & (pl.col("until") != NO_DAY) & (pl.col("until") <= day))
        .sort("home", "until", "person")
    )
    last = spells.group_by("home", maintain_order=True).last()
    home, who, until = (last[c].to_numpy() for c in ("home", "person", "until"))
    died, care = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    recent = until > day - PROBATE_DAYS
    died[home] = (world.people["died"][who] == until) & recent
    care[home] = (world.people["care_home_since"][who] == until) & (until > day - 700)
    return died, care
