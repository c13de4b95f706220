"""A page's HTML cut into tags and text, in linear time on any input.

lxml's HTML parser would do this too, but it takes a minute for one tag with a quarter million attributes.
"""

import re
from typing import Final

from services.parser.layouts.converter_markup import without_controls

_NAME: Final = r"(/?[A-Za-z][A-Za-z0-9]*+)"
_QUOTED: Final = r"""[^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+)*+"""
_SIMPLE_TAG: Final = re.compile(f"{_NAME}({_QUOTED})")
_TAG: Final = re.compile(f"{_NAME}({_QUOTED}|[^<>]*+)>")
_BEGUN: Final = re.compile(r"<(?:/|/?[A-Za-z][^>]*+)?")
_INVISIBLE: Final = re.compile(r"<(?=[!sStT])(?:!--|((?i:script|style|title|template))\b)")
_INVISIBLE_END: Final = {
    "<!--": re.compile("-->"),
    **{name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "title", "template")},
}
_DECLARATION: Final = re.compile(r"<[!?][^<>]*+>")


Tag = tuple[str, str]
"""A tag's name, in lower case and with the slash of a closing one, and its attributes."""


def pieces_of(text: str) -> tuple[list[str], bool]:
    """Return the text before the first `<` and after each `<`, and whether the text breaks off within a tag.

    The tag that is broken off is left out.

    >>> pieces_of("a<b>c</b")
    (['a', 'b>c'], True)
    """
    text = _visible(without_controls(text))
    last = text.rfind("<")
    cut = last >= 0 and _BEGUN.fullmatch(text, last) is not None
    return (text[:last] if cut else text).split("<"), cut


def simple_tag(head: str) -> Tag | None:
    """Return the tag whose text, from `<` to the first `>`, is `head`; None if a quote is open.

    >>> simple_tag("TD colspan=2")
    ('td', ' colspan=2')
    """
    match = _SIMPLE_TAG.fullmatch(head)
    return (match[1].lower(), match[2]) if match else None


def tag_of(piece: str) -> tuple[Tag, str] | None:
    """Return the tag that a piece begins with, whatever it quotes, and the text after it; None if there is no tag.

    >>> tag_of('td title="x > y">a')
    (('td', ' title="x > y"'), 'a')
    """
    match = _TAG.match(piece)
    return ((match[1].lower(), match[2]), piece[match.end() :]) if match else None


def _visible(text: str) -> str:
    """Return the text without comments, declarations, and elements that browsers do not show."""
    kept: list[str] = []
    position = 0
    while (start := _INVISIBLE.search(text, position)) is not None:
        kept.append(text[position : start.start()])
        end = _INVISIBLE_END[(start.group(1) or start.group()).lower()].search(text, start.end())
        if end is None:
            position = len(text)
            break
        position = end.end() if start.group(1) is None else end.start()
    kept.append(text[position:])
    return _DECLARATION.sub("", "".join(kept))
