"""A signal ends a process of the command soon, whatever it is doing: cleanly, or by force if it cannot react."""

import fcntl
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from services.cli.application.exit_codes import INTERRUPTED
from services.runtime.data_directory import FILE_NAME
from tests.storage.disks import SAMPLES, mounted, run_samples
from tests.unit.cli.command import PATIENCE, ROOT, Running, environment, running

SOON_SECONDS = 8.0
"""Generous for a busy machine. A failure here would take half a minute, or never end."""
GIFT = "2024-12-20-quillmark-vance-form4-gift.xml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the data of a run over the samples."""
    run_samples(tmp_path / "data")
    return tmp_path / "data"


@contextmanager
def holding_lock(data: Path) -> Iterator[None]:
    """Hold the log's lock, like a process that is stopped in the middle of a transaction."""
    with closing(sqlite3.connect(data / FILE_NAME, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


def ends_soon(run: Running, number: signal.Signals = signal.SIGTERM) -> int:
    """Send the signal, and return the exit status, which must follow soon."""
    run.process.send_signal(number)
    started = time.monotonic()
    status = run.ends()
    assert time.monotonic() - started < SOON_SECONDS
    return status


def wait_until_open(run: Running, file: Path) -> None:
    """Wait until the process has opened the file."""
    opened = Path(f"/proc/{run.process.pid}/fd")
    deadline = time.monotonic() + PATIENCE
    while not any(os.path.realpath(each) == str(file) for each in opened.iterdir()):
        assert time.monotonic() < deadline, f"{file} was not opened"
        time.sleep(0.05)


def test_signal_ends_a_process_that_waits_for_a_held_log(data: Path) -> None:
    """A run, a repair and a replay all open the file for writing; each reports that it was interrupted."""
    commands = (["run", "--source", str(SAMPLES)], ["state", "repair", "--all"], ["dlq", "replay", "--all"])
    with holding_lock(data), ExitStack() as processes:
        for run in [processes.enter_context(running(*words, "--data", data)) for words in commands]:
            wait_until_open(run, data / FILE_NAME)
            assert ends_soon(run) == INTERRUPTED
            assert run.err.rest() == []


def test_signal_ends_a_run_whose_log_another_process_holds(tmp_path: Path) -> None:
    """It cannot even record that it leaves; the next run finds that its process has ended."""
    source, data = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    shutil.copy(SAMPLES / GIFT, source / "first.xml")
    with running("run", "--source", source, "--data", data) as run:
        run.out.until("gave away 1,500")
        with holding_lock(data):
            assert ends_soon(run, signal.SIGINT) == 0
            assert any("membership_abandoned" in line for line in run.err.rest())


def test_signal_ends_a_follower_on_a_read_only_mount_with_a_broken_shm() -> None:
    """There SQLite reports a new version at every check, which once was a busy loop that blocked all other tasks."""
    with mounted() as disk:
        data = disk.directory / "data"
        run_samples(data)
        (data / f"{FILE_NAME}-wal").write_bytes(b"")
        (data / f"{FILE_NAME}-shm").write_bytes(b"\0" * 100)
        disk.forbid_writing()
        with running("alerts", "--follow", "--format", "jsonl", "--data", data) as follower:
            follower.out.next()
            assert ends_soon(follower) == 0


def test_signal_ends_a_process_whose_output_nobody_takes(data: Path) -> None:
    """This is `alerts | less`: the pipe is full, and the process is blocked in a write."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4_096)
    try:
        program = [sys.executable, "-m", "services.cli", "alerts", "--format", "jsonl", "--data", str(data)]
        with subprocess.Popen(program, cwd=ROOT, env=environment(), stdout=writing) as process:
            deadline = time.monotonic() + PATIENCE
            while select.select([], [writing], [], 0)[1]:  # the pipe has room
                assert time.monotonic() < deadline, "it never wrote"
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=SOON_SECONDS) == -signal.SIGTERM
    finally:
        os.close(reading)
        os.close(writing)


def test_thread_that_does_not_end_does_not_hold_the_process() -> None:
    """Reading from a network share that does not answer can be neither awaited nor cancelled."""
    program = """
import asyncio, threading
from services.cli.application.process import run_command
from services.runtime.engine import unless_stopped
from services.runtime.threads import in_thread

def read():
    print("reading", flush=True)
    threading.Event().wait()

async def work(stop):
    await unless_stopped(stop, in_thread(read))

run_command(work)
"""
    with running(program=(sys.executable, "-c", program)) as run:
        run.out.until("reading")
        ends_soon(run)
