"""The story, told once: landed files in; a map of need, commissioning zones and a home site out.

Councils land the files they already have (`features.records` reads and joins them). As of a date, each person
and household becomes one row of features, from facts known before that date only. Models turn rows into the
chance of needing care within a year. Need gathers into places; places become plans that can be bought; and
what leaves the building passes disclosure control. Each stage is a folder that the next one reads.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from features.records.decisions import hash_decisions
from features.records.join import join_records
from features.records.pseudonym import load_or_make_key
from features.table import build_tables
from models.need.registry import Champion, find_champion
from models.need.score import score_month
from models.need.train import train_champion
from models.places.step import map_places
from models.plans.step import check_inputs, make_plans
from pipelines.drift import look_after, stop_on_red
from pipelines.job import Job, Progress, Watch
from pipelines.papers import put_papers
from pipelines.stages import Stages, hash_landing, hash_of
from pipelines.summary import read_json, sum_up
from serving.release import publish_release


def run_month(job: Job, *, run_id: str, watch: Watch, progress: Progress) -> dict[str, Any]:
    """One whole month: join, score, map, plan, publish. Trains first when the county has no champion.

    Returns every figure of the last screen and every output path. A stage that stands already, made from the
    same inputs by the same code, is not made again; nothing that others read changes before the end.
    """
    stages = Stages(job, watch)
    records = join(job, stages, progress)
    check_inputs(records, job.zones or job.settings.zones.count)
    features = describe(job, stages, records, progress)
    champion = champion_of(job, records) or train(job, stages, records, features, watch, progress)
    scores = score(job, stages, records, features, champion)
    drift = look_after(job, stages, records, features, scores, champion, progress)
    places = place(job, stages, records, scores, progress)
    plan(job, stages, records, places, progress)
    stop_on_red(job, drift)
    told = {"run": job.asked(), "champion": champion.champion_id, "stages": stages.made, "go": job.go}
    finished = stages.finish(told)
    published = watch("release", lambda: publish(job, finished, run_id, progress))
    return sum_up(job, finished, published)


def retrain(job: Job, *, run_id: str, watch: Watch, progress: Progress) -> dict[str, Any]:
    """Train on the newest landed files; with a champion in place the new model is its challenger."""
    stages = Stages(job, watch)
    records = join(job, stages, progress)
    features = describe(job, stages, records, progress)
    trained = train(job, stages, records, features, watch, progress)
    return {"champion_id": trained.champion_id, "run_id": run_id, "evaluation": trained.evaluation}


def join(job: Job, stages: Stages, progress: Progress) -> Path:
    """Housing, health and care records of one place, joined: who lives where with whom, and what happened."""
    landed = hash_landing(job.landing)
    key = load_or_make_key(job.state, landed, job.settings.records.pseudonym_key_file)
    inputs = {"landing": landed, "key": hash_of(key.hex()), "told": hash_decisions(job.state)}
    inputs |= job.asked_before_models()
    return stages.stage(
        "records",
        inputs,
        lambda folder: join_records(
            job.landing,
            folder,
            settings=job.settings,
            key=key,
            state=job.state,
            purpose=job.purpose,
            as_of=job.as_of,
            progress=progress,
        ),
    )


def describe(job: Job, stages: Stages, records: Path, progress: Progress) -> Path:
    """One row per person as of the date, and of earlier dates with what happened next."""
    return _after(
        job,
        stages,
        "features",
        ["records"],
        lambda folder: build_tables(
            records, folder, as_of=job.as_of, settings=job.settings, progress=progress
        ),
        before_models=True,
    )


def train(
    job: Job, stages: Stages, records: Path, features: Path, watch: Watch, progress: Progress
) -> Champion:
    """Models of need beside their simple rivals, tracked; the first becomes the provisional champion."""
    summary = read_json(records / "summary.json")
    trained: Champion = watch(
        "train",
        lambda: train_champion(
            features,
            state=job.state,
            council=council_key(summary),
            settings=job.settings,
            seed=job.seed,
            synthetic=bool(summary["invented"]),
            budget_minutes=job.budget_minutes,
            progress=progress,
        ),
    )
    return trained


def score(job: Job, stages: Stages, records: Path, features: Path, champion: Champion) -> Path:
    """The chance of each outcome within the horizon, and hours a week, per person and household."""
    synthetic = bool(read_json(records / "summary.json")["invented"])
    return _after(
        job,
        stages,
        "scores",
        ["features"],
        lambda folder: score_month(
            features, folder, champion=champion, settings=job.settings, synthetic=synthetic
        ),
        champion=champion.champion_id,
    )


def place(job: Job, stages: Stages, records: Path, scores: Path, progress: Progress) -> Path:
    """Expected people and hours by area with ranges, smoothed rates, hotspots."""
    return _after(
        job,
        stages,
        "places",
        ["records", "scores"],
        lambda folder: map_places(
            records, scores, folder, as_of=job.as_of, settings=job.settings, seed=job.seed, progress=progress
        ),
    )


def plan(job: Job, stages: Stages, records: Path, places: Path, progress: Progress) -> Path:
    """Zones that can be bought, each sized and priced; and where a new home should stand."""
    return _after(
        job,
        stages,
        "plans",
        ["records", "places"],
        lambda folder: make_plans(
            records,
            places,
            folder,
            as_of=job.as_of,
            settings=job.settings,
            seed=job.seed,
            zones=job.zones,
            sites=job.sites,
            progress=progress,
        ),
    )


def publish(job: Job, finished: Path, run_id: str, progress: Progress) -> dict[str, Any]:
    """What leaves: disclosure-controlled tables, one pointer moved last; and the papers that go with them."""
    published = publish_release(
        records=finished / "records",
        places=finished / "places",
        plans=finished / "plans",
        scores=finished / "scores",
        drift=finished / "drift",
        go=job.go,
        release=job.release,
        as_of=job.as_of,
        run_id=run_id,
        purpose=job.purpose,
        invented=bool(read_json(finished / "records" / "summary.json")["invented"]),
        settings=job.settings,
        progress=progress,
    )
    return {**published, "papers": put_papers(job.out, job.settings)}


def champion_of(job: Job, records: Path) -> Champion | None:
    """The registered champion of this council and data source, if there is one."""
    return find_champion(job.state, council_key(read_json(records / "summary.json")))


def council_key(summary: dict[str, Any]) -> str:
    """Champions are kept by council and data source: invented data never lends its model to real people."""
    return f"{summary.get('la_code') or 'unknown'}-{'invented' if summary['invented'] else 'landed'}"


def _after(
    job: Job,
    stages: Stages,
    name: str,
    upstream: list[str],
    make: Callable[[Path], Any],
    *,
    before_models: bool = False,
    **also: str,
) -> Path:
    asked = job.asked_before_models() if before_models else job.asked()
    inputs = {"upstream": {u: stages.outputs_hash(u) for u in upstream}, **also, **asked}
    return stages.stage(name, inputs, make)
