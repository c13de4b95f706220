"""How long the command takes to be there, in times of what importing typer and rich takes: what it cannot do without.

A service is there when it connects to its broker: a socket of ours. All are started in turn, round after round, so that
a busy machine slows them alike. The figures are medians over the rounds, and processor time beside the clock's.
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
class Spent:
    """What a start took, in seconds: by the clock, and of the processor."""

    clock: float
    processor: float


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment, in which Python keeps what it compiles, as it does unless told otherwise."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | variables


def spent_by(start: Callable[[], None]) -> Spent:
    """Return what a process took that `start` starts and waits for."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    start()
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def ended(words: Sequence[str], **variables: str) -> Spent:
    """Run a command to its end."""

    def start() -> None:
        subprocess.run(words, env=environment(**variables), stdout=subprocess.DEVNULL, check=True)

    return spent_by(start)


def connected(words: Sequence[str]) -> Spent:
    """Start a service, and end it as soon as it connects to its broker."""
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
    return Spent(clock[0], processor)


def main() -> None:
    """Start all of them, round after round; print the medians and their ratios."""
    starts: dict[str, Callable[[], Spent]] = {"import typer, rich": partial(ended, YARDSTICK)}
    for name, (words, _) in COMMANDS.items():
        starts[name] = partial(ended, (str(SCRIPT), *words), **({} if words else _COMPLETES))
    for name, (words, _) in SERVICES.items():
        starts[name] = partial(connected, words)
    for start in starts.values():
        start()  # Python compiles what it has not compiled before
    taken: dict[str, list[Spent]] = {name: [] for name in starts}
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


def _medians(taken: Sequence[Spent]) -> Spent:
    return Spent(median(each.clock for each in taken), median(each.processor for each in taken))


if __name__ == "__main__":
    main()
