"""Signing in and out."""

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from serving.web.access import now, visitor_of
from serving.web.accounts import DEMO_ACCOUNTS
from serving.web.errors import refuse
from serving.web.render import page
from serving.web.security import COOKIE, FORM_COOKIE, same

router = APIRouter(include_in_schema=False)
NO_FIT = "The name and the password do not fit together"


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:
    """The sign-in page; demo accounts are listed only while the data are invented."""
    return _page(request, next, 200, "")


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    form_token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=200)] = "/",
) -> Response:
    """Sign in; a name or address that failed too often must wait."""
    web, moment = request.app.state, now()
    seed = request.cookies.get(FORM_COOKIE, "")
    if not seed or not same(form_token, web.signer.form_token(seed)):
        return _page(request, next, 400, "The page had stood open too long. Try again")
    address = request.client.host if request.client else ""
    if web.accounts.is_limited(name, address, moment):
        return refuse(request, 429)
    token = web.accounts.sign_in(name, password, address, moment, demo_allowed=web.demo_allowed())
    _note(request, "sign-in" if token else "sign-in failed", name)
    if token is None:
        return _page(request, next, 401, NO_FIT)
    answer = RedirectResponse(_inside(next), 303)
    _set_cookie(request, answer, COOKIE, web.signer.sealed(token), web.settings.serving.session_hours * 3600)
    answer.delete_cookie(FORM_COOKIE)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, form_token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """End the session here and in the browser."""
    web, visitor = request.app.state, visitor_of(request)
    if visitor is not None:
        if not same(form_token, visitor.form_token):
            return refuse(request, 403)
        token = web.signer.opened(request.cookies.get(COOKIE))
        web.accounts.sign_out(token)
        _note(request, "sign-out", visitor.name)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _page(request: Request, next: str, status: int, problem: str) -> Response:
    web = request.app.state
    seed = secrets.token_urlsafe(16)
    accounts = DEMO_ACCOUNTS if web.demo_allowed() else {}
    answer = page(
        request,
        "sign_in.html",
        status,
        form_token=web.signer.form_token(seed),
        next=_inside(next),
        problem=problem,
        accounts=accounts,
    )
    _set_cookie(request, answer, FORM_COOKIE, seed, 3600)
    return answer


def _set_cookie(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    https = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=https, path="/")


def _inside(next: str) -> str:
    """An address of this app, never of another host."""
    parts = urlsplit(next)
    ours = (
        next.startswith("/") and not next.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    )
    return next if ours else "/"


def _note(request: Request, action: str, name: str) -> None:
    status = 401 if action == "sign-in failed" else 303
    known = name if action != "sign-in failed" else ""
    request.app.state.accounts.note(now(), action, request.url.path, status, name=known)
