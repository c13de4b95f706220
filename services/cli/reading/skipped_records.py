"""Skips records that are not events, and reports the first and the total."""

import sys

from services.runtime.port import Record
from services.section16.safe_text import printable
from services.section16.wording import plural


class Skipped:
    """Counts skipped records. The first is reported on standard error at once, the total at the end."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, record: Record, why: str) -> None:
        """Count a skipped record."""
        self._count += 1
        if self._count == 1:
            sys.stderr.write(f"Skipped {record.location}: {printable(why)}\n")

    def end(self) -> None:
        """Report the total, if any were skipped."""
        if self._count:
            sys.stderr.write(f"{plural(self._count, 'record')} skipped.\n")
