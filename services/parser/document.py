"""What every reader yields and the normalizer takes: a filing's raw text, under the names of the contract."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.enumerations import SourceFormat, Table
from contracts.transactions_reported import Diagnostic

Problem = tuple[str, str | None, str]
"""What a reader could not tell: the diagnostic's code, the field (None: the whole part) and the raw text."""


@dataclass(slots=True)
class RawLine:
    """One row of Table I or II.

    `values` maps a contract field name to its text, never empty and without footnote markers; `footnotes` maps a
    field name to the ids it cites. `problems` are cells a reader could not place.
    """

    table: Table
    is_transaction: bool
    values: dict[str, str] = field(default_factory=dict)
    footnotes: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class RawOwner:
    """One reporting owner: contract field names to text, and what a reader could not tell of the owner."""

    values: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class RawDocument:
    """An ownership document, whatever its dress. Signatures are pairs of name and date."""

    source_format: SourceFormat
    filing: dict[str, str] = field(default_factory=dict)
    issuer: dict[str, str] = field(default_factory=dict)
    owners: list[RawOwner] = field(default_factory=list)
    lines: list[RawLine] = field(default_factory=list)
    footnotes: dict[str, str] = field(default_factory=dict)
    signatures: list[tuple[str | None, str | None]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def diagnosed(problems: Iterable[Problem], path: str) -> list[Diagnostic]:
    """The diagnostics of problems that a reader had with the part of an event at `path`."""
    return [
        Diagnostic(code=code, field=f"{path}.{name}".strip(".") if name else path or None, raw=raw)
        for code, name, raw in problems
    ]


def collapse_whitespace(text: str) -> str:
    """The text with runs of white space made one space, and none at its ends."""
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text  # as most texts are: all white space but the space is unprintable
    return " ".join(text.split())
