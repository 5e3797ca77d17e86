"""The papers of a results folder: written with each release, and anew when people have filled in more."""

from pathlib import Path
from typing import Any

from configs.settings import Settings
from pipelines.summary import read_json
from serving.papers import write_papers
from serving.store import Release

LEAK_HUNT = "leak_hunt.json"


def put_papers(out: Path, settings: Settings) -> dict[str, Any]:
    """Write the papers of the served release; `folder, files, missing`. Raises ReleaseError without one."""
    hunted = out / "state" / LEAK_HUNT
    leak_hunt = read_json(hunted) if hunted.is_file() else None
    return write_papers(Release.open(out / "release"), settings, leak_hunt)
