"""Candidates for matching: the free positions that a chain may change, by class, holder, label and terms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final

from services.holdings.accounts import HeldPosition
from services.holdings.chains import Chain
from services.holdings.labels import SecurityClass
from services.holdings.position_index import PositionIndex

CROWD: Final = 64
"""Positions of one class that are compared one by one. No owner in real filings has as many. In larger classes only the
positions with the chain's amounts are compared, which keeps this from going quadratic on hostile input."""

_Amounts = dict[Decimal | None, list[HeldPosition]]
"""Positions by amount."""

HeldBefore = Callable[[HeldPosition, Decimal], bool]
"""Returns whether a position held the amount at an earlier time."""


class MatchCandidates:
    """The positions of a book that are not matched yet, as candidates for the chains of a filing."""

    def __init__(
        self,
        chains: Sequence[Chain],
        positions: PositionIndex,
        classes: Mapping[SecurityClass, list[HeldPosition]],
        held_before: HeldBefore,
    ) -> None:
        """Start with the positions of each class in the filing, all of them free."""
        self.held_before = held_before
        self._chains = chains
        self._positions = positions
        self._classes = classes
        self._matched: set[str] = set()
        self._of_holder: dict[int, list[HeldPosition]] = {}
        """The holder's free positions by the id of the chain: several rules in a row ask for them."""
        self._crowds: dict[SecurityClass, _Amounts] = {}
        self._near: dict[object, list[HeldPosition]] | None = None
        self._options: dict[object, list[HeldPosition]] | None = None

    @cached_property
    def _named(self) -> set[object]:
        """The families of classes in the filing."""
        return {chain.security.family for chain in self._chains}

    @cached_property
    def _labels(self) -> set[object]:
        """The families and holders in the filing."""
        return {(chain.security.family, chain.holder.key) for chain in self._chains}

    @cached_property
    def _priced(self) -> set[SecurityClass]:
        """The classes, with their terms, in the filing."""
        return {chain.security for chain in self._chains}

    def mark_matched(self, position: HeldPosition) -> None:
        """Mark the position as matched, so that no other chain gets it."""
        self._matched.add(position.position_id)
        self._of_holder.clear()

    def of_class(self, chain: Chain) -> list[HeldPosition]:
        """Return the free positions of the chain's class and unit. See `CROWD` for large classes."""
        security = chain.security
        known = self._classes[security]
        if len(known) > CROWD:
            known = self._of_crowd(chain, known)
        if self._matched:
            matched = self._matched
            known = [position for position in known if position.position_id not in matched]
        if _has_no_unit(chain):
            return known
        unit = chain.unit
        return [position for position in known if position.unit == unit or position.accounts[-1].after is None]

    def _of_crowd(self, chain: Chain, known: Sequence[HeldPosition]) -> list[HeldPosition]:
        """Return the positions with the chain's amounts, then the first ones, without duplicates."""
        amounts = self._crowds.get(chain.security)
        if amounts is None:
            amounts = self._crowds[chain.security] = _by_amount(known)
        found = [*amounts.get(chain.before, ())[:CROWD], *amounts.get(chain.after, ())[:CROWD], *known[:CROWD]]
        return list({position.position_id: position for position in found}.values())

    def of_holder(self, chain: Chain) -> list[HeldPosition]:
        """Return the holder's positions; else the only one whose footnote names the holder; else those it once held."""
        found = self._of_holder.get(id(chain))
        if found is None:
            found = self._of_holder[id(chain)] = self._find_of_holder(chain)
        return found

    def _find_of_holder(self, chain: Chain) -> list[HeldPosition]:
        known = self.of_class(chain)
        key, name = chain.holder
        exact = [position for position in known if position.holder.key == key]
        if exact:
            return exact
        named = [position for position in known if position.holder.named == name] if name else []
        if len(named) == 1:
            return named
        return [position for position in known if position.was_held_by(key)]

    def of_others(self, chain: Chain, amount: Decimal | None = None) -> list[HeldPosition]:
        """Return the positions under labels that the filing does not use, with this amount if one is given.

        A label that the filing still uses has not been reworded.
        """
        known, key = self.of_class(chain), chain.holder.key
        return [
            position
            for position in known
            if (amount is None or position.accounts[-1].after == amount)
            and position.holder.key != key
            and (position.security.family, position.holder.key) not in self._labels
        ]

    def near(self, chain: Chain) -> list[HeldPosition]:
        """Return the free positions whose amount is the chain's `before`, in other classes of its table and ownership.

        Classes that the filing still uses are left out: they have not been renamed.
        """
        if self._near is None:
            self._near = {}
            wanted = {each.before for each in self._chains}
            for position in self._positions:
                if (amount := position.amount) in wanted and position.security.family not in self._named:
                    side = (position.security.table, position.security.ownership, amount)
                    self._near.setdefault(side, []).append(position)
        found = self._near.get((chain.security.table, chain.security.ownership, chain.before), [])[:CROWD]
        return [
            position for position in found if position.position_id not in self._matched and _same_unit(chain, position)
        ]

    def near_options(self, chain: Chain) -> list[HeldPosition]:
        """Return the holder's free options with the same expiration and underlying at other prices."""
        mine = chain.security
        return [
            position
            for position in self._options_of(mine)
            if position.position_id not in self._matched
            and position.holder.key == chain.holder.key
            and position.security not in self._priced
        ]

    def _options_of(self, security: SecurityClass) -> list[HeldPosition]:
        if self._options is None:
            self._options = {}
            for position in self._positions:
                its = position.security
                if its.table == "derivative" and its.exercise_price is not None:
                    self._options.setdefault((its.ownership, its.expiration_date, its.underlying), []).append(position)
        return self._options.get((security.ownership, security.expiration_date, security.underlying), [])[:CROWD]


def _by_amount(positions: Iterable[HeldPosition]) -> _Amounts:
    amounts: _Amounts = {}
    for position in positions:
        amounts.setdefault(position.amount, []).append(position)
    return amounts


def _same_unit(chain: Chain, position: HeldPosition) -> bool:
    """Return whether both count in the same unit; without an amount, either unit is possible."""
    return position.unit == chain.unit or position.amount is None or _has_no_unit(chain)


def _has_no_unit(chain: Chain) -> bool:
    return chain.after is None and not chain.total
