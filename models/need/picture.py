"""The global picture: what each forecast leans on over everybody, by family and by feature (TreeSHAP)."""

from typing import Any

import numpy as np

from configs.settings import Settings
from features.table import all_columns
from models.need.artifacts import Models
from models.need.people import FAMILIES, Floats, People
from models.need.reasons import parts_of

PEOPLE_MAX, PEOPLE_MIN = 2000, 200
"""Of more people, every n-th is asked; of fewer, nothing is said."""
FEATURES_TOLD = 8


def draw_picture(people: People, models: Models, settings: Settings) -> list[dict[str, Any]]:
    """One entry for each outcome with trees in the age group: `families` and the weightiest `features`, each
    with the share of all that moves the chances (mean size of its part, in log-odds) and, of features,
    whether the chance rises or falls as it rises. None where few people can have the outcome."""
    place = settings.need.horizons_days.index(settings.need.horizon_days)
    phrases = {column.name: column.phrase for column in all_columns(settings)}
    entries = []
    for outcome in people.outcomes:
        model = models.chances.get((people.age_group, outcome))
        at = _asked(people, outcome)
        if model is None or model.boosted is None or len(at) < PEOPLE_MIN:
            continue
        parts = parts_of(model, people, at, place + 1).features
        about = {"age_group": people.age_group, "outcome": outcome, "people": len(at)}
        entries.append({**about, **_summed(parts, people, at, phrases)})
    return entries


def _asked(people: People, outcome: str) -> np.ndarray:
    able = np.flatnonzero(people.eligible.get(outcome, np.zeros(len(people.x), dtype=bool)))
    return able[:: max(1, -(-len(able) // PEOPLE_MAX))]


def _summed(parts: Floats, people: People, at: np.ndarray, phrases: dict[str, str]) -> dict[str, Any]:
    sizes = np.abs(parts).mean(axis=0)
    shares = sizes / max(float(sizes.sum()), 1e-12)
    of_family = {
        family.removesuffix("__"): round(sum(s for s, n in _named(shares, people) if n.startswith(family)), 4)
        for family in FAMILIES
    }
    first = [i for i in np.argsort(-shares, kind="stable")[:FEATURES_TOLD] if shares[i] > 0]
    told = [
        {
            "name": people.features[i],
            "phrase": phrases.get(people.features[i], people.features[i]),
            "share": round(float(shares[i]), 4),
            "direction": _direction(parts[:, i], people.x[at, i]),
        }
        for i in first
    ]
    return {"families": of_family, "features": told}


def _named(shares: Floats, people: People) -> list[tuple[float, str]]:
    return list(zip(shares.tolist(), people.features, strict=True))


def _direction(part: Floats, value: Floats) -> str:
    """Whether the part rises, falls or does neither with the value, where it is known."""
    known = ~np.isnan(value)
    if known.sum() < 2 or np.ptp(value[known]) == 0 or np.ptp(part[known]) == 0:
        return "neither"
    together = float(np.corrcoef(part[known], value[known])[0, 1])
    return "rises" if together > 0.2 else "falls" if together < -0.2 else "neither"
