"""Claims about the pages, held in a real headless Chromium."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import (
    NO_WEBGL,
    WEBGL,
    Seen,
    axe_findings,
    chromium,
    drawn,
    launched,
    pictures_folder,
    served,
    sign_in,
    until,
)
from playwright.sync_api import Browser, BrowserContext, Page
from release_worlds import publish_world, write_world
from visiting import need_assets

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = {
    "commissioner": ("/", "/map?area=X01000050", "/plans/zones?zone=Z3", "/plans/homes", "/help", "/nope"),
    "practitioner": ("/", "/governance"),
    "data_scientist": ("/models", "/runs", "/papers/model-card"),
    "information_governance": ("/governance", "/papers/dpia-annex"),
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published county, or the one that FOREBRIDGE_RELEASE names."""
    chromium()
    need_assets()
    folder = tmp_path_factory.mktemp("pages")
    publish_world(write_world(folder / "in", sparse=0.4), folder / "release")
    return folder / "release"


@pytest.fixture(scope="module")
def address(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app listens."""
    with served(release, tmp_path_factory.mktemp("state")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium with WebGL for all tests."""
    with launched(*WEBGL) as found:
        yield found


@pytest.fixture(scope="module")
def signed(browser: Browser, address: str) -> Iterator[dict[str, str]]:
    """The browser's state after signing in, by role: every test starts from a fresh context with it."""
    states = {}
    for role in PAGES:
        context = browser.new_context()
        sign_in(context.new_page(), address, role)
        states[role] = context.storage_state()
        context.close()
    return states


@pytest.fixture
def seen(address: str) -> Iterator[Seen]:
    """Fails the test afterwards when a page asked another host or logged an error."""
    watch = Seen(address)
    yield watch
    assert watch.other_hosts == []
    assert watch.errors == []


@pytest.fixture
def page(browser: Browser, signed: dict[str, str], seen: Seen) -> Iterator[Page]:
    """A commissioner's page, 1,280 wide."""
    context = browser.new_context(
        storage_state=signed["commissioner"], viewport={"width": 1280, "height": 900}
    )
    seen.watch(context)
    yield context.new_page()
    context.close()


def at_map(page: Page, address: str, query: str = "") -> Page:
    """The map page, drawn."""
    page.goto(f"{address}/map{query}")
    drawn(page)
    return page


def rendered(page: Page, layer: str = "fill") -> list[dict[str, str]]:
    """What MapLibre has drawn of a layer: the areas' facts."""
    drawn_now = f"document.getElementById('map').map.queryRenderedFeatures({{layers: ['{layer}']}})"
    until(page, f"{drawn_now}.length > 0")
    found = page.evaluate(f"{drawn_now}.map(f => f.properties)")
    return [dict(facts) for facts in found]


def picked_row(page: Page) -> str | None:
    """The code of the row that is marked in the table."""
    rows = page.locator("#areas tr.is-picked")
    return rows.get_attribute("data-code") if rows.count() else None


@pytest.mark.parametrize("role", PAGES)
def test_each_role_signs_in_and_lands_on_its_home(
    browser: Browser, address: str, seen: Seen, role: str
) -> None:
    context = browser.new_context()
    seen.watch(context)
    page = context.new_page()
    sign_in(page, address, role)
    assert page.locator("h1").count() == 1
    links = page.locator("nav a").all_inner_texts()
    assert ("Governance" in links) == (role == "information_governance")
    page.click("text=Sign out")
    page.wait_for_url(f"{address}/sign-in")
    context.close()


def test_the_map_draws_every_area(page: Page, address: str) -> None:
    assert len({f["code"] for f in rendered(at_map(page, address))}) == 64


def test_a_layer_is_switched_without_loading_the_page_again(page: Page, address: str) -> None:
    at_map(page, address)
    page.evaluate("window.stayed = true")
    before = page.locator("#legend").inner_text()
    page.check("#layer-hotspots", force=True)
    until(page, "document.getElementById('sentence').textContent.includes('hot spots')")
    assert page.locator("#legend").inner_text() != before
    assert page.evaluate("window.stayed")
    assert "layer=hotspots" in page.url
    colour = page.evaluate(
        "JSON.stringify(document.getElementById('map').map.getPaintProperty('fill', 'fill-color'))"
    )
    assert '"hotspots"' in colour


def test_areas_that_may_not_be_shown_are_hatched(page: Page, address: str) -> None:
    at_map(page, address)
    page.check("#layer-people", force=True)
    features = page.evaluate("fetch('/api/v1/areas').then(r => r.json())")["features"]
    hidden = {f["properties"]["code"] for f in features if f["properties"]["people"] == "hidden"}
    hatched = {f["code"] for f in rendered(page, "hatch")} if hidden else set()
    assert hatched == hidden


def test_a_click_on_the_map_opens_the_panel_and_marks_the_row(page: Page, address: str) -> None:
    at_map(page, address)
    place = page.locator("#map canvas").bounding_box()
    assert place
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.wait_for_selector("#panel dl")
    code = picked_row(page)
    assert code
    assert code in page.locator("#panel").inner_text()
    assert f"area={code}" in page.url
    assert {f["code"] for f in rendered(page, "picked")} == {code}


def test_the_map_works_by_keyboard(page: Page, address: str) -> None:
    at_map(page, address)
    page.focus("#map canvas")
    page.keyboard.press("ArrowRight")
    until(page, "!document.getElementById('map').map.isMoving()")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel dl")
    assert picked_row(page)


def test_the_highest_area_is_found_by_keyboard_alone(page: Page, address: str) -> None:
    at_map(page, address)
    page.focus('#areas th[data-key="hours"] a')
    page.keyboard.press("Enter")
    assert page.get_attribute('#areas th[data-key="hours"]', "aria-sort") == "descending"
    first = page.locator("#areas tbody tr").first
    hours = [float(h) for h in page.locator("#areas tbody td:nth-child(2)").evaluate_all(
        "cells => cells.map(c => c.dataset.sort).filter(v => v !== '')")]  # fmt: skip
    assert hours == sorted(hours, reverse=True)
    first.locator("a").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel dl")
    assert picked_row(page) == first.get_attribute("data-code")
    assert "rank 1 of 64" in page.locator("#panel").inner_text()
    assert {f["code"] for f in rendered(page, "picked")} == {picked_row(page)}


def test_the_table_is_filtered_as_one_types(page: Page, address: str) -> None:
    at_map(page, address)
    page.type("#find", "kettle")
    assert page.locator("#areas tbody tr:visible").count() == 4
    assert page.locator("#found").inner_text() == "4 areas"


def test_neighbourhoods_and_wards_can_be_chosen(page: Page, address: str) -> None:
    at_map(page, address)
    page.select_option("#geography", "msoa")
    page.wait_for_url("**geography=msoa**")
    drawn(page)
    assert len({f["code"] for f in rendered(page)}) == 16


def test_the_table_comes_down_as_a_file(page: Page, address: str) -> None:
    at_map(page, address)
    with page.expect_download() as waiting:
        page.click("text=Download as CSV")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert text.count("\n") == 65
    assert "Invented data: no real person" in text


def test_zones_are_drawn_with_their_names_and_homes_with_their_kinds(page: Page, address: str) -> None:
    page.goto(f"{address}/plans/zones")
    drawn(page)
    assert {f["zones"] for f in rendered(page)} == {"1", "2", "3", "4", "5", "6"}
    assert {f["number"] for f in rendered(page, "numbers")} == {1, 2, 3, 4, 5, 6}
    assert {f["name"] for f in rendered(page, "names")} >= {"North West", "Mid East"}
    page.goto(f"{address}/plans/homes")
    drawn(page)
    assert {f["kind"] for f in rendered(page, "points")} == {"existing", "candidate", "chosen"}


def test_a_click_on_a_zone_marks_it_on_the_map_and_in_the_table(page: Page, address: str) -> None:
    page.goto(f"{address}/plans/zones")
    drawn(page)
    place = page.locator("#map canvas").bounding_box()
    assert place
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.wait_for_url("**zone=Z**")
    drawn(page)
    code = page.get_attribute("#zones tr.is-picked", "data-code")
    assert code
    assert f"zone={code}" in page.url
    assert {f["code"] for f in rendered(page, "picked")} == {code}


def test_pages_of_other_roles_are_refused_in_the_same_look(
    browser: Browser, address: str, signed: dict[str, str]
) -> None:
    context = browser.new_context(storage_state=signed["practitioner"])
    page = context.new_page()
    answer = page.goto(f"{address}/plans/zones")
    assert answer
    assert answer.status == 403
    assert "not for your role" in page.locator("h1").inner_text()
    context.close()


def test_without_webgl_the_drawing_and_the_table_do_the_work(
    address: str, signed: dict[str, str], seen: Seen
) -> None:
    # A browser started in a thread of its own: one Playwright at a time is allowed in a thread.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(_without_webgl, address, signed["commissioner"], seen).result()


def _without_webgl(address: str, state: str, seen: Seen) -> None:
    with launched(*NO_WEBGL) as browser:
        context = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 900})
        seen.watch(context)
        page = context.new_page()
        page.goto(f"{address}/map")
        drawn(page, "svg")
        paths = page.locator("#map svg .area")
        assert paths.count() == 64
        before = paths.first.get_attribute("class")
        page.check("#layer-zones", force=True)
        until(page, "document.querySelector('#map .area').getAttribute('class').includes('zones')")
        assert paths.first.get_attribute("class") != before
        paths.nth(20).click()
        page.wait_for_selector("#panel dl")
        assert picked_row(page) == paths.nth(20).get_attribute("data-code")
        for path in ("/plans/zones", "/plans/homes"):
            page.goto(f"{address}{path}")
            drawn(page, "svg")
            assert page.locator("#map svg").is_visible()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, address: str, signed: dict[str, str], theme: str, width: int
) -> None:
    found = _audit(browser, address, None, ("/sign-in", "/accessibility"), theme, width)
    for role, paths in PAGES.items():
        found += _audit(browser, address, signed[role], paths, theme, width)
    assert found == []


