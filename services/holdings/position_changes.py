"""Movements: what a filing does to one position, in numbers, before anything is explained or applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise
from typing import Final

from contracts.holding_changed import Evidence, Explanation
from services.holdings.accounts import Account, HeldPosition, place_of
from services.holdings.amounts import ZERO, Unit, same, unexplained
from services.holdings.chains import Chain, ChainStep
from services.holdings.filed_report import FiledReport
from services.holdings.filing_order import effective_day
from services.holdings.footnotes import MOST_STATED, NOTHING_STATED, CitedFact, FootnoteStatements, SplitRatio
from services.holdings.labels import Label
from services.holdings.matching import Match

_SIDES: Final = {"P": 1, "S": -1}
"""The sign that a purchase or a sale has."""


@dataclass(slots=True)
class PositionChange:
    """What a filing does to one position.

    `before`, `after` and `total` are the filing's own account; `place` is where it goes among the position's accounts,
    `ledger_before` the amount just before that place. `filed` is the amount following as filed, if it is stale.
    `gaps` are the amounts where its chains leave off and go on; `line_error` is their sum if each is carried on.
    `closes` is the place of a later account whose gap this one closes, wholly or in part. `first_taken` says that its
    first amount came from another position.
    """

    chains: tuple[int, ...]
    label: Label
    unit: Unit
    steps: tuple[ChainStep, ...]
    statements: FootnoteStatements
    price: Decimal | None
    trades: bool
    before: Decimal | None
    after: Decimal | None
    total: Decimal | None
    day: date | None
    held: HeldPosition | None = None
    place: int = 0
    ledger_before: Decimal | None = None
    unexplained: Decimal | None = None
    explanation: Explanation | None = None
    explained_by: tuple[Evidence, ...] = ()
    filed: Decimal | None = None
    line_error: Decimal | None = None
    gaps: tuple[tuple[Decimal | None, Decimal | None], ...] = ()
    turned: bool = False
    closes: int | None = None
    first_taken: bool = False
    position_id: str = ""
    converts_into: Decimal | None = None

    @property
    def is_last(self) -> bool:
        """Whether it goes to the end of the position's accounts."""
        return self.held is None or self.place == len(self.held.accounts)

    @property
    def previous(self) -> Account | None:
        """The account before its place; None if there is none."""
        return self.held.accounts[self.place - 1] if self.held is not None and self.place else None

    @property
    def begins_at(self) -> Decimal | None:
        """What the ledger should hold before it: the amount after it less all that its lines moved."""
        return None if self.after is None or self.total is None else self.after - self.total


def movement_of(joined: Match, filing: FiledReport) -> PositionChange:
    """Return what the joined chains do to the position."""
    chains = [filing.chains[place] for place in joined.chains]
    movement = _alone(joined.chains, chains[0], filing) if len(chains) == 1 else _together(joined, chains, filing)
    movement.held = joined.held
    if joined.held is not None:
        _place(movement, joined.held)
    if movement.before is not None and movement.before < ZERO:
        movement.before = movement.ledger_before
    movement.unexplained = unexplained(movement.after, movement.ledger_before, movement.total)
    return movement


def _alone(places: tuple[int, ...], chain: Chain, filing: FiledReport) -> PositionChange:
    label, _, _, unit, steps, (before, after, total), trades, statements, price, turned, _, converts_into = chain
    day = effective_day(steps, filing)
    movement = PositionChange(places, label, unit, steps, statements, price, trades, before, after, total, day)
    movement.turned = bool(turned)
    movement.converts_into = converts_into
    return movement


def _together(joined: Match, chains: Sequence[Chain], filing: FiledReport) -> PositionChange:
    """Return the movement of chains that are one: lines that share a total, or chains with gaps between them."""
    traded = [chain for chain in chains if chain.trades]
    moving = traded or list(chains)
    totals = [chain.total for chain in chains]
    known = [total for total in totals if total is not None]
    movement = _alone(joined.chains, moving[-1], filing)
    movement.trades = bool(traded)
    movement.steps = tuple(step for chain in chains for step in chain.steps)
    movement.day = effective_day(movement.steps, filing)
    movement.statements = _statements(chains)
    movement.price = next((chain.price for chain in reversed(chains) if chain.price is not None), None)
    movement.total = sum(known, ZERO) if len(known) == len(totals) else None
    movement.turned = any(chain.turned for chain in chains)
    movement.before = moving[0].before
    ledger = joined.held.amount if joined.held is not None else None
    if not traded:
        movement.before = movement.after = _listed(chains)
    elif len(moving) > 1 and movement.begins_at is not None:
        _bridge_gaps(movement, moving, ledger)
    if traded and len(traded) < len(chains):
        _add_lots(movement, _listed([chain for chain in chains if not chain.trades]), ledger)
    return movement


