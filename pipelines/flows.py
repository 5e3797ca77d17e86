"""Prefect's door: the same steps as flows, scheduled, retried, watched. Telemetry is off: people's records.

`monthly` scores and publishes each month; `retrain` is for data scientists. Deployments: `prefect.yaml`, or
`forebridge schedule`, which brings its own server.
"""

import os

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact

from configs.errors import DeskError, UnforeseenError
from configs.settings import load_settings
from pipelines.job import Job, Progress
from pipelines.ledger import Ledger, entered, one_run_at_a_time
from pipelines.screens import as_markdown
from pipelines.steps import retrain as retrain_once
from pipelines.steps import run_month

RETRIES = 2
RETRY_DELAY_SECONDS = 60


def _passing_fault(_task: Any, _run: Any, state: Any) -> bool:
    """Retry only what may pass by itself (a disk or network fault), never a defect in the files."""
    problem = state.result(raise_on_failure=False)
    return isinstance(problem, OSError)


def _watched(ledger: Ledger) -> Callable[[str, Callable[[], Any]], Any]:
    def watch(name: str, work: Callable[[], Any]) -> Any:
        step = task(
            name=name,
            retries=RETRIES,
            retry_delay_seconds=RETRY_DELAY_SECONDS,
            retry_condition_fn=_passing_fault,
            persist_result=False,
        )(lambda: quietly(lambda: ledger.watch(name, work)))
        return step()

    return watch


def quietly(work: Callable[[], Any]) -> Any:
    """Do the work; tell a fault of ours by its kind and place, not by its message, which may quote a record.

    Prefect logs and keeps whatever a step raises. Raises DeskError and OSError as they are (they name files
    and rules only), anything else as UnforeseenError.
    """
    try:
        return work()
    except (DeskError, OSError):
        raise
    except Exception as problem:
        raise UnforeseenError.of(problem) from None


def first_of_this_month() -> date:
    """The as-of date of a scheduled run: the start of the month it runs in."""
    return datetime.now(UTC).date().replace(day=1)


def _job(landing: str, out: str, as_of: str | None, purpose: str, settings: str | None) -> Job:
    return Job(
        landing=Path(landing),
        out=Path(out),
        as_of=date.fromisoformat(as_of) if as_of else first_of_this_month(),
        settings=load_settings(Path(settings) if settings else None),
        purpose=purpose,
    )


def _go(kind: str, job: Job, work: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    say: Progress = get_run_logger().info
    facts = {"as_of": job.as_of.isoformat(), "purpose": job.purpose, "by": "prefect"}
    with one_run_at_a_time(job.out), entered(job.state, kind, facts) as ledger:
        return quietly(lambda: work(job, run_id=ledger.run_id, watch=_watched(ledger), progress=say))


@flow(name="monthly", validate_parameters=True, persist_result=False)
def monthly(
    landing: str, out: str, as_of: str | None = None, purpose: str = "planning", settings: str | None = None
) -> str:
    """Join, score, map, plan and publish one month; returns the as-of date. Its figures are an artifact."""
    try:
        result = _go("monthly", _job(landing, out, as_of, purpose, settings), run_month)
    except DeskError as problem:
        create_markdown_artifact(
            f"# Did not run\n\n{problem.what}\n\n{problem.todo}",
            key="monthly-report",
            description="Why it stopped",
        )
        raise
    create_markdown_artifact(as_markdown(result), key="monthly-report", description="What the run made")
    return str(result["as_of"])


@flow(name="retrain", validate_parameters=True, persist_result=False)
def retrain(landing: str, out: str, as_of: str | None = None, settings: str | None = None) -> str:
    """Train on the newest files and register a challenger (a provisional champion when there is none)."""
    return str(_go("retrain", _job(landing, out, as_of, "planning", settings), retrain_once)["champion_id"])
