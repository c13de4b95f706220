"""An index of a book's positions by class, used for matching."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from contracts.enumerations import Ownership
from services.holdings.accounts import HeldPosition
from services.holdings.labels import SecurityClass

_CLASSES_COMPARED: Final = 256
"""Classes of one title whose terms are compared with a blank term: as many as a book keeps accounts."""

_SIDES: Final[tuple[Ownership | None, ...]] = ("D", "I", None)


class PositionIndex:
    """The positions of a book, indexed by class and updated as they change.

    A copy shares the classes of a family with its original until one of the two changes the family.
    """

    def __init__(self, positions: Iterable[HeldPosition]) -> None:
        self._all = {each.position_id: each for each in positions}
        self._families: dict[object, dict[SecurityClass, dict[str, int]]] = {}
        self._own: set[object] = set()
        """The families that no copy shares."""
        for index, each in enumerate(self._all.values()):
            self._file(each, index)

    def copy(self) -> "PositionIndex":
        """Return a copy. It costs one step per position and family, without looking into them."""
        copied = PositionIndex(())
        copied._all, copied._families = self._all.copy(), self._families.copy()
        self._own.clear()
        return copied

    def __iter__(self) -> Iterator[HeldPosition]:
        return iter(self._all.values())

    def __getitem__(self, position_id: str) -> HeldPosition:
        return self._all[position_id]

    def get(self, position_id: str) -> HeldPosition | None:
        """Return the position with the id; None if there is none."""
        return self._all.get(position_id)

    def put(self, position: HeldPosition) -> None:
        """Add a position, or replace it."""
        known = self._all.get(position.position_id)
        if known is None:
            self._file(position, len(self._all))
        elif known.security != position.security:
            self._file(position, self._unfile(known))
        self._all[position.position_id] = position

    def rename(self, ids: Mapping[str, str]) -> None:
        """Rename positions by their current ids; their order is kept."""
        if not ids:
            return
        for position_id, lasting in ids.items():
            position = self._all[position_id]
            found = self._changeable(position.security.family)[position.security]
            found[lasting] = found.pop(position_id)
        self._all = {
            ids.get(position_id, position_id): position._replace(position_id=ids[position_id])
            if position_id in ids
            else position
            for position_id, position in self._all.items()
        }

    def of_security(self, security: SecurityClass) -> list[HeldPosition]:
        """Return the positions in the security, however position and on whatever terms."""
        families = [self._families.get((*security.security, side), {}) for side in _SIDES]
        return [self._all[each] for classes in families for found in classes.values() for each in found]

    def of_class(self, security: SecurityClass) -> list[HeldPosition]:
        """Return the positions in the class; if there are none, those of the only class that its terms fit."""
        classes = self._families.get(security.family)
        if not classes:
            return []
        found = classes.get(security)
        if found is None and security.table == "derivative":
            fitting = [each for each in islice(classes, _CLASSES_COMPARED) if each.terms_fit(security)]
            found = classes[fitting[0]] if len(fitting) == 1 else None
        if not found:
            return []
        if len(found) == 1:
            return [self._all[each] for each in found]
        # Sort by the order of the book: a position that changed its class is last in its new class.
        return [self._all[each] for each in sorted(found, key=found.__getitem__)]

    def _file(self, position: HeldPosition, index: int) -> None:
        """Add a position to its class, with its index among all positions."""
        security = position.security
        family = self._changeable(security.family)
        found = family.get(security)
        if found is None:
            found = family[security] = {}
        found[position.position_id] = index

    def _unfile(self, position: HeldPosition) -> int:
        """Remove a position from its class, and return its index among all positions."""
        classes = self._changeable(position.security.family)
        index = classes[position.security].pop(position.position_id)
        if not classes[position.security]:
            del classes[position.security]
        return index

    def _changeable(self, family: object) -> dict[SecurityClass, dict[str, int]]:
        """Return the classes of a family, for changes: they are copied first if another index shares them."""
        classes = self._families.get(family)
        if classes is None:
            classes = self._families[family] = {}
        elif family not in self._own:
            classes = self._families[family] = {security: found.copy() for security, found in classes.items()}
        self._own.add(family)
        return classes
