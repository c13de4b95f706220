"""Fragments: pages that name no issuer or no owner are shown, and never taken for a filing."""

import pytest

from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from services.parser.fragments import UNKNOWN, parse_fragment

CAPTIONS = "1. Title of Security\t2. Amount of Securities Beneficially Owned\t3. Ownership Form\t4. Nature of"
PAGE = f"FORM 3\n{CAPTIONS}\nCommon Stock\t500\tD\t\n".encode()


def test_fragment_shows_its_lines_with_null_parties() -> None:
    """The reader must see that the issuer is not known."""
    fragment = parse_fragment(PAGE, hints=Hints())
    (event,) = fragment.as_json()
    assert (event["issuer"], event["owner"], event["fragment"]) == (None, None, True)
    assert event["holdings"][0]["security_title"] == "Common Stock"
    assert UNKNOWN not in str(event)
    assert fragment.refusal().code == "no_issuer"


def test_given_parties_make_the_filing_whole() -> None:
    """Then no program treats it as a fragment."""
    hints = Hints(issuer=PartyHint(name="ACME"), owners=(PartyHint(name="DOE"),))
    fragment = parse_fragment(PAGE, hints=hints)
    assert fragment.missing == ()
    assert fragment.as_json()[0]["issuer"]["name"] == "ACME"


def test_other_refusals_stand() -> None:
    """A fragment is a page of a form at least."""
    with pytest.raises(InvalidFiling):
        parse_fragment(b"words", hints=Hints())
