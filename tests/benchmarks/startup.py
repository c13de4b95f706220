"""The start-up time of the command, as a multiple of importing typer and rich, which it cannot do without.

A service has started when it connects to its broker, here a socket. All are started in turn, round after round, so that
a busy machine slows them equally. The figures are medians over the rounds, by the clock and in CPU time.
"""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

SCRIPT: Final = Path(sys.executable).parent / "insidertape"
SAMPLES: Final = Path(__file__).resolve().parents[2] / "deploy" / "samples"
YARDSTICK: Final = (sys.executable, "-c", "import typer, rich")
COMMANDS: Final = {
    "--version": (("--version",), 3),
    "--help": (("--help",), 3),
    "alerts --help": (("alerts", "--help"), 3),
    "completion": ((), 3),
}
SERVICES: Final = {
    "parser": (("parser",), 6),
    "holdings": (("holdings",), 6),
    "watcher": (("watcher", "--source", str(SAMPLES)), 6),
}
_ROUNDS: Final = 9
_PATIENCE: Final = 60.0
_COMPLETES: Final = {
    "_INSIDERTAPE_COMPLETE": "complete_bash",
    "COMP_WORDS": "insidertape alerts --side ",
    "COMP_CWORD": "3",
}


@dataclass(frozen=True)
class StartDuration:
    """The duration of a start in seconds: by the clock, and in CPU time."""

    clock: float
    processor: float


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment, in which Python writes its bytecode cache, as by default."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | variables


def spent_by(start: Callable[[], None]) -> StartDuration:
    """Return the duration of a process that `start` starts and awaits."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    start()
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return StartDuration(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def run_to_the_end(words: Sequence[str], **variables: str) -> StartDuration:
    """Run a command to its end."""

    def start() -> None:
        subprocess.run(words, env=environment(**variables), stdout=subprocess.DEVNULL, check=True)

    return spent_by(start)


def connected(words: Sequence[str]) -> StartDuration:
    """Start a service, and kill it as soon as it connects to its broker."""
    clock: list[float] = []

    def start() -> None:
        with socket.create_server(("127.0.0.1", 0)) as broker:
            broker.settimeout(_PATIENCE)
            began = time.perf_counter()
            address = f"127.0.0.1:{broker.getsockname()[1]}"
            with subprocess.Popen(
                [SCRIPT, *words, "--kafka", address], env=environment(), stderr=subprocess.DEVNULL
            ) as process:
                try:
                    connection, _ = broker.accept()
                    clock.append(time.perf_counter() - began)
                    connection.close()
                finally:
                    process.kill()

    processor = spent_by(start).processor
    return StartDuration(clock[0], processor)


def main() -> None:
    """Start all of them, round after round; print medians and ratios."""
    starts: dict[str, Callable[[], StartDuration]] = {"import typer, rich": partial(run_to_the_end, YARDSTICK)}
    for name, (words, _) in COMMANDS.items():
        starts[name] = partial(run_to_the_end, (str(SCRIPT), *words), **({} if words else _COMPLETES))
    for name, (words, _) in SERVICES.items():
        starts[name] = partial(connected, words)
    for start in starts.values():
        start()  # to fill the bytecode cache
    taken: dict[str, list[StartDuration]] = {name: [] for name in starts}
    for _ in range(_ROUNDS):
        for name, start in starts.items():
            taken[name].append(start())
    (unit, *_) = (_medians(each) for each in taken.values())
    allowed = {name: most for name, (_, most) in (COMMANDS | SERVICES).items()}
    print(f"{'start-up':<20}{'ms':>7}{'times':>8}{'cpu ms':>9}{'times':>8}  at most")
    for name, each in taken.items():
        found = _medians(each)
        clock, processor = found.clock / unit.clock, found.processor / unit.processor
        figures = f"{found.clock * 1000:>7.0f}{clock:>8.1f}{found.processor * 1000:>9.0f}{processor:>8.1f}"
        print(f"{name:<20}{figures}  {allowed.get(name, '')}")


def _medians(taken: Sequence[StartDuration]) -> StartDuration:
    return StartDuration(median(each.clock for each in taken), median(each.processor for each in taken))


if __name__ == "__main__":
    main()
