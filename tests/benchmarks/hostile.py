"""The worst parsing times: ten megabytes of anything, and the largest rendering that is accepted.

    python -m tests.benchmarks.hostile

Each text is a beginning that selects a reader, one repeated piece, and a letter that ends the repetition. A pattern
that fails at that letter must not retry from each position, which would be quadratic. It prints the slowest texts, and
fails if one takes longer than the target.
"""

import sys
from time import process_time
from typing import Final

from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from services.parser import parse_filing
from services.parser.filing import LARGEST_RENDERING

TARGET_SECONDS: Final = 5.0
TEN_MEGABYTES: Final = 10_000_000
SHOWN: Final = 8

_CAPTIONS: Final = "Title of Security", "Transaction Date", "Transaction Code", "Securities Acquired", "Ownership Form"
_FORM: Final = "FORM 4\n\nTable I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned\n\n"
BEGINNINGS: Final = {
    "nothing": "",
    "words": "FORM 4\n",
    "xml": "<ownershipDocument><documentType>4</documentType>",
    "submission": "<SEC-DOCUMENT>1\n<DOCUMENT>\n<TYPE>4\n<TEXT>\n",
    "page": f"<html><p>FORM 4</p><table><tr><td>1. {'<td>'.join(_CAPTIONS)}</tr>",
    "tabs": _FORM + "1. " + "\t".join(_CAPTIONS) + "\nCommon Stock\t",
    "pipes": _FORM + "| 1. " + " | ".join(_CAPTIONS) + " |\n|--|--|--|--|--|\n| Common Stock | ",
    "open rows": _FORM + "1\\. " + " | ".join(_CAPTIONS) + "\n---|---|---|---|---\nCommon Stock | ",
    "boxes": _FORM + "┌──┬──┐\n│ 1. " + " │ ".join(_CAPTIONS) + " │\n├──┼──┤\n",
    "columns": _FORM + "1. " + "      ".join(_CAPTIONS) + "\n\n",
    "paper": "FORM 4\n<TABLE>\n<CAPTION>\nTable I\n1. " + "|".join(_CAPTIONS) + "\n<S> <C> <C> <C>\n",
}
UNLIMITED: Final = ("nothing", "xml", "submission")
"""Beginnings of texts that are not rejected for their length before they are read."""

PIECES: Final = (
    *(
        "<",
        ">",
        "&",
        "|",
        "│",
        "+",
        "-",
        "─",
        "_",
        "*",
        "\\",
        "[",
        "]",
        "(",
        ")",
        "^",
        " ",
        "\t",
        "\n",
        ".",
        ",",
        "1",
        "a",
    ),
    *(
        "| ",
        " |\n",
        "│\n",
        "a  ",
        "a   b\n",
        "+--+\n",
        "---|",
        "| --- ",
        "[a](b",
        "[(1)](#F1)",
        "(1)",
        "⁽¹⁾",
        "$1,",
        "1. ",
        "1,",
        "- ",
        ": ",
        "$ ",
    ),
    *("<td>", "<tr><td>a", "<table>", "<sup>(1)</sup>", "<u>", "<S>", "<C>", "<a ", "<!--", "<value>", "<a/>", "&amp;"),
    *(
        "<DOCUMENT>\n",
        "Title of Security",
        "Table I\n",
        "(Last)",
        "Director ",
        "Explanation of Responses:\n",
        "Remarks:\n",
    ),
    *("1. Name and Address of Reporting Person\n", "Signature of Reporting Person\n", "[X] ", "__X__ ", "01/02/2024 "),
)


_END: Final = "x"
_KNOWN: Final = Hints(issuer=PartyHint(cik="0000000001"), owners=(PartyHint(cik="0000000002"),))
"""With known parties a text is read to its end, even if it does not name them."""


def seconds(text: str) -> tuple[float, str]:
    """Return the CPU time of parsing the text, and the outcome."""
    began = process_time()
    try:
        parse_filing(text, hints=_KNOWN, form_type="4")
    except InvalidFiling as refused:
        return process_time() - began, refused.code
    return process_time() - began, "read"


def main() -> None:
    """Parse every combination of beginning, piece and size."""
    found: list[tuple[float, str]] = []
    for name, beginning in BEGINNINGS.items():
        for piece in PIECES:
            for size in (LARGEST_RENDERING, TEN_MEGABYTES) if name in UNLIMITED else (LARGEST_RENDERING,):
                taken, outcome = seconds(beginning + piece * ((size - len(beginning) - 1) // len(piece)) + _END)
                found.append((taken, f"{name}, then {size:,} of {piece!r}: {outcome}"))
    found.sort(reverse=True)
    print(f"{len(found)} texts; the slowest (target: none over {TARGET_SECONDS:.0f} s)")
    for taken, what in found[:SHOWN]:
        print(f"  {taken:6.2f} s  {what}")
    sys.exit(found[0][0] > TARGET_SECONDS)


if __name__ == "__main__":
    main()
