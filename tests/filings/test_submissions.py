"""Real full submissions: the header's facts reach the event, and other documents are refused."""

from pathlib import Path

import pytest

from contracts.errors import InvalidFiling
from services.parser import parse_filing
from services.parser.content import decode
from services.parser.ownership_xml import read_ownership_xml
from services.parser.sgml import read_submission
from tests.event_json import json_of, stated_in
from tests.filings.all_fields import what_is_lost
from tests.filings.corpus import CORPUS, each_of

REFUSED = {"0001012325-98-000004.txt": "no_document"}
"""A header alone."""

ON_PAPERS_PATTERN = "0001094891-00-000193.txt"
"""A form in ASCII columns: it has no XML to be measured by."""

ACCEPTED = {
    "0000842517-24-000086": "2024-05-01 17:07:22+00:00",
    "0000899243-22-035394": "2022-11-09 01:18:10+00:00",
    "0001045810-23-000128": "2023-06-23 23:44:09+00:00",
    "0001790565-23-000009": "2023-07-31 23:21:15+00:00",
}
"""When EDGAR accepted them, US Eastern made UTC by hand: an hour less in winter."""


@pytest.mark.parametrize("path", [case for case in each_of(CORPUS / "txt", "*.txt") if case.id != ON_PAPERS_PATTERN])
def test_full_submission_gives_the_facts_of_its_header(path: Path) -> None:
    """Accession number, dates and CIKs, besides all values of its document."""
    content = path.read_bytes()
    if path.name in REFUSED:
        with pytest.raises(InvalidFiling) as refused:
            parse_filing(content)
        assert refused.value.code == REFUSED[path.name]
        return
    events = parse_filing(content)
    first = events[0].filing
    assert first.filing_id == first.accession_number == path.stem
    assert first.filed_on is not None
    assert str(first.accepted_at) == ACCEPTED.get(path.stem, str(first.accepted_at))
    submission = read_submission(decode(content))
    assert submission.header.issuer is not None
    assert submission.header.issuer.cik == events[0].issuer.cik
    assert {owner.cik for owner in submission.header.owners} == {event.owner.cik for event in events}
    assert [event.diagnostics for event in events] == [()] * len(events)
    document = submission.document.strip().encode()
    assert what_is_lost(document, [json_of(event) for event in events]) == []


@pytest.mark.parametrize("path", each_of(CORPUS / "txt", ON_PAPERS_PATTERN))
def test_legacy_ascii_form_is_read_and_its_ambiguous_cells_are_reported(path: Path) -> None:
    """Cells broken within words and numbers, years without a century, and two ambiguous cells."""
    (event,) = parse_filing(path.read_bytes())
    assert (event.filing.form_type, str(event.filing.period_of_report)) == ("4", "2000-02-29")
    assert (event.issuer.cik, event.issuer.trading_symbol, event.owner.cik) == ("0000911787", "PRAC", "0001050609")
    assert (event.owner.name, event.owner.city, event.owner.is_director) == ("Foster, Alan H.", "New York", True)
    assert [(signed.name, signed.date) for signed in event.filing.signatures] == [("/s/ Alan H. Foster", "2000-03-13")]
    (line,) = event.transactions
    assert stated_in(line) == {
        "line": 0, "table": "derivative", "security_title": "Options to Purchase Common Stock", "form_type": "5",
        "exercise_price": "1.375", "transaction_date": "2000-02-07", "code": "A", "exercise_date": "2000-02-07",
        "expiration_date": "2005-02-07", "underlying_title": "Common Stock", "underlying_shares": "12000",
        "shares_owned_following": "12000", "ownership": "D",
    }  # fmt: skip
    assert [(found.field, found.raw) for found in event.diagnostics] == [
        ("transactions[0].shares", "12,000 -"),
        ("transactions[0].acquired_disposed", "A,D"),
    ]


def test_document_of_a_submission_can_be_read_on_its_own() -> None:
    """The reader of submissions hands on the XML without the tags around it."""
    text = "<SEC-DOCUMENT>\n<DOCUMENT>\n<TYPE>4\n<TEXT>\n<XML>\n<ownershipDocument/>\n</XML>\n</TEXT>\n</DOCUMENT>\n"
    submission = read_submission(text)
    assert submission.document.strip() == "<ownershipDocument/>"
    assert read_ownership_xml(submission.document).owners == []
