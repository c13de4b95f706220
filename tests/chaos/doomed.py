"""Troubles that a process is born with: to be struck by a signal at a chosen step, to go deaf, to lack a guard.

A trouble is written `SIGKILL:before:commit:3` (struck before the third commit; SIGSTOP likewise), `deaf:5` (after the
fifth fetch nothing arrives any more, and nothing says so), or `without:awaited-sends` (see `sabotage`).
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
from tests.chaos.sabotage import GUARDS

CALM: Final = "none"
"""No trouble."""
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


def give_troubles(troubles: str) -> None:
    """Prepare this process for the troubles, separated by commas."""
    for trouble in troubles.split(","):
        kind, *details = trouble.split(":")
        if kind == "deaf":
            go_deaf(int(details[0]))
        elif kind == "without":
            GUARDS[details[0]]()
        elif kind != CALM:
            moment, step, count = details
            arm(*(EMBEDDED_STEPS | KAFKA_STEPS)[step], signal.Signals[kind], moment, int(count))


def arm(owner: type, method: str, blow: signal.Signals, moment: str, count: int) -> None:
    """Make the process strike itself before or after the `count`th call of the method."""
    original: Callable[..., Any] = getattr(owner, method)
    calls = 0

    def strike(at: str, call: int) -> None:
        if moment == at and call == count:
            os.kill(os.getpid(), blow)

    def counted() -> int:
        nonlocal calls
        calls += 1
        strike("before", calls)
        return calls

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def armed_coroutine(*args: Any, **kwargs: Any) -> Any:
            call = counted()
            result = await original(*args, **kwargs)
            strike("after", call)
            return result

        setattr(owner, method, armed_coroutine)
        return

    @functools.wraps(original)
    def armed(*args: Any, **kwargs: Any) -> Any:
        call = counted()
        result = original(*args, **kwargs)
        strike("after", call)
        return result

    setattr(owner, method, armed)


def go_deaf(count: int) -> None:
    """After so many fetches that bring something none does any more, as when aiokafka's own task has died."""
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

    GroupMember._fetch = deaf  # type: ignore[method-assign]  # the trouble itself
