"""Claims about the web app without a browser: who may see what, and what protects it."""

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import shapely
from fastapi import FastAPI
from fastapi.routing import APIRoute
from release_worlds import publish_world, write_world
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from visiting import form_token, need_assets, sign_in, stranger, visitor

from configs.errors import SettingsError
from configs.settings import load_settings
from serving.web import app as web_app
from serving.web.access import EVERYBODY, PAGES
from serving.web.accounts import DEMO_ACCOUNTS, FAILURES_BY_NAME
from serving.web.app import create_app
from serving.web.security import CONTENT_SECURITY_POLICY
from serving.web.words import RULES, rule_words, source_words

ROLES = tuple(DEMO_ACCOUNTS)
LABEL = "Invented data: no real person"
TODAY = date(2026, 10, 20)
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
    "data_scientist": {"/", "/models", "/runs", "/help"},
    "information_governance": {"/", "/models", "/runs", "/governance", "/help"},
}
READS = {
    "commissioner": {"meta", "areas", "areas.csv", "zones", "zones.geojson", "homes", "homes.geojson"},
    "practitioner": {"meta", "areas", "areas.csv"},
    "data_scientist": {"meta", "models", "runs"},
    "information_governance": {"meta", "models", "runs"},
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published county; read only."""
    need_assets()
    folder = tmp_path_factory.mktemp("web")
    publish_world(write_world(folder / "in"), folder / "release")
    return folder / "release"


@pytest.fixture(scope="module")
def seeded(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo accounts in it: hashing them takes a while."""
    state = tmp_path_factory.mktemp("seeded")
    make_app(release, state).state.accounts.engine.dispose()
    return state / "web.db"


@pytest.fixture
def app(release: Path, seeded: Path, tmp_path: Path) -> FastAPI:
    """The app over that release, with a state folder of its own."""
    shutil.copy(seeded, tmp_path / "web.db")
    return make_app(release, tmp_path)


def make_app(release: Path, state: Path, **overrides: Any) -> FastAPI:
    """The app on a fixed day."""
    return create_app(release, state, load_settings(overrides=overrides), today=lambda: TODAY)


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


def test_a_release_older_than_the_settings_allow_says_so_at_the_head(release: Path, tmp_path: Path) -> None:
    young = visitor(make_app(release, tmp_path / "a"), "commissioner").get("/").text
    old = visitor(make_app(release, tmp_path / "b", serving={"stale_after_days": 5}), "commissioner").get("/")
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


def test_demo_accounts_can_be_turned_off(release: Path, tmp_path: Path) -> None:
    app = make_app(release, tmp_path, serving={"demo_accounts": False})
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


def test_a_session_ends(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from serving.web import access

    app = make_app(release, tmp_path)
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
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_app, "VENDOR", tmp_path)
    with pytest.raises(SettingsError) as problem:
        make_app(release, tmp_path)
    assert "make assets" in problem.value.todo


def test_the_map_and_its_table_and_its_file_hold_the_same_figures(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    features = client.get("/api/v1/areas").json()["features"]
    page = client.get("/map").text
    csv = pl.read_csv(client.get("/api/v1/areas.csv").content, infer_schema=False)
    assert len(features) == csv.height == page.count("<tr data-code=") == 64
    for feature in features:
        facts = feature["properties"]
        row = csv.row(by_predicate=pl.col("area_code") == facts["code"], named=True)
        assert row["Forecast home-care hours a week"] == facts["hours_words"]
        assert f">{facts['hours_words']}<" in page
    assert csv["data_label"].unique().to_list() == [LABEL]


def test_legend_counts_add_up_to_the_areas(app: FastAPI) -> None:
    body = visitor(app, "commissioner").get("/api/v1/areas").json()
    assert len(body["layers"]) >= 9
    for layer in body["layers"]:
        assert sum(c["count"] for c in layer["classes"]) == len(body["features"]), layer["id"]
        keys = {f["properties"][layer["id"]] for f in body["features"]}
        assert keys <= {c["key"] for c in layer["classes"]}


def test_areas_that_have_not_changed_are_not_sent_again(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    first = client.get("/api/v1/areas")
    again = client.get("/api/v1/areas", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_table_sorts_and_filters_without_scripts(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    page = client.get("/map", params={"sort": "hours", "down": "true", "find": "kettleford"}).text
    rows = page.split("<tr data-code=")[1:]
    hours = [int(r.split('data-sort="')[2].split(".")[0]) for r in rows]
    assert len(hours) == 4
    assert hours == sorted(hours, reverse=True)


def test_a_formula_in_a_name_does_not_reach_a_spreadsheet(tmp_path: Path) -> None:
    need_assets()
    world = write_world(tmp_path / "in")
    areas = pl.read_parquet(world.records / "areas.parquet")
    areas.with_columns(lsoa_name=pl.lit('=HYPERLINK("http://x")<script>')).write_parquet(
        world.records / "areas.parquet"
    )
    publish_world(world, tmp_path / "release")
    client = visitor(make_app(tmp_path / "release", tmp_path / "state"), "commissioner")
    assert "'=HYPERLINK" in client.get("/api/v1/areas.csv").text
    assert "<script>" not in client.get("/map").text.replace('<script type="module"', "")


def test_hidden_counts_stay_hidden_in_the_summary_page(app: FastAPI) -> None:
    page = visitor(app, "information_governance").get("/governance").text
    assert "too few to show" in page
    body = json.loads(
        app.state.current.release().table("documents").filter(pl.col("name") == "summary")["body"][0]
    )
    assert body["objections"]["planning"] == {"count": None}


def test_the_openapi_description_names_no_other_host(app: FastAPI) -> None:
    described = stranger(app).get("/api/v1/openapi.json")
    assert described.status_code == 200
    assert "http://" not in described.text
    assert "https://" not in described.text
    assert set(described.json()["paths"]) == {f"/api/v1/{n}" for n in set().union(*READS.values())}
    assert stranger(app).get("/docs").status_code == 404


def test_runs_show_what_ran_without_where(release: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    entry = {
        "run_id": "20261001T060000-1", "kind": "monthly", "as_of": "2026-10-01", "status": "failed",
        "started_at": "2026-10-01T06:00:00+00:00", "stages": [{"stage": "records", "seconds": 4.2, "peak_mib": 310}],
        "error": {"what": "The landing folder is empty", "where": "/secret/folder"},
    }  # fmt: skip
    (runs / "a.json").write_text(json.dumps(entry), encoding="utf-8")
    (runs / "broken.json").write_text("{", encoding="utf-8")
    page = visitor(make_app(release, tmp_path), "data_scientist").get("/runs").text
    assert "The landing folder is empty" in page
    assert "310" in page
    assert "/secret/folder" not in page


def test_a_practitioner_is_told_plainly_that_there_is_no_list_yet(app: FastAPI) -> None:
    assert "early-help list is not part of this version" in visitor(app, "practitioner").get("/").text


def test_a_layer_that_a_geography_lacks_is_said_to_be_missing(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    said = "Hot spots of need: only small areas (LSOA) have it"
    assert said in client.get("/map", params={"geography": "msoa", "layer": "hotspots"}).text
    assert said not in client.get("/map", params={"layer": "hotspots"}).text
    assert "only small areas" not in client.get("/map", params={"geography": "msoa", "layer": "no such"}).text


def test_the_forecast_of_hours_stands_beside_hours_carried_forward(tmp_path: Path) -> None:
    need_assets()
    world = write_world(tmp_path / "in")
    tested = {
        "kind": "hours",
        "outcome": "home_care_hours",
        "age_group": "65+",
        "horizon_days": 365,
        "split": 0,
    }
    figures = {"n_people": 6300, "n_events": 240, "test_origin": "2025-10-01", "rmse": 1.2, "synthetic": True}
    rows = [
        {**tested, **figures, "model": "carried_forward", "mae": 0.135, "total_error_share": 0.04},
        {
            **tested, **figures, "model": "champion", "mae": 0.085, "total_error_share": -0.026,
            "coverage_p10_p90": 0.81, "verdict": "better than hours carried forward beyond noise",
        },
    ]  # fmt: skip
    file = world.scores / "evaluation.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) + rows), encoding="utf-8")
    publish_world(world, tmp_path / "release")
    page = visitor(make_app(tmp_path / "release", tmp_path / "state"), "data_scientist").get("/models").text
    champion, carried = page.index(">0.085<"), page.index(">0.135<")
    assert champion < carried
    for words in ("Better than hours carried forward beyond noise.", "−3%", "+4%", "81%", "aged 65+"):
        assert words in page
    assert page.count("hours-1") >= 3


def test_the_audit_can_be_searched(app: FastAPI) -> None:
    visitor(app, "commissioner").get("/map")
    client = visitor(app, "information_governance")
    client.get("/models")
    assert {x["path"] for x in app.state.accounts.audit(100, "/map")} == {"/map"}
    assert app.state.accounts.audit(100, "%") == []
    page = client.get("/governance", params={"find": "commissioner"}).text
    assert "<td>/map</td>" in page
    assert "<td>/models</td>" not in page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("admission_method: code_unknown", "Admission method: a code that is not on the list"),
        ("nhs_number or token_person_id: missing", "NHS number or token person ID: no value"),
        ("uprn: something_new", "UPRN: something new"),
    ],
)
def test_rules_are_said_in_words(line: str, words: str) -> None:
    assert rule_words(line) == words


def test_every_rule_that_sets_rows_aside_has_its_words() -> None:
    from features.records.typing_rules import RULE_PHRASES

    assert set(RULES) == set(RULE_PHRASES)


def test_sources_are_named_as_their_specifications_name_them(app: FastAPI) -> None:
    page = visitor(app, "data_scientist").get("/runs").text
    assert "Adult Social Care Client Level Data" in page
    assert "csds_contacts" not in page
    assert source_words("something_else") == "Something else"


def test_no_page_shows_a_raw_nothing_or_a_column_name(app: FastAPI) -> None:
    for role in ROLES:
        client = visitor(app, role)
        for path in SEES[role]:
            page = client.get(path, params={"code": "X01000003", "area": "X01000003"}).text
            shown = re.sub("|".join(ROLES), "an account", re.sub(r"<[^>]*>", " ", page))
            assert not re.search(r"\b(None|nan|NaN|null|undefined|True|False)\b", shown), path
            assert not re.search(r"\b[a-z]+_[a-z_]+\b", shown), path


def test_zones_have_the_same_number_on_the_map_and_in_the_table(app: FastAPI) -> None:
    client = visitor(app, "commissioner")
    features = client.get("/api/v1/zones.geojson").json()["features"]
    page = client.get("/plans/zones").text
    assert sorted(f["properties"]["number"] for f in features) == [1, 2, 3, 4, 5, 6]
    for feature in features:
        facts, shape = feature["properties"], shapely.from_geojson(json.dumps(feature["geometry"]))
        assert f'<tr data-code="{facts["code"]}" data-number="{facts["number"]}"' in page
        assert shapely.contains_xy(shape, *facts["label_at"])
