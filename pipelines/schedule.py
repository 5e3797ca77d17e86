"""An embedded Prefect server and worker: what `forebridge schedule` starts on one machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configs.errors import LandingError, SettingsError

START_SECONDS_MAX = 90
TIMEZONE = "Europe/London"


def serve_schedule(
    landing: Path,
    out: Path,
    *,
    cron: str,
    purpose: str,
    port: int,
    settings: Path | None,
    say: Callable[[str], None],
) -> None:
    """Serve `monthly` (on `cron`) and `retrain` until stopped; the server ends with it.

    Raises LandingError when there is no landing folder, SettingsError when the cron line cannot be read or
    the server does not answer.
    """
    if not landing.is_dir():
        raise LandingError(
            "The landing folder is not there", where=str(landing), todo="Check the path given as --landing"
        )
    environment = prefect_environment(out, port)
    os.environ.update(environment)
    check_cron(cron)
    check_port(port)
    server = start_server(port, environment)
    try:
        wait_until_it_answers(port, server)
        say(f"Prefect on http://127.0.0.1:{port}; monthly at '{cron}' (Ctrl-C ends it)")
        serve_deployments(_parameters(landing, out, settings), cron, purpose)
    finally:
        server.terminate()
        server.wait(timeout=20)


def check_cron(cron: str) -> None:
    """Raises SettingsError when Prefect cannot read the cron line."""
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron, timezone=TIMEZONE)
    except ValueError:
        raise SettingsError(
            "The time of the monthly run cannot be read",
            where=f"--cron {cron!r}",
            todo="Write minute, hour, day, month, weekday: '0 6 2 * *' is 06:00 on the second of each month",
        ) from None


def check_port(port: int) -> None:
    """Raises SettingsError when something listens on the port: another county's server, for instance."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SettingsError(
                "The port of the Prefect server is taken",
                where=f"port {port}",
                todo="Another schedule may be running there. Give another as --port",
            )


def prefect_environment(out: Path, port: int) -> dict[str, str]:
    """Where Prefect keeps its things (under state/) and that it tells nobody."""
    home = (out / "state" / "prefect").resolve()
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def start_server(port: int, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start the Prefect server on the loopback address."""
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    inherited = {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}
    quiet: Any = subprocess.DEVNULL
    return subprocess.Popen(command, env={**inherited, **environment}, stdout=quiet, stderr=quiet)


def wait_until_it_answers(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Return once the server is healthy; raises SettingsError when it ends or stays silent."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and server.poll() is None:
        if _healthy(port):
            return
        time.sleep(0.5)
    raise SettingsError(
        "The Prefect server did not start",
        where=f"port {port}",
        todo="Is the port taken? Give another as --port",
    )


def serve_deployments(parameters: dict[str, Any], cron: str, purpose: str) -> None:
    """Register both deployments and run what falls due, until interrupted."""
    from prefect import serve
    from prefect.schedules import Cron

    from pipelines.flows import monthly, retrain

    planned = {**parameters, "purpose": purpose}
    when = Cron(cron, timezone=TIMEZONE)
    deployments: Any = (
        monthly.to_deployment("monthly", schedule=when, parameters=planned, concurrency_limit=1),
        retrain.to_deployment("retrain", parameters=parameters, concurrency_limit=1),
    )
    serve(*deployments)


def _parameters(landing: Path, out: Path, settings: Path | None) -> dict[str, Any]:
    return {
        "landing": str(landing.resolve()),
        "out": str(out.resolve()),
        "settings": str(settings.resolve()) if settings else None,
    }


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
