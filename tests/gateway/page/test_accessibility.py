"""Everybody can use the pages: axe-core finds nothing, in both themes, wide and narrow."""

import re
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.gateway.page.conftest import OpenPage

ADDRESSES: Final = ("/", "pane", "filing", "owner", "issuer", "/subscribe?side=sell&min_value=1000", "/subscriptions",
                    "/search?q=e", "/?ticker=NONE&side=buy", "/api")  # fmt: skip

_CUT: Final = """
[...document.querySelectorAll(".segments")].filter(each => each.scrollWidth > each.clientWidth + 1).length
"""
"""Counts the rows of segments that have no room for all of them."""
WIDTHS: Final = (320, 390, 760, 1100, 1300, 1440)
MOST_SHIFTED: Final = 0.01


def address_of(page: Page, name: str) -> str:
    """Return an address by its name, taken from the tape that is open."""
    if name.startswith("/"):
        return name
    opened = page.locator(".tape .open").first.get_attribute("href") or ""
    links = {
        "pane": opened,
        "filing": re.sub(r".*alert=", "/alerts/", opened),
        "owner": page.locator(".tape .who a").first.get_attribute("href"),
        "issuer": page.locator(".tape .k a").first.get_attribute("href"),
    }
    return links[name] or ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page: OpenPage, theme: str) -> None:
    """Contrast, names, roles, headings and landmarks of every page, wide and narrow."""
    page = open_page("/", color_scheme=theme, bypass_csp=True)
    found = []
    for address in [address_of(page, name) for name in ADDRESSES]:
        page.goto(address)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            violations = Axe().run(page).response["violations"]
            found += [(address, width, each["id"], each["nodes"][0]["html"]) for each in violations]
    assert found == []


def test_nothing_is_wider_than_the_window(open_page: OpenPage) -> None:
    """Nobody scrolls sideways, at 200 % zoom (720 of 1,440) neither."""
    page = open_page("/")
    for address in [address_of(page, name) for name in ADDRESSES]:
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            assert page.evaluate(_CUT) == 0, (address, width)


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_while_a_page_loads(open_page: OpenPage, width: int) -> None:
    """Whoever clicks at once hits what is there.

    On a busy machine, the browser paints before the last words of a line or a table have arrived. Those may still move
    their neighbours by a few pixels: a tenth of the 0.1 that Web Vitals call good.
    """
    page = open_page("/", width=width)
    for address in [address_of(page, name) for name in ADDRESSES]:
        page.goto(address)
        shifts = page.evaluate(
            "new Promise(done => { const seen = []; new PerformanceObserver(list => seen.push(...list.getEntries()))"
            ".observe({type: 'layout-shift', buffered: true});"
            "requestAnimationFrame(() => requestAnimationFrame(() => done(seen.map(each => each.value)))); })"
        )
        assert sum(shifts) <= MOST_SHIFTED, (address, shifts)
