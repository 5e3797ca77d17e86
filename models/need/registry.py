"""The one door to MLflow: what was trained, beside its rivals, and which model is in use.

A SQLite file and a folder of plain files under `state/`; no server, nothing sent anywhere. No row of a person
is ever logged: settings, counts and metrics, and the model's own files.
"""

import logging
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.errors import DeskError
from models.need.artifacts import content_id, read_json, write_json
from models.need.registry_runs import CHAMPION, experiment, track
from models.need.store_guard import guarded

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

DATABASE = "mlflow.db"
MAKING = ".mlflow-making-"
ARTIFACTS = "mlartifacts"
CHALLENGER = "challenger"
PREFIX = "forebridge-need-"
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}


@dataclass(frozen=True)
class Champion:
    """A registered model: its id (made of its content), version, and the folder that holds its files."""

    champion_id: str
    version: int
    provisional: bool
    council: str
    trained_at_origin: str
    folder: Path
    evaluation: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """What `champion.json` says."""
        return {
            "champion_id": self.champion_id,
            "version": self.version,
            "provisional": self.provisional,
            "council": self.council,
            "trained_at_origin": self.trained_at_origin,
        }


@guarded
def find_champion(state: Path, council: str) -> Champion | None:
    """The model in use of a council and data source (`503-landed`), or None when none was ever registered.

    Raises DeskError when its files are gone or are not those that were registered.
    """
    if not (state / DATABASE).exists():
        return None
    version = _aliased(_client(state), _name(council), CHAMPION)
    return None if version is None else _champion(state, council, version)


@guarded
def register(
    state: Path, council: str, folder: Path, *, facts: dict[str, Any], beside: Path | None = None
) -> Champion:
    """Track the finished model in `folder` and register it: as provisional champion if there is none.

    `beside`: a folder of what is kept with the run and is no part of the model (models/need/kept.py).
    With a champion in place it becomes the challenger. The same content is registered once. The alias moves
    last, after the copied files have been checked, so that a model cut short is never in use.
    """
    client = _client(state)
    champion = _aliased(client, _name(council), CHAMPION)
    version = _same_content(client, state, council, content_id(folder))
    if version is None:
        place = experiment(client, state / ARTIFACTS, _name(council))
        version = _create_version(
            client, council, track(client, place, council, folder, facts, beside), folder
        )
    registered = _champion(state, council, version)
    if champion is None:
        client.set_registered_model_alias(_name(council), CHAMPION, version.version)
    elif champion.version != version.version:
        client.set_registered_model_alias(_name(council), CHALLENGER, version.version)
    return registered


@guarded
def councils(state: Path) -> list[str]:
    """The councils and data sources (`503-landed`) that have a model in this state folder; perhaps none."""
    if not (state / DATABASE).exists():
        return []
    found = _client(state).search_registered_models(max_results=1000)
    return sorted(model.name.removeprefix(PREFIX) for model in found if model.name.startswith(PREFIX))


@guarded
def find_challenger(state: Path, council: str) -> Champion | None:
    """The newest model that waits beside the champion; else the champion itself while it is provisional."""
    client, name = _client(state), _name(council)
    champion, challenger = (_aliased(client, name, alias) for alias in (CHAMPION, CHALLENGER))
    if challenger is not None and (champion is None or challenger.version != champion.version):
        return _champion(state, council, challenger)
    found = None if champion is None else _champion(state, council, champion)
    return found if found is not None and found.provisional else None


@guarded
def promote(
    state: Path, council: str, chosen: Champion, *, by: str, why: str, on: str, gates: list[dict[str, str]]
) -> Champion:
    """Make `chosen` the model in use, with who decided, why and when, and the gates it passed.

    What it replaces is noted, so that `roll_back` finds it. The alias moves last.
    """
    client, name, version = _client(state), _name(council), str(chosen.version)
    before = _aliased(client, name, CHAMPION)
    replaced = "" if before is None or str(before.version) == version else str(before.version)
    said = {"promoted_by": by, "promoted_because": why, "promoted_on": on, "replaced_version": replaced}
    write_json(chosen.folder.parent / "promotion.json", {**said, "gates": gates})
    for key, value in {**said, "provisional": "false"}.items():
        client.set_model_version_tag(name, version, key, value)
    client.set_registered_model_alias(name, CHAMPION, version)
    _forget_challenger(client, name, version)
    return _champion(state, council, client.get_model_version(name, version))


