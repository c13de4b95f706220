"""Dead letters: the original key, value and headers of a record, with headers that say why it could not be processed.

A dead letter has the same partition number as its record. A replay copies the record back to its topic, without the
`__connect.errors.*` headers and with one that names the dead letter. In the same transaction, a marker in the partition
of the dead letter records that it was replayed.
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
"""Header of a dead letter without the whole original, with the reason. Such a dead letter cannot be replayed."""
HISTORY: Final = f"{PREFIX}history"
"""Header of the last dead letter of a batch: from it, the limit on dead letters continues after a restart."""
REPLAY_OF_HEADER: Final = "insidertape_replay_of"
"""Header of a replayed record: the id of its dead letter, as `dlq list` shows it."""
REPLAYED_HEADER: Final = "insidertape_replayed"
"""Header of a marker: partition and offset of the replayed dead letter in the same topic, as `PARTITION@OFFSET`."""
_MARKED: Final = re.compile(r"([0-9]{1,10})@([0-9]{1,19})")
_LONGEST_MESSAGE: Final = 2_000
_LONGEST_KEY: Final = 1_000


def dead_letter(topic: Topic, record: Record, error: PermanentError, *, stage: str) -> Output:
    """Return the dead letter of `record`, with its key (which may be null) and in its partition.

    A record that fit its topic only because it was compressed may be too large with the added headers. The dead letter
    then has no value but points to the record, and keeps the key if it is small.
    """
    reasons: Headers = (
        (f"{PREFIX}topic", record.topic.encode()),
        (f"{PREFIX}partition", str(record.partition).encode()),
        (f"{PREFIX}offset", str(record.offset).encode()),
        *reason_headers(error, stage=stage),
    )
    if record.unreadable:
        reasons += (
            (INCOMPLETE, b"the value holds the raw bytes found in the log; they could not be read as a record"),
        )
    headers = original_headers(record.headers) + reasons
    letter = Output(topic, record.key, record.value, headers, partition=record.partition)
    if letter.size <= topic.max_message_bytes - RECORD_OVERHEAD // 2:
        return letter
    original = Output(topic, record.key, record.value, record.headers)
    reason = f"the record has {original.size} bytes, more than {topic.name} takes; it is at {record.location}"
    key = record.key if len(record.key or b"") <= _LONGEST_KEY else None
    return Output(topic, key, None, (*reasons, (INCOMPLETE, reason.encode())), partition=record.partition)


def reason_headers(error: PermanentError, *, stage: str) -> Headers:
    """Return the headers that give the reason: stage, class and message, which begins with the error's code."""
    return (
        (f"{PREFIX}stage", stage.encode()),
        (f"{PREFIX}exception.class.name", type(error).__name__.encode()),
        (f"{PREFIX}exception.message", str(error)[:_LONGEST_MESSAGE].encode("utf-8", "replace")),
    )


def code_of(headers: Headers) -> str | None:
    """Return the code of the error in a dead letter; None if the record is not a dead letter."""
    message = next((value for name, value in headers if name == f"{PREFIX}exception.message"), None)
    return message.partition(b":")[0].decode("utf-8", "replace") if message is not None else None


def codes_of(outputs: Iterable[Output]) -> Counter[str]:
    """Count the dead letters among the outputs, by code."""
    return Counter(code for output in outputs if (code := code_of(output.headers)) is not None)


def original_headers(headers: Headers) -> Headers:
    """Return the headers that the record had before it became a dead letter."""
    return tuple((name, value) for name, value in headers if not name.startswith(PREFIX))


def replay_marker(topic: Topic, partition: int, offset: int) -> Output:
    """Return the marker that the dead letter at this offset of `topic` was replayed. It is not itself a dead letter."""
    address = f"{partition}@{offset}".encode()
    return Output(topic, None, None, ((REPLAYED_HEADER, address),), partition=partition)


def replayed_location(record: Record) -> tuple[int, int] | None:
    """Return the partition and offset of the dead letter that a marker names; None if the record is not a marker."""
    if record.value is not None or record.unreadable or len(record.headers) != 1:
        return None
    marked = _MARKED.fullmatch(header_texts(record.headers).get(REPLAYED_HEADER, ""))
    return (int(marked[1]), int(marked[2])) if marked else None


def is_replay(record: Record) -> bool:
    """Return whether the record is a replayed dead letter."""
    return any(name == REPLAY_OF_HEADER for name, _ in record.headers)
