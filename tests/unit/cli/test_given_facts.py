"""Facts given by hand with a replay: parsing them, and adding them to the record."""

from datetime import UTC, datetime

import pytest
import typer

from contracts.codec import decode, encode
from contracts.errors import Misconfigured, OversizedRecord
from contracts.filing_published import FilingPublished, Hints, PartyHint
from contracts.topics import FILINGS
from services.cli.dead_letters.given_facts import GivenFacts
from services.cli.options.fact_options import parse_cik, parse_form, parse_text
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


def with_facts(facts: GivenFacts) -> FilingPublished:
    """Return the filing with the facts added."""
    output = facts.added_to(ORIGINAL, "parser/0/0")
    assert (output.key, output.headers, output.routing) == (ORIGINAL.key, ORIGINAL.headers, ORIGINAL.routing)
    return decode(output.value, FilingPublished)


def test_facts_are_added_as_hints_and_the_rest_is_unchanged() -> None:
    """A given fact replaces the source's; the source's other facts and the text are kept."""
    filing = with_facts(GivenFacts(issuer_cik="0001318605", issuer_name="Tesla, Inc.", form_type="4"))
    issuer = PartyHint(cik="0001318605", name="Tesla, Inc.", trading_symbol="OLD")
    assert filing == FILING.model_copy(update={"form_type": "4", "hints": Hints(issuer=issuer, owners=(OWNER,))})


def test_a_form_alone_leaves_the_issuer_unchanged() -> None:
    """In the same way, an issuer alone leaves the form unchanged."""
    assert with_facts(GivenFacts(form_type="5/A")) == FILING.model_copy(update={"form_type": "5/A"})
    assert with_facts(GivenFacts(ticker="NEW")).form_type == "3"


def test_empty_facts_are_false() -> None:
    """A replay without facts is an identical copy."""
    assert not GivenFacts()
    assert GivenFacts(ticker="X")


def test_facts_for_a_record_that_is_not_a_filing_are_refused() -> None:
    """Its bytes cannot contain hints."""
    with pytest.raises(Misconfigured, match="no_filing: parser/0/0 cannot take facts: "):
        GivenFacts(form_type="4").added_to(Output(FILINGS, b"f", b"not an event"), "parser/0/0")


def test_facts_that_make_the_record_too_large_are_refused() -> None:
    """Otherwise the broker would refuse it with a less helpful error."""
    full = FILING.model_copy(update={"content": "x" * (FILINGS.max_value_bytes - 600)})
    with pytest.raises(OversizedRecord):
        GivenFacts(issuer_name="n" * 1_000).added_to(Output(FILINGS, b"f", encode(full)), "parser/0/0")


@pytest.mark.parametrize(
    ("text", "cik"), [("1318605", "0001318605"), (" 0001318605 ", "0001318605"), ("1", "0" * 9 + "1")]
)
def test_a_cik_is_padded_to_ten_digits(text: str, cik: str) -> None:
    """People write both."""
    assert parse_cik(text) == cik


def test_invalid_facts_are_refused_with_the_expected_form() -> None:
    """A wrong fact would be believed, because nothing in the document contradicts it."""
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
