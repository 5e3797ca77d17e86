"""Who gives care: the home-care agencies, and the provider of each service."""

import numpy as np
import polars as pl

from simulator import kinds, words
from simulator.landed import Landing
from simulator.log import Array
from simulator.names import numbered


def agency_locations(landing: Landing) -> pl.DataFrame:
    """The home-care agencies: number, name, CQC location; one for about 45 clients, from four to sixteen."""
    clients = max(1, int((landing.world.people["support"] == 1).sum()))
    count = int(np.clip(round(clients / 45), 4, len(words.AGENCIES)))
    rng = landing.rng(4)
    names = rng.permutation(np.array(words.AGENCIES, dtype=object))[:count] + " Care at Home"
    ids = [f"1-{n}" for n in 5_000_000_000 + rng.permutation(90_000)[:count] * 7]
    return pl.DataFrame({"agency": np.arange(count), "name": names.tolist(), "location_id": ids})


def provider_ids(agency: Array) -> Array:
    """The provider's identifier of each agency's number."""
    return numbered("PV", agency + 1, 2)


LEAD_SHARE = 0.7  # share of a zone's packages with its lead agency (assumed)


def agency_of_services(landing: Landing, provider: Array, area: Array) -> Array:
    """The agency behind each service's provider number: mostly the lead of the zone where the person lives
    (area -1: unknown, then any)."""
    agencies = len(agency_locations(landing))
    lead = (provider % 1000 < 1000 * LEAD_SHARE) & (area >= 0)
    return np.where(lead, landing.zones[np.maximum(area, 0)] % agencies, (provider // 1000) % agencies)


def providers_of(landing: Landing, events: pl.DataFrame) -> tuple[Array, Array]:
    """Name and CQC location of whoever gives each service: the care home itself, or one of the
    home-care agencies."""
    agencies, homes = agency_locations(landing), landing.world.care_homes
    who, day = events["person"].to_numpy(), events["day"].to_numpy()
    kind = events["kind"].fill_null(-1).to_numpy() if "kind" in events.columns else np.full(len(events), -1)
    place = landing.address_row(who, day) - len(landing.world.dwellings.area)
    lives_in = np.clip(place, 0, len(homes.area) - 1)
    area = landing.addresses.area[np.maximum(place + len(landing.world.dwellings.area), 0)]
    area = np.where(place + len(landing.world.dwellings.area) >= 0, area, -1)
    agency = agency_of_services(landing, events["provider"].fill_null(0).to_numpy(), area)
    in_home = (kind == kinds.K_NURSING) | (kind == kinds.K_RESIDENTIAL)
    component = events["component"].fill_null(-1).to_numpy()
    by_agency = np.isin(
        component,
        [kinds.COMPONENTS.index(c) for c in ("home_care", "extra_care", "reablement", "supported_living")],
    )
    name = np.select([in_home, by_agency], [homes.name[lives_in], agencies["name"].to_numpy()[agency]], "")
    location = np.select(
        [in_home, by_agency], [homes.location_id[lives_in], agencies["location_id"].to_numpy()[agency]], ""
    )
    return name, location
