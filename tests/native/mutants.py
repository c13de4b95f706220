"""Mutants of filings that keep most of the structure, so that the native reader answers many of them.

Changes of bytes alone end as malformed XML, which is declined at once. These move, repeat, rename and nest elements,
replace values by those that are read in a special way, and change the lines of an SGML header.
"""

import random
import re
from collections.abc import Callable
from typing import Final

from services.parser.xml_elements import CANONICAL

_TOKEN: Final = re.compile(r"<[^<>]*>|[^<>]+|[<>]")
_NAME: Final = re.compile(r"<(/?)([\w:.-]+)")
_NAMES: Final = (*CANONICAL.values(), "p", "b", "rptOwnerCcc", "OWNERSHIPDOCUMENT", "Value", "x:value", "newElement")

VALUES: Final = (
    *("1,234", "1,23", "12,345,678.90", "+5", "-5", ".5", "5.", ".", "+", "1e5", "$5", "US$ 5", "€5", "5 CAD"),
    *("CAD 5", "1 1/2", "0" * 40, "1" * 41, "\u00a05\u00a0", "\uff15", "\u00b2", "N/A", "Infinity", "5%", "(5)"),
    *("5-", "1.2.3", "1,234,", " 7 ", "2024-02-29", "2023-02-29", "2024-07-19-05:00", "20240719", "20241319"),
    *("7/4/2024", "07/19/2024 ", "7/4/24", "0000-01-01", "2024-07-191", "2024-07-19T00:00", "2024-7-19"),
    *("\uff12024-07-19", "9999-12-31", "19 July 2024", "2024-07-1\u0661", "true", "TRUE", "Y", "yes ", "maybe"),
    *("1 ", "01", "\u0130", "ye\u017f", "D", "d", " I ", "DI", "E", "l", "4", "5 ", "S", "s", "Zz", "3/A", "4/A "),
    *("FORM 4", "4 / a", "04", "10-K", "0001318605", "1318605", "0", "12345678901", " 77 ", "C77", "", " ", "\n\t"),
    *("&#32;", "&#160;", "&#13;", "&#x0a;", "&#38;#60;", "&lt;", "]]&gt;", "&quot;\\&apos;", "a  b", "a\u2003b"),
    *("\x7f", "\u0085", "a\u2028b", "\ufffd", "\ud7ff", "\U0001f600", "NYSE: AB", "AB/CD", "none", "(AB)"),
    *("AB, AC", "x" * 300),
)  # fmt: skip
INSERTIONS: Final = (
    *("<!-- c -->", "<!---->", "<!-- <ownershipDocument> -->", "<![CDATA[x]]>", "<![CDATA[]]>", "<?pi x?>"),
    *("<value/>", "<value>5</value>", "<value><value>5</value></value>", '<footnoteId id="F1"/>'),
    *('<footnoteId id="F99"></footnoteId>', "<footnoteId/>", "<footnoteId>F1</footnoteId>"),
    *('<footnote id="F1">other</footnote>', "<remarks>r</remarks>", "text", "<issuer/>", "<nonDerivativeTable/>"),
    *("<documentType>4</documentType>", "<transactionCode>P</transactionCode>", "&#13;", "&#160;", "&amp;"),
    *("&nbsp;", "&bogus;", "&#0;", "&#xD800;", "&#xFFFF;", "&#00000000065;", "&", "&;", "&#;", "]]>", ">", "/>"),
    *("<", "</", "</:tag>", "<:tag/>", "<a:b xmlns:a='c'/>", "</value>", "<value>", "\u2028", "\ufffe", "\x01"),
    *("\x1c", "\x85", "\u00a0", "\r", "\r\n", "\n", "\t", "\ufeff", "</XML>", "<XML>", "</TEXT>", "<TEXT>", "<x/>"),
    *("\n<DOCUMENT>\n", "\n</DOCUMENT>\n", "\n<SEC-HEADER>\n", "<SEC-DOCUMENT>", "<!DOCTYPE a>", "<html>"),
)  # fmt: skip
PROLOGUES: Final = (
    *("", "\n", " \n\t", "\ufeff", "\u00a0", "<!-- c -->", "<!-- <a> -->", "<XML>\n", "text"),
    *("\n\n<?xml version='1.0'?>\n", '<?xml version="1.0"?>', '<?xml version="1.1"?>'),
    *('<?xml version="1.0" encoding="utf-16"?>', "<?xml?>", "<?xml ?>"),
    *('<?xml version="1.0" encoding="ISO-8859-1"?>', "<?xml version='1.0' encoding='us-ascii' ?>\n"),
    *("<?xml-style a?>", '<?xml version="1.0" standalone="yes"?>', '<?xml version="1.0"encoding="UTF-8"?>'),
    '<?xml encoding="UTF-8"?>',
)  # fmt: skip
HEADER_LINES: Final = (
    *("<ACCEPTANCE-DATETIME>20240310023000", "<ACCEPTANCE-DATETIME>20241103013000"),
    *("<ACCEPTANCE-DATETIME>20241231235960", "<ACCEPTANCE-DATETIME>20241331000000"),
    *("<ACCEPTANCE-DATETIME> 19991231235959", "<ACCEPTANCE-DATETIME>", "ACCESSION NUMBER:\t\t0001127602-24-029999"),
    *("ACCESSION NUMBER: x", "ACCESSION NUMBER: 0001127602-24-0299991", "CONFORMED SUBMISSION TYPE:\t5"),
    *("CONFORMED SUBMISSION TYPE:\tform 4", "CONFORMED PERIOD OF REPORT: 20240719"),
    *("CONFORMED PERIOD OF REPORT: 20240230", "FILED AS OF DATE:\t20240720", "FILED AS OF DATE:"),
    *("<FILING-DATE>20240720", "REPORTING-OWNER:", "ISSUER:", "FILED BY:", "</ISSUER>", "<ISSUER>"),
    *("<REPORTING-OWNER>", "<CIK>1318605", "<CIK>0", "\tCENTRAL INDEX KEY:\t\t\t0001318605"),
    *("COMPANY CONFORMED NAME:  A", "no colon", "lower: x", "\u00e9: x", "<TYPE>4", "<DOCUMENT>", " <DOCUMENT>"),
    *("</DOCUMENT>", "</SEC-HEADER>", "<TEXT>", "<XML>", "OwnerShipDocument", "<ownershipDocument>"),
)  # fmt: skip

