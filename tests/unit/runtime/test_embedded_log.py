"""The embedded log: offsets, transactions, compaction, groups and retention, in one file."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import StorageFailed, TransientError
from contracts.topics import DAY_MS
from services.runtime.embedded.log import EmbeddedLog, OffsetConflictError
from services.runtime.embedded.membership import member_name
from services.runtime.partitioning import partition_of
from services.runtime.port import Output
from tests.unit.runtime.builders import NUMBERS, STATE, number, values

GROUP = "insidertape.test"
HOME = partition_of(b"k", 4)
AWAY = (HOME + 1) % 4
"""The partition of the key `k`."""

Opened = Callable[..., EmbeddedLog]


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[Opened]:
    """Yield a function that opens the test's log, any number of times; all are closed at the end."""
    logs: list[EmbeddedLog] = []

    def open_(**options: Any) -> EmbeddedLog:
        logs.append(EmbeddedLog(tmp_path, **options))
        return logs[-1]

    yield open_
    for log in logs:
        log.close()


@pytest.fixture
def log(open_log: Opened) -> EmbeddedLog:
    """Return a new log."""
    return open_log()


def append(log: EmbeddedLog, *outputs: Output) -> None:
    """Append the outputs in one transaction."""
    with log.transaction():
        log.append(outputs)


def numbers(log: EmbeddedLog, start: int = 0, *, most: int = 1_000, most_bytes: int = 1_000_000) -> list[bytes | None]:
    """Return the values of the key `k`, starting at an offset."""
    return values(log.read(NUMBERS, HOME, start, most=most, most_bytes=most_bytes))


class Failure(Exception):
    """Stands for any error within a transaction."""


def append_and_fail(log: EmbeddedLog, *outputs: Output) -> None:
    """Run a transaction that fails after it has written records and an offset."""
    with log.transaction():
        log.append(outputs)
        log.commit_offset(GROUP, NUMBERS, HOME, before=0, after=1)
        raise Failure


def commit_batch(log: EmbeddedLog, *outputs: Output, before: int, after: int, group: str = GROUP) -> None:
    """Commit a batch of the group: its outputs, and its offset in the numbers of the key `k`."""
    with log.transaction():
        log.append(outputs)
        log.commit_offset(group, NUMBERS, HOME, before=before, after=after)


def test_a_record_is_read_as_it_was_written(log: EmbeddedLog) -> None:
    """Bytes, the order and number of headers, and a time by the log's clock."""
    headers = (("b", b"\xff\x00"), ("a", b""), ("b", b"twice"))
    append(log, Output(NUMBERS, b"k", b"\x00\xff", headers), Output(NUMBERS, b"k", None), Output(NUMBERS, b"k", b""))
    first, second, third = log.read(NUMBERS, HOME, 0, most=9, most_bytes=9)
    assert (first.topic, first.partition, first.offset) == (NUMBERS.name, HOME, 0)
    assert (first.key, first.value, first.headers) == (b"k", b"\x00\xff", headers)
    assert (second.value, third.value) == (None, b"")
    assert first.timestamp_ms > 1_600_000_000_000


def test_offsets_count_from_zero_within_each_partition(log: EmbeddedLog) -> None:
    """As on a broker; a partition's end is the offset of its next record."""
    append(log, *(number(n, f"key-{n}") for n in range(40)))
    append(log, *(number(n, f"key-{n}") for n in range(40)))
    for partition in range(4):
        records = log.read(NUMBERS, partition, 0, most=100, most_bytes=1_000)
        assert [record.offset for record in records] == list(range(len(records)))
        assert log.end(NUMBERS, partition) == len(records) > 0
    assert log.end(STATE, 0) == 0


