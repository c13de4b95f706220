"""The fold: an owner's filings in one issuer, applied one after another in their order.

A book is the left fold of its filings, so the order in which they arrive makes no difference: a late filing is
inserted at its place and the fold is computed again. `Fold.apply` is one step.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import is_
from typing import Final

from contracts.structs import Evidence
from services.holdings.account_sources import account_filing_id, account_steps
from services.holdings.accounts import Account, HeldPosition
from services.holdings.amendments import OriginalAccounts, apply_correction, find_original, merge_chains
from services.holdings.amounts import ZERO
from services.holdings.chains import Chain
from services.holdings.change_application import ChangeApplier
from services.holdings.filed_report import FiledReport
from services.holdings.labels import Security
from services.holdings.outcomes import PositionOutcome, outcome_of_correction, outcome_of_repetition
from services.holdings.position_index import PositionIndex
from services.holdings.trade_summaries import plausible

CLOSED_POSITIONS_KEPT: Final = 100
"""Positions at zero that a base keeps, so that one that opens again is recognized. The longest closed are dropped."""


class Fold:
    """Positions as of the filings applied so far. Accounts refer to filings by number: their indexes in `filings`.

    `opened` lists the positions opened so far. Their ids are provisional: the filing's number and the chain's.
    """

    def __init__(
        self,
        positions: Iterable[HeldPosition] = (),
        filings: Iterable[FiledReport] = (),
        *,
        prices: dict[Security, Decimal] | None = None,
        subject_since: date | None = None,
    ) -> None:
        self.positions = PositionIndex(positions)
        self.filings = list(filings)
        self.prices = dict(prices or {})
        self.subject_since = subject_since
        self.opened: list[str] = []
        numbered = enumerate(self.filings)
        # Reversed, so that of equal fingerprints the first filing's number remains.
        self._fingerprints = {filing.fingerprint: number for number, filing in reversed(list(numbered))}

    def copy(self) -> "Fold":
        """Return a fold that continues from the same state, apart from this one."""
        copied = Fold(prices=self.prices, subject_since=self.subject_since)
        copied.positions, copied.filings = self.positions.copy(), self.filings.copy()
        copied._fingerprints = self._fingerprints.copy()
        return copied

    def apply(self, filing: FiledReport) -> list[PositionOutcome]:
        """Apply a filing that comes after all those applied, and return what it reports about each position."""
        number = len(self.filings)
        first = self._fingerprints.setdefault(filing.fingerprint, number)
        repeated = first if filing.fingerprint and first != number else None
        original = find_original(filing, self.filings) if filing.is_amendment else None
        self.filings.append(filing)
        self._update_subject_date(filing)
        outcomes: list[PositionOutcome] = []
        remaining = list(range(len(filing.chains)))
        if repeated is not None:
            outcomes, remaining = self._repeat(filing, repeated, remaining)
        elif original is not None:
            outcomes, remaining = self._amend(filing, number, original, remaining)
        if remaining:
            applier = ChangeApplier(self.positions, self.filings, self.prices)
            outcomes += applier.apply(remaining, self.filings[original] if original is not None else None)
            self.opened += applier.opened
        self._update_prices(filing)
        return sorted(outcomes, key=_first_chain)

    def extends(self, filings: Sequence[FiledReport]) -> bool:
        """Return whether the fold began with these filings, and so with the accounts that refer to them."""
        return len(self.filings) >= len(filings) and all(map(is_, filings, self.filings))

    def rename(self, ids: Mapping[str, str]) -> None:
        """Give positions other ids."""
        self.positions.rename(ids)
        self.opened = []

    def as_base(self) -> "Fold":
        """Return a fold that starts from these positions without their filings; one account replaces each history."""
        positions = [each._replace(accounts=(self._base_of(each),)) for each in _worth_keeping(self.positions)]
        return Fold(positions, prices=self.prices, subject_since=self.subject_since)

    def _base_of(self, position: HeldPosition) -> Account:
        current = position.current
        return Account(
            filing=-1,
            chains=(),
            kind="base",
            day=current.day,
            before=None,
            after=current.after,
            total=None,
            still_unexplained=current.still_unexplained,
            is_first_amount=current.is_first_amount,
            base_filing_id=account_filing_id(current, self.filings),
            label=position.label,
        )

    def _repeat(self, filing: FiledReport, number: int, indexes: list[int]) -> tuple[list[PositionOutcome], list[int]]:
        """Report a repetition of the filing of that number; also return the chains that are not found there."""
        outcomes: list[PositionOutcome] = []
        remaining = set(indexes)
        for position in self.positions:
            for index, account in enumerate(position.accounts):
                if account.filing != number or account.kind not in {"trades", "holding"}:
                    continue
                chains = tuple(each for each in account.chains if each in remaining)
                if chains:
                    remaining -= set(chains)
                    outcomes.append(outcome_of_repetition(filing, number, position, index, chains))
        return outcomes, [index for index in indexes if index in remaining]

    def _amend(
        self, filing: FiledReport, number: int, original: int, indexes: list[int]
    ) -> tuple[list[PositionOutcome], list[int]]:
        """Correct the accounts of the original; also return the chains that correct none of them."""
        originals = OriginalAccounts(original, self.positions)
        corrections: dict[tuple[str, int], list[int]] = {}
        remaining: list[int] = []
        for index in indexes:
            chain = filing.chains[index]
            target = originals.find_target(chain)
            if target is None or _is_omitted_grant(chain, target[0].accounts[target[1]]):
                remaining.append(index)
            else:
                corrections.setdefault((target[0].position_id, target[1]), []).append(index)
        outcomes: list[PositionOutcome] = []
        evidence = Evidence(kind="filing", id=self.filings[original].filing_id)
        for (position_id, at), found in corrections.items():
            position = self.positions[position_id]
            chain = merge_chains([filing.chains[index] for index in found])
            steps = account_steps(position.accounts[at], self.filings)
            correction = apply_correction(position, at, steps, chain, number)
            self.positions.put(correction.position)
            outcomes.append(outcome_of_correction(correction, chain, tuple(found), evidence))
        return outcomes, remaining

    def _update_subject_date(self, filing: FiledReport) -> None:
        """Take the earliest event date of a Form 3 as the day on which the owner became subject to Section 16."""
        if filing.form_type[0] == "3" and filing.period is not None:
            self.subject_since = min(filing.period, self.subject_since or filing.period)

    def _update_prices(self, filing: FiledReport) -> None:
        """Remember the filing's plausible market prices as the usual ones."""
        for chain in filing.chains:
            if chain.price is not None:
                security = chain.security.security
                delta = next((step.delta for step in reversed(chain.steps) if step.delta), None)
                if plausible(chain.price, abs(delta) if delta else None, self.prices.get(security)):
                    self.prices[security] = chain.price


def _first_chain(outcome: PositionOutcome) -> int:
    return min(outcome.chains)


def _worth_keeping(positions: Iterable[HeldPosition]) -> list[HeldPosition]:
    closed = sorted((each for each in positions if each.amount == ZERO), key=lambda each: each.day)
    dropped = {each.position_id for each in closed[:-CLOSED_POSITIONS_KEPT]}
    return [each for each in positions if each.position_id not in dropped]


def _is_omitted_grant(chain: Chain, account: Account) -> bool:
    """Return whether an amendment's chain is a grant that its original omitted, and not a line of this account."""
    return chain.starts_at_zero and bool(account.before) and not chain.security.is_one_position
