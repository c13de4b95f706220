"""The positions of a book under way, found by class: what chains are matched with."""

from collections.abc import Iterable, Iterator

from services.holdings.accounts import Held
from services.holdings.classes import SecurityClass


class Positions:
    """The positions of a book by security, kept up to date as they change."""

    def __init__(self, held: Iterable[Held]) -> None:
        self._all = {each.position_id: each for each in held}
        self._securities: dict[object, dict[str, None]] = {}
        for each in self._all.values():
            self._securities.setdefault(each.security[:2], {})[each.position_id] = None

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
        if known is None or known.security[:2] != held.security[:2]:
            if known is not None:
                del self._securities[known.security[:2]][known.position_id]
            self._securities.setdefault(held.security[:2], {})[held.position_id] = None
        self._all[held.position_id] = held

    def of_security(self, security: SecurityClass) -> list[Held]:
        """Return the positions in the security, however held and on whatever terms."""
        found = self._securities.get(security[:2])
        return [self._all[each] for each in found] if found else []

    def of_family(self, security: SecurityClass) -> list[Held]:
        """Return the positions in the class or one that differs from it by terms alone."""
        return [held for held in self.of_security(security) if held.security.ownership == security.ownership]

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
