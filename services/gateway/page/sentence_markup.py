"""A sentence about a filing as HTML: name, amount and price in bold, a purchase or sale coloured. Pure."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from services.gateway.page.safe_output import display_text
from services.gateway.sentences import SentencePart


def sentence_markup(parts: Iterable[SentencePart]) -> Markup:
    """Return the sentence as HTML.

    >>> sentence_markup([SentencePart("A & B", "name"), SentencePart(" "), SentencePart("sold", "sell")])
    Markup('<b>A &amp; B</b> <b class=sell>sold</b>')
    """
    return Markup().join(_markup(part) for part in parts)


def _markup(part: SentencePart) -> Markup:
    text = escape(display_text(part.text))
    if part.emphasis is None:
        return text
    css = Markup(" class={}").format(part.emphasis) if part.emphasis in {"buy", "sell"} else ""
    return Markup("<b{}>{}</b>").format(css, text)
