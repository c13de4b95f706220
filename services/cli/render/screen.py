"""The output device of tables: its width, colours and character set."""

import os
import shutil
import sys
import time
from typing import IO, Final, Protocol

from rich.console import Console

_PLAIN_WIDTH: Final = 200
_ASK_SECONDS: Final = 0.25
_SUBSTITUTES: Final = str.maketrans({"→": "->", "…": "..."})


class Output(Protocol):
    """Something that text can be written to."""

    def write(self, text: str, /) -> object:
        """Write the text."""

    def flush(self) -> None:
        """Flush the text."""


class Screen:
    """A terminal, or a pipe or file, which is treated as a wide one.

    `output` receives the text instead of the stream, so that a progress bar on the same terminal stays intact.
    """

    def __init__(
        self, stream: IO[str] | None = None, *, output: Output | None = None, width: int | None = None
    ) -> None:
        stream = stream or sys.stdout
        self.is_terminal = stream.isatty()
        self.has_colours = self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._fixed_width = width
        self._width = width or _PLAIN_WIDTH
        self._ask_again_at = 0.0
        self.output: Output = output or stream
        self._substitutes = _substitutes(getattr(stream, "encoding", None))

    @property
    def width(self) -> int:
        """Columns of a line; a terminal is asked again several times a second, since its window may be resized."""
        now = time.monotonic()
        if self._fixed_width is None and now >= self._ask_again_at:
            self._width, self._ask_again_at = shutil.get_terminal_size((_PLAIN_WIDTH, 0)).columns, now + _ASK_SECONDS
        return self._width

    def write(self, text: str) -> None:
        """Write text that is printable already, replacing characters that the encoding lacks."""
        self.output.write(text.translate(self._substitutes) if self._substitutes else text)


def _substitutes(encoding: str | None) -> dict[int, str] | None:
    """Return substitutes for our own special characters if the encoding lacks them."""
    try:
        "→…".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return _SUBSTITUTES
    return None


class _Console(Console):
    """A console that leaves closed pipes to the command."""

    def on_broken_pipe(self) -> None:
        """Raise the error: rich would end the process with status 1."""
        raise BrokenPipeError


def new_console(*, stderr: bool = False) -> Console:
    """Return rich's console for standard output or error; wide enough to read if it is not a terminal."""
    terminal = _Console(stderr=stderr)
    if terminal.is_terminal:
        return terminal
    return _Console(stderr=stderr, width=shutil.get_terminal_size((_PLAIN_WIDTH, 0)).columns)
