"""The audit of what was looked at: a line for every page, download and refusal of a signed-in visitor."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from configs.errors import ReleaseError
from serving.web.access import now, visitor_of
from serving.web.errors import refuse

log = logging.getLogger("forebridge.web")
NOT_NOTED = ("/static/", "/council.css", "/favicon.ico")
REFUSED = (401, 403, 429)


async def note_views(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Middleware: answer, then note who looked at which path and what came of it. Files of the look are
    not noted.

    A fault of ours becomes the page for it here, inside the middleware that adds the security headers.
    """
    try:
        response = await call_next(request)
    except Exception as fault:
        log.error("A fault of ours: %s at %s", type(fault).__name__, _where(fault))
        response = await run_in_threadpool(refuse, request, 500)
    if not request.url.path.startswith(NOT_NOTED):
        await run_in_threadpool(_note, request, response.status_code)
    return response


def _where(fault: Exception) -> str:
    """Our own lines only, never the message: it may quote what somebody typed."""
    frames = traceback.extract_tb(fault.__traceback__)
    return " > ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames[-4:])


def _note(request: Request, status: int) -> None:
    visitor = visitor_of(request)
    if visitor is None and status not in REFUSED:
        return
    name, role = (visitor.name, visitor.role) if visitor else ("", "")
    request.app.state.accounts.note(
        now(),
        _action(request, status),
        request.url.path,
        status,
        name=name,
        role=role,
        run_id=_run_id(request),
    )


def _action(request: Request, status: int) -> str:
    if status in REFUSED:
        return "refused"
    if request.url.path.endswith(".csv"):
        return "export"
    return "view" if request.method == "GET" else "act"


def _run_id(request: Request) -> str:
    try:
        return str(request.app.state.current.release().pointer["run_id"])
    except ReleaseError:
        return ""
