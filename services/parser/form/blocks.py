"""The blocks that every layout brings its pages to: clean text, without tags or escapes.

A block is a `Row` of cells, an `Unreadable` row or owner, a line of words, or `BrokenOff`. An empty line ends a
paragraph. In a cell, a newline parts lines, and a tab parts values side by side on one line. A check box is
`[X]` or `[ ]`.

Text with more to it than its characters is a `MarkedText`: for instance if a footnote's marker is raised, or if a name
links to a party. Only such a marker is beyond doubt. A plain `(1)` may be a marker or words, as
`cell_values.read_cell` decides.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from services.parser.document import collapse_whitespace

_CIK_DIGITS: Final = 10


class FootnoteMarker(NamedTuple):
    """A reference to the footnote of that number, shown as `(1)`."""

    number: int


class PartyLink(NamedTuple):
    """The CIK, of up to ten digits, that the text before it links to."""

    cik: str


@dataclass(frozen=True, slots=True)
class PossibleWrap:
    """The lines before it may have been wrapped by a narrow page: two of them may be one."""


Mark = FootnoteMarker | PartyLink | PossibleWrap


class MarkedText(NamedTuple):
    """Text in pieces, with marks between them. `build_text` makes it."""

    tokens: tuple[str | Mark, ...]


Text = str | MarkedText


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. A cell that spans columns is followed by an empty cell for each further column.

    `ruled`: bars on the page leave no doubt of the cells' columns, whatever the cells contain.
    `in_order`: the page has lost the columns and the empty cells, so that only the order of the cells is left.
    """

    cells: Sequence[Text]
    ruled: bool = False
    in_order: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The text of a table's row, or of an owner, that could not be divided into cells."""

    text: str


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """The end of a page that breaks off."""


Block = Row | Unreadable | BrokenOff | Text


def build_text(*pieces: Text | Mark) -> Text:
    """Return the pieces as one text: a plain string if there is no mark among them.

    >>> build_text("Common ", "Stock")
    'Common Stock'
    >>> build_text("17,408", FootnoteMarker(1))
    MarkedText(tokens=('17,408', FootnoteMarker(number=1)))
    """
    tokens: list[str | Mark] = []
    words = ""
    for piece in pieces:
        if isinstance(piece, str):
            words += piece
            continue
        for token in piece.tokens if isinstance(piece, MarkedText) else (piece,):
            if isinstance(token, str):
                words += token
            else:
                if words:
                    tokens.append(words)
                    words = ""
                tokens.append(token)
    if not tokens:
        return words
    if words:
        tokens.append(words)
    return MarkedText(tuple(tokens))


def join_text(separator: str, texts: Iterable[Text]) -> Text:
    """Return the texts as one, with the separator between them.

    >>> join_text(" | ", ["S", "7"])
    'S | 7'
    """
    texts = list(texts)
    if all([isinstance(text, str) for text in texts]):  # noqa: C419 - the list is faster
        return separator.join(cast("list[str]", texts))
    return build_text(*[piece for text in texts for piece in (separator, text)][1:])


def _shown(token: str | Mark) -> str:
    if isinstance(token, str):
        return token
    return f"({token.number})" if isinstance(token, FootnoteMarker) else ""


def display_text(text: Text) -> str:
    """Return text as a person would write it: markers as `(1)`, and nothing for other marks.

    >>> display_text(build_text("DOE JANE", PartyLink("912346"), FootnoteMarker(2)))
    'DOE JANE(2)'
    """
    return text if isinstance(text, str) else "".join(map(_shown, text.tokens))


def plain_text(text: Text) -> str:
    r"""Return text on one line, as a person would write it.

    >>> plain_text("Class A\n Common  Stock ")
    'Class A Common Stock'
    """
    return collapse_whitespace(text if isinstance(text, str) else display_text(text))


def has_markers(text: Text) -> bool:
    """Return whether there is a footnote's marker beyond doubt in the text.

    >>> has_markers("17,408 (1)"), has_markers(build_text("17,408", FootnoteMarker(1)))
    (False, True)
    """
    return isinstance(text, MarkedText) and any(isinstance(token, FootnoteMarker) for token in text.tokens)


def may_be_wrapped(text: Text) -> bool:
    """Return whether two lines of the text may be one that a narrow page wrapped.

    >>> may_be_wrapped(build_text("12 LONG", PossibleWrap()))
    True
    """
    return isinstance(text, MarkedText) and PossibleWrap() in text.tokens


def linked_cik(text: Text) -> str | None:
    """Return the CIK that the text links to; None unless it is one and the same.

    >>> linked_cik(build_text("DOE JANE", PartyLink("912346")))
    '0000912346'
    """
    if isinstance(text, str):
        return None
    found = {token.cik.zfill(_CIK_DIGITS) for token in text.tokens if isinstance(token, PartyLink)}
    return found.pop() if len(found) == 1 else None


def map_text(function: Callable[[str], Text], text: Text) -> Text:
    """Return the text with the function applied to each of its pieces.

    >>> map_text(str.upper, build_text("doe", PartyLink("7")))
    MarkedText(tokens=('DOE', PartyLink(cik='7')))
    """
    if isinstance(text, str):
        return function(text)
    return build_text(*[function(token) if isinstance(token, str) else token for token in text.tokens])


def strip_text(text: Text, characters: str | None = None) -> Text:
    """Return the text without white space, or without the characters, at its ends.

    >>> strip_text(build_text(" 7", FootnoteMarker(1), " "))
    MarkedText(tokens=('7', FootnoteMarker(number=1)))
    """
    if isinstance(text, str):
        return text.strip(characters)
    tokens = list(text.tokens)
    if isinstance(tokens[0], str):
        tokens[0] = tokens[0].lstrip(characters)
    last = tokens[-1]
    if isinstance(last, str):
        tokens[-1] = last.rstrip(characters)
    return build_text(*[token for token in tokens if token != ""])


def slice_text(text: Text, start: int, end: int) -> Text:
    """Return the text between two places of its `display_text`. A mark belongs to the characters before it.

    >>> slice_text(build_text("DOE", PartyLink("7"), " JANE"), 0, 3)
    MarkedText(tokens=('DOE', PartyLink(cik='7')))
    """
    if isinstance(text, str):
        return text[start:end]
    kept: list[str | Mark] = []
    at = 0
    for token in text.tokens:
        width = len(_shown(token))
        if isinstance(token, str):
            kept.append(token[max(0, start - at) : max(0, end - at)])
        elif start < at + width <= end or (start == at and width) or (at == start == 0):
            kept.append(token)
        at += width
    return build_text(*kept)


def collapse_text(text: Text) -> Text:
    """Return the text on one line, with runs of white space made one space, and its marks kept.

    >>> collapse_text(build_text(" 17,408  ", FootnoteMarker(1)))
    MarkedText(tokens=('17,408 ', FootnoteMarker(number=1)))
    """
    if isinstance(text, str):
        return collapse_whitespace(text)
    tokens = [_with_single_spaces(token) if isinstance(token, str) else token for token in text.tokens]
    first, last = tokens[0], tokens[-1]
    if isinstance(first, str):
        tokens[0] = first.lstrip()
    if isinstance(last, str):
        tokens[-1] = last.rstrip()
    return MarkedText(tuple([token for token in tokens if token != ""]))


def _with_single_spaces(piece: str) -> str:
    """Return a piece with one space for each run of white space, also at its ends."""
    before = " " if piece[:1].isspace() else ""
    after = " " if piece[-1:].isspace() and piece.strip() else ""
    return f"{before}{' '.join(piece.split())}{after}"
