"""Why trades and ledger differ: what a movement leaves unexplained, by evidence, in a fixed order of causes."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final, NamedTuple

from contracts.enumerations import Table
from contracts.holding_changed import Evidence, Explanation
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amounts import ONE, ZERO, same
from services.holdings.footnotes import CitedFact, SplitRatio
from services.holdings.position_changes import PositionChange
from services.holdings.transfers import OpenChange, TransferMatcher

_MOST_PARTS: Final = 3
"""Sums owed that together may be a change: more sum to nearly anything."""

_OWED_COMPARED: Final = 24
"""Sums owed that a change is compared with, the latest: pairs and triples of them are 2,300."""

_MOST_EVIDENCE: Final = 30
"""Other positions that are named as evidence of a split: EDGAR accepts 30 lines per table."""

_ROUND: Final = Decimal(100)
_CENT: Final = Decimal("0.01")
_LARGEST_RATIO: Final = 100
"""Whole ratios up to which an amount may be split by chance of numbers alone; companies' splits are smaller."""


class ExplainedChange(NamedTuple):
    """An explanation with its evidence, and what it settles.

    `settled` are open accounts of other positions; `emptied` is a position that went into this one as a whole.
    """

    explanation: Explanation
    evidence: tuple[Evidence, ...] = ()
    settled: tuple[OpenChange, ...] = ()
    emptied: HeldPosition | None = None
    repaid: tuple[int, ...] = ()


class ExplanationContext(NamedTuple):
    """What else is known: the filing's other movements, the book's positions, names of filings, and usual prices."""

    movements: Sequence[PositionChange]
    positions: Iterable[HeldPosition]
    filing_id: Callable[[Account], str]
    usual_price: Callable[[tuple[Table, str]], Decimal | None]