def test_a_read_starts_at_its_offset_and_respects_its_limits(log: EmbeddedLog) -> None:
    """A read returns a limited number of records and bytes, but always at least one record, however large."""
    append(log, *(number("x" * 10) for _ in range(10)))
    assert len(numbers(log, 4)) == 6
    assert len(numbers(log, most=3)) == 3
    assert len(numbers(log, most_bytes=30)) == 3
    assert len(numbers(log, most_bytes=31)) == 4
    assert len(numbers(log, most_bytes=1)) == 1
    assert numbers(log, 10) == []


def test_a_transaction_that_fails_leaves_nothing(log: EmbeddedLog) -> None:
    """Neither records, nor offsets, nor gaps in them."""
    append(log, number(1))
    with pytest.raises(Failure):
        append_and_fail(log, number(2), number(2, topic=STATE))
    assert numbers(log) == [b"1"]
    assert log.committed(GROUP, NUMBERS, HOME) == 0
    append(log, number(3))
    assert [record.offset for record in log.read(NUMBERS, HOME, 0, most=9, most_bytes=9)] == [0, 1]


def test_compaction_in_a_failed_transaction_is_undone(log: EmbeddedLog) -> None:
    """The previous state is still there."""
    append(log, number(1, topic=STATE))
    with pytest.raises(Failure):
        append_and_fail(log, number(2, topic=STATE))
    assert values(log.read(STATE, HOME, 0, most=9, most_bytes=9)) == [b"1"]


def test_a_full_disk_fails_the_transaction_and_not_the_log(log: EmbeddedLog) -> None:
    """SQLite rolls back by itself then; existing records stay readable."""
    append(log, number(1))
    pages = log._db.execute("PRAGMA page_count").fetchone()[0]
    log._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed, match="disk_full"):
        append(log, *(number("x" * 30_000) for _ in range(100)))
    assert numbers(log) == [b"1"]
    log._db.execute("PRAGMA max_page_count = 100000")
    append(log, number(2))
    assert numbers(log) == [b"1", b"2"]


def test_a_compacted_topic_keeps_the_last_record_of_each_key(log: EmbeddedLog) -> None:
    """At its own offset: positions already read do not shift. Other topics keep all records."""
    append(log, number(1, topic=STATE), number(2, topic=STATE), number(1), number(2))
    append(log, number(3, topic=STATE))
    assert [(r.offset, r.value) for r in log.read(STATE, HOME, 0, most=9, most_bytes=9)] == [(2, b"3")]
    assert log.end(STATE, HOME) == 3
    assert numbers(log) == [b"1", b"2"]


def test_a_group_commits_only_from_its_current_offset(log: EmbeddedLog) -> None:
    """A member that was overtaken commits nothing: neither offset nor outputs."""
    commit_batch(log, before=0, after=5)
    with pytest.raises(OffsetConflictError):
        commit_batch(log, number(1), before=0, after=3)
    assert log.committed(GROUP, NUMBERS, HOME) == 5
    assert numbers(log) == []
    commit_batch(log, number(2), before=5, after=6)
    assert log.committed(GROUP, NUMBERS, HOME) == 6
    assert numbers(log) == [b"2"]
    assert log.committed("insidertape.other", NUMBERS, HOME) == 0


def test_a_group_has_caught_up_when_every_partition_has(log: EmbeddedLog) -> None:
    """A single record left anywhere counts."""
    assert log.caught_up(GROUP, NUMBERS)
    append(log, number(1))
    assert not log.caught_up(GROUP, NUMBERS)
    commit_batch(log, before=0, after=1)
    assert log.caught_up(GROUP, NUMBERS)


def test_an_open_transaction_is_invisible_to_another_connection(log: EmbeddedLog, open_log: Opened) -> None:
    """Readers see what is committed, all of it at once, and can detect that something changed."""
    other = open_log()
    append(log, number(1))
    version = other.data_version()
    with log.transaction():
        log.append([number(2), number(2, "other")])
        assert numbers(log) == [b"1", b"2"]
        assert numbers(other) == [b"1"]
        assert other.end(NUMBERS, HOME) == 1
        assert other.data_version() == version
    assert numbers(other) == [b"1", b"2"]
    assert other.data_version() != version


