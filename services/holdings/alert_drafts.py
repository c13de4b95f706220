"""Alert drafts: what a report contains about each position and what it means for the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec.structs import replace

from contracts.holding_changed import ChangeKind, Explanation
from contracts.structs import Diagnostic, Evidence, Line, PositionIdentity, Transaction, TransactionsReported
from services.holdings.accounts import Account
from services.holdings.amounts import ZERO
from services.holdings.chains import Chain
from services.holdings.effective_dates import trade_day
from services.holdings.filed_report import FiledReport
from services.holdings.fold import Fold
from services.holdings.labels import Security
from services.holdings.outcomes import PositionOutcome


class AlertDraft(NamedTuple):
    """The facts of one alert: what a report contains about one position, and what it means for the ledger.

    - `transactions`: the trades with corrected sides; `side_corrected`: the numbers of the lines whose side was wrong.
    - `days`: the corrected trade days by line number, for lines whose date cannot be right.
    - `reported`: the sum of the signed lines; `repeats`: the id of the filing whose lines this one repeats.
    - `parser_diagnostics`: the values of the lines that the parser could not read exactly.
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
    side_corrected: frozenset[int]
    days: Mapping[int, date]
    usual_price: Decimal | None
    subject_since: date | None
    parser_diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertDrafter:
    """Drafts the alerts of a report from its outcomes in a fold.

    `ids` contains the lasting ids of positions that the report opened; `prices` the usual prices before the report.
    """

    report: TransactionsReported
    filed: FiledReport
    outcomes: Sequence[PositionOutcome]
    fold: Fold
    ids: Mapping[str, str]
    prices: Mapping[Security, Decimal]

    def all(self) -> tuple[AlertDraft, ...]:
        """Return a draft for each outcome that is reported."""
        by_number = {line.line: line for line in (*self.report.transactions, *self.report.holdings)}
        drafts = tuple(self._draft(outcome, by_number) for outcome in self.outcomes if outcome.is_reported)
        return _with_diagnostics(drafts, self.report) if self.report.diagnostics else drafts

    def _draft(self, outcome: PositionOutcome, by_number: Mapping[int, Line]) -> AlertDraft:
        filed = self.filed
        chains = [filed.chains[index] for index in outcome.chains]
        lines = [by_number[line] for chain in chains for line in chain.lines]
        trades = tuple([line for line in lines if type(line) is Transaction])
        side_corrected = _side_corrected(outcome, chains, trades)
        transactions = trades
        if side_corrected:
            transactions = tuple([_on_other_side(line) if line.line in side_corrected else line for line in trades])
        position_id = self.ids.get(outcome.position_id, outcome.position_id)
        position = self.fold.positions.get(position_id)
        identity = outcome.label.identity(position_id)
        explained_by = tuple([self._renamed(each) for each in outcome.explained_by])
        repeats = None if outcome.repeats is None else self.fold.filings[outcome.repeats].filing_id
        is_current = position is not None and self._is_current(position.current, outcome)
        current = position.amount if position is not None else None
        days = _corrected_days(chains, filed) if trades else _NO_DAYS
        usual_price = self.prices.get(outcome.label.security.security) if self.prices else None
        return AlertDraft(
            _kind(outcome, trades), identity, tuple(lines), transactions, outcome.before, outcome.after, outcome.total,
            outcome.ledger_before, outcome.unexplained, outcome.explanation, explained_by, repeats, is_current, current,
            side_corrected, days, usual_price, self.fold.subject_since,
        )  # fmt: skip

    def _is_current(self, account: Account, outcome: PositionOutcome) -> bool:
        number = self.fold.filings.index(self.filed) if outcome.repeats is None else outcome.repeats
        return account.filing_in_force == number

    def _renamed(self, evidence: Evidence) -> Evidence:
        if evidence.kind != "position" or evidence.id not in self.ids:
            return evidence
        return Evidence(kind="position", id=self.ids[evidence.id])


def _with_diagnostics(drafts: Iterable[AlertDraft], report: TransactionsReported) -> tuple[AlertDraft, ...]:
    """Return the drafts with the parser's diagnostics of their lines, in one pass over the report."""
    tables = (("transactions", report.transactions), ("holdings", report.holdings))
    numbers = {f"{name}[{index}]": line.line for name, lines in tables for index, line in enumerate(lines)}
    found: dict[int, list[Diagnostic]] = {}
    for each in report.diagnostics:
        line = numbers.get(each.field.partition(".")[0]) if each.field is not None else None
        if line is not None:
            found.setdefault(line, []).append(each)
    return tuple(
        draft._replace(parser_diagnostics=tuple(each for line in draft.lines for each in found.get(line.line, ())))
        for draft in drafts
    )


def _kind(outcome: PositionOutcome, trades: Sequence[Transaction]) -> ChangeKind:
    """Return the direction of change in the reported amounts; without amounts, that of the trades."""
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


def _side_corrected(outcome: PositionOutcome, chains: Sequence[Chain], trades: Sequence[Transaction]) -> frozenset[int]:
    """Return the numbers of the lines whose side was corrected, by chain or by the position's amounts."""
    by_chain = frozenset([chain.lines[index] for chain in chains for index in chain.side_corrected])
    if by_chain or not outcome.side_corrected:
        return by_chain
    return frozenset([line.line for line in trades if _contradicts_code(line)])


def _contradicts_code(line: Transaction) -> bool:
    return line.code in _CODE_SIDES and line.acquired_disposed not in (None, _CODE_SIDES[line.code])


def _on_other_side(line: Transaction) -> Transaction:
    return replace(line, acquired_disposed="D" if line.acquired_disposed == "A" else "A")


def _corrected_days(chains: Iterable[Chain], filed: FiledReport) -> dict[int, date]:
    """Return the effective days, by line number, of the lines whose date cannot be right."""
    first, last = filed.period or date.min, filed.day or date.max
    days: dict[int, date] = {}
    for chain in chains:
        for line, step in zip(chain.lines, chain.steps, strict=True):
            if step.day is None or first <= step.day <= last or not step.is_trade:
                continue  # no date, or a plausible one between period and filing
            found = trade_day(step, filed)
            if found.contradicts and found.day is not None:
                days[line] = found.day
    return days
