"""What is kept beside a training for whoever comes after: which data, which software, what goes in and out,
and its curves as pictures. Plain files; the registry logs them with the run."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.need.artifacts import plain, read_json, write_json
from models.need.people import read_origins

PACKAGES = ("forebridge", "lightgbm", "numpy", "polars", "scipy", "mlflow", "fairlearn", "optuna")
KINDS = ("table", "outcomes", "hours")
TOLD_APART = ("champion", "age_alone", "logistic", "everybody")
"""Lines of the decision curve that are drawn; all of them stand in decision.json."""


def keep_beside(features: Path, model: Path, out: Path, main_horizon_days: int) -> dict[str, str]:
    """Write `data.json`, `environment.json`, `signature.json` and `plots/` into `out`; returns what names the
    data: `digest` (of all it was trained on) and `origins`."""
    data = data_hashes(features)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "data.json", data)
    write_json(out / "environment.json", environment())
    write_json(out / "signature.json", signature(read_json(model / "model.json")))
    draw_curves(model, out / "plots", main_horizon_days)
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return {"digest": digest[:32], "origins": str(len({name.split("/")[1] for name in data}))}


def data_hashes(features: Path) -> dict[str, str]:
    """File of the features stage that a training reads -> its SHA-256: no row of anybody."""
    days = [day.isoformat() for day in read_origins(features).training]
    files = [features / kind / f"{day}.parquet" for day in days for kind in KINDS]
    return {f"{f.parent.name}/{f.name}": _sha256(f) for f in files if f.is_file()}


def environment() -> dict[str, str]:
    """Python and the packages that decide what comes out, with their versions."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def signature(model: dict[str, Any]) -> dict[str, str]:
    """What the model takes and gives, as MLflow writes a signature: one double a feature (may be unknown);
    the chance of each outcome within each horizon, and hours a week."""
    inputs = [{"type": "double", "name": name, "required": False} for name in model["features"]]
    outcomes = sorted({m["outcome"] for m in model["models"]})
    outputs = [
        {"type": "double", "name": f"{outcome}_{days}d", "required": False}
        for outcome in outcomes
        for days in model["horizons_days"]
    ]
    return {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs)}


def draw_curves(model: Path, out: Path, horizon_days: int) -> list[Path]:
    """A picture for each outcome and age group at this horizon: calibration by tenths, and decision curve."""
    calibration, decision = read_json(model / "calibration.json"), read_json(model / "decision.json")
    about = sorted({_about(row) for row in calibration if row["horizon_days"] == horizon_days})
    out.mkdir(parents=True, exist_ok=True)
    return [
        _draw(
            out / f"{plain(age_group)}_{outcome}_{horizon_days}d.png",
            f"{outcome.replace('_', ' ')}, {age_group}, {horizon_days} days",
            *(
                [r for r in rows if _is(r, outcome, age_group, horizon_days)]
                for rows in (calibration, decision)
            ),
        )
        for outcome, age_group in about
    ]


def _draw(file: Path, title: str, calibration: list[dict[str, Any]], decision: list[dict[str, Any]]) -> Path:
    from matplotlib.figure import Figure

    label = " (synthetic)" if any(row["synthetic"] for row in calibration) else ""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    figure.suptitle(title + label)
    forecast, seen = ([row[k] for row in calibration] for k in ("predicted", "observed"))
    top = max([*forecast, *seen, 1e-6])
    left.plot([0, top], [0, top], color="grey", linewidth=1)
    left.plot(forecast, seen, marker="o", color="#1d70b8")
    left.set(xlabel="forecast chance, tenths of people", ylabel="share to whom it happened")
    for name in TOLD_APART:
        mine = [row for row in decision if row["model"] == name]
        right.plot(
            [r["threshold"] for r in mine], [r["net_benefit"] for r in mine], label=name.replace("_", " ")
        )
    right.axhline(0, color="grey", linewidth=1)
    right.set(xlabel="chance from which one would act", ylabel="net benefit a person")
    right.legend()
    figure.savefig(file, dpi=90)
    return file


def _about(row: dict[str, Any]) -> tuple[str, str]:
    return row["outcome"], row["age_group"]


def _is(row: dict[str, Any], outcome: str, age_group: str, horizon_days: int) -> bool:
    return _about(row) == (outcome, age_group) and row["horizon_days"] == horizon_days


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
