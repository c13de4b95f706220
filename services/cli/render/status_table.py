"""The status of an installation as three short tables: services, sources and topics, each within 80 columns."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from services.cli.render.screen import Screen
from services.cli.render.tables import fit_widths, lay_out, styled, wrap
from services.section16.safe_text import printable

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "service": ("Service", "State", "Members", "Partitions", "Lag", "Dead letters"),
    "source": ("Source", "Latest"),
    "topic": ("Topic", "Records", "Latest"),
}
"""The headings of each kind of row, in the order in which an operator needs them."""

_RIGHT: Final = frozenset({"Members", "Partitions", "Lag", "Dead letters", "Records"})
_INDENT: Final = 2


class StatusRow(Protocol):
    """A row of the status: its cells under the headings of its kind, and notes below it."""

    @property
    def kind(self) -> str:
        """Kind of the row: service, source or topic."""

    @property
    def cells(self) -> tuple[str, ...]:
        """One cell per heading."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What else there is to know."""

    @property
    def needs_attention(self) -> bool:
        """Whether an operator has to act."""


def print_status(screen: Screen, rows: Sequence[StatusRow]) -> None:
    """Print the rows by kind; those that need attention are red on a terminal with colours."""
    blocks = [_block(screen, kind, [row for row in rows if row.kind == kind]) for kind in HEADINGS]
    screen.write("\n".join("".join(f"{line}\n" for line in block) for block in blocks if block))


def _block(screen: Screen, kind: str, rows: Sequence[StatusRow]) -> list[str]:
    """Return the lines of one table; none without rows."""
    if not rows:
        return []
    headings = HEADINGS[kind]
    widths = fit_widths([headings, *(row.cells for row in rows)], screen.width)
    rights = [heading in _RIGHT for heading in headings]
    lines = _in_style(screen, lay_out(headings, widths, rights), "bold")
    for row in rows:
        style = "red" if row.needs_attention else ""
        lines += _in_style(screen, lay_out(row.cells, widths, rights), style)
        lines += _in_style(screen, [line for note in row.notes for line in _note(screen, note)], style or "dim")
    return lines


def _note(screen: Screen, note: str) -> list[str]:
    return [" " * _INDENT + line for line in wrap(printable(note), screen.width - _INDENT)]


def _in_style(screen: Screen, lines: Sequence[str], style: str) -> list[str]:
    return list(styled(lines, style) if screen.has_colours else lines)
