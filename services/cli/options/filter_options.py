"""The filters as options: one table that every command with filters shares, and how their values are read."""

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
_TRADES: Final = "Filters on the trades in it"


def parse_minimum(text: str) -> Decimal:
    """Read a minimum as a person types it: 1000000, 1,000,000 or $1,000,000."""
    try:
        amount = Decimal(text.strip().replace(",", "").removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise typer.BadParameter(f"{text!r} is not an amount; write it as 1000000 or 1,000,000")
    if amount < 0:
        raise typer.BadParameter(f"{text!r} is negative; a minimum is zero or more")
    return amount


def parse_day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it as 2024-12-31") from None


def parse_transaction_code(text: str) -> str:
    """Read a code of the forms' table, in either case."""
    code = text.strip().upper()
    if code not in TRANSACTION_CODES:
        known = ", ".join(f"{entry.code} {entry.label}" for entry in TRANSACTION_CODES.values())
        raise typer.BadParameter(f"{text!r} is not a transaction code; there are {known}")
    return code


def matching_codes(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes that begin with what was typed, each with what it means: for completion."""
    return [(entry.code, entry.label) for entry in TRANSACTION_CODES.values() if entry.code.startswith(incomplete)]


_OPTIONS: Final[Mapping[str, object]] = {
    "ticker": Annotated[
        list[str] | None,
        typer.Option("--ticker", metavar="SYMBOL", help="Issuers with this ticker symbol.", rich_help_panel=_FILTERS),
    ],
    "issuer": Annotated[
        list[str] | None,
        typer.Option(
            "--issuer", metavar="NAME|CIK", help="Issuers with this in the name, or this CIK.", rich_help_panel=_FILTERS
        ),
    ],
    "owner": Annotated[
        list[str] | None,
        typer.Option(
            "--owner", metavar="NAME|CIK", help="Owners with this in the name, or this CIK.", rich_help_panel=_FILTERS
        ),
    ],
    "role": Annotated[
        list[Role] | None,
        typer.Option(
            "--role", metavar="ROLE", help=f"{', '.join(Role)}.", case_sensitive=False, rich_help_panel=_FILTERS
        ),
    ],
    "first_owner": Annotated[
        bool,
        typer.Option(
            "--first-owner",
            metavar=FLAG,
            help="A joint filing's first owner: each trade once.",
            rich_help_panel=_FILTERS,
        ),
    ],
    "since": Annotated[
        date | None,
        typer.Option(
            "--since",
            metavar="DATE",
            parser=parse_day,
            help="Filed (if unknown: traded) on this day or later.",
            rich_help_panel=_FILTERS,
        ),
    ],
    "until": Annotated[
        date | None,
        typer.Option(
            "--until",
            metavar="DATE",
            parser=parse_day,
            help="The same, on this day or earlier.",
            rich_help_panel=_FILTERS,
        ),
    ],
    "delivery": Annotated[
        list[Delivery] | None,
        typer.Option(
            "--delivery",
            metavar="HOW",
            help="live (published as it appeared) or backfill.",
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
            help=f"What became of the position: {', '.join(Kind)}.",
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
            help="Transaction code: P, S, M, F, A, G …",
            rich_help_panel=_TRADES,
        ),
    ],
    "acquired": Annotated[
        bool, typer.Option("--acquired", metavar=FLAG, help="Acquisitions.", rich_help_panel=_TRADES)
    ],
    "disposed": Annotated[bool, typer.Option("--disposed", metavar=FLAG, help="Disposals.", rich_help_panel=_TRADES)],
    "min_value": Annotated[
        Decimal | None,
        typer.Option(
            "--min-value",
            metavar="DOLLARS",
            parser=parse_minimum,
            help="Worth at least this together.",
            rich_help_panel=_TRADES,
        ),
    ],
    "min_shares": Annotated[
        Decimal | None,
        typer.Option(
            "--min-shares",
            metavar="SHARES",
            parser=parse_minimum,
            help="Of at least so many shares together.",
            rich_help_panel=_TRADES,
        ),
    ],
}
_FLAGS: Final = frozenset({"first_owner", "late", "acquired", "disposed"})

ALERT_FILTERS: Final = tuple(_OPTIONS)
LINE_FILTERS: Final = tuple(name for name in _OPTIONS if name not in {"late", "kind"})
"""Those that a reported line can meet: whether it is late, and what it means, the ledger alone knows."""


def with_filters(names: tuple[str, ...] = ALERT_FILTERS) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these filter options; it takes them together, as its parameter `wanted`."""

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
    """Return the text with each paragraph on one line: help is as wide as the terminal, not as the source."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def filter_of(given: Mapping[str, Any]) -> "Filter":
    """Return the filter that these options ask for.

    Raises:
        BadParameter: the days are in the wrong order.
    """
    from services.cli.reading.event_filter import Filter  # noqa: PLC0415 - help and completion do without

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
