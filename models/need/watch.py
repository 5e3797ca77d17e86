"""Does the model in use still fit the world? Spreads, scores, what came true, and how fresh the files are.

Five kinds of row, each green, amber, red or not judged, each with a sentence that names no count below the
disclosure rule's: `feature` and `score` (population stability index against the training run's own people),
`source` (features that were known at training and are unknown for everybody now), `calibration` (events seen
over events forecast, of forecasts whose time is up), `freshness`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from configs.settings import Settings
from configs.settings_need import Drift
from configs.vocabulary import OUTCOME_PHRASES
from features.as_of import settled as settled_by_source
from features.inputs import load_records
from models.need.artifacts import Models, load_models, read_json, write_json
from models.need.calibrated import HOURS, Settled, compare_months, compare_unseen, judge_settled
from models.need.people import Floats, People, read_origins, read_people
from models.need.reference import (
    Spread,
    expected_by_chance,
    read_reference,
    score_of,
    stability_index,
)
from models.need.registry import Champion

GREEN, AMBER, RED, NOT_JUDGED = "green", "amber", "red", "not_judged"
_ORDER = {RED: 0, AMBER: 1, NOT_JUDGED: 2, GREEN: 3}
_KINDS = ("calibration", "source", "freshness", "score", "feature")
"""What says most comes first."""

EVERYBODY = "all"
SOURCE = "source"


@dataclass(frozen=True)
class Watched:
    """One thing looked at. `value`: an index, a ratio or days; `low`, `high`: its 95% interval, where it has
    one."""

    kind: str
    age_group: str
    name: str
    horizon_days: int | None
    value: float | None
    low: float | None
    high: float | None
    state: str
    said: str


def watch_month(
    records: Path,
    features: Path,
    out: Path,
    *,
    past: Mapping[date, Path],
    champion: Champion,
    settings: Settings,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Write `drift.json` (docs/reference/tables.md, 3b) into `out`; returns what it holds.

    `past`: as-of date -> `scores/` of the months that were scored before.
    """
    models = load_models(champion.folder)
    as_of = read_origins(features).as_of
    summary = read_json(records / "summary.json")
    settled = settle(records, features, past, models, as_of, settings)
    rows = [
        *_spreads(features, as_of, champion, models, settings),
        *judge_settled_rows(settled, settings.drift),
        *judge_freshness(summary.get("extract_dates") or {}, as_of, settings.drift),
    ]
    ordered = sorted(
        rows, key=lambda row: (_ORDER[row.state], _KINDS.index(row.kind), row.age_group, row.name)
    )
    said = {
        "as_of": as_of.isoformat(),
        "champion_id": champion.champion_id,
        "state": overall(rows),
        "synthetic": bool(summary["invented"]),
        "rows": [asdict(row) for row in ordered],
    }
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "drift.json", said)
    if progress:
        progress(f"Drift: {said['state']}")
    return said


def settle(
    records: Path,
    features: Path,
    past: Mapping[date, Path],
    models: Models,
    as_of: date,
    settings: Settings,
) -> list[Settled]:
    """Forecasts whose time is up: of months scored before; where none is, of the newest date that the model
    in use has not learnt from."""
    long_ago = min(settings.need.horizons_days)
    due = {day: scores for day, scores in past.items() if settled_by_source(day, long_ago, 0, as_of)}
    if due:
        found = compare_months(load_records(records), due.items(), as_of, settings)
        if found:
            return found
    return compare_unseen(features, models)


def overall(rows: list[Watched]) -> str:
    """The worst state of all; green where nothing could be judged."""
    states = {row.state for row in rows}
    return RED if RED in states else AMBER if AMBER in states else GREEN


def judge_freshness(extract_dates: Mapping[str, Any], as_of: date, limits: Drift) -> list[Watched]:
    """How old each source's newest extract is; sources without a limit in the settings are not asked."""
    asked = {kind: day for kind, day in extract_dates.items() if kind in limits.stale_days}
    return [_fresh(kind, _newest(day), as_of, limits) for kind, day in sorted(asked.items())]


def judge_settled_rows(settled: list[Settled], limits: Drift) -> list[Watched]:
    """Past forecasts against what came true: a row for each; one that says so where none is settled yet."""
    if settled:
        return [_calibrated(one, limits) for one in settled]
    said = "No forecast of this model is settled yet: nothing can be said of its calibration"
    return [Watched("calibration", EVERYBODY, "all outcomes", None, None, None, None, NOT_JUDGED, said)]


def judge_index(
    kind: str, age_group: str, name: str, label: str, then: Spread, now: Floats, weight: float, limits: Drift
) -> Watched:
    """One spread against its own at training, less what the draw of people alone would bring. `label`: what
    readers call it."""
    people = len(now)
    if min(people, then.people) < limits.people_min:
        said = f"{label}: fewer than {limits.people_min} people, not judged"
        return Watched(kind, age_group, name, None, None, None, None, NOT_JUDGED, said)
    index = max(0.0, stability_index(then, now) - expected_by_chance(then, people))
    state = _state(index, limits.index_amber, limits.index_red)
    if state == RED and weight < limits.weighs_share:
        state = AMBER
    if fell_silent(then, now):
        said = f"{label}: unknown for everybody now"
    else:
        said = _moved(label, index, state, weight if kind == "feature" else None)
    return Watched(kind, age_group, name, None, round(index, 4), None, None, state, said)


