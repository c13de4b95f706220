"""SIGINT and SIGTERM: the first asks the work to end; a second of the same, or work that does not hear, ends it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SHOW_CURSOR: Final = "\x1b[?25h"
_UNRESPONSIVE_SECONDS: Final = 3.0
"""How long the event loop may take to hear of a signal: it may be writing to a pipe that nobody reads, for ever."""


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set the event at the first signal. If the event loop has no turn for three seconds, die of the signal.

    Dying is safe at any moment: work that is not committed is done again by the next process.
    """
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def hear() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        stop.set()

    def receive(number: int, _: FrameType | None) -> None:
        if number in received:
            _die_of_signal(number)
        received.append(number)
        if not stop.is_set():
            signal.setitimer(signal.ITIMER_REAL, _UNRESPONSIVE_SECONDS)

    def give_up(_: int, __: FrameType | None) -> None:
        if received and not stop.is_set():
            _die_of_signal(received[0])

    before = signal.signal(signal.SIGALRM, give_up)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hear)
        signal.signal(number, receive)  # beside `hear`: it runs whether the loop has a turn or not
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _die_of_signal(number: int) -> None:
    """Die of the signal, so that a shell sees it; the progress line must not leave the terminal without its cursor."""
    if sys.stdout.isatty():
        os.write(sys.stdout.fileno(), _SHOW_CURSOR.encode())
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
