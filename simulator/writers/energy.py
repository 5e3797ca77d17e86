"""housing/epc: energy certificates, lodged when homes are sold and let, so that long-settled owners
have fewest."""

import numpy as np
import polars as pl

from simulator import mess, rates
from simulator.geography import TENURES
from simulator.housing import AGE_BANDS_BUILT
from simulator.landed import Landing
from simulator.log import Array
from simulator.moves import NEWLY_EMPTY_DAYS
from simulator.timeline import NO_DAY, dates
from simulator.writers.tenancies import EXTRACT_DAYS_AFTER, occupancies
from simulator.written import ADDRESS, FLAG_PREFIX, Written

YEARS_VALID = 14
SOLD_OWNER = (
    0.62  # share of owned homes that changed hands with a certificate still on the register (assumed)
)
SETTLED_OWNER = 0.27
"""Share of owned homes with a certificate although nobody moved in these years (rates.md 8: owners 65+
35-40%)."""
_HEADERS = [
    "certificate_number",
    "address1",
    "address2",
    "address3",
    "postcode",
    "posttown",
    "address",
    "constituency",
    "constituency_label",
    "local_authority",
    "local_authority_label",
    "built_form",
    "co2_emiss_curr_per_floor_area",
    "co2_emissions_current",
    "co2_emissions_potential",
    "construction_age_band",
    "current_energy_efficiency",
    "current_energy_rating",
    "energy_consumption_current",
    "energy_consumption_potential",
    "energy_tariff",
    "environment_impact_current",
    "environment_impact_potential",
    "extension_count",
    "fixed_lighting_outlets_count",
    "flat_storey_count",
    "flat_top_storey",
    "floor_description",
    "floor_energy_eff",
    "floor_height",
    "floor_level",
    "glazed_area",
    "glazed_type",
    "heat_loss_corridor",
    "heating_cost_current",
    "heating_cost_potential",
    "hot_water_cost_current",
    "hot_water_cost_potential",
    "hot_water_energy_eff",
    "hot_water_env_eff",
    "hotwater_description",
    "inspection_date",
    "lighting_cost_current",
    "lighting_cost_potential",
    "lighting_description",
    "lighting_energy_eff",
    "lighting_env_eff",
    "lodgement_date",
    "lodgement_datetime",
    "low_energy_lighting",
    "low_energy_fixed_lighting_outlets_count",
    "main_fuel",
    "mainheat_description",
    "mainheat_energy_eff",
    "mainheat_env_eff",
    "mainheatc_energy_eff",
    "mainheatc_env_eff",
    "mainheatcont_description",
    "main_heating_controls",
    "mains_gas_flag",
    "mechanical_ventilation",
    "multi_glaze_proportion",
    "number_habitable_rooms",
    "number_heated_rooms",
    "number_open_fireplaces",
    "photo_supply",
    "potential_energy_efficiency",
    "potential_energy_rating",
    "property_type",
    "report_type",
    "roof_description",
    "roof_energy_eff",
    "roof_env_eff",
    "secondheat_description",
    "sheating_energy_eff",
    "sheating_env_eff",
    "solar_water_heating_flag",
    "tenure",
    "total_floor_area",
    "transaction_type",
    "unheated_corridor_length",
    "walls_description",
    "walls_energy_eff",
    "walls_env_eff",
    "wind_turbine_count",
    "windows_description",
    "windows_energy_eff",
    "windows_env_eff",
    "floor_env_eff",
    "region",
    "country",
    "uprn",
    "uprn_source",
]


def write_energy(landing: Landing) -> None:
    """Write all certificates on the register as one extract."""
    rng, dirt = landing.rng(21), landing.dirt(21)
    home, day, cause = _lodgements(landing, rng)
    frame = _certificates(landing, home, day, cause, rng, dirt)[rng.permutation(len(home))]
    stamp = landing.cut(landing.timeline.last_day, EXTRACT_DAYS_AFTER).strftime("%Y%m%d")
    spoiled = mess.spoiled(frame, "current_energy_rating", "INVALID!", dirt, landing.doses)
    landing.land(spoiled, f"housing/epc_certificates_{stamp}.csv")


