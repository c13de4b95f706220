"""Figures of the ledger over real filings: lines reported, and trades that tie, are explained or are unknown.

`python -m tests.holdings_cases.figures` prints them, and each unknown change with its lines and footnotes; `-q` prints
the figures alone, and a part of an owner's name or of a filing id limits the details to it.
"""

import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from contracts.structs import HoldingChanged, Transaction, TransactionsReported
from tests.holdings_cases.contradictions import contradictions, contradicts_ledger
from tests.holdings_cases.corpus_books import corpus_books
from tests.holdings_cases.ledger_harness import BookKey, alerted_lines, fold, reported_lines

MILLION: Final = Decimal(1_000_000)
_SHOWN: Final = 20
"""Contradictions and errors that are printed: the first ones show the kind."""


@dataclass
class Figures:
    """Counts over many books.

    An alert with trades ties if nothing is unexplained; a trade line ties if it continues the ledger's amount, or that
    of the line before it, to the share.
    """

    filings: int = 0
    reports: int = 0
    lines: int = 0
    lines_in_one_alert: int = 0
    alerts: int = 0
    on_known_ledger: int = 0
    tied: int = 0
    explained: int = 0
    known_lines: int = 0
    tied_lines: int = 0
    explained_lines: int = 0
    explanations: Counter[str] = field(default_factory=Counter)
    unknown: list[HoldingChanged] = field(default_factory=list)
    sales_over_a_million: int = 0
    missed_sales: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)

    def tell(self) -> Iterator[str]:
        """Yield the figures, one per line."""
        yield f"filings {self.filings}, reports {self.reports}, alerts {self.alerts}"
        yield f"lines in exactly one alert: {self.lines_in_one_alert} of {self.lines}"
        for name, known, tied, explained in (
            ("trade lines", self.known_lines, self.tied_lines, self.explained_lines),
            ("alerts with trades", self.on_known_ledger, self.tied, self.explained),
        ):
            shares = f"{tied / max(known, 1):.2%} tie, {(tied + explained) / max(known, 1):.2%} with explanations"
            yield f"{name} on a known ledger: {known}, of which {shares}"
        yield f"explanations: {dict(self.explanations.most_common())}"
        yield f"unknown: {len(self.unknown)} (at most 35)"
        found = self.sales_over_a_million - len(self.missed_sales)
        yield f"sales over $1m found: {found} of {self.sales_over_a_million}"
        yield from (f"  MISSED {each}" for each in self.missed_sales)
        yield f"contradictions of alerts: {len(self.wrong)}"
        yield from (f"  WRONG {each}" for each in self.wrong[:_SHOWN])
        yield f"books that raised: {len(self.raised)}"
        yield from (f"  RAISED {each}" for each in self.raised[:_SHOWN])


def measure(books: Mapping[BookKey, Sequence[TransactionsReported]]) -> Figures:
    """Fold every book in the order of filing and count."""
    figures = Figures(filings=len({each.filing.filing_id for reports in books.values() for each in reports}))
    for key, reports in books.items():
        try:
            steps = fold(reports)
        except Exception as error:  # noqa: BLE001 - one faulty book must not hide the figures of the others
            figures.raised.append(f"{reports[0].owner.name} in {reports[0].issuer.name} {key}: {error!r}")
            continue
        for step in steps:
            _count(figures, step.report, step.alerts)
    return figures


def _count(figures: Figures, report: TransactionsReported, alerts: Sequence[HoldingChanged]) -> None:
    lines, told = reported_lines(report), alerted_lines(report, alerts)
    figures.reports += 1
    figures.lines += len(lines)
    figures.lines_in_one_alert += sum(told[line] == 1 for line in lines)
    figures.alerts += len(alerts)
    for alert in alerts:
        if alert.trades and alert.ledger_before is not None:
            _count_lines(figures, alert, report)
            tied = alert.unexplained_change is not None and Decimal(alert.unexplained_change) == 0
            figures.on_known_ledger += 1
            figures.tied += tied
            figures.explained += not tied and alert.explanation not in (None, "unknown")
        if alert.explanation is not None:
            figures.explanations[alert.explanation] += 1
        if alert.explanation == "unknown":
            figures.unknown.append(alert)
        figures.wrong += (
            f"{_name(report)}: {what}" for what in (*contradictions(alert, report), *contradicts_ledger(alert))
        )
    for place, (lines_of_sale, value) in large_sales(report, alerts).items():
        figures.sales_over_a_million += 1
        if not found_by_filter(lines_of_sale, alerts):
            figures.missed_sales.append(f"{_name(report)}: {place} ${value:,}")


