"""Chains to positions: which position each chain of a filing moves, and which chains move the same one.

Greedy matching: each rule over all chains before the next, the strongest evidence first, each position once. Chains
without a match move the position of their class and holder too, if there is exactly one.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from services.holdings.accounts import HeldPosition
from services.holdings.amounts import ONE, ZERO, same
from services.holdings.chains import Chain
from services.holdings.footnotes import SplitRatio
from services.holdings.labels import SecurityClass
from services.holdings.matching_candidates import HeldBefore, MatchCandidates
from services.holdings.position_index import PositionIndex

_CENT: Final = Decimal("0.01")


class Match(NamedTuple):
    """Chains that move one position, in the order they move it, and the position; None if they open one."""

    chains: tuple[int, ...]
    held: HeldPosition | None


def join(chains: Sequence[Chain], positions: PositionIndex, ran_through: HeldBefore) -> list[Match]:
    """Return the joins of a filing's chains, in the order of the chains."""
    classes = {security: positions.of_class(security) for security in {chain.security for chain in chains}}
    clear = _clear(chains, classes)
    matched = {place: held for place, held in clear.items() if _may_join(chains[place], held)}
    left = dict.fromkeys(place for place in range(len(chains)) if place not in clear)
    if left:
        free = MatchCandidates(chains, positions, classes, ran_through)
        for each in matched.values():
            free.take(each)
        for rule, within_class in _RULES:
            for place in tuple(left):
                chain = chains[place]
                if bool(classes[chain.security]) is within_class and (held := rule(free, chain)) is not None:
                    free.take(held)
                    matched[place] = held
                    del left[place]
            if not left:
                break
    if len(matched) == len(chains):
        return [Match((place,), matched[place]) for place in range(len(chains))]
    return _with_what_is_left(chains, matched)


def _clear(chains: Sequence[Chain], classes: Mapping[SecurityClass, Sequence[HeldPosition]]) -> dict[int, HeldPosition]:
    """Return the chains that can move one position only, which no other chain can: most, and no rule decides them.

    Chain and position are alone in their class, of one holder and one unit.
    """
    alone = Counter(chain.security for chain in chains)
    others = {
        held.position_id for security, known in classes.items() for held in known[:1] if held.security != security
    }
    clear: dict[int, HeldPosition] = {}
    for place, chain in enumerate(chains):
        known = classes[chain.security]
        if len(known) != 1 or alone[chain.security] != 1:
            continue
        held = known[0]
        if (
            held.holder.key == chain.holder.key
            and held.unit == chain.unit
            and held.security == chain.security
            and held.position_id not in others
        ):
            clear[place] = held
    return clear


def _with_what_is_left(chains: Sequence[Chain], matched: Mapping[int, HeldPosition]) -> list[Match]:
    """Return each position with its chains, and what is left over with the one position it can be of, or alone."""
    groups: dict[object, list[int]] = {}
    for place, chain in enumerate(chains):
        groups.setdefault((chain.security, chain.holder.key, chain.unit), []).append(place)
    joins: list[Match] = []
    for places in groups.values():
        joins += _joins_of(places, chains, matched)
    return sorted(joins, key=lambda each: min(each.chains))


def _joins_of(places: list[int], chains: Sequence[Chain], matched: Mapping[int, HeldPosition]) -> list[Match]:
    """Return the joins of the chains of one class and holder."""
    with_position = [place for place in places if place in matched]
    if len(places) == 1 or (len(with_position) != 1 and with_position):
        return [Match((place,), matched.get(place)) for place in places]
    repeated = _repeated_totals([chains[place] for place in places])
    alone = {
        place: None
        for place in places
        if place not in matched and _stands_alone(chains[place], has_position=bool(with_position), repeated=repeated)
    }
    together = [place for place in places if place not in alone]
    joins = [Match((place,), None) for place in alone]
    if together:
        held = matched[with_position[0]] if with_position else None
        joins.append(Match(_in_sequence(together, with_position, chains), held))
    return joins


def _stands_alone(chain: Chain, *, has_position: bool, repeated: frozenset[Decimal]) -> bool:
    """Return whether a chain without a match opens a position.

    It does if it starts from 0 where a class can have several positions (another grant), or if nothing is known of the
    class and holder there and it does not repeat a total. Shares held directly are one position.
    """
    if chain.security.is_one_position:
        return False
    if chain.begins_at_zero:
        return True
    return not has_position and not (chain.trades and chain.after in repeated)


def _repeated_totals(chains: Sequence[Chain]) -> frozenset[Decimal]:
    """Return the amounts, other than 0, that several chains with trades end at."""
    ends = Counter(chain.after for chain in chains if chain.trades and chain.after)
    return frozenset(amount for amount, times in ends.items() if times > 1 and amount is not None)