def _lodgements(landing: Landing, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Dwelling, day and cause (0 none given, 1 sale, 2 letting) of each certificate, at most two a
    dwelling."""
    world, end = landing.world, landing.timeline.last_day
    d, count = world.dwellings, len(world.dwellings.area)
    moved_in = np.full(count, NO_DAY)
    stays = occupancies(landing).filter(pl.col("since").is_between(end - YEARS_VALID * 365, end))
    np.maximum.at(moved_in, stays["home"].to_numpy(), stays["since"].to_numpy())
    owned = d.tenure <= 1
    turned_over = moved_in > NO_DAY
    share = np.array([rates.EPC_BY_TENURE[t] for t in TENURES])[d.tenure]
    chance = np.where(owned, np.where(turned_over, SOLD_OWNER, SETTLED_OWNER), share)
    has = np.flatnonzero(rng.random(count) < chance)
    at_move = turned_over[has] & (rng.random(len(has)) < 0.8)
    day = np.where(
        at_move,
        moved_in[has] - rng.integers(5, NEWLY_EMPTY_DAYS, len(has)),
        end - rng.integers(20, YEARS_VALID * 365, len(has)),
    )
    cause = np.where(at_move, np.where(owned[has], 1, 2), 0)
    older = has[rng.random(len(has)) < 0.12]
    return (
        np.concatenate([has, older]),
        np.concatenate([day, end - rng.integers(8 * 365, YEARS_VALID * 365, len(older))]),
        np.concatenate([cause, np.zeros(len(older), dtype=int)]),
    )


def _certificates(
    landing: Landing,
    home: Array,
    day: Array,
    cause: Array,
    rng: np.random.Generator,
    dirt: np.random.Generator,
) -> pl.DataFrame:
    given = {
        "certificate_number": _numbers(len(home), rng),
        **_places(landing, home, rng, dirt),
        **_dwellings(landing, home, rng, dirt),
        **_energy(landing, home, rng, dirt),
        "inspection_date": dates(day - 2),
        "lodgement_date": dates(day),
        "report_type": "2",
        "transaction_type": np.array(["not sale or rental", "marketed sale", "rental"])[cause],
        "country": "England",
    }
    frame = pl.DataFrame(given)
    hidden = [c for c in frame.columns if c.startswith((FLAG_PREFIX, ADDRESS))]
    empty = [pl.lit("").alias(h) for h in _HEADERS if h not in given]
    return frame.with_columns(empty).select(*_HEADERS, *hidden)


def _numbers(count: int, rng: np.random.Generator) -> pl.Series:
    """One of its own for each certificate: eight digits in the register's grouping."""
    digits = pl.Series(rng.choice(10**7, count, replace=False)).cast(pl.String).str.zfill(8)
    part = digits.str.slice
    reverse = pl.Series(digits.to_list()[::-1])
    pieces = [part(0, 4), reverse.str.slice(0, 4), reverse.str.slice(4), part(4)]
    return pieces[0] + "-" + pieces[1] + "-" + pieces[2] + "-2600-" + pieces[3]


def _places(
    landing: Landing, home: Array, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """Address as the assessor wrote it, its UPRN where one was found, and the district."""
    book, county, doses = landing.addresses, landing.world.county, landing.doses
    area = landing.world.dwellings.area[home]
    address = book.written(home, dirt, doses)
    text = pl.Series(address.values.tolist(), dtype=pl.String)
    lines = text.str.split_exact(", ", 2).struct.unnest()
    source = np.where(rng.random(len(home)) < 0.46, "Energy Assessor", "Address Matched")
    gone = dirt.random(len(home)) < doses.no_uprn_epc
    uprn = Written(book.uprn[home].astype(str)).without(gone, "uprn_missing")
    return {
        **{f"address{k + 1}": lines[f"field_{k}"] for k in range(3)},
        **address.columns("address"),
        "postcode": book.postcode[home],
        "posttown": book.town[home],
        "local_authority": county.lad[area],
        "local_authority_label": county.lad_name[area],
        **uprn.columns("uprn"),
        ADDRESS: book.uprn[home],
        "uprn_source": np.where(gone, "", source),
    }


def _dwellings(
    landing: Landing, home: Array, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """Build, age, size and tenure."""
    d, count = landing.world.dwellings, len(home)
    unknown = dirt.random(count) < landing.doses.no_data_epc
    built = Written(np.array(AGE_BANDS_BUILT)[d.built[home]])
    floor = np.array([128, 92, 79, 56])[d.kind[home]] * np.exp(rng.normal(0, 0.18, count))
    kind = np.where(d.kind[home] == 3, "Flat", np.where(d.bungalow[home], "Bungalow", "House"))
    tenures = ["Owner-occupied", "Owner-occupied", "Rented (private)", "Rented (social)"]
    no_data = np.full(count, "NO DATA!")
    return {
        "built_form": np.array(["Detached", "Semi-Detached", "Mid-Terrace", "Not Recorded"])[d.kind[home]],
        **built.with_text(unknown, no_data, "sentinel").columns("construction_age_band"),
        "property_type": kind,
        "tenure": np.array(tenures)[d.tenure[home]],
        "total_floor_area": np.round(floor, 1),
        "number_habitable_rooms": d.bedrooms[home] + 2,
    }


def _energy(
    landing: Landing, home: Array, rng: np.random.Generator, dirt: np.random.Generator
) -> dict[str, object]:
    """Score and rating, as measured with some error, heating and its cost."""
    d, count = landing.world.dwellings, len(home)
    score = np.clip(d.sap[home] + np.round(rng.normal(0, 2.5, count)), 1, 100).astype(int)
    letter = np.array(list("GFEDCBA"))[np.searchsorted([21, 39, 55, 69, 81, 92], score, side="right")]
    small = dirt.random(count) < landing.doses.lower_case_rating
    rating = Written(letter).with_text(small, np.char.lower(letter), "lower_case")
    return {
        "current_energy_efficiency": score,
        **rating.columns("current_energy_rating"),
        "potential_energy_efficiency": np.minimum(score + 12, 98),
        "heating_cost_current": np.round(2300 - 17 * score + rng.normal(0, 80, count)),
        "main_fuel": np.where(d.gas[home], "mains gas (not community)", "oil (not community)"),
        "mainheat_description": "Boiler and radiators",
        "mains_gas_flag": np.where(d.gas[home], "Y", "N"),
    }
