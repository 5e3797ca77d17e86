"""The folder being written: lands frames as files and keeps, apart from them, whose row each row is and which
defects it carries."""

import gzip
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from simulator import written
from simulator.addresses import Addresses
from simulator.files import form_of, landed_bytes, whole_rows
from simulator.geography import zone_of_area
from simulator.log import Array
from simulator.mess import Doses, doses_of
from simulator.names import nhs_numbers
from simulator.relations import earlier_names, housemates
from simulator.timeline import NO_DAY, Timeline, as_date
from simulator.world import World
from simulator.written import ADDRESS, FLAG_PREFIX, ROLE_PREFIX, Written, unflag

SOURCES = ("demographics", "cld", "council_tax", "housing")
"""The sources that know people by name: a maiden name stands in one of them alone."""
NUMBERED = ("cld", "ecds")
"""The sources whose NHS numbers may be wrong; a number of nobody's stands in one of them alone."""
SPARE_NHS_NUMBERS = 9_000
"""Numbers that belong to nobody: as many as are left when the county is as large as can be."""
DEFECT_SCHEMA = pl.Schema(
    {"file": pl.String, "row": pl.Int64, "column": pl.String, "defect": pl.String, "person": pl.Int64}
)


@dataclass
class Landing:
    """What every writer needs: where to write, when the data end, who people are, where addresses lie."""

    folder: Path
    world: World
    timeline: Timeline
    addresses: Addresses
    seed: int
    mess: int = 1
    defects: list[pl.DataFrame] = field(default_factory=list)
    identity: list[pl.DataFrame] = field(default_factory=list)
    addressed: list[pl.DataFrame] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = self.rng(0)
        count = self.world.people.size
        numbers = nhs_numbers(count, rng, spare=SPARE_NHS_NUMBERS)
        self.nhs, self.spare_nhs = numbers[:count], numbers[count:]
        self.token = np.char.add("FB", np.char.zfill((rng.permutation(count) + 10**9).astype(str), 30))
        self.la_id = np.char.add("L", np.char.zfill((rng.permutation(2 * count) + 300_000).astype(str), 7))
        self.practice = _practices(self.world, rng)
        self._residences = _ResidenceIndex(self.world)

    @cached_property
    def zones(self) -> Array:
        """The number of today's commissioning zone of each area."""
        return zone_of_area(self.world.county)

    @cached_property
    def doses(self) -> Doses:
        """How much mess each kind of row gets."""
        return doses_of(self.mess)

    @cached_property
    def _earlier(self) -> tuple[Array, Array]:
        return earlier_names(self.world, self.dirt(0), self.doses.maiden_name, len(SOURCES))

    @cached_property
    def _housemate_numbers(self) -> Array:
        mate = housemates(self.world.people["household"])
        return np.where(mate >= 0, self.nhs[np.maximum(mate, 0)], "")

    def rng(self, stream: int) -> np.random.Generator:
        """A stream of chance of its own for each writer, so that one writer's change leaves the
        others' bytes alone."""
        return np.random.default_rng([self.seed, 7, stream])

    def dirt(self, stream: int) -> np.random.Generator:
        """A writer's stream for its mess, apart from the one for its substance, which no dose can move."""
        return np.random.default_rng([self.seed, 13, stream])

    def cut(self, day: int, days_after: int) -> date:
        """The date so many days after a day number."""
        return as_date(day + days_after)

    def address_row(self, person: Array, day: Array) -> Array:
        """The row in `addresses` of where each person lives on a day (-1 where nowhere in the county)."""
        return self._residences.at(person, day)

    def given_names(self, rng: np.random.Generator) -> Written:
        """Everybody's first name as one source writes it."""
        return written.given_names(self.world.people["given"], rng, self.doses)

    def family_names(self, source: str, rng: np.random.Generator) -> Written:
        """Everybody's family name as one of SOURCES writes it."""
        earlier, holder = self._earlier
        own = holder == SOURCES.index(source)
        return written.family_names(self.world.people["family"], earlier, own, rng, self.doses)

    def births(self, rng: np.random.Generator) -> Written:
        """Everybody's date of birth as one source writes it."""
        return written.births(self.world.people["born"], rng, self.doses)

    def nhs_numbers(self, source: str, who: Array, missing: float, rng: np.random.Generator) -> Written:
        """NHS numbers of these people as one of NUMBERED holds them."""
        mates, spare = self._housemate_numbers[who], self.spare_nhs[NUMBERED.index(source) :: len(NUMBERED)]
        return written.nhs_numbers(self.nhs[who], mates, spare, missing, rng, self.doses)

    def land(
        self,
        frame: pl.DataFrame,
        name: str,
        *,
        separator: str = ",",
        whole: tuple[str, ...] = (),
        truncated: bool = False,
    ) -> None:
        """Write a frame as a CSV file (gzipped when the name says so), without its hidden columns.

        The form of the file (encoding, order of dates) is the dial's; `whole` names defects of the whole file
        that the frame has already; a truncated file ends in the middle of a row, and its truth before it.
        """
        frame = _texts(frame)
        form = form_of(name, self.mess)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data, met = landed_bytes(frame, form, separator)
        if truncated:
            data, frame = whole_rows(data, frame, self.dirt(99))
            met = tuple(word for word in met if word != "cp1252" or not data.isascii())
        path.write_bytes(data if not name.endswith(".gz") else gzip.compress(data, mtime=0))
        self.files[name] = len(frame)
        self._remember(frame, name)
        self._note_defects(frame, name, (*whole, *met, *("truncated",) * truncated))

    def _remember(self, frame: pl.DataFrame, name: str) -> None:
        for role in (c for c in frame.columns if c.startswith(ROLE_PREFIX)):
            known = frame.select(
                file=pl.lit(name),
                row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64),
                person=pl.col(role).cast(pl.Int64),
                role=pl.lit(role.removeprefix(ROLE_PREFIX)),
            )
            self.identity.append(known.filter(pl.col("person") >= 0))
        if ADDRESS in frame.columns:
            row = pl.int_range(2, pl.len() + 2, dtype=pl.Int64)
            where = frame.select(file=pl.lit(name), row=row, uprn=pl.col(ADDRESS).cast(pl.Int64))
            self.addressed.append(where.drop_nulls())

    def _note_defects(self, frame: pl.DataFrame, name: str, whole: tuple[str, ...]) -> None:
        self.defects += [_defects(name, np.zeros(1, dtype=int), "", word, np.full(1, -1)) for word in whole]
        roles = [c for c in frame.columns if c.startswith(ROLE_PREFIX)]
        for hidden in (c for c in frame.columns if c.startswith(FLAG_PREFIX)):
            word, role, column = unflag(hidden)
            at = frame[hidden].fill_null(False).arg_true().to_numpy()
            whose = ROLE_PREFIX + role if role else (roles or [""])[0]
            who = frame[whose].to_numpy()[at] if whose else np.full(len(at), -1)
            self.defects.append(_defects(name, at + 2, column, word, who))


def _defects(name: str, row: Array, column: str, word: str, person: Array) -> pl.DataFrame:
    numbers = pl.DataFrame({"row": row, "person": person}).cast(pl.Int64)
    known = numbers.with_columns(file=pl.lit(name), column=pl.lit(column), defect=pl.lit(word))
    return known.select(DEFECT_SCHEMA.names())


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


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with columns of objects as text: polars cannot tell their kind where there are no rows."""
    objects = [c for c, kind in frame.schema.items() if kind == pl.Object]
    return frame.with_columns(pl.Series(c, frame[c].to_list(), dtype=pl.String) for c in objects)
