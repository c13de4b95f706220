"""The tape as an Atom feed (RFC 4287). Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final
from xml.etree import ElementTree as ET

from contracts.base import utc_text
from contracts.structs import Filing
from services.gateway.tape_entry import TapeEntry

ATOM: Final = "application/atom+xml; charset=utf-8"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", _NAMESPACE)


def atom_feed(entries: Sequence[TapeEntry], *, origin: str, query: str, words: str) -> bytes:
    """Return the feed: an entry per filing, the newest first. `words` describe the filter, `query` is its query."""
    feed = ET.Element(f"{{{_NAMESPACE}}}feed")
    _add(feed, "id", f"{origin}/alerts.atom?{query}" if query else f"{origin}/alerts.atom")
    _add(feed, "title", f"insidertape: {words}")
    _add(feed, "updated", utc_text(max((_updated(entry.filing) for entry in entries), default=_EPOCH)))
    _add(feed, "link", rel="self", href=f"{origin}/alerts.atom?{query}" if query else f"{origin}/alerts.atom")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{origin}/?{query}" if query else f"{origin}/")
    for entry in entries:
        _add_entry(feed, entry, origin)
    encoded: bytes = ET.tostring(feed, "utf-8", xml_declaration=True)
    return encoded


def _add_entry(feed: ET.Element, entry: TapeEntry, origin: str) -> None:
    added = _add(feed, "entry")
    _add(added, "id", f"urn:insidertape:filing:{entry.filing.filing_id}")
    _add(added, "title", entry.sentence)
    _add(added, "updated", utc_text(_updated(entry.filing)))
    _add(_add(added, "author"), "name", entry.owner.name)
    _add(added, "category", term=entry.action)
    for symbol in entry.issuer.tickers:
        _add(added, "category", term=symbol)
    _add(added, "link", rel="alternate", type="text/html", href=f"{origin}/alerts/{entry.alerts[0].alert_id}")
    _add(added, "content", entry.sentence, type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", {key: _xml(value) for key, value in attributes.items()})
    element.text = None if text is None else _xml(text)
    return element


def _xml(text: str) -> str:
    """Return the text with a replacement for each character that XML cannot have, escaped or not."""
    return _NOT_XML.sub("\ufffd", text)


def _updated(filing: Filing) -> datetime:
    """Return when the filing was accepted, else the day that it was filed or is about."""
    day = filing.filed_on or filing.period_of_report
    return filing.accepted_at or (datetime.combine(day, time(), UTC) if day else _EPOCH)
