"""The action of each tag on the tree of a page, and the pass over a page's HTML that applies them."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import InvalidFiling
from services.parser.form.check_boxes import html_box_state
from services.parser.layouts.html.grids import GridCell
from services.parser.layouts.html.tags import Tag, pieces_of, simple_tag, tag_of
from services.parser.layouts.html.tree import Tree

MOST_TAGS: Final = 40_000
"""Tags of the longest page: five times as many as the longest form."""

_BORDER: Final = re.compile(r"\bborder\s*+=\s*+[\"']?[1-9]", re.IGNORECASE)
_COLUMNS: Final = re.compile(r"\bcolspan\s*+=\s*+[\"']?\s*+([0-9]{1,6})", re.IGNORECASE)
_ROWS: Final = re.compile(r"\browspan\s*+=\s*+[\"']?\s*+([0-9]{1,6})", re.IGNORECASE)
_CIK: Final = re.compile(r"[?&;]CIK=([0-9]{1,10})(?![0-9A-Za-z])", re.IGNORECASE)
_TO_FOOTNOTE: Final = re.compile(r"\bhref\s*+=\s*+[\"']?[^<>\"'\s]{0,200}#F[0-9]", re.IGNORECASE)
_LONGEST_HEAD: Final = 250
_MOST_HEADS: Final = 2000
"""Size of the cache of different tags, and the longest one kept: a form has about a hundred, all forms the same."""

_Action = Callable[[Tree], None]
"""The action of a tag on the tree."""


def parse_html(text: str) -> tuple[GridCell, bool]:
    """Return the page as a cell, and whether it breaks off.

    >>> parse_html("<p>FORM 4")[0].parts[-1]
    'FORM 4'

    Raises:
        InvalidFiling: it has more tags, nested tables, or cells than any page of a form.
    """
    tree = Tree()
    pieces, cut = pieces_of(text)
    text, *pieces = pieces
    if len(pieces) > MOST_TAGS:
        raise InvalidFiling(ErrorCode.TOO_MUCH_MARKUP, f"the page has over {MOST_TAGS} tags")
    for piece in pieces:
        head, closed, after = piece.partition(">")
        action = _action_of_head(head) if closed and len(head) <= _LONGEST_HEAD else None
        if action is None:
            found = tag_of(piece)
            if found is None:
                text += "<" + piece
                continue
            tag, after = found
            action = _action_of(tag)
        if text:
            tree.add_text(text)
        action(tree)
        text = after
    tree.add_text(text)
    broken_off = not tree.ended and (tree.begun or bool(tree.grids) or cut)
    tree.end_page()
    return tree.root, broken_off


@lru_cache(_MOST_HEADS)
def _action_of_head(head: str) -> _Action | None:
    tag = simple_tag(head)
    return _action_of(tag) if tag else None


def _action_of(tag: Tag) -> _Action:
    name, attributes = tag
    if name in _OF_ATTRIBUTES:
        return _OF_ATTRIBUTES[name](attributes)
    return _ACTIONS.get(name, Tree.ignore)


def _table(attributes: str) -> _Action:
    bordered = _BORDER.search(attributes) is not None
    return lambda tree: tree.begin_table(bordered=bordered)


def _cell(attributes: str) -> _Action:
    columns, rows = _span(_COLUMNS, attributes), _span(_ROWS, attributes)
    return lambda tree: tree.begin_cell(columns, rows)


def _span(pattern: re.Pattern[str], attributes: str) -> int:
    found = pattern.search(attributes)
    return max(1, int(found.group(1))) if found else 1


def _box(attributes: str) -> _Action:
    checked = html_box_state(attributes)
    return Tree.ignore if checked is None else lambda tree: tree.add_box(checked=checked)


def _link(attributes: str) -> _Action:
    party = _CIK.search(attributes)
    cik = party.group(1) if party else None
    to_footnote = _TO_FOOTNOTE.search(attributes) is not None
    return lambda tree: tree.begin_link(cik, to_footnote=to_footnote)


def _font(attributes: str) -> _Action:
    return Tree.begin_symbols if "wingdings" in attributes.lower() else Tree.ignore


def _value(attributes: str) -> _Action:
    """Return the action of a span, whose class is a value's on the viewer's pages."""
    if "FootnoteData" in attributes:
        return Tree.begin_raised
    return Tree.begin_value if "FormData" in attributes else Tree.ignore


_OF_ATTRIBUTES: Final[dict[str, Callable[[str], _Action]]] = {
    "table": _table,
    "td": _cell,
    "th": _cell,
    "input": _box,
    "a": _link,
    "span": _value,
    "font": _font,
}
_PARAGRAPHS: Final = (
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "center", "li", "dd", "dt", "dl", "ul", "ol", "blockquote", "form",
    "pre", "address", "section", "article", "header", "footer", "main", "nav", "fieldset",
)  # fmt: skip
_ACTIONS: Final[dict[str, _Action]] = {
    "html": Tree.begin_page,
    "body": Tree.begin_page,
    "/html": Tree.end_page,
    "/body": Tree.end_page,
    "/table": Tree.end_table,
    "thead": Tree.end_row,
    "tbody": Tree.end_row,
    "tfoot": Tree.end_row,
    "tr": Tree.begin_row,
    "/tr": Tree.end_row,
    "/td": Tree.end_cell,
    "/th": Tree.end_cell,
    "br": Tree.break_line,
    "hr": Tree.break_paragraph,
    "sup": Tree.begin_raised,
    "/sup": Tree.end_raised,
    "/a": Tree.end_link,
    "/span": Tree.end_span,
    "/font": Tree.end_symbols,
    **{slash + name: Tree.break_paragraph for name in _PARAGRAPHS for slash in ("", "/")},
}
