"""Pages in a real Chromium, over the sample filings."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.broker import absence_fails
from tests.gateway.page.page_server import PageServer, run_pipeline

SAMPLES: Final = Path(__file__).parents[3] / "deploy" / "samples"
ARGUMENTS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield the installed Chromium. Its module can have no coroutines as tests, since Playwright's loop is running."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if absence_fails(os.environ):
            pytest.fail("no Chromium; `apt-get install chromium`", pytrace=False)
        pytest.skip("no Chromium; `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """Serve the pages of the sample filings."""
    directory = tmp_path_factory.mktemp("pages")
    run_pipeline(SAMPLES, directory)
    with PageServer(directory) as server:
        yield server


@pytest.fixture
def open_page(chromium: Browser, pages: PageServer) -> Iterator[OpenPage]:
    """Open a path in a new context. No page may log an error, which a breach of the content policy is too."""
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def opened(path: str, *, width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=pages.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [error for error in errors if "Failed to load resource" not in error] == []  # a status that is expected
