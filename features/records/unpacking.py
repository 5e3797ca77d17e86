"""Files out of their gz and zip, and which files of a folder are no data at all."""

import gzip
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

_README = re.compile(r"(?i)^read[ _-]?me\b.*\.(txt|md|pdf|docx?|html?)$")
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}


class Unreadable(Exception):
    """The file cannot be read; the text is the whole defect in plain words, with what to do."""


def unpacked(path: Path) -> tuple[str, bytes]:
    """The name and bytes of a file, out of its gz or its zip of one member. Raises Unreadable."""
    ending = path.suffix.lower()
    try:
        if ending == ".gz":
            return path.stem, gzip.decompress(path.read_bytes())
        if ending == ".zip":
            return _only_member(path)
        return path.name, path.read_bytes()
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError):
        raise Unreadable("the compressed file is damaged or locked; make it again") from None


def _only_member(path: Path) -> tuple[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        members = zip_members(packed)
        if len(members) != 1:
            raise Unreadable(f"the zip holds {len(members)} files; land a zip with one file in it")
        return PurePosixPath(members[0]).name, packed.read(members[0])


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
