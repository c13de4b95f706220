"""Chains to positions: which position of the book each chain of a filing moves.

Four steps, each over all chains before the next: same holder and continuous amount; continuous amount alone (the
label drifted); same holder alone (the difference is unexplained); a derivative whose amount and exercise price a split
has changed. No position takes two chains.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

from services.holdings.amounts import ONE, ZERO
from services.holdings.book import Held
from services.holdings.chains import Chain
from services.holdings.classes import SecurityClass
from services.holdings.order import Moment, is_late
from services.holdings.splits import same_but_for_split, split_ratio


class Join(NamedTuple):
    """A chain and the position it moves, None where it opens one. A late chain finds its position but moves nothing."""

    chain: Chain
    held: Held | None
    late: bool = False


def join(chains: Sequence[Chain], book: Iterable[Held], moment: Moment) -> tuple[Join, ...]:
    """Each chain with its position, in the order of the chains."""
    free = _Free(chains, book)
    found: list[Held | None] = [None] * len(chains)
    for fitting in (_same_holder_continuous, _continuous_alone, _same_holder_alone, _split_since):
        for index, chain in enumerate(chains):
            if found[index] is None and (held := fitting(chain, free, moment)) is not None:
                found[index] = held
                free.take(held)
    return tuple(
        Join(chain, held, late=held is not None and is_late(chain, held, moment))
        for chain, held in zip(chains, found, strict=True)
    )


_CROWD: Final = 64
"""Positions of one class and holder among which every one is looked at. No owner of real filings has so many; what is
made to have thousands must not take the square of their number in time."""

_ByAmount = dict[tuple[SecurityClass | None, Decimal | None], list[Held]]


class _Free:
    """The positions that chains may still join: found by class with holder or amount, each in the book's order."""

    def __init__(self, chains: Sequence[Chain], book: Iterable[Held]) -> None:
        self._book = book
        self._by_holder: dict[tuple[SecurityClass | None, str], dict[str, Held]] = {}
        for held in book:
            self._by_holder.setdefault((held.security, held.holder.key), {})[held.position.position_id] = held
        self._crowds: dict[tuple[SecurityClass, str], _ByAmount] = {}
        self._named = {(chain.security, chain.holder.key) for chain in chains}
        self._taken: set[str] = set()

    @cached_property
    def _drifted(self) -> tuple["_ByAmount", "_ByAmount"]:
        """By what they hold, and what they held before, those whose class and holder the filing does not name."""
        by_amount: _ByAmount = {}
        by_amount_before: _ByAmount = {}
        for held in self._book:
            if (held.security, held.holder.key) not in self._named:
                by_amount.setdefault((held.security, held.amount), []).append(held)
                by_amount_before.setdefault((held.security, held.held_before), []).append(held)
        return by_amount, by_amount_before

    def take(self, held: Held) -> None:
        """The position is joined: no other chain may have it."""
        self._taken.add(held.position_id)
        del self._by_holder[held.security, held.holder.key][held.position_id]

    def of_holder(self, chain: Chain) -> list[Held]:
        """Those of the chain's class and holder; of a crowd those whose amounts go on, and the first."""
        free = self._by_holder.get((chain.security, chain.holder.key))
        if not free:
            return []
        found = free.values() if len(free) <= _CROWD else self._of_crowd(chain, free)
        return [held for held in found if _same_unit(chain, held)]

    def _of_crowd(self, chain: Chain, free: dict[str, Held]) -> Iterable[Held]:
        name = (chain.security, chain.holder.key)
        if name not in self._crowds:
            crowd = self._crowds[name] = {}
            for held in free.values():
                for amount in {held.amount, held.held_before}:
                    crowd.setdefault((chain.security, amount), []).append(held)
        going_on = [
            held
            for amount in (chain.baseline, chain.amount)
            for held in islice(self._crowds[name].get((chain.security, amount), ()), _CROWD)
            if held.position_id in free
        ]
        return {held.position_id: held for held in (*going_on, *islice(free.values(), _CROWD))}.values()

    def of_amount(self, chain: Chain, amount: Decimal) -> list[Held]:
        """Those of the chain's class that hold the amount, under a label that the filing does not use."""
        return self._fit(chain, self._drifted[0].get((chain.security, amount)))

    def of_amount_before(self, chain: Chain, amount: Decimal) -> list[Held]:
        """Likewise those that held the amount before the filing that set them."""
        return self._fit(chain, self._drifted[1].get((chain.security, amount)))

    def of_terms(self, chain: Chain) -> list[Held]:
        """Derivatives of the chain's holder that expire on its day, at other prices, under labels it does not use."""
        found = self._by_expiry.get((chain.security.expiration_date, chain.holder.key), ())
        return self._fit(chain, list(islice(found, _CROWD)))

    @cached_property
    def _by_expiry(self) -> dict[tuple[date | None, str], list[Held]]:
        found: dict[tuple[date | None, str], list[Held]] = {}
        for held in self._book:
            if held.security is not None and (held.security, held.holder.key) not in self._named:
                found.setdefault((held.security.expiration_date, held.holder.key), []).append(held)
        return found

    def _fit(self, chain: Chain, found: list[Held] | None) -> list[Held]:
        if not found:
            return []
        return [held for held in found if held.position_id not in self._taken and _same_unit(chain, held)]


