"""What one run is asked to do, and where it keeps things."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from configs.errors import SettingsError
from configs.settings import Settings
from configs.vocabulary import PURPOSES

Progress = Callable[[str], None]
Watch = Callable[[str, Callable[[], Any]], Any]
"""Called with a stage's name and its work; must call the work once and return what it returns."""

BEFORE_MODELS = ("horizon_days", "horizons_days", "train_every_days", "train_origins_max")
"""What the features stage takes from [need]: which dates are described, and which outcomes."""

_PACKAGES = ("configs", "features", "models", "serving", "pipelines")


@dataclass(frozen=True)
class Job:
    """One run: a landing folder, a date, where the results go, and what may be done with them."""

    landing: Path
    out: Path
    as_of: date
    settings: Settings
    purpose: str = "planning"
    zones: int | None = None
    sites: int | None = None
    budget_minutes: float = 0.0
    go_by: str = ""
    go_reason: str = ""

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise SettingsError(
                f"Unknown purpose: {self.purpose}", todo=f"Choose one of {', '.join(PURPOSES)}"
            )

    @property
    def state(self) -> Path:
        """Registry, linkage model, pseudonym key, ledger: kept from month to month."""
        return self.out / "state"

    @property
    def release(self) -> Path:
        """What others read: Delta tables, one pointer moved last."""
        return self.out / "release"

    @property
    def finished(self) -> Path:
        """The finished run of this as-of date."""
        return self.out / self.as_of.isoformat()

    @property
    def go(self) -> dict[str, str] | None:
        """Who lets a month out whose drift is red, and why; None when nobody has said so."""
        said = {"by": self.go_by.strip(), "reason": self.go_reason.strip()}
        return said if all(said.values()) else None

    @property
    def seed(self) -> int:
        """Where every random draw starts."""
        return self.settings.council.seed

    def asked(self) -> dict[str, Any]:
        """What was asked, as JSON-able values (no path: the same files elsewhere are the same run)."""
        return {
            "as_of": self.as_of.isoformat(),
            "purpose": self.purpose,
            "zones": self.zones,
            "sites": self.sites,
            "settings": self.settings.model_dump(mode="json"),
            "code": code_version(),
        }

    def asked_before_models(self) -> dict[str, Any]:
        """The same without what only says how models are made and judged: another recipe joins nothing
        anew."""
        asked = self.asked()
        need = {key: asked["settings"]["need"][key] for key in BEFORE_MODELS}
        judging = ("gates", "drift")
        settings = {key: value for key, value in asked["settings"].items() if key not in judging}
        return {**asked, "settings": {**settings, "need": need}}


@lru_cache(maxsize=1)
def code_version() -> str:
    """The version and a hash of the code and specs that make results: other code makes other stages."""
    top = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for file in sorted(f for p in _PACKAGES for f in (top / p).rglob("*") if f.suffix in (".py", ".toml")):
        digest.update(file.relative_to(top).as_posix().encode())
        digest.update(file.read_bytes())
    return f"{version('forebridge')}+{digest.hexdigest()[:12]}"
