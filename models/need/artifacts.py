"""A model of need as plain files: LightGBM's text, and JSON. Reading them runs no code of theirs."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from configs.errors import DeskError
from models.need.chance import Chance
from models.need.estimator import Boosted
from models.need.hours import Hours
from models.need.households import HouseholdChance
from models.need.study import Studied
from models.need.study_hours import StudiedHours
from models.need.study_households import StudiedHouseholds

AnyStudied: TypeAlias = Studied | StudiedHours | StudiedHouseholds
FORMAT = 3
ID_DIGITS = 16


@dataclass(frozen=True)
class Models:
    """Everything that scores a month: chances by (age group, outcome), hours by age group, and how the
    chances of households are calibrated by outcome."""

    horizons_days: tuple[int, ...]
    features: tuple[str, ...]
    synthetic: bool
    known_before: str
    definitions: dict[str, int]
    chances: dict[tuple[str, str], Chance]
    hours: dict[str, Hours]
    households: dict[str, HouseholdChance]


def save_models(folder: Path, studied: list[AnyStudied], facts: dict[str, Any]) -> None:
    """Write the models, and how they did, into an empty `folder`.

    `model.json` (with `facts`), `boosters/`, `evaluation.json` (the newest split), `splits.json` (all of
    them), and of the newest split `groups.json`, `calibration.json` and `decision.json`; every row says
    whether it speaks of synthetic data.
    """
    kind = {"synthetic": facts["synthetic"]}
    splits = [row | kind for s in studied for table in s.tables for row in table]
    people = [s for s in studied if not isinstance(s, StudiedHouseholds)]
    for s in people:
        _save_booster(folder, s)
    said = {
        "format": FORMAT,
        **facts,
        "models": [_described(s) for s in people],
        "households": {s.outcome: s.model.as_dict() for s in studied if isinstance(s, StudiedHouseholds)},
    }
    write_json(folder / "model.json", said)
    write_json(folder / "evaluation.json", [row for row in splits if row["split"] == 0])
    write_json(folder / "splits.json", splits)
    write_json(folder / "groups.json", _closer(studied, "groups", kind))
    write_json(folder / "calibration.json", _closer(studied, "calibration", kind))
    write_json(folder / "decision.json", _closer(studied, "decision", kind))


def _closer(studied: list[AnyStudied], what: str, kind: dict[str, bool]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": s.outcome,
            "age_group": s.age_group,
            "horizon_days": closer.horizon_days,
            **row,
            **kind,
        }
        for s in studied
        if isinstance(s, Studied)
        for closer in s.closer
        for row in getattr(closer, what)
    ]


def load_models(folder: Path) -> Models:
    """What `save_models` wrote. Raises DeskError when another version of Forebridge wrote it."""
    said = read_json(folder / "model.json")
    if said.get("format") != FORMAT:
        raise DeskError(
            "The model in use was made by another version of Forebridge and cannot be read by this one",
            where=str(folder),
            todo="Train again: set the state folder's model store (mlflow.db, mlartifacts) aside and run",
        )
    loaded = [(m["age_group"], m["outcome"], _load(folder, m)) for m in said["models"]]
    return Models(
        tuple(said["horizons_days"]),
        tuple(said["features"]),
        said["synthetic"],
        said["known_before"],
        said.get("definitions", {}),
        {(group, outcome): model for group, outcome, model in loaded if isinstance(model, Chance)},
        {group: model for group, _, model in loaded if isinstance(model, Hours)},
        {o: HouseholdChance.from_dict(told) for o, told in said["households"].items()},
    )


def content_id(folder: Path) -> str:
    """A name made of what the files hold: the same models have the same, whoever made them, and when."""
    digest = hashlib.sha256()
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:ID_DIGITS]


def read_json(file: Path) -> Any:
    """The JSON in a file."""
    return json.loads(file.read_text(encoding="utf-8"))


def write_json(file: Path, value: Any) -> None:
    """`value` as JSON, the same bytes each time; anything that is not a number in it is an error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")


def plain(name: str) -> str:
    """An age group as a name of a file or metric: `65+` is `65_plus`."""
    return name.replace("+", "_plus").replace("-", "_")


def _described(studied: Studied | StudiedHours) -> dict[str, Any]:
    label = {"age_group": studied.age_group, "outcome": studied.outcome}
    return label | studied.model.as_dict()


def _booster_file(folder: Path, age_group: str, outcome: str) -> Path:
    return folder / "boosters" / f"{plain(age_group)}_{outcome}.txt"


def _save_booster(folder: Path, studied: Studied | StudiedHours) -> None:
    booster = studied.model.booster()
    if booster is not None:
        file = _booster_file(folder, studied.age_group, studied.outcome)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(booster.text, encoding="utf-8")


def _load(folder: Path, said: dict[str, Any]) -> Chance | Hours:
    kind = Hours if "any_hours" in said else Chance
    trees = said.get("any_hours", said)["trees"]
    file = _booster_file(folder, said["age_group"], said["outcome"])
    boosted = Boosted(file.read_text(encoding="utf-8"), trees) if trees else None
    return kind.from_dict(said, boosted)
