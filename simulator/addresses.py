"""How addresses are written: as the gazetteer has them, and as people and systems write them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator import words
from simulator.log import Array
from simulator.world import World

SHORT_STREET, NO_LOCALITY, UPPER, ODD_FLAT, TYPO = 0.22, 0.35, 0.12, 0.35, 0.02
"""Shares of written addresses with each kind of mess (assumed; rates.md 11 "GP address to UPRN"
matches 98.6%)."""


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

    def written(self, rows: Array, rng: np.random.Generator) -> Array:
        """One line each, as somebody typed it: abbreviations, lost localities, other forms of a flat,
        capitals, slips."""
        frame = pl.DataFrame({"line": self._line(rows).astype(object).tolist()}, schema={"line": pl.String})
        short = rng.random(len(rows)) < SHORT_STREET
        line = np.where(short, _shorten(frame["line"]), self._line(rows))
        locality = np.where(rng.random(len(rows)) < NO_LOCALITY, "", self.locality[rows])
        text = _joined([self._flat_forms(rows, rng), self.building[rows], line, locality, self.town[rows]])
        text = np.where(
            rng.random(len(rows)) < UPPER,
            pl.Series(text.tolist(), dtype=pl.String).str.to_uppercase().to_numpy(),
            text,
        )
        return slips(text, rng, TYPO)

    def _flat_forms(self, rows: Array, rng: np.random.Generator) -> Array:
        number = self.flat[rows].astype(str).astype(object)
        form = np.where(rng.random(len(rows)) < ODD_FLAT, rng.integers(1, 5, len(rows)), 0)
        forms = [f + number for f in ("Flat ", "Apartment ", "Apt ", "Flat No ", "")]
        return np.where(self.flat[rows] > 0, np.choose(form, forms), "")


def _joined(parts: list[Array]) -> Array:
    """Parts with ", " between them, empty ones left out."""
    frame = pl.DataFrame(
        {str(k): np.asarray(p, dtype=object).tolist() for k, p in enumerate(parts)},
        schema={str(k): pl.String for k in range(len(parts))},
    )
    filled = frame.with_columns(pl.when(pl.all() == "").then(None).otherwise(pl.all()).name.keep())
    return filled.select(pl.concat_str(pl.all(), separator=", ", ignore_nulls=True)).to_series().to_numpy()


def _shorten(lines: pl.Series) -> Array:
    for long, short in words.STREET_SHORT.items():
        lines = lines.str.replace(f" {long}$", f" {short}")
    return lines.to_numpy()


def slips(text: Array, rng: np.random.Generator, share: float) -> Array:
    """The same texts, `share` of them with two neighbouring letters swapped; the first letter is left
    alone."""
    frame = pl.DataFrame(
        {
            "text": np.asarray(text, dtype=object).tolist(),
            "u": rng.random(len(text)),
            "hit": rng.random(len(text)) < share,
        },
        schema_overrides={"text": pl.String},
    )
    at = (1 + pl.col("u") * (pl.col("text").str.len_chars().cast(pl.Float64) - 3)).cast(pl.Int64)
    swapped = pl.concat_str(
        pl.col("text").str.slice(0, at),
        pl.col("text").str.slice(at + 1, 1),
        pl.col("text").str.slice(at, 1),
        pl.col("text").str.slice(at + 2),
    )
    ready = pl.col("hit") & (pl.col("text").str.len_chars() > 4)
    return frame.select(pl.when(ready).then(swapped).otherwise(pl.col("text"))).to_series().to_numpy()


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
