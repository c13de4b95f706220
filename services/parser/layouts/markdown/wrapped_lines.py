"""Lines of markdown as they were before they were wrapped, or broke within the cells of a row."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_OPEN_RULE: Final = re.compile(r" {0,3}-{3,}(?: ?\| ?-{3,})+ *")
_HYPHEN: Final = re.compile(r"[^\W_][^\W\d_]-$")
_GOES_ON: Final = re.compile(r"(?!(?:and|or|to)\b)\w*[^\W\d_]")


def has_open_rule(lines: Iterable[str]) -> bool:
    """Whether a line is the rule of a table whose rows have no bars at their ends."""
    return any(_OPEN_RULE.fullmatch(line) for line in lines if "---" in line)


def unwrapped(lines: list[str]) -> Iterator[str]:
    """The lines as they were before they were wrapped: where line breaks have two spaces, a line without goes on."""
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
    """The lines, with each row that breaks within its cells on one: it begins with a bar, and ends where one ends it.

    A row that has a table within a cell stays as it is.
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
    """A paragraph's lines as one; headings stay apart, and so does the blank line that ends it."""
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
    """Wrapped lines as one: where a hyphen in a word ends a line, the word goes on, else there was a space."""
    parts: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        parts.append(line)
        if following and not (_HYPHEN.search(line[-3:]) and _GOES_ON.match(following)):
            parts.append(" ")
    return "".join(parts)
