"""Claims about what the pages say, without a browser: the same figures everywhere, in words, nothing hidden."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
import shapely
from fastapi import FastAPI
from release_worlds import publish_world, write_world
from visiting import make_app, need_assets, stranger, visitor

from serving.web.accounts import DEMO_ACCOUNTS
from serving.web.words import RULES, rule_words, source_words

ROLES = tuple(DEMO_ACCOUNTS)
LABEL = "Invented data: no real person"
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


def test_runs_show_what_ran_without_where(web_release: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    entry = {
        "run_id": "20261001T060000-1", "kind": "monthly", "as_of": "2026-10-01", "status": "failed",
        "started_at": "2026-10-01T06:00:00+00:00", "stages": [{"stage": "records", "seconds": 4.2, "peak_mib": 310}],
        "error": {"what": "The landing folder is empty", "where": "/secret/folder"},
    }  # fmt: skip
    (runs / "a.json").write_text(json.dumps(entry), encoding="utf-8")
    (runs / "broken.json").write_text("{", encoding="utf-8")
    page = visitor(make_app(web_release, tmp_path), "data_scientist").get("/runs").text
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
            "coverage_p10_p90": 0.99, "coverage_p10_p90_served": 0.81, "verdict": "better than hours carried forward beyond noise",
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


def test_every_horizon_of_persons_and_households_is_shown_and_an_extrapolated_one_is_marked(
    tmp_path: Path,
) -> None:
    need_assets()
    world = write_world(tmp_path / "in")
    file = world.scores / "evaluation.json"
    rows = json.loads(file.read_text(encoding="utf-8"))
    champion = next(r for r in rows if r["model"] == "champion" and r["age_group"] == "65+")
    later = [
        {**champion, "horizon_days": 730, "extrapolated": True, "not_known_share_at_capacity": 0.34},
        {**champion, "kind": "household", "n_events": 777, "extrapolated": False},
    ]
    file.write_text(json.dumps(rows + later), encoding="utf-8")
    publish_world(world, tmp_path / "release")
    page = visitor(make_app(tmp_path / "release", tmp_path / "state"), "data_scientist").get("/models").text
    assert page.count(">Extrapolated</strong>") == 1
    assert "Households, oldest aged 65+" in page
    assert "34%" in page


def test_groups_of_people_are_shown_and_small_ones_are_hidden(app: FastAPI) -> None:
    page = visitor(app, "data_scientist").get("/models").text
    shown = page[page.index('id="groups"') :]
    assert "Ethnic group" in shown
    assert "1.0 (0.9 to 1.2)" in shown
    black = shown[shown.index(">Black<") :]
    assert "hidden" in black[: black.index("</tr>")]
    female = shown[shown.index(">Female<") :]
    assert "hidden" not in female[: female.index("</tr>")]


def test_how_often_support_was_asked_for_first_is_shown_by_group_and_of_few_starts_is_not(
    app: FastAPI,
) -> None:
    page = visitor(app, "data_scientist").get("/models").text
    rows = {
        group: (row := page[page.index(f">{group}<") :])[: row.index("</tr>")] for group in ("Asian", "Black")
    }
    assert rows["Asian"].endswith('<td class="is-number">55%</td>')
    assert rows["Black"].endswith('<td class="is-number">–</td>')


def test_of_the_practices_only_those_that_differ_surely_are_shown_and_the_others_counted(
    app: FastAPI,
) -> None:
    page = visitor(app, "data_scientist").get("/models").text
    assert ">Z99002<" in page
    assert ">Z99001<" not in page
    assert "GP practices not shown: 1." in page


def test_the_calibration_of_each_tenth_is_drawn_and_told_and_a_small_count_is_hidden(app: FastAPI) -> None:
    page = visitor(app, "data_scientist").get("/models").text
    table = page[page.index('id="tenths-') :]
    rows = re.findall(r'<th scope="row">(\d+)</th>(.*?)</tr>', table[: table.index("</table>")])
    assert [number for number, _ in rows] == [str(k) for k in range(1, 11)]
    assert re.findall(r">([^<]+)</td>", rows[0][1]) == ["630", "1.90%", "hidden", "hidden"]
    assert re.findall(r">([^<]+)</td>", rows[9][1]) == ["630", "19.00%", "120", "19.00%"]
    assert "forecast 19.0%, came true 19.0%" in page
    assert "forecast 1.9%" not in page, "a tenth whose count is hidden is not drawn"


def test_the_net_benefit_of_acting_is_told_beside_acting_for_everybody(app: FastAPI) -> None:
    page = visitor(app, "data_scientist").get("/models").text
    row = page[page.index(">Acting from a chance of<") :]
    cells = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', row)[1]
    assert cells[0] == "5.70%"
    assert re.findall(r">([^<]+)</td>", cells[1]) == ["5.10", "2.10", "1.90", "-31.00"]


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
            told = re.sub(r"<code>.*?</code>", " ", page)  # papers name settings and features as such
            shown = re.sub("|".join(ROLES), "an account", re.sub(r"<[^>]*>", " ", told))
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


def test_the_papers_are_on_the_pages_and_can_be_kept(app: FastAPI) -> None:
    client = visitor(app, "information_governance")
    assert 'href="/papers/atrs-record"' in client.get("/governance").text
    shown = client.get("/papers/atrs-record").text
    kept = client.get("/papers/atrs-record/md")
    assert "Not given" in shown
    assert 'aria-label="Table 1"' in shown
    assert kept.headers["content-disposition"] == 'attachment; filename="atrs-record.md"'
    assert kept.text.startswith("# Algorithmic transparency record")
    for wrong in ("/papers/..%2f..%2fcurrent", "/papers/nothing", "/papers/atrs-record/py"):
        assert client.get(wrong).status_code == 404


def test_the_models_page_says_whether_the_model_still_fits(app: FastAPI) -> None:
    shown = visitor(app, "data_scientist").get("/models").text
    assert "Does the model still fit?" in shown
    assert "frailty score: spread otherwise than at training" in shown


def test_the_models_page_says_what_the_forecasts_lean_on(app: FastAPI) -> None:
    shown = visitor(app, "data_scientist").get("/models").text
    assert "What the forecasts lean on" in shown
    assert "frailty score (eFI) (21%, chance rises with it)" in shown
