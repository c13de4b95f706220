"""The fold: filings, one after another in their order, applied to an owner's positions in an issuer.

`Fold.apply` is one step. The book in any order of arrival is the fold of its filings in their one order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import is_
from typing import Final

from contracts.enumerations import Table
from contracts.holding_changed import Evidence
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amendments import OriginalAccounts, as_one, corrected, original_of
from services.holdings.amount_history import AmountHistory
from services.holdings.amounts import ZERO, same
from services.holdings.chains import Chain, ChainStep
from services.holdings.explanations import ExplainedChange, Explainer, ExplanationContext
from services.holdings.filed_report import FiledReport
from services.holdings.matching import Match, join
from services.holdings.matching_candidates import CROWD
from services.holdings.outcomes import PositionOutcome, correction_of, outcome_of, repetition_of
from services.holdings.position_changes import PositionChange, movement_of
from services.holdings.position_index import PositionIndex
from services.holdings.posting import opened, posted
from services.holdings.trade_summaries import plausible

Security = tuple[Table, str]


class Fold:
    """Positions under way. Accounts refer to filings by their numbers: places in `filings`.

    `opened` are the positions opened so far: their ids are provisional, made of the filing's number and the chain's.
    """

    def __init__(
        self,
        held: Iterable[HeldPosition] = (),
        filings: Iterable[FiledReport] = (),
        *,
        prices: dict[Security, Decimal] | None = None,
        subject_since: date | None = None,
    ) -> None:
        self.positions = PositionIndex(held)
        self.filings = list(filings)
        self.prices = dict(prices or {})
        self.subject_since = subject_since
        self.opened: list[str] = []
        numbered = enumerate(self.filings)
        self._fingerprints = {filing.fingerprint: number for number, filing in reversed(list(numbered))}

    def apply(self, filing: FiledReport) -> list[PositionOutcome]:
        """Apply a filing that comes after all those applied; return what it says of each position."""
        number = len(self.filings)
        first = self._fingerprints.setdefault(filing.fingerprint, number)
        repeated = first if filing.fingerprint and first != number else None
        original = original_of(filing, self.filings) if filing.is_amendment else None
        self.filings.append(filing)
        if filing.form_type[0] == "3" and filing.period is not None:
            self.subject_since = min(filing.period, self.subject_since or filing.period)
        outcomes: list[PositionOutcome] = []
        left = list(range(len(filing.chains)))
        if repeated is not None:
            outcomes, left = self._repeat(filing, repeated, left)
        elif original is not None:
            outcomes, left = self._amend(filing, number, original, left)
        if left:
            outcomes += self._move(filing, number, left, original)
        self._note_prices(filing)
        return sorted(outcomes, key=_first_chain)

    def goes_on_from(self, filings: Sequence[FiledReport]) -> bool:
        """Return whether the fold began with these filings, and so with the accounts that refer to them."""
        return len(self.filings) >= len(filings) and all(map(is_, filings, self.filings))

    def rename(self, ids: Mapping[str, str]) -> None:
        """Give positions other ids."""
        self.positions.rename(ids)
        self.opened = []

    def as_base(self) -> "Fold":
        """Return a fold that goes on from these positions without their filings: one account stands for all."""
        held = [each._replace(accounts=(self._base_of(each),)) for each in _worth_keeping(self.positions)]
        return Fold(held, prices=self.prices, subject_since=self.subject_since)

    def _base_of(self, held: HeldPosition) -> Account:
        current = held.current
        return Account(
            filing=-1,
            chains=(),
            kind="base",
            day=current.day,
            before=None,
            after=current.after,
            total=None,
            open=current.open,
            first=current.first,
            source=self._name(current),
            label=held.label,
        )

    def _repeat(self, filing: FiledReport, number: int, places: list[int]) -> tuple[list[PositionOutcome], list[int]]:
        """Tell again what the filing of that number said; return also the chains that are not found there."""
        outcomes: list[PositionOutcome] = []
        left = set(places)
        for held in self.positions:
            for place, account in enumerate(held.accounts):
                if account.filing != number or account.kind not in {"trades", "holding"}:
                    continue
                chains = tuple(each for each in account.chains if each in left)
                if chains:
                    left -= set(chains)
                    outcomes.append(repetition_of(filing, number, held, place, chains))
        return outcomes, [place for place in places if place in left]

    def _amend(
        self, filing: FiledReport, number: int, original: int, places: list[int]
    ) -> tuple[list[PositionOutcome], list[int]]:
        """Correct what the original said; return also the chains that correct nothing of it."""
        originals = OriginalAccounts(original, self.positions)
        corrections: dict[tuple[str, int], list[int]] = {}
        left: list[int] = []
        for place in places:
            chain = filing.chains[place]
            target = originals.target_of(chain)
            if target is None or _is_another(chain, target[0].accounts[target[1]]):
                left.append(place)
            else:
                corrections.setdefault((target[0].position_id, target[1]), []).append(place)
        outcomes: list[PositionOutcome] = []
        evidence = Evidence(kind="filing", id=self.filings[original].filing_id)
        for (position_id, at), found in corrections.items():
            held = self.positions[position_id]
            chain = as_one([filing.chains[place] for place in found])
            correction = corrected(held, at, self._steps(held.accounts[at]), chain, number)
            self.positions.put(correction.held)
            outcomes.append(correction_of(correction, chain, tuple(found), evidence))
        return outcomes, left

    def _move(self, filing: FiledReport, number: int, places: list[int], original: int | None) -> list[PositionOutcome]:
        chains = filing.chains if len(places) == len(filing.chains) else [filing.chains[place] for place in places]
        joins = join(chains, self.positions, AmountHistory(self._steps).ran_through)
        if chains is not filing.chains:
            joins = [Match(tuple([places[each] for each in joined.chains]), joined.held) for joined in joins]
        movements = [movement_of(each, filing) for each in joins]
        for movement in movements:
            held = movement.held
            movement.position_id = held.position_id if held is not None else f"{number}.{min(movement.chains)}"
            if original is not None and not movement.trades:
                movement.day = self.filings[original].day or movement.day
            self._find_gap(movement)
        if any(map(_wants_explanation, movements)):
            self._explain(movements, number)
        for movement in movements:
            self._post(movement, filing, number)
        self._end_unknown_amounts(movements, number)
        self._note_absences(movements, filing)
        return [outcome_of(movement, filing) for movement in movements]

    def _explain(self, movements: Sequence[PositionChange], number: int) -> None:
        """Explain what the movements leave open; all of them before any is settled."""
        explainer = Explainer(ExplanationContext(movements, self.positions, self._name, self.prices.get))
        explained = [explainer.explain(movement) for movement in movements]
        for movement, found in zip(movements, explained, strict=True):
            if found is not None:
                movement.explanation, movement.explained_by = found.explanation, found.evidence
                self._settle(movement, found, number)

    def _find_gap(self, movement: PositionChange) -> None:
        """Note the later account whose open gap the movement closes, wholly or in part."""
        if movement.is_last or movement.held is None or not movement.total:
            return
        later = movement.held.accounts[movement.place]
        if later.open is None or later.first:
            return
        if same(later.before, movement.after) or abs(later.open - movement.total) < abs(later.open):
            movement.closes = movement.place

    def _settle(self, movement: PositionChange, found: ExplainedChange, number: int) -> None:
        """Close what the explanation accounts for in other positions, and in this one's earlier accounts."""
        for flow in found.settled:
            if flow.movement is not None:
                flow.movement.first_taken = True
            elif flow.held is not None:
                held = self.positions[flow.held.position_id]
                self.positions.put(held.with_replaced(flow.place, held.accounts[flow.place]._replace(open=None)))
        if found.emptied is not None:
            held = self.positions[found.emptied.position_id]
            end = Account(number, (), "moved", movement.day, held.amount, ZERO, None, "transfer")
            self.positions.put(held.with_account(len(held.accounts), end))
        if found.repaid and movement.held is not None:
            held = self.positions[movement.held.position_id]
            for place in found.repaid:
                held = held.with_replaced(place, held.accounts[place]._replace(owed=None))
            self.positions.put(held)

    def _post(self, movement: PositionChange, filing: FiledReport, number: int) -> None:
        """Put the movement's account in its place."""
        if movement.held is None:
            self.opened.append(movement.position_id)
            self.positions.put(opened(movement, filing, number))
        else:
            # Settling may have changed the position since it was matched.
            self.positions.put(posted(self.positions[movement.held.position_id], movement, number))

    def _end_unknown_amounts(self, movements: Sequence[PositionChange], number: int) -> None:
        """End positions of unknown amount (Form 3) that a line brings to 0.

        The line has their class and terms or, under another title, their holder and the shares that they convert into.
        """
        ends = [each for each in movements if each.after == ZERO and each.trades and each.label.table == "derivative"]
        if not ends:
            return
        moved = {movement.position_id for movement in movements}
        without_amount = (each for each in self.positions if each.amount is None and each.position_id not in moved)
        unknown = list(islice(without_amount, CROWD))
        for movement in ends:
            for held in [each for each in unknown if _ends(movement, each)]:
                unknown.remove(held)
                end = Account(number, (), "moved", movement.day, None, ZERO, None)
                self.positions.put(held.with_account(len(held.accounts), end))

    def _note_absences(self, movements: Sequence[PositionChange], filing: FiledReport) -> None:
        """Count, for each position of a class that the filing trades in, that it does not list the position.

        The class is that of the security, with its terms: a trade in shares held directly concerns those of a trust.
        """
        if filing.is_amendment:
            return
        listed = {movement.position_id for movement in movements}
        missed: dict[str, HeldPosition] = {}
        traded = dict.fromkeys(each.label.security for each in movements if each.trades and each.is_last)
        for security in islice(traded, CROWD):
            for held in self.positions.of_security(security):
                if held.position_id not in listed and held.amount != ZERO and security.fits_however_held(held.security):
                    missed[held.position_id] = held
        for held in missed.values():
            self.positions.put(held._replace(missed=held.missed + 1))

    def _note_prices(self, filing: FiledReport) -> None:
        for chain in filing.chains:
            if chain.price is not None:
                security = chain.security.security
                moved = next((step.moved for step in reversed(chain.steps) if step.moved), None)
                if plausible(chain.price, abs(moved) if moved else None, self.prices.get(security)):
                    self.prices[security] = chain.price

    def _steps(self, account: Account) -> Sequence[ChainStep]:
        if account.steps is not None:
            return account.steps
        if account.filing < 0:
            return ()
        chains = self.filings[account.filing].chains
        if len(account.chains) == 1:
            return chains[account.chains[0]].steps
        return [step for place in account.chains for step in chains[place].steps]

    def _name(self, account: Account) -> str:
        number = account.speaks_for
        return self.filings[number].filing_id if number >= 0 else account.source