@guarded
def roll_back(state: Path, council: str, *, by: str, why: str, on: str) -> Champion:
    """Put the model back that the one in use replaced. Raises DeskError when it replaced none."""
    client, name = _client(state), _name(council)
    now = _aliased(client, name, CHAMPION)
    before = now.tags.get("replaced_version") if now is not None else None
    if now is None or not before:
        raise DeskError(
            "The model in use replaced no other, so there is nothing to roll back to",
            where=f"state of {council}",
            todo="Train another and promote it: forebridge train, then forebridge promote",
        )
    found = _champion(state, council, client.get_model_version(name, before))
    for key, value in {"rolled_back_by": by, "rolled_back_because": why, "rolled_back_on": on}.items():
        client.set_model_version_tag(name, now.version, key, value)
    client.set_registered_model_alias(name, CHAMPION, before)
    return found


def _forget_challenger(client: "MlflowClient", name: str, version: str) -> None:
    challenger = _aliased(client, name, CHALLENGER)
    if challenger is not None and str(challenger.version) == version:
        client.delete_registered_model_alias(name, CHALLENGER)


def _name(council: str) -> str:
    return f"{PREFIX}{re.sub('[^0-9A-Za-z]+', '-', council)}"


def _client(state: Path) -> "MlflowClient":
    """A client of the store under `state`, which is made when it is not there."""
    os.environ.update(QUIET)
    for noisy in ("alembic", "mlflow"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    database = state / DATABASE
    if not database.exists():
        _make_database(state)
    return _connect(database)


def _make_database(state: Path) -> None:
    # Made aside and renamed: setting up the tables takes seconds, and half of them are worse than none.
    state.mkdir(parents=True, exist_ok=True)
    for left in state.glob(f"{MAKING}*"):
        left.unlink()
    handle, name = tempfile.mkstemp(prefix=MAKING, dir=state)
    os.close(handle)
    _connect(Path(name)).search_experiments(max_results=1)
    os.replace(name, state / DATABASE)


def _connect(database: Path) -> "MlflowClient":
    from mlflow import MlflowClient

    uri = f"sqlite:///{database.resolve()}"
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _create_version(client: "MlflowClient", council: str, run: str, folder: Path) -> "ModelVersion":
    name = _name(council)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    source = f"{client.get_run(run).info.artifact_uri}/{CHAMPION}"
    # The id rides in the version itself: one write, so a version either has it or does not exist.
    tags = {"content_id": content_id(folder), "provisional": "true"}
    return client.create_model_version(name, source=source, run_id=run, tags=tags)


def _same_content(client: "MlflowClient", state: Path, council: str, content: str) -> "ModelVersion | None":
    versions = client.search_model_versions(f"name = '{_name(council)}'")
    for version in sorted(versions, key=lambda v: int(v.version)):
        folder = _folder(state, version)
        if version.tags.get("content_id") == content and folder.is_dir() and content_id(folder) == content:
            return version
    return None


def _aliased(client: "MlflowClient", name: str, alias: str) -> "ModelVersion | None":
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException as problem:
        if "not found" in str(problem):
            return None
        raise


def _folder(state: Path, version: "ModelVersion") -> Path:
    # By the run's id, not the stored path: a state folder may be moved.
    return state / ARTIFACTS / str(version.run_id) / "artifacts" / CHAMPION


def _champion(state: Path, council: str, version: "ModelVersion") -> Champion:
    folder = _folder(state, version)
    if not folder.is_dir() or content_id(folder) != version.tags.get("content_id"):
        raise DeskError(
            "The files of the registered model are gone, or are not those that were registered",
            where=str(folder),
            todo="Put the state folder back from a backup; or set it aside, and the next run trains anew",
        )
    return Champion(
        champion_id=version.tags["content_id"],
        version=int(version.version),
        provisional=version.tags.get("provisional") == "true",
        council=council,
        trained_at_origin=read_json(folder / "model.json")["trained_at_origin"],
        folder=folder,
        evaluation=read_json(folder / "evaluation.json"),
    )
