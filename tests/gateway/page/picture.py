"""Draws the picture of the page for the README: `python -m tests.gateway.page.picture FILE`."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.gateway.page.conftest import ARGUMENTS, SAMPLES
from tests.gateway.page.page_server import PageServer, run_pipeline

_WIDTH: Final = 1440
_HEIGHT: Final = 720
_TICKER: Final = "TDMK"


def draw(file: Path) -> None:
    """Write a PNG of the tape of the sample filings, with the purchase of one open beside it."""
    with tempfile.TemporaryDirectory() as directory:
        run_pipeline(SAMPLES, Path(directory))
        with PageServer(Path(directory)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
            page = browser.new_page(base_url=server.url, viewport={"width": _WIDTH, "height": _HEIGHT})
            page.goto(f"/?side=buy&ticker={_TICKER}")
            opened = (page.locator(".tape .open").first.get_attribute("href") or "").rpartition("=")[2]
            page.goto(f"/?alert={opened}")
            page.locator("#live b", has_text="Live").wait_for()
            page.screenshot(path=file)
            browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
