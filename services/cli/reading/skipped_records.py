"""Records that are not events: readers for people pass over them, and say so once."""

import sys

from services.cli.render.safe_text import printable
from services.cli.render.wording import plural
from services.runtime.port import Record


class Skipped:
    """Counts the records that were passed over. The first is named on standard error at once, the count at the end."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, record: Record, why: str) -> None:
        """Pass over a record, for a reason."""
        self._count += 1
        if self._count == 1:
            sys.stderr.write(f"Skipped {record.location}: {printable(why)}\n")

    def end(self) -> None:
        """Say how many there were, if there were any."""
        if self._count:
            sys.stderr.write(f"{plural(self._count, 'record')} skipped.\n")
