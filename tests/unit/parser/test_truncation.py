"""A document cut short after any byte: an error, or no line and no number that the whole does not have."""

from pathlib import Path
from types import ModuleType

import pytest

from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from tests.event_json import json_of
from tests.filings.agreement import compare
from tests.generated import reduced_page, viewer_page
from tests.generated.example import EXAMPLE
from tests.generated.style import Style

GOLDEN = Path(__file__).resolve().parents[2] / "filings" / "golden"
KNOWN = Hints(issuer=PartyHint(cik="0000912345", name="X CO"), owners=(PartyHint(cik="0000912346", name="Y"),))


def values_of(events: list[TransactionsReported]) -> list[tuple[object, ...]]:
    """Return the values of owners and lines in the events."""
    return [(event.issuer, event.owner, event.transactions, event.holdings, event.footnotes) for event in events]


@pytest.mark.parametrize("name", ["every_element.xml", "schema_x0101.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_truncated_after_any_byte_is_refused(name: str, encoding: str) -> None:
    """Well-formed or repaired (the second has bare ampersands), half a document is not a document."""
    content = (GOLDEN / name).read_text(encoding="utf-8").rstrip().encode(encoding)
    for length in range(len(content)):
        with pytest.raises(InvalidFiling):
            parse_filing(content[:length], hints=KNOWN, form_type="4")


@pytest.mark.parametrize("name", ["submission_sec_document.txt", "submission_tags.txt"])
def test_submission_truncated_after_any_byte_gives_the_same_events_or_is_refused(name: str) -> None:
    """Only content after the document can be missing."""
    content = (GOLDEN / name).read_bytes()
    whole = values_of(parse_filing(content, hints=KNOWN))
    end = content.index(b"</ownershipDocument>") + len(b"</ownershipDocument>")
    for length in range(len(content)):
        try:
            events = parse_filing(content[:length], hints=KNOWN)
        except InvalidFiling:
            assert length < len(content.rstrip())
            continue
        assert length >= end
        assert values_of(events) == whole


@pytest.mark.parametrize("page", [viewer_page, reduced_page])
def test_page_truncated_after_any_byte_gives_no_wrong_value(page: ModuleType) -> None:
    """Its values are those of the whole page, and a diagnostic reports that something is missing."""
    content = page.written(EXAMPLE, Style()).encode()
    whole = [json_of(event) for event in parse_filing(content)]
    read = 0
    for length in range(content.index(b"Table I"), len(content.rstrip().removesuffix(b"</body></html>")), 23):
        try:
            events = [json_of(event) for event in parse_filing(content[:length])]
        except InvalidFiling:
            continue
        read += 1
        assert (length, compare(whole, events).wrong) == (length, [])
        assert all({"code": "truncated", "field": None, "raw": None} in event["diagnostics"] for event in events)
    assert read
