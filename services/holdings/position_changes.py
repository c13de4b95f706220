"""Position changes: what a filing changes in one position, in numbers, before it is explained or posted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise
from typing import Final

from contracts.holding_changed import Explanation
from contracts.structs import Evidence
from services.holdings.accounts import Account, HeldPosition, insertion_index
from services.holdings.amounts import ZERO, Unit, nearly_equal, unexplained
from services.holdings.chains import Chain, ChainStep
from services.holdings.effective_dates import effective_day
from services.holdings.filed_report import FiledReport
from services.holdings.footnotes import MOST_NUMBERS_KEPT, NOTHING_STATED, CitedFact, FootnoteStatements, SplitRatio
from services.holdings.labels import Label
from services.holdings.matching import Match

_SIDES: Final = {"P": 1, "S": -1}
"""The sign of a purchase and of a sale."""


@dataclass(slots=True)
class PositionChange:
    """The change that a filing makes to one position.

    - `chains`: the indexes of the filing's chains; `before`, `after`, `total`: the amounts as the filing reports them.
    - `account_index`: where the account belongs among the position's; `ledger_before`: the amount just before it.
    - `filed_amount`: the amount following as filed, if it is stale.
    - `gaps`: the amounts on both sides of each gap between chains; `line_error`: their sum, if the lines after each
      gap continue from its far side.
    - `gap_closed_at`: the index of a later account whose gap this change closes, wholly or in part.
    - `first_amount_explained`: whether the amount that the position appears with came from another position.
    - `converts_into`: the number of underlying shares of a derivative without an amount.
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
    position: HeldPosition | None = None
    account_index: int = 0
    ledger_before: Decimal | None = None
    unexplained: Decimal | None = None
    explanation: Explanation | None = None
    explained_by: tuple[Evidence, ...] = ()
    filed_amount: Decimal | None = None
    line_error: Decimal | None = None
    gaps: tuple[tuple[Decimal | None, Decimal | None], ...] = ()
    side_corrected: bool = False
    gap_closed_at: int | None = None
    first_amount_explained: bool = False
    position_id: str = ""
    converts_into: Decimal | None = None

    @property
    def is_last(self) -> bool:
        """Whether the account goes to the end of the position's accounts."""
        return self.position is None or self.account_index == len(self.position.accounts)

    @property
    def previous(self) -> Account | None:
        """The account before it; None if there is none."""
        return (
            self.position.accounts[self.account_index - 1] if self.position is not None and self.account_index else None
        )

    @property
    def implied_before(self) -> Decimal | None:
        """The amount that the ledger should hold before the change: `after` minus the total of the lines."""
        return None if self.after is None or self.total is None else self.after - self.total


def compute_change(match: Match, filing: FiledReport) -> PositionChange:
    """Return the change that the matched chains make to the position."""
    chains = [filing.chains[index] for index in match.chains]
    change = (
        _change_of_chain(match.chains, chains[0], filing)
        if len(chains) == 1
        else _change_of_chains(match, chains, filing)
    )
    change.position = match.position
    if match.position is not None:
        _place_account(change, match.position)
    if change.before is not None and change.before < ZERO:
        change.before = change.ledger_before
    change.unexplained = unexplained(change.after, change.ledger_before, change.total)
    return change


def _change_of_chain(indexes: tuple[int, ...], chain: Chain, filing: FiledReport) -> PositionChange:
    label, _, _, unit, steps, (before, after, total), trades, statements, price, side_corrected, _, converts_into = (
        chain
    )
    day = effective_day(steps, filing)
    change = PositionChange(indexes, label, unit, steps, statements, price, trades, before, after, total, day)
    change.side_corrected = bool(side_corrected)
    change.converts_into = converts_into
    return change


def _change_of_chains(match: Match, chains: Sequence[Chain], filing: FiledReport) -> PositionChange:
    """Return the change of several chains together: lines that repeat a total, or chains with gaps between them."""
    traded = [chain for chain in chains if chain.trades]
    moving = traded or list(chains)
    change = _change_of_chain(match.chains, moving[-1], filing)
    change.trades = bool(traded)
    _combine(change, chains, filing)
    change.before = moving[0].before
    if not traded:
        change.before = change.after = _listed_amount(chains)
        return change
    ledger = match.position.amount if match.position is not None else None
    if len(moving) > 1 and change.implied_before is not None:
        _bridge_gaps(change, moving, ledger)
    if len(traded) < len(chains):
        _add_lots(change, _listed_amount([chain for chain in chains if not chain.trades]), ledger)
    return change


def _combine(change: PositionChange, chains: Sequence[Chain], filing: FiledReport) -> None:
    """Set what the chains report together: their lines, the day, the total, the latest price and the footnotes."""
    totals = [chain.total for chain in chains]
    known = [total for total in totals if total is not None]
    change.steps = tuple(step for chain in chains for step in chain.steps)
    change.day = effective_day(change.steps, filing)
    change.statements = _merge_statements(chains)
    change.price = next((chain.price for chain in reversed(chains) if chain.price is not None), None)
    change.total = sum(known, ZERO) if len(known) == len(totals) else None
    change.side_corrected = any(chain.side_corrected for chain in chains)


