"""A document cut short after any byte: an error, or no line and no number that the whole does not have."""

from pathlib import Path

import pytest

from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.transactions_reported import TransactionsReported
from services.parser import parse_filing

GOLDEN = Path(__file__).resolve().parents[2] / "filings" / "golden"
KNOWN = Hints(issuer=PartyHint(cik="0000912345", name="X CO"), owners=(PartyHint(cik="0000912346", name="Y"),))


def said(events: list[TransactionsReported]) -> list[tuple[object, ...]]:
    """What the events say of owners and lines."""
    return [(event.issuer, event.owner, event.transactions, event.holdings, event.footnotes) for event in events]


@pytest.mark.parametrize("name", ["every_element.xml", "schema_x0101.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_cut_after_any_byte_is_refused(name: str, encoding: str) -> None:
    """Well formed or mended (the second has bare ampersands), half a document is none."""
    content = (GOLDEN / name).read_text(encoding="utf-8").rstrip().encode(encoding)
    for length in range(len(content)):
        with pytest.raises(InvalidFiling):
            parse_filing(content[:length], hints=KNOWN, form_type="4")


@pytest.mark.parametrize("name", ["submission_sec_document.txt", "submission_tags.txt"])
def test_a_submission_cut_after_any_byte_says_the_same_or_is_refused(name: str) -> None:
    """Only what stands after the document can be missing."""
    content = (GOLDEN / name).read_bytes()
    whole = said(parse_filing(content, hints=KNOWN))
    end = content.index(b"</ownershipDocument>") + len(b"</ownershipDocument>")
    for length in range(len(content)):
        try:
            events = parse_filing(content[:length], hints=KNOWN)
        except InvalidFiling:
            assert length < len(content.rstrip())
            continue
        assert length >= end
        assert said(events) == whole
