"""Markup that converters leave in text: tags, backslashes, check boxes and raised footnote markers.

A marker beyond doubt is `<sup>(1)</sup>`, `<u>(1)</u>` or `⁽¹⁾`. Every pattern takes linear time, without backtracking.
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Final

from services.parser.form.blocks import FootnoteMarker, Mark, Text, build_text, map_text, strip_text
from services.parser.form.check_boxes import replace_html_inputs

_CONTROLS: Final = bytes([*range(0x09), *range(0x0B, 0x20), 0x7F])
_LINK_TARGET: Final = re.compile(r"\[(?:https?:/)?/[^\[\]\s]{0,200}[?&]CIK=[0-9]{1,10}\](?!\()")
_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_UNDERLINE: Final = re.compile(r"</?u>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?(?:u|b|i|em|strong|sup|span|font|p|div)\b[^<>]{0,100}>", re.IGNORECASE)
_BAR: Final = re.compile(r"(?<!\\)\|")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_SUPERSCRIPT: Final = re.compile(r"⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})⁾")
_TAGGED_MARKER: Final = re.compile(r"<(sup|u)> {0,3}\(?([0-9]{1,2})\)? {0,3}</\1>", re.IGNORECASE)
_MOST_KEPT: Final = 1000
_LONGEST_KEPT: Final = 100
"""Size of the cache of cells, and characters of the longest one kept. All filings have the same captions and codes."""

_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def without_controls(text: str) -> str:
    r"""Return the text without control characters, except for tabs and newlines.

    >>> without_controls("Common\x02 Stock\n")
    'Common Stock\n'
    """
    encoded = text.encode()
    kept = encoded.translate(None, _CONTROLS)
    return text if len(kept) == len(encoded) else kept.decode()


def without_link_targets(text: str) -> str:
    """Return the text with spaces for the addresses of parties that a converter put in brackets behind their names.

    >>> without_link_targets("DOE JANE [/browse-edgar?CIK=7] x").split()
    ['DOE', 'JANE', 'x']
    """
    return _LINK_TARGET.sub(lambda match: " " * len(match.group()), text) if "CIK=" in text else text


def split_at_bars(line: str) -> list[str]:
    r"""Return the cells between a line's bars; a bar that a backslash escapes is text.

    >>> split_at_bars(r"a | b\|c")
    ['a ', ' b\\|c']
    """
    return _BAR.split(line) if "\\|" in line else line.split("|")


def replace_matches(pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], Text | Mark], text: str) -> Text:
    """Return the text with each match replaced, as `re.sub` does, by text or by a mark.

    >>> replace_matches(re.compile("[0-9]"), lambda match: FootnoteMarker(int(match[0])), "a1")
    MarkedText(tokens=('a', FootnoteMarker(number=1)))
    """
    if pattern.search(text) is None:
        return text
    pieces: list[Text | Mark] = []
    at = 0
    for match in pattern.finditer(text):
        pieces.extend([text[at : match.start()], replacement(match)])
        at = match.end()
    return build_text(*pieces, text[at:])


def read_superscripts(text: str) -> Text:
    """Return text whose `⁽¹⁾` are markers.

    >>> read_superscripts("7⁽¹²⁾")
    MarkedText(tokens=('7', FootnoteMarker(number=12)))
    """
    return replace_matches(_SUPERSCRIPT, lambda match: FootnoteMarker(int(match[1].translate(_DIGITS))), text)


def remove_markup(raw: str) -> str:
    r"""Return text without tags, emphasis and escapes: check boxes as `[X]` and `[ ]`, line breaks as newlines.

    >>> remove_markup(r"**Common**<br>Stock \(A\) &amp; more")
    'Common\nStock (A) & more'
    """
    text = raw
    if "<" in text:
        text = _BREAK.sub("\n", text)
        text = replace_html_inputs(text)
        text = _TAG.sub("", text)
    text = text.replace("**", "")
    if "\\" in text:
        text = _ESCAPED.sub(itemgetter(1), text)
    return html.unescape(text) if "&" in text else text


def read_markup(raw: Text) -> Text:
    """Return a cell as blocks have it: without markup, with markers as tokens and underlined text on separate lines.

    >>> read_markup("17,408<sup>(1)</sup>")
    MarkedText(tokens=('17,408', FootnoteMarker(number=1)))
    """
    if isinstance(raw, str):
        return _read_short(raw) if len(raw) <= _LONGEST_KEPT else strip_text(_read_piece(raw))
    return strip_text(map_text(_read_piece, raw))


@lru_cache(_MOST_KEPT)
def _read_short(raw: str) -> Text:
    return strip_text(_read_piece(raw))


def _is_simple(piece: str) -> bool:
    """Return whether there is no marker in a piece, as in most."""
    return "<" not in piece and "⁽" not in piece


def _read_piece(piece: str) -> Text:
    if _is_simple(piece):
        return remove_markup(piece)
    text: Text = read_superscripts(piece) if "⁽" in piece else piece
    if "<" in piece:
        text = map_text(_read_tagged_markers, text)
    return map_text(remove_markup, text)


def _read_tagged_markers(piece: str) -> Text:
    text = replace_matches(_TAGGED_MARKER, _tagged_marker, piece)
    return map_text(lambda words: _UNDERLINE.sub("\n", words), text)


def _tagged_marker(match: re.Match[str]) -> Text | Mark:
    """Return the marker in raised text, or in underlined text that has it in brackets; else the text as it was."""
    if match.group(1).lower() == "u" and "(" not in match.group():
        return match.group()
    return FootnoteMarker(int(match.group(2)))
