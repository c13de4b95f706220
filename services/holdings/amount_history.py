"""The amounts that positions held before the current one: a late report starts from or ends at one of them."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.holdings.accounts import Account, HeldPosition
from services.holdings.chains import ChainStep, running_amounts


class AmountHistory:
    """The earlier amounts of positions, collected and cached when a position is first queried.

    One instance serves the matching of one filing, during which positions do not change. `steps_of` returns the lines
    of an account.
    """

    def __init__(self, steps_of: Callable[[Account], Sequence[ChainStep]]) -> None:
        self._steps_of = steps_of
        self._known: dict[str, tuple[set[Decimal | None], set[Decimal]]] = {}

    def held_before(self, position: HeldPosition, amount: Decimal) -> bool:
        """Return whether a position held the amount before: at the end of an account or between its lines."""
        known = self._known.get(position.position_id)
        if known is None:
            known = self._known[position.position_id] = self._amounts_of(position)
        ends, within = known
        return amount in ends or (amount != position.amount and amount in within)

    def _amounts_of(self, position: HeldPosition) -> tuple[set[Decimal | None], set[Decimal]]:
        """Return the amounts at the ends of a position's accounts, except the current one, and those between lines."""
        *earlier, last = position.accounts
        ends = {last.before, *[account.before for account in earlier], *[account.after for account in earlier]}
        within: set[Decimal] = set()
        for account in position.accounts:
            steps = self._steps_of(account)
            if len(steps) > 1:
                within.update(running_amounts(account.before, steps))
        return ends, within
