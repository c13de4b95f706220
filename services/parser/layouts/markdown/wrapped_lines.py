"""Lines of markdown joined again: wrapped paragraphs, and rows that break within their cells."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_OPEN_RULE: Final = re.compile(r" {0,3}-{3,}(?: ?\| ?-{3,})+ *")
_HYPHEN: Final = re.compile(r"[^\W_][^\W\d_]-$")
_GOES_ON: Final = re.compile(r"(?!(?:and|or|to)\b)\w*[^\W\d_]")


def has_open_rule(lines: Iterable[str]) -> bool:
    """Return whether a line is the rule of a table whose rows have no bars at their ends.

    >>> has_open_rule(["---|---|---"])
    True
    """
    return any(_OPEN_RULE.fullmatch(line) for line in lines if "---" in line)


def unwrapped(lines: list[str]) -> Iterator[str]:
    """Return the lines as they were before they were wrapped: a line without two spaces at its end continues.

    >>> list(unwrapped(["---|---  ", "A note that", "continues.  "]))
    ['---|---  ', 'A note that continues.  ']
    """
    if not has_open_rule(line for line in lines if line.endswith("  ")):
        yield from lines
        return
    begun: list[str] = []
    for line in lines:
        begun.append(line)
        if line.endswith("  ") or line.startswith("#") or not line.strip():
            yield from _joined(begun)
            begun = []
    yield from _joined(begun)


def whole_rows(lines: list[str]) -> Iterator[str]:
    """Return the lines, with each row that breaks within its cells on one line, from its first bar to its last.

    A row with a table within a cell stays as it is.

    >>> list(whole_rows(["| a", "b |"]))
    ['| a b |']
    """
    begun: list[str] = []
    for line in lines:
        if begun and line.startswith("|"):
            yield from begun
            begun = []
        if begun or (line.startswith("|") and not line.endswith("|")):
            begun.append(line)
            if line.endswith("|"):
                yield " ".join(begun)
                begun = []
        else:
            yield line
    yield from begun


def _joined(lines: list[str]) -> Iterator[str]:
    """Return a paragraph's lines as one. Headings stay apart, and so does the blank line that ends it."""
    if not lines:
        return
    *words, last = lines
    if last.strip():
        yield _unwrapped(lines)
        return
    if words:
        yield _unwrapped(words)
    yield last


def _unwrapped(lines: list[str]) -> str:
    """Return wrapped lines as one: without a space if a hyphen within a word ends a line, else with one."""
    parts: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        parts.append(line)
        if following and not (_HYPHEN.search(line[-3:]) and _GOES_ON.match(following)):
            parts.append(" ")
    return "".join(parts)
