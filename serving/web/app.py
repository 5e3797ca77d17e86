"""The web app: what `forebridge serve` runs. It opens releases and its own database, nothing else."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from configs.errors import ReleaseError, SettingsError
from configs.settings import Settings
from serving.web import api, errors, pages, sign_in
from serving.web.accounts import Accounts
from serving.web.audit import note_views
from serving.web.current import Current
from serving.web.database import open_database
from serving.web.render import STATIC, VENDOR
from serving.web.security import Headers, Signer

BUILT_BY_ASSETS = ("forebridge.css", "map.mjs", "maplibre/maplibre-gl.mjs")


def create_app(
    release: Path, state: Path, settings: Settings, *, today: Callable[[], date] | None = None
) -> FastAPI:
    """The app over a release folder and a state folder (`state/web.db`, `state/web.key`, `state/runs/`).

    `today` says what day it is (the clock, unless a test says otherwise). Starts without a release: pages
    then say what to run. Raises SettingsError when the front-end files have not been built.
    """
    _assets_are_built()
    app = FastAPI(
        title="Forebridge",
        version="1",
        description=api.ABOUT,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    _fill(app.state, release, state, settings, today or (lambda: datetime.now(UTC).date()))
    for part in (pages.router, sign_in.router, api.router):
        app.include_router(part)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    errors.handle(app)
    app.middleware("http")(note_views)
    app.add_middleware(Headers)
    return app


def _fill(web: Any, release: Path, state: Path, settings: Settings, today: Callable[[], date]) -> None:
    web.settings, web.folder, web.today = settings, state, today
    web.current = Current(release)
    web.signer = Signer(state)
    web.accounts = Accounts(open_database(state), settings.serving.session_hours)
    web.demo_allowed = lambda: settings.serving.demo_accounts and _is_invented(web.current)
    if settings.serving.demo_accounts:
        web.accounts.seed_demo()


def _is_invented(current: Current) -> bool:
    """Only a release that says so: without one, nobody can know."""
    try:
        return current.release().invented
    except ReleaseError:
        return False


def _assets_are_built() -> None:
    absent = [name for name in BUILT_BY_ASSETS if not (VENDOR / name).is_file()]
    if absent:
        raise SettingsError(
            "The front-end files are not built",
            where=f"serving/web/static/vendor: {', '.join(absent)}",
            todo="Run `make assets`",
        )
