"""The pages stay small: what they weigh on the wire, and how many elements they have, with real filings."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from services.gateway.page.rendering import static_file
from tests.gateway.page.page_server import PageServer, run_pipeline

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


@pytest.fixture(scope="module")
def real_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """Serve the pages of the real filings."""
    if not CORPUS.exists():
        pytest.skip(f"no corpus of real filings at {CORPUS}")
    directory = tmp_path_factory.mktemp("real")
    run_pipeline(CORPUS, directory)
    with PageServer(directory) as server:
        yield server


@pytest.mark.parametrize(("name", "limit"), [("page.css", 6_144), ("page.js", 5_120)])
def test_static_file_is_small(name: str, limit: int) -> None:
    """First paint waits for the style."""
    assert len(gzip.compress(static_file(name), 6)) <= limit


@pytest.mark.parametrize("address", ["/", "pane", "/owners/0001494730", "/issuers/0001318605"])
def test_page_is_small(chromium: Browser, real_pages: PageServer, address: str) -> None:
    """Forty filings with a pane and its footnotes, fifteen years of an owner, an issuer with all its filings."""
    page = chromium.new_page(base_url=real_pages.url)
    page.goto("/")
    if address == "pane":
        address = page.locator(".tape .open").first.get_attribute("href") or ""
    page.goto(address)
    assert page.evaluate("document.querySelectorAll('*').length") <= 2_000
    request = Request(real_pages.url + address, headers={"Accept-Encoding": "gzip"})  # noqa: S310 - our own server
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.read()) <= 12 * 1_024
    page.close()
