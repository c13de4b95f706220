"""Chains to positions: which position each chain of a filing moves, and which chains move the same one.

Greedy matching: each rule over all chains before the next, the strongest evidence first, each position once. What is
left over in a class and holder of one position moves that position too.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

from services.holdings.accounts import Held
from services.holdings.amounts import ONE, ZERO, same
from services.holdings.chains import Chain
from services.holdings.classes import SecurityClass

_CROWD: Final = 64
"""Positions of one class that are looked at one by one. No owner in real filings has as many; beyond it only those of
the chain's amounts are, so that a made-up book of thousands does not go quadratic."""

_CENT: Final = Decimal("0.01")

RanThrough = Callable[[Held, Decimal], bool]
"""Whether a position held the amount at some time before now."""


class Join(NamedTuple):
    """Chains that move one position, in the order they move it, and the position; None if they open one."""

    chains: tuple[int, ...]
    held: Held | None


class Positions:
    """The positions of a book by family (class without terms), kept up to date as they change."""

    def __init__(self, held: Iterable[Held]) -> None:
        self._all = {each.position_id: each for each in held}
        self._families: dict[object, dict[str, None]] = {}
        for each in self._all.values():
            self._families.setdefault(each.security.family, {})[each.position_id] = None

    def __iter__(self) -> Iterator[Held]:
        return iter(self._all.values())

    def __getitem__(self, position_id: str) -> Held:
        return self._all[position_id]

    def get(self, position_id: str) -> Held | None:
        """Return the position of that id; None if there is none."""
        return self._all.get(position_id)

    def put(self, held: Held) -> None:
        """Add a position, or replace it."""
        known = self._all.get(held.position_id)
        if known is None or known.security.family != held.security.family:
            if known is not None:
                del self._families[known.security.family][known.position_id]
            self._families.setdefault(held.security.family, {})[held.position_id] = None
        self._all[held.position_id] = held

    def of_family(self, security: SecurityClass) -> list[Held]:
        """Return the positions in the class or one that differs from it by terms alone."""
        found = self._families.get(security.family)
        return [self._all[each] for each in found] if found else []

    def of_class(self, security: SecurityClass) -> list[Held]:
        """Return the positions in the class; if it is unknown, those of the one class that its terms fit."""
        family = self.of_family(security)
        if security.table == "non_derivative":
            return family
        exact = [held for held in family if held.security == security]
        if exact:
            return exact
        fitting = [held for held in family if held.security.fits(security)]
        return fitting if len({held.security for held in fitting}) == 1 else []


def join(chains: Sequence[Chain], positions: Positions, ran_through: RanThrough) -> list[Join]:
    """Return the joins of a filing's chains, in the order of the chains."""
    matcher = _Matcher(chains, positions, ran_through)
    known = [bool(positions.of_class(chain.security)) for chain in chains]
    for rule, within_class in _RULES:
        if not matcher.left:
            break
        for place in tuple(matcher.left):
            if known[place] is within_class and (held := rule(matcher, chains[place])) is not None:
                matcher.match(place, held)
    return matcher.joins()


