"""Dead letters: the original bytes, key and headers of a record, and beside them why it could not be processed.

A dead letter is in the partition whose number is that of its record. Replay is a copy: the record goes back to its
topic without the `__connect.errors.*` headers and with one that names the dead letter. In the same transaction a marker
beside the dead letter notes that it was replayed.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from contracts.envelope import Headers, header_texts
from contracts.errors import PermanentError
from contracts.topics import RECORD_OVERHEAD, Topic
from services.runtime.port import Output, Record

PREFIX: Final = "__connect.errors."
INCOMPLETE: Final = f"{PREFIX}incomplete"
"""Header of a dead letter that does not hold the whole original, and says why; it cannot be replayed."""
HISTORY: Final = f"{PREFIX}history"
"""Header of the last dead letter of a batch: what the limit on dead letters goes on from after a restart."""
REPLAY_OF_HEADER: Final = "insidertape_replay_of"
"""Header of a replayed record: the id of its dead letter, as `dlq list` shows it."""
REPLAYED_HEADER: Final = "insidertape_replayed"
"""Header of a marker: the dead letter that was replayed, as `PARTITION@OFFSET` of the topic that holds both."""
_MARKED: Final = re.compile(r"([0-9]{1,10})@([0-9]{1,19})")
_LONGEST_MESSAGE: Final = 2_000
_LONGEST_KEY: Final = 1_000


def dead_letter(topic: Topic, record: Record, error: PermanentError, *, stage: str) -> Output:
    """Return the dead letter of `record`, under its key (null if that is null) and in its partition.

    A record that its topic took only compressed may be too large for a letter with its reasons. The letter then points
    to the record, and keeps its key if that is small.
    """
    reasons: Headers = (
        (f"{PREFIX}topic", record.topic.encode()),
        (f"{PREFIX}partition", str(record.partition).encode()),
        (f"{PREFIX}offset", str(record.offset).encode()),
        *reason_headers(error, stage=stage),
    )
    if record.unreadable:
        reasons += ((INCOMPLETE, b"the value is whatever bytes there are; it was never read as a record"),)
    headers = original_headers(record.headers) + reasons
    letter = Output(topic, record.key, record.value, headers, partition=record.partition)
    if letter.size <= topic.max_message_bytes - RECORD_OVERHEAD // 2:
        return letter
    original = Output(topic, record.key, record.value, record.headers)
    why = f"the record has {original.size} bytes, more than {topic.name} takes; it is at {record.location}"
    key = record.key if len(record.key or b"") <= _LONGEST_KEY else None
    return Output(topic, key, None, (*reasons, (INCOMPLETE, why.encode())), partition=record.partition)


def reason_headers(error: PermanentError, *, stage: str) -> Headers:
    """The headers that say why: stage, class and message (which begins with the error's code)."""
    return (
        (f"{PREFIX}stage", stage.encode()),
        (f"{PREFIX}exception.class.name", type(error).__name__.encode()),
        (f"{PREFIX}exception.message", str(error)[:_LONGEST_MESSAGE].encode("utf-8", "replace")),
    )


def code_of(headers: Headers) -> str | None:
    """Return the code of the error that made a dead letter; None if the record is not one."""
    message = next((value for name, value in headers if name == f"{PREFIX}exception.message"), None)
    return message.partition(b":")[0].decode("utf-8", "replace") if message is not None else None


def codes_of(outputs: Iterable[Output]) -> Counter[str]:
    """Return how many of the outputs are dead letters, by code."""
    return Counter(code for output in outputs if (code := code_of(output.headers)) is not None)


def original_headers(headers: Headers) -> Headers:
    """The headers as they were before the record became a dead letter."""
    return tuple((name, value) for name, value in headers if not name.startswith(PREFIX))


def replay_marker(topic: Topic, partition: int, offset: int) -> Output:
    """Return the marker that the dead letter at this place of `topic` was replayed. It is not a dead letter."""
    place = f"{partition}@{offset}".encode()
    return Output(topic, None, None, ((REPLAYED_HEADER, place),), partition=partition)


def replayed_location(record: Record) -> tuple[int, int] | None:
    """Return the partition and offset of the dead letter that a marker is about; None if the record is not a marker."""
    if record.value is not None or record.unreadable or len(record.headers) != 1:
        return None
    marked = _MARKED.fullmatch(header_texts(record.headers).get(REPLAYED_HEADER, ""))
    return (int(marked[1]), int(marked[2])) if marked else None


def is_replay(record: Record) -> bool:
    """Return whether the record is a replayed dead letter."""
    return any(name == REPLAY_OF_HEADER for name, _ in record.headers)
