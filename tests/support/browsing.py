"""A real headless Chromium on the real app: what the page tests share."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from configs.settings import load_settings
from serving.store import Release
from serving.web.accounts import DEMO_ACCOUNTS
from serving.web.app import create_app

CHROMIUM = "/usr/bin/chromium"
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NO_WEBGL = ("--disable-gpu", "--disable-3d-apis")
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LAY_OPEN = """() => {
  for (const frame of document.querySelectorAll('.fb-scroll')) {
    frame.style.overflow = 'visible';
    frame.style.maxHeight = 'none';
  }
  document.body.style.width = `${document.documentElement.scrollWidth}px`;
}"""
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def chromium() -> str:
    """Where Chromium is; skips loudly when it is nowhere."""
    found = (
        CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if not found:
        pytest.skip("CHROMIUM IS NOT INSTALLED: the pages were not checked in a browser (see `make browser`)")
    return found


@dataclass
class Seen:
    """What a page did that it should not: requests to other hosts, console errors, uncaught errors."""

    host: str
    other_hosts: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("request", self._request)
        context.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        context.on("weberror", lambda e: self.errors.append(str(e.error)))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.host, "data:", "blob:")):
            self.other_hosts.append(request.url)


@contextmanager
def served(release: Path, state: Path) -> Iterator[str]:
    """The app in a thread of its own, nine days after the release's date; gives its address."""
    day = Release.open(release).as_of + timedelta(days=9)
    app = create_app(release, state, load_settings(), today=lambda: day)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """Chromium with the arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(arguments))
        yield browser
        browser.close()


def sign_in(page: Page, address: str, role: str) -> None:
    """Sign in through the form, as a person would."""
    page.goto(f"{address}/sign-in")
    page.fill("#name", role)
    page.fill("#password", DEMO_ACCOUNTS[role])
    page.click("main button")
    page.wait_for_url(f"{address}/")


def drawn(page: Page, how: str = "webgl") -> None:
    """Wait until the map says that it is drawn."""
    page.wait_for_selector(f'#map[data-drawn="{how}"]', timeout=15_000)


def until(page: Page, expression: str, seconds: float = 10) -> None:
    """Wait until the expression is true. Playwright's own wait evaluates inside the page's timers, which the
    Content-Security-Policy rightly refuses.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never came true: {expression}"
        page.wait_for_timeout(25)


def axe_findings(page: Page) -> list[str]:
    """axe's violations on the page as it stands; then, with every scrolling frame laid open so that no cell
    lies under an edge, what contrast breaks or cannot be told. Text in drawings, whose background axe cannot
    tell, is drawn in the page's own two text colours.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", list(AXE_RULES))
    page.evaluate(LAY_OPEN)
    laid_open = page.evaluate(
        "axe.run({exclude: [['svg'], ['.fb-gl canvas']]}, {runOnly: {type: 'rule', values: ['color-contrast']}})"
    )
    told = [*found["violations"], *laid_open["violations"], *laid_open["incomplete"]]
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in told for n in v["nodes"]]


def pictures_folder() -> Path | None:
    """Where the README's picture goes, when the environment names a folder."""
    named = os.environ.get("FOREBRIDGE_PICTURES")
    return Path(named) if named else None