class _Matcher:
    """A matching under way: `left` are the places of the chains that have no position yet."""

    def __init__(self, chains: Sequence[Chain], positions: Positions, ran_through: RanThrough) -> None:
        self.left = dict.fromkeys(range(len(chains)))
        self.ran_through = ran_through
        self._chains = chains
        self._positions = positions
        self._matched: dict[int, Held] = {}
        self._taken: set[str] = set()
        self._classes: dict[SecurityClass, list[Held]] = {}
        self._near: dict[object, list[Held]] | None = None
        self._options: dict[object, list[Held]] | None = None

    @cached_property
    def _named(self) -> set[object]:
        """The families of classes that the filing names."""
        return {chain.security.family for chain in self._chains}

    @cached_property
    def _labels(self) -> set[object]:
        """The families and holders that the filing names."""
        return {(chain.security.family, chain.holder.key) for chain in self._chains}

    @cached_property
    def _priced(self) -> set[SecurityClass]:
        """The classes, with their terms, that the filing names."""
        return {chain.security for chain in self._chains}

    def match(self, place: int, held: Held) -> None:
        """Give the chain the position: no other chain may have it."""
        del self.left[place]
        self._matched[place] = held
        self._taken.add(held.position_id)

    def of_class(self, chain: Chain) -> list[Held]:
        """Return the free positions of the chain's class and unit; of a crowd those of its amounts, and the first."""
        security = chain.security
        known = self._classes.get(security)
        if known is None:
            known = self._classes[security] = self._positions.of_class(security)
        if len(known) > _CROWD:
            amounts = {chain.before, chain.after}
            known = [*islice((held for held in known if held.amount in amounts), _CROWD), *known[:_CROWD]]
        taken = self._taken
        return [held for held in known if held.position_id not in taken and _same_unit(chain, held)]

    def of_holder(self, chain: Chain) -> list[Held]:
        """Return those of the chain's holder; if there are none, the one whose note names the same holder."""
        known = self.of_class(chain)
        exact = [held for held in known if held.holder.key == chain.holder.key]
        if exact or not chain.holder.named:
            return exact
        named = [held for held in known if held.holder.named == chain.holder.named]
        return named if len(named) == 1 else []

    def of_others(self, chain: Chain) -> list[Held]:
        """Return those under a label that the filing does not use: one that it still uses has not drifted."""
        return [
            held
            for held in self.of_class(chain)
            if held.holder.key != chain.holder.key and (held.security.family, held.holder.key) not in self._labels
        ]

    def near(self, chain: Chain) -> list[Held]:
        """Return the free positions of the same table and side in classes that the filing does not name."""
        if self._near is None:
            self._near = {}
            for held in self._positions:
                if held.security.family not in self._named:
                    self._near.setdefault((held.security.table, held.security.ownership), []).append(held)
        found = self._near.get((chain.security.table, chain.security.ownership), [])
        return [held for held in found if held.position_id not in self._taken and _same_unit(chain, held)]

    def near_options(self, chain: Chain) -> list[Held]:
        """Return the holder's free options of the same expiration and underlying, at other prices."""
        mine = chain.security
        return [
            held
            for held in self._options_of(mine)
            if held.position_id not in self._taken
            and held.holder.key == chain.holder.key
            and held.security not in self._priced
        ]

    def _options_of(self, security: SecurityClass) -> list[Held]:
        if self._options is None:
            self._options = {}
            for held in self._positions:
                its = held.security
                if its.table == "derivative" and its.exercise_price is not None:
                    self._options.setdefault((its.ownership, its.expiration_date, its.underlying), []).append(held)
        return self._options.get((security.ownership, security.expiration_date, security.underlying), [])[:_CROWD]

    def joins(self) -> list[Join]:
        """Return each position with its chains, and what is left over with the one position it can be of, or alone."""
        if not self.left and len(self._matched) == len(self._chains):
            return [Join((place,), self._matched[place]) for place in range(len(self._chains))]
        groups: dict[object, list[int]] = {}
        for place, chain in enumerate(self._chains):
            groups.setdefault((chain.security, chain.holder.key, chain.unit), []).append(place)
        joins: list[Join] = []
        for places in groups.values():
            joins += self._joins_of(places)
        return sorted(joins, key=lambda each: min(each.chains))

    def _joins_of(self, places: list[int]) -> list[Join]:
        """Return the joins of the chains of one class and holder."""
        matched = [place for place in places if place in self._matched]
        if len(places) == len(matched) or len(places) == 1:
            return [Join((place,), self._matched.get(place)) for place in places]
        chains = self._chains
        repeated = _repeated_totals([chains[place] for place in places])
        alone = [
            place
            for place in places
            if place in self.left and _stands_alone(chains[place], has_position=bool(matched), repeated=repeated)
        ]
        together = [place for place in places if place not in alone]
        held = self._matched.get(matched[0]) if matched else None
        if len(matched) > 1 or not together:
            alone, together = [place for place in places if place not in matched], matched
            return [Join((place,), self._matched.get(place)) for place in (*together, *alone)]
        return [Join(_in_sequence(together, matched, chains), held), *(Join((place,), None) for place in alone)]


def _stands_alone(chain: Chain, *, has_position: bool, repeated: frozenset[Decimal]) -> bool:
    """Return whether a chain left over is a position of its own.

    It is if it begins at 0 in a derivative or indirect class (another grant), or if nothing is known of the class and
    holder there and it does not repeat a total. Shares held directly are one position.
    """
    if chain.security.table == "non_derivative" and chain.security.ownership == "D":
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


def _same_unit(chain: Chain, held: Held) -> bool:
    """Return whether both count in shares, or both in dollars; what has no amount yet counts in either."""
    return held.unit == chain.unit or held.amount is None or (chain.after is None and not chain.total)


