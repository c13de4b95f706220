"""Readers need no write access, even during writes; writers without it are refused at once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Misconfigured, StorageFailed
from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded import log
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.embedded.rows import record_of
from services.runtime.partitioning import partition_of
from services.runtime.port import Record
from tests.storage.disks import mounted
from tests.unit.runtime.builders import NUMBERS, number, values

ROOT = Path(__file__).resolve().parents[2]
HOME = partition_of(b"k", 4)
NOBODY = 65_534

CRASHED = """
import os, signal, sys
from pathlib import Path
from services.runtime.embedded.log import EmbeddedLog
from tests.unit.runtime.builders import number

log = EmbeddedLog(Path(sys.argv[1]))
with log.transaction():
    log.append([number(1), number(2)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def append(log: EmbeddedLog, *numbers: int) -> None:
    """Append numbers in a transaction."""
    with log.transaction():
        log.append([number(each) for each in numbers])


def numbers_in(directory: Path) -> list[bytes | None]:
    """Return the numbers that a reader sees."""
    with closing(EmbeddedLog(directory, read_only=True)) as log:
        return numbers(log)


def numbers(log: EmbeddedLog) -> list[bytes | None]:
    """Return the numbers in a log."""
    return values(log.read(NUMBERS, HOME, 0, most=99, most_bytes=9_999))


def closed(directory: Path) -> None:
    """Leave the data of a writer that closed its log."""
    with closing(EmbeddedLog(directory)) as log:
        append(log, 1, 2)


def crashed(directory: Path) -> None:
    """Leave the data of a writer that was killed: its records are in the -wal file."""
    subprocess.run([sys.executable, "-c", CRASHED, str(directory)], cwd=ROOT, check=False)
    assert companion_file(directory, "-wal").stat().st_size > 0


def companion_file(directory: Path, suffix: str) -> Path:
    """Return the path of a file next to the log's."""
    return directory / f"{FILE_NAME}{suffix}"


def damaged(suffix: str, content: bytes, after: Callable[[Path], None]) -> Callable[[Path], None]:
    """Leave the data with another file next to it whose content is wrong."""

    def leave(directory: Path) -> None:
        after(directory)
        companion_file(directory, suffix).write_bytes(content)

    return leave


def without(suffix: str) -> Callable[[Path], None]:
    """Leave the data of a killed writer without one of its other files."""

    def leave(directory: Path) -> None:
        crashed(directory)
        companion_file(directory, suffix).unlink()

    return leave


def checkpointed(suffix: str, content: bytes) -> Callable[[Path], None]:
    """Leave all data in the log's own file, with another file as a killed reader or writer may leave it."""

    def leave(directory: Path) -> None:
        crashed(directory)
        closed_shm = companion_file(directory, "-shm").read_bytes()
        EmbeddedLog(directory).close()
        companion_file(directory, "-shm").write_bytes(closed_shm)
        companion_file(directory, "-wal").write_bytes(b"")
        companion_file(directory, suffix).write_bytes(content)

    return leave


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(closed, id="closed"),
        pytest.param(crashed, id="crashed"),
        pytest.param(without("-shm"), id="crashed, no shm"),
        pytest.param(damaged("-shm", b"garbage!" * 4_096, crashed), id="crashed, broken shm"),
        pytest.param(damaged("-shm", b"\0" * 100, crashed), id="crashed, truncated shm"),
        pytest.param(checkpointed("-wal", b""), id="empty wal"),
        pytest.param(checkpointed("-wal", b"garbage!" * 999), id="broken wal"),
        pytest.param(checkpointed("-wal", b"short"), id="truncated wal"),
    ],
)
def test_reader_on_a_read_only_mount_sees_everything_committed(leave: Callable[[Path], None]) -> None:
    """A disk snapshot may contain any state of the files. A writer there is refused before SQLite retries."""
    with mounted() as disk:
        leave(disk.directory)
        disk.forbid_writing()
        started = time.monotonic()
        assert numbers_in(disk.directory) == [b"1", b"2"]
        with pytest.raises(StorageFailed, match=r"read_only_data: .*its directory is read-only.*--data"):
            EmbeddedLog(disk.directory)
        assert time.monotonic() - started < 5  # SQLite retries a broken -wal for ten seconds


