"""Counts of what a run has processed."""

from typing import Final

from contracts.topics import ALERTS, DEAD_LETTERS, PARSER_DEAD_LETTERS, TRANSACTIONS, WATCHER_DEAD_LETTERS
from services.runtime.dead_letters import replayed_location
from services.runtime.port import Record
from services.section16.wording import plural

COUNTED_TOPICS: Final = (TRANSACTIONS, ALERTS, *DEAD_LETTERS)

_UNPARSED: Final = frozenset({WATCHER_DEAD_LETTERS.name, PARSER_DEAD_LETTERS.name})


class Counts:
    """Counts of filings parsed, alerts and dead letters."""

    def __init__(self) -> None:
        self.filings = 0
        self.alerts = 0
        self.dead_letters = 0
        self.unparsed = 0
        self._last_filing: dict[tuple[str, int], bytes | None] = {}

    def take(self, record: Record) -> None:
        """Count a record of `COUNTED_TOPICS`. Consecutive events of a joint filing count as one filing."""
        if replayed_location(record):
            return  # a marker among the dead letters
        if record.topic == ALERTS.name:
            self.alerts += 1
        elif record.topic == TRANSACTIONS.name:
            filing_id = dict(record.headers).get("ce_subject")
            partition = (record.topic, record.partition)
            self.filings += filing_id != self._last_filing.get(partition, b"")
            self._last_filing[partition] = filing_id
        else:
            self.dead_letters += 1
            self.unparsed += record.topic in _UNPARSED

    @property
    def any(self) -> bool:
        """Whether anything was counted."""
        return bool(self.filings or self.alerts or self.dead_letters)

    def __str__(self) -> str:
        return (
            f"{plural(self.filings, 'filing')} parsed, {plural(self.alerts, 'alert')}, "
            f"{plural(self.dead_letters, 'dead letter')}"
        )
