"""Owners whose name and address a converter joined on one line, divided again by the cover's block of the first owner.

The cover has the first owner's name, streets and city apart, its two streets with a comma between them. The owners'
table has them all, without the comma. A division that both agree on is certain. So is the name before an address that
is known in full.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import collapse_whitespace
from services.parser.form.blocks import Text, display_text, plain_text
from services.parser.form.phrases import CITY, FIRST_NAME, LAST_NAME, MIDDLE_NAME, STREET

_LONGEST: Final = 600
_CARE_OF: Final = "C/O "
_STREET_WORD: Final = re.compile(
    r"[0-9]|\b(?:box|street|st|avenue|ave|road|rd|drive|dr|lane|boulevard|blvd|suite|floor|plaza|way|court|square|place"
    r"|parkway|center)\b",
    re.IGNORECASE,
)
"""A word of a street, and hardly of a name. If such words stand before `C/O`, they may be either."""

_FULL: Final = 3
"""Lines of an address with both streets: only a name can stand before it."""


def divide_owners(cells: Sequence[Text], cover_block: Text) -> Iterator[list[str] | None]:
    r"""Return each owner's lines: name, one or two streets, city; None if they cannot be separated.

    If only the name is certain, it is the only line. `cover_block` is the first owner's block of the cover.

    >>> cover = "Name and Address of Reporting Person\nDOE JANE (Last)\n1 MAIN ST (Street)\nAUSTIN TX 78701 (City)"
    >>> list(divide_owners(["DOE JANE 1 MAIN ST AUSTIN TX 78701"], cover))
    [['DOE JANE', '1 MAIN ST', 'AUSTIN TX 78701']]
    """
    flat = list(map(plain_text, cells))
    as_on_cover = [_as_on_cover(text, cover_block) for text in flat]
    addresses = [lines[1:] for lines in as_on_cover if lines]
    for text, lines in zip(flat, as_on_cover, strict=True):
        yield lines or _after_name(text, addresses[:1])


def _as_on_cover(text: str, block: Text) -> list[str] | None:
    """Return the lines of the cover's owner, if exactly one division of its streets makes up the text."""
    before, _, rest = display_text(block).partition(LAST_NAME)
    name = collapse_whitespace(before.partition("Person")[2].lstrip(" *"))
    streets, _, rest = rest.replace(FIRST_NAME, "").replace(MIDDLE_NAME, "").partition(STREET)
    whole, city = collapse_whitespace(streets), collapse_whitespace(rest.partition(CITY)[0])
    if not (name and city) or len(text) > _LONGEST:
        return None
    commas = [at for at in range(len(whole)) if whole.startswith(", ", at)]
    divisions = [[whole] if whole else [], *([whole[:at], whole[at + 2 :]] for at in commas)]
    candidates = [[name, *lines, city] for lines in divisions]
    matching = [lines for lines in candidates if text in _run_together(lines)]
    return matching[0] if len(matching) == 1 else None


def _run_together(lines: Sequence[str]) -> tuple[str, str]:
    """Return the lines as converters join them: with a space for each break, or with nothing."""
    return " ".join(lines), "".join(lines)


def _after_name(text: str, addresses: Sequence[list[str]]) -> list[str] | None:
    """Return another owner's lines: with the first owner's address if it is that, else the name before `C/O`."""
    for address in addresses:
        ends = [end for end in _run_together(["", *address]) if text.endswith(end)]
        head = text.removesuffix(ends[0]) if ends else ""
        if not head:
            continue
        name, care_of, street = head.partition(_CARE_OF)
        if not care_of and len(address) == _FULL:
            return [head, *address]
        if care_of and len(address) == _FULL - 1:
            return [name.rstrip(), _CARE_OF + street, *address]
    name, care_of, _ = text.partition(_CARE_OF)
    return [name.rstrip()] if care_of and name and not _STREET_WORD.search(name) else None
