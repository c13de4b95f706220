"""SIGINT and SIGTERM: the first requests a clean stop; a second, or an unresponsive event loop, ends the process."""

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
"""How long the event loop may take to notice a signal: it may be blocked on a pipe that nobody reads."""


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set the event at the first signal. If the event loop does not run within three seconds, die of the signal.

    Dying is safe at any time: the next process repeats work that was not committed.
    """
    loop = asyncio.get_running_loop()
    received: list[int] = []

    def set_stop() -> None:
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
        loop.add_signal_handler(number, set_stop)
        signal.signal(number, receive)  # in addition to `set_stop`: it runs even if the loop is blocked
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _die_of_signal(number: int) -> None:
    """Die of the signal, so that the shell notices; restore the cursor that a progress bar may have hidden."""
    if sys.stdout.isatty():
        os.write(sys.stdout.fileno(), _SHOW_CURSOR.encode())
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
