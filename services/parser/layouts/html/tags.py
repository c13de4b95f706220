"""A page's HTML cut into tags and text, in linear time whatever it holds.

lxml's HTML parser would do this too, but takes a minute for one tag with a quarter million attributes.
"""

import re
from typing import Final

from services.parser.layouts.converter_markup import without_controls

_NAME: Final = r"(/?[A-Za-z][A-Za-z0-9]*+)"
_QUOTED: Final = r"""[^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+)*+"""
_SIMPLE_TAG: Final = re.compile(f"{_NAME}({_QUOTED})")
_TAG: Final = re.compile(f"{_NAME}({_QUOTED}|[^<>]*+)>")
_BEGUN: Final = re.compile(r"<(?:/|/?[A-Za-z][^>]*+)?")
_UNSEEN: Final = re.compile(r"<(?=[!sStT])(?:!--|((?i:script|style|title|template))\b)")
_UNSEEN_END: Final = {
    "<!--": re.compile("-->"),
    **{name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "title", "template")},
}
_DECLARATION: Final = re.compile(r"<[!?][^<>]*+>")


Tag = tuple[str, str]
"""A tag's name, in lower case and with the slash of a closing one, and its attributes."""


def pieces_of(text: str) -> tuple[list[str], bool]:
    """The text before the first `<`, and what follows each, up to the next.

    And whether the text breaks off within a tag, which is left out.
    """
    text = _seen(without_controls(text))
    last = text.rfind("<")
    cut = last >= 0 and _BEGUN.fullmatch(text, last) is not None
    return (text[:last] if cut else text).split("<"), cut


def simple_tag(head: str) -> Tag | None:
    """The tag that `head`, what stands between a `<` and the first `>` after it, is; None where a quote is open."""
    match = _SIMPLE_TAG.fullmatch(head)
    return (match[1].lower(), match[2]) if match else None


def tag_of(piece: str) -> tuple[Tag, str] | None:
    """The tag that a piece begins with, whatever it quotes, and the text after it; None where it begins with none."""
    match = _TAG.match(piece)
    return ((match[1].lower(), match[2]), piece[match.end() :]) if match else None


def _seen(text: str) -> str:
    """The text without comments, declarations, and what a browser shows nothing of."""
    kept: list[str] = []
    position = 0
    while (start := _UNSEEN.search(text, position)) is not None:
        kept.append(text[position : start.start()])
        end = _UNSEEN_END[(start.group(1) or start.group()).lower()].search(text, start.end())
        if end is None:
            position = len(text)
            break
        position = end.end() if start.group(1) is None else end.start()
    kept.append(text[position:])
    return _DECLARATION.sub("", "".join(kept))
