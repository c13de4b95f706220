"""The checks that every case has to pass, however its filings arrive."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, Final

from msgspec import to_builtins
from msgspec.structs import replace

from contracts.structs import HoldingChanged, TransactionsReported
from services.holdings.ledger import apply
from tests.holdings_cases.case import AlertsOfFiling, Case, Told, expected_held, held, label, seen
from tests.holdings_cases.contradictions import contradictions
from tests.holdings_cases.ledger_harness import (
    AppliedReport,
    alerted_lines,
    by_book,
    fold,
    lines_in_trades,
    reported_lines,
)

MAX_PERMUTED = 5
"""Filings of a chain of which every order of arrival is tried: 120 orders."""


def alerts_differ(case: Case) -> list[str]:
    """Compare the alerts of the filings, arriving in the order of filing, with those that the case expects."""
    counts = _alerts_by_filing(case, _arrive(case, tuple(case.filings)))
    return [what for name, wanted in case.alerts.items() for what in _differences(case, name, wanted, counts[name])]


def late_alerts_differ(case: Case) -> list[str]:
    """Compare the alerts of a filing that arrives last, after later filings, with what the case expects."""
    found: list[str] = []
    for order, wanted in case.late.items():
        counts = _alerts_by_filing(case, _arrive(case, order))
        found += (f"arriving as {order}: {what}" for what in _differences(case, order[-1], wanted, counts[order[-1]]))
    return found


def holdings_differ(case: Case) -> list[str]:
    """Compare what is held at the end with what the case expects."""
    found = held([steps[-1].applied.event for steps in _arrive(case, tuple(case.filings))])
    wanted = expected_held(case)
    return [] if wanted in (None, found) else [f"held is {_plain(found)}, expected {_plain(wanted)}"]


def orders_differ(case: Case) -> list[str]:
    """Compare the positions after every order of arrival with those after the order of filing."""
    wanted: list[Any] | None = None
    for order in orders(case):
        found = _positions(_arrive(case, order))
        wanted = found if wanted is None else wanted
        if found != wanted:
            return [f"arriving as {order} ends in {_changed(wanted, found)}"]
    return []


def lines_not_in_one_alert(case: Case) -> list[str]:
    """Find transaction lines that are not in exactly one alert, over every order of arrival."""
    return [
        f"arriving as {order}: lines of {case.name_of(step.report.filing.filing_id)} are in alerts {dict(counts)}"
        for order in orders(case)
        for steps in _arrive(case, order)
        for step in steps
        for counts in (alerted_lines(step.report, step.alerts), lines_in_trades(step.alerts))
        if counts != reported_lines(step.report)
    ]


def repeated_deliveries_that_change(case: Case) -> list[str]:
    """Find filings whose second delivery is not a duplicate that leaves the book as it is."""
    found: list[str] = []
    for steps in _arrive(case, tuple(case.filings)):
        last = steps[-1].applied.book
        for step in steps:
            again = apply(last, step.report)
            if again.status != "duplicate" or again.drafts or again.book != last:
                found.append(f"{case.name_of(step.report.filing.filing_id)} delivered again is {again.status}")
    return found


def contradictory_alerts(case: Case) -> list[str]:
    """Find alerts that contradict their own trades, over every order of arrival."""
    return [
        f"arriving as {order}: {case.name_of(step.report.filing.filing_id)}: {what}"
        for order in orders(case)
        for steps in _arrive(case, order)
        for step in steps
        for alert in step.alerts
        for what in contradictions(alert, step.report)
    ]


def orders(case: Case) -> Iterator[tuple[str, ...]]:
    """Yield the orders of arrival to try: all of up to five filings, else forwards, backwards and rotated."""
    names = tuple(case.filings)
    if len(names) <= MAX_PERMUTED:
        yield from permutations(names)
        return
    yield names
    yield names[::-1]
    yield from (names[place:] + names[:place] for place in range(1, len(names)))


def _arrive(case: Case, order: Sequence[str]) -> list[list[AppliedReport]]:
    reports = [report for name in order for report in case.filings[name]]
    books = by_book(reports)
    return [fold(books[key]) for key in sorted(books)]


def _alerts_by_filing(
    case: Case, books: Sequence[Sequence[AppliedReport]]
) -> dict[str, list[tuple[AppliedReport, HoldingChanged]]]:
    counts: dict[str, list[tuple[AppliedReport, HoldingChanged]]] = {name: [] for name in case.filings}
    for steps in books:
        for step in steps:
            counts[case.name_of(step.report.filing.filing_id)] += ((step, alert) for alert in step.alerts)
    return counts


def _differences(
    case: Case, name: str, wanted: AlertsOfFiling, counts: Sequence[tuple[AppliedReport, HoldingChanged]]
) -> Iterator[str]:
    """Pair the expected alerts with those of the same label, and yield each field that differs."""
    several = len({_owner(report) for reports in case.filings.values() for report in reports}) > 1
    found: dict[str, list[HoldingChanged]] = {}
    for step, alert in counts:
        named = label(alert.position, owner=_owner(step.report) if several else None)
        found.setdefault(named, []).append(alert)
    for alerts in found.values():
        alerts.sort(key=lambda alert: min(alert.lines, default=0))
    for named in sorted(wanted.keys() | found.keys()):
        expected = wanted.get(named, ())
        fields = [expected] if isinstance(expected, Mapping) else list(expected)
        if len(fields) != len(found.get(named, [])):
            yield f"{name}: {named} has {len(found.get(named, []))} alerts, expected {len(fields)}"
        for one, alert in zip(fields, found.get(named, []), strict=False):
            yield from _fields_that_differ(case, f"{name}: {named}", one, alert)


def _fields_that_differ(case: Case, of: str, wanted: Told, alert: HoldingChanged) -> Iterator[str]:
    found = seen(alert, case)
    for key, value in wanted.items():
        if found[key] != value:
            yield f"{of}: {key} is {_plain(found[key])}, expected {_plain(value)}"


def _owner(report: TransactionsReported) -> str:
    return report.owner.name


def _positions(books: Sequence[Sequence[AppliedReport]]) -> list[Any]:
    """Return the positions of each book without their ids, which are assigned as they come."""
    return [
        sorted(
            (to_builtins(replace(each, position_id="")) for each in steps[-1].applied.event.positions),
            key=str,
        )
        for steps in books
    ]


def _changed(wanted: list[Any], found: list[Any]) -> str:
    """Show the positions that two orders of arrival do not share."""
    shown: list[str] = []
    for one, other in zip(wanted, found, strict=True):
        new, gone = ([_short(each) for each in some if each not in rest] for some, rest in ((other, one), (one, other)))
        if new or gone:
            shown.append(f"{new} and not {gone}")
    return "; ".join(shown)


def _short(position: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not set."""
    return {key: value for key, value in position.items() if value not in (None, False) and key != "table"}


def _plain(value: Any) -> str:
    """Show decimals as numbers."""
    return str(value).replace("Decimal('", "").replace("')", "")


CHECKS: Final[dict[str, Callable[[Case], list[str]]]] = {
    "alerts": alerts_differ,
    "late alerts": late_alerts_differ,
    "holdings": holdings_differ,
    "every order": orders_differ,
    "each line once": lines_not_in_one_alert,
    "no contradiction": contradictory_alerts,
    "second delivery": repeated_deliveries_that_change,
}
"""Each check returns what is wrong with a case."""
