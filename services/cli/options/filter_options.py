"""The filter options, in one table that all commands with filters share, and parsers for their values."""

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.options.choices import Delivery, Kind, Plan, Role, Side
from services.cli.options.common_options import FLAG
from services.section16.vocabulary import TRANSACTION_CODES

if TYPE_CHECKING:
    from services.cli.reading.event_filter import Filter

_FILTERS: Final = "Filters (all must hold; repeat one to allow several values)"
_TRADES: Final = "Filters on trades"


def parse_minimum(text: str) -> Decimal:
    """Parse a minimum as people type it: 1000000, 1,000,000 or $1,000,000."""
    try:
        amount = Decimal(text.strip().replace(",", "").removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise typer.BadParameter(f"{text!r} is not an amount; write it as 1000000 or 1,000,000")
    if amount < 0:
        raise typer.BadParameter(f"{text!r} is negative; a minimum must be zero or more")
    return amount


def parse_day(text: str) -> date:
    """Parse a date."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it as 2024-12-31") from None


def parse_transaction_code(text: str) -> str:
    """Parse a transaction code in either case."""
    code = text.strip().upper()
    if code not in TRANSACTION_CODES:
        known = ", ".join(f"{entry.code} {entry.label}" for entry in TRANSACTION_CODES.values())
        raise typer.BadParameter(f"{text!r} is not a transaction code; use one of {known}")
    return code


def matching_codes(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes that begin with the typed text, each with its label, for completion."""
    return [(entry.code, entry.label) for entry in TRANSACTION_CODES.values() if entry.code.startswith(incomplete)]


_OPTIONS: Final[Mapping[str, object]] = {
    "ticker": Annotated[
        list[str] | None,
        typer.Option("--ticker", metavar="SYMBOL", help="Issuer with this ticker symbol.", rich_help_panel=_FILTERS),
    ],
    "issuer": Annotated[
        list[str] | None,
        typer.Option(
            "--issuer",
            metavar="NAME|CIK",
            help="Issuer whose name contains this, or with this CIK.",
            rich_help_panel=_FILTERS,
        ),
    ],
    "owner": Annotated[
        list[str] | None,
        typer.Option(
            "--owner",
            metavar="NAME|CIK",
            help="Owner whose name contains this, or with this CIK.",
            rich_help_panel=_FILTERS,
        ),
    ],
    "role": Annotated[
        list[Role] | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            help=f"Relationship to the issuer: {', '.join(Role)}.",
            case_sensitive=False,
            rich_help_panel=_FILTERS,
        ),
    ],
    "first_owner": Annotated[
        bool,
        typer.Option(
            "--first-owner",
            metavar=FLAG,
            help="Only the first owner of a joint filing, so that each trade appears once.",
            rich_help_panel=_FILTERS,
        ),
    ],
    "since": Annotated[
        date | None,
        typer.Option(
            "--since",
            metavar="DATE",
            parser=parse_day,
            help="Filed on or after this day (traded, if the filing date is unknown).",
            rich_help_panel=_FILTERS,
        ),
    ],
    "until": Annotated[
        date | None,
        typer.Option(
            "--until",
            metavar="DATE",
            parser=parse_day,
            help="Filed on or before this day (likewise).",
            rich_help_panel=_FILTERS,
        ),
    ],
    "delivery": Annotated[
        list[Delivery] | None,
        typer.Option(
            "--delivery",
            metavar="HOW",
            help="live (published when it appeared) or backfill.",
            case_sensitive=False,
            rich_help_panel=_FILTERS,
        ),
    ],
    "plan": Annotated[
        list[Plan] | None,
        typer.Option(
            "--plan",
            metavar="ANSWER",
            help=f"Rule 10b5-1 plan: {', '.join(Plan)}.",
            case_sensitive=False,
            rich_help_panel=_FILTERS,
        ),
    ],
    "late": Annotated[
        bool, typer.Option("--late", metavar=FLAG, help="Filed after the deadline.", rich_help_panel=_FILTERS)
    ],
    "kind": Annotated[
        list[Kind] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"Change of the position: {', '.join(Kind)}.",
            case_sensitive=False,
            rich_help_panel=_FILTERS,
        ),
    ],
    "side": Annotated[
        list[Side] | None,
        typer.Option(
            "--side",
            metavar="SIDE",
            help="buy (code P) or sell (code S).",
            case_sensitive=False,
            rich_help_panel=_TRADES,
        ),
    ],
    "code": Annotated[
        list[str] | None,
        typer.Option(
            "--code",
            metavar="LETTER",
            parser=parse_transaction_code,
            autocompletion=matching_codes,
            help="Transaction code, such as P, S, M, F, A or G.",
            rich_help_panel=_TRADES,
        ),
    ],
    "acquired": Annotated[
        bool, typer.Option("--acquired", metavar=FLAG, help="Only acquisitions.", rich_help_panel=_TRADES)
    ],
    "disposed": Annotated[
        bool, typer.Option("--disposed", metavar=FLAG, help="Only disposals.", rich_help_panel=_TRADES)
    ],
    "min_value": Annotated[
        Decimal | None,
        typer.Option(
            "--min-value",
            metavar="DOLLARS",
            parser=parse_minimum,
            help="Minimum total value of the matching trades.",
            rich_help_panel=_TRADES,
        ),
    ],
    "min_shares": Annotated[
        Decimal | None,
        typer.Option(
            "--min-shares",
            metavar="SHARES",
            parser=parse_minimum,
            help="Minimum total shares of the matching trades.",
            rich_help_panel=_TRADES,
        ),
    ],
}
_FLAGS: Final = frozenset({"first_owner", "late", "acquired", "disposed"})

