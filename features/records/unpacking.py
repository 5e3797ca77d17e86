"""Files out of their gz and zip, and which files of a folder are no data at all."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, cast

_README = re.compile(r"(?i)^read[ _-]?me\b.*\.(txt|md|pdf|docx?|html?)$")
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}


class Unreadable(Exception):
    """The file cannot be read; the text is the whole defect in plain words, with what to do."""


def packed(path: Path) -> tuple[str, Callable[[], IO[bytes]]]:
    """The name of a file out of its gz or its zip of one member, and how to open it, each time from its
    beginning. Raises Unreadable (damaged, locked, several members)."""
    ending = path.suffix.lower()
    try:
        if ending == ".gz":
            return path.stem, lambda: cast(IO[bytes], gzip.open(path))
        if ending == ".zip":
            member = _only_member(path)
            return PurePosixPath(member).name, lambda: _Member(path, member)
        return path.name, lambda: path.open("rb")
    except zipfile.BadZipFile:
        raise Unreadable("the compressed file is damaged or locked; make it again") from None


class _Member(io.BufferedReader):
    """One file of a zip, which closes the zip with itself."""

    def __init__(self, path: Path, member: str) -> None:
        self._packed = zipfile.ZipFile(path)
        try:
            super().__init__(self._packed.open(member))  # type: ignore[arg-type]
        except Exception:
            self._packed.close()
            raise

    def close(self) -> None:
        super().close()
        self._packed.close()


def _only_member(path: Path) -> str:
    with zipfile.ZipFile(path) as held:
        members = zip_members(held)
    if len(members) != 1:
        raise Unreadable(f"the zip holds {len(members)} files; land a zip with one file in it")
    return members[0]


def zip_members(packed: zipfile.ZipFile) -> list[str]:
    """The files of a zip, folders and system clutter apart."""
    named = [n for n in packed.namelist() if not n.endswith("/") and not n.startswith("__MACOSX/")]
    return [n for n in named if not is_clutter(PurePosixPath(n).name)]


def is_clutter(name: str) -> bool:
    """Whether a file of this name is made by a system or an open program, and nobody means to land it."""
    return name.startswith((".", "~$")) or name.casefold() in _SYSTEM_FILES


def is_note_for_people(name: str) -> bool:
    """Whether a file of this name tells people about the others."""
    return _README.match(name) is not None
