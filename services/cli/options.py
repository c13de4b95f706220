"""The options that commands share, and what their values may be."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final

import platformdirs
import typer

from contracts.section16 import TRANSACTION_CODES
from services.cli.filters import Delivery, Kind
from services.cli.views import Format

FLAG: Final = ""
"""The metavar of an option that takes no value: help shows none."""

_RUN: Final = "Where the data is"
_FILTERS: Final = "Filters (all must hold; repeat one to allow several values)"


def examples(*lines: str) -> str:
    """The epilog of a command's help."""
    return "\n".join(["Examples:", *(f"  insidertape {line}" for line in lines)])


def dollars(text: str) -> Decimal:
    """An amount as a person types it: 1000000, 1,000,000 or $1,000,000."""
    try:
        amount = Decimal(text.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise typer.BadParameter(f"{text!r} is no amount of dollars")
    return amount


def transaction_code(text: str) -> str:
    """A code of the forms' table, in either case."""
    code = text.upper()
    if code not in TRANSACTION_CODES:
        known = ", ".join(f"{entry.code} {entry.label}" for entry in TRANSACTION_CODES.values())
        raise typer.BadParameter(f"{text!r} is no transaction code; there are {known}")
    return code


Sources = Annotated[
    list[Path] | None,
    typer.Option("--source", metavar="DIR", help="Watch this directory and all below it. May be given several times."),
]
Edgar = Annotated[
    bool, typer.Option("--edgar", metavar=FLAG, help="Watch EDGAR itself: every Form 3, 4 and 5 as it appears.")
]
Contact = Annotated[
    str | None,
    typer.Option(
        "--contact",
        metavar="NAME AND E-MAIL",
        help="Whom EDGAR may ask about these requests; it wants to be told. Default: $INSIDERTAPE_EDGAR_CONTACT",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="INSIDERTAPE_DATA",
        help=f"The embedded engine's data. Default: {platformdirs.user_data_path('insidertape')}",
        show_default=False,
        rich_help_panel=_RUN,
    ),
]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka", metavar="HOST:PORT", help="This Kafka instead of the embedded engine.", rich_help_panel=_RUN
    ),
]
ServiceKafka = Annotated[
    str | None,
    typer.Option("--kafka", metavar="HOST:PORT", help="The broker. Default: $INSIDERTAPE_KAFKA_BOOTSTRAP_SERVERS"),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", metavar=FLAG, help="Go on with what comes, until Ctrl-C.")]
Form = Annotated[Format, typer.Option("--format", metavar="FORMAT", help="table, jsonl or csv.")]
Tickers = Annotated[
    list[str] | None,
    typer.Option("--ticker", metavar="SYMBOL", help="Issuers with this ticker symbol.", rich_help_panel=_FILTERS),
]
Owners = Annotated[
    list[str] | None,
    typer.Option(
        "--owner", metavar="NAME|CIK", help="Owners with this in their name, or this CIK.", rich_help_panel=_FILTERS
    ),
]
Kinds = Annotated[
    list[Kind] | None,
    typer.Option("--kind", metavar="KIND", help=f"Alerts that say {', '.join(Kind)}.", rich_help_panel=_FILTERS),
]
Codes = Annotated[
    list[str] | None,
    typer.Option(
        "--code",
        metavar="LETTER",
        parser=transaction_code,
        help="Alerts of trades with this code: P purchase, S sale, G gift …",
        rich_help_panel=_FILTERS,
    ),
]
MinValue = Annotated[
    Decimal | None,
    typer.Option(
        "--min-value",
        metavar="DOLLARS",
        parser=dollars,
        help="Alerts of trades worth at least this together.",
        rich_help_panel=_FILTERS,
    ),
]
Deliveries = Annotated[
    list[Delivery] | None,
    typer.Option(
        "--delivery",
        metavar="DELIVERY",
        help="Alerts of filings that came live, or by backfill.",
        rich_help_panel=_FILTERS,
    ),
]