class Explainer:
    """Explains the movements of one filing, in turn: what settles one of them settles no other."""

    def __init__(self, context: ExplanationContext) -> None:
        self._context = context
        self._flows = TransferMatcher(context.movements, context.positions)
        self._changed: dict[tuple[Table, str], list[PositionChange]] = {}
        self._ratios: dict[tuple[Table, str], set[SplitRatio | None]] = {}
        for movement in context.movements:
            if movement.unexplained:
                self._changed.setdefault(movement.label.security.security, []).append(movement)

    def explain(self, movement: PositionChange) -> ExplainedChange | None:
        """Return why the ledger and the movement differ; None if they do not, or it cannot be known."""
        if movement.held is None:
            return self._first(movement)
        late = self._late(movement)
        if not movement.unexplained:
            return ExplainedChange("line_error") if movement.filed is not None or movement.turned else late
        return (
            self._rounding(movement)
            or self._split(movement)
            or self._transfer(movement)
            or late
            or self._owed(movement)
            or self._stated(movement)
            or self._line_error(movement)
            or ExplainedChange("unknown")
        )

    def _first(self, movement: PositionChange) -> ExplainedChange | None:
        """Return that a position is first seen with the whole of another, which a footnote says was transferred."""
        spoken_of = movement.statements.transfer
        return self._whole_position(movement, movement.before) if spoken_of and movement.before else None

    @staticmethod
    def _rounding(movement: PositionChange) -> ExplainedChange | None:
        begins, ledger = movement.begins_at, movement.ledger_before
        return ExplainedChange("rounding") if same(begins, ledger) else None

    def _split(self, movement: PositionChange) -> ExplainedChange | None:
        begins, ledger = movement.begins_at, movement.ledger_before
        if not begins or not ledger or min(begins, ledger) < ZERO:
            return None
        for cited in movement.statements.ratios:
            if isinstance(cited.fact, SplitRatio) and (
                cited.fact.makes(ledger, begins) or _splits_between(movement, cited.fact)
            ):
                return ExplainedChange("split", _footnotes([cited]))
        if _terms_follow(movement, ledger, begins):
            return ExplainedChange("split")
        whole = _whole_ratio(ledger, begins)
        return self._whole_split(movement, whole, begins) if whole is not None else None

    def _whole_split(self, movement: PositionChange, ratio: SplitRatio, begins: Decimal) -> ExplainedChange | None:
        """Return the split by a whole ratio: of every changed position in the security, or of the only one."""
        security = movement.label.security.security
        others = self._changed[security]
        if len(others) == 1:
            fits = bool(begins % _ROUND) or self._price_moved(movement, ratio)
            return ExplainedChange("split") if fits else None
        if security not in self._ratios:
            self._ratios[security] = {_whole_ratio(each.ledger_before, each.begins_at) for each in others}
        if self._ratios[security] != {ratio}:
            return None
        shown = [each for each in others[: _MOST_EVIDENCE + 1] if each is not movement][:_MOST_EVIDENCE]
        evidence = [each.held.position_id for each in shown if each.held is not None]
        return ExplainedChange("split", tuple(Evidence(kind="position", id=each) for each in evidence))

    def _price_moved(self, movement: PositionChange, ratio: SplitRatio) -> bool:
        """Return whether the price moved inversely, by half the ratio or more: 4 for 1 needs half the usual price."""
        usual = self._context.usual_price(movement.label.security.security)
        if usual is None or not movement.price:
            return False
        return (
            usual / movement.price >= Decimal(ratio.new) / ratio.old / 2
            if ratio.new > ratio.old
            else (movement.price / usual >= Decimal(ratio.old) / ratio.new / 2)
        )

    def _transfer(self, movement: PositionChange) -> ExplainedChange | None:
        change = movement.unexplained or ZERO
        if parts := self._flows.cancelling(movement, change):
            return ExplainedChange("transfer", tuple(map(self._evidence_of, parts)), settled=parts)
        return self._whole_position(movement, change)

    def _whole_position(self, movement: PositionChange, change: Decimal) -> ExplainedChange | None:
        """Return the transfer of another position as a whole, which must be missing from this filing."""
        spoken_of = movement.statements.transfer
        if change <= ZERO or not (spoken_of or change % _ROUND):
            return None
        held = self._flows.whole_position(movement, change)
        if held is None:
            return None
        self._flows.take_whole(movement, held)
        evidence = [*(_footnotes([spoken_of]) if spoken_of else ()), Evidence(kind="position", id=held.position_id)]
        return ExplainedChange("transfer", tuple(evidence), emptied=held)

    @staticmethod
    def _evidence_of(flow: OpenChange) -> Evidence:
        held = flow.movement if flow.movement is not None else flow.held
        return Evidence(kind="position", id=held.position_id if held is not None else "")

    def _late(self, movement: PositionChange) -> ExplainedChange | None:
        """Return that a late report fills the gap in front of a newer account."""
        if movement.closes is None or movement.held is None:
            return None
        later = movement.held.accounts[movement.closes]
        return ExplainedChange("late_report", (Evidence(kind="filing", id=self._context.filing_id(later)),))

    def _owed(self, movement: PositionChange) -> ExplainedChange | None:
        """Return that the change is the sum of what late reports still owe."""
        if movement.held is None:
            return None
        owed = [
            (place, account) for place, account in enumerate(movement.held.accounts[: movement.place]) if account.owed
        ][-_OWED_COMPARED:]
        for count in (len(owed), *range(1, min(len(owed), _MOST_PARTS) + 1)):
            for parts in combinations(owed, count) if count else ():
                total = sum((account.owed for _, account in parts if account.owed is not None), ZERO)
                if movement.unexplained == total:
                    evidence = tuple(Evidence(kind="filing", id=self._context.filing_id(each)) for _, each in parts)
                    return ExplainedChange("late_report", evidence, repaid=tuple(place for place, _ in parts))
        return None

    @staticmethod
    def _stated(movement: PositionChange) -> ExplainedChange | None:
        if found := movement.statements.summing_to(movement.unexplained or ZERO):
            return ExplainedChange("stated", _footnotes(found))
        cause = movement.statements.cause
        return ExplainedChange("stated", _footnotes([cause])) if cause is not None else None

    @staticmethod
    def _line_error(movement: PositionChange) -> ExplainedChange | None:
        return (
            ExplainedChange("line_error")
            if movement.line_error and movement.line_error == movement.unexplained
            else None
        )


def _footnotes(found: Iterable[CitedFact]) -> tuple[Evidence, ...]:
    ids = dict.fromkeys(each.footnote for each in found if each.footnote)
    return tuple(Evidence(kind="footnote", id=note) for note in ids)


def _splits_between(movement: PositionChange, ratio: SplitRatio) -> bool:
    """Return whether a split between two lines of the filing makes the change."""
    return any(
        before and after and ratio.makes(before, after) and after - before == movement.unexplained
        for before, after in movement.gaps
    )


def _terms_follow(movement: PositionChange, before: Decimal, after: Decimal) -> bool:
    """Return whether an option's price changed in inverse proportion to its amount, to the cent."""
    held = movement.held
    if held is None:
        return False
    old, new = held.security.exercise_price, movement.label.security.exercise_price
    return old is not None and new is not None and old != new and abs(old * before / after - new) <= _CENT


def _whole_ratio(before: Decimal | None, after: Decimal | None) -> SplitRatio | None:
    """Return the whole ratio, up or down, that makes one amount into the other to within one share; else None."""
    if not before or not after or min(before, after) < _ROUND:
        return None
    times = int((max(before, after) / min(before, after)).to_integral_value())
    if not 2 <= times <= _LARGEST_RATIO:  # noqa: PLR2004 - 1 for 1 is not a split
        return None
    ratio = SplitRatio(times, 1) if after > before else SplitRatio(1, times)
    return ratio if abs(ratio.of(before) - after) <= ONE else None