def _same_unit(chain: Chain, held: Held) -> bool:
    """Whether both reckon in shares, or both in dollars; what has no amount yet reckons in either."""
    return held.unit == chain.unit or held.amount is None or (chain.amount is None and not chain.reported)


def _same_holder_continuous(chain: Chain, free: _Free, moment: Moment) -> Held | None:
    """The holder's position that the chain goes on from; up to a share may be missing."""
    same = free.of_holder(chain)
    start = chain.baseline
    if not same or (start is None and chain.amount is None):
        return None
    exact = [held for held in same if start is not None and held.amount == start]
    found = exact or [held for held in same if _ends_before(chain, held, moment)]
    if found or start is None:
        return found[0] if found else None
    return _nearest(start, [held for held in same if held.amount is not None and abs(held.amount - start) <= ONE])


def _continuous_alone(chain: Chain, free: _Free, moment: Moment) -> Held | None:
    """Continuity under another label: of several the one that shares most words.

    A label that this filing still uses has not drifted, nor has one that the ledger knows from a later filing: then
    this one is late. And nothing held is of no holder.
    """
    if any(_older(moment, held) for held in free.of_holder(chain)):
        return None
    found = free.of_amount(chain, chain.baseline) if chain.baseline else []
    if chain.amount:
        before = free.of_amount_before(chain, chain.amount)
        found += [held for held in before if held.amount != ZERO and _ends_before(chain, held, moment)]
    words = set(chain.holder.key.split()) if len(found) > 1 else set()
    return max(found, key=lambda held: len(words & set(held.holder.key.split())), default=None)


def _same_holder_alone(chain: Chain, free: _Free, moment: Moment) -> Held | None:
    """The holder's position, the nearest amount where there are several.

    A derivative acquired from nothing is a new grant beside the holder's others, not one of them with a difference;
    unless the filing is late, when it tells of what is known.
    """
    same = free.of_holder(chain)
    if chain.security.table == "derivative" and chain.baseline == ZERO and chain.transactions:
        same = [held for held in same if held.amount is None or _older(moment, held)]
    return _nearest(chain.baseline if chain.baseline is not None else chain.amount, same)


def _split_since(chain: Chain, free: _Free, moment: Moment) -> Held | None:
    """The one derivative that a split made into the chain's, or, where the chain is late, the chain's into it."""
    if chain.security.exercise_price is None:
        return None
    found = [held for held in free.of_terms(chain) if _is_split(chain, held, late=_older(moment, held))]
    return found[0] if len(found) == 1 else None


def _is_split(chain: Chain, held: Held, *, late: bool) -> bool:
    before, after = (chain.amount, held.held_before) if late else (held.amount, chain.baseline)
    ratio = None if before is None or after is None else split_ratio(before, after)
    if ratio is None or held.security is None:
        return False
    terms = (chain.security, held.security) if late else (held.security, chain.security)
    return same_but_for_split(*terms, ratio)


def _ends_before(chain: Chain, held: Held, moment: Moment) -> bool:
    """Whether the chain, which may be late, ends at what was held before the filing that set the position."""
    newer = moment.date is not None and held.as_of is not None and moment.date > held.as_of
    return chain.amount is not None and held.held_before == chain.amount and not newer


def _nearest(amount: Decimal | None, candidates: Sequence[Held]) -> Held | None:
    """The candidate whose amount is nearest; one of unknown amount only where there is no other."""

    def distance(held: Held) -> tuple[bool, Decimal]:
        unknown = held.amount is None
        return (unknown, ZERO if held.amount is None or amount is None else abs(held.amount - amount))

    return candidates[0] if len(candidates) == 1 else min(candidates, key=distance, default=None)


def _older(moment: Moment, held: Held) -> bool:
    return moment.date is not None and held.as_of is not None and moment.date < held.as_of
