"""A dead letter: its subject, its error, whether it was replayed, and how to replay it."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.base import utc_text
from contracts.codes import ErrorCode
from contracts.envelope import header_texts
from contracts.errors import Misconfigured
from contracts.topics import DEAD_LETTERS, FILINGS, POSITIONS, TRANSACTIONS, Topic, topic_named
from services.runtime.dead_letters import (
    INCOMPLETE,
    PREFIX,
    REPLAY_OF_HEADER,
    original_headers,
    replay_marker,
    replayed_location,
)
from services.runtime.engine import Engine
from services.runtime.port import Output, Record
from services.watcher.publication import filing_routing

_REPLAYABLE: Final = frozenset({FILINGS.name, TRANSACTIONS.name})
"""The topics that services read their input from."""
_CODE: Final = re.compile(r"([a-z0-9_]{1,60}): ")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter: its record, and when it was last replayed, or None.

    Its id is service/partition/offset.
    """

    record: Record
    replayed_at: datetime | None = None

    @property
    def service(self) -> str:
        """The service that could not process the record."""
        return service_of(self.record.topic)

    @property
    def id(self) -> str:
        """The id that `show` and `replay` accept."""
        return f"{self.service}/{self.record.partition}/{self.record.offset}"

    @property
    def when(self) -> str:
        """When it was written, in UTC."""
        return utc_text(self.record.time.replace(microsecond=0)) if self.record.time else ""

    @property
    def reasons(self) -> dict[str, str]:
        """The error headers by name, without their prefix."""
        texts = header_texts(self.record.headers)
        return {name.removeprefix(PREFIX): text for name, text in texts.items() if name.startswith(PREFIX)}

    @property
    def why(self) -> str:
        """The error in one line: its code and message."""
        return self.reasons.get("exception.message") or self.record.unreadable or ""

    @property
    def code(self) -> str:
        """The error's code; `unknown` if it has none, as in a record written by another program."""
        found = _CODE.match(self.why)
        return found[1] if found else "unknown"

    @property
    def what(self) -> str:
        """Its subject: the URL of the filing if known, else the record's key."""
        return _source_url(self.record.value) or (self.record.key or b"").decode("utf-8", "replace")

    @property
    def replay_of(self) -> str | None:
        """The id of the dead letter that this record was a replay of; None if it was not a replay."""
        return header_texts(self.record.headers).get(REPLAY_OF_HEADER)

    @property
    def is_from_file(self) -> bool:
        """Whether it is a file that the watcher rejected, and so came from no topic."""
        return "topic" not in self.reasons

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be replayed; None if it can."""
        source = self.reasons.get("topic")
        if source is None:
            return f"{self.id} came from a file, not from a topic: the watcher reads the file again when it changes"
        if source == POSITIONS.name:
            return f"{self.id} was quarantined from the state of holdings; replayed, it would stop holdings again"
        if source not in _REPLAYABLE:
            return f"{self.id} came from {source!r}, which is not the input topic of a service"
        if incomplete := self.reasons.get(INCOMPLETE.removeprefix(PREFIX)):
            return f"{self.id} is not the complete record: {incomplete}"
        return self.record.unreadable

    @property
    def original(self) -> Output:
        """The original record, for the topic it came from, routed to the partition of its issuer's filings.

        An extra header identifies the dead letter that it replays.

        Raises:
            Misconfigured: it cannot be replayed.
        """
        if self.obstacle:
            raise Misconfigured(ErrorCode.NOTHING_TO_REPLAY, self.obstacle)
        record, topic = self.record, topic_named(self.reasons["topic"])
        routing = filing_routing(record.value) if topic is FILINGS else None
        headers = tuple(each for each in original_headers(record.headers) if each[0] != REPLAY_OF_HEADER)
        return Output(topic, record.key, record.value, (*headers, (REPLAY_OF_HEADER, self.id.encode())), routing)

    @property
    def marker(self) -> Output:
        """The record that marks it as replayed."""
        return replay_marker(topic_named(self.record.topic), self.record.partition, self.record.offset)


def service_of(topic: str) -> str:
    """Return the service that a dead letter topic belongs to."""
    return topic.removesuffix(".dlq.v1").rsplit(".", 1)[-1]


async def read_dead_letters(engine: Engine, topics: Sequence[Topic] = DEAD_LETTERS) -> list[DeadLetter]:
    """Return all dead letters of the topics, the oldest first."""
    records: list[Record] = []
    replayed: dict[tuple[str, int, int], datetime | None] = {}
    async for record in engine.read(topics, follow=False):
        if location := replayed_location(record):
            replayed[record.topic, *location] = record.time
        else:
            records.append(record)
    records.sort(key=lambda record: record.timestamp_ms)
    return [DeadLetter(record, replayed.get((record.topic, record.partition, record.offset))) for record in records]


async def find_dead_letters(engine: Engine, ids: Iterable[str]) -> list[DeadLetter]:
    """Return the dead letters with these ids, each once.

    Raises:
        Misconfigured: an id is unknown.
    """
    wanted = list(dict.fromkeys(ids))
    services = {each.partition("/")[0] for each in wanted}
    topics = [topic for topic in DEAD_LETTERS if service_of(topic.name) in services]
    by_id = {letter.id: letter for letter in (await read_dead_letters(engine, topics) if topics else ())}
    if unknown := [each for each in wanted if each not in by_id]:
        raise Misconfigured(
            ErrorCode.NO_SUCH_LETTER, f"there is no dead letter {', '.join(unknown)}; see `insidertape dlq list`"
        )
    return [by_id[each] for each in wanted]


def _source_url(value: bytes | None) -> str | None:
    """Return the `source_url` of an event or of its `filing`; None if there is none."""
    try:
        event: Any = json.loads(value or b"null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    filing = event.get("filing")
    url = event.get("source_url") or (filing.get("source_url") if isinstance(filing, dict) else None)
    return url if isinstance(url, str) else None
