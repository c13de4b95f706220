"""The cost of displaying alerts: the command run as a person runs it, on a terminal and into a pipe.

    python -m tests.benchmarks.display [--filings 10000] [--alerts 8000] [--rounds 3]

CPU times of whole processes, start included, are compared within one run, in turn, by medians. The figures are ratios,
which do not depend on how busy the machine is.

- `alerts`: the table against JSON lines, over the first 8,000 alerts of a log.
- `run --once`: with the table, against the same pipeline in a process without output.
"""

import argparse
import fcntl
import os
import pty
import resource
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

from contracts.topics import ALERTS
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Output
from tests.benchmarks.load import write_filings
from tests.benchmarks.processes import REPOSITORY

TARGET_TABLE: Final = 2.0
TARGET_RUN: Final = 1.3
TARGET_BAR_SECONDS: Final = 1.0
_COMMAND: Final = (sys.executable, "-m", "services.cli")
_ENGINE: Final = """
import asyncio, sys
from pathlib import Path
from services.cli.application.process import collect_garbage_rarely
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.embedded.embedded_engine import EmbeddedEngine
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.logging import configure_logging
from services.runtime.pipeline import run_pipeline
from services.runtime.settings import LogSettings
from services.watcher.directory_service import directory_watcher

configure_logging(LogSettings(level="warning"))
collect_garbage_rarely()
engine = EmbeddedEngine(EmbeddedLog(Path(sys.argv[2])))
sources = [directory_watcher([Path(sys.argv[1])], follow=False)]
asyncio.run(run_pipeline(engine, sources, [parser_service(), holdings_service()], asyncio.Event(), once=True))
"""


@dataclass(frozen=True)
class FinishedRun:
    """A finished process: CPU and wall seconds, bytes written, and the time until a terminal first showed progress."""

    cpu: float
    wall: float
    written: int
    bar_after: float | None = None


def to_a_pipe(words: tuple[str, ...]) -> FinishedRun:
    """Run a program with its output piped to another."""
    return _run(words, subprocess.PIPE, lambda process: iter(lambda: process.stdout.read(65_536), b""))  # type: ignore[union-attr]  # it is a pipe


def to_a_terminal(words: tuple[str, ...], *, columns: int) -> FinishedRun:
    """Run a program on a terminal with `columns` columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    try:
        return _run(words, theirs, lambda _: _read_terminal(ours), variables={"TERM": "xterm-256color"})
    finally:
        os.close(ours)


def _run(
    words: tuple[str, ...],
    output: int,
    read: Callable[["subprocess.Popen[bytes]"], Iterator[bytes]],
    *,
    variables: Mapping[str, str] | None = None,
) -> FinishedRun:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "COLUMNS"},
        "PYTHONPATH": str(REPOSITORY),
        "INSIDERTAPE_LOG_LEVEL": "warning",
        **(variables or {}),
    }
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    errors = output if output != subprocess.PIPE else None
    process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
    if output != subprocess.PIPE:
        os.close(output)
    written, bar_after = 0, None
    for part in read(process):
        written += len(part)
        if bar_after is None and b" left" in part:
            bar_after = time.perf_counter() - started
    if process.wait() != 0:
        raise RuntimeError(f"{' '.join(words)} ended with status {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return FinishedRun(cpu, time.perf_counter() - started, written, bar_after)


def _read_terminal(descriptor: int) -> Iterator[bytes]:
    """Yield the output to a terminal until its other side is closed."""
    while True:
        try:
            yield os.read(descriptor, 65_536)
        except OSError:
            return


def log_of_alerts(source: Path, directory: Path, count: int) -> int:
    """Write a log with the first alerts of another log; return their number."""
    log, copy = EmbeddedLog(source, read_only=True), EmbeddedLog(directory)
    records = [record for _, record in islice(log.read_all([ALERTS], 0, most=count), count)]
    with copy.transaction():
        copy.append([Output(ALERTS, record.key or b"", record.value, record.headers) for record in records])
    log.close()
    copy.close()
    return len(records)


def main() -> None:
    """Generate filings, run the commands in turn, and print the figures."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.display", description=__doc__)
    options.add_argument("--filings", type=int, default=10_000)
    options.add_argument("--alerts", type=int, default=8_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="insidertape-benchmark-") as directory:
        scratch = Path(directory)
        write_filings(scratch / "filings", chosen.filings)
        runs = compare_runs(scratch, chosen.rounds)
        show_runs(runs, chosen.filings)
        count = log_of_alerts(scratch / "shown", scratch / "alerts", chosen.alerts)
        show_alerts(compare_alerts(scratch / "alerts", chosen.rounds), count)


