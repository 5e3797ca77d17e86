"""The release that is being served: opened once, reopened when the pointer moves; what pages make of it,
kept.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from serving.store import POINTER, Release

Made = TypeVar("Made")


class Current:
    """The current release of a folder. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._release: Release | None = None
        self._made: dict[Any, Any] = {}

    def release(self) -> Release:
        """The release that the pointer names now; raises ReleaseError when there is none to read."""
        stamp = self._look()
        with self._lock:
            if self._release is None or stamp is None or stamp != self._stamp:
                self._release, self._made = Release.open(self.folder), {}
                self._stamp = stamp
            return self._release

    def made(self, key: Any, make: Callable[[Release], Made]) -> Made:
        """What `make` makes of the release, made once for each release and key."""
        release = self.release()
        if key not in self._made:
            self._made[key] = make(release)
        return cast(Made, self._made[key])

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = (self.folder / POINTER).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
