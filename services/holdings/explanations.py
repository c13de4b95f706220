"""Explain why the trades and the ledger differ: the causes of an unexplained change, tried in a fixed order."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final, NamedTuple

from contracts.holding_changed import Explanation
from contracts.structs import Evidence
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amounts import ONE, ZERO, nearly_equal
from services.holdings.footnotes import CitedFact, SplitRatio
from services.holdings.labels import Security
from services.holdings.position_changes import PositionChange
from services.holdings.transfers import OpenChange, TransferMatcher

_MOST_PARTS: Final = 3
"""Pending sums that may add up to a change: with more, chance sums become likely."""

_PENDING_COMPARED: Final = 24
"""Pending sums that a change is compared with, the latest ones: they form 2,300 pairs and triples."""

_MOST_EVIDENCE: Final = 30
"""Other positions cited as evidence of a split: EDGAR accepts 30 lines per table."""

_ROUND: Final = Decimal(100)
_CENT: Final = Decimal("0.01")
_LARGEST_RATIO: Final = 100
"""The largest whole ratio accepted from the numbers alone: the splits of companies are smaller."""


class ExplainedChange(NamedTuple):
    """An explanation with its evidence, and what it settles.

    `settled` contains open changes of other positions. `emptied` is a position that was transferred to this one as a
    whole. `repaid` contains the indexes of this position's accounts whose pending sums are included now.
    """

    explanation: Explanation
    evidence: tuple[Evidence, ...] = ()
    settled: tuple[OpenChange, ...] = ()
    emptied: HeldPosition | None = None
    repaid: tuple[int, ...] = ()


class ExplanationContext(NamedTuple):
    """The inputs: the filing's other changes, the book's positions, the ids of filings, and the usual prices."""

    changes: Sequence[PositionChange]
    positions: Iterable[HeldPosition]
    filing_id: Callable[[Account], str]
    usual_price: Callable[[Security], Decimal | None]


class Explainer:
    """Explains the changes of one filing one by one: evidence that explains one is not used for another."""

    def __init__(self, context: ExplanationContext) -> None:
        self._context = context
        self._transfers = TransferMatcher(context.changes, context.positions)
        self._changed: dict[Security, list[PositionChange]] = {}
        self._ratios: dict[Security, set[SplitRatio | None]] = {}
        for change in context.changes:
            if change.unexplained:
                self._changed.setdefault(change.label.security.security, []).append(change)

    def explain(self, change: PositionChange) -> ExplainedChange | None:
        """Return why the ledger and the change differ; None if they do not, or if that is unknown."""
        if change.position is None:
            return self._first(change)
        late = self._late(change)
        if not change.unexplained:
            return ExplainedChange("line_error") if change.filed_amount is not None or change.side_corrected else late
        return (
            self._rounding(change)
            or self._split(change)
            or self._transfer(change)
            or late
            or self._included_late_reports(change)
            or self._stated(change)
            or self._line_error(change)
            or ExplainedChange("unknown")
        )

    def _first(self, change: PositionChange) -> ExplainedChange | None:
        """Return the transfer of a whole position to one that is new, if a footnote mentions a transfer."""
        transfer_note = change.statements.transfer
        return self._whole_position(change, change.before) if transfer_note and change.before else None

    @staticmethod
    def _rounding(change: PositionChange) -> ExplainedChange | None:
        begins, ledger = change.implied_before, change.ledger_before
        return ExplainedChange("rounding") if nearly_equal(begins, ledger) else None

    def _split(self, change: PositionChange) -> ExplainedChange | None:
        begins, ledger = change.implied_before, change.ledger_before
        if not begins or not ledger or min(begins, ledger) < ZERO:
            return None
        for cited in change.statements.ratios:
            if isinstance(cited.fact, SplitRatio) and (
                cited.fact.transforms(ledger, begins) or _splits_between(change, cited.fact)
            ):
                return ExplainedChange("split", _footnotes([cited]))
        if _terms_follow(change, ledger, begins):
            return ExplainedChange("split")
        whole = _whole_ratio(ledger, begins)
        return self._whole_split(change, whole, begins) if whole is not None else None

    def _whole_split(self, change: PositionChange, ratio: SplitRatio, begins: Decimal) -> ExplainedChange | None:
        """Return the split by a whole ratio, if all changed positions in the security agree on it.

        A single position needs further evidence: 300 to 900 may be chance, 310 to 930 is not a round number, and 300 to
        900 with the price down from $30 to $10 is a split.
        """
        security = change.label.security.security
        others = self._changed[security]
        if len(others) == 1:
            fits = bool(begins % _ROUND) or self._price_moved(change, ratio)
            return ExplainedChange("split") if fits else None
        if security not in self._ratios:
            self._ratios[security] = {_whole_ratio(each.ledger_before, each.implied_before) for each in others}
        if self._ratios[security] != {ratio}:
            return None
        shown = [each for each in others[: _MOST_EVIDENCE + 1] if each is not change][:_MOST_EVIDENCE]
        evidence = [each.position.position_id for each in shown if each.position is not None]
        return ExplainedChange("split", tuple(Evidence(kind="position", id=each) for each in evidence))

    def _price_moved(self, change: PositionChange, ratio: SplitRatio) -> bool:
        """Return whether the price moved inversely by at least half the ratio: 4 for 1 needs half the usual price."""
        usual = self._context.usual_price(change.label.security.security)
        if usual is None or not change.price:
            return False
        return (
            usual / change.price >= Decimal(ratio.new) / ratio.old / 2
            if ratio.new > ratio.old
            else (change.price / usual >= Decimal(ratio.old) / ratio.new / 2)
        )

    def _transfer(self, change: PositionChange) -> ExplainedChange | None:
        amount = change.unexplained or ZERO
        if parts := self._transfers.cancelling(change, amount):
            return ExplainedChange("transfer", tuple(map(self._evidence_of, parts)), settled=parts)
        return self._whole_position(change, amount)

    def _whole_position(self, change: PositionChange, amount: Decimal) -> ExplainedChange | None:
        """Return the transfer of another position as a whole, which this filing must not list.

        A round number needs a footnote that mentions a transfer: 500 shares may match by chance, 517 hardly do.
        """
        transfer_note = change.statements.transfer
        if amount <= ZERO or not (transfer_note or amount % _ROUND):
            return None
        position = self._transfers.whole_position(change, amount)
        if position is None:
            return None
        self._transfers.use_whole(change, position)
        evidence = [
            *(_footnotes([transfer_note]) if transfer_note else ()),
            Evidence(kind="position", id=position.position_id),
        ]
        return ExplainedChange("transfer", tuple(evidence), emptied=position)

    @staticmethod
    def _evidence_of(open_change: OpenChange) -> Evidence:
        position = open_change.change if open_change.change is not None else open_change.position
        return Evidence(kind="position", id=position.position_id if position is not None else "")

    def _late(self, change: PositionChange) -> ExplainedChange | None:
        """Return the late report that fills the gap before a newer account."""
        if change.gap_closed_at is None or change.position is None:
            return None
        later = change.position.accounts[change.gap_closed_at]
        return ExplainedChange("late_report", (Evidence(kind="filing", id=self._context.filing_id(later)),))

    def _included_late_reports(self, change: PositionChange) -> ExplainedChange | None:
        """Return the late reports whose pending sums add up to the change (subset sum over all, then one to three)."""
        if change.position is None:
            return None
        pending = [
            (index, account)
            for index, account in enumerate(change.position.accounts[: change.account_index])
            if account.pending
        ][-_PENDING_COMPARED:]
        for count in (len(pending), *range(1, min(len(pending), _MOST_PARTS) + 1)):
            for parts in combinations(pending, count) if count else ():
                total = sum((account.pending for _, account in parts if account.pending is not None), ZERO)
                if change.unexplained == total:
                    evidence = tuple(Evidence(kind="filing", id=self._context.filing_id(each)) for _, each in parts)
                    return ExplainedChange("late_report", evidence, repaid=tuple(index for index, _ in parts))
        return None

    @staticmethod
    def _stated(change: PositionChange) -> ExplainedChange | None:
        if found := change.statements.summing_to(change.unexplained or ZERO):
            return ExplainedChange("stated", _footnotes(found))
        cause = change.statements.cause
        return ExplainedChange("stated", _footnotes([cause])) if cause is not None else None

    @staticmethod
    def _line_error(change: PositionChange) -> ExplainedChange | None:
        return ExplainedChange("line_error") if change.line_error and change.line_error == change.unexplained else None


def _footnotes(found: Iterable[CitedFact]) -> tuple[Evidence, ...]:
    ids = dict.fromkeys(each.footnote for each in found if each.footnote)
    return tuple(Evidence(kind="footnote", id=note) for note in ids)


def _splits_between(change: PositionChange, ratio: SplitRatio) -> bool:
    """Return whether a split between two lines of the filing explains the change."""
    return any(
        before and after and ratio.transforms(before, after) and after - before == change.unexplained
        for before, after in change.gaps
    )


def _terms_follow(change: PositionChange, before: Decimal, after: Decimal) -> bool:
    """Return whether an option's price changed in inverse proportion to its amount, to the cent.

    Example: 100 options at $30 became 300 at $10.
    """
    position = change.position
    if position is None:
        return False
    old, new = position.security.exercise_price, change.label.security.exercise_price
    return old is not None and new is not None and old != new and abs(old * before / after - new) <= _CENT


def _whole_ratio(before: Decimal | None, after: Decimal | None) -> SplitRatio | None:
    """Return the whole ratio, up or down, between two amounts to within one share; None if there is none.

    Example: 3 for 1 for 401 and 1,203.
    """
    if not before or not after or min(before, after) < _ROUND:
        return None
    times = int((max(before, after) / min(before, after)).to_integral_value())
    if not 2 <= times <= _LARGEST_RATIO:  # noqa: PLR2004 - 1 for 1 is not a split
        return None
    ratio = SplitRatio(times, 1) if after > before else SplitRatio(1, times)
    return ratio if abs(ratio.applied_to(before) - after) <= ONE else None
