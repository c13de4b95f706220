"""Options for facts that a filing lacks: its issuer and its form type."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.options.dead_letter_options import parse_cik, parse_form, parse_text

if TYPE_CHECKING:
    from contracts.filing_published import Hints

_FACTS: Final = "Facts missing from the filings (the document takes precedence)"

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
