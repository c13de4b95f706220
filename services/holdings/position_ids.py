"""Lasting ids of positions: a position keeps its id when the book is folded again."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final

from contracts.envelope import event_id_of
from services.holdings.accounts import HeldPosition
from services.holdings.book import Book, Parties
from services.holdings.filed_report import FiledReport
from services.holdings.fold import Fold

_ID_DIGITS: Final = 16
"""Hexadecimal digits of a position's id: 64 bits, so that ids are unique across all books."""


def lasting_ids(book: Book | None, fold: Fold, parties: Parties) -> dict[str, str]:
    """Return the lasting ids of the positions that a fold opened, by their provisional ids.

    A position that the book already contains keeps its id; it is recognized by the first account that both share. The
    id of a new position is derived from the chain that opened it.
    """
    if not fold.opened:
        return {}
    opened = [found for position_id in fold.opened if (found := fold.positions.get(position_id)) is not None]
    known = _ids_by_origin(book) if book is not None else {}
    taken = {position.position_id for position in fold.positions} if opened else set()
    origins = {position.position_id: _origins(position, fold.filings) for position in opened}
    ids = _kept_ids(origins, known, taken)
    for provisional, its_origins in origins.items():
        if provisional not in ids:
            ids[provisional] = next(each for each in _new_ids(parties, its_origins) if each not in taken)
            taken.add(ids[provisional])
    return ids


Origin = tuple[str, int]
"""A filing's id and the index of one of its chains."""


def _origins(position: HeldPosition, filings: Sequence[FiledReport]) -> list[Origin]:
    """Return the chains that moved a position, the earliest account first."""
    return [(filings[account.filing].filing_id, index) for account in position.accounts for index in account.chains]


def _ids_by_origin(book: Book) -> dict[Origin, str]:
    return {origin: position.position_id for position in book.positions for origin in _origins(position, book.filings)}


def _kept_ids(origins: Mapping[str, Sequence[Origin]], known: Mapping[Origin, str], taken: set[str]) -> dict[str, str]:
    """Return the ids of positions that the book has already, and add them to those taken.

    A position's first chain decides before any later one: of two positions that share accounts with a known one, the
    position that begins as the known one did keeps its id.
    """
    ids: dict[str, str] = {}
    for first_only in (True, False):
        for provisional, its_origins in origins.items():
            kept = (known[each] for each in its_origins[: 1 if first_only else None] if each in known)
            lasting = next((each for each in kept if each not in taken), None)
            if provisional not in ids and lasting is not None:
                ids[provisional] = lasting
                taken.add(lasting)
    return ids


def _new_ids(parties: Parties, origins: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Yield candidate ids for a new position without end: one per chain of its accounts, then with a counter."""
    pair = f"{parties.issuer.key}|{parties.owner.key}"
    for attempt in count():
        for filing_id, index in origins:
            again = f"|{attempt}" if attempt else ""
            yield event_id_of("position", f"{pair}|{filing_id}|{index}{again}")[:_ID_DIGITS]