def _count_lines(figures: Figures, alert: HoldingChanged, report: TransactionsReported) -> None:
    """Count the alert's trade lines with an amount, from the ledger's amount on."""
    by_number = {line.line: line for line in report.transactions}
    explained = alert.explanation not in (None, "unknown") or alert.unexplained_change == "0"
    running = Decimal(alert.ledger_before or 0)
    for line in (by_number[number] for number in alert.lines if number in by_number):
        if line.shares is None or line.acquired_disposed is None or line.shares_owned_following is None:
            continue
        delta = Decimal(line.shares) if line.acquired_disposed == "A" else -Decimal(line.shares)
        following = Decimal(line.shares_owned_following)
        figures.known_lines += 1
        figures.tied_lines += running + delta == following
        figures.explained_lines += running + delta != following and explained
        running = following


def large_sales(
    report: TransactionsReported, alerts: Sequence[HoldingChanged]
) -> dict[tuple[str | None, ...], tuple[frozenset[int], Decimal]]:
    """Return the sales of $1m and more, by the labels as filed: their lines and their value.

    A sale is all lines of code S that one owner's filing reports under one label. Lines whose price the alert calls
    implausible are left out: their value is not known.
    """
    implausible = {line for alert in alerts for line in _implausible_lines(alert, report)}
    values: dict[tuple[str | None, ...], Decimal] = {}
    lines: dict[tuple[str | None, ...], set[int]] = {}
    for line in report.transactions:
        value = _value(line)
        if line.code != "S" or value is None or line.line in implausible:
            continue
        label = (line.table, line.security_title, line.ownership, line.nature_of_ownership)
        values[label] = values.get(label, Decimal(0)) + value
        lines.setdefault(label, set()).add(line.line)
    return {label: (frozenset(lines[label]), value) for label, value in values.items() if value >= MILLION}


def found_by_filter(lines: frozenset[int], alerts: Sequence[HoldingChanged]) -> bool:
    """Check that an alert with one of the lines passes `--side sell --min-value 1000000`."""
    return any(
        sum((Decimal(entry.value) for entry in sold if entry.value is not None), Decimal(0)) >= MILLION
        for alert in alerts
        if (sold := [entry for entry in alert.trades if entry.code == "S"])
        and not lines.isdisjoint(line for entry in sold for line in entry.lines)
    )


def _implausible_lines(alert: HoldingChanged, report: TransactionsReported) -> Iterator[int]:
    """Yield the lines whose shares count as unpriced although the filing gives a price."""
    by_number = {line.line: line for line in report.transactions}
    for entry in alert.trades:
        priced = [by_number[line] for line in entry.lines if by_number[line].price_per_share is not None]
        if priced and Decimal(entry.unpriced_shares) and alert.diagnostics:
            yield from (line.line for line in priced if f"[{line.line}]" in str(alert.diagnostics))


def _value(line: Transaction) -> Decimal | None:
    if line.total_value is not None:
        return Decimal(line.total_value)
    if line.shares is None or line.price_per_share is None:
        return None
    return Decimal(line.shares) * Decimal(line.price_per_share)


def _name(report: TransactionsReported) -> str:
    return f"{report.filing.filing_id} {report.owner.name} in {report.issuer.name}"


def _detail(alert: HoldingChanged) -> Iterator[str]:
    """Yield one unknown change as a reader needs it: the position, the amounts, the trades and the footnotes."""
    position, filing = alert.position, alert.filing
    yield (
        f"{filing.filing_id} {filing.form_type} {filing.period_of_report} {alert.owner.name} in {alert.issuer.name}: "
        f"{position.security_title} {position.ownership} {position.nature_of_ownership or ''} "
        f"{position.exercise_price or ''} {position.expiration_date or ''}"
    )
    yield (
        f"    {alert.kind} {alert.before} -> {alert.after}, ledger before {alert.ledger_before}, reported "
        f"{alert.reported_change}, unexplained {alert.unexplained_change}, current {alert.current} {alert.is_current}"
    )
    for entry in alert.trades:
        yield f"    {entry.code} {entry.acquired_disposed} {entry.shares} at {entry.average_price} lines {entry.lines}"
    for note, text in alert.footnotes.items():
        yield from textwrap.wrap(f"{note}: {text}", 140, initial_indent="    ", subsequent_indent="        ")


def main(arguments: Sequence[str]) -> None:
    """Print the figures and the unknown changes."""
    figures = measure(corpus_books())
    wanted = [text.lower() for text in arguments if text != "-q"]
    if "-q" not in arguments:
        for alert in figures.unknown:
            named = f"{alert.filing.filing_id} {alert.owner.name}".lower()
            if not wanted or any(text in named for text in wanted):
                sys.stdout.write("\n".join(_detail(alert)) + "\n")
    sys.stdout.write("\n".join(figures.tell()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