def test_reader_creates_no_files(tmp_path: Path) -> None:
    """The file would belong to the reader's user, and the writer could not use it."""
    closed(tmp_path)
    with closing(EmbeddedLog(tmp_path, read_only=True)) as log:
        assert numbers(log) == [b"1", b"2"]
        assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_reader_opened_before_the_writer_sees_its_records(tmp_path: Path) -> None:
    """It reads without locks until another process writes, and works while that is open and after it has closed."""
    closed(tmp_path)
    with closing(EmbeddedLog(tmp_path, read_only=True)) as reader:
        before = reader.data_version()
        assert reader.data_version() == before
        with closing(EmbeddedLog(tmp_path)) as writer:
            append(writer, 3)
            assert reader.data_version() != before
            assert numbers(reader) == [b"1", b"2", b"3"]
            append(writer, 4)
            assert numbers(reader) == [b"1", b"2", b"3", b"4"]
        assert numbers(reader) == [b"1", b"2", b"3", b"4"]


def test_reading_without_locks_starts_over_if_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer may open and close within one read: half a change must not be returned."""
    closed(tmp_path)
    calls: list[int] = []

    def overtaken(row: Sequence[Any]) -> Record:
        calls.append(1)
        if len(calls) == 1:
            with closing(EmbeddedLog(tmp_path)) as writer:
                append(writer, 3)
        return record_of(row)

    monkeypatch.setattr(log, "record_of", overtaken)
    with closing(EmbeddedLog(tmp_path, read_only=True)) as reader:
        assert numbers(reader) == [b"1", b"2", b"3"]


def as_unprivileged_user(work: Callable[[], object]) -> str:
    """Run `work` in a process of an unprivileged user, and return its result or error as text."""
    if os.geteuid():
        pytest.skip("only root may become another user")
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        with os.fdopen(reading) as answers:
            answer = answers.read()
        os.waitpid(child, 0)
        return answer
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        answer = repr(work())
    except BaseException as error:  # noqa: BLE001 - it is what the test asks for
        answer = f"{type(error).__name__} {error}"
    os.write(writing, answer.encode())
    os._exit(0)


def test_another_user_can_read_without_write_permission() -> None:
    """This holds while the owner writes, after it was killed and after it closed; as a writer the user is refused."""
    with mounted() as disk:
        data = disk.directory / "data"
        writer = EmbeddedLog(data)
        append(writer, 1)
        assert as_unprivileged_user(lambda: numbers_in(data)) == "[b'1']"
        append(writer, 2)
        assert as_unprivileged_user(lambda: numbers_in(data)) == "[b'1', b'2']"
        writer.close()
        assert as_unprivileged_user(lambda: numbers_in(data)) == "[b'1', b'2']"
        assert "read_only_data" in as_unprivileged_user(lambda: EmbeddedLog(data))
        crashed(disk.directory / "crashed")
        assert as_unprivileged_user(lambda: numbers_in(disk.directory / "crashed")) == "[b'1', b'2']"


def test_unreadable_file_is_reported_in_one_line() -> None:
    """It names the file and the missing permissions."""
    with mounted() as disk:
        closed(disk.directory)
        (disk.directory / FILE_NAME).chmod(0o600)
        assert "StorageFailed forbidden_data" in as_unprivileged_user(
            lambda: EmbeddedLog(disk.directory, read_only=True)
        )
        disk.directory.chmod(0o700)
        assert "StorageFailed forbidden_data" in as_unprivileged_user(
            lambda: EmbeddedLog(disk.directory, read_only=True)
        )


def test_directory_that_cannot_be_created_on_a_read_only_disk_is_a_storage_failure() -> None:
    """A reader reports that there is no data."""
    with mounted() as disk:
        disk.forbid_writing()
        with pytest.raises(StorageFailed, match="read_only_data"):
            EmbeddedLog(disk.directory / "data")
        with pytest.raises(Misconfigured, match="no_data"):
            EmbeddedLog(disk.directory / "data", read_only=True)