def compare_runs(scratch: Path, rounds: int) -> dict[str, list[FinishedRun]]:
    """Run the pipeline without output, with the table on a terminal, into a pipe, and quietly; in turn."""
    once = (*_COMMAND, "run", "--once", "--source", str(scratch / "filings"), "--data")
    found: dict[str, list[FinishedRun]] = {"engine alone": [], "table, terminal": [], "table, pipe": [], "quiet": []}
    for number in range(rounds):
        data = [str(scratch / f"{name}-{number}") for name in "abc"]
        shown = str(scratch / "shown") if number == 0 else str(scratch / f"d-{number}")
        found["engine alone"].append(to_a_pipe((sys.executable, "-c", _ENGINE, str(scratch / "filings"), data[0])))
        found["table, terminal"].append(to_a_terminal((*once, data[1]), columns=150))
        found["table, pipe"].append(to_a_pipe((*once, shown)))
        found["quiet"].append(to_a_pipe((*once, data[2], "--quiet")))
    return found


def compare_alerts(data: Path, rounds: int) -> dict[str, list[FinishedRun]]:
    """List the alerts as JSON lines, as CSV, and as tables of several widths; in turn."""
    alerts = (*_COMMAND, "alerts", "--data", str(data))
    ways: dict[str, Callable[[], FinishedRun]] = {
        "JSON lines, pipe": lambda: to_a_pipe((*alerts, "--format", "jsonl")),
        "table, pipe": lambda: to_a_pipe(alerts),
        "table, terminal of 150": lambda: to_a_terminal(alerts, columns=150),
        "table, terminal of 80": lambda: to_a_terminal(alerts, columns=80),
        "CSV, pipe": lambda: to_a_pipe((*alerts, "--format", "csv")),
    }
    found: dict[str, list[FinishedRun]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


def show_runs(found: Mapping[str, list[FinishedRun]], filings: int) -> None:
    """Print the cost of display against the engine alone, and the time until the progress bar appears."""
    print(f"\nrun --once over {filings:,} filings, CPU time against the engine alone (target {TARGET_RUN})")
    _show_ratios(found, "engine alone")
    bars = [ran.bar_after for ran in found["table, terminal"] if ran.bar_after is not None]
    if bars:
        print(f"  the bar shows progress {median(bars):.2f} s after the start of the process, Python's start included")


def show_alerts(found: Mapping[str, list[FinishedRun]], alerts: int) -> None:
    """Print the cost of a table against JSON lines."""
    print(f"\nalerts, {alerts:,} of them, CPU time against JSON lines (target {TARGET_TABLE})")
    _show_ratios(found, "JSON lines, pipe")


def _show_ratios(found: Mapping[str, list[FinishedRun]], reference: str) -> None:
    own = median(ran.cpu for ran in found[reference])
    for name, ran in found.items():
        cpu, wall = median(each.cpu for each in ran), median(each.wall for each in ran)
        print(f"  {name:<24}{cpu:8.2f} s of CPU{wall:8.2f} s{cpu / own:8.2f}{ran[0].written:14,} bytes", flush=True)


if __name__ == "__main__":
    main()