def _listed(chains: Sequence[Chain]) -> Decimal | None:
    """Return what holding lines of one position come to: their sum, an amount that is repeated counted once."""
    amounts = {chain.after for chain in chains if chain.after is not None}
    return sum(amounts, ZERO) if amounts else None


def _add_lots(movement: PositionChange, listed: Decimal | None, ledger: Decimal | None) -> None:
    """Add the lots that were listed beside the one traded, if the ledger holds just all of them together."""
    before, after = movement.before, movement.after
    if listed and before is not None and after is not None and ledger == before + listed:
        movement.before, movement.after = before + listed, after + listed


def _bridge_gaps(movement: PositionChange, chains: Sequence[Chain], ledger: Decimal | None) -> None:
    """Set what was held before chains with gaps between them.

    Lines that share a total, gaps whose ends tie, and a split between two lines are taken from the end, so that
    `before` and `after` count in the same shares; others from the beginning.
    """
    begins = movement.begins_at
    movement.gaps = tuple((one.after, other.before) for one, other in pairwise(chains))
    repeated = len({chain.after for chain in chains}) == 1
    if repeated or same(ledger, begins) or any(_is_split(gap, movement.statements) for gap in movement.gaps):
        movement.before = begins
    if not repeated:
        movement.line_error = _gaps_carried_on(chains)


def _is_split(gap: tuple[Decimal | None, Decimal | None], statements: FootnoteStatements) -> bool:
    """Return whether a ratio that a footnote states makes the one amount of a gap into the other."""
    before, after = gap
    return bool(before and after) and any(
        isinstance(cited.fact, SplitRatio) and cited.fact.makes(before or ZERO, after or ZERO)
        for cited in statements.ratios
    )


def _gaps_carried_on(chains: Sequence[Chain]) -> Decimal | None:
    """Return the sum of the gaps after which the next line goes on as if the amount were right.

    None if one of the gaps is not carried on.
    """
    total = ZERO
    for one, other in pairwise(chains):
        if one.after is None or other.before is None or len(other.steps) == 1:
            return None
        total += other.before - one.after
    return total


def _statements(chains: Sequence[Chain]) -> FootnoteStatements:
    found = [chain.statements for chain in chains if chain.statements is not NOTHING_STATED]
    if not found:
        return NOTHING_STATED
    return FootnoteStatements(
        numbers=_first_of(each for said in found for each in said.numbers),
        ratios=_first_of(each for said in found for each in said.ratios),
        cause=next((said.cause for said in found if said.cause), None),
        transfer=next((said.transfer for said in found if said.transfer), None),
    )


def _first_of(stated: Iterable[CitedFact]) -> tuple[CitedFact, ...]:
    return tuple(islice(dict.fromkeys(stated), MOST_STATED))


def _place(movement: PositionChange, held: HeldPosition) -> None:
    """Find the movement's place among the position's accounts, and the amount just before it."""
    last = held.current
    if _is_stale(movement, held):
        movement.filed = movement.after
        movement.before = last.after
        movement.after = None if last.after is None or movement.total is None else last.after + movement.total
    movement.place = place_of(held.accounts, movement.before, movement.after, movement.day)
    previous = movement.previous
    if previous is None:
        return
    movement.ledger_before = previous.after
    if movement.is_last and last.filed is not None and movement.before == last.filed:
        movement.ledger_before = last.filed  # the amount that was taken for stale was right
    if movement.after is None and not movement.is_last:
        movement.ledger_before = previous.after
    _turn_mistyped_side(movement)


def _is_stale(movement: PositionChange, held: HeldPosition) -> bool:
    """Return whether the amount following is that from before the trade: the filer did not update it."""
    last = held.current
    return (
        movement.trades
        and bool(movement.total)
        and movement.after is not None
        and movement.after == last.after
        and movement.before not in (last.after, last.filed)
        and last.kind != "holding"
        and (movement.day or date.min) > (last.day or date.min)
        and last.after + (movement.total or ZERO) >= ZERO
    )


def _turn_mistyped_side(movement: PositionChange) -> None:
    """Turn the sign of purchases disposed of and sales acquired, if the ledger then goes on and otherwise does not."""
    if movement.total is None or movement.after is None or movement.ledger_before is None:
        return
    wrong = [
        step.moved
        for step in movement.steps
        if step.moved and step.code in _SIDES and (step.moved > ZERO) != (_SIDES[step.code] > 0)
    ]
    turned = movement.total - 2 * sum(wrong, ZERO)
    if wrong and movement.after - turned == movement.ledger_before != movement.after - movement.total:
        movement.total, movement.before, movement.turned = turned, movement.ledger_before, True
