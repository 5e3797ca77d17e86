"""Claims about the web app without a browser: who may see what, and what protects it."""

import subprocess
from pathlib import Path

import pytest
from county import COMMAND
from fastapi import FastAPI
from fastapi.routing import APIRoute
from release_worlds import publish_world, write_world
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from visiting import form_token, make_app, need_assets, sign_in, stranger, visitor

from configs.errors import SettingsError
from serving.web import app as web_app
from serving.web.access import EVERYBODY, PAGES
from serving.web.accounts import DEMO_ACCOUNTS, FAILURES_BY_NAME
from serving.web.security import CONTENT_SECURITY_POLICY

ROLES = tuple(DEMO_ACCOUNTS)
LABEL = "Invented data: no real person"
OPEN_TO_ALL = {
    "/sign-in",
    "/sign-out",
    "/accessibility",
    "/council.css",
    "/favicon.ico",
    "/api/v1/openapi.json",
}
SEES = {
    "commissioner": {"/", "/map", "/map/area", "/plans/zones", "/plans/homes", "/help"},
    "practitioner": {"/", "/map", "/map/area", "/help"},
    "data_scientist": {"/", "/models", "/runs", "/papers/model-card", "/help"},
    "information_governance": {"/", "/models", "/runs", "/governance", "/papers/model-card", "/help"},
}
READS = {
    "commissioner": {"meta", "areas", "areas.csv", "zones", "zones.geojson", "homes", "homes.geojson"},
    "practitioner": {"meta", "areas", "areas.csv"},
    "data_scientist": {"meta", "models", "runs"},
    "information_governance": {"meta", "models", "runs"},
}


def routes(app: FastAPI) -> list[APIRoute]:
    """Every route of ours, those of included routers too."""
    included = [getattr(route, "original_router", None) for route in app.routes]
    every = [*app.routes, *(r for router in included if router for r in router.routes)]
    return [route for route in every if isinstance(route, APIRoute)]


def test_every_route_names_its_roles_or_is_open_on_purpose(app: FastAPI) -> None:
    found = routes(app)
    assert len(found) > 15
    for route in found:
        named = [r for d in route.dependant.dependencies if (r := getattr(d.call, "roles", None))]
        assert bool(named) != (route.path in OPEN_TO_ALL), route.path
        assert all(set(roles) <= set(EVERYBODY) for roles in named)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_pages_and_no_others(app: FastAPI, role: str) -> None:
    client = visitor(app, role)
    for path in sorted(set().union(*SEES.values())):
        answer = client.get(path, params={"code": "X01000003"})
        assert answer.status_code == (200 if path in SEES[role] else 403), path
    for name in sorted(set().union(*READS.values())):
        answer = client.get(f"/api/v1/{name}")
        assert answer.status_code == (200 if name in READS[role] else 403), name


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_holds_no_dead_link(app: FastAPI, role: str) -> None:
    client = visitor(app, role)
    home = client.get("/").text
    linked = [page.path for page in PAGES if f'href="{page.path}"' in home]
    assert len(linked) >= 3
    assert all(client.get(path).status_code == 200 for path in linked)


def test_nobody_sees_anything_without_signing_in(app: FastAPI) -> None:
    client = stranger(app)
    assert len(routes(app)) > 15
    for route in routes(app):
        if route.path not in OPEN_TO_ALL:
            answer = client.get(route.path)
            if route.path.startswith("/api/"):
                assert answer.status_code == 401, route.path
                assert answer.headers["content-type"] == "application/problem+json"
            else:
                assert answer.status_code == 303, route.path
                assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", ROLES)
def test_every_page_says_what_it_rests_on_and_that_it_is_invented(app: FastAPI, role: str) -> None:
    client = visitor(app, role)
    for path in SEES[role] - {"/map/area"}:
        page = client.get(path).text
        for words in (LABEL, "1 October 2026", "run-1", "999-invented-1", "Planning"):
            assert words in page, (path, words)


def test_a_release_older_than_the_settings_allow_says_so_at_the_head(
    web_release: Path, tmp_path: Path
) -> None:
    young = visitor(make_app(web_release, tmp_path / "a"), "commissioner").get("/").text
    old = visitor(make_app(web_release, tmp_path / "b", serving={"stale_after_days": 5}), "commissioner").get(
        "/"
    )
    assert "days old" not in young
    assert "19 days old" in old.text


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/nope", "/static/vendor/forebridge.css", "/static/nope", "/api/v1/meta"]
)
def test_every_response_carries_the_policy_and_the_other_headers(app: FastAPI, path: str) -> None:
    for client in (stranger(app), visitor(app, "commissioner")):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"


