"""Owners whose name and address a converter ran together on one line: parted again by what the cover says of the first.

The cover has the first owner's name, streets and city apart, its two streets with a comma between them; the owners'
table has them all, and no comma. What both agree on is told; so is the name before an address that is known in full.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from services.parser.document import folded
from services.parser.form.blocks import said, shown

_LONGEST: Final = 600
_CARE_OF: Final = "C/O "
_OF_STREET: Final = re.compile(
    r"[0-9]|\b(?:box|street|st|avenue|ave|road|rd|drive|dr|lane|boulevard|blvd|suite|floor|plaza|way|court|square|place"
    r"|parkway|center)\b",
    re.IGNORECASE,
)
"""What a street has, and hardly a name: words before `C/O` that have it may be both."""

_FULL: Final = 3
"""Lines of an address that has both its streets, and so leaves nothing but a name before it."""


def parted(cells: Sequence[str], cover_block: str) -> Iterator[list[str] | None]:
    """For each owner's cell, its lines: name, one or two streets, city; None where they cannot be told apart.

    Where the name alone can be told, the list holds no more. `cover_block` is the first owner's block of the cover.
    """
    flat = list(map(said, cells))
    of_cover = [_as_on_cover(text, cover_block) for text in flat]
    addresses = [lines[1:] for lines in of_cover if lines]
    for text, lines in zip(flat, of_cover, strict=True):
        yield lines or _named(text, addresses[:1])


def _as_on_cover(text: str, block: str) -> list[str] | None:
    before, _, rest = shown(block).partition("(Last)")
    name = folded(before.partition("Person")[2].lstrip(" *"))
    streets, _, rest = rest.replace("(First)", "").replace("(Middle)", "").partition("(Street)")
    whole, city = folded(streets), folded(rest.partition("(City)")[0])
    if not (name and city) or len(text) > _LONGEST:
        return None
    commas = [at for at in range(len(whole)) if whole.startswith(", ", at)]
    splits = [[whole] if whole else [], *([whole[:at], whole[at + 2 :]] for at in commas)]
    ways = [[name, *lines, city] for lines in splits]
    ways = [lines for lines in ways if text in _run_together(lines)]
    return ways[0] if len(ways) == 1 else None


def _run_together(lines: Sequence[str]) -> tuple[str, str]:
    """The lines as converters run them together: with a space for each break, or with nothing."""
    return " ".join(lines), "".join(lines)


def _named(text: str, addresses: Sequence[list[str]]) -> list[str] | None:
    """Another owner's lines: of the first owner's address, where it is that, else up to where one begins for sure."""
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
    return [name.rstrip()] if care_of and name and not _OF_STREET.search(name) else None
