"""`insidertape status`: the status of sources, services and topics.

`collect` reads the facts without joining any group; `status_rows` builds the rows and is pure.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from contracts.base import utc_text
from contracts.topics import DEAD_LETTERS, POSITIONS, TOPICS, WATCHER_CURSOR, WATCHER_DEAD_LETTERS
from services.cli.render.screen import Screen
from services.cli.render.status_table import print_status
from services.cli.render.wording import NONE
from services.cli.wiring.storage import Storage, open_engine
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.engine import Engine
from services.runtime.port import Record
from services.runtime.status import Count, GroupStatus, TopicStatus
from services.section16.safe_text import escaped
from services.section16.wording import plural
from services.watcher.directory_source import CURSOR_KEY as DIRECTORY
from services.watcher.edgar import backfill_state
from services.watcher.edgar import pending as edgar_pending

_SECONDS_PER_BOOK: Final = 60e-6
"""Time to restore one book: 24 µs to process it, as much to fetch it, and a margin for slower machines.

For example, 1,000,000 books take about 60 s.
"""
_DEAD_LETTER_TOPICS: Final = {"parser": DEAD_LETTERS[1], "holdings": DEAD_LETTERS[2]}
_WATCHER_DEAD_LETTERS: Final = WATCHER_DEAD_LETTERS.name


RowKind = Literal["source", "service", "topic"]


@dataclass
class SourceFacts:
    """Facts about one source of the watcher from the cursor topic, in UTC."""

    entries: int = 0
    latest: datetime | None = None
    waiting: int | None = None
    looked_at: datetime | None = None
    closed_through: str | None = None
    unreadable: int = 0


@dataclass(frozen=True)
class Facts:
    """All facts: groups by service name, topics by name, sources by cursor key."""

    groups: Mapping[str, GroupStatus]
    topics: Mapping[str, TopicStatus]
    sources: Mapping[str, SourceFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cells of its kind, notes, the same facts as values for programs, and whether it needs attention."""

    kind: RowKind
    cells: tuple[str, ...]
    values: Mapping[str, object]
    notes: tuple[str, ...] = ()
    needs_attention: bool = False


async def collect(engine: Engine) -> Facts:
    """Read the facts."""
    groups = {service.name: await engine.group_status(service) for service in (parser_service(), holdings_service())}
    sources: dict[str, SourceFacts] = {}
    pending = edgar_pending.PendingFilings()
    async for record in engine.read((WATCHER_CURSOR,), follow=False):
        _note(sources, pending, record)
    if (edgar := sources.get(edgar_pending.CURSOR_KEY)) is not None:
        edgar.waiting = len(pending.waiting)
        edgar.looked_at = pending.polled_at
        edgar.closed_through = str(pending.closed_through) if pending.closed_through else None
    return Facts(groups, await engine.topic_status(TOPICS), sources)


def _note(sources: dict[str, SourceFacts], pending: edgar_pending.PendingFilings, record: Record) -> None:
    """Add one record of the cursor topic; unreadable ones are counted and skipped."""
    key = (record.key or b"").decode("utf-8", "replace")
    name = key.partition("|")[0]
    if name not in {DIRECTORY, edgar_pending.CURSOR_KEY, backfill_state.CURSOR_KEY}:
        return
    source = sources.setdefault(name, SourceFacts())
    source.entries += record.value is not None
    if record.time is not None:
        source.latest = max(source.latest or record.time, record.time)
    if name == edgar_pending.CURSOR_KEY:
        try:
            pending.restore(key, record.value)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            source.unreadable += 1


def status_rows(facts: Facts, now: datetime) -> list[Row]:
    """Return the rows of the table: sources, services, then topics."""
    rows = [_source_row(name, source, now) for name, source in sorted(facts.sources.items())]
    rows += [_service_row(name, group, facts, now) for name, group in facts.groups.items()]
    return rows + [
        _topic_row(topic, now, is_watchers=name == _WATCHER_DEAD_LETTERS) for name, topic in facts.topics.items()
    ]


def _source_row(name: str, source: SourceFacts, now: datetime) -> Row:
    notes = []
    if source.looked_at is not None:
        notes.append(f"last success {_age(source.looked_at, now)}, to within 15 minutes")
    if source.waiting is not None:
        notes.append(f"{plural(source.waiting, 'filing')} waiting")
    if source.closed_through is not None:
        notes.append(f"indexes read through {source.closed_through}")
    if source.unreadable:
        notes.append(f"{plural(source.unreadable, 'unreadable cursor record')}")
    values = {
        "part": f"watcher {name}",
        "kind": "source",
        "cursor_records": source.entries,
        "latest": _text(source.latest),
        "last_success": _text(source.looked_at),
        "waiting": source.waiting,
        "indexes_read_through": source.closed_through,
    }
    return Row("source", (f"watcher {name}", _age(source.latest, now)), values, tuple(notes))


