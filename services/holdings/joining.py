"""Chains to positions: which position of the book each chain of a filing moves.

Three steps, each over all chains before the next: same holder and continuous amount; continuous amount alone (the
label drifted); same holder alone (the difference is unexplained). No position takes two chains.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.positions_updated import Position
from services.holdings.amounts import ONE, ZERO, Unit, held, number, unit_of_position
from services.holdings.chains import Chain
from services.holdings.classes import Holder, SecurityClass, class_of, holder_of_position
from services.holdings.order import Moment, is_late


@dataclass(frozen=True, slots=True)
class Held:
    """A position of the book, with its amount and what its words mean read once."""

    position: Position
    security: SecurityClass | None
    holder: Holder
    amount: Decimal | None
    held_before: Decimal | None
    unit: Unit

    @classmethod
    def of(cls, position: Position) -> "Held":
        """Read a position."""
        return cls(
            position=position,
            security=class_of(position),
            holder=holder_of_position(position),
            amount=held(position),
            held_before=number(position.held_before),
            unit=unit_of_position(position),
        )


@dataclass(frozen=True, slots=True)
class Join:
    """A chain and the position it moves, None where it opens one. A late chain finds its position but moves nothing."""

    chain: Chain
    held: Held | None
    late: bool = False


def join(chains: Sequence[Chain], book: Sequence[Held], moment: Moment) -> tuple[Join, ...]:
    """Each chain with its position, in the order of the chains."""
    joined: dict[int, Held] = {}
    free: dict[SecurityClass | None, list[Held]] = {}
    for known in book:
        free.setdefault(known.security, []).append(known)
    named = {(chain.security, chain.holder) for chain in chains}
    for fitting in (_same_holder_continuous, _continuous_alone(named), _same_holder_alone):
        for index, chain in enumerate(chains):
            candidates = free.get(chain.security, [])
            if index in joined or not candidates:
                continue
            found = fitting(chain, [held for held in candidates if _same_unit(chain, held)], moment)
            if found is not None:
                joined[index] = found
                candidates[:] = [held for held in candidates if held is not found]
    return tuple(
        Join(chain, found, late=found is not None and is_late(chain, found.position, found.amount, moment))
        for index, chain in enumerate(chains)
        for found in (joined.get(index),)
    )


def _same_unit(chain: Chain, held: Held) -> bool:
    """Whether both reckon in shares, or both in dollars; what has no amount yet reckons in either."""
    return held.unit == chain.unit or held.amount is None or (chain.amount is None and not chain.reported)


_Fitting = Callable[[Chain, Sequence[Held], Moment], Held | None]


def _same_holder_continuous(chain: Chain, candidates: Sequence[Held], moment: Moment) -> Held | None:
    same = [held for held in candidates if held.holder == chain.holder]
    if (found := next(_continuous(chain, same, moment), None)) is not None or chain.baseline is None:
        return found
    start = chain.baseline
    return _nearest(start, [held for held in same if held.amount is not None and abs(held.amount - start) <= ONE])


def _continuous_alone(named: set[tuple[SecurityClass, Holder]]) -> _Fitting:
    """Continuity under another label: of several the one that shares most words.

    A label that this filing still uses has not drifted; and nothing held is of no holder.
    """

    def fitting(chain: Chain, candidates: Sequence[Held], moment: Moment) -> Held | None:
        drifted = [held for held in candidates if held.amount != ZERO and (chain.security, held.holder) not in named]
        words = set(chain.holder.key.split())
        return max(
            _continuous(chain, drifted, moment),
            key=lambda held: len(words & set(held.holder.key.split())),
            default=None,
        )

    return fitting


def _same_holder_alone(chain: Chain, candidates: Sequence[Held], moment: Moment) -> Held | None:
    """The holder's position, the nearest amount where there are several.

    A derivative acquired from nothing is a new grant beside the holder's others, not one of them with a difference;
    unless the filing is late, when it tells of what is known.
    """
    same = [held for held in candidates if held.holder == chain.holder]
    if chain.security.table == "derivative" and chain.baseline == ZERO and chain.transactions:
        same = [held for held in same if held.amount is None or _older(moment, held.position)]
    return _nearest(chain.baseline if chain.baseline is not None else chain.amount, same)


def _continuous(chain: Chain, candidates: Sequence[Held], moment: Moment) -> Iterator[Held]:
    """Where the chain starts from what the book holds; or, if it may be late, ends at what was held before that."""
    if chain.baseline is not None:
        yield from (held for held in candidates if held.amount == chain.baseline)
    if chain.amount is not None:
        yield from (
            held for held in candidates if held.held_before == chain.amount and not _newer(moment, held.position)
        )


def _nearest(amount: Decimal | None, candidates: Sequence[Held]) -> Held | None:
    """The candidate whose amount is nearest; one of unknown amount only where there is no other."""

    def distance(held: Held) -> tuple[bool, Decimal]:
        unknown = held.amount is None
        return (unknown, ZERO if held.amount is None or amount is None else abs(held.amount - amount))

    return min(candidates, key=distance, default=None)


def _older(moment: Moment, position: Position) -> bool:
    return moment.date is not None and position.as_of is not None and moment.date < position.as_of


def _newer(moment: Moment, position: Position) -> bool:
    return moment.date is not None and position.as_of is not None and moment.date > position.as_of
