"""Changes: what a report says of each position and what it means for the ledger, before an alert puts it in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from contracts.holding_changed import ChangeKind, Evidence, Explanation
from contracts.positions_updated import PositionIdentity
from contracts.transactions_reported import Diagnostic, Line, Transaction, TransactionsReported
from services.holdings.accounts import Account
from services.holdings.amounts import ZERO
from services.holdings.chains import Chain
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import trade_day
from services.holdings.fold import Fold, Security
from services.holdings.outcomes import PositionOutcome


class AlertDraft(NamedTuple):
    """What a report says of one position, and what it means for the ledger: an alert, before its words.

    `transactions` have their sides as the ledger takes them; `turned` are the numbers of those whose side was mistyped.
    `days` are the days of lines whose date cannot be right; `as_read` is what the parser could not read exactly.
    """

    kind: ChangeKind
    position: PositionIdentity
    lines: tuple[Line, ...]
    transactions: tuple[Transaction, ...]
    before: Decimal | None
    after: Decimal | None
    reported: Decimal | None
    ledger_before: Decimal | None
    unexplained: Decimal | None
    explanation: Explanation | None
    explained_by: tuple[Evidence, ...]
    repeats: str | None
    is_current: bool
    current: Decimal | None
    turned: frozenset[int]
    days: Mapping[int, date]
    usual_price: Decimal | None
    subject_since: date | None
    as_read: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertDrafter:
    """The changes that a report makes of its outcomes in a fold; `ids` are the lasting ids of positions it opened.

    `prices` are the usual prices before the report.
    """

    report: TransactionsReported
    filed: FiledReport
    outcomes: Sequence[PositionOutcome]
    fold: Fold
    ids: Mapping[str, str]
    prices: Mapping[Security, Decimal]

    def all(self) -> tuple[AlertDraft, ...]:
        """Return what the report says of each position, those that are told."""
        by_number = {line.line: line for line in (*self.report.transactions, *self.report.holdings)}
        changes = tuple(self._change(outcome, by_number) for outcome in self.outcomes if outcome.told)
        return _diagnosed(changes, self.report) if self.report.diagnostics else changes

    def _change(self, outcome: PositionOutcome, by_number: Mapping[int, Line]) -> AlertDraft:
        filed = self.filed
        chains = [filed.chains[place] for place in outcome.chains]
        lines: list[Line] = []
        turned: set[int] = set()
        for chain in chains:
            lines += [by_number[line] for line in chain.lines]
            if chain.turned:
                turned.update([chain.lines[place] for place in chain.turned])
        trades = tuple([line for line in lines if type(line) is Transaction])
        if outcome.turned and not turned:
            turned = {line.line for line in trades if _contradicts_code(line)}
        position_id = self.ids.get(outcome.position_id, outcome.position_id)
        held = self.fold.positions.get(position_id)
        position = PositionIdentity.assembled(outcome.label.identity(position_id))
        transactions = tuple([_turned(line) if line.line in turned else line for line in trades]) if turned else trades
        explained_by = tuple([self._renamed(each) for each in outcome.explained_by])
        repeats = None if outcome.repeats is None else self.fold.filings[outcome.repeats].filing_id
        is_current = held is not None and self._is_current(held.current, outcome)
        current = held.amount if held is not None else None
        days = _days(chains, filed) if trades else _NO_DAYS
        usual_price = self.prices.get(outcome.label.security.security) if self.prices else None
        return AlertDraft(
            _kind(outcome, trades), position, tuple(lines), transactions, outcome.before, outcome.after, outcome.total,
            outcome.ledger_before, outcome.unexplained, outcome.explanation, explained_by, repeats, is_current, current,
            frozenset(turned), days, usual_price, self.fold.subject_since,
        )  # fmt: skip

    def _is_current(self, account: Account, outcome: PositionOutcome) -> bool:
        number = self.fold.filings.index(self.filed) if outcome.repeats is None else outcome.repeats
        return account.speaks_for == number

    def _renamed(self, evidence: Evidence) -> Evidence:
        if evidence.kind != "position" or evidence.id not in self.ids:
            return evidence
        return Evidence(kind="position", id=self.ids[evidence.id])


def _diagnosed(changes: Iterable[AlertDraft], report: TransactionsReported) -> tuple[AlertDraft, ...]:
    """Return the changes with the parser's diagnostics of their lines, found by one pass over the report."""
    tables = (("transactions", report.transactions), ("holdings", report.holdings))
    numbers = {f"{name}[{place}]": line.line for name, lines in tables for place, line in enumerate(lines)}
    found: dict[int, list[Diagnostic]] = {}
    for each in report.diagnostics:
        line = numbers.get(each.field.partition(".")[0]) if each.field is not None else None
        if line is not None:
            found.setdefault(line, []).append(each)
    return tuple(
        change._replace(as_read=tuple(each for line in change.lines for each in found.get(line.line, ())))
        for change in changes
    )


def _kind(outcome: PositionOutcome, trades: Sequence[Transaction]) -> ChangeKind:
    """Return the direction of the filing's own account; without amounts, that of its trades."""
    if not outcome.trades:
        return "restated"
    before, after, total = outcome.before, outcome.after, outcome.total
    if before is not None and after is not None:
        if before == after:
            return "unchanged"
        if after == ZERO:
            return "closed"
        return "opened" if before == ZERO else "increased" if after > before else "decreased"
    if total is None:
        sides = {line.acquired_disposed for line in trades if line.acquired_disposed is not None}
        return "unchanged" if len(sides) != 1 else "increased" if sides == {"A"} else "decreased"
    return "unchanged" if not total else "increased" if total > ZERO else "decreased"


_NO_DAYS: Final[Mapping[int, date]] = MappingProxyType({})
_CODE_SIDES: Final = {"P": "A", "S": "D"}


def _contradicts_code(line: Transaction) -> bool:
    return line.code in _CODE_SIDES and line.acquired_disposed not in (None, _CODE_SIDES[line.code])


def _turned(line: Transaction) -> Transaction:
    return line.model_copy(update={"acquired_disposed": "D" if line.acquired_disposed == "A" else "A"})


def _days(chains: Iterable[Chain], filed: FiledReport) -> dict[int, date]:
    """Return the days that lines count for, by number, of those whose date cannot be right."""
    first, last = filed.period or date.min, filed.day or date.max
    days: dict[int, date] = {}
    for chain in chains:
        for line, step in zip(chain.lines, chain.steps, strict=True):
            if step.day is None or first <= step.day <= last or not step.is_trade:
                continue  # no date, or the usual one between period and filing
            found = trade_day(step, filed)
            if found.contradicts and found.day is not None:
                days[line] = found.day
    return days