def test_a_log_locked_for_too_long_is_a_transient_error(log: EmbeddedLog, open_log: Opened) -> None:
    """It may be free again later."""
    impatient = open_log(patience=0)
    with log.transaction(), pytest.raises(TransientError, match="log_busy"), impatient.transaction():
        pytest.fail("two writers at once")


def test_a_reader_of_several_topics_sees_the_order_of_the_commits(log: EmbeddedLog) -> None:
    """And continues after the last position that it saw."""
    append(log, number(1), number(2, "other"), number(3, topic=STATE), number(4))
    first = log.read_all((NUMBERS, STATE), 0, most=2)
    rest = log.read_all((NUMBERS, STATE), first[-1][0], most=9)
    assert values([record for _, record in first + rest]) == [b"1", b"2", b"3", b"4"]
    assert values([record for _, record in log.read_all((STATE,), 0, most=9)]) == [b"3"]


def test_a_position_skips_exactly_the_records_before_the_given_offsets(log: EmbeddedLog) -> None:
    """The first record still to be read decides; a partition without an offset is read from its beginning."""
    append(log, *(number(n) for n in range(3)))
    append(log, number(3, topic=STATE), number(4))

    def after(place: dict[tuple[str, int], int]) -> list[bytes | None]:
        return values(
            [r for _, r in log.read_all((NUMBERS, STATE), log.position_before((NUMBERS, STATE), place), most=9)]
        )

    assert after({}) == [b"0", b"1", b"2", b"3", b"4"]
    assert after({(NUMBERS.name, HOME): 2}) == [b"2", b"3", b"4"]
    assert after({(NUMBERS.name, HOME): 4}) == [b"3", b"4"]
    assert after({(NUMBERS.name, HOME): 4, (STATE.name, HOME): 1}) == []
    append(log, number(5))
    assert after({(NUMBERS.name, HOME): 4, (STATE.name, HOME): 1}) == [b"5"]


def test_members_are_alive_until_they_expire_or_leave(log: EmbeddedLog) -> None:
    """A silent member is replaced after a time, one that leaves at once. Groups are separate."""
    assert log.heartbeat(GROUP, "b", now_ms=0, lasts_ms=100) == ["b"]
    assert log.heartbeat(GROUP, "a", now_ms=50, lasts_ms=100) == ["a", "b"]
    assert log.heartbeat("insidertape.other", "c", now_ms=50, lasts_ms=100) == ["c"]
    assert log.heartbeat(GROUP, "a", now_ms=99, lasts_ms=100) == ["a", "b"]
    assert log.heartbeat(GROUP, "a", now_ms=100, lasts_ms=100) == ["a"]
    log.heartbeat(GROUP, "b", now_ms=100, lasts_ms=100)
    log.leave(GROUP, "a")
    assert log.heartbeat(GROUP, "b", now_ms=101, lasts_ms=100) == ["b"]


