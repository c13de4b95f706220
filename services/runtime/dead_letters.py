"""Dead letters: the original bytes, key and headers of a record, and beside them why it could not be processed.

Replay is a copy: the record goes back to its topic without the `__connect.errors.*` headers.
"""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

from contracts.envelope import Headers
from contracts.errors import PermanentError, TooManyDeadLetters
from contracts.topics import RECORD_OVERHEAD, Topic
from services.runtime.port import Output, Record

PREFIX: Final = "__connect.errors."
INCOMPLETE: Final = f"{PREFIX}incomplete"
"""Header of a dead letter that does not hold the whole original, and says why; it cannot be replayed."""
_LONGEST_MESSAGE: Final = 2_000
_LONGEST_KEY: Final = 1_000


def dead_letter(topic: Topic, record: Record, error: PermanentError, *, stage: str) -> Output:
    """Return the dead letter of `record`, under its key; null if that is null.

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
    letter = Output(topic, record.key, record.value, original_headers(record.headers) + reasons)
    if letter.size <= topic.max_message_bytes - RECORD_OVERHEAD // 2:
        return letter
    original = Output(topic, record.key, record.value, record.headers)
    why = f"the record has {original.size} bytes, more than {topic.name} takes; it is at {record.place}"
    key = record.key if len(record.key or b"") <= _LONGEST_KEY else None
    return Output(topic, key, None, (*reasons, (INCOMPLETE, why.encode())))


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


class DeadLetterLimit:
    """Stops a service that fails most of what it reads: a bad deployment must not drain its topic into dead letters.

    `share` is the largest share of dead letters among the last `window` records; 1.0 never stops.
    """

    def __init__(self, share: float, *, window: int = 1_000) -> None:
        self._share = share
        self._recent: deque[bool] = deque(maxlen=window)
        self._dead = 0

    def count(self, *, dead: bool) -> None:
        """Take one more record into account.

        Raises:
            TooManyDeadLetters: the window is full, and more than the share of it went to the dead letters.
        """
        if len(self._recent) == self._recent.maxlen:
            self._dead -= self._recent[0]
        self._recent.append(dead)
        self._dead += dead
        if len(self._recent) == self._recent.maxlen and self._dead > self._share * len(self._recent):
            raise TooManyDeadLetters(
                "too_many_dead_letters",
                f"{self._dead} of the last {len(self._recent)} records could not be processed; "
                "the service is stopped before it drains its topic into the dead letters",
            )
