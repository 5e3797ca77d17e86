"""The papers of a results folder: written with each release, and anew when people have filled in more."""

from pathlib import Path
from typing import Any

from configs.settings import Settings
from pipelines.summary import read_json
from serving.papers import write_papers
from serving.store import Release

LEAK_HUNT = "leak_hunt.json"
ABLATIONS = "ablations.json"


def put_papers(out: Path, settings: Settings) -> dict[str, Any]:
    """Write the papers of the served release; `folder, files, missing`. Raises ReleaseError without one."""
    proofs = {"leak_hunt": LEAK_HUNT, "ablations": ABLATIONS}
    found = {name: _found(out / "state" / file) for name, file in proofs.items()}
    return write_papers(Release.open(out / "release"), settings, found)


def _found(file: Path) -> dict[str, Any] | None:
    return read_json(file) if file.is_file() else None
