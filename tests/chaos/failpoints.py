"""Failpoints of a process: a signal at a chosen step, a client that silently stops receiving, a disabled guard.

- `SIGKILL:before:commit:3` sends the signal before the third commit; likewise SIGSTOP, and `after`.
- `deaf:5` delivers nothing after the fifth fetch, without an error.
- `without:awaited-sends` disables a guard (see `disabled_guards`).
"""

import asyncio
import functools
import inspect
import os
import signal
from collections.abc import Callable
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition

from services.runtime.embedded.log import EmbeddedLog
from services.runtime.kafka.group_member import GroupMember
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.watcher.directory_source import DirectorySource
from tests.chaos.disabled_guards import GUARDS

NO_FAILPOINTS: Final = "none"
"""No failpoint."""
_POLL_SECONDS: Final = 0.5

EMBEDDED_STEPS: Final[dict[str, tuple[type, str]]] = {
    "append": (EmbeddedLog, "append"),
    "commit_offset": (EmbeddedLog, "commit_offset"),
    "read": (EmbeddedLog, "read"),
    "heartbeat": (EmbeddedLog, "heartbeat"),
    "next_batch": (DirectorySource, "next_batch"),
    "committed": (DirectorySource, "committed"),
}
KAFKA_STEPS: Final[dict[str, tuple[type, str]]] = {
    "begin": (AIOKafkaProducer, "begin_transaction"),
    "send": (AIOKafkaProducer, "send"),
    "offsets": (AIOKafkaProducer, "send_offsets_to_transaction"),
    "commit": (AIOKafkaProducer, "commit_transaction"),
    "write": (TransactionalWriter, "write"),
    "next_batch": (DirectorySource, "next_batch"),
}


def activate_failpoints(failpoints: str) -> None:
    """Activate failpoints, separated by commas, in this process."""
    for failpoint in failpoints.split(","):
        kind, *details = failpoint.split(":")
        if kind == "deaf":
            stop_receiving(int(details[0]))
        elif kind == "without":
            GUARDS[details[0]]()
        elif kind != NO_FAILPOINTS:
            moment, step, count = details
            arm(*(EMBEDDED_STEPS | KAFKA_STEPS)[step], signal.Signals[kind], moment, int(count))


def arm(owner: type, method: str, number: signal.Signals, moment: str, count: int) -> None:
    """Make the process send itself a signal before or after the `count`th call of the method."""
    original: Callable[..., Any] = getattr(owner, method)
    calls = 0

    def fire(at: str, call: int) -> None:
        if moment == at and call == count:
            os.kill(os.getpid(), number)

    def counted() -> int:
        nonlocal calls
        calls += 1
        fire("before", calls)
        return calls

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def armed_coroutine(*args: Any, **kwargs: Any) -> Any:
            call = counted()
            result = await original(*args, **kwargs)
            fire("after", call)
            return result

        setattr(owner, method, armed_coroutine)
        return

    @functools.wraps(original)
    def armed(*args: Any, **kwargs: Any) -> Any:
        call = counted()
        result = original(*args, **kwargs)
        fire("after", call)
        return result

    setattr(owner, method, armed)


def stop_receiving(count: int) -> None:
    """Deliver nothing after `count` non-empty fetches, as if aiokafka's fetcher task had died."""
    original = GroupMember._fetch
    calls = 0

    async def deaf(self: GroupMember) -> dict[TopicPartition, list[object]]:
        nonlocal calls
        if calls >= count:
            await asyncio.sleep(_POLL_SECONDS)
            return {}
        fetched = await original(self)
        calls += bool(fetched)
        return fetched

    GroupMember._fetch = deaf  # type: ignore[method-assign]  # the failpoint itself