def _spreads(
    features: Path, as_of: date, champion: Champion, models: Models, settings: Settings
) -> list[Watched]:
    then = read_reference(champion.folder)
    if not then:
        said = "The model was made before spreads were kept: train again to see drift of features and scores"
        return [Watched("feature", EVERYBODY, "all features", None, None, None, None, NOT_JUDGED, said)]
    groups = read_people(features, (as_of,), models.horizons_days, names=models.features)
    columns = {c["name"]: c for c in read_json(features / "dictionary.json")}
    phrases = {name: c["phrase"] for name, c in columns.items()}
    sources = {name: c["source"] for name, c in columns.items()}
    return [
        *(row for people in groups for row in _of_group(people, models, then, phrases, settings)),
        *(row for people in groups for row in judge_silence(people, then, sources, settings.drift)),
    ]


def judge_silence(
    people: People, then: dict[str, Any], sources: Mapping[str, str], limits: Drift
) -> list[Watched]:
    """A row for each source some of whose features that were known at training are unknown for everybody now;
    red where a model owes one of them its share (`weighs_share`)."""
    told = then.get(people.age_group, {"features": {}})["features"]
    silent: dict[str, list[float]] = {}
    for name, spread in told.items():
        if sources.get(name) and fell_silent(Spread.from_dict(spread), people.raw(name)):
            silent.setdefault(sources[name].split(", ")[0], []).append(spread["weight"])
    rows = []
    for source, weights in sorted(silent.items()):
        said = (
            f"{len(weights)} features of this source, known at training, are unknown for everybody now "
            f"(a model owes one of them up to {max(weights):.0%}): is its file missing from the landing?"
        )
        state = RED if max(weights) >= limits.weighs_share else AMBER
        rows.append(Watched(SOURCE, people.age_group, source, None, None, None, None, state, said))
    return rows


def fell_silent(then: Spread, now: Floats) -> bool:
    """Whether a feature that somebody had at training is unknown for everybody now."""
    return len(now) > 0 and then.people > 0 and then.shares[-1] < 1 and bool(np.isnan(now).all())


def _of_group(
    people: People, models: Models, then: dict[str, Any], phrases: dict[str, str], settings: Settings
) -> list[Watched]:
    group, limits = people.age_group, settings.drift
    at = models.horizons_days.index(settings.need.horizon_days)
    told = then.get(group, {"features": {}, "scores": {}})
    moved = [
        judge_index(
            "feature", group, n, phrases.get(n, n), Spread.from_dict(s), people.raw(n), s["weight"], limits
        )
        for n, s in sorted(told["features"].items())
    ]
    scored = [
        judge_index(
            "score",
            group,
            o,
            _called(o),
            Spread.from_dict(s),
            score_of(people, models, o, at),
            1.0,
            limits,
        )
        for o, s in sorted(told["scores"].items())
        if o in people.eligible
    ]
    gone = [_gone(group, o) for o in sorted(told["scores"]) if o not in people.eligible]
    return [*moved, *scored, *gone]


def _gone(group: str, outcome: str) -> Watched:
    said = f"{_called(outcome)}: the model forecasts it, and its source is not landed any more"
    return Watched("score", group, outcome, None, None, None, None, RED, said)


def _called(outcome: str) -> str:
    return {**OUTCOME_PHRASES, HOURS: "hours of home care"}.get(outcome, outcome)


def _state(value: float, amber: float, red: float) -> str:
    return RED if value >= red else AMBER if value >= amber else GREEN


def _moved(label: str, index: float, state: str, weight: float | None) -> str:
    if state == GREEN:
        return f"{label}: spread as at training (index {index:.2f})"
    owed = "" if weight is None else f"; a model owes it up to {weight:.0%}"
    return f"{label}: spread otherwise than at training (index {index:.2f}{owed})"


def _calibrated(one: Settled, limits: Drift) -> Watched:
    where = ("calibration", one.age_group, one.name, one.horizon_days)
    if max(one.expected, one.seen) < limits.events_min and one.counted:
        said = (
            f"{_called(one.name)}, forecast of {one.as_of}: fewer than {limits.events_min} events, not judged"
        )
        return Watched(*where, None, None, None, NOT_JUDGED, said)
    if one.expected <= 0:
        said = f"{_called(one.name)}, forecast of {one.as_of}: nothing was forecast, not judged"
        return Watched(*where, None, None, None, NOT_JUDGED, said)
    ratio, low, high = judge_settled(one)
    off = abs(ratio - 1)
    surely = low > 1 or high < 1
    state = _state(off, limits.off_amber, limits.off_red) if surely else GREEN
    what = "events" if one.counted else "hours"
    said = (
        f"{_called(one.name)}, forecast of {one.as_of} for {one.horizon_days} days: {ratio:.2f} times the "
        f"{what} forecast came true ({low:.2f} to {high:.2f})"
    )
    return Watched(*where, round(ratio, 4), round(low, 4), round(high, 4), state, said)


def _newest(days: Any) -> date:
    told = [days] if isinstance(days, str) else list(days)
    return max(date.fromisoformat(str(day)) for day in told)


def _fresh(kind: str, newest: date, as_of: date, limits: Drift) -> Watched:
    age, limit = max(0, (as_of - newest).days), limits.stale_days[kind]
    state = _state(age, limit, limit * limits.stale_red_times)
    said = f"newest extract of {newest}, {age} days old; stale after {limit}"
    return Watched("freshness", EVERYBODY, kind, None, float(age), None, None, state, said)
