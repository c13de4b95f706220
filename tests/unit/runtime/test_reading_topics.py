"""Reads of several topics of the embedded log: in commit order, at a cost proportional to what is read."""

import sqlite3
from pathlib import Path

import pytest

from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded.log import EmbeddedLog
from tests.unit.runtime.builders import NUMBERS, STATE, number, values

INDEX = "records_by_topic"


def filled(directory: Path, *, partitions: int = 4) -> EmbeddedLog:
    """Return a log whose records alternate between two topics."""
    log = EmbeddedLog(directory, partitions=partitions)
    for count in range(40):
        with log.transaction():
            log.append([number(count, str(count), topic=STATE if count % 3 else NUMBERS)])
    return log


def read_in_batches(log: EmbeddedLog, most: int) -> list[bytes | None]:
    """Read both topics to their end, with at most `most` records per read."""
    found: list[bytes | None] = []
    place = 0
    while batch := log.read_all((NUMBERS, STATE), place, most=most):
        place = batch[-1][0]
        found += values([record for _, record in batch])
    return found


@pytest.mark.parametrize("most", [1, 7, 40, 100])
def test_batches_of_any_size_add_up_to_the_order_of_the_commits(tmp_path: Path, most: int) -> None:
    """No record is lost if one topic has more records than the other."""
    assert read_in_batches(filled(tmp_path), most) == [str(count).encode() for count in range(40)]


def test_the_cost_of_a_batch_does_not_depend_on_the_size_of_the_topics(tmp_path: Path) -> None:
    """Sorting all records for each batch made a listing of a large log quadratic."""
    log = filled(tmp_path)
    log.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        plan = database.execute(
            "EXPLAIN QUERY PLAN SELECT value FROM records WHERE topic = ? AND id > ? ORDER BY id LIMIT 5", ("x", 1)
        ).fetchall()
    assert INDEX in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def test_a_file_without_the_index_is_read_and_gets_one_when_written(tmp_path: Path) -> None:
    """A reader does not change it; the next writer adds the index."""
    filled(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute(f"DROP INDEX {INDEX}")
    reading = EmbeddedLog(tmp_path, read_only=True)
    assert len(read_in_batches(reading, 9)) == 40
    reading.close()
    EmbeddedLog(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        assert database.execute("SELECT name FROM sqlite_master WHERE name = ?", (INDEX,)).fetchall() == [(INDEX,)]


def test_a_read_leaves_the_log_free_for_writing(tmp_path: Path) -> None:
    """Its snapshot ends with it."""
    log = filled(tmp_path)
    assert log.read_all((NUMBERS,), 0, most=1)
    with log.transaction():
        log.append([number(40)])
    assert len(read_in_batches(log, 100)) == 41
