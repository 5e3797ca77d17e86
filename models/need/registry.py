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
from models.need.artifacts import content_id, plain, read_json

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

DATABASE = "mlflow.db"
MAKING = ".mlflow-making-"
ARTIFACTS = "mlartifacts"
CHAMPION, CHALLENGER = "champion", "challenger"
METRICS_AT_ONCE = 1000
"""As many as MLflow takes in one call."""

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


def find_champion(state: Path, council: str) -> Champion | None:
    """The model in use of a council and data source (`503-landed`), or None when none was ever registered.

    Raises DeskError when its files are gone or are not those that were registered.
    """
    if not (state / DATABASE).exists():
        return None
    version = _aliased(_client(state), _name(council), CHAMPION)
    return None if version is None else _champion(state, council, version)


def register(state: Path, council: str, folder: Path, *, facts: dict[str, Any]) -> Champion:
    """Track the finished model in `folder` and register it: as provisional champion if there is none.

    With a champion in place it becomes the challenger. The same content is registered once. The alias moves
    last, after the copied files have been checked, so that a model cut short is never in use.
    """
    client = _client(state)
    champion = _aliased(client, _name(council), CHAMPION)
    version = _same_content(client, state, council, content_id(folder))
    if version is None:
        version = _create_version(client, council, _track(client, state, council, folder, facts), folder)
    registered = _champion(state, council, version)
    if champion is None:
        client.set_registered_model_alias(_name(council), CHAMPION, version.version)
    elif champion.version != version.version:
        client.set_registered_model_alias(_name(council), CHALLENGER, version.version)
    return registered


def _name(council: str) -> str:
    return f"forebridge-need-{re.sub('[^0-9A-Za-z]+', '-', council)}"


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


def _track(client: "MlflowClient", state: Path, council: str, folder: Path, facts: dict[str, Any]) -> str:
    """A parent run of the recipe with the model's files, a child run for each split; the parent's id."""
    experiment = _experiment(client, state, council)
    tags = {
        "council": council,
        "synthetic": str(facts["synthetic"]).lower(),
        "content_id": content_id(folder),
    }
    parent = client.create_run(experiment, run_name="recipe", tags=tags).info.run_id
    _log(client, parent, facts["parameters"], {})
    client.log_artifacts(parent, str(folder), CHAMPION)
    for number, table in enumerate(_by_split(read_json(folder / "splits.json"))):
        child = client.create_run(
            experiment, run_name=f"split-{number}", tags={**tags, "mlflow.parentRunId": parent}
        ).info.run_id
        _log(client, child, {"split": number, "test_origins": _tests(table)}, _metrics(table))
        client.log_dict(child, {"rows": table}, "evaluation.json")
        client.set_terminated(child)
    client.set_terminated(parent)
    return parent


def _experiment(client: "MlflowClient", state: Path, council: str) -> str:
    """The experiment of a council; another of the place's name when the state folder was moved since."""
    location = (state / ARTIFACTS).resolve().as_uri()
    for name in (_name(council), f"{_name(council)} in {location}"):
        found = client.get_experiment_by_name(name)
        if found is None:
            return client.create_experiment(name, artifact_location=location)
        if found.artifact_location == location:
            return found.experiment_id
    raise DeskError("The model store cannot be used", where=str(state), todo="Move the state folder back")


def _log(client: "MlflowClient", run: str, parameters: dict[str, Any], metrics: dict[str, float]) -> None:
    from mlflow.entities import Metric, Param

    client.log_batch(run, params=[Param(name, str(value)) for name, value in sorted(parameters.items())])
    logged = [Metric(name, value, 0, 0) for name, value in sorted(metrics.items())]
    for first in range(0, len(logged), METRICS_AT_ONCE):
        client.log_batch(run, metrics=logged[first : first + METRICS_AT_ONCE])


def _by_split(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    count = 1 + max(row["split"] for row in rows)
    return [[row for row in rows if row["split"] == number] for number in range(count)]


def _tests(table: list[dict[str, Any]]) -> str:
    return ", ".join(sorted({row["test_origin"] or "none" for row in table}))


def _metrics(table: list[dict[str, Any]]) -> dict[str, float]:
    return {
        f"{plain(row['age_group'])}/{row['outcome']}/{row['model']}/{name}": float(value)
        for row in table
        for name, value in row.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name != "split"
    }


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