def test_a_member_whose_process_has_ended_is_replaced_at_once(log: EmbeddedLog) -> None:
    """After a kill there is no wait for its expiry. Processes of another machine cannot be checked."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    host, own = member_name().split("/")[:2]
    dead, stranger, alive = f"{host}/{process.pid}/x", f"not-{host}/{process.pid}/x", f"{host}/{own}/x"
    for member in (dead, stranger):
        log.heartbeat(GROUP, member, now_ms=0, lasts_ms=100)
    assert log.heartbeat(GROUP, alive, now_ms=1, lasts_ms=100) == sorted([stranger, alive])


EXPIRING = replace(NUMBERS, retention_ms=1_000)


def expire(log: EmbeddedLog, *, later_ms: int = 2_000) -> list[bytes | None]:
    """Enforce retention so much later than the first write, and return the remaining values of the key `k`."""
    (first, *_) = log.read(NUMBERS, HOME, 0, most=1, most_bytes=1)
    log.expire(EXPIRING, now_ms=first.timestamp_ms + later_ms)
    return numbers(log)


def test_only_what_every_group_has_processed_expires(log: EmbeddedLog) -> None:
    """Age alone deletes nothing: a service that was down for long loses no record."""
    append(log, *(number(n) for n in range(3)))
    assert expire(log) == [b"0", b"1", b"2"]
    commit_batch(log, before=0, after=3)
    commit_batch(log, before=0, after=1, group="insidertape.slow")
    assert expire(log) == [b"1", b"2"]
    commit_batch(log, before=1, after=3, group="insidertape.slow")
    assert expire(log) == []
    append(log, number(3))
    assert log.end(NUMBERS, HOME) == 4


def test_records_within_the_retention_do_not_expire(log: EmbeddedLog) -> None:
    """Retention counts from when a record was written; it may be unlimited."""
    append(log, number(1))
    commit_batch(log, before=0, after=1)
    assert expire(log, later_ms=900) == [b"1"]
    log.expire(NUMBERS, now_ms=10**15)
    assert numbers(log) == [b"1"]


def test_a_tombstone_is_deleted_after_a_day_and_state_never(log: EmbeddedLog) -> None:
    """A compacted topic that always loses keys stays as small as its content."""
    append(log, Output(STATE, b"k", b"1"), Output(STATE, b"k", None))
    append(log, Output(STATE, b"other", b"2", routing=b"k"))
    (mark, kept) = log.read(STATE, HOME, 0, most=9, most_bytes=9)
    assert (mark.value, kept.value) == (None, b"2")
    log.expire(STATE, now_ms=mark.timestamp_ms + DAY_MS)
    assert values(log.read(STATE, HOME, 0, most=9, most_bytes=9)) == [None, b"2"]
    log.expire(STATE, now_ms=kept.timestamp_ms + 1_000 * DAY_MS)
    assert values(log.read(STATE, HOME, 0, most=9, most_bytes=9)) == [b"2"]
    assert log.end(STATE, HOME) == kept.offset + 1


def test_members_that_may_still_write_are_live_or_suspended_ones(log: EmbeddedLog) -> None:
    """A process suspended past its membership resumes with the old state in memory."""
    host = socket.gethostname()
    awake, asleep, ended = f"{host}/{os.getpid()}/a", f"{host}/{os.getppid()}/b", f"{host}/{2**22 + 1}/c"
    for member in (awake, asleep, ended, "elsewhere/1/d"):
        with log.transaction():
            log._db.execute("INSERT INTO members VALUES ('g', ?, 1000)", (member,))
    assert sorted(log.members("g", now_ms=999)) == sorted([awake, asleep, "elsewhere/1/d"])
    assert log.members("g", now_ms=1_000) == [asleep]
    assert log.members("other", now_ms=0) == []


def test_a_key_is_compacted_within_its_partition(log: EmbeddedLog) -> None:
    """A foreign tombstone in one partition must not delete the record in another."""
    append(log, Output(STATE, b"k", b"the owner's"), replace(Output(STATE, b"k", b"a stranger's"), partition=AWAY))
    append(log, replace(Output(STATE, b"k", None), partition=AWAY))
    for partition, value in ((HOME, b"the owner's"), (AWAY, None)):
        assert values(log.read(STATE, partition, 0, most=9, most_bytes=999)) == [value]


def test_a_null_key_and_a_null_header_are_read_as_they_were_written(log: EmbeddedLog) -> None:
    """Empty is another key, and another value."""
    append(log, *(Output(NUMBERS, key, b"", (("n", None), ("n", b""))) for key in (None, b"", b"0")))
    found = [record for p in range(4) for record in log.read(NUMBERS, p, 0, most=9, most_bytes=999)]
    assert sorted((record.key is None, record.key) for record in found) == [(False, b""), (False, b"0"), (True, None)]
    assert {record.headers for record in found} == {(("n", None), ("n", b""))}