ALERT_FILTERS: Final = tuple(_OPTIONS)
LINE_FILTERS: Final = tuple(name for name in _OPTIONS if name not in {"late", "kind"})
"""Filters that apply to reported lines. Only the ledger knows whether a trade is late and how it changes a position."""


def with_filters(names: tuple[str, ...] = ALERT_FILTERS) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add these filter options to a command, which receives them as one `Filter` in its parameter `wanted`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def filtered(**options: object) -> None:
            given = {name: options.pop(name) for name in names}
            command(wanted=filter_of(given), **options)

        own = [each for each in inspect.signature(command).parameters.values() if each.name != "wanted"]
        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if name in _FLAGS else None,
                annotation=_OPTIONS[name],
            )
            for name in names
        ]
        filtered.__name__, filtered.__doc__ = command.__name__, _unwrapped(command.__doc__ or "")
        filtered.__annotations__ = {each.name: each.annotation for each in parameters}
        filtered.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        return filtered

    return decorate


def _unwrapped(text: str) -> str:
    """Return the text with each paragraph on one line, so that help can be wrapped to the terminal's width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def filter_of(given: Mapping[str, Any]) -> "Filter":
    """Return the filter for these options.

    Raises:
        BadParameter: `until` is before `since`.
    """
    from services.cli.reading.event_filter import Filter  # noqa: PLC0415 - help and completion do not need it

    since, until = given.get("since"), given.get("until")
    if since is not None and until is not None and until < since:
        raise typer.BadParameter(f"--until {until} is before --since {since}")
    directions = [letter for name, letter in (("acquired", "A"), ("disposed", "D")) if given.get(name)]
    return Filter(
        tickers=given.get("ticker") or (),
        issuers=given.get("issuer") or (),
        owners=given.get("owner") or (),
        roles=given.get("role") or (),
        first_owner=bool(given.get("first_owner")),
        since=since,
        until=until,
        late=bool(given.get("late")),
        plans=given.get("plan") or (),
        deliveries=given.get("delivery") or (),
        kinds=given.get("kind") or (),
        sides=given.get("side") or (),
        codes=given.get("code") or (),
        directions=directions or (),
        minimum_value=given.get("min_value"),
        minimum_shares=given.get("min_shares"),
    )
