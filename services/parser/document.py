"""The raw text of a filing, under the names of the contract: the output of every reader, the normalizer's input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from contracts.codes import DiagnosticCode
from contracts.enumerations import SourceFormat, Table
from contracts.structs import Diagnostic

Item = TypeVar("Item")

_LONGEST_RAW: Final = 200

Problem = tuple[str, str | None, str]
"""A value that a reader could not determine: diagnostic code, field (None: the whole section) and raw text."""


@dataclass(slots=True)
class RawLine:
    """One row of Table I or II.

    `values` maps a contract field name to its text, never empty and without footnote markers; `footnotes` maps a
    field name to the ids it cites. `problems` are cells that a reader could not assign to a field.
    """

    table: Table
    is_transaction: bool
    values: dict[str, str] = field(default_factory=dict)
    footnotes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class RawOwner:
    """One reporting owner: contract field names to text, and values that a reader could not determine."""

    values: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class RawDocument:
    """An ownership document, whatever its format. Signatures are pairs of name and date.

    `unread_owners` counts owners that the document has besides `owners`, but whose names cannot be read.
    """

    source_format: SourceFormat
    filing: dict[str, str] = field(default_factory=dict)
    issuer: dict[str, str] = field(default_factory=dict)
    owners: list[RawOwner] = field(default_factory=list)
    unread_owners: int = 0
    lines: list[RawLine] = field(default_factory=list)
    footnotes: dict[str, str] = field(default_factory=dict)
    signatures: list[tuple[str | None, str | None]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, code: DiagnosticCode, raw: str, *, field: str | None = None) -> None:
        """Add a diagnostic with the beginning of a raw text, on one line."""
        self.diagnostics.append(Diagnostic(code=code, field=field, raw=collapse_whitespace(raw)[:_LONGEST_RAW]))


def diagnosed(problems: Iterable[Problem], path: str) -> list[Diagnostic]:
    """Return the diagnostics of problems with the section of an event at `path`.

    >>> from contracts.codes import DiagnosticCode
    >>> diagnosed([(DiagnosticCode.MALFORMED_NUMBER, "shares", "many")], "transactions[0]")[0].field
    'transactions[0].shares'
    """
    return [
        Diagnostic(code=code, field=f"{path}.{name}".strip(".") if name else path or None, raw=raw)
        for code, name, raw in problems
    ]


def without_last_empty(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items without empty ones at the end.

    >>> without_last_empty(["a", "", "b", ""])
    ['a', '', 'b']
    """
    end = len(items)
    while end and not items[end - 1]:
        end -= 1
    return items[:end]


def collapse_whitespace(text: str) -> str:
    r"""Return the text with runs of white space made one space, and none at its ends.

    >>> collapse_whitespace(" Common\n  Stock")
    'Common Stock'
    """
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text  # as most texts are: no white space is printable except the space
    return " ".join(text.split())
