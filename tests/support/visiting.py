"""A visitor to the web app without a browser: signs in as the demo account of a role."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from configs.settings import load_settings
from serving.web.accounts import DEMO_ACCOUNTS
from serving.web.app import BUILT_BY_ASSETS, create_app
from serving.web.render import VENDOR

TODAY = date(2026, 10, 20)


def need_assets() -> None:
    """Skip, saying so, when the front-end files are not built."""
    if not all((VENDOR / name).is_file() for name in BUILT_BY_ASSETS):
        pytest.skip("the front-end files are not built: run `make assets`")


def form_token(page: str) -> str:
    """The token that the page's form must carry back."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found, "the page has no form token"
    return found[1]


def stranger(app: FastAPI) -> TestClient:
    """A browser that has not signed in and follows no redirect."""
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def sign_in(client: TestClient, name: str, password: str, **form: str) -> Any:
    """Post the sign-in form as the page gives it; returns the answer."""
    token = form_token(client.get("/sign-in").text)
    return client.post("/sign-in", data={"name": name, "password": password, "form_token": token, **form})


def visitor(app: FastAPI, role: str) -> TestClient:
    """A browser signed in as the demo account of `role`."""
    client = stranger(app)
    answer = sign_in(client, role, DEMO_ACCOUNTS[role])
    assert answer.status_code == 303, answer.text
    return client


def make_app(release: Path, state: Path, **overrides: Any) -> FastAPI:
    """The app on a fixed day."""
    return create_app(release, state, load_settings(overrides=overrides), today=lambda: TODAY)
