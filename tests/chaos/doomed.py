"""`insidertape` in a process that kills itself, with SIGKILL, at a chosen step: `doomed.py STEP COUNT ARGUMENTS…`.

A step is one of `STEPS`, before or after a call that matters; the process dies at the COUNTth time it gets there, or
lives if it never does.
"""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from services.cli.__main__ import main
from services.runtime.embedded_log import EmbeddedLog
from services.runtime.kafka_writer import TransactionalWriter
from services.watcher.feed import DirectoryFeed

EMBEDDED_STEPS: Final[dict[str, tuple[type, str]]] = {
    "append": (EmbeddedLog, "append"),
    "commit_offset": (EmbeddedLog, "commit_offset"),
    "read": (EmbeddedLog, "read"),
    "heartbeat": (EmbeddedLog, "heartbeat"),
    "next_batch": (DirectoryFeed, "next_batch"),
    "committed": (DirectoryFeed, "committed"),
}
KAFKA_STEPS: Final[dict[str, tuple[type, str]]] = {
    "begin": (AIOKafkaProducer, "begin_transaction"),
    "send": (AIOKafkaProducer, "send"),
    "offsets": (AIOKafkaProducer, "send_offsets_to_transaction"),
    "commit": (AIOKafkaProducer, "commit_transaction"),
    "write": (TransactionalWriter, "write"),
    "next_batch": (DirectoryFeed, "next_batch"),
}


def arm(owner: type, method: str, moment: str, count: int) -> None:
    """Make the process die before or after the `count`th call of the method."""
    original: Callable[..., Any] = getattr(owner, method)
    calls = 0

    def strike(at: str) -> None:
        if moment == at and calls == count:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted() -> None:
        nonlocal calls
        calls += 1
        strike("before")

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def armed_coroutine(*args: Any, **kwargs: Any) -> Any:
            counted()
            result = await original(*args, **kwargs)
            strike("after")
            return result

        setattr(owner, method, armed_coroutine)
        return

    @functools.wraps(original)
    def armed(*args: Any, **kwargs: Any) -> Any:
        counted()
        result = original(*args, **kwargs)
        strike("after")
        return result

    setattr(owner, method, armed)


if __name__ == "__main__":
    step, count, *arguments = sys.argv[1:]
    moment, name = step.split(":")
    arm(*(EMBEDDED_STEPS | KAFKA_STEPS)[name], moment, int(count))
    sys.argv = ["insidertape", *arguments]
    main()
