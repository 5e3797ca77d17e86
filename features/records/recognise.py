"""Which kind a landed file is: told by its folder and its header, never by its name alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from configs.extract_specs import Column, ExtractSpec, Kind, normalise

_AGE = re.compile(
    r"^(?:age\W*)?(?:aged?\W*)?(?:[fm])?(?:(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})|(\d{1,3})(\s*\+)?)"
    r"(?:\s*years?)?(\s+and\s+(?:over|under))?\s*(?:;\s*measures:\s*value)?$",
    re.IGNORECASE,
)
_HELD = re.compile(r"(?<!\()\d{3}|@")
"""What many a record holds and no column name of any publisher, but for a year in brackets."""
KNOWN_SHARE_MIN = 0.25
"""At least this share of a line must be known column names before its other words are shown as names."""
AGE_COLUMNS_MIN = 10
"""A population header has at least this many age columns (five-year bands make 19)."""


@dataclass(frozen=True)
class Fit:
    """How one header meets one kind: our column -> landed columns (by position), and what does not meet."""

    kind: Kind
    columns: dict[str, tuple[int, ...]]
    missing: tuple[str, ...]
    clashes: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return not self.missing


class Unrecognised(Exception):
    """No kind, or more than one, fits; the text is the whole defect in plain words."""


def recognise(
    folder: str,
    header: Sequence[str],
    specs: Mapping[str, ExtractSpec],
    *,
    extract_date: date | None = None,
    renames: Mapping[str, str] | None = None,
    pinned: str | None = None,
    drawn: bool = False,
) -> Fit:
    """The one kind of `folder` that this header fits.

    `renames` gives our (or the publisher's) name for landed names; `pinned` names the kind outright;
    `drawn` says that the file holds geometry, which boundaries must and plain tables cannot. Raises
    Unrecognised where none or several fit, with the nearest kind and the difference, or where two landed
    columns would be the same column of ours.
    """
    shown = [_renamed(name, renames or {}) for name in header]
    if pinned is not None and pinned not in specs:
        raise Unrecognised(
            f"landing.toml names the kind {pinned}, which is not one of {', '.join(sorted(specs))}"
        )
    possible = [n for n, s in specs.items() if s.latest.folder == folder and drawn in _drawn(s.latest)]
    names = [pinned] if pinned else possible
    fits = [fit_header(specs[name].on(extract_date), shown) for name in names]
    good = [fit for fit in fits if fit.fits]
    if len(good) == 1:
        return _without_clash(good[0])
    if good:
        raise Unrecognised(_several(good))
    raise Unrecognised(_none(folder, fits, shown, specs, extract_date))


def _drawn(kind: Kind) -> tuple[bool, ...]:
    """Whether files of a kind hold geometry: always, never, or either (roads)."""
    return {"boundaries": (True,), "lines": (True, False)}.get(kind.shape, (False,))


def fit_header(kind: Kind, header: Sequence[str]) -> Fit:
    """How a header (already renamed) meets a kind."""
    keys = _positions(header)
    columns: dict[str, tuple[int, ...]] = {}
    clashes: list[str] = []
    for name, column in kind.columns.items():
        at, clash = _places(name, column, keys)
        if at:
            columns[name] = at
        if clash:
            clashes.append(f"{name} (columns {', '.join(str(i + 1) for i in clash)})")
    used = {i for at in columns.values() for i in at}
    if kind.shape == "population":
        used |= set(age_columns(header))
    unexpected = tuple(h for i, h in enumerate(header) if i not in used)
    return Fit(kind, columns, _missing(kind, columns, header), tuple(clashes), unexpected)


def _missing(kind: Kind, columns: Mapping[str, tuple[int, ...]], header: Sequence[str]) -> tuple[str, ...]:
    missing = [_landed_name(kind, name) for name in kind.needed if name not in columns]
    for group in (*kind.one_of, *kind.header_one_of):
        if not any(name in columns for name in group):
            missing.append("one of " + ", ".join(_landed_name(kind, name) for name in group))
    if kind.shape == "population" and len(age_columns(header)) < AGE_COLUMNS_MIN:
        missing.append("columns of ages (0-4, 5-9 …, or single years)")
    return tuple(missing)


def _positions(header: Sequence[str]) -> dict[str, tuple[int, ...]]:
    keys: dict[str, tuple[int, ...]] = {}
    for at, name in enumerate(header):
        keys[normalise(name)] = (*keys.get(normalise(name), ()), at)
    return keys


def _places(
    name: str, column: Column, keys: Mapping[str, tuple[int, ...]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where a column stands, and where it stands twice."""
    for alias in (*column.names, name):
        if at := _found(alias, keys):
            return at[:1], at if len(at) > 1 else ()
    return tuple(i for part in column.join for i in _found(part, keys)), ()


def _found(alias: str, keys: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    if not alias.startswith("^"):
        return keys.get(normalise(alias), ())
    return tuple(i for key, at in keys.items() if re.match(alias, key) for i in at)


def _landed_name(kind: Kind, name: str) -> str:
    column = kind.columns[name]
    first = next((n for n in column.names if not n.startswith("^")), name)
    return (column.join[0] if not column.names and column.join else first) or name


def _renamed(name: str, renames: Mapping[str, str]) -> str:
    by_key = {normalise(landed): ours for landed, ours in renames.items()}
    return by_key.get(normalise(name), name)


def _without_clash(fit: Fit) -> Fit:
    if fit.clashes:
        raise Unrecognised(
            f"two columns of this {fit.kind.kind} file are the same column: {'; '.join(fit.clashes)}; "
            "take one out, or rename it under [files.….columns] in landing.toml"
        )
    return fit


def _several(good: Sequence[Fit]) -> str:
    kinds = " and ".join(sorted(fit.kind.kind for fit in good))
    return f"the header fits {kinds}; say which under [files.…] kind in landing.toml"


def _none(
    folder: str,
    fits: Sequence[Fit],
    header: Sequence[str],
    specs: Mapping[str, ExtractSpec],
    extract_date: date | None,
) -> str:
    elsewhere = [
        s.latest
        for s in specs.values()
        if s.latest.folder != folder and fit_header(s.on(extract_date), header).fits
    ]
    if elsewhere:
        homes = ", ".join(f"{k.kind}, which belongs in {k.folder}/" for k in elsewhere)
        return f"the header is of {homes}: move the file there"
    if not fits:
        return f"{folder}/ is not a folder of the landing contract"
    nearest = max(fits, key=_nearness)
    return (
        f"the header fits no kind of {folder}/; the nearest is {nearest.kind.kind}, "
        f"but columns are missing: {_listed(nearest.missing)}; not expected: {_shown(nearest, header)}"
    )


def _nearness(fit: Fit) -> tuple[float, int, int, str]:
    needed = len(fit.kind.needed) + len(fit.kind.one_of) + len(fit.kind.header_one_of)
    found = needed - len(fit.missing)
    return (
        found / max(needed, 1) + len(fit.columns) / len(fit.kind.columns),
        len(fit.columns),
        -len(fit.missing),
        fit.kind.kind,
    )


def _shown(nearest: Fit, header: Sequence[str]) -> str:
    """The unexpected columns by name, but only where the line is plainly a header.

    A file that lacks one begins with a record, and a record must never be shown.
    """
    if not nearest.unexpected:
        return "none"
    if len(nearest.columns) < max(2, KNOWN_SHARE_MIN * len(header)):
        return f"{len(nearest.unexpected)} others, not shown: the first line may be a record and no header"
    safe = [name for name in nearest.unexpected if not _HELD.search(name)]
    unsafe = len(nearest.unexpected) - len(safe)
    return _listed(safe) + (f" and {unsafe} that may hold values" if unsafe else "")


def _listed(names: Sequence[str], most: int = 8) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def age_columns(header: Sequence[str]) -> dict[int, tuple[int, int]]:
    """Position -> (age from, age to inclusive; 120 = open) of the columns that hold people of an age."""
    found = {}
    for at, name in enumerate(header):
        if band := age_band(name):
            found[at] = band
    return found


def age_band(name: str) -> tuple[int, int] | None:
    """The ages of a population column: `0-4`, `90+`, `F37`, `Age: Aged 5 to 9 years; measures: Value`."""
    met = _AGE.match(name.strip())
    if met is None:
        return None
    low, high, single, plus, words = met.groups()
    if low is not None:
        return int(low), int(high)
    age = int(single)
    if words and "under" in words.lower():
        return 0, age
    is_open = plus is not None or words is not None or age >= 90
    return age, 120 if is_open else age
