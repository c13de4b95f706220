"""Apply one filing to an owner's positions: match its chains, explain the changes and post their accounts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice

from contracts.holding_changed import Explanation
from services.holdings.account_sources import account_filing_id, account_steps
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amount_history import AmountHistory
from services.holdings.amounts import ZERO, nearly_equal
from services.holdings.explanations import ExplainedChange, Explainer, ExplanationContext
from services.holdings.filed_report import FiledReport
from services.holdings.labels import Security
from services.holdings.matching import Match, match_chains
from services.holdings.matching_candidates import CROWD
from services.holdings.outcomes import PositionOutcome, outcome_of_change
from services.holdings.position_changes import PositionChange, compute_change
from services.holdings.position_index import PositionIndex
from services.holdings.posting import open_position, post_change
from services.holdings.transfers import OpenChange


class ChangeApplier:
    """Applies the changes of the latest filing to the positions.

    `filings` are all filings so far and end with the one to apply. `prices` are the usual prices before it.
    `opened` collects the ids of the positions that it opens.
    """

    def __init__(
        self, positions: PositionIndex, filings: Sequence[FiledReport], prices: Mapping[Security, Decimal]
    ) -> None:
        self._positions = positions
        self._filings = filings
        self._prices = prices
        self._filing = filings[-1]
        self._number = len(filings) - 1
        self.opened: list[str] = []

    def apply(self, indexes: Sequence[int], original: FiledReport | None) -> list[PositionOutcome]:
        """Apply the chains at these indexes; `original` is the filing that this one amends, if any."""
        changes = [compute_change(match, self._filing) for match in self._match(indexes)]
        for change in changes:
            self._prepare(change, original)
        if any(map(_needs_explanation, changes)):
            self._explain(changes)
        for change in changes:
            self._post(change)
        self._end_unknown_amounts(changes)
        if not self._filing.is_amendment:
            self._count_absences(changes)
        return [outcome_of_change(change, self._filing) for change in changes]

    def _match(self, indexes: Sequence[int]) -> list[Match]:
        """Return the matches of the chains at these indexes."""
        history = AmountHistory(lambda account: account_steps(account, self._filings))
        chains = self._filing.chains
        if len(indexes) == len(chains):
            return match_chains(chains, self._positions, history.held_before)
        matches = match_chains([chains[index] for index in indexes], self._positions, history.held_before)
        return [Match(tuple([indexes[each] for each in match.chains]), match.position) for match in matches]

    def _prepare(self, change: PositionChange, original: FiledReport | None) -> None:
        """Identify the changed position, date the change, and find the later gap that it closes."""
        position = change.position
        change.position_id = position.position_id if position is not None else f"{self._number}.{min(change.chains)}"
        if original is not None and not change.trades:
            change.day = original.day or change.day
        if position is not None and not change.is_last:
            _find_closed_gap(change, position.accounts[change.account_index])

    def _explain(self, changes: Sequence[PositionChange]) -> None:
        """Explain what the changes leave open; all of them before any is settled."""
        context = ExplanationContext(changes, self._positions, self._filing_id, self._prices.get)
        explainer = Explainer(context)
        explained = [explainer.explain(change) for change in changes]
        for change, found in zip(changes, explained, strict=True):
            if found is not None:
                change.explanation, change.explained_by = found.explanation, found.evidence
                self._settle(change, found)

    def _filing_id(self, account: Account) -> str:
        return account_filing_id(account, self._filings)

    def _settle(self, change: PositionChange, found: ExplainedChange) -> None:
        """Close the open changes that the explanation accounts for, and end a position that was transferred whole."""
        for open_change in found.settled:
            self._close(open_change)
        if found.emptied is not None:
            self._end(self._positions[found.emptied.position_id], change, "transfer")
        if found.repaid and change.position is not None:
            position = self._positions[change.position.position_id]
            for index in found.repaid:
                position = position.with_replaced_account(index, position.accounts[index]._replace(pending=None))
            self._positions.put(position)

    def _close(self, open_change: OpenChange) -> None:
        """Mark an open change, of this filing or of an earlier account, as explained."""
        if open_change.change is not None:
            open_change.change.first_amount_explained = True
        elif open_change.position is not None:
            index = open_change.account_index
            position = self._positions[open_change.position.position_id]
            closed = position.accounts[index]._replace(still_unexplained=None)
            self._positions.put(position.with_replaced_account(index, closed))

    def _end(self, position: HeldPosition, change: PositionChange, explanation: Explanation | None) -> None:
        """Add a last account that brings a position to 0."""
        end = Account(self._number, (), "ended", change.day, position.amount, ZERO, None, explanation)
        self._positions.put(position.with_inserted_account(len(position.accounts), end))

    def _post(self, change: PositionChange) -> None:
        """Post the change to its position, which it may open."""
        if change.position is None:
            self.opened.append(change.position_id)
            self._positions.put(open_position(change, self._filing, self._number))
        else:
            # Settling another change may have replaced the position since it was matched, so look it up again.
            position = self._positions[change.position.position_id]
            self._positions.put(post_change(position, change, self._number))

    def _end_unknown_amounts(self, changes: Sequence[PositionChange]) -> None:
        """End positions of unknown amount, as Form 3 reports them, when a line brings them to 0.

        The line matches in class and terms. Under another title it matches in holder and in the number of underlying
        shares: an option on 700 shares, first reported without an amount, is ended by a line that disposes of 700.
        """
        ends = [each for each in changes if each.after == ZERO and each.trades and each.label.table == "derivative"]
        if not ends:
            return
        changed = {change.position_id for change in changes}
        without_amount = (each for each in self._positions if each.amount is None and each.position_id not in changed)
        unknown = list(islice(without_amount, CROWD))
        for change in ends:
            for position in [each for each in unknown if _ends_unknown(change, each)]:
                unknown.remove(position)
                self._end(position, change, None)

    def _count_absences(self, changes: Sequence[PositionChange]) -> None:
        """Count an absence for each position that the filing does not list although it trades in the class.

        The class is that of the security with its terms, however held: a trade in shares held directly also counts
        against the shares of a trust.
        """
        listed = {change.position_id for change in changes}
        absent: dict[str, HeldPosition] = {}
        traded = dict.fromkeys(each.label.security for each in changes if each.trades and each.is_last)
        for security in islice(traded, CROWD):
            for position in self._positions.of_security(security):
                if (
                    position.position_id not in listed
                    and position.amount != ZERO
                    and security.fits_however_held(position.security)
                ):
                    absent[position.position_id] = position
        for position in absent.values():
            self._positions.put(position._replace(absences=position.absences + 1))


def _find_closed_gap(change: PositionChange, later: Account) -> None:
    """Note the next account if the change closes, wholly or in part, the gap that it left open."""
    gap, total = later.still_unexplained, change.total
    if not total or gap is None or later.is_first_amount:
        return
    if nearly_equal(later.before, change.after) or abs(gap - total) < abs(gap):
        change.gap_closed_at = change.account_index


def _needs_explanation(change: PositionChange) -> bool:
    if change.position is None:
        return bool(change.before) and change.statements.transfer is not None
    return (
        bool(change.unexplained)
        or change.gap_closed_at is not None
        or change.filed_amount is not None
        or change.side_corrected
    )


def _ends_unknown(change: PositionChange, position: HeldPosition) -> bool:
    """Return whether a change to 0 ends a position of unknown amount."""
    mine, its = change.label.security, position.security
    if position.holder.key != change.label.holder.key or (mine.table, mine.ownership) != (its.table, its.ownership):
        return False
    retitled = its._replace(title=mine.title, underlying=mine.underlying)
    return mine.fits(its) or (mine.fits(retitled) and change.total == -(position.current.converts_into or ZERO) != ZERO)