Tokens = list[str]
Rng = random.Random


def mutate(content: str, rng: Rng) -> str:
    """Return the content with one to three changes."""
    tokens = _TOKEN.findall(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(_CHANGES)(tokens, rng)
    return "".join(tokens)


def _at(tokens: Tokens, rng: Rng) -> int:
    return rng.randrange(len(tokens)) if tokens else 0


def _element(tokens: Tokens, rng: Rng) -> slice:
    """Return the place of an element: from a start tag to the next end tag of the same name."""
    at = _at(tokens, rng)
    for start in range(at, len(tokens)):
        named = _NAME.match(tokens[start])
        if named is None or named[1]:
            continue
        if tokens[start].endswith("/>"):
            return slice(start, start + 1)
        end = next((end for end in range(start, len(tokens)) if tokens[end].startswith(f"</{named[2]}")), start)
        return slice(start, end + 1)
    return slice(at, at)


def _remove(tokens: Tokens, rng: Rng) -> None:
    del tokens[_element(tokens, rng)]


def _repeat(tokens: Tokens, rng: Rng) -> None:
    element = _element(tokens, rng)
    tokens[element.stop : element.stop] = tokens[element]


def _move(tokens: Tokens, rng: Rng) -> None:
    element = _element(tokens, rng)
    moved = tokens[element]
    del tokens[element]
    at = _at(tokens, rng)
    tokens[at:at] = moved


def _rename(tokens: Tokens, rng: Rng) -> None:
    element = _element(tokens, rng)
    name = rng.choice(_NAMES)
    for at in {element.start, element.stop - 1}:
        if 0 <= at < len(tokens):
            tokens[at] = _NAME.sub(lambda found: f"<{found[1]}{name}", tokens[at], count=1)


def _replace_text(tokens: Tokens, rng: Rng) -> None:
    start = _at(tokens, rng)
    texts = [at for at in range(start, len(tokens)) if tokens[at].strip() and tokens[at][0] != "<"]
    if texts:
        tokens[texts[0]] = rng.choice(VALUES)


def _insert(tokens: Tokens, rng: Rng) -> None:
    tokens.insert(_at(tokens, rng), rng.choice(INSERTIONS))


def _change_within(tokens: Tokens, rng: Rng) -> None:
    at = _at(tokens, rng)
    if tokens:
        token, split = tokens[at], rng.randrange(len(tokens[at]) + 1)
        piece = rng.choice(
            (" ", "\n", "/", ":", ' a="b"', ' id="F1"', "'", '"', "&", "\u00a0", "x", "=", "-", "?", "!")
        )
        tokens[at] = token[:split] + piece + token[split + rng.randrange(2) :]


def _change_prologue(tokens: Tokens, rng: Rng) -> None:
    root = next((at for at, token in enumerate(tokens) if token.startswith("<ownershipDocument")), 0)
    if root < 4:
        del tokens[:root]
        tokens.insert(0, rng.choice(PROLOGUES))


def _append(tokens: Tokens, rng: Rng) -> None:
    tokens.append(rng.choice(INSERTIONS))


def _change_newlines(tokens: Tokens, rng: Rng) -> None:
    newline = rng.choice(("\r\n", "\r", "\n\r", " \n"))
    tokens[:] = [token.replace("\n", newline) for token in tokens]


def _cut(tokens: Tokens, rng: Rng) -> None:
    del tokens[_at(tokens, rng) :]


def _change_header(tokens: Tokens, rng: Rng) -> None:
    """Replace, remove, repeat or add a line before the document, or else anywhere."""
    lines = "".join(tokens).split("\n")
    end = next((number for number, line in enumerate(lines) if "ownershipDocument" in line), 0) or len(lines)
    at = rng.randrange(end)
    lines[at : at + rng.randrange(2)] = rng.choice(((), (lines[at], lines[at]), (rng.choice(HEADER_LINES),)))
    tokens[:] = _TOKEN.findall("\n".join(lines))


_CHANGES: Final[tuple[Callable[[Tokens, Rng], None], ...]] = (
    *(_remove, _repeat, _move, _rename, _rename, _replace_text, _replace_text, _replace_text, _insert, _insert),
    *(_change_within, _change_prologue, _append, _change_newlines, _cut, _change_header, _change_header),
)
