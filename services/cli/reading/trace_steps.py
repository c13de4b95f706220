"""The path of one filing through the topics, as steps in order of time. Pure: records in, steps out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from msgspec import Struct

from contracts.base import Contract, utc_text
from contracts.codec import decode
from contracts.envelope import delivery_of, header_texts
from contracts.errors import InvalidEvent
from contracts.filing_published import FilingPublished
from contracts.structs import HoldingChanged, PositionsUpdated, TransactionsReported
from contracts.topics import (
    ALERTS,
    DEAD_LETTERS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    POSITIONS,
    TRANSACTIONS,
    WATCHER_CURSOR,
    WATCHER_DEAD_LETTERS,
)
from services.cli.render.wording import issuer_name, security
from services.runtime.dead_letters import PREFIX, replayed_location
from services.runtime.port import Record
from services.section16.wording import plural

E = TypeVar("E", bound=Contract | Struct)

_ORDER: Final = ("waiting", "seen", "published", "dead", "parsed", "positions", "alert")
_DEAD: Final = frozenset(topic.name for topic in DEAD_LETTERS)
_EVENTS: Final[dict[str, type[Struct]]] = {
    TRANSACTIONS.name: TransactionsReported,
    POSITIONS.name: PositionsUpdated,
    ALERTS.name: HoldingChanged,
}
_SOURCES: Final = {
    "edgar-current": "in EDGAR's feed",
    "edgar-index": "in an index of EDGAR",
    "edgar-bulk": "in an archive of EDGAR",
    "directory": "in a directory",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a trace: a filing by its id, a file by its URI, or both."""

    filing_id: str | None
    uri: str | None = None

    def __str__(self) -> str:
        return " ".join(each for each in (self.filing_id, self.uri) if each)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the filing: its name, the record of it, a description, and facts for programs."""

    name: str
    record: Record
    words: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def time(self) -> datetime | None:
        """When it was written."""
        return self.record.time

    def as_json(self) -> dict[str, object]:
        """Return the step as a JSON object."""
        return {
            "step": self.name,
            "time": utc_text(self.time) if self.time else None,
            "topic": self.record.log_topic,
            "partition": self.record.partition,
            "offset": self.record.offset,
            **self.facts,
        }


class Trace:
    """Collects the records about the filing; the records of each topic must be taken in order.

    `skip` is called with each record that seems to concern the filing but is not an event, and with the reason.
    """

    def __init__(self, subject: Subject, skip: Callable[[Record, str], None]) -> None:
        self.subject = subject
        self.title = str(subject)
        self._id = (subject.filing_id or "").encode()
        self._skip = skip
        self._steps: list[Step] = []
        self._books: dict[bytes, tuple[Record, PositionsUpdated]] = {}
        self._dead_letters: list[Record] = []
        self._put_back: set[tuple[str, int, int]] = set()
        self._published: list[Record] = []

    def take(self, record: Record) -> None:
        """Add the next record."""
        if record.topic == WATCHER_CURSOR.name:
            self._take_cursor(record)
        elif record.topic in _DEAD:
            self._take_dead_letter(record)
        elif record.topic == FILINGS.name:
            if self._id and record.key == self._id:
                self._take_published(record)
        elif self._id and self._id in (record.value or b""):
            if (event := self._event(record, _EVENTS[record.topic])) is not None:
                self._take_event(record, event)
        elif record.topic == POSITIONS.name:
            self._books.pop(record.key or b"", None)

    def steps(self) -> list[Step]:
        """Return the steps in order of time; simultaneous ones in pipeline order."""
        found = [*self._steps, *map(self._dead, self._dead_letters), *self._later_books()]
        return sorted(found, key=lambda step: (step.record.timestamp_ms, _ORDER.index(step.name), step.record.offset))

    @property
    def outcome(self) -> str:
        """The current state of the filing, in one sentence."""
        steps = self.steps()
        names = [step.name for step in steps]
        dead = [step for step in steps if step.name == "dead" and not step.facts["replayed"]]
        if dead:
            return f"It is among the dead letters: `insidertape dlq show {dead[-1].facts['letter']}` prints it."
        if "parsed" not in names:
            if "published" in names:
                return "It is published but not parsed yet."
            return (
                "It is waiting to be fetched from EDGAR." if "waiting" in names else "It was seen but is not published."
            )
        owners = {str(step.facts["owner"]) for step in steps if step.name == "parsed"}
        entered = {str(step.facts["owner"]) for step in steps if step.name in {"positions", "alert"}}
        if missing := sorted(owners - entered):
            return f"It is parsed but not yet in the positions of {', '.join(missing)}."
        return f"It is in the positions, with {plural(names.count('alert'), 'alert')}."

    def _take_cursor(self, record: Record) -> None:
        source, _, what = (record.key or b"").decode("utf-8", "replace").partition("|")
        entry, wanted = _json_object(record.value), self.subject.filing_id
        if entry is None:
            return
        if source == "directory" and (what == self.subject.uri or (wanted and entry.get("filing_id") == wanted)):
            self._add("seen", record, f"by the watcher: {what}", source="directory", path=what)
        elif source == "edgar" and what == wanted:
            self._take_pending(record, entry)
        elif source == "edgar-backfill" and wanted in (entry.get("filings") or {}):
            day = entry.get("day")
            self._add("seen", record, f"by a backfill of {day}", source="edgar-backfill", filed_on=day)

    def _take_pending(self, record: Record, entry: Mapping[str, Any]) -> None:
        """Add the EDGAR watcher's cursor entry: the filing is pending or published."""
        if "published" in entry:
            day = entry["published"]
            self._add("seen", record, f"by the watcher: in EDGAR, filed on {day}", source="edgar", filed_on=day)
            return
        found = _SOURCES.get(str(entry.get("source")), "in EDGAR")
        facts = {name: entry.get(name) for name in ("source", "path", "seen_at", "accepted_at")}
        self._add("waiting", record, f"found {found}, not fetched yet: {entry.get('path')}", **facts)

    def _take_published(self, record: Record) -> None:
        self._published.append(record)
        filing = self._event(record, FilingPublished)
        if filing is None:
            return
        found = _SOURCES[filing.source]
        words = f"found {found}: {filing.source_url or 'no address'}"
        delivery = delivery_of(record.headers)
        self._add(
            "published",
            record,
            f"{words} (backfill)" if delivery == "backfill" else words,
            filing_id=filing.filing_id,
            source=filing.source,
            source_url=filing.source_url,
            delivery=delivery,
            observed_at=utc_text(filing.observed_at),
            accepted_at=utc_text(filing.accepted_at) if filing.accepted_at else None,
        )

    def _take_dead_letter(self, letter: Record) -> None:
        """Add a dead letter of the filing or of its file, or a marker of a replay."""
        if address := replayed_location(letter):
            self._put_back.add((letter.topic, *address))
            return
        keys = {each.encode() for each in (self.subject.filing_id, self.subject.uri) if each}
        if letter.topic == HOLDINGS_DEAD_LETTERS.name:
            filing = (_json_object(letter.value) or {}).get("filing") if self._id in (letter.value or b"") else None
            about = bool(self._id) and isinstance(filing, dict) and filing.get("filing_id") == self.subject.filing_id
        else:
            about = letter.key in keys
        if about:
            self._dead_letters.append(letter)

    def _take_event(self, record: Record, event: Struct) -> None:
        if isinstance(event, PositionsUpdated):
            if self.subject.filing_id in event.applied_filings:
                self._books[record.key or b""] = (record, event)
            if event.updated_by == self.subject.filing_id:
                self._add_version(record, event)
        elif isinstance(event, TransactionsReported) and event.filing.filing_id == self.subject.filing_id:
            self._take_report(record, event)
        elif isinstance(event, HoldingChanged) and event.filing.filing_id == self.subject.filing_id:
            words = f"{event.owner.name or event.owner.key}: {event.kind}, {security(event.position)}"
            facts = {"kind": event.kind, "position_id": event.position.position_id, "alert_id": event.alert_id}
            self._add("alert", record, words, owner=event.owner.key, security=event.position.security_title, **facts)

    def _take_report(self, record: Record, report: TransactionsReported) -> None:
        filing = report.filing
        original = filing.date_of_original_submission
        amends = f", which amends a filing of {original}" if original and filing.form_type.endswith("/A") else ""
        self.title = f"Form {filing.form_type} of {issuer_name(report.issuer)}: {filing.filing_id}{amends}"
        lines = f"{plural(len(report.transactions), 'transaction')}, {plural(len(report.holdings), 'holding')}"
        self._add(
            "parsed",
            record,
            f"{report.owner.name or report.owner.key}: {lines}",
            owner=report.owner.key,
            owner_name=report.owner.name,
            issuer=report.issuer.key,
            form_type=filing.form_type,
            amends_filing_of=str(original) if original else None,
            transactions=len(report.transactions),
            holdings=len(report.holdings),
        )

    def _add_version(self, record: Record, book: PositionsUpdated) -> None:
        words = f"{book.owner.name or book.owner.key}: made version {book.version}"
        key = (record.key or b"").decode("utf-8", "replace")
        self._add("positions", record, words, owner=book.owner.key, key=key, version=book.version)

    def _later_books(self) -> list[Step]:
        """Return a step for each book that includes the filing but whose record of that version was compacted away."""
        known = {step.record.key for step in self._steps if step.name == "positions"}
        return [
            Step(
                "positions",
                record,
                f"{book.owner.name or book.owner.key}: counted; now version {book.version}, made by {book.updated_by}",
                {"owner": book.owner.key, "key": key.decode("utf-8", "replace"), "version": book.version},
            )
            for key, (record, book) in self._books.items()
            if record.key not in known
        ]

    def _dead(self, letter: Record) -> Step:
        texts = header_texts(letter.headers)
        message = texts.get(f"{PREFIX}exception.message") or letter.unreadable or "no reason given"
        code = message.partition(":")[0]
        service = letter.topic.removesuffix(".dlq.v1").rpartition(".")[2]
        replayed = self._is_replayed(letter)
        identity = f"{service}/{letter.partition}/{letter.offset}"
        words = f"rejected by {service} ({identity}): {message}{'; replayed since' if replayed else ''}"
        facts = {"service": service, "letter": identity, "code": code, "reason": message, "replayed": replayed}
        return Step("dead", letter, words, facts)

    def _is_replayed(self, letter: Record) -> bool:
        """Return whether the dead letter was replayed: it has a marker, or the record was published again later."""
        if (letter.topic, letter.partition, letter.offset) in self._put_back:
            return True
        later = [record for record in self._published if record.timestamp_ms > letter.timestamp_ms]
        if letter.topic == WATCHER_DEAD_LETTERS.name:
            return False
        if letter.topic == HOLDINGS_DEAD_LETTERS.name:
            reports = [step.record for step in self._steps if step.name == "parsed"]
            later = [record for record in reports if record.timestamp_ms > letter.timestamp_ms]
        return bool(later)

    def _add(self, name: str, record: Record, words: str, **facts: object) -> None:
        self._steps.append(Step(name, record, words, facts))

    def _event(self, record: Record, event_type: type[E]) -> E | None:
        """Return the event of a record; None if it does not contain one."""
        if record.unreadable:
            self._skip(record, record.unreadable)
            return None
        try:
            return decode(record.value, event_type)
        except InvalidEvent as error:
            self._skip(record, error.message)
            return None


def _json_object(value: bytes | None) -> dict[str, Any] | None:
    """Return the JSON object in the bytes; None if they are not one."""
    try:
        found: object = json.loads(value or b"null")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
