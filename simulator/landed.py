"""The folder being written: lands frames as files and keeps, apart from them, whose row each row is."""

import gzip
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from simulator.addresses import Addresses
from simulator.log import Array
from simulator.names import nhs_numbers
from simulator.timeline import NO_DAY, Timeline, as_date
from simulator.world import World

ROLE_PREFIX = "true:"
"""Columns that begin so never reach a landed file: `true:subject` holds the true person of the row,
and so on."""


@dataclass
class Landing:
    """What every writer needs: where to write, when the data end, who people are, where addresses lie."""

    folder: Path
    world: World
    timeline: Timeline
    addresses: Addresses
    seed: int
    identity: list[pl.DataFrame] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = self.rng(0)
        count = self.world.people.size
        self.nhs = nhs_numbers(count, rng)
        self.token = np.char.add("FB", np.char.zfill((rng.permutation(count) + 10**9).astype(str), 30))
        self.la_id = np.char.add("L", np.char.zfill((rng.permutation(2 * count) + 300_000).astype(str), 7))
        self.practice = _practices(self.world, rng)
        self._residences = _ResidenceIndex(self.world)

    def rng(self, stream: int) -> np.random.Generator:
        """A stream of chance of its own for each writer, so that one writer's change leaves the
        others' bytes alone."""
        return np.random.default_rng([self.seed, 7, stream])

    def cut(self, day: int, days_after: int) -> date:
        """The date so many days after a day number."""
        return as_date(day + days_after)

    def address_row(self, person: Array, day: Array) -> Array:
        """The row in `addresses` of where each person lives on a day (-1 where nowhere in the county)."""
        return self._residences.at(person, day)

    def land(self, frame: pl.DataFrame, name: str, *, separator: str = ",") -> None:
        """Write a frame as a CSV file (gzipped when the name says so), without the columns of truth."""
        kept = [c for c in frame.columns if not c.startswith(ROLE_PREFIX)]
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        bare = frame.select(kept).with_columns(pl.col(pl.String).replace("", None))
        text = bare.write_csv(separator=separator).encode("utf-8")
        path.write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
        self.files[name] = len(frame)
        self._remember(frame, name)

    def _remember(self, frame: pl.DataFrame, name: str) -> None:
        roles = [c for c in frame.columns if c.startswith(ROLE_PREFIX)]
        rows = pl.int_range(2, len(frame) + 2, eager=True, dtype=pl.Int64)
        for role in roles:
            known = pl.DataFrame(
                {
                    "file": pl.Series([name] * len(frame), dtype=pl.String),
                    "row": rows,
                    "person": frame[role].cast(pl.Int64),
                }
            )
            known = known.with_columns(role=pl.lit(role.removeprefix(ROLE_PREFIX)))
            self.identity.append(known.filter(pl.col("person") >= 0))


class _ResidenceIndex:
    """Where everybody lives when: residences sorted by person and first day."""

    def __init__(self, world: World) -> None:
        residences = world.residences
        order = np.lexsort((residences["since"], residences["person"]))
        self._person, self._since = (
            residences["person"][order].astype(np.int64),
            residences["since"][order].astype(np.int64),
        )
        self._until = np.where(residences["until"][order] == NO_DAY, 2**30, residences["until"][order])
        self._row = np.where(
            residences["care_home"][order],
            len(world.dwellings.area) + residences["home"][order],
            residences["home"][order],
        )
        self._key = self._person * 2**20 + self._since + 2**18

    def at(self, person: Array, day: Array) -> Array:
        """Row of the address of each person on a day, -1 for nowhere in the county."""
        found = np.searchsorted(self._key, person.astype(np.int64) * 2**20 + day + 2**18, side="right") - 1
        fits = (found >= 0) & (self._person[found] == person) & (day <= self._until[found])
        return np.where(fits, self._row[found], -1)


def _practices(world: World, rng: np.random.Generator) -> Array:
    """Each person's GP practice, one for five areas: mostly the one where they first lived."""
    count = max(3, len(world.county.codes) // 5)
    codes = np.array([f"Z99{n:03d}" for n in rng.permutation(900)[:count] + 100])
    near = codes[np.arange(len(world.county.codes)) * count // len(world.county.codes)]
    spells = (
        world.residences.frame()
        .filter(~pl.col("care_home"))
        .sort("person", "since")
        .unique("person", keep="first")
    )
    area = np.zeros(world.people.size, dtype=int)
    area[spells["person"].to_numpy()] = world.dwellings.area[spells["home"].to_numpy()]
    return np.where(
        rng.random(world.people.size) < 0.85, near[area], codes[rng.integers(0, count, world.people.size)]
    )
