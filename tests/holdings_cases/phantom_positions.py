"""Find phantom positions by comparing a book with its filings: positions held although a later filing ended them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.structs import Line, Position, PositionsUpdated, Transaction, TransactionsReported

ZERO: Final = Decimal(0)
_POINTS_TO_A_NOTE: Final = re.compile(r"\bsee\b|\bfootnotes?\b|\bfn\b", re.IGNORECASE)
_HELD_BY: Final = re.compile(r"\bheld\s+(?:of\s+record\s+|directly\s+)?by\s+(?:the\s+)?([^,.;:(]+)", re.IGNORECASE)
_NOISE: Final = re.compile(r"[^a-z0-9]+")
_PLURAL_OR_BY: Final = re.compile(r"(?<=[a-z]{2})s\b|^by (?:the )?")


@dataclass(frozen=True, slots=True)
class Label:
    """A position's words as a reader compares them: table, title, D or I, holder, and a derivative's terms."""

    table: str
    title: str
    ownership: str | None
    holder: str
    terms: tuple[str, ...]


def phantoms(book: PositionsUpdated, reports: Sequence[TransactionsReported]) -> Iterator[str]:
    """Yield each held position that no filing lists, or that a later filing lists with another amount, or ended.

    The reports are those of the book, in the order of filing.
    """
    places = {report.filing.filing_id: place for place, report in enumerate(reports)}
    held = [position for position in book.positions if _amount(position) != ZERO and not position.expired]
    for position in held:
        amount, place = _amount(position), places[position.filing_id]
        if not any(_following(line) == amount for line in _lines(reports[place])):
            yield f"{_name(position)} is {amount}, which {position.filing_id} does not list"
        endings = _of_unknown_amount(position, reports[place]) if amount is None else _of_amount(position, held)
        for report in reports[place + 1 :]:
            ended = next(((line, what) for line in _lines(report) if (what := endings(line, report))), None)
            if ended is not None:
                line, what = ended
                where = f"{report.filing.filing_id} line {line.line}"
                yield f"{_name(position)} is {amount} of {position.filing_id}; {where} {what}"
                break


def _of_amount(position: Position, held: Sequence[Position]) -> Callable[[Line, TransactionsReported], str | None]:
    """Return a predicate: whether a later line reports the position with another amount."""
    label, amount = _label(position, position.holder_note), _amount(position)
    alike = [other for other in held if _label(other, other.holder_note) == label]

    def ends(line: Line, report: TransactionsReported) -> str | None:
        following = _following(line)
        if following is None or following == amount or _label(line, _note(line, report)) != label:
            return None
        if label.table == "derivative":
            return f"goes from it to {following}" if _before(line) == amount else None
        others = [other for other in alike if other != position]
        listed = any(_amount(other) == following or other.filing_id == report.filing.filing_id for other in others)
        return f"lists {following} under the same words" if listed or not others else None

    return ends


def _of_unknown_amount(
    position: Position, first: TransactionsReported
) -> Callable[[Line, TransactionsReported], str | None]:
    """Return a predicate: whether a later line ends a position that Form 3 lists only by its underlying shares."""
    label = _label(position, position.holder_note)
    underlying = {line.underlying_shares for line in _lines(first) if _label(line, _note(line, first)) == label}
    words = set(label.title.split())

    def ends(line: Line, report: TransactionsReported) -> str | None:
        other = _label(line, _note(line, report))
        nearly_equal = (other.table, other.ownership, other.holder) == (label.table, label.ownership, label.holder)
        if not nearly_equal or _following(line) != ZERO or not isinstance(line, Transaction) or line.shares is None:
            return None
        alike = set(other.title.split()) <= words or words <= set(other.title.split())
        return "brings it to 0" if alike and {line.shares, line.underlying_shares} & underlying else None

    return ends


def _label(of: Position | Line, note: str | None) -> Label:
    nature = of.nature_of_ownership or ""
    holder = nature
    if note and (not nature or _POINTS_TO_A_NOTE.search(nature)):
        named = _HELD_BY.search(note)
        holder = named.group(1) if named else note
    terms = (of.exercise_price or "", str(of.expiration_date or "")) if of.table == "derivative" else ()
    return Label(of.table, _plain(of.security_title or ""), of.ownership, _plain(holder), terms)


def _note(line: Line, report: TransactionsReported) -> str | None:
    cited = [
        report.footnotes[note] for note in line.footnotes.get("nature_of_ownership", ()) if note in report.footnotes
    ]
    return next((text for text in cited if _HELD_BY.search(text)), cited[0] if cited else None)


def _plain(text: str) -> str:
    """Return words without case, punctuation, plural and a leading "by"."""
    return _PLURAL_OR_BY.sub("", _NOISE.sub(" ", text.lower()).strip())


def _lines(report: TransactionsReported) -> list[Line]:
    return sorted((*report.transactions, *report.holdings), key=lambda line: line.line)


def _following(line: Line) -> Decimal | None:
    text = line.shares_owned_following or line.value_owned_following
    return None if text is None else Decimal(text)


def _before(line: Line) -> Decimal | None:
    following = _following(line)
    if following is None or not isinstance(line, Transaction) or line.shares is None or line.acquired_disposed is None:
        return None
    return following - Decimal(line.shares) if line.acquired_disposed == "A" else following + Decimal(line.shares)


def _amount(position: Position) -> Decimal | None:
    text = position.shares if position.shares is not None else position.value
    return None if text is None else Decimal(text)


def _name(position: Position) -> str:
    words = (position.security_title, position.ownership, position.nature_of_ownership, position.exercise_price)
    return " ".join(word for word in words if word)
