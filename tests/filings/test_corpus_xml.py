"""Every available ownership XML document: none of its values is lost, and its events survive the codec."""

import copy
from pathlib import Path

import pytest

from services.parser import parse_filing
from tests.event_json import assert_follows_contract, json_of
from tests.filings.all_fields import Event, what_is_lost
from tests.filings.corpus import CORPUS, each_of

HERE = Path(__file__).parent


def dumped(content: bytes) -> list[Event]:
    """Return the events of a filing, as their JSON has them."""
    return [json_of(event) for event in parse_filing(content)]


@pytest.mark.parametrize("path", each_of(CORPUS / "xml", "*.xml"))
def test_nothing_in_a_real_document_is_lost(path: Path) -> None:
    """Every leaf's text and every citation arrives, in every event, and no event needs a diagnostic."""
    content = path.read_bytes()
    events = dumped(content)
    assert what_is_lost(content, events) == []
    assert [event["diagnostics"] for event in events] == [[]] * len(events)


@pytest.mark.parametrize("path", [*each_of(CORPUS / "xml", "*.xml"), *(HERE / "golden").glob("*.xml")])
def test_every_event_follows_the_contract(path: Path) -> None:
    """The parser skips validation for speed."""
    for event in parse_filing(path.read_bytes()):
        assert_follows_contract(event)


def test_nothing_in_a_document_with_every_element_is_lost() -> None:
    """The golden document fills each element of the schema."""
    content = (HERE / "golden" / "every_element.xml").read_bytes()
    assert what_is_lost(content, dumped(content)) == []


def filled(event: Event) -> list[tuple[str, str]]:
    """Return each field, of each section of an event, that has a value from the document."""
    derived = {"key", "tickers", "filing_id", "source_format", "line", "table", "accession_number"}
    found = [
        (part, name)
        for part in ("filing", "issuer", "owner")
        for name, value in event[part].items()
        if value is not None and name not in derived
    ]
    for part in ("transactions", "holdings"):
        names = {name for line in event[part] for name, value in line.items() if value not in (None, {})}
        found.extend((part, name) for name in sorted(names - derived))
    return [*found, ("", "footnotes")]


def without(event: Event, part: str, name: str) -> Event:
    """Return the event as a parser that ignored one field would have built it."""
    dropped = copy.deepcopy(event)
    found = dropped if not part else dropped[part]
    for fields in found if isinstance(found, list) else [found]:
        fields[name] = {} if name == "footnotes" else [] if name == "signatures" else None
    return dropped


def test_the_check_fails_when_any_one_field_is_dropped() -> None:
    """Each field the golden document fills, taken out of the event, is missed by the check: it can fail."""
    content = (HERE / "golden" / "every_element.xml").read_bytes()
    events = dumped(content)
    fields = filled(events[0])
    assert len(fields) > 60
    for part, name in fields:
        assert what_is_lost(content, [without(events[0], part, name), *events[1:]]) != [], f"{part}.{name}"


def test_the_check_fails_when_a_line_or_an_owner_is_dropped() -> None:
    """A row, or a joint owner, that a parser skipped."""
    content = (HERE / "golden" / "every_element.xml").read_bytes()
    events = dumped(content)
    assert what_is_lost(content, [event | {"holdings": event["holdings"][:-1]} for event in events]) != []
    assert what_is_lost(content, events[:-1]) != []
