"""Damaged, foreign and missing files in place of the log: a clear error, in bounded time."""

import itertools
import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InsidertapeError, Misconfigured, StorageFailed
from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.embedded.storage_errors import LogConnection
from services.runtime.partitioning import partition_of
from tests.storage.disks import SAMPLES, result_of, run_samples
from tests.unit.cli.command import insidertape
from tests.unit.runtime.builders import NUMBERS, STATE, number

HOME = partition_of(b"k", 4)
DAMAGES = 150


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a log with a few hundred records, some of which span several pages."""
    directory = tmp_path_factory.mktemp("sound")
    with closing(EmbeddedLog(directory)) as log:
        for n in range(30):
            with log.transaction():
                log.append([number(str(n) * 3_000 if n % 3 else n, f"key-{n % 7}") for _ in range(6)])
                log.append([number(n, f"key-{n % 7}", topic=STATE)])
                log.commit_offset("g", NUMBERS, HOME, before=n, after=n + 1)
        log.heartbeat("g", "elsewhere/1/x", now_ms=0, lasts_ms=10**15)
    return directory


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    """Return a copy of the sound log, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "data"))


def use(directory: Path) -> None:
    """Read everything, then write."""
    with closing(EmbeddedLog(directory, read_only=True)) as log:
        place = log.position_before((NUMBERS, STATE), {})
        while found := log.read_all((NUMBERS, STATE), place, most=50):
            place = found[-1][0]
    with closing(EmbeddedLog(directory)) as log:
        for partition in range(min(log.partitions, 8)):
            start = 0
            while records := log.read(NUMBERS, partition, start, most=50, most_bytes=10**6):
                start = records[-1].offset + 1
        log.caught_up("g", NUMBERS)
        log.heartbeat("g", "elsewhere/2/x", now_ms=1, lasts_ms=100)
        log.members("g", now_ms=1)
        with log.transaction():
            log.append([number(1), number(1, topic=STATE)])
        log.expire(STATE, now_ms=10**15)


@pytest.mark.parametrize("seed", range(DAMAGES))
def test_damage_anywhere_gives_a_clear_error_or_does_no_harm(seed: int, damaged: Path) -> None:
    """Bytes are overwritten with zeros, noise or other parts of the file, or the end is missing."""
    file = damaged / FILE_NAME
    content, chosen = bytearray(file.read_bytes()), random.Random(seed)  # noqa: S311 - deterministic
    start = chosen.randrange(len(content)) if seed % 4 else chosen.randrange(2_000)
    size = chosen.choice([1, 4, 40, 400, 16_384])
    end = min(len(content), start + size)
    match seed % 5:
        case 0:
            content[start:end] = bytes(end - start)
        case 1:
            other = chosen.randrange(len(content) - (end - start))
            content[start:end] = content[other : other + end - start]
        case 2:
            del content[start:]
        case _:
            content[start:end] = chosen.randbytes(end - start)
    file.write_bytes(content)
    with suppress(InsidertapeError):
        use(damaged)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE records SET offset = 'x' WHERE offset = 1", "'x' is in place of a number"),
        ("UPDATE ends SET next = 'x'", "'x' is in place of a number"),
        ("UPDATE offsets SET next = 1.5", "1.5 is in place of a number"),
        ("UPDATE ends SET next = 0", "UNIQUE constraint failed"),
        ("DELETE FROM settings", "the number of partitions is missing"),
        ("UPDATE settings SET value = -3", "the number of partitions is missing"),
    ],
)
def test_contents_that_contradict_the_log_count_as_damage(statement: str, reason: str, damaged: Path) -> None:
    """For SQLite, the file is valid."""
    with closing(sqlite3.connect(damaged / FILE_NAME)) as db, db:
        db.execute(statement)
    with pytest.raises(StorageFailed, match=f"corrupt_data: .* is damaged .*{reason}.* restore .* from a backup"):
        use(damaged)


