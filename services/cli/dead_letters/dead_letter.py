"""Dead letters as a person sees them: what each is about, why it is one, and whether it was replayed."""

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
    """A dead letter: its record, and when it was last replayed; None if it was not.

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
        """What `show` and `replay` know it by."""
        return f"{self.service}/{self.record.partition}/{self.record.offset}"

    @property
    def when(self) -> str:
        """When it was written, in UTC."""
        return utc_text(self.record.time.replace(microsecond=0)) if self.record.time else ""

    @property
    def reasons(self) -> dict[str, str]:
        """Why, by the names of the error headers."""
        texts = header_texts(self.record.headers)
        return {name.removeprefix(PREFIX): text for name, text in texts.items() if name.startswith(PREFIX)}

    @property
    def why(self) -> str:
        """Why, in one line: the error's code, and its message."""
        return self.reasons.get("exception.message") or self.record.unreadable or ""

    @property
    def code(self) -> str:
        """The error's code; `unknown` if it has none, as in a record that another program has put there."""
        found = _CODE.match(self.why)
        return found[1] if found else "unknown"

    @property
    def what(self) -> str:
        """What it is about: where the filing came from, if that is known, else its key."""
        return _source_url(self.record.value) or (self.record.key or b"").decode("utf-8", "replace")

    @property
    def replay_of(self) -> str | None:
        """The id of the dead letter whose replay this was; None if it was not a replay."""
        return header_texts(self.record.headers).get(REPLAY_OF_HEADER)

    @property
    def is_from_file(self) -> bool:
        """Whether it came from no topic: it is a file that the watcher refused."""
        return "topic" not in self.reasons

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be put back; None if it can."""
        source = self.reasons.get("topic")
        if source is None:
            return f"{self.id} came from a file, not from a topic: the watcher reads it when it changes"
        if source == POSITIONS.name:
            return f"{self.id} was quarantined from the state of holdings, which it would stop again"
        if source not in _REPLAYABLE:
            return f"{self.id} came from {source!r}, which no service reads its input from"
        if incomplete := self.reasons.get(INCOMPLETE.removeprefix(PREFIX)):
            return f"{self.id} is not the whole record: {incomplete}"
        return self.record.unreadable

    @property
    def original(self) -> Output:
        """The record as it was, for the topic it came from, and the partition that its issuer's filings take.

        One header more says which dead letter it is the replay of.

        Raises:
            Misconfigured: it cannot be put back.
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
    """Return the service of a topic of dead letters."""
    return topic.removesuffix(".dlq.v1").rsplit(".", 1)[-1]


async def read_dead_letters(engine: Engine, topics: Sequence[Topic] = DEAD_LETTERS) -> list[DeadLetter]:
    """Return all dead letters of the topics, the oldest first."""
    records: list[Record] = []
    replayed: dict[tuple[str, int, int], datetime | None] = {}
    async for record in engine.read(topics, follow=False):
        if place := replayed_location(record):
            replayed[record.topic, *place] = record.time
        else:
            records.append(record)
    records.sort(key=lambda record: record.timestamp_ms)
    return [DeadLetter(record, replayed.get((record.topic, record.partition, record.offset))) for record in records]


async def find_dead_letters(engine: Engine, ids: Iterable[str]) -> list[DeadLetter]:
    """Return the dead letters with these ids, each once.

    Raises:
        Misconfigured: there is none with one of the ids.
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
    """Return the `source_url` of an event, which is a filing's or in its `filing`; None if the bytes have none."""
    try:
        event: Any = json.loads(value or b"null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    filing = event.get("filing")
    url = event.get("source_url") or (filing.get("source_url") if isinstance(filing, dict) else None)
    return url if isinstance(url, str) else None
