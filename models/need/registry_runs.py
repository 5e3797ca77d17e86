"""What MLflow holds of a training: a run of the recipe, one below it for each split; no row of a person."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.errors import DeskError
from models.need.artifacts import content_id, plain, read_json

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
METRICS_AT_ONCE = 1000
"""As many as MLflow takes in one call."""

LOGGED = (
    "auc", "average_precision", "ppv_at_capacity", "sensitivity_at_capacity", "brier", "calibration_slope",
    "calibration_intercept", "mae", "rmse", "total_error_share", "n_people", "n_events",
)  # fmt: skip
"""Metrics that MLflow holds of every model; all of them stand in the run's `evaluation.json`."""

LOGGED_OF_CHAMPION = (
    "auc_low", "auc_high", "average_precision_low", "average_precision_high", "ppv_at_capacity_low",
    "ppv_at_capacity_high", "diff_auc", "diff_auc_low", "diff_auc_high", "diff_average_precision",
    "diff_average_precision_low", "diff_average_precision_high", "coverage_p10_p90_served", "trees",
)  # fmt: skip


def track(
    client: "MlflowClient",
    experiment_id: str,
    council: str,
    folder: Path,
    facts: dict[str, Any],
    beside: Path | None,
) -> str:
    """A parent run of the recipe with the model's files, a child run for each split; the parent's id."""
    tags = {
        "council": council,
        "synthetic": str(facts["synthetic"]).lower(),
        "content_id": content_id(folder),
    }
    parent = client.create_run(experiment_id, run_name=facts["parameters"]["recipe"], tags=tags).info.run_id
    _log(client, parent, facts["parameters"], {})
    client.log_artifacts(parent, str(folder), CHAMPION)
    if beside is not None:
        client.log_artifacts(parent, str(beside))
    _log_data(client, parent, facts)
    for number, table in enumerate(_by_split(read_json(folder / "splits.json"))):
        child = client.create_run(
            experiment_id, run_name=f"split-{number}", tags={**tags, "mlflow.parentRunId": parent}
        ).info.run_id
        _log(client, child, {"split": number, "test_origins": _tests(table)}, _metrics(table))
        client.log_dict(child, {"rows": table}, "evaluation.json")
        client.set_terminated(child)
    client.set_terminated(parent)
    return parent


def experiment(client: "MlflowClient", artifacts: Path, name: str) -> str:
    """The experiment of a council; another of the place's name when the state folder was moved since."""
    location = artifacts.resolve().as_uri()
    for called in (name, f"{name} in {location}"):
        found = client.get_experiment_by_name(called)
        if found is None:
            return str(client.create_experiment(called, artifact_location=location))
        if found.artifact_location == location:
            return str(found.experiment_id)
    raise DeskError(
        "The model store cannot be used", where=str(artifacts.parent), todo="Move the state folder back"
    )


def _log(client: "MlflowClient", run: str, parameters: dict[str, Any], metrics: dict[str, float]) -> None:
    from mlflow.entities import Metric, Param

    client.log_batch(run, params=[Param(name, str(value)) for name, value in sorted(parameters.items())])
    logged = [Metric(name, value, 0, 0) for name, value in sorted(metrics.items())]
    for first in range(0, len(logged), METRICS_AT_ONCE):
        client.log_batch(run, metrics=logged[first : first + METRICS_AT_ONCE])


def _log_data(client: "MlflowClient", run: str, facts: dict[str, Any]) -> None:
    """Which data it learnt from, by digest: the same digest is the same rows."""
    from mlflow.entities import Dataset, DatasetInput

    told = facts.get("data")
    if told:
        named = Dataset("features", told["digest"], "local", "features stage", profile=str(told["origins"]))
        client.log_inputs(run, [DatasetInput(named)])


def _by_split(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    count = 1 + max(row["split"] for row in rows)
    return [[row for row in rows if row["split"] == number] for number in range(count)]


def _tests(table: list[dict[str, Any]]) -> str:
    return ", ".join(sorted({row["test_origin"] or "none" for row in table}))


def _metrics(table: list[dict[str, Any]]) -> dict[str, float]:
    return {
        f"{_about(row)}/{row['model']}/{name}": float(row[name])
        for row in table
        for name in (*LOGGED, *(LOGGED_OF_CHAMPION if row["model"] == CHAMPION else ()))
        if row.get(name) is not None
    }


def _about(row: dict[str, Any]) -> str:
    level = "households_" if row["kind"] == "household" else ""
    return f"{level}{plain(row['age_group'])}/{row['outcome']}/{row['horizon_days']}d"
