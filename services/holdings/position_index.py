"""The positions of a book under way, found by class: what chains are matched with."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from contracts.enumerations import Ownership
from services.holdings.accounts import HeldPosition
from services.holdings.labels import SecurityClass

_CLASSES_COMPARED: Final = 256
"""Classes of one title whose terms a blank term is compared with: as many as a book keeps accounts."""

_SIDES: Final[tuple[Ownership | None, ...]] = ("D", "I", None)


class PositionIndex:
    """The positions of a book by class, kept up to date as they change."""

    def __init__(self, held: Iterable[HeldPosition]) -> None:
        self._all = {each.position_id: each for each in held}
        self._families: dict[object, dict[SecurityClass, dict[str, int]]] = {}
        for place, each in enumerate(self._all.values()):
            self._file(each, place)

    def __iter__(self) -> Iterator[HeldPosition]:
        return iter(self._all.values())

    def __getitem__(self, position_id: str) -> HeldPosition:
        return self._all[position_id]

    def get(self, position_id: str) -> HeldPosition | None:
        """Return the position of that id; None if there is none."""
        return self._all.get(position_id)

    def put(self, held: HeldPosition) -> None:
        """Add a position, or replace it."""
        known = self._all.get(held.position_id)
        if known is None:
            self._file(held, len(self._all))
        elif known.security != held.security:
            self._file(held, self._unfile(known))
        self._all[held.position_id] = held

    def rename(self, ids: Mapping[str, str]) -> None:
        """Give positions other ids, by those that they have; they keep their places."""
        if not ids:
            return
        for position_id, lasting in ids.items():
            held = self._all[position_id]
            found = self._families[held.security.family][held.security]
            found[lasting] = found.pop(position_id)
        self._all = {
            ids.get(position_id, position_id): held._replace(position_id=ids[position_id])
            if position_id in ids
            else held
            for position_id, held in self._all.items()
        }

    def of_security(self, security: SecurityClass) -> list[HeldPosition]:
        """Return the positions in the security, however held and on whatever terms."""
        families = [self._families.get((*security.security, side), {}) for side in _SIDES]
        return [self._all[each] for classes in families for found in classes.values() for each in found]

    def of_class(self, security: SecurityClass) -> list[HeldPosition]:
        """Return the positions in the class; if it is unknown, those of the one class that its terms fit."""
        classes = self._families.get(security.family)
        if not classes:
            return []
        found = classes.get(security)
        if found is None and security.table == "derivative":
            fitting = [each for each in islice(classes, _CLASSES_COMPARED) if each.fits(security)]
            found = classes[fitting[0]] if len(fitting) == 1 else None
        if not found:
            return []
        if len(found) == 1:
            return [self._all[each] for each in found]
        # In the order of the book: a position that changed its class stands at the end of its new one.
        return [self._all[each] for each in sorted(found, key=found.__getitem__)]

    def _file(self, held: HeldPosition, place: int) -> None:
        """Note the class of a position, and the position's place among all."""
        security = held.security
        family = self._families.get(security.family)
        if family is None:
            family = self._families[security.family] = {}
        found = family.get(security)
        if found is None:
            found = family[security] = {}
        found[held.position_id] = place

    def _unfile(self, held: HeldPosition) -> int:
        """Forget the class of a position, and return the position's place among all."""
        classes = self._families[held.security.family]
        place = classes[held.security].pop(held.position_id)
        if not classes[held.security]:
            del classes[held.security]
        return place
