"""What the invariants need to know of the records in the topics, and no more: a long run has millions of them.

Records of one source carry what tells their cause: a report has its filing's trace, positions the offset of their
report, a dead letter the offset of its original.
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
"""The topics that the invariants are about."""
POISON: Final = "poison/"
"""How the keys of records begin that can never be processed, unless they have none."""


def is_poison(key: str) -> bool:
    """Whether a record with this key is not one of the story's."""
    return not key or key.startswith(POISON)


@dataclass(frozen=True, slots=True)
class Filing:
    """A record of filings: `trace` is its own, but for one published twice by the same publisher."""

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
    """A record of positions: the amount of an owner's position after a filing, and the offset of the report.

    `rebuilt` is set if it was computed from the transactions by a command.
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
class Stranger:
    """A record among the positions that holdings did not write."""

    partition: int
    offset: int
    key: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A record of alerts: the filing's account, what the ledger held before and holds now, and the lines traded."""

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
class Letter:
    """A dead letter: where its original is; partition and offset are -1 in a copy that its original is not part of."""

    topic: str
    partition: int
    offset: int


_NOT_COPIED: Final = "-1"

Sighting = tuple[int, int]
"""An offset, and a hash of the record that was seen there."""


@dataclass
class Log:
    """All there is in the topics at the end, in order within each partition.

    `strangers` are the foreign records among the positions, and `undeleted` the keys of those that still stand.
    `committed` and `ends` are by topic and partition: where the topic's group stands, and the high watermark.
    `found` is what a last reader finds at each offset; `seen` what a reader saw while it all happened.
    """

    filings: list[Filing] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    undeleted: set[str] = field(default_factory=set)
    foreign_alerts: int = 0
    committed: Mapping[tuple[str, int], int] = field(default_factory=dict)
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)
    found: dict[tuple[str, int], list[Sighting]] = field(default_factory=lambda: defaultdict(list))
    seen: Mapping[tuple[str, int], list[Sighting]] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Take in one record of a watched topic."""
        self.found[record.topic, record.partition].append(sighting(record))
        key = (record.key or b"").decode(errors="replace")
        if record.topic == FILINGS.name:
            self.filings.append(Filing(record.partition, record.offset, key, _trace(record)))
        elif record.topic == TRANSACTIONS.name:
            self.reports.append(_report(record, key))
        elif record.topic == POSITIONS.name:
            self._take_position(record, key)
        elif record.topic == ALERTS.name:
            if is_poison(key):
                self.foreign_alerts += 1
            else:
                self.alerts.append(_alert(record))
        elif not replayed_location(record):
            self.letters.append(_letter(record))

    def _take_position(self, record: Record, key: str) -> None:
        if not is_poison(key):
            self.updates.append(_update(record, key))
        elif record.value is None:
            self.undeleted.discard(key)
        else:
            self.strangers.append(Stranger(record.partition, record.offset, key))
            self.undeleted.add(key)


def sighting(record: Record) -> Sighting:
    """The record's offset, and a hash of all that it carries."""
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


def _letter(record: Record) -> Letter:
    headers = header_texts(record.headers)
    partition, offset = headers.get(f"{PREFIX}partition", _NOT_COPIED), headers.get(f"{PREFIX}offset", _NOT_COPIED)
    return Letter(headers[f"{PREFIX}topic"], int(partition), int(offset))


def _owner(event: dict[str, Any]) -> str:
    return positions_key(event["issuer"]["key"], event["owner"]["key"])


def _trace(record: Record) -> str:
    _, _, rest = header_texts(record.headers).get("traceparent", "").partition("-")
    return rest.partition("-")[0]
