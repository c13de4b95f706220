"""Repairs of malformed ownership XML that has only one reading. Anything else stays malformed, and is refused.

Each kind of repair has one diagnostic, with the text around the first place.
"""

import html
import html.entities
import re
from collections.abc import Callable
from typing import Final

from contracts.codes import DiagnosticCode
from services.parser.document import RawDocument
from services.parser.xml_elements import CANONICAL, ROOT

_AROUND: Final = 20
"""Characters on each side of a repair that its diagnostic includes."""

_LONGEST_ATTRIBUTES: Final = 200
_ROOT: Final = re.compile(rf"<(?:[A-Za-z_][\w.-]{{0,30}}:)?{ROOT}[\s/>]", re.IGNORECASE)
_ROOT_END: Final = re.compile(rf"</(?:[A-Za-z_][\w.-]{{0,30}}:)?{ROOT}\s*+>", re.IGNORECASE)
_PROLOGUE: Final = re.compile(r"(?:\s|<\?[^<>]*+>|<!--(?:[^-]|-(?!->))*+-->)*+")
_COMMENT: Final = re.compile(r"<!--(?:[^-]|-(?!->))*+-->")
_ILLEGAL: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}));")
_AMPERSAND: Final = re.compile(
    r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30};)?"
)
_LESS_THAN: Final = re.compile(r"<(?![A-Za-z_/!?])")
_SECTION_END: Final = re.compile(r"\]\]>")
_TAG: Final = re.compile(r"<(/?)((?:[A-Za-z_][\w.-]{0,30}:)?)([A-Za-z_][\w.-]{0,60}+)(?![\w.-])([^<>]*+)>")
_SPACED_END: Final = re.compile(r"<[ \t]*/[ \t]*(?=[A-Za-z_])")
_ATTRIBUTE: Final = re.compile(r"""(?<!\s)\s+(?:xmlns:)?[A-Za-z_][\w.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_IDENTITY: Final = re.compile(r"""\sid\s*=\s*["'\u201c\u201d]?\s*([A-Za-z]{0,2}[0-9]{1,3})\s*["'\u201c\u201d]?\s*""")
_NAMESPACE: Final = re.compile(r"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_CITING: Final = frozenset({"footnote", "footnoteId"})
_VOID: Final = frozenset({"br", "hr"})
_DIGITS: Final = frozenset("0123456789.,")


def repair_xml(text: str, document: RawDocument) -> str:
    """Return the text with everything repaired that has only one reading; a diagnostic for each kind of repair.

    >>> document = RawDocument("xml")
    >>> repair_xml("<ownershipDocument a><remarks>A&B</remarks></ownershipDocument></XML>", document)
    '<ownershipDocument><remarks>A&amp;B</remarks></ownershipDocument>'
    >>> [str(found.code) for found in document.diagnostics]
    ['repaired_markup', 'bare_ampersand', 'repaired_markup']
    """
    text = _root_alone(text, document)
    end = text.rfind("-->") + 1
    text = _COMMENT.sub("", text[: end + 2]) + text[end + 2 :] if end else text
    text = _repaired(_ILLEGAL, _without_character, text, DiagnosticCode.CONTROL_CHARACTER, document)
    text = _repaired(_REFERENCE, _legal_reference, text, DiagnosticCode.REPAIRED_MARKUP, document)
    text = _repaired(_AMPERSAND, _resolved, text, DiagnosticCode.UNDEFINED_ENTITY, document)
    text = _repaired(_AMPERSAND, _escaped, text, DiagnosticCode.BARE_AMPERSAND, document)
    text = _repaired(_SPACED_END, lambda _: "</", text, DiagnosticCode.REPAIRED_MARKUP, document)
    text = _repaired(_LESS_THAN, lambda _: "&lt;", text, DiagnosticCode.REPAIRED_MARKUP, document)
    if "<![CDATA[" not in text:
        text = _repaired(_SECTION_END, lambda _: "]]&gt;", text, DiagnosticCode.REPAIRED_MARKUP, document)
    return _repaired(_TAG, _readable_tag, text, DiagnosticCode.REPAIRED_MARKUP, document)


def _root_alone(text: str, document: RawDocument) -> str:
    """Return the first ownership document in the text, without the text around it."""
    start = _ROOT.search(text)
    end = _ROOT_END.search(text, start.end()) if start else None
    if start is None or end is None:
        return text
    before, after = text[: start.start()], text[end.end() :]
    around = before[_prologue_end(before) :].strip() or after[_prologue_end(after) :].strip()
    if around:
        document.report(DiagnosticCode.REPAIRED_MARKUP, _ILLEGAL.sub("", around))
    further = len(_ROOT.findall(after))
    if further:
        document.report(DiagnosticCode.FURTHER_OWNERSHIP_DOCUMENT, str(further))
    return text[start.start() : end.end()]


def _prologue_end(text: str) -> int:
    prologue = _PROLOGUE.match(text)
    return prologue.end() if prologue else 0


def _repaired(
    pattern: re.Pattern[str],
    replacement: Callable[[re.Match[str]], str],
    text: str,
    code: DiagnosticCode,
    document: RawDocument,
) -> str:
    """Return the text with each match replaced, and report the first one that differs from its replacement."""
    first: list[re.Match[str]] = []

    def replace(match: re.Match[str]) -> str:
        new = replacement(match)
        if new != match.group() and not first:
            first.append(match)
        return new

    repaired = pattern.sub(replace, text)
    for match in first:
        around = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
        document.report(code, _ILLEGAL.sub("", around))
    return repaired


def _without_character(match: re.Match[str]) -> str:
    """Return nothing for a character that XML cannot have; a space between digits, which are not one number."""
    text, before, after = match.string, match.start() - 1, match.end()
    is_within_number = before >= 0 and text[before] in _DIGITS and text[after : after + 1] in _DIGITS
    return " " if is_within_number else ""


def _legal_reference(match: re.Match[str]) -> str:
    decimal, hexadecimal = match.groups()
    code = int(decimal) if decimal else int(hexadecimal, 16)
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF  # noqa: PLR2004 - XML's own ranges
    return match.group() if legal else _without_character(match)


def _resolved(match: re.Match[str]) -> str:
    """Return the character that an entity of HTML stands for; any other text as it is."""
    known = html.entities.html5.get(match.group(1) or "")
    return html.escape(known) if known else match.group()


def _escaped(match: re.Match[str]) -> str:
    return f"&amp;{match.group(1) or ''}"


def _readable_tag(match: re.Match[str]) -> str:
    """Return a tag of a known name in its own spelling, with its readable attributes alone.

    A footnote's tag whose id is not readable stays malformed: without it, its text or citation would be lost.
    """
    slash, prefix, name, rest = match.groups()
    known = CANONICAL.get(name.lower(), name)
    if slash:
        return f"</{prefix}{known}>" if rest.strip() else f"</{prefix}{known}{rest}>"
    attributes = rest.removesuffix("/")
    end = "/" if attributes != rest or known.lower() in _VOID else ""
    kept = _readable_attributes(known, attributes)
    return match.group() if kept is None else f"<{prefix}{known}{kept}{end}>"


def _readable_attributes(name: str, attributes: str) -> str | None:
    """Return a tag's attributes without those that are malformed; None if a footnote's id is among these."""
    if not _ATTRIBUTE.sub("", attributes).strip():
        return attributes
    identity = _IDENTITY.search(attributes) if len(attributes) <= _LONGEST_ATTRIBUTES else None
    if name in _CITING and identity is None:
        return None
    return "".join(_NAMESPACE.findall(attributes)) + (f' id="{identity.group(1)}"' if identity else "")
