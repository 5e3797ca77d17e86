"""Claims about what is kept beside a training: the data by digest, the software, the signature, the curves."""

import json
from pathlib import Path

import polars as pl
import pytest
from mlflow.models import ModelSignature

from models.need.kept import data_hashes, draw_curves, environment, keep_beside, signature

MODEL = {"features": ["a", "b"], "horizons_days": [182, 365], "models": [{"outcome": "fall_admission"}]}


@pytest.fixture
def features(tmp_path: Path) -> Path:
    for kind in ("table", "outcomes", "hours"):
        (tmp_path / kind).mkdir()
        pl.DataFrame({"x": [1, 2]}).write_parquet(tmp_path / kind / "2024-01-01.parquet")
    (tmp_path / "origins.json").write_text(json.dumps({"as_of": "2025-01-01", "training": ["2024-01-01"]}))
    return tmp_path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    about = {"outcome": "fall_admission", "age_group": "65+", "horizon_days": 365, "synthetic": True}
    tenths = [{**about, "bin": k, "predicted": k / 100, "observed": k / 90} for k in range(1, 11)]
    lines = [
        {**about, "threshold": t, "model": m, "net_benefit": t / 10}
        for t in (0.01, 0.02) for m in ("champion", "age_alone", "logistic", "everybody")
    ]  # fmt: skip
    for name, value in (("model", MODEL), ("calibration", tenths), ("decision", lines)):
        (folder / f"{name}.json").write_text(json.dumps(value))
    return folder


def test_other_data_have_another_digest_and_the_same_data_the_same(
    features: Path, model: Path, tmp_path: Path
) -> None:
    first = keep_beside(features, model, tmp_path / "one", 365)
    assert keep_beside(features, model, tmp_path / "two", 365) == first
    pl.DataFrame({"x": [1, 3]}).write_parquet(features / "outcomes" / "2024-01-01.parquet")
    assert keep_beside(features, model, tmp_path / "three", 365)["digest"] != first["digest"]
    assert set(data_hashes(features)) == {
        f"{kind}/2024-01-01.parquet" for kind in ("table", "outcomes", "hours")
    }


def test_the_signature_is_one_that_mlflow_reads() -> None:
    read = ModelSignature.from_dict({**signature(MODEL), "params": None})
    assert read.inputs.input_names() == ["a", "b"]
    assert read.outputs.input_names() == ["fall_admission_182d", "fall_admission_365d"]


def test_the_software_that_decides_is_named_with_its_version() -> None:
    assert {"python", "forebridge", "lightgbm", "polars"} <= set(environment())


def test_each_forecast_has_its_picture(model: Path, tmp_path: Path) -> None:
    drawn = draw_curves(model, tmp_path / "plots", 365)
    assert [f.name for f in drawn] == ["65_plus_fall_admission_365d.png"]
    assert drawn[0].read_bytes().startswith(b"\x89PNG")
    assert draw_curves(model, tmp_path / "none", 730) == []
