"""Apply reports as the holdings service does, and keep each one's alerts: the test harness of the ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from contracts.structs import HoldingChanged, TransactionsReported
from services.holdings.alerts import build_alert
from services.holdings.book import Book
from services.holdings.ledger import ApplyResult, apply

BookKey = tuple[str, str]
"""The keys of the issuer and the owner."""


@dataclass(frozen=True, slots=True)
class AppliedReport:
    """One report, its outcome and its alerts."""

    report: TransactionsReported
    applied: ApplyResult
    alerts: tuple[HoldingChanged, ...]


def fold(reports: Iterable[TransactionsReported]) -> list[AppliedReport]:
    """Apply the reports of one owner in one issuer, in the order given."""
    book: Book | None = None
    steps: list[AppliedReport] = []
    for report in reports:
        applied = apply(book, report)
        book = applied.book
        steps.append(AppliedReport(report, applied, tuple(build_alert(draft, report) for draft in applied.drafts)))
    return steps


def by_book(reports: Iterable[TransactionsReported]) -> dict[BookKey, list[TransactionsReported]]:
    """Group the reports by issuer and owner, each group in the order given."""
    books: dict[BookKey, list[TransactionsReported]] = defaultdict(list)
    for report in reports:
        books[report.issuer.key, report.owner.key].append(report)
    return dict(books)


def in_order(reports: Iterable[TransactionsReported]) -> list[TransactionsReported]:
    """Sort by the best date that each report has (see `filed_at`), then by filing id."""
    return sorted(reports, key=lambda report: (filed_at(report), report.filing.filing_id))


def filed_at(report: TransactionsReported) -> datetime:
    """Return when the report was filed, from its best date; the earliest possible time if it has none."""
    filing = report.filing
    if filing.accepted_at is not None:
        return filing.accepted_at
    signed = [day for each in filing.signatures if (day := _iso_date(each.date)) is not None]
    day = filing.filed_on or max(signed, default=None) or filing.period_of_report or date.min
    return datetime.combine(day, time(12), UTC)


def _iso_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def reported_lines(report: TransactionsReported) -> Counter[int]:
    """Count the report's transaction lines: each is there once."""
    return Counter(line.line for line in report.transactions)


def alerted_lines(report: TransactionsReported, alerts: Sequence[HoldingChanged]) -> Counter[int]:
    """Count in how many alerts each transaction line of the report is."""
    transactions = reported_lines(report)
    return Counter(line for alert in alerts for line in alert.lines if line in transactions)


def lines_in_trades(alerts: Sequence[HoldingChanged]) -> Counter[int]:
    """Count in how many entries of `trades` each line is."""
    return Counter(line for alert in alerts for entry in alert.trades for line in entry.lines)
