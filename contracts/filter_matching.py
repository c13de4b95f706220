"""How a filter's conditions are tested on alerts, reports and positions. Pure.

A filter is compiled once into the tests of the conditions that it has, so that an alert is tested for nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contracts.filing_day import filing_day
from contracts.structs import (
    Holding,
    HoldingChanged,
    Issuer,
    Owner,
    PositionIdentity,
    PositionsUpdated,
    Trades,
    Transaction,
    TransactionsReported,
)

if TYPE_CHECKING:
    from contracts.alert_filter import AlertFilter

Line = Transaction | Holding
Report = HoldingChanged | TransactionsReported
PartiesTest = Callable[[Report | PositionsUpdated], bool]
ReportTest = Callable[[Report], bool]
AlertTest = Callable[[HoldingChanged], bool]
LineTest = Callable[[Line], bool]

_SIDES: Final = {"buy": "P", "sell": "S"}
_DIRECTIONS: Final = {"acquired": "A", "disposed": "D"}
_ROLES: Final[dict[str, Callable[[Owner], bool | None]]] = {
    "director": lambda owner: owner.is_director,
    "officer": lambda owner: owner.is_officer,
    "ten-percent": lambda owner: owner.is_ten_percent_owner,
    "other": lambda owner: owner.is_other,
}
_PLANS: Final = {True: "yes", False: "no", None: "unstated"}
_DOLLARS: Final = frozenset({None, "USD"})


def parties_tests(wanted: "AlertFilter") -> tuple[PartiesTest, ...]:
    """Return the tests of the conditions on issuer and owner.

    >>> from contracts.alert_filter import AlertFilter
    >>> len(parties_tests(AlertFilter(ticker="TSLA", owner="musk", side="buy")))
    2
    """
    tests: list[PartiesTest] = []
    if tickers := frozenset(wanted.ticker):
        tests.append(lambda event: not tickers.isdisjoint(event.issuer.tickers))
    if issuers := [_party_test(each) for each in wanted.issuer]:
        tests.append(lambda event: any(test(event.issuer) for test in issuers))
    if owners := [_party_test(each) for each in wanted.owner]:
        tests.append(lambda event: any(test(event.owner) for test in owners))
    if roles := [_ROLES[role] for role in wanted.role]:
        tests.append(lambda event: any(has_role(event.owner) for has_role in roles))
    if titles := [title.casefold() for title in wanted.title]:
        tests.append(lambda event: any(title in (event.owner.officer_title or "").casefold() for title in titles))
    return tuple(tests)


def report_tests(wanted: "AlertFilter") -> tuple[ReportTest, ...]:
    """Return the tests of the conditions on the parties and on the filing, for an alert or a report.

    >>> from contracts.alert_filter import AlertFilter
    >>> len(report_tests(AlertFilter(ticker="TSLA", form="4", joint="all", side="buy")))
    2
    """
    tests: list[ReportTest] = list(parties_tests(wanted))
    if wanted.joint == "first" or (wanted.joint is None and not wanted.owner):
        tests.append(lambda report: report.owner_index == 0)
    if forms := wanted.form:
        tests.append(lambda report: report.filing.form_type in forms)
    if plans := wanted.plan:
        tests.append(lambda report: _PLANS[report.filing.rule_10b5_1_plan] in plans)
    if (amended := wanted.amended) is not None:
        tests.append(lambda report: report.filing.form_type.endswith("/A") is amended)
    if wanted.since is not None or wanted.until is not None:
        tests.append(lambda report: _is_within_days(wanted, report))
    return tuple(tests)


def alert_tests(wanted: "AlertFilter") -> tuple[AlertTest, ...]:
    """Return the tests of all conditions on an alert.

    >>> from contracts.alert_filter import AlertFilter
    >>> len(alert_tests(AlertFilter(ticker="TSLA", form="4", joint="all", side="buy")))
    3
    """
    tests: list[AlertTest] = [*_ledger_tests(wanted), *report_tests(wanted)]
    if wanted.table or wanted.ownership:
        tests.append(lambda alert: _is_held_so(wanted, alert.position))
    if _has_trade_conditions(wanted):
        tests.append(lambda alert: _matches_trades(wanted, alert.trades))
    return tuple(tests)


def line_tests(wanted: "AlertFilter") -> tuple[LineTest, ...]:
    """Return the tests of the conditions on a single line; minimums apply to it alone.

    >>> from contracts.alert_filter import AlertFilter
    >>> len(line_tests(AlertFilter(table="derivative", code="M", min_shares=100, ticker="TSLA")))
    2
    """
    tests: list[LineTest] = []
    if wanted.table or wanted.ownership:
        tests.append(lambda line: _is_held_so(wanted, line))
    if _has_trade_conditions(wanted):
        tests.append(lambda line: isinstance(line, Transaction) and _matches_line(wanted, line))
    return tuple(tests)


def line_value(line: Transaction) -> Decimal | None:
    """Return the value of a trade: its total value, else shares times price; None if neither is stated.

    >>> line_value(Transaction(line=0, table="non_derivative", shares="40", price_per_share="2.50"))
    Decimal('100.00')
    """
    if line.total_value is not None:
        return Decimal(line.total_value)
    if line.shares is None or line.price_per_share is None:
        return None
    return Decimal(line.shares) * Decimal(line.price_per_share)


def _ledger_tests(wanted: "AlertFilter") -> list[AlertTest]:
    """Return the tests of conditions that only the ledger can decide."""
    tests: list[AlertTest] = []
    if kinds := wanted.kind:
        tests.append(lambda alert: alert.kind in kinds)
    if (late := wanted.late) is not None:
        tests.append(lambda alert: alert.days_late is not None and (alert.days_late > 0) is late)
    if (least := wanted.min_change_percent) is not None:
        tests.append(lambda alert: alert.change_percent is not None and abs(Decimal(alert.change_percent)) >= least)
    if explanations := wanted.explanation:
        tests.append(lambda alert: alert.explanation in explanations)
    return tests


def _party_test(wanted: str) -> Callable[[Issuer | Owner], bool]:
    """Return the test of a name, a CIK with or without leading zeros, or a key of a party without a CIK."""
    name, cik = wanted.casefold(), wanted.zfill(10) if wanted.isdecimal() else None
    if name.startswith("name:"):
        return lambda party: party.key.casefold() == name
    return lambda party: name in party.name.casefold() or (cik is not None and party.cik == cik)


def _is_within_days(wanted: "AlertFilter", report: Report) -> bool:
    if isinstance(report, HoldingChanged):
        traded = [trade.last_date for trade in report.trades]
    else:
        traded = [line.transaction_date for line in report.transactions]
    day = filing_day(report.filing, traded)
    return day is not None and (wanted.since or day) <= day <= (wanted.until or day)


def _is_held_so(wanted: "AlertFilter", held: PositionIdentity | Line) -> bool:
    return (not wanted.table or held.table in wanted.table) and (
        not wanted.ownership or held.ownership in wanted.ownership
    )


def _has_trade_conditions(wanted: "AlertFilter") -> bool:
    has_minimum = wanted.min_value is not None or wanted.min_shares is not None
    return has_minimum or bool(wanted.side or wanted.code or wanted.direction)


def _matches_trades(wanted: "AlertFilter", trades: Sequence[Trades]) -> bool:
    matching = [each for each in trades if _matches_trade(wanted, each.code, each.acquired_disposed)]
    values = (_number(each.value) for each in matching if each.currency in _DOLLARS)
    return (
        bool(matching)
        and _reach(values, wanted.min_value)
        and _reach((_number(each.shares) for each in matching), wanted.min_shares)
    )


def _matches_line(wanted: "AlertFilter", line: Transaction) -> bool:
    value = line_value(line) if line.currency in _DOLLARS else None
    return (
        _matches_trade(wanted, line.code, line.acquired_disposed)
        and _reach([value], wanted.min_value)
        and _reach([_number(line.shares)], wanted.min_shares)
    )


def _matches_trade(wanted: "AlertFilter", code: str | None, acquired_disposed: str | None) -> bool:
    return (
        (not wanted.code or code in wanted.code)
        and (not wanted.side or any(code == _SIDES[side] for side in wanted.side))
        and (not wanted.direction or any(acquired_disposed == _DIRECTIONS[each] for each in wanted.direction))
    )


def _reach(amounts: Iterable[Decimal | None], minimum: Decimal | None) -> bool:
    """Return whether the known amounts reach the minimum together; without a known one they do not, even if it is 0."""
    if minimum is None:
        return True
    known = [amount for amount in amounts if amount is not None]
    return bool(known) and sum(known) >= minimum


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
