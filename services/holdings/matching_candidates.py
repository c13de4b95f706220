"""Candidates: the positions that a chain of a filing may still move, by class, holder, label and terms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Final

from services.holdings.accounts import HeldPosition
from services.holdings.chains import Chain
from services.holdings.labels import SecurityClass
from services.holdings.position_index import PositionIndex

CROWD: Final = 64
"""Positions of one class that are looked at one by one. No owner in real filings has as many; beyond it only those of
the chain's amounts are, so that a made-up book of thousands does not go quadratic."""

_Amounts = dict[Decimal | None, list[HeldPosition]]
"""Positions by what they hold."""

HeldBefore = Callable[[HeldPosition, Decimal], bool]
"""Whether a position held the amount at some time before now."""


class MatchCandidates:
    """The positions of a book that no chain of the filing has yet, as candidates for each of its chains."""

    def __init__(
        self,
        chains: Sequence[Chain],
        positions: PositionIndex,
        classes: Mapping[SecurityClass, list[HeldPosition]],
        ran_through: HeldBefore,
    ) -> None:
        """Begin with the positions of each class that the filing names, all of them free."""
        self.ran_through = ran_through
        self._chains = chains
        self._positions = positions
        self._classes = classes
        self._taken: set[str] = set()
        self._crowds: dict[SecurityClass, _Amounts] = {}
        self._near: dict[object, list[HeldPosition]] | None = None
        self._options: dict[object, list[HeldPosition]] | None = None

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

    def take(self, held: HeldPosition) -> None:
        """Note that a chain has the position: no other chain may have it."""
        self._taken.add(held.position_id)

    def of_class(self, chain: Chain) -> list[HeldPosition]:
        """Return the free positions of the chain's class and unit; of a crowd those of its amounts, and the first."""
        security = chain.security
        known = self._classes[security]
        if len(known) > CROWD:
            known = self._of_crowd(chain, known)
        if self._taken:
            taken = self._taken
            known = [held for held in known if held.position_id not in taken]
        if _counts_in_either(chain):
            return known
        unit = chain.unit
        return [held for held in known if held.unit == unit or held.accounts[-1].after is None]

    def _of_crowd(self, chain: Chain, known: Sequence[HeldPosition]) -> list[HeldPosition]:
        """Return those of the chain's amounts, and the first, each once."""
        amounts = self._crowds.get(chain.security)
        if amounts is None:
            amounts = self._crowds[chain.security] = _by_amount(known)
        found = [*amounts.get(chain.before, ())[:CROWD], *amounts.get(chain.after, ())[:CROWD], *known[:CROWD]]
        return list({held.position_id: held for held in found}.values())

    def of_holder(self, chain: Chain) -> list[HeldPosition]:
        """Return those of the chain's holder; else the one whose note names it; else those that were once under it."""
        known = self.of_class(chain)
        key, name = chain.holder
        exact = [held for held in known if held.holder.key == key]
        if exact:
            return exact
        named = [held for held in known if held.holder.named == name] if name else []
        if len(named) == 1:
            return named
        return [held for held in known if held.has_borne(key)]

    def of_others(self, chain: Chain, amount: Decimal | None = None) -> list[HeldPosition]:
        """Return those under a label that the filing does not use, of that amount if one is given.

        A label that the filing still uses has not drifted.
        """
        known, key = self.of_class(chain), chain.holder.key
        return [
            held
            for held in known
            if (amount is None or held.accounts[-1].after == amount)
            and held.holder.key != key
            and (held.security.family, held.holder.key) not in self._labels
        ]

    def near(self, chain: Chain) -> list[HeldPosition]:
        """Return the free positions that hold the chain's `before`, in other classes of its table and side.

        None of a class that the filing names: that has not been renamed.
        """
        if self._near is None:
            self._near = {}
            wanted = {each.before for each in self._chains}
            for held in self._positions:
                if (amount := held.amount) in wanted and held.security.family not in self._named:
                    side = (held.security.table, held.security.ownership, amount)
                    self._near.setdefault(side, []).append(held)
        found = self._near.get((chain.security.table, chain.security.ownership, chain.before), [])[:CROWD]
        return [held for held in found if held.position_id not in self._taken and _same_unit(chain, held)]

    def near_options(self, chain: Chain) -> list[HeldPosition]:
        """Return the holder's free options of the same expiration and underlying, at other prices."""
        mine = chain.security
        return [
            held
            for held in self._options_of(mine)
            if held.position_id not in self._taken
            and held.holder.key == chain.holder.key
            and held.security not in self._priced
        ]

    def _options_of(self, security: SecurityClass) -> list[HeldPosition]:
        if self._options is None:
            self._options = {}
            for held in self._positions:
                its = held.security
                if its.table == "derivative" and its.exercise_price is not None:
                    self._options.setdefault((its.ownership, its.expiration_date, its.underlying), []).append(held)
        return self._options.get((security.ownership, security.expiration_date, security.underlying), [])[:CROWD]


def _by_amount(positions: Iterable[HeldPosition]) -> _Amounts:
    amounts: _Amounts = {}
    for held in positions:
        amounts.setdefault(held.amount, []).append(held)
    return amounts


def _same_unit(chain: Chain, held: HeldPosition) -> bool:
    """Return whether both count in shares, or both in dollars; what has no amount yet counts in either."""
    return held.unit == chain.unit or held.amount is None or _counts_in_either(chain)


def _counts_in_either(chain: Chain) -> bool:
    return chain.after is None and not chain.total
