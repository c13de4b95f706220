"""Atom and CSV, with texts that would command a reader if they were not escaped."""

import csv
import io
from xml.etree import ElementTree as ET

from tests.gateway.http.market import ALERTS, LONGEST, SCRIPT, TAPE
from tests.gateway.serving import Served

ATOM = "{http://www.w3.org/2005/Atom}"


async def test_atom_is_well_formed_with_an_entry_per_filing(served: Served) -> None:
    """An entry's id stays, so that a feed reader shows each filing once."""
    response = await served.client.get(f"{served.url}/alerts.atom")
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    text = await response.text()
    feed = ET.fromstring(text)  # noqa: S314 - our own
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == TAPE
    assert SCRIPT not in text
    links = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    assert all(link.startswith(served.url) for link in links)


async def test_atom_of_a_filter_says_which_it_is(served: Served) -> None:
    """A person has several feeds."""
    feed = ET.fromstring(await (await served.client.get(f"{served.url}/alerts.atom?side=buy")).text())  # noqa: S314 - our own
    assert len(list(feed.iter(f"{ATOM}entry"))) == 1
    assert feed.findtext(f"{ATOM}title") == "insidertape: purchases"
    assert (feed.findtext(f"{ATOM}id") or "").endswith("?side=buy")


async def test_links_of_a_feed_use_the_public_address(served: Served) -> None:
    """Behind a proxy the request names another one; readers follow the links from elsewhere."""
    object.__setattr__(
        served.gateway, "settings", served.gateway.settings.model_copy(update={"http_public_url": "https://t.example"})
    )
    text = await (await served.client.get(f"{served.url}/alerts.atom")).text()
    assert 'href="https://t.example/alerts.atom"' in text


async def test_csv_has_a_row_per_trade_and_no_formulas(served: Served) -> None:
    """A spreadsheet runs a cell that begins with `=`."""
    response = await served.client.get(f"{served.url}/alerts.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="alerts.csv"'
    csv.field_size_limit(10_000_000)
    rows = list(csv.DictReader(io.StringIO(await response.text())))
    assert len(rows) == ALERTS
    hostile = next(row for row in rows if row["alert_id"] == "hostile")
    assert hostile["owner"].startswith("'=cmd")
    assert "\u202e" not in hostile["owner"]
    assert LONGEST in hostile["footnotes"]
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row.values())


async def test_csv_ends_at_its_limit(served: Served) -> None:
    """It counts alerts."""
    rows = (await (await served.client.get(f"{served.url}/alerts.csv?limit=3")).text()).splitlines()
    assert len(rows) == 4
