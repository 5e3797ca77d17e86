"""How addresses are written: as the gazetteer has them, and as people and systems write them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator import words
from simulator.log import Array
from simulator.mess import Doses
from simulator.world import World
from simulator.written import Written, slipped, together


@dataclass(frozen=True)
class Addresses:
    """Parts of every dwelling's address, then of every care home's, as text columns of one length."""

    flat: Array
    building: Array
    number: Array
    street: Array
    locality: Array
    town: Array
    postcode: Array
    uprn: Array
    area: Array
    easting: Array
    northing: Array

    def canonical(self, rows: Array) -> Array:
        """One line each, as in the gazetteer but in ordinary letters."""
        flat = np.where(self.flat[rows] > 0, np.char.add("Flat ", self.flat[rows].astype(str)), "")
        return _joined([flat, self.building[rows], self._line(rows), self.locality[rows], self.town[rows]])

    def _line(self, rows: Array) -> Array:
        return np.where(
            self.number[rows] > 0,
            self.number[rows].astype(str).astype(object) + " " + self.street[rows],
            self.street[rows],
        )

    def written(self, rows: Array, rng: np.random.Generator, doses: Doses) -> Written:
        """One line each, as somebody typed it: abbreviations, lost localities, other forms of flats and
        house names, capitals, slips."""
        count = len(rows)
        line = _reworded(Written(self._line(rows)), words.STREET_SHORT, "street_shortened", rng, doses)
        flat, building = self._flats(rows, rng, doses), self._buildings(rows, rng, doses)
        locality = Written(self.locality[rows])
        lost = (rng.random(count) < doses.locality_left_out) & (locality.values != "")
        locality = locality.without(lost, "locality_left_out")
        parts = (flat, building, line, locality)
        text = together(_joined([p.values for p in parts] + [self.town[rows]]), *parts)
        loud = pl.Series(text.values.tolist(), dtype=pl.String).str.to_uppercase().to_numpy()
        text = text.with_text(rng.random(count) < doses.capitals, loud, "capitals")
        return slipped(text, rng, doses.address_slip)

    def _flats(self, rows: Array, rng: np.random.Generator, doses: Doses) -> Written:
        """Flats by the form of the gazetteer, or by one of four others."""
        number, is_flat = self.flat[rows].astype(str).astype(object), self.flat[rows] > 0
        odd = (rng.random(len(rows)) < doses.flat_written_differently) & is_flat
        forms = [f + number for f in ("Apartment ", "Apt ", "Flat No ", "")]
        other = np.choose(rng.integers(0, 4, len(rows)), forms)
        plain = Written(np.where(is_flat, "Flat " + number, ""))
        return plain.with_text(odd, other, "flat_written_differently")

    def _buildings(self, rows: Array, rng: np.random.Generator, doses: Doses) -> Written:
        """Names of buildings, some shortened; a name is left out at times where a number stands too."""
        word, gone = "house_name_written_differently", rng.random(len(rows)) < 0.3
        name = _reworded(Written(self.building[rows]), words.BUILDING_SHORT, word, rng, doses)
        drop = name.hits[word] & gone & (self.number[rows] > 0)
        return Written(np.where(drop, "", name.values), name.hits)


def _joined(parts: list[Array]) -> Array:
    """Parts with ", " between them, empty ones left out."""
    frame = pl.DataFrame(
        {str(k): np.asarray(p, dtype=object).tolist() for k, p in enumerate(parts)},
        schema={str(k): pl.String for k in range(len(parts))},
    )
    filled = frame.with_columns(pl.when(pl.all() == "").then(None).otherwise(pl.all()).name.keep())
    return filled.select(pl.concat_str(pl.all(), separator=", ", ignore_nulls=True)).to_series().to_numpy()


def _reworded(
    written: Written, short: Mapping[str, str], word: str, rng: np.random.Generator, doses: Doses
) -> Written:
    """Texts of which a dose, named as its defect, ends in the short form of its last word."""
    texts = pl.Series(np.asarray(written.values, dtype=object).tolist(), dtype=pl.String)
    for long, brief in short.items():
        texts = texts.str.replace(f" {long}$", f" {brief}")
    hit = (rng.random(len(texts)) < getattr(doses, word)) & (texts.to_numpy() != written.values)
    return written.with_text(hit, texts.to_numpy(), word)


def address_book(world: World) -> Addresses:
    """The addresses of all dwellings, then of all care homes."""
    d, c, streets, county = world.dwellings, world.care_homes, world.streets, world.county
    street = np.concatenate([d.street, c.street])
    area = np.concatenate([d.area, c.area])
    in_block = d.block >= 0
    building = np.where(in_block, d.block_name[np.maximum(d.block, 0)], "")
    own_ward = np.char.startswith(county.ward_name.astype(str), county.town.astype(str))
    locality = np.where((county.place == county.town) & own_ward, county.ward_name, county.place)
    locality = np.where(locality == county.town, "", locality)
    return Addresses(
        flat=np.concatenate([d.flat, np.zeros(len(c.area), dtype=int)]),
        building=np.concatenate([building.astype(object), c.name]),
        number=np.concatenate([d.number, c.number]),
        street=streets.name[street],
        locality=locality[area].astype(object),
        town=county.town[area].astype(object),
        postcode=streets.postcode[street],
        uprn=np.concatenate([d.uprn, c.uprn]),
        area=area,
        easting=np.concatenate([d.easting, c.easting]),
        northing=np.concatenate([d.northing, c.northing]),
    )
