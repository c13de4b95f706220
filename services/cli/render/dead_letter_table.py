"""Dead letters as a table; on a narrow terminal, as a few lines each."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from services.cli.render.screen import Screen
from services.cli.render.tables import Column, GrowingTable

_ID: Final = Column("Id", 16)
_WHEN: Final = Column("When", 20)
_REPLAYED: Final = Column("Replayed", 20)
_REST: Final = (Column("Subject"), Column("Error"))


class DeadLetterRow(NamedTuple):
    """The cells of one dead letter; `replayed` is empty if it was not replayed."""

    identity: str
    when: str
    replayed: str
    subject: str
    error: str


def print_dead_letters(screen: Screen, rows: Iterable[DeadLetterRow], *, with_replays: bool) -> None:
    """Print dead letters, one row each; `with_replays` adds the time of the replay."""
    table = GrowingTable(screen, (_ID, _WHEN, *([_REPLAYED] if with_replays else []), *_REST))
    for row in rows:
        if table.has_columns:
            replayed = (row.replayed,) if with_replays else ()
            table.add_rows([(row.identity, row.when, *replayed, row.subject, row.error)])
        else:
            replayed_at = f"  replayed {row.replayed}" if row.replayed else ""
            table.add_lines((f"{row.identity}  {row.when}{replayed_at}", row.subject, row.error))
