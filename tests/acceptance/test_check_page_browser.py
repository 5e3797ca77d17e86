"""The check report that a data officer sends to a supplier, in a real headless Chromium."""

from pathlib import Path

import pytest
from browsing import axe_findings, chromium, launched
from visiting import need_assets

from configs.settings import load_settings
from features.records.check import check_landing
from features.records.report_page import write_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def page_file(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the small county."""
    chromium()
    need_assets()
    file = tmp_path_factory.mktemp("check") / "check.html"
    write_page(check_landing(landing, load_settings()), file)
    return file


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_check_page_and_it_asks_no_other_host(page_file: Path, theme: str) -> None:
    asked: list[str] = []
    with launched() as browser:
        page = browser.new_context(color_scheme=theme, viewport={"width": 1280, "height": 900}).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert page.locator("details table").count() > 0
        assert axe_findings(page) == []
    assert [url for url in asked if not url.startswith("file:")] == []


def test_the_check_page_never_scrolls_sideways_on_a_telephone(page_file: Path) -> None:
    with launched() as browser:
        page = browser.new_context(viewport={"width": 320, "height": 900}).new_page()
        page.goto(page_file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
