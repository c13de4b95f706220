"""The filter options, in one table that all commands with filters share. Their values are checked by `AlertFilter`."""

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.options.choices import Delivery, Explanation, FormType, Kind, Ownership, Plan, Role, Side, Table
from services.cli.options.common_options import FLAG
from services.section16.vocabulary import TRANSACTION_CODES

if TYPE_CHECKING:
    from contracts.alert_filter import AlertFilter

_FILTERS: Final = "Filters (all must hold; repeat one to allow several values)"
_TRADES: Final = "Filters on trades"


def matching_codes(incomplete: str) -> list[tuple[str, str]]:
    """Return the codes that begin with the typed text, each with its label, for completion."""
    return [(entry.code, entry.label) for entry in TRANSACTION_CODES.values() if entry.code.startswith(incomplete)]


def _option(flag: str, metavar: str, text: str, panel: str = _FILTERS, **more: Any) -> Any:
    return typer.Option(flag, metavar=metavar, help=text, case_sensitive=False, rich_help_panel=panel, **more)


_OPTIONS: Final[Mapping[str, object]] = {
    "ticker": Annotated[list[str] | None, _option("--ticker", "SYMBOL", "Issuer with this ticker symbol.")],
    "issuer": Annotated[
        list[str] | None, _option("--issuer", "NAME|CIK", "Issuer whose name contains this, or with this CIK.")
    ],
    "owner": Annotated[
        list[str] | None, _option("--owner", "NAME|CIK", "Owner whose name contains this, or with this CIK.")
    ],
    "role": Annotated[list[Role] | None, _option("--role", "ROLE", f"Relationship to the issuer: {', '.join(Role)}.")],
    "title": Annotated[list[str] | None, _option("--title", "TEXT", "Officer whose title contains this.")],
    "first_owner": Annotated[
        bool,
        _option("--first-owner", FLAG, "Only the first owner of a joint filing, so that each trade appears once."),
    ],
    "since": Annotated[
        str | None,
        _option("--since", "DATE", "Filed on or after this day (traded, if the filing date is unknown)."),
    ],
    "until": Annotated[str | None, _option("--until", "DATE", "Filed on or before this day (likewise).")],
    "delivery": Annotated[
        list[Delivery] | None,
        _option("--delivery", "HOW", "live (published when it appeared) or backfill."),
    ],
    "plan": Annotated[list[Plan] | None, _option("--plan", "ANSWER", f"Rule 10b5-1 plan: {', '.join(Plan)}.")],
    "form_type": Annotated[
        list[FormType] | None, _option("--form", "TYPE", "Form type: 3, 4 or 5, or with /A for amendments.")
    ],
    "amended": Annotated[bool, _option("--amended", FLAG, "Only amendments.")],
    "late": Annotated[bool, _option("--late", FLAG, "Filed after the deadline.")],
    "kind": Annotated[list[Kind] | None, _option("--kind", "KIND", f"Change of the position: {', '.join(Kind)}.")],
    "min_change_percent": Annotated[
        str | None, _option("--min-change-percent", "PERCENT", "Minimum change of the position, up or down.")
    ],
    "explanation": Annotated[
        list[Explanation] | None,
        _option("--explanation", "WHY", f"Why trades and ledger differ: {', '.join(Explanation)}."),
    ],
    "table": Annotated[list[Table] | None, _option("--table", "TABLE", f"Table of the form: {', '.join(Table)}.")],
    "ownership": Annotated[
        list[Ownership] | None, _option("--ownership", "D|I", "How the position is held: D directly, I indirectly.")
    ],
    "side": Annotated[list[Side] | None, _option("--side", "SIDE", "buy (code P) or sell (code S).", _TRADES)],
    "code": Annotated[
        list[str] | None,
        _option(
            "--code",
            "LETTER",
            "Transaction code, such as P, S, M, F, A or G.",
            _TRADES,
            autocompletion=matching_codes,
        ),
    ],
    "acquired": Annotated[bool, _option("--acquired", FLAG, "Only acquisitions.", _TRADES)],
    "disposed": Annotated[bool, _option("--disposed", FLAG, "Only disposals.", _TRADES)],
    "min_value": Annotated[
        str | None, _option("--min-value", "DOLLARS", "Minimum total value of the matching trades.", _TRADES)
    ],
    "min_shares": Annotated[
        str | None, _option("--min-shares", "SHARES", "Minimum total shares of the matching trades.", _TRADES)
    ],
}
_FLAGS: Final = frozenset({"first_owner", "amended", "late", "acquired", "disposed"})
_LEDGER_FILTERS: Final = frozenset({"late", "kind", "min_change_percent", "explanation"})

ALERT_FILTERS: Final = tuple(_OPTIONS)
LINE_FILTERS: Final = tuple(name for name in _OPTIONS if name not in _LEDGER_FILTERS)
"""Filters that apply to reported lines. Only the ledger knows whether a trade is late and how it changes a position."""


def with_filters(names: tuple[str, ...] = ALERT_FILTERS) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add these filter options to a command, which receives them as one filter in its parameter `wanted`."""

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


def filter_of(given: Mapping[str, Any]) -> "AlertFilter":
    """Return the filter for these options. Without `first_owner` it matches every owner of a joint filing.

    Raises:
        BadParameter: a value is not one that the filter takes.
    """
    from contracts.alert_filter import AlertFilter  # noqa: PLC0415 - help and completion do not need it
    from contracts.errors import InvalidFilter  # noqa: PLC0415 - likewise

    fields = {name: value for name, value in given.items() if value and name not in _RENAMED}
    directions = [name for name in ("acquired", "disposed") if given.get(name)]
    fields |= {"direction": directions, "form": given.get("form_type") or []}
    try:
        return AlertFilter.from_fields({**fields, "joint": "first" if given.get("first_owner") else "all"})
    except InvalidFilter as error:
        raise _bad_parameter(error.field, error.message) from None


_RENAMED: Final = frozenset({"acquired", "disposed", "first_owner", "form_type"})
"""Options that are not fields of the filter by that name."""


def _bad_parameter(field: str | None, message: str) -> typer.BadParameter:
    """Return the filter's complaint in the words of the command line."""
    if field is None:
        return typer.BadParameter(message.replace("until ", "--until ").replace("since ", "--since "))
    reason = message.removeprefix(f"{field}: ")
    if field == "code":
        wrong = reason.partition(" is not")[0]
        known = ", ".join(f"{entry.code} {entry.label}" for entry in TRANSACTION_CODES.values())
        reason = f"{wrong} is not a transaction code; use one of {known}"
    return typer.BadParameter(reason, param_hint=f"--{field.replace('_', '-')}")