def _audit(
    browser: Browser, address: str, state: str | None, paths: tuple[str, ...], theme: str, width: int
) -> list[str]:
    context = browser.new_context(
        storage_state=state,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    found = [line for path in paths for line in _audit_page(context, f"{address}{path}")]
    context.close()
    return found


def _audit_page(context: BrowserContext, url: str) -> list[str]:
    page = context.new_page()
    page.goto(url)
    if page.locator("#map").count():
        drawn(page)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    told = [f"{url} {line}" for line in axe_findings(page)]
    page.close()
    return told + [f"{url} scrolls sideways"] * wide


def test_the_map_of_the_readme_is_taken_where_asked(browser: Browser, tmp_path: Path, release: Path) -> None:
    folder = pictures_folder()
    if folder is None:
        pytest.skip(
            "no picture asked for: FOREBRIDGE_PICTURES names the folder, FOREBRIDGE_RELEASE the release"
        )
    named = os.environ.get("FOREBRIDGE_RELEASE")
    with served(Path(named) if named else release, tmp_path) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1600})
        page = context.new_page()
        sign_in(page, address, "commissioner")
        at_map(page, address)
        page.click('#areas th[data-key="hours"] a')
        page.locator("#areas tbody tr a").first.click()
        page.wait_for_selector("#panel dl")
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        page.mouse.move(640, 20)
        below = page.locator("#areas tbody tr").nth(4).bounding_box()
        assert below
        page.set_viewport_size({"width": 1280, "height": round(below["y"] + below["height"])})
        until(page, "document.getElementById('map').map.loaded()")
        page.wait_for_timeout(500)
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / "map.png")
        context.close()
    assert 50_000 < (folder / "map.png").stat().st_size < 400_000
