"""A page's HTML cut into tags and text, in linear time whatever it holds.

lxml's HTML parser would do this too, but takes a minute for one tag with a quarter million attributes.
"""

import re
from typing import Final

from services.parser.renderings.page import without_controls

_TAG: Final = re.compile(
    r"""<(/?[A-Za-z][A-Za-z0-9]*+)([^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+)*+|[^<>]*+)>"""
)
_BEGUN: Final = re.compile(r"<(?:/|/?[A-Za-z][^>]*+)?")
_UNSEEN: Final = re.compile(r"<!--|<(script|style|title|template)\b", re.IGNORECASE)
_UNSEEN_END: Final = {
    "<!--": re.compile("-->"),
    **{name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "title", "template")},
}
_DECLARATION: Final = re.compile(r"<[!?][^<>]*+>")


def pieces_of(text: str) -> tuple[list[str], bool]:
    """Text, then for each tag: its name (a closing one's with its slash), its attributes, and the text after it.

    And whether the text breaks off within a tag, which is left out.
    """
    text = _seen(without_controls(text))
    last = text.rfind("<")
    cut = last >= 0 and _BEGUN.fullmatch(text, last) is not None
    return _TAG.split(text[:last] if cut else text), cut


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