def test_cyclic_index_counts_as_damage(damaged: Path) -> None:
    """A read along offsets that do not increase would never end."""
    with closing(sqlite3.connect(damaged / FILE_NAME, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = REPLACE(sql, 'offset)', 'offset DESC)') WHERE type = 'index'")
    with pytest.raises(StorageFailed, match=r"corrupt_data: .*comes after"):
        use(damaged)


def test_overwritten_page_is_reported_in_one_line_by_any_command(damaged: Path) -> None:
    """It names the file, and says what to do."""
    file = damaged / FILE_NAME
    content = bytearray(file.read_bytes())
    content[16_384:] = bytes(len(content) - 16_384)
    file.write_bytes(content)
    for words in (["alerts"], ["run", "--once", "-q", "--source", str(SAMPLES)]):
        command = insidertape(*words, "--data", damaged)
        assert command.returncode == 74
        (line,) = command.stderr.splitlines()
        assert "corrupt_data" in line
        assert f"{file} is damaged" in line


def directory_with_its_name(file: Path) -> None:
    """Create a directory with the file's name."""
    file.mkdir()


def text_file(file: Path) -> None:
    """Write a text file."""
    file.write_text("Dear Jane, ...")


def foreign_database(file: Path) -> None:
    """Create another program's database, which also uses a version number."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE notes (text TEXT)")
        db.execute("PRAGMA user_version = 1")


def unversioned_database(file: Path) -> None:
    """Create another program's database without a version number."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE notes (text TEXT)")


def namesake_tables(file: Path) -> None:
    """Create a database with tables of the same names."""
    with closing(sqlite3.connect(file)) as db, db:
        for table in ("records", "ends", "offsets", "members", "settings"):
            db.execute(f"CREATE TABLE {table} (text TEXT)")
        db.execute("PRAGMA user_version = 1")


@pytest.mark.parametrize(
    "leave", [directory_with_its_name, text_file, foreign_database, unversioned_database, namesake_tables]
)
@pytest.mark.parametrize("read_only", [False, True])
def test_foreign_file_is_refused_and_not_changed(
    leave: Callable[[Path], None], tmp_path: Path, *, read_only: bool
) -> None:
    """Our tables must not be added to another program's database."""
    file = tmp_path / FILE_NAME
    leave(file)
    before = file.is_dir() or file.read_bytes()
    with pytest.raises(StorageFailed, match=r"foreign_file: .* is not insidertape's: .*--data"):
        EmbeddedLog(tmp_path, read_only=read_only)
    assert (file.is_dir() or file.read_bytes()) == before


def test_empty_file_counts_as_new(tmp_path: Path) -> None:
    """A process that is killed right after its start leaves an empty file."""
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(Misconfigured, match=r"no_data: .*`insidertape run` creates it"):
        EmbeddedLog(tmp_path, read_only=True)
    run_samples(tmp_path)
    assert result_of(tmp_path)


def killed_at_statement(number: int, directory: Path) -> bool:
    """Create a log in a process that is killed at a statement; return whether the statement was reached."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    execute, done = LogConnection.execute, itertools.count()

    def killed(db: LogConnection, *arguments: Any) -> Any:
        if next(done) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(db, *arguments)

    LogConnection.execute = killed  # type: ignore[method-assign]  # of a process that has nothing else to do
    EmbeddedLog(directory)
    os._exit(0)


def test_process_killed_while_it_creates_the_file_leaves_a_usable_one(tmp_path: Path) -> None:
    """This is tested after each statement. Until the last one, a reader finds no data and no other error."""
    found = []
    for statement in itertools.count():
        directory = tmp_path / str(statement)
        if not killed_at_statement(statement, directory):
            break
        try:
            EmbeddedLog(directory, read_only=True).close()
        except Misconfigured as error:
            found.append(error.code)
        with closing(EmbeddedLog(directory)) as log:
            assert log.partitions == 4
            assert log.heartbeat("g", "m", now_ms=0, lasts_ms=1) == ["m"]
    assert len(found) > 15
    assert set(found) == {"no_data"}


def test_file_deleted_while_in_use_is_detected(tmp_path: Path) -> None:
    """Records in a deleted file would be lost when the process ends."""
    with closing(EmbeddedLog(tmp_path)) as log:
        (tmp_path / FILE_NAME).rename(tmp_path / "elsewhere")
        with pytest.raises(StorageFailed, match="moved_data"):
            log.heartbeat("g", "m", now_ms=0, lasts_ms=1)
