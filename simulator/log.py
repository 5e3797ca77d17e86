"""An append-only table kept as numpy columns: people, spells and events grow month by month without lists."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[Any]


class Log:
    """Columns of one length that grow by doubling; a row's number is its identity for ever."""

    def __init__(self, **dtypes: str) -> None:
        self.size = 0
        self._columns: dict[str, Array] = {name: np.zeros(64, dtype=kind) for name, kind in dtypes.items()}

    def __getitem__(self, name: str) -> Array:
        """The live rows of one column, as a view: writing to it writes to the log; `add` may move it."""
        return self._columns[name][: self.size]

    def __setitem__(self, name: str, values: Array) -> None:
        self._columns[name][: self.size] = values

    def add(self, count: int, **values: Any) -> Array:
        """Append `count` rows (scalars are spread; columns not named are zero) and return their numbers."""
        first, last = self.size, self.size + count
        self._reserve(last)
        for name, value in values.items():
            self._columns[name][first:last] = value
        self.size = last
        return np.arange(first, last)

    def keep(self, rows: Array) -> None:
        """Drop all rows but those marked; for the end, when row numbers no longer matter."""
        self._columns = {name: column[: self.size][rows] for name, column in self._columns.items()}
        self.size = int(rows.sum())

    def frame(self) -> pl.DataFrame:
        """All rows as a frame, one column a field, in the order of their numbers."""
        return pl.DataFrame({name: self[name].copy() for name in self._columns})

    def _reserve(self, rows: int) -> None:
        capacity = len(next(iter(self._columns.values())))
        if rows <= capacity:
            return
        room = max(rows, 2 * capacity)
        for name, column in self._columns.items():
            grown = np.zeros(room, dtype=column.dtype)
            grown[: self.size] = column[: self.size]
            self._columns[name] = grown
