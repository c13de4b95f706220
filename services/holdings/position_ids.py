"""Lasting ids of positions: a position keeps its own, however the book was folded."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

from contracts.envelope import event_id_of
from services.holdings.book import Book, Parties
from services.holdings.fold import Fold

_ID_DIGITS: Final = 16
"""Hexadecimal digits of a position's id: 64 bits tell the positions of all books apart."""


def lasting_ids(book: Book | None, fold: Fold, parties: Parties) -> dict[str, str]:
    """Return the lasting ids of the positions that a fold opened, by the ids that it gave them.

    A position that the book has already keeps its id, by the first of the accounts that both have; a new one is named
    after the chain that opened it.
    """
    if not fold.opened:
        return {}
    known: dict[tuple[str, int], str] = {}
    for held in book.held if book is not None else ():
        for account in held.accounts:
            for place in account.chains:
                known[book.filings[account.filing].filing_id, place] = held.position_id  # type: ignore[union-attr]
    opened = [found for position_id in fold.opened if (found := fold.positions.get(position_id)) is not None]
    taken = {held.position_id for held in fold.positions} if opened else set()
    origins = {
        held.position_id: [
            (fold.filings[account.filing].filing_id, place) for account in held.accounts for place in account.chains
        ]
        for held in opened
    }
    ids: dict[str, str] = {}
    for firsts_only in (True, False):
        for provisional, its_origins in origins.items():
            kept = (known[each] for each in its_origins[: 1 if firsts_only else None] if each in known)
            lasting = next((each for each in kept if each not in taken), None)
            if provisional not in ids and lasting is not None:
                ids[provisional] = lasting
                taken.add(lasting)
    for provisional, its_origins in origins.items():
        if provisional not in ids:
            ids[provisional] = next(each for each in _names(parties, its_origins) if each not in taken)
            taken.add(ids[provisional])
    return ids


def _names(parties: Parties, origins: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Yield names for a new position: after the chains that it comes of, then more of them without end."""
    pair = f"{parties.issuer.key}|{parties.owner.key}"
    for attempt in count():
        for filing_id, place in origins:
            again = f"|{attempt}" if attempt else ""
            yield event_id_of("position", f"{pair}|{filing_id}|{place}{again}")[:_ID_DIGITS]