CLOSED_POSITIONS_KEPT: Final = 100
"""Positions at zero that a base keeps, so that one that opens again is known; the longest closed are forgotten."""


def _first_chain(outcome: PositionOutcome) -> int:
    return min(outcome.chains)


def _worth_keeping(positions: Iterable[HeldPosition]) -> list[HeldPosition]:
    closed = sorted((each for each in positions if each.amount == ZERO), key=lambda each: each.day)
    forgotten = {each.position_id for each in closed[:-CLOSED_POSITIONS_KEPT]}
    return [each for each in positions if each.position_id not in forgotten]


def _ends(movement: PositionChange, held: HeldPosition) -> bool:
    """Return whether a movement to 0 ends a position of unknown amount."""
    mine, its = movement.label.security, held.security
    if held.holder.key != movement.label.holder.key or (mine.table, mine.ownership) != (its.table, its.ownership):
        return False
    retitled = its._replace(title=mine.title, underlying=mine.underlying)
    return mine.fits(its) or (mine.fits(retitled) and movement.total == -(held.current.converts_into or ZERO) != ZERO)


def _wants_explanation(movement: PositionChange) -> bool:
    if movement.held is None:
        return bool(movement.before) and movement.statements.transfer is not None
    return bool(movement.unexplained) or movement.closes is not None or movement.filed is not None or movement.turned


def _is_another(chain: Chain, account: Account) -> bool:
    """Return whether a chain of an amendment is a grant that its original left out, not a line of this account."""
    return chain.begins_at_zero and bool(account.before) and not chain.security.is_one_position
