"""Stages on disk: written aside, described by a manifest, renamed into place; reused when hashes match."""

import ctypes
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configs.errors import LandingError
from pipelines.job import Job, Watch, code_version

MANIFEST = "manifest.json"


class Stages:
    """The stages of one run, in a work folder beside the finished runs until `finish` swaps it in.

    A stage whose manifest carries the same key (inputs, settings, code) is reused, whether it was left by a
    run that died or by a finished run; otherwise it is made afresh in a folder of its own and renamed.
    """

    def __init__(self, job: Job, watch: Watch) -> None:
        self.job = job
        self.watch = watch
        self.work = job.out / ".work" / job.as_of.isoformat()
        self.made: dict[str, dict[str, Any]] = {}
        self.work.mkdir(parents=True, exist_ok=True)

    def stage(self, name: str, inputs: dict[str, Any], make: Callable[[Path], Any]) -> Path:
        """The folder of stage `name`, made by `make(folder)` unless one with the same key stands already."""
        key = hash_of({"stage": name, "code": code_version(), **inputs})
        folder = self.work / name
        if not self._reuse(name, key):
            self.watch(name, lambda: self._make(name, key, inputs, make))
        self.made[name] = read_manifest(folder)
        return folder

    def outputs_hash(self, name: str) -> str:
        """The hash over the files that a stage left: what the next stage depends on."""
        return str(self.made[name]["outputs_hash"])

    def finish(self, manifest: dict[str, Any]) -> Path:
        """Swap the complete work folder in as the finished run and point `latest` at it."""
        _write_json(self.work / MANIFEST, manifest)
        swap_folders(self.work, self.job.finished)
        shutil.rmtree(self.work, ignore_errors=True)
        _point(self.job.out / "latest", self.job.as_of.isoformat())
        return self.job.finished

    def _reuse(self, name: str, key: str) -> bool:
        folder = self.work / name
        if read_manifest(folder).get("key") == key:
            return True
        before = self.job.finished / name
        if read_manifest(before).get("key") != key:
            return False
        shutil.rmtree(folder, ignore_errors=True)
        aside = self._aside(name)
        shutil.copytree(before, aside, copy_function=_link)
        os.replace(aside, folder)
        return True

    def _make(self, name: str, key: str, inputs: dict[str, Any], make: Callable[[Path], Any]) -> None:
        folder, aside = self.work / name, self._aside(name)
        shutil.rmtree(folder, ignore_errors=True)
        aside.mkdir(parents=True)
        make(aside)
        outputs = hash_files(aside)
        _write_json(
            aside / MANIFEST,
            {
                "stage": name,
                "key": key,
                "code": code_version(),
                "inputs": inputs,
                "outputs": outputs,
                "outputs_hash": hash_of(outputs),
                "rows": count_rows(aside),
            },
        )
        os.replace(aside, folder)

    def _aside(self, name: str) -> Path:
        aside = self.work / f".making-{name}"
        shutil.rmtree(aside, ignore_errors=True)
        return aside


def hash_of(value: Any) -> str:
    """SHA-256 over the value as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def hash_files(folder: Path) -> dict[str, str]:
    """Path inside `folder` -> SHA-256, for every file below it, manifests apart."""
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.name != MANIFEST)
    return {f.relative_to(folder).as_posix(): _hash_file(f) for f in files}


def hash_landing(landing: Path) -> dict[str, str]:
    """The hashes of all landed files; raises LandingError when the folder is not there or holds nothing."""
    if not landing.is_dir():
        raise LandingError(
            "The landing folder is not there", where=str(landing), todo="Check the path given as --landing"
        )
    hashes = hash_files(landing)
    if not hashes:
        raise LandingError(
            "The landing folder is empty",
            where=str(landing),
            todo="Put the extracts there: docs/how-to/land-your-files.md",
        )
    return hashes


def count_rows(folder: Path) -> dict[str, int]:
    """Path inside `folder` -> rows, for every Parquet file below it."""
    import pyarrow.parquet as pq

    files = sorted(folder.rglob("*.parquet"))
    return {f.relative_to(folder).as_posix(): pq.read_metadata(f).num_rows for f in files}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a stage or run; empty when there is none that can be read."""
    try:
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def swap_folders(new: Path, place: Path) -> None:
    """Put folder `new` at `place`; what stood there ends up at `new`. On Linux in one step, with no gap."""
    if not place.exists():
        os.replace(new, place)
    elif not _exchange(new, place):
        old = new.with_name(f".old-{new.name}")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(place, old)
        os.replace(new, place)
        os.replace(old, new)


def _exchange(a: Path, b: Path) -> bool:
    """Linux's renameat2 with RENAME_EXCHANGE (2); false where the system or file system lacks it."""
    if sys.platform != "linux":
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_cwd = -100
    return call is not None and call(at_cwd, os.fsencode(a), at_cwd, os.fsencode(b), 2) == 0


def _point(link: Path, target: str) -> None:
    aside = link.with_name(f".{link.name}-{os.getpid()}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    os.replace(aside, link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _hash_file(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_json(file: Path, value: Any) -> None:
    aside = file.with_name(f".{file.name}")
    with aside.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, indent=1, sort_keys=True, default=str)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, file)
