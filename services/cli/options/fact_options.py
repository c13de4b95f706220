"""Options for facts that a filing lacks: its issuer and its form type."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.enumerations import FormType
from services.section16.vocabulary import FORM_TYPES, form_type_of

if TYPE_CHECKING:
    from contracts.filing_published import Hints

_FACTS: Final = "Facts missing from the filings (the document takes precedence)"

_CIK_DIGITS: Final = 10


def parse_cik(text: str) -> str:
    """Parse a CIK with or without leading zeros."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _CIK_DIGITS and int(digits)):
        raise typer.BadParameter(f"{text!r} is not a CIK; a CIK has up to ten digits, for example 0001318605")
    return digits.zfill(_CIK_DIGITS)


def parse_form(text: str) -> FormType:
    """Parse a form type."""
    form_type = form_type_of(text)
    if form_type is None:
        raise typer.BadParameter(f"{text!r} is not a form; use one of {', '.join(FORM_TYPES)}")
    return form_type


def parse_text(text: str) -> str:
    """Parse a name or a symbol: text on one line."""
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise typer.BadParameter(f"{text!r} is not a name: it is empty or has control characters")
    return words


IssuerCik = Annotated[
    str | None,
    typer.Option("--issuer-cik", metavar="CIK", parser=parse_cik, help="CIK of the issuer.", rich_help_panel=_FACTS),
]
IssuerName = Annotated[
    str | None,
    typer.Option(
        "--issuer-name", metavar="NAME", parser=parse_text, help="Name of the issuer.", rich_help_panel=_FACTS
    ),
]
IssuerTicker = Annotated[
    str | None,
    typer.Option(
        "--ticker", metavar="SYMBOL", parser=parse_text, help="Ticker symbol of the issuer.", rich_help_panel=_FACTS
    ),
]
GivenForm = Annotated[
    str | None,
    typer.Option(
        "--form",
        metavar="FORM",
        parser=parse_form,
        help="Form type: 3, 4, 5, 3/A, 4/A or 5/A.",
        rich_help_panel=_FACTS,
    ),
]


def issuer_hints(cik: str | None, name: str | None, ticker: str | None) -> "Hints":
    """Return the hints for a filing, given the facts about its issuer.

    >>> issuer_hints(None, "ACME", None).issuer.name
    'ACME'
    """
    from contracts.filing_published import Hints, PartyHint  # noqa: PLC0415 - help and completion do not need it

    known = any(fact is not None for fact in (cik, name, ticker))
    return Hints(issuer=PartyHint(cik=cik, name=name, trading_symbol=ticker) if known else None)
