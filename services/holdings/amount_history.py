"""The amounts that positions ran through before the current one: a late report begins or ends at one of them."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from services.holdings.accounts import Account, HeldPosition
from services.holdings.chains import ChainStep, running_amounts


class AmountHistory:
    """The amounts that positions held before, each position's gathered when it is first asked for.

    It serves the matching of one filing, during which positions do not change. `steps_of` gives an account's lines.
    """

    def __init__(self, steps_of: Callable[[Account], Sequence[ChainStep]]) -> None:
        self._steps_of = steps_of
        self._known: dict[str, tuple[set[Decimal | None], set[Decimal]]] = {}

    def ran_through(self, held: HeldPosition, amount: Decimal) -> bool:
        """Return whether a position held the amount before, after one of its accounts' lines or between them."""
        known = self._known.get(held.position_id)
        if known is None:
            known = self._known[held.position_id] = self._amounts_of(held)
        ends, within = known
        return amount in ends or (amount != held.amount and amount in within)

    def _amounts_of(self, held: HeldPosition) -> tuple[set[Decimal | None], set[Decimal]]:
        """Return the amounts at the ends of a position's accounts, less the current one, and those between lines."""
        *earlier, last = held.accounts
        ends = {last.before, *[account.before for account in earlier], *[account.after for account in earlier]}
        within: set[Decimal] = set()
        for account in held.accounts:
            steps = self._steps_of(account)
            if len(steps) > 1:
                within.update(running_amounts(account.before, steps))
        return ends, within
