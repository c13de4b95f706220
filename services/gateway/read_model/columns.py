"""The columns by which events are searched, computed from the events. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from contracts.envelope import Delivery
from contracts.filing_day import filing_day
from contracts.structs import HoldingChanged, Issuer, Owner, PositionsUpdated, TransactionsReported
from contracts.topics import positions_key
from services.gateway.read_model.facets import facets_of

Columns = dict[str, Any]
"""A row by the names of its columns."""
ReportId = tuple[str, int, str]
"""Filing, place of the owner and owner: what identifies a report."""

_DOLLARS: Final = frozenset({None, "USD"})
_MARKET_CODES: Final = frozenset({"P", "S"})
_LONGEST_KEY: Final = 500
"""Characters. PostgreSQL indexes at most 2,704 bytes, and a name in a hostile filing can have megabytes."""
_LARGEST_INTEGER: Final = 2**31 - 1


class Name(NamedTuple):
    """A name, ticker or title under which a party is found."""

    kind: str
    key: str
    form: str
    text: str


def key_text(text: str) -> str:
    """Return a text as it is stored in an indexed column: itself, unless it is longer than any real key.

    A longer one is cut and completed with its digest. A NUL, which PostgreSQL cannot store, is replaced.

    >>> key_text("0001318605"), len(key_text("x" * 5_000))
    ('0001318605', 533)
    """
    if len(text) > _LONGEST_KEY:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        text = f"{text[:_LONGEST_KEY]}:{digest}"
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def alert_columns(alert: HoldingChanged, delivery: Delivery) -> Columns:
    """Return the alert's columns, except for its ordinals.

    Sums are over all trades, so they are upper bounds for a filter that counts some of them.
    """
    return {
        "alert_id": key_text(alert.alert_id),
        "issuer_key": key_text(alert.issuer.key),
        "owner_key": key_text(alert.owner.key),
        "position_id": key_text(alert.position.position_id),
        "symbols": symbols_of(alert.issuer.tickers),
        "facets": facets_of(alert, delivery),
        "day": filing_day(alert.filing, [trade.last_date for trade in alert.trades]),
        "value": _bound(trade.value for trade in alert.trades if trade.currency in _DOLLARS),
        "shares": _bound(trade.shares for trade in alert.trades),
        "change_percent": None if alert.change_percent is None else abs(float(alert.change_percent)),
    }


def report_columns(report: TransactionsReported) -> Columns:
    """Return the columns of a report, except for its ordinal and the event."""
    return {
        "filing_id": key_text(report.filing.filing_id),
        "owner_index": min(report.owner_index, _LARGEST_INTEGER),
        "owner_key": key_text(report.owner.key),
        "issuer_key": key_text(report.issuer.key),
    }


def report_id(columns: Columns) -> ReportId:
    """Return the identity of the report that has these columns."""
    return columns["filing_id"], columns["owner_index"], columns["owner_key"]


def position_columns(book: PositionsUpdated) -> Columns:
    """Return the columns of an owner's positions in an issuer, except for the event."""
    return {
        "key": key_text(positions_key(book.issuer.key, book.owner.key)),
        "issuer_key": key_text(book.issuer.key),
        "owner_key": key_text(book.owner.key),
    }


def names_of(issuer: Issuer, owner: Owner) -> Iterator[Name]:
    """Yield the names, tickers and titles of both parties."""
    issuer_key = key_text(issuer.key)
    yield Name("issuer", issuer_key, "name", key_text(issuer.name))
    for ticker in issuer.tickers:
        yield Name("issuer", issuer_key, "ticker", key_text(ticker))
    owner_key = key_text(owner.key)
    yield Name("owner", owner_key, "name", key_text(owner.name))
    if owner.officer_title is not None:
        yield Name("owner", owner_key, "title", key_text(owner.officer_title))


def symbols_of(tickers: Iterable[str]) -> str:
    """Return tickers as one text in which each can be found whole.

    >>> symbols_of(["HEI", "HEI.A"]), symbols_of([])
    (',HEI,HEI.A,', ',')
    """
    return "," + "".join(f"{key_text(ticker).upper()}," for ticker in tickers)


def market_trades(alert: HoldingChanged) -> Iterator[Columns]:
    """Yield the columns of each purchase or sale of a non-derivative security in dollars, except for the ordinal.

    An alert that repeats an earlier filing's lines has none, so that totals count each trade once per owner.
    """
    if alert.repeats is not None or alert.position.table != "non_derivative":
        return
    for place, trade in enumerate(alert.trades):
        if trade.code in _MARKET_CODES and trade.currency in _DOLLARS:
            yield {
                "place": place,
                "issuer_key": key_text(alert.issuer.key),
                "owner_key": key_text(alert.owner.key),
                "owner_index": min(alert.owner_index, _LARGEST_INTEGER),
                "day": trade.last_date,
                "bought": trade.code == "P",
                "planned": alert.rule_10b5_1_plan,
                "shares": float(trade.shares or 0),
                "value": float(trade.value or 0),
                "unpriced_shares": float(trade.unpriced_shares),
            }


def _bound(amounts: Iterable[str | None]) -> float | None:
    """Return the sum of the positive amounts, which no part of them exceeds; None if every amount is unknown."""
    known = [amount for amount in amounts if amount is not None]
    if len(known) == 1:
        return float(known[0])
    return float(sum(max(Decimal(0), Decimal(amount)) for amount in known)) if known else None
