"""The run ledger as pages show it: small files that `pipelines/ledger.py` writes; never a value from a
record.
"""

import json
from pathlib import Path
from typing import Any

SHOWN = ("run_id", "kind", "as_of", "purpose", "by", "status", "started_at", "ended_at", "stages")


def read_runs(state: Path, most: int = 100) -> list[dict[str, Any]]:
    """The newest runs first, with seconds and peak memory (MiB); entries that cannot be read are left out.

    Of an error only its kind and our own words are passed on, not where (which holds folder names).
    """
    files = sorted((state / "runs").glob("*.json"), reverse=True)[:most]
    return [_shown(entry) for entry in map(_read, files) if entry]


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    stages = entry.get("stages") or []
    error = entry.get("error") or {}
    return {
        **{k: entry.get(k) for k in SHOWN},
        "seconds": round(sum(s.get("seconds", 0) for s in stages), 1),
        "peak_mib": max((s.get("peak_mib", 0) for s in stages), default=None),
        "why": error.get("what") or error.get("error"),
    }