def _may_join(chain: Chain, held: Held) -> bool:
    """Return whether the chain may move the position: one that begins at 0 is another grant beside one that is not.

    Unless it tells, late, how the position itself began; or shares are held directly.
    """
    if not chain.begins_at_zero or (held.security.table == "non_derivative" and held.security.ownership == "D"):
        return True
    if not held.amount:
        return held.amount is not None or not any(account.kind == "holding" for account in held.accounts)
    first = held.accounts[0]
    return first.kind != "base" and bool(chain.after) and first.before == chain.after


def _best(chain: Chain, found: Sequence[Held]) -> Held | None:
    """Return the position whose label shares most words with the chain's, then the one reported last."""
    if not found:
        return None
    may = [held for held in found if _may_join(chain, held)]
    if len(may) <= 1:
        return may[0] if may else None
    return max(may, key=lambda held: (chain.holder.words_in_common(held.holder), held.day, held.current.filing))


def _same_holder_continuing(matcher: _Matcher, chain: Chain) -> Held | None:
    before = chain.before
    if before is None:
        return None
    exact: list[Held] = []
    rounded: list[Held] = []
    for held in matcher.of_holder(chain):
        current = held.accounts[-1]
        if before in (current.after, current.filed):
            exact.append(held)
        elif same(current.after, before):
            rounded.append(held)
    return _best(chain, exact) or _best(chain, rounded)


def _same_holder_earlier(matcher: _Matcher, chain: Chain) -> Held | None:
    known = matcher.of_holder(chain)
    return _best(chain, [held for held in known if _ran_through(chain, held, matcher)])


def _other_label_continuing(matcher: _Matcher, chain: Chain) -> Held | None:
    if not chain.before:
        return None
    return _best(chain, [held for held in matcher.of_others(chain) if held.amount == chain.before])


def _other_label_earlier(matcher: _Matcher, chain: Chain) -> Held | None:
    if not chain.before or matcher.of_holder(chain):
        return None
    return _best(chain, [held for held in matcher.of_others(chain) if _ran_through(chain, held, matcher)])


def _near_class(matcher: _Matcher, chain: Chain) -> Held | None:
    if not chain.before:
        return None
    found = [held for held in matcher.near(chain) if held.amount == chain.before and _terms_fit(chain, held)]
    return found[0] if len(found) == 1 else None


def _option_after_split(matcher: _Matcher, chain: Chain) -> Held | None:
    price = chain.security.exercise_price
    if price is None or not chain.before:
        return None
    found = [held for held in matcher.near_options(chain) if _split_into(held, chain.before, price)]
    return found[0] if len(found) == 1 else None


def _amount_unmoved(matcher: _Matcher, chain: Chain) -> Held | None:
    if chain.after is None or not chain.trades:
        return None
    return _best(chain, [held for held in matcher.of_holder(chain) if held.amount == chain.after])


def _same_holder(matcher: _Matcher, chain: Chain) -> Held | None:
    known = matcher.of_holder(chain)
    if chain.before:
        known = [held for held in known if held.amount != ZERO] or known
    return _best(chain, [held for held in known if held.amount is not None] or known)


def _ran_through(chain: Chain, held: Held, matcher: _Matcher) -> bool:
    """Return whether the chain begins or ends at an amount that the position ran through before."""
    if chain.before is not None and matcher.ran_through(held, chain.before):
        return True
    return bool(chain.after) and chain.after is not None and matcher.ran_through(held, chain.after)


def _terms_fit(chain: Chain, held: Held) -> bool:
    mine, its = chain.security, held.security
    return all(one is None or other is None or one == other for one, other in zip(mine[3:5], its[3:5], strict=True))


def _split_into(held: Held, amount: Decimal, price: Decimal) -> bool:
    """Return whether a split made an option into so many at such a price: their product is the same, to the cent."""
    known, before = held.security.exercise_price, held.amount
    if known is None or not before or known == price:
        return False
    return abs(known * before / amount - price) <= _CENT and abs(before * known / price - amount) <= max(
        ONE, amount * _CENT / price
    )


_Rule = Callable[[_Matcher, Chain], Held | None]
_RULES: Final[tuple[tuple[_Rule, bool], ...]] = (
    (_same_holder_continuing, True),
    (_same_holder_earlier, True),
    (_other_label_continuing, True),
    (_other_label_earlier, True),
    (_near_class, False),
    (_option_after_split, False),
    (_amount_unmoved, True),
    (_same_holder, True),
)
"""The rules in order, each with whether it is for chains whose class has positions, or for those whose class has none."""
