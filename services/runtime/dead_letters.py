"""Dead letters: the original bytes, key and headers of a record, and beside them why it could not be processed.

Replay is a copy: the record goes back to its topic without the `__connect.errors.*` headers.
"""

from collections import deque
from typing import Final

from contracts.envelope import Headers
from contracts.errors import PermanentError, TooManyDeadLetters
from contracts.topics import Topic
from services.runtime.port import Output, Record

PREFIX: Final = "__connect.errors."
_LONGEST_MESSAGE: Final = 2_000


def dead_letter(topic: Topic, record: Record, error: PermanentError, *, stage: str) -> Output:
    """The dead letter of `record`, under its key."""
    reasons: Headers = (
        (f"{PREFIX}topic", record.topic.encode()),
        (f"{PREFIX}partition", str(record.partition).encode()),
        (f"{PREFIX}offset", str(record.offset).encode()),
        *reason_headers(error, stage=stage),
    )
    return Output(
        topic=topic,
        key=record.key or b"",
        value=record.value,
        headers=original_headers(record.headers) + reasons,
    )


def reason_headers(error: PermanentError, *, stage: str) -> Headers:
    """The headers that say why: stage, class and message (which begins with the error's code)."""
    return (
        (f"{PREFIX}stage", stage.encode()),
        (f"{PREFIX}exception.class.name", type(error).__name__.encode()),
        (f"{PREFIX}exception.message", str(error)[:_LONGEST_MESSAGE].encode("utf-8", "replace")),
    )


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
