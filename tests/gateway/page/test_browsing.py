"""The pages as people use them: with keys, live, without script, and with filings that mean harm."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contracts.codec import encode
from services.gateway.page.filing_view import filing_view
from services.gateway.page.pane_view import pane_of
from services.gateway.page.rendering import Frame, render
from services.runtime.port import Output
from tests.gateway.page.conftest import OpenPage
from tests.gateway.page.page_server import PageServer
from tests.gateway.read_model.builders import MUSK, alert, output, report

NUMBERS: Iterator[int] = itertools.count(500_000)


def new_filing(**fields: Any) -> tuple[Output, Output]:
    """Return the records of a new filing."""
    number = next(NUMBERS)
    return output(report(number)), output(alert(f"new{number}", number, **fields))


def test_row_opens_beside_the_tape_and_escape_returns_to_it(open_page: OpenPage) -> None:
    """The place in the list is not lost, for those who hear the page neither."""
    page = open_page("/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    row = page.locator(".tape .open").nth(1)
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pane h2")).to_be_focused()
    assert "alert=" in page.url
    assert page.locator("tr.on").count() == 1
    page.keyboard.press("Escape")
    expect(page.locator("#pane")).to_have_count(0)
    expect(row).to_be_focused()
    assert "alert=" not in page.url


def test_keys_are_for_the_tape_and_not_for_fields(open_page: OpenPage) -> None:
    """A name with a J can be searched for."""
    page = open_page("/")
    page.keyboard.press("/")
    search = page.locator(".find input")
    expect(search).to_be_focused()
    page.keyboard.type("jks")
    expect(search).to_have_value("jks")
    assert page.locator("dialog[open]").count() == 0


def test_keys_can_be_switched_off(open_page: OpenPage) -> None:
    """Speech input types letters that nobody meant (WCAG 2.1.4)."""
    page = open_page("/")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") != "open"


def test_theme_is_kept_and_right_from_the_first_paint(open_page: OpenPage) -> None:
    """The server knows it by a cookie, so that nothing flashes."""
    page = open_page("/", color_scheme="light")
    page.locator("#theme").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert 'data-theme="dark"' in page.request.get("/").text()


def test_new_filing_waits_in_the_bar_while_one_is_read(open_page: OpenPage, pages: PageServer) -> None:
    """Nothing moves under the eyes of a reader; one key shows it."""
    page = open_page("/")
    page.locator(".tape .open").first.click(position={"x": 400, "y": 10})
    expect(page.locator("#live b")).to_have_text("Live")
    before = page.locator("tr.row").count()
    pages.publish(*new_filing())
    expect(page.locator("#bar b")).to_have_text("1 new filing")
    expect(page.locator("#bar span")).to_have_text("TSLA")
    assert page.locator("tr.row").count() == before
    page.locator("#pane h2").focus()
    page.keyboard.press("n")
    expect(page.locator("tr.fresh")).to_have_count(1)
    expect(page.locator("#bar b")).to_have_text("Up to date")


def test_new_filing_enters_by_itself_when_nobody_reads_the_list(open_page: OpenPage, pages: PageServer) -> None:
    """A screen on a wall stays current."""
    page = open_page("/")
    expect(page.locator("#live b")).to_have_text("Live")
    pages.publish(*new_filing())
    expect(page.locator("tr.fresh")).to_have_count(1, timeout=20_000)


def test_stream_has_only_what_the_filter_of_the_page_takes(open_page: OpenPage, pages: PageServer) -> None:
    """The bar counts what would enter."""
    page = open_page("/?ticker=AMZN")
    expect(page.locator("#live b")).to_have_text("Live")
    pages.publish(*new_filing())
    other = {"key": "0001018724", "cik": "0001018724", "name": "AMAZON COM INC", "tickers": ["AMZN"]}
    page.mouse.move(600, 400)
    pages.publish(*new_filing(issuer=other))
    expect(page.locator("#bar span")).to_have_text("AMZN")
    expect(page.locator("#bar b")).to_have_text("1 new filing")


def test_subscribe_opens_as_a_dialog_with_the_filter(open_page: OpenPage) -> None:
    """The matching filings are visible before an address is given."""
    page = open_page("/?side=sell")
    page.keyboard.press("s")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#words")).to_have_text("Alerts about sales.")
    dialog.get_by_text("Add a condition").click()
    dialog.locator("#conditions [name=min_value]").fill("1000")
    expect(dialog.locator("#words")).to_have_text("Alerts about sales of at least $1,000.")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_everything_works_without_script(open_page: OpenPage) -> None:
    """Filter, filing, subscription and its secret: links and forms."""
    page = open_page("/", java_script_enabled=False)
    page.locator("[name=ticker]").first.fill("QMRK")
    page.get_by_role("button", name="Apply").click()
    assert "ticker=QMRK" in page.url
    page.locator(".tape .open").first.click()
    assert page.locator("#pane .sentence").inner_text()
    page.get_by_role("link", name="Subscribe to this view").click()
    page.locator("[name=sink]").fill("http://127.0.0.1:9/hook")
    page.locator("main [name=name]").fill("Quillmark")
    page.get_by_role("button", name="Create webhook").click()
    assert re.search(r"whsec_\S{20,}", page.locator("main").inner_text())
    page.goto("/subscriptions")
    assert "whsec_" not in page.content()
    page.get_by_role("button", name="Pause").first.click()
    expect(page.get_by_role("button", name="Resume").first).to_be_visible()
    page.get_by_role("button", name="Remove").first.click()
    assert "No subscriptions yet" in page.locator("main").inner_text()


def test_refused_address_keeps_what_was_typed(open_page: OpenPage) -> None:
    """Nobody types a form twice."""
    page = open_page("/subscribe?side=buy", java_script_enabled=False)
    page.locator("[name=sink]").fill("http://example.com/hook")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.locator("[name=sink]")).to_have_value("http://example.com/hook")
    assert page.locator("#wrong").inner_text()


def test_form_of_another_site_is_refused(open_page: OpenPage, pages: PageServer) -> None:
    """A page elsewhere could subscribe its own address."""
    page = open_page("/")
    answer = page.request.post(f"{pages.url}/subscribe", form={"sink": "http://127.0.0.1:9/", "name": "x"})
    assert answer.status == 403
    foreign = page.request.post(f"{pages.url}/subscribe", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status == 403


def test_search_leads_to_the_only_hit_and_lists_several(open_page: OpenPage) -> None:
    """A ticker is a short way to its company."""
    page = open_page("/search?q=QMRK")
    assert page.url.rpartition("/")[0].endswith("/issuers")
    page.goto("/search?q=e")
    assert page.locator("tbody tr").count() > 1


def test_filter_that_is_not_one_is_explained(open_page: OpenPage) -> None:
    """An address that was typed wrongly has an answer for people."""
    page = open_page("/")
    answer = page.request.get("/?nope=1")
    assert answer.status == 400
    assert "no such field" in answer.text()
    assert answer.headers["content-type"].startswith("text/html")


def hostile(text: str) -> dict[str, Any]:
    """Return the fields of an event in which everything that is free text is this text."""
    position = {"position_id": "p1", "table": "non_derivative", "security_title": text, "ownership": "I"}
    return {
        "issuer": {"key": "name:X", "name": text, "tickers": [text[:20]]},
        "owner": {**MUSK, "name": text, "officer_title": text},
        "position": {**position, "nature_of_ownership": text},
        "footnotes": {"F1": text},
    }


@pytest.mark.parametrize(
    "text",
    ["<script>window.hacked=1</script>", '"><img src=x onerror=window.hacked=1>', "Smith \u202e\u2066 John\u0007"],
)
def test_hostile_text_is_shown_and_does_nothing(open_page: OpenPage, pages: PageServer, text: str) -> None:
    """Titles, names and footnotes are written by whoever files."""
    number = next(NUMBERS)
    fields = hostile(text)
    pages.publish(
        output(report(number, **{name: fields[name] for name in ("issuer", "owner", "footnotes")})),
        output(alert(f"hostile{number}", number, **fields)),
    )
    page = open_page("/")
    wait_for(page, f"hostile{number}")
    for address in (f"/?alert=hostile{number}", f"/alerts/hostile{number}", "/issuers/name:X"):
        page.goto(address)
        assert page.evaluate("window.hacked") is None
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u0007]", page.content())
        assert page.locator("main img").count() == 0


def wait_for(page: Page, alert_id: str) -> None:
    """Load the tape until it has the alert."""
    page.wait_for_function(f"fetch('/alerts/{alert_id}').then(answer => answer.ok)")


def test_footnote_of_five_megabytes_makes_no_page_of_five_megabytes() -> None:
    """It is cut with a count; the event has all of it."""
    fields = hostile("a b " * 1_250_000)
    number = next(NUMBERS)
    whole = alert(f"long{number}", number, **fields)
    told = report(number, **{name: fields[name] for name in ("issuer", "owner", "footnotes")})
    view = filing_view([encode(whole)], [encode(told)])
    pane = pane_of(view.entry, view.row, view.reports, whole.alert_id)
    html = render("alert.html", frame=Frame(), pane=pane, as_page=True)
    assert len(html) < 400_000
    assert "more characters" in html


def test_empty_tape_names_the_condition_that_hides_filings(open_page: OpenPage) -> None:
    """Nobody has to try the conditions one by one."""
    page = open_page("/?ticker=QMRK&min_value=999999999999")
    words = page.locator(".state").inner_text()
    assert "Nothing matches all of this" in words
    assert re.search(r"Without .* there would be [1-9]", words)
    page.get_by_role("link", name="Remove min_value 999999999999").click()
    assert page.locator("tr.row").count() > 0


def test_narrow_page_can_be_filtered_too(open_page: OpenPage) -> None:
    """The fields of the bar are behind `More filters` if the bar has no room for them."""
    page = open_page("/", width=390, has_touch=True)
    page.get_by_text("More filters").click()
    page.locator(".filters [name=ticker]").fill("QMRK")
    page.get_by_role("button", name="Apply").click()
    assert "ticker=QMRK" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
