"""A stored filing, decoded, with its entry in the tape and its row. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.codec import decode
from contracts.structs import HoldingChanged, TransactionsReported
from services.gateway.page.entry_row import row_of
from services.gateway.page.tape_view import Row
from services.gateway.tape_entry import TapeEntry, tape_entry


@dataclass(frozen=True, slots=True)
class FilingView:
    """A filing as the pages use it."""

    entry: TapeEntry
    row: Row
    reports: tuple[TransactionsReported, ...]


def filing_view(alerts: Sequence[bytes], reports: Iterable[bytes]) -> FilingView:
    """Return a filing of its encoded alerts, of which there is at least one, and its encoded reports."""
    decoded = tuple(decode(event, TransactionsReported) for event in reports)
    entry = tape_entry([decode(event, HoldingChanged) for event in alerts])
    return FilingView(entry, row_of(entry), decoded)