def _service_row(name: str, group: GroupStatus, facts: Facts, now: datetime) -> Row:
    letters = facts.topics.get(_DEAD_LETTER_TOPICS[name].name)
    books = _books(facts) if name == "holdings" else None
    is_abandoned = group.lag.number > 0 and group.members == 0
    values = {
        "part": name,
        "kind": "service",
        "group": group.name,
        "members": group.members,
        "partitions": group.partitions,
        "lag": group.lag.number,
        "lag_exact": group.lag.exact,
        "dead_letters": letters.records.number if letters else 0,
        "dead_letter_codes": dict(letters.codes) if letters else {},
        **(_book_values(books) if books else {}),
        "needs_attention": is_abandoned,
    }
    cells = (
        name,
        "not running" if is_abandoned else "running" if group.members else "idle",
        str(group.members),
        str(group.partitions),
        _count(group.lag),
        _count(letters.records) if letters else "0",
    )
    notes = tuple(_service_notes(name, letters, books, now, is_abandoned=is_abandoned))
    return Row("service", cells, values, notes, needs_attention=is_abandoned)


def _service_notes(
    name: str, letters: TopicStatus | None, books: Count | None, now: datetime, *, is_abandoned: bool
) -> Iterator[str]:
    if is_abandoned:
        yield f"no running member: start {name}"
    if letters is not None and letters.records.number:
        yield _dead_letters_text(letters, now)
    if books is not None:
        yield f"state of {_count(books)} books, restored in about {max(1, round(_seconds(books)))} s"


def _books(facts: Facts) -> Count | None:
    """Return the number of books: on Kafka, a compacted topic can hold more records than keys."""
    state = facts.topics.get(POSITIONS.name)
    if state is None:
        return None
    return Count(state.keys) if state.records.exact else state.records


def _book_values(books: Count) -> dict[str, object]:
    return {"books": books.number, "books_exact": books.exact, "restore_seconds": round(_seconds(books), 3)}


def _seconds(books: Count) -> float:
    return books.number * _SECONDS_PER_BOOK


def _topic_row(topic: TopicStatus, now: datetime, *, is_watchers: bool) -> Row:
    """Return the row of a topic; the watcher has no service row, so its dead letters are shown here."""
    notes = (_dead_letters_text(topic, now),) if is_watchers and topic.codes else ()
    values = {
        "part": topic.name,
        "kind": "topic",
        "records": topic.records.number,
        "records_exact": topic.records.exact,
        "latest": _text(topic.latest),
        "dead_letter_codes": dict(topic.codes),
    }
    return Row("topic", (topic.name, _count(topic.records), _age(topic.latest, now)), values, notes)


def _dead_letters_text(letters: TopicStatus, now: datetime) -> str:
    codes = ", ".join(f"{count:,} {code}" for code, count in Counter(letters.codes).most_common())
    if not letters.records.exact:
        return f"{_count(letters.records)} dead letters, of which the newest: {codes}"
    since = f", the first {_age(letters.first, now)}" if letters.first is not None else ""
    return f"{plural(letters.records.number, 'dead letter')} ({codes}){since}"


def _count(count: Count) -> str:
    return f"{'' if count.exact else '≤ '}{count.number:,}"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment.astimezone(UTC).replace(microsecond=0))


def _age(moment: datetime | None, now: datetime) -> str:
    """Return an age in the largest unit of which it is at least two; a future time counts as now."""
    if moment is None:
        return NONE
    seconds = max(timedelta(), now - moment).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{plural(int(seconds // length), unit)} ago"
    return f"{plural(int(seconds), 'second')} ago"


def row_json(row: Row) -> str:
    """Return a row as a line of JSON."""
    return json.dumps(row.values, ensure_ascii=False)


async def show_status(storage: Storage, *, as_json: bool) -> bool:
    """Print the status of a storage; return whether something needs attention.

    Raises:
        Misconfigured: there is no data, or a topic is missing.
        TransientError: the broker does not answer.
    """
    async with open_engine(storage, read_only=True) as engine:
        rows = status_rows(await collect(engine), datetime.now(UTC))
    if as_json:
        for row in rows:
            sys.stdout.write(escaped(row_json(row)) + "\n")
    else:
        print_status(Screen(), rows)
    return any(row.needs_attention for row in rows)
