"""Hints complete a filing, and never overrule it."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.codec import encode
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import TransactionsReported
from services.parser import parse_filing
from services.section16.identity import filing_id_of

ISSUER = "<issuer><issuerCik>0000912345</issuerCik><issuerName>LAMP CO</issuerName></issuer>"
OWNER = (
    "<reportingOwner><reportingOwnerId><rptOwnerCik>0000912346</rptOwnerCik><rptOwnerName>WICKER ADA</rptOwnerName>"
    "</reportingOwnerId></reportingOwner>"
)
TYPE = "<documentType>4</documentType>"


def parsed(body: str, **facts: Any) -> TransactionsReported:
    """Return the first event of an ownership document."""
    return parse_filing(f"<ownershipDocument>{body}</ownershipDocument>", **facts)[0]


def disagreements(event: TransactionsReported) -> list[tuple[str | None, str | None]]:
    """Return the rows' values that the event of the filing does not have: each line must have its counterpart."""
    return [(found.field, found.raw) for found in event.diagnostics if found.code == "hint_disagrees"]


def test_facts_that_the_document_lacks_are_taken() -> None:
    """Accession number, dates and address; the accession number names the filing."""
    event = parsed(
        TYPE + ISSUER + OWNER,
        accession_number="0000912399-22-000017",
        filed_on=date(2022, 11, 10),
        accepted_at=datetime(2022, 11, 10, 1, 18, 10, tzinfo=UTC),
        source_url="https://example.test/1.txt",
    )
    filing = event.filing
    assert filing.filing_id == filing.accession_number == "0000912399-22-000017"
    assert str(filing.filed_on) == "2022-11-10"
    assert filing.source_url == "https://example.test/1.txt"
    assert event.diagnostics == ()


@pytest.mark.parametrize(
    "fact",
    [
        {"accepted_at": datetime(2022, 11, 10, 1, 18, 10)},  # noqa: DTZ001 - a time without a zone is the point
        {"filed_on": "10/11/2022"},
        {"accession_number": "000091239922000017"},
        {"form_type": "10-K"},
        {"filing_id": ""},
        {"source_url": ""},
    ],
)
def test_fact_that_does_not_follow_the_contract_is_refused(fact: dict[str, Any]) -> None:
    """Events are built without validation, so it would get into them."""
    with pytest.raises(ValidationError, match=next(iter(fact))):
        parsed(TYPE + ISSUER + OWNER, **fact)


def test_time_of_acceptance_is_converted_to_utc() -> None:
    """Events have no other zone, and a header that gives the same time agrees."""
    eastern = datetime(2022, 11, 9, 20, 18, 10, tzinfo=timezone(timedelta(hours=-5)))
    assert parsed(TYPE + ISSUER + OWNER, accepted_at=eastern).filing.accepted_at == eastern
    assert b'"accepted_at":"2022-11-10T01:18:10Z"' in encode(parsed(TYPE + ISSUER + OWNER, accepted_at=eastern))


def test_a_filing_of_no_number_is_named_by_its_text() -> None:
    """The same text in bytes or in characters is the same filing."""
    text = f"<ownershipDocument>{TYPE}{ISSUER}{OWNER}</ownershipDocument>"
    of_text, of_bytes = parse_filing(text)[0], parse_filing(text.encode())[0]
    assert of_text == of_bytes
    assert of_text.filing.filing_id == filing_id_of(None, text)
    assert parse_filing(text, filing_id="mine")[0].filing.filing_id == "mine"


def test_the_document_wins_over_hints_that_disagree() -> None:
    """Each with a diagnostic that carries what was not taken."""
    hints = Hints(issuer=PartyHint(cik="0000000999", name="LAMP CO"), owners=(PartyHint(cik="0000000998"),))
    event = parsed(TYPE + ISSUER + OWNER, hints=hints, form_type="4/A")
    assert event.issuer.cik == "0000912345"
    assert event.owner.cik == "0000912346"
    assert event.filing.form_type == "4"
    assert disagreements(event) == [
        ("filing.form_type", "4/A"),
        ("issuer.cik", "0000000999"),
        ("owner.cik", "0000000998"),
    ]


def test_hints_complete_parties_of_the_same_name() -> None:
    """Case and spacing are no difference."""
    hints = Hints(
        issuer=PartyHint(cik="0000912345", name="Lamp  Co", trading_symbol="LAMP"),
        owners=(PartyHint(cik="0000912347", name="TAPER BO"), PartyHint(cik="0000912346", name="Wicker Ada")),
    )
    event = parsed(
        TYPE + ISSUER.replace("<issuerCik>0000912345</issuerCik>", "")
        + OWNER.replace("<rptOwnerCik>0000912346</rptOwnerCik>", ""),
        hints=hints,
    )  # fmt: skip
    assert (event.issuer.key, event.issuer.tickers) == ("0000912345", ("LAMP",))
    assert event.owner.key == "0000912346"
    assert disagreements(event) == []


def test_a_hint_of_another_name_gives_no_cik() -> None:
    """An owner's key is not guessed."""
    hints = Hints(owners=(PartyHint(cik="0000912347", name="TAPER BO"),))
    event = parsed(TYPE + ISSUER + OWNER.replace("<rptOwnerCik>0000912346</rptOwnerCik>", ""), hints=hints)
    assert event.owner.key == "name:WICKER ADA"
    assert disagreements(event) == [("owner.name", "TAPER BO")]


def test_parties_may_be_known_from_hints_only() -> None:
    """The document names nobody."""
    hints = Hints(issuer=PartyHint(cik="0000912345"), owners=(PartyHint(name="WICKER ADA"), PartyHint(name="TAPER BO")))
    events = parse_filing("<ownershipDocument></ownershipDocument>", hints=hints, form_type="3")
    assert [event.owner.key for event in events] == ["name:WICKER ADA", "name:TAPER BO"]
    assert events[0].issuer.name == "0000912345"
    assert ("missing_name", "issuer.name") in [(found.code, found.field) for found in events[0].diagnostics]


def test_joint_owners_have_an_event_each() -> None:
    """In document order, each with the other owners listed."""
    other = OWNER.replace("912346", "912347").replace("WICKER ADA", "TAPER BO")
    text = f"<ownershipDocument>{TYPE}{ISSUER}{OWNER}{other}</ownershipDocument>"
    first, second = parse_filing(text)
    assert [(event.owner_index, event.owner_count) for event in (first, second)] == [(0, 2), (1, 2)]
    assert [other.name for other in first.co_owners] == ["TAPER BO"]
    assert [other.name for other in second.co_owners] == ["WICKER ADA"]


@pytest.mark.parametrize(
    ("body", "code"),
    [(ISSUER + OWNER, "no_form_type"), (TYPE + OWNER, "no_issuer"), (TYPE + ISSUER, "no_owner")],
)
def test_what_nobody_knows_is_refused(body: str, code: str) -> None:
    """A form without its type, issuer or owner can be keyed by nothing."""
    with pytest.raises(InvalidFiling) as refused:
        parsed(body)
    assert refused.value.code == code


def test_a_footnote_on_the_filing_itself_is_not_lost() -> None:
    """No schema has one; a diagnostic keeps it."""
    event = parsed(TYPE + ISSUER + OWNER + '<remarks>Note<footnoteId id="F1"/></remarks>')
    assert event.filing.remarks == "Note"
    assert [(found.code, found.field, found.raw) for found in event.diagnostics] == [
        ("footnote_on_filing", "filing.remarks", "F1")
    ]
