"""Ablations on a finished run: what each named family of features buys, and what its circumstance does."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from configs.errors import ReleaseError, SettingsError, TooFewError
from configs.settings import Settings
from configs.settings_need import Ablation
from models.need.ablation import find_alike, hold_false_alarms, measure_worth, weigh_circumstance
from models.need.people import People, read_origins, read_people
from models.need.words import PHRASES
from pipelines.papers import ABLATIONS
from pipelines.summary import read_json

BANDS = (65.0, 75.0, 85.0)
EVERYBODY = "all"
Row = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Ablated:
    """Every finding: `worth` (the model with and without) and `weight` (the circumstance), a row each."""

    run: str
    invented: bool
    horizon_days: int
    shortest_days: int
    worth: list[Row]
    weight: list[Row]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`, and kept as state/ablations.json for the model card."""
        return asdict(self)


def ablate(out: Path, settings: Settings, *, names: list[str], seed: int, say: Say) -> Ablated:
    """Ask of each ablation of the settings (or of `names` alone) on the newest run; kept in state/.

    Raises ReleaseError without a finished run, SettingsError for an unknown name or a circumstance that the
    tables do not have, TooFewError when no date is settled.
    """
    asked = _asked(settings, names)
    features = (out / "latest").resolve() / "features"
    if not (features / "origins.json").is_file():
        raise ReleaseError(
            "No run has ended here yet", where=str(out), todo="Give the folder of a run as --out"
        )
    origins = read_origins(features)
    if not origins.training:
        raise TooFewError(
            "No earlier date has a settled outcome, so nothing can be compared",
            where=f"as of {origins.as_of.isoformat()}",
            todo="Land more history (two years at the least)",
        )
    need = settings.need
    whole = read_people(features, origins.training, need.horizons_days)
    groups = [people.leaving_out(need.leave_out) for people in whole]
    _check_columns(groups, asked)
    worth, weight = [], []
    for name, ablation in asked.items():
        for people in groups:
            say(f"Looking at {ablation.phrase}, aged {people.age_group}")
            worth += list(_worth(people, name, ablation, settings, seed))
            weight += list(_weight(people, name, ablation, settings, seed))
    summary = read_json(features.parent / "records" / "summary.json")
    found = Ablated(
        origins.as_of.isoformat(),
        bool(summary["invented"]),
        need.horizon_days,
        need.horizons_days[0],
        _judged_worth(worth),
        _judged_weight(weight),
    )
    (out / "state" / ABLATIONS).write_text(json.dumps(found.as_dict(), indent=1) + "\n", encoding="utf-8")
    return found


def _asked(settings: Settings, names: list[str]) -> dict[str, Ablation]:
    unknown = sorted(set(names) - set(settings.ablations))
    if unknown:
        raise SettingsError(
            "Some ablations are not in the settings",
            where=", ".join(unknown),
            todo=f"Choose of {', '.join(settings.ablations)}; or add one, as in configs/default.toml",
        )
    return {name: one for name, one in settings.ablations.items() if not names or name in names}


def _check_columns(groups: list[People], asked: dict[str, Ablation]) -> None:
    absent = [f"{n}: {a.circumstance}" for n, a in asked.items() if a.circumstance not in groups[0].features]
    if absent:
        raise SettingsError(
            "Some ablations ask about a feature that the tables do not have",
            where="[ablations], circumstance",
            todo="Name a feature of docs/reference/features.md that is 1 or 0",
            details=absent,
        )


def _worth(people: People, name: str, ablation: Ablation, settings: Settings, seed: int) -> Iterator[Row]:
    for outcome in sorted(people.outcomes):
        found = measure_worth(people, outcome, ablation, settings.need, seed)
        if found is not None:
            yield _label(name, ablation, people.age_group, outcome) | found.as_dict()


def _weight(people: People, name: str, ablation: Ablation, settings: Settings, seed: int) -> Iterator[Row]:
    alike = find_alike(people, ablation, settings.need, seed)
    if alike is None:
        return
    bands = BANDS if people.age_group == "65+" else ()
    for outcome in sorted(people.outcomes):
        for band, weight in weigh_circumstance(people, outcome, alike, settings.need, seed, bands):
            label = _label(name, ablation, people.age_group, outcome) | {"ages": band}
            yield label | weight.as_dict() | {"p_value": weight.p_value}


def _label(name: str, ablation: Ablation, age_group: str, outcome: str) -> Row:
    return {
        "ablation": name,
        "phrase": ablation.phrase,
        "age_group": age_group,
        "outcome": outcome,
        "outcome_phrase": PHRASES.get(outcome, outcome),
    }


def _judged_worth(rows: list[Row]) -> list[Row]:
    return [{**row, "said": describe_worth(row)} for row in rows]


def describe_worth(row: Row) -> str:
    """In words, whether the model is any better for its features."""
    low, high = row["difference_low"], row["difference_high"]
    if low is None or high is None:
        return "too few events to say"
    if low > 0:
        return "the model is better with it, beyond noise"
    if high < 0:
        return "the model is worse with it, beyond noise"
    return "the model is as good without it, as far as can be told"


def _judged_weight(rows: list[Row]) -> list[Row]:
    whole = [row for row in rows if row["ages"] == EVERYBODY]
    for row, stands in zip(whole, hold_false_alarms([row["p_value"] for row in whole]), strict=True):
        row["stands"] = stands
    return [{k: v for k, v in row.items() if k != "p_value"} | {"said": describe_weight(row)} for row in rows]


def describe_weight(row: Row) -> str:
    """In words, how much likelier the outcome is, and whether that is more than chance makes."""
    if row["ratio"] is None:
        return "too few events to say"
    sized = f"{row['ratio']:.2f} times as likely ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
    stands = row.get("stands")
    if stands is None:
        return sized
    return sized if stands else f"{sized}: no more than chance would make"