def _in_sequence(places: list[int], matched: list[int], chains: Sequence[Chain]) -> tuple[int, ...]:
    """Return chains in the order they move a position: by their days, the one that the ledger continues first."""
    traded = [place for place in places if chains[place].trades]
    listed = [place for place in places if not chains[place].trades]
    first = matched[0] if matched and matched[0] in traded else None

    def order(place: int) -> tuple[bool, date, int]:
        days = [step.day for step in chains[place].steps if step.day is not None]
        return (place != first, max(days, default=date.min), place)

    return tuple([*listed, *sorted(traded, key=order)] if traded else listed)


def _may_join(chain: Chain, held: HeldPosition) -> bool:
    """Return whether the chain may move the position: one that begins at 0 is another grant beside one that is not.

    Unless it tells, late, how the position itself began; or shares are held directly.
    """
    if not chain.begins_at_zero or held.security.is_one_position:
        return True
    if not held.amount:
        return held.amount is not None or not any(account.kind == "holding" for account in held.accounts)
    first = held.accounts[0]
    return first.kind != "base" and bool(chain.after) and first.before == chain.after


def _best(chain: Chain, found: Sequence[HeldPosition]) -> HeldPosition | None:
    """Return the position whose label shares most words with the chain's, then the most recently reported."""
    if not found:
        return None
    may = [held for held in found if _may_join(chain, held)]
    if len(may) <= 1:
        return may[0] if may else None
    return max(may, key=lambda held: (chain.holder.words_in_common(held.holder), held.day, held.current.filing))


def _same_holder_continuing(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    before = chain.before
    if before is None:
        return None
    exact: list[HeldPosition] = []
    rounded: list[HeldPosition] = []
    for held in free.of_holder(chain):
        current = held.accounts[-1]
        if before in (current.after, current.filed):
            exact.append(held)
        elif same(current.after, before):
            rounded.append(held)
    return _best(chain, exact) or _best(chain, rounded)


def _same_holder_earlier(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    known = free.of_holder(chain)
    return _best(chain, [held for held in known if _ran_through(chain, held, free)])


def _same_holder_after_split(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    """Return the holder's position whose amount a split that a footnote states makes into the chain's."""
    ratios = [cited.fact for cited in chain.statements.ratios if isinstance(cited.fact, SplitRatio)]
    if not ratios or not chain.before:
        return None
    return _best(
        chain,
        [held for held in free.of_holder(chain) if held.amount and _splits(ratios, held.amount, chain.before)],
    )


def _splits(ratios: Sequence[SplitRatio], amount: Decimal, into: Decimal) -> bool:
    return any(abs(ratio.of(amount) - into) <= ONE for ratio in ratios)


def _other_label_continuing(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    if not chain.before:
        return None
    return _best(chain, free.of_others(chain, chain.before))


def _other_label_earlier(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    if not chain.before or free.of_holder(chain):
        return None
    return _best(chain, [held for held in free.of_others(chain) if _ran_through(chain, held, free)])


def _near_class(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    if not chain.before:
        return None
    found = [held for held in free.near(chain) if _terms_fit(chain, held)]
    return found[0] if len(found) == 1 else None


def _option_after_split(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    price = chain.security.exercise_price
    if price is None or not chain.before:
        return None
    found = [held for held in free.near_options(chain) if _split_into(held, chain.before, price)]
    return found[0] if len(found) == 1 else None


def _amount_unmoved(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    if chain.after is None or not chain.trades:
        return None
    return _best(chain, [held for held in free.of_holder(chain) if held.amount == chain.after])


def _same_holder(free: MatchCandidates, chain: Chain) -> HeldPosition | None:
    known = free.of_holder(chain)
    if chain.before:
        known = [held for held in known if held.amount != ZERO] or known
    return _best(chain, [held for held in known if held.amount is not None] or known)


def _ran_through(chain: Chain, held: HeldPosition, free: MatchCandidates) -> bool:
    """Return whether the chain begins or ends at an amount that the position ran through before."""
    if chain.before is not None and free.ran_through(held, chain.before):
        return True
    return bool(chain.after) and chain.after is not None and free.ran_through(held, chain.after)


def _terms_fit(chain: Chain, held: HeldPosition) -> bool:
    mine, its = chain.security, held.security
    return all(one is None or other is None or one == other for one, other in zip(mine[3:5], its[3:5], strict=True))


def _split_into(held: HeldPosition, amount: Decimal, price: Decimal) -> bool:
    """Return whether a split made an option into so many at such a price: their product is the same, to the cent."""
    known, before = held.security.exercise_price, held.amount
    if known is None or not before or known == price:
        return False
    return abs(known * before / amount - price) <= _CENT and abs(before * known / price - amount) <= max(
        ONE, amount * _CENT / price
    )


_Rule = Callable[[MatchCandidates, Chain], HeldPosition | None]
_RULES: Final[tuple[tuple[_Rule, bool], ...]] = (
    (_same_holder_continuing, True),
    (_same_holder_earlier, True),
    (_same_holder_after_split, True),
    (_other_label_continuing, True),
    (_other_label_earlier, True),
    (_near_class, False),
    (_option_after_split, False),
    (_amount_unmoved, True),
    (_same_holder, True),
)
"""The rules in order, and whether each is for chains whose class has positions or for those whose class has none."""