def test_a_fault_of_ours_is_a_page_with_the_headers_and_no_traceback(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = visitor(app, "commissioner")
    monkeypatch.setattr("serving.web.pages.tell_home", lambda _release: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "ZeroDivisionError" in caplog.text


def test_unknown_and_refused_pages_have_the_same_look(app: FastAPI) -> None:
    client = visitor(app, "practitioner")
    for path, status, words in (("/nope", 404, "no such page"), ("/governance", 403, "not for your role")):
        answer = client.get(path)
        assert answer.status_code == status
        assert words in answer.text
        assert "forebridge.css" in answer.text


def test_errors_of_the_api_are_problem_details(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    for path, status in (("models", 403), ("nope", 404), ("areas?geography=house", 422)):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert "house" not in answer.text


def test_without_a_release_pages_say_what_to_run(tmp_path: Path) -> None:
    need_assets()
    app = make_app(tmp_path / "nowhere", tmp_path / "state")
    app.state.accounts.add("somebody", "commissioner", "a long password")
    client = stranger(app)
    assert "make demo" in client.get("/sign-in").text
    assert sign_in(client, "somebody", "a long password").status_code == 303
    answer = client.get("/map")
    assert answer.status_code == 503
    assert "forebridge run" in answer.text
    assert client.get("/api/v1/areas").headers["content-type"] == "application/problem+json"


def test_a_release_published_while_serving_is_served(tmp_path: Path) -> None:
    need_assets()
    app = make_app(tmp_path / "release", tmp_path / "state")
    client = stranger(app)
    assert "demo-commissioner" not in client.get("/sign-in").text
    publish_world(write_world(tmp_path / "in"), tmp_path / "release")
    assert "demo-commissioner" in client.get("/sign-in").text
    assert visitor(app, "commissioner").get("/map").status_code == 200


def test_demo_accounts_are_refused_and_not_shown_on_real_data(tmp_path: Path) -> None:
    need_assets()
    world = write_world(tmp_path / "in")
    publish_world(world, tmp_path / "release")
    app = make_app(tmp_path / "release", tmp_path / "state")
    signed_in = visitor(app, "commissioner")
    publish_world(world, tmp_path / "release", invented=False, run_id="real")
    client = stranger(app)
    assert "demo-commissioner" not in client.get("/sign-in").text
    assert sign_in(client, "commissioner", "demo-commissioner").status_code == 401
    assert signed_in.get("/").status_code == 303


def test_real_data_are_not_called_invented_and_show_no_area_before_sign_off(tmp_path: Path) -> None:
    need_assets()
    publish_world(write_world(tmp_path / "in"), tmp_path / "release", invented=False)
    app = make_app(tmp_path / "release", tmp_path / "state")
    app.state.accounts.add("anna", "commissioner", "a long password")
    client = stranger(app)
    sign_in(client, "anna", "a long password")
    page = client.get("/map").text
    assert LABEL not in page
    assert "Too few to show" in page
    hours = {f["properties"]["hours_words"] for f in client.get("/api/v1/areas").json()["features"]}
    assert hours == {"Too few to show"}
    assert client.get("/plans/zones").status_code == 200


def test_demo_accounts_can_be_turned_off(web_release: Path, tmp_path: Path) -> None:
    app = make_app(web_release, tmp_path, serving={"demo_accounts": False})
    assert sign_in(stranger(app), "commissioner", "demo-commissioner").status_code == 401


def test_a_form_without_its_token_is_refused(app: FastAPI) -> None:
    client = stranger(app)
    client.get("/sign-in")
    data = {"name": "commissioner", "password": "demo-commissioner"}
    assert client.post("/sign-in", data=data).status_code == 400
    assert client.post("/sign-in", data={**data, "form_token": "0" * 64}).status_code == 400
    other = form_token(stranger(app).get("/sign-in").text)
    assert client.post("/sign-in", data={**data, "form_token": other}).status_code == 400


def test_signing_out_needs_the_token_and_ends_the_session_on_the_server(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    kept = dict(client.cookies)
    assert client.post("/sign-out", data={"form_token": "wrong"}).status_code == 403
    assert client.get("/").status_code == 200
    client.post("/sign-out", data={"form_token": form_token(client.get("/").text)})
    again = stranger(app)
    again.cookies.update(kept)
    assert again.get("/").status_code == 303


def test_the_session_cookie_is_signed_and_closed_to_scripts(app: FastAPI) -> None:
    client = stranger(app)
    answer = sign_in(client, "commissioner", "demo-commissioner")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("forebridge_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    value = client.cookies["forebridge_session"]
    client.cookies.set("forebridge_session", value[:-2] + ("aa" if value[-2:] != "aa" else "bb"))
    assert client.get("/").status_code == 303


def test_a_session_ends(web_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from serving.web import access

    app = make_app(web_release, tmp_path)
    client = visitor(app, "commissioner")
    later = access.now() + timedelta(hours=9)
    monkeypatch.setattr(access, "now", lambda: later)
    assert client.get("/").status_code == 303


def test_guessing_a_password_is_slowed_down(app: FastAPI) -> None:
    client = stranger(app)
    tries = [sign_in(client, "commissioner", f"guess {n}").status_code for n in range(FAILURES_BY_NAME + 1)]
    assert tries == [401] * FAILURES_BY_NAME + [429]
    assert sign_in(client, "commissioner", "demo-commissioner").status_code == 429
    assert sign_in(client, "practitioner", "demo-practitioner").status_code == 303


@pytest.mark.parametrize(
    "wanted", ["https://example.org/", "//example.org", "/\\example.org", "javascript:1"]
)
def test_signing_in_never_leads_to_another_host(app: FastAPI, wanted: str) -> None:
    answer = sign_in(stranger(app), "commissioner", "demo-commissioner", next=wanted)
    assert answer.headers["location"] == "/"


def test_signing_in_leads_back_to_the_page_asked_for(app: FastAPI) -> None:
    client = stranger(app)
    assert client.get("/map").headers["location"] == "/sign-in?next=/map"
    assert sign_in(client, "commissioner", "demo-commissioner", next="/map").headers["location"] == "/map"


def test_passwords_are_kept_as_argon2_hashes_and_the_key_is_the_owners_alone(
    app: FastAPI, tmp_path: Path
) -> None:
    visitor(app, "commissioner")
    stored = (tmp_path / "web.db").read_bytes() + (tmp_path / "web.db-wal").read_bytes()
    assert b"$argon2id$" in stored
    assert b"demo-commissioner" not in stored
    assert (tmp_path / "web.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "web.db").stat().st_mode & 0o077 == 0


def test_the_audit_says_who_looked_at_what_and_cannot_be_changed(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    client.get("/map", params={"find": "secret words"})
    client.get("/governance")
    client.get("/api/v1/areas.csv")
    sign_in(stranger(app), "nobody", "wrong")
    lines = visitor(app, "information_governance").get("/governance").text
    seen = {(x["account"], x["action"], x["path"], x["status"]) for x in app.state.accounts.audit(100)}
    assert ("commissioner", "view", "/map", 200) in seen
    assert ("commissioner", "refused", "/governance", 403) in seen
    assert ("commissioner", "export", "/api/v1/areas.csv", 200) in seen
    assert ("", "sign-in failed", "/sign-in", 401) in seen
    assert "/map" in lines
    assert "secret words" not in str(seen)
    for statement in ("DELETE FROM audit", "UPDATE audit SET account = 'nobody'"):
        with app.state.accounts.engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(text(statement))


def test_unknown_roles_cannot_be_given(app: FastAPI) -> None:
    with pytest.raises(SettingsError):
        app.state.accounts.add("x", "emperor", "password")


def test_the_app_says_when_the_front_end_is_not_built(
    web_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_app, "VENDOR", tmp_path)
    with pytest.raises(SettingsError) as problem:
        make_app(web_release, tmp_path)
    assert "make assets" in problem.value.todo


def make_account(out: Path, role: str, password: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "account", "j.smith", "--role", role, "--out", str(out)]
    return subprocess.run(command, input=f"{password}\n", capture_output=True, text=True, timeout=120)


def test_on_real_data_an_account_made_at_the_desk_signs_in(tmp_path: Path) -> None:
    publish_world(write_world(tmp_path / "in"), tmp_path / "release", invented=False)
    done = make_account(tmp_path, "commissioner", "three random words")
    assert done.returncode == 0, done.stderr
    client = stranger(make_app(tmp_path / "release", tmp_path / "state"))
    assert "forebridge account" in client.get("/sign-in").text
    assert sign_in(client, "j.smith", "three random word").status_code != 303
    assert sign_in(client, "j.smith", "three random words").status_code == 303
    assert client.get("/map").status_code == 200
    assert client.get("/governance").status_code == 403


@pytest.mark.parametrize(("role", "password"), [("mayor", "three random words"), ("commissioner", "tiny")])
def test_an_account_that_cannot_be_is_refused_without_showing_the_password(
    tmp_path: Path, role: str, password: str
) -> None:
    done = make_account(tmp_path, role, password)
    assert done.returncode == 2
    assert password not in done.stdout + done.stderr
