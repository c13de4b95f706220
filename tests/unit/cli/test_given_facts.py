"""Facts given by hand with a replay: how they are read, and how they travel."""

from datetime import UTC, datetime

import pytest
import typer

from contracts.codec import decode, encode
from contracts.errors import Misconfigured, OversizedRecord
from contracts.filing_published import FilingPublished, Hints, PartyHint
from contracts.topics import FILINGS
from services.cli.dead_letters.given_facts import GivenFacts
from services.cli.options.dead_letter_options import parse_cik, parse_form, parse_text
from services.runtime.port import Output

OWNER = PartyHint(cik="0000000009", name="DOE JANE")
FILING = FilingPublished(
    filing_id="f",
    form_type="3",
    content="text",
    content_sha256="0" * 64,
    source="directory",
    observed_at=datetime(2025, 1, 1, tzinfo=UTC),
    hints=Hints(issuer=PartyHint(name="OLD NAME", trading_symbol="OLD"), owners=(OWNER,)),
)
ORIGINAL = Output(FILINGS, b"f", encode(FILING), (("ce_id", b"1"),), b"routing")


def told(facts: GivenFacts) -> FilingPublished:
    """The filing with the facts."""
    output = facts.added_to(ORIGINAL, "parser/0/0")
    assert (output.key, output.headers, output.routing) == (ORIGINAL.key, ORIGINAL.headers, ORIGINAL.routing)
    return decode(output.value, FilingPublished)


def test_facts_travel_as_hints_and_leave_the_rest_as_it_was() -> None:
    """What a person gives replaces what the source knew; what it alone knew stays, and so does the text."""
    filing = told(GivenFacts(issuer_cik="0001318605", issuer_name="Tesla, Inc.", form_type="4"))
    issuer = PartyHint(cik="0001318605", name="Tesla, Inc.", trading_symbol="OLD")
    assert filing == FILING.model_copy(update={"form_type": "4", "hints": Hints(issuer=issuer, owners=(OWNER,))})


def test_a_form_alone_leaves_the_issuer_as_it_was() -> None:
    """And an issuer alone the form."""
    assert told(GivenFacts(form_type="5/A")) == FILING.model_copy(update={"form_type": "5/A"})
    assert told(GivenFacts(ticker="NEW")).form_type == "3"


def test_no_facts_are_none() -> None:
    """A replay without any is a copy, byte for byte."""
    assert not GivenFacts()
    assert GivenFacts(ticker="X")


def test_what_is_not_a_filing_takes_no_facts() -> None:
    """Its bytes cannot carry hints."""
    with pytest.raises(Misconfigured, match="no_filing: parser/0/0 cannot take facts: "):
        GivenFacts(form_type="4").added_to(Output(FILINGS, b"f", b"not an event"), "parser/0/0")


def test_facts_that_make_the_record_too_large_are_refused() -> None:
    """Else the broker would refuse it, in its own words."""
    full = FILING.model_copy(update={"content": "x" * (FILINGS.max_value_bytes - 600)})
    with pytest.raises(OversizedRecord):
        GivenFacts(issuer_name="n" * 1_000).added_to(Output(FILINGS, b"f", encode(full)), "parser/0/0")


@pytest.mark.parametrize(
    ("text", "cik"), [("1318605", "0001318605"), (" 0001318605 ", "0001318605"), ("1", "0" * 9 + "1")]
)
def test_a_cik_is_padded_to_ten_digits(text: str, cik: str) -> None:
    """People write it either way."""
    assert parse_cik(text) == cik


def test_mistaken_facts_are_refused_with_what_they_should_be() -> None:
    """A wrong fact would be believed, since the document says nothing against it."""
    for wrong in ("", "Tesla", "12345678901", "-1", "0", "१२३"):
        with pytest.raises(typer.BadParameter, match="is not a CIK"):
            parse_cik(wrong)
    assert parse_form("form 4 / a") == "4/A"
    with pytest.raises(typer.BadParameter, match="is not a form; use one of 3, 3/A, 4, 4/A, 5, 5/A"):
        parse_form("10-K")
    assert parse_text(" Tesla,\tInc. ") == "Tesla, Inc."
    for wrong in ("", "  ", "\x1b[2J"):
        with pytest.raises(typer.BadParameter, match="is not a name"):
            parse_text(wrong)
