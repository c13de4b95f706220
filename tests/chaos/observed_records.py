"""The parts of the records that the invariants need, and no more: a long run has millions of records.

Each record identifies its cause: a report has its filing's trace, positions have the offset of their report, and a dead
letter has the offset of its original.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from contracts.envelope import header_texts
from contracts.topics import (
    ALERTS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    POSITIONS,
    TRANSACTIONS,
    positions_key,
)
from services.holdings.processor import REBUILT_HEADER, SOURCE_OFFSET_HEADER
from services.runtime.dead_letters import PREFIX, replayed_location
from services.runtime.port import Record

WATCHED: Final = (FILINGS, TRANSACTIONS, POSITIONS, ALERTS, PARSER_DEAD_LETTERS, HOLDINGS_DEAD_LETTERS)
"""The topics that the invariants cover."""
POISON: Final = "poison/"
"""Key prefix of records that cannot be processed, unless they have no key."""


def is_poison(key: str) -> bool:
    """Return whether a record with this key is not part of the timeline."""
    return not key or key.startswith(POISON)


@dataclass(frozen=True, slots=True)
class Filing:
    """A record of filings. Traces are unique, except for a filing sent twice by the same publisher."""

    partition: int
    offset: int
    key: str
    trace: str


@dataclass(frozen=True, slots=True)
class Report:
    """A record of transactions: one owner's part of one filing. `owner` is the key of the owner's positions.

    `lines` are the numbers of its transaction lines.
    """

    partition: int
    offset: int
    key: str
    filing_id: str
    owner: str
    trace: str
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """A record of positions: the owner's amounts after a filing, and the offset of the report.

    `rebuilt` is set if a command computed it from the transactions.
    """

    partition: int
    offset: int
    owner: str
    version: int
    filing_id: str
    amounts: tuple[Decimal, ...]
    source_offset: int
    rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class ForeignPosition:
    """A record among the positions that holdings did not write."""

    partition: int
    offset: int
    key: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A record of alerts: amounts as filed, the ledger's amounts before and now, and the lines traded."""

    alert_id: str
    owner: str
    filing_id: str
    kind: str
    before: Decimal | None
    after: Decimal | None
    ledger_before: Decimal | None
    current: Decimal | None
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter with the position of its original; -1 if the original was not copied by a repartition."""

    topic: str
    partition: int
    offset: int


_NOT_COPIED: Final = "-1"

Sighting = tuple[int, int]
"""An offset, and a hash of the record that was read there."""


@dataclass
class Log:
    """The contents of all topics at the end, in order within each partition.

    Attributes:
        foreign_positions: the foreign records among the positions.
        undeleted: the keys of foreign positions that have not been deleted.
        committed: the offset of the topic's group, by topic and partition.
        ends: the high watermark, by topic and partition.
        found: the records at the end of the run, by topic and partition.
        seen: the records that an observer read during the run.
    """

    filings: list[Filing] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    foreign_positions: list[ForeignPosition] = field(default_factory=list)
    undeleted: set[str] = field(default_factory=set)
    foreign_alerts: int = 0
    committed: Mapping[tuple[str, int], int] = field(default_factory=dict)
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)
    found: dict[tuple[str, int], list[Sighting]] = field(default_factory=lambda: defaultdict(list))
    seen: Mapping[tuple[str, int], list[Sighting]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Add one record of a watched topic."""
        self.found[record.topic, record.partition].append(sighting(record))
        key = (record.key or b"").decode(errors="replace")
        if record.topic == FILINGS.name:
            self.filings.append(Filing(record.partition, record.offset, key, _trace(record)))
        elif record.topic == TRANSACTIONS.name:
            self.reports.append(_report(record, key))
        elif record.topic == POSITIONS.name:
            self._add_position(record, key)
        elif record.topic == ALERTS.name:
            if is_poison(key):
                self.foreign_alerts += 1
            else:
                self.alerts.append(_alert(record))
        elif not replayed_location(record):
            self.dead_letters.append(_dead_letter(record))

    def _add_position(self, record: Record, key: str) -> None:
        if not is_poison(key):
            self.updates.append(_update(record, key))
        elif record.value is None:
            self.undeleted.discard(key)
        else:
            self.foreign_positions.append(ForeignPosition(record.partition, record.offset, key))
            self.undeleted.add(key)


def sighting(record: Record) -> Sighting:
    """Return the record's offset and a hash of its key, value and headers."""
    digest = hashlib.blake2b(repr((record.key, record.value, record.headers)).encode(), digest_size=8)
    return record.offset, int.from_bytes(digest.digest(), "big")


def _report(record: Record, key: str) -> Report:
    report = {} if is_poison(key) else json.loads(record.value or b"{}")
    return Report(
        record.partition,
        record.offset,
        key,
        filing_id=report.get("filing", {}).get("filing_id", ""),
        owner=_owner(report) if report else "",
        trace=_trace(record),
        lines=tuple(line["line"] for line in report.get("transactions", ())),
    )


def _update(record: Record, key: str) -> Update:
    update = json.loads(record.value or b"{}")
    headers = header_texts(record.headers)
    return Update(
        record.partition,
        record.offset,
        key,
        version=update["version"],
        filing_id=update["updated_by"],
        amounts=tuple(Decimal(position["shares"]) for position in update["positions"]),
        source_offset=int(headers[SOURCE_OFFSET_HEADER]),
        rebuilt=REBUILT_HEADER in headers,
    )


def _alert(record: Record) -> Alert:
    alert = json.loads(record.value or b"{}")
    return Alert(
        alert["alert_id"],
        _owner(alert),
        alert["filing"]["filing_id"],
        alert["kind"],
        before=_number(alert["before"]),
        after=_number(alert["after"]),
        ledger_before=_number(alert["ledger_before"]),
        current=_number(alert["current"]),
        lines=tuple(line for entry in alert["trades"] for line in entry["lines"]),
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _dead_letter(record: Record) -> DeadLetter:
    headers = header_texts(record.headers)
    partition, offset = headers.get(f"{PREFIX}partition", _NOT_COPIED), headers.get(f"{PREFIX}offset", _NOT_COPIED)
    return DeadLetter(headers[f"{PREFIX}topic"], int(partition), int(offset))


def _owner(event: dict[str, Any]) -> str:
    return positions_key(event["issuer"]["key"], event["owner"]["key"])


def _trace(record: Record) -> str:
    _, _, rest = header_texts(record.headers).get("traceparent", "").partition("-")
    return rest.partition("-")[0]
