"""Opening the embedded log: by several processes at once, and what is refused."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InsidertapeError, Misconfigured, StorageFailed, TransientError
from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded import opening
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.embedded.storage_errors import LogConnection, corrupt
from services.runtime.partitioning import partition_of
from tests.unit.runtime.builders import NUMBERS, number, values

ROOT = Path(__file__).resolve().parents[3]
HOME = partition_of(b"k", 4)
"""The partition of the key `k`."""


def test_the_number_of_partitions_is_that_of_the_first_opening(tmp_path: Path) -> None:
    """Keys must stay in their partitions, whatever a later version's default is."""
    for given in (3, 7):
        log = EmbeddedLog(tmp_path, partitions=given)
        assert log.partitions == 3
        log.close()


def test_a_reader_does_not_create_a_log(tmp_path: Path) -> None:
    """A misspelt directory is reported and not created; the message says which command creates it."""
    with pytest.raises(Misconfigured, match=r"no_data: there is no insidertape data in .*`insidertape run` creates it"):
        EmbeddedLog(tmp_path / "misspelt", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_what_was_written(tmp_path: Path) -> None:
    """Two connections, one file."""
    with closing(EmbeddedLog(tmp_path)) as log, closing(EmbeddedLog(tmp_path, read_only=True)) as reader:
        with log.transaction():
            log.append([number(1)])
        assert values(reader.read(NUMBERS, HOME, 0, most=9, most_bytes=9)) == [b"1"]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_log_of_another_version_is_refused(tmp_path: Path, *, read_only: bool) -> None:
    """It must be neither misread nor overwritten."""
    EmbeddedLog(tmp_path).close()
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("PRAGMA user_version = 99")
    other.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(Misconfigured, match="other_version"):
        EmbeddedLog(tmp_path, read_only=read_only)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    """The file is not changed."""
    (tmp_path / FILE_NAME).write_text("a letter to a friend, much longer than the header of a database" * 99)
    with pytest.raises(StorageFailed, match=r"foreign_file: .*not a database"):
        EmbeddedLog(tmp_path)


def test_a_path_that_cannot_be_a_directory_is_refused(tmp_path: Path) -> None:
    """The message has the path and the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=r"unusable_data: .*file/data"):
        EmbeddedLog(tmp_path / "file" / "data")


def test_a_log_that_cannot_be_used_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process may continue without it, and must not keep it open."""
    EmbeddedLog(tmp_path).close()
    connect, connections = sqlite3.connect, list[sqlite3.Connection]()

    def recorded(*args: Any, **options: Any) -> sqlite3.Connection:
        connections.append(connect(*args, **options))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", recorded)
    monkeypatch.setattr(opening, "SCHEMA_VERSION", 2)
    with pytest.raises(Misconfigured):
        EmbeddedLog(tmp_path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connections[0].execute("SELECT 1")


def test_opening_waits_for_a_process_that_creates_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself gives up at once if two processes change the journal mode."""
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def other_ends(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            other.execute("ROLLBACK")

    monkeypatch.setattr(time, "sleep", other_ends)
    EmbeddedLog(tmp_path).close()
    assert len(waits) == 2
    other.close()


def test_a_new_log_that_stays_locked_is_refused(tmp_path: Path) -> None:
    """The wait is bounded."""
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match=r"log_busy: .*locked"):
        EmbeddedLog(tmp_path, patience=0.0)
    other.close()


def test_processes_that_open_a_new_log_at_once_can_all_use_it(tmp_path: Path) -> None:
    """A supervisor starts services together: one creates the file, the others wait for it."""
    troubles: list[Exception] = []

    def open_(directory: Path, start: threading.Barrier) -> None:
        start.wait()
        try:
            EmbeddedLog(directory).close()
        except InsidertapeError as error:
            troubles.append(error)

    for attempt in range(50):
        start = threading.Barrier(4)
        threads = [threading.Thread(target=open_, args=(tmp_path / str(attempt), start)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert troubles == []


WRITER = """
import sys
from pathlib import Path
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Output
from tests.unit.runtime.builders import NUMBERS

log = EmbeddedLog(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(200):
    with log.transaction():
        log.append([Output(NUMBERS, b"k", f"{sys.argv[2]} {n}".encode()) for _ in range(2)])
log.close()
"""


def test_two_concurrent_writers_lose_and_duplicate_nothing(tmp_path: Path) -> None:
    """Each creates or finds the file, and each one's transactions are complete and in order."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=120)
        assert process.returncode == 0
    log = EmbeddedLog(tmp_path, read_only=True)
    records = log.read(NUMBERS, HOME, 0, most=10_000, most_bytes=10**9)
    log.close()
    assert [record.offset for record in records] == list(range(800))
    written = [(record.value or b"").decode() for record in records]
    assert written[::2] == written[1::2], "a transaction was torn by another"
    for name in "ab":
        assert [one for one in written[::2] if one.startswith(name)] == [f"{name} {n}" for n in range(200)]


def test_reader_leaves_the_journal_of_a_process_that_creates_the_log_alone(tmp_path: Path) -> None:
    """SQLite would delete an empty journal as its last user: what the other process commits to it would be lost."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as creator:
        creator.execute("PRAGMA journal_mode=WAL")
        creator.execute("BEGIN IMMEDIATE")
        journal, memory = (tmp_path / f"{FILE_NAME}-{suffix}" for suffix in ("wal", "shm"))
        memory.unlink()  # as if the reader had looked for it a moment before
        assert journal.stat().st_size == 0
        with pytest.raises(Misconfigured, match="no_data"):
            EmbeddedLog(tmp_path, read_only=True)
        assert journal.exists()


def test_file_that_another_process_writes_while_it_is_opened_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading without locks, half of a new file looks like a damaged one."""
    EmbeddedLog(tmp_path).close()
    attempts: list[sqlite3.Connection] = []
    has_tables = opening._has_tables

    def written_meanwhile(db: LogConnection) -> bool:
        attempts.append(db)
        if len(attempts) == 1:
            os.utime(tmp_path / FILE_NAME)
            raise corrupt(tmp_path, "disk I/O error")
        return has_tables(db)

    monkeypatch.setattr(opening, "_has_tables", written_meanwhile)
    EmbeddedLog(tmp_path, read_only=True).close()
    assert len(attempts) == 2
