"""What the model in use is made of, for the papers: settings, dates, features in words; of no person."""

from pathlib import Path
from typing import Any

from models.need.artifacts import read_json

FILE = "model_facts.json"
_FEATURE = ("name", "family", "phrase", "unit", "source", "missing_rule")


def tell_facts(champion: Path, features: Path) -> dict[str, Any]:
    """`recipe, known_before, trained_at_origin, horizons_days, parameters, outcomes, features, promotion?,
    synthetic` of the champion's folder; features as the dictionary of the features folder words them."""
    said = read_json(champion / "model.json")
    words = {c["name"]: c for c in read_json(features / "dictionary.json")}
    return {
        "recipe": said["parameters"]["recipe"],
        "known_before": said["known_before"],
        "trained_at_origin": said["trained_at_origin"],
        "horizons_days": said["horizons_days"],
        "parameters": said["parameters"],
        "models": [{k: m.get(k) for k in ("age_group", "outcome", "trees", "note")} for m in said["models"]],
        "features": [{k: words.get(n, {"name": n}).get(k) for k in _FEATURE} for n in said["features"]],
        "promotion": _promotion(champion.parent / "promotion.json"),
        "synthetic": said["synthetic"],
    }


def _promotion(file: Path) -> dict[str, Any] | None:
    """Who put the model in use, why and when, and how each gate stood, without its figures."""
    if not file.is_file():
        return None
    said = read_json(file)
    gates = [{k: gate.get(k) for k in ("outcome", "age_group", "gate", "state")} for gate in said["gates"]]
    return {**{k: said[k] for k in ("promoted_by", "promoted_because", "promoted_on")}, "gates": gates}