def _listed_amount(chains: Sequence[Chain]) -> Decimal | None:
    """Return the sum of the holding lines of one position, each distinct amount counted once; None without amounts."""
    amounts = {chain.after for chain in chains if chain.after is not None}
    return sum(amounts, ZERO) if amounts else None


def _add_lots(change: PositionChange, listed: Decimal | None, ledger: Decimal | None) -> None:
    """Add the lots listed next to the traded one, if the ledger's amount is exactly all of them together.

    Example: the ledger has 1,000, and the filing lists a lot of 700 and sells 100 of the other lot of 300. Then before
    and after are 1,000 and 900, not 300 and 200.
    """
    before, after = change.before, change.after
    if listed and before is not None and after is not None and ledger == before + listed:
        change.before, change.after = before + listed, after + listed


def _bridge_gaps(change: PositionChange, chains: Sequence[Chain], ledger: Decimal | None) -> None:
    """Set `before` for chains with gaps between them.

    `before` is computed back from `after` if the lines repeat a total, if the result is the ledger's amount, or if a
    split took place between two lines; `before` and `after` then count the same shares. Otherwise `before` remains the
    amount that the first line starts from. Example: two sales of 10, each reported with the final total of 80, started
    from 100, not from 90.
    """
    begins = change.implied_before
    change.gaps = tuple((one.after, other.before) for one, other in pairwise(chains))
    repeated = len({chain.after for chain in chains}) == 1
    if repeated or nearly_equal(ledger, begins) or any(_is_split(gap, change.statements) for gap in change.gaps):
        change.before = begins
    if not repeated:
        change.line_error = _gaps_carried_over(chains)


def _is_split(gap: tuple[Decimal | None, Decimal | None], statements: FootnoteStatements) -> bool:
    """Return whether a split ratio in a footnote explains the gap."""
    before, after = gap
    return bool(before and after) and any(
        isinstance(cited.fact, SplitRatio) and cited.fact.transforms(before or ZERO, after or ZERO)
        for cited in statements.ratios
    )


def _gaps_carried_over(chains: Sequence[Chain]) -> Decimal | None:
    """Return the sum of the gaps; None if the line after one of them does not continue from its far side."""
    total = ZERO
    for one, other in pairwise(chains):
        if one.after is None or other.before is None or len(other.steps) == 1:
            return None
        total += other.before - one.after
    return total


def _merge_statements(chains: Sequence[Chain]) -> FootnoteStatements:
    found = [chain.statements for chain in chains if chain.statements is not NOTHING_STATED]
    if not found:
        return NOTHING_STATED
    return FootnoteStatements(
        numbers=_first_of(each for notes in found for each in notes.numbers),
        ratios=_first_of(each for notes in found for each in notes.ratios),
        cause=next((notes.cause for notes in found if notes.cause), None),
        transfer=next((notes.transfer for notes in found if notes.transfer), None),
    )


def _first_of(facts: Iterable[CitedFact]) -> tuple[CitedFact, ...]:
    return tuple(islice(dict.fromkeys(facts), MOST_NUMBERS_KEPT))


def _place_account(change: PositionChange, position: HeldPosition) -> None:
    """Find the index of the change among the position's accounts, and the ledger's amount before it."""
    last = position.current
    if _is_stale(change, position):
        change.filed_amount = change.after
        change.before = last.after
        change.after = None if last.after is None or change.total is None else last.after + change.total
    change.account_index = insertion_index(position.accounts, change.before, change.after, change.day)
    previous = change.previous
    if previous is None:
        return
    change.ledger_before = previous.after
    if change.is_last and last.filed_amount is not None and change.before == last.filed_amount:
        change.ledger_before = last.filed_amount  # the amount treated as stale was right
    if change.after is None and not change.is_last:
        change.ledger_before = previous.after
    _correct_mistyped_side(change)


def _is_stale(change: PositionChange, position: HeldPosition) -> bool:
    """Return whether the amount following was not updated: it is still the one from before the trade.

    Example: the ledger has 1,000, and a later purchase of 50 also reports 1,000 following.
    """
    last = position.current
    return (
        change.trades
        and bool(change.total)
        and change.after is not None
        and change.after == last.after
        and change.before not in (last.after, last.filed_amount)
        and last.kind != "holding"
        and (change.day or date.min) > (last.day or date.min)
        and last.after + (change.total or ZERO) >= ZERO
    )


def _correct_mistyped_side(change: PositionChange) -> None:
    """Reverse the sides of purchases marked as disposals and sales marked as acquisitions, if only that ties."""
    if change.total is None or change.after is None or change.ledger_before is None:
        return
    wrong = [
        step.delta
        for step in change.steps
        if step.delta and step.code in _SIDES and (step.delta > ZERO) != (_SIDES[step.code] > 0)
    ]
    corrected = change.total - 2 * sum(wrong, ZERO)
    if wrong and change.after - corrected == change.ledger_before != change.after - change.total:
        change.total, change.before, change.side_corrected = corrected, change.ledger_before, True
