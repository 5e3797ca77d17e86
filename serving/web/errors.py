"""What a reader sees when something is not to be had: pages in the same look, problem+json for the API."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from configs.errors import ReleaseError
from serving.web.access import NotForThisRole, SignInFirst
from serving.web.render import page

WORDS = {
    400: ("This did not work", "The form or the address was not understood. Go back and try again."),
    403: ("This page is not for your role", "Your role may not see it. The menu above shows what it may."),
    404: ("There is no such page", "Check the address, or use the menu above."),
    405: ("This cannot be done here", "Go back and use the page's own buttons."),
    429: ("Too many attempts", "Wait a quarter of an hour, then try again."),
    500: (
        "Something went wrong on our side",
        "Nothing was lost. Try again; if it stays, tell whoever runs it.",
    ),
}


def handle(app: FastAPI) -> None:
    """Put the handlers below in charge."""
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(NotForThisRole, _not_for_this_role)
    app.add_exception_handler(ReleaseError, _no_release)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)


def problem(status: int, detail: str) -> JSONResponse:
    """RFC 9457 problem details."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def refuse(request: Request, status: int) -> Response:
    """The page, or the problem, of a status."""
    heading, todo = WORDS.get(status, WORDS[400 if status < 500 else 500])
    if request.url.path.startswith("/api/"):
        return problem(status, f"{heading}. {todo}")
    return page(request, "error.html", status, heading=heading, todo=todo)


def _sign_in_first(request: Request, _problem: Exception) -> Response:
    if request.url.path.startswith("/api/"):
        return problem(401, "Sign in first.")
    wanted = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={wanted}" if wanted != "/" else "/sign-in", 303)


def _not_for_this_role(request: Request, _problem: Exception) -> Response:
    return refuse(request, 403)


def _no_release(request: Request, problem_found: Exception) -> Response:
    assert isinstance(problem_found, ReleaseError)
    if request.url.path.startswith("/api/"):
        return problem(503, f"{problem_found.what}. {problem_found.todo}")
    return page(request, "no_release.html", 503, what=problem_found.what, todo=problem_found.todo)


def _not_understood(request: Request, _problem: Exception) -> Response:
    return (
        problem(422, "A parameter is missing or has a value that is not allowed.")
        if (request.url.path.startswith("/api/"))
        else refuse(request, 400)
    )


def _http(request: Request, problem_found: Exception) -> Response:
    assert isinstance(problem_found, HTTPException)
    return refuse(request, problem_found.status_code)
