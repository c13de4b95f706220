"""The `insidertape` command as a process: run to its end, followed line by line, or on a terminal."""

import fcntl
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

from tests.unit.cli.warm_process import run_warm

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "deploy" / "samples"
SAMPLE_ALERTS = 42
PATIENCE = 60.0
"""Seconds after which an expected event counts as missing."""

_COMMAND = (sys.executable, "-m", "services.cli")
TYPED = shlex.join(_COMMAND)
"""The command as it prints itself when called like this."""


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment without variables that configure the command, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INSIDERTAPE_")}
    return {**kept, "COLUMNS": "200", "PYTHONUTF8": "1", **variables}


def insidertape(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return run_warm([*map(str, words)], environment(**variables), ROOT, PATIENCE)


def data_of_samples(directory: Path) -> Path:
    """Run once over the samples, and return the directory with the data."""
    run = insidertape("run", "--once", "--source", SAMPLES, "--data", directory)
    assert run.returncode == 0, run.stderr
    return directory


def insidertape_bytes(*words: str | Path) -> bytes:
    """Run the command to its end, and return the bytes that it printed."""
    return subprocess.run(
        [*_COMMAND, *map(str, words)], cwd=ROOT, env=environment(), capture_output=True, timeout=PATIENCE, check=True
    ).stdout


def insidertape_without_reader(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command with its output connected to a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [*_COMMAND, *map(str, words)],
            cwd=ROOT,
            env=environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writing)


class Lines:
    """The lines of a stream as they arrive, each awaited no longer than `PATIENCE`."""

    def __init__(self, stream: IO[str]) -> None:
        self._queue: Queue[str | None] = Queue()
        self._thread = Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def next(self) -> str:
        """Return the next line, or raise an error if none arrives."""
        line = self._queue.get(timeout=PATIENCE)
        assert line is not None, "the stream has ended"
        return line

    def until(self, words: str) -> str:
        """Return the next line that contains the words."""
        while words not in (line := self.next()):
            pass
        return line

    def rest(self) -> list[str]:
        """Return all lines up to the end of the stream."""
        return list(iter(lambda: self._queue.get(timeout=PATIENCE), None))

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)


class Running:
    """A running command."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.out = Lines(process.stdout)
        self.err = Lines(process.stderr)

    def ends(self) -> int:
        """Wait for the end, and return the exit status."""
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def running(
    *words: str | Path, program: tuple[str, ...] = _COMMAND, variables: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Start the command (or another program), and kill it at the end if it is still running."""
    with subprocess.Popen(
        [*program, *map(str, words)],
        cwd=ROOT,
        env=environment(**(variables or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def on_terminal(*words: str | Path, columns: int) -> tuple[int, str]:
    """Run the command on a terminal of the given width; return its exit status and its output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = environment(TERM="xterm-256color")
    del variables["COLUMNS"]
    with subprocess.Popen(
        [*_COMMAND, *map(str, words)], cwd=ROOT, env=variables, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b"".join(_until_closed(ours))
        os.close(ours)
        return process.wait(timeout=PATIENCE), written.decode()


def _until_closed(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(descriptor, 65_536)
        except OSError:  # raised when the other side of the terminal is closed
            return
