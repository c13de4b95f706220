"""A log in one SQLite file: topics, partitions, offsets and groups as on a broker, with transactions over all of them.

The file is in WAL mode: one process writes while others read. A transaction is all or nothing, even under kill -9. With
`synchronous=NORMAL`, a power failure of the machine may lose the last transactions, but cannot split one.
"""

import heapq
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import TransientError
from contracts.topics import DAY_MS, Topic
from services.runtime.data_directory import FILE_NAME
from services.runtime.embedded.log_file import LogFile, steady
from services.runtime.embedded.membership import has_ended, may_resume
from services.runtime.embedded.rows import COLUMNS, RowWriter, record_of
from services.runtime.embedded.storage_errors import LogConnection, corrupt
from services.runtime.partitioning import partition_of_output
from services.runtime.port import Output, Record, WriteResult

DEFAULT_PARTITIONS: Final = 4
BUSY_SECONDS: Final = 30.0
"""How long another process may hold the file before it is an error."""
_TOMBSTONE: Final = "value IS NULL"
_PROCESSED: Final = (
    "offset < (SELECT MIN(next) FROM offsets WHERE offsets.topic = ?1 AND offsets.partition = records.partition)"
)
MOST_EXPIRED: Final = 2_000
"""The most records deleted in one transaction."""


class OffsetConflictError(TransientError):
    """Another member of the group has committed in the meantime, so this one's work is void."""


class EmbeddedLog:
    """One process's connection to the log in `directory`, which is created if it does not exist.

    A statement waits at most `patience` seconds for another process that holds the file. With `read_only` nothing is
    written, and no write permission is needed.
    """

    def __init__(
        self,
        directory: Path,
        *,
        partitions: int = DEFAULT_PARTITIONS,
        read_only: bool = False,
        patience: float = BUSY_SECONDS,
    ) -> None:
        self.path = directory / FILE_NAME
        self.file = LogFile(self.path, partitions, read_only=read_only, patience=patience)
        try:
            self.partitions = self._setting("partitions")
        except BaseException:
            self.close()
            raise

    @property
    def _db(self) -> LogConnection:
        return self.file.db

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.file.close()

    def block_at_most(self, seconds: float) -> None:
        """Limit how long a statement waits for a lock; the caller retries, and can be stopped in between."""
        self.file.block_at_most(seconds)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything within together, or nothing.

        Raises:
            TransientError: another process holds the file for longer than the patience.
            StorageFailed: the file or its disk failed; nothing is committed.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # if the disk is full, SQLite has rolled back already
                self._db.execute("ROLLBACK")
            raise

    def append(self, outputs: Sequence[Output]) -> list[WriteResult]:
        """Append the outputs in order, within the open transaction, and return where each one is.

        A compacted topic keeps only the last record of a key.
        """
        ends: dict[tuple[str, int], int] = {}
        written: list[WriteResult] = []
        writer = RowWriter(time.time_ns() // 1_000_000)
        for output in outputs:
            topic, partition = output.topic.name, partition_of_output(output, self.partitions)
            offset = ends[topic, partition] if (topic, partition) in ends else self.end(output.topic, partition)
            ends[topic, partition] = offset + 1
            written.append(WriteResult(partition, offset))
            writer.add(output, partition, offset)
        self._db.executemany(
            "DELETE FROM records WHERE topic = ?1 AND partition = ?2 AND key IN (?3, CAST(?3 AS TEXT))", writer.replaced
        )
        self._db.executemany(
            "INSERT INTO records (topic, partition, offset, timestamp_ms, key, value, headers) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            writer.rows,
        )
        self._db.executemany(
            "INSERT INTO ends VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
            [(*address, after) for address, after in ends.items()],
        )
        return written

    @steady
    def read(self, topic: Topic, partition: int, start: int, *, most: int, most_bytes: int) -> list[Record]:
        """Return the records from offset `start` on: at most `most`, and none after `most_bytes` is reached.

        Raises:
            StorageFailed: the file is damaged: its offsets do not increase.
        """
        found: list[Record] = []
        size, due = 0, start
        for row in self._db.execute(
            f"SELECT {COLUMNS} FROM records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",  # noqa: S608 - a constant of this module
            (topic.name, partition, start, most),
        ):
            record = record_of(row)
            due = self.file.grown(record.offset, due) + 1
            found.append(record)
            size += len(record.value or b"")
            if size >= most_bytes:
                break
        return found

    @steady
    def newest(self, topic: Topic, partition: int, *, most: int) -> list[Record]:
        """Return the last records of the partition, the newest first: at most `most`."""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM records WHERE topic = ? AND partition = ? ORDER BY offset DESC LIMIT ?",  # noqa: S608 - a constant of this module
            (topic.name, partition, most),
        )
        return [record_of(row) for row in rows]

    @steady
    def read_all(self, topics: Sequence[Topic], after_id: int, *, most: int) -> list[tuple[int, Record]]:
        """Return records of several topics in the order of their commits, each with its position in that order.

        Each topic is read along its index, and the results are merged by position (a k-way merge). A single query for
        all topics would make SQLite sort all their records for every batch.
        """
        with self._snapshot():
            rows = [
                self._db.execute(
                    f"SELECT id, {COLUMNS} FROM records WHERE topic = ? AND id > ? ORDER BY id LIMIT ?",  # noqa: S608 - a constant of this module
                    (topic.name, after_id, most),
                )
                for topic in topics
            ]
            found: list[tuple[int, Record]] = []
            due = after_id + 1
            for row in islice(heapq.merge(*rows, key=lambda row: self.file.number(row[0])), most):
                due = self.file.grown(row[0], due) + 1
                found.append((row[0], record_of(row[1:])))
            return found

    @steady
    def position_before(self, topics: Sequence[Topic], after: Mapping[tuple[str, int], int]) -> int:
        """Return the last position of `read_all` up to which every record is from before the offsets `after`."""
        last = self.file.number(*self._db.execute("SELECT COALESCE(MAX(id), 0) FROM records").fetchone())
        for topic in topics:
            for partition in range(self.partitions):
                (first,) = self._db.execute(
                    "SELECT MIN(id) FROM records WHERE topic = ? AND partition = ? AND offset >= ?",
                    (topic.name, partition, after.get((topic.name, partition), 0)),
                ).fetchone()
                last = min(last, self.file.number(first) - 1) if first is not None else last
        return last

    @steady
    def end(self, topic: Topic, partition: int) -> int:
        """Return the offset that the next record of the partition will get."""
        row = self._db.execute("SELECT next FROM ends WHERE topic = ? AND partition = ?", (topic.name, partition))
        found = row.fetchone()
        return self.file.number(*found) if found else 0

    @steady
    def summary(self, topic: Topic) -> tuple[int, int, int | None, int | None]:
        """Return the count of a topic's records, of those with a value, and the times of the first and last (ms)."""
        records, valued = self._db.execute(
            "SELECT COUNT(*), COUNT(length(value)) FROM records WHERE topic = ?", (topic.name,)
        ).fetchone()
        times = [
            self._db.execute(
                f"SELECT timestamp_ms FROM records WHERE topic = ? ORDER BY id {order} LIMIT 1",  # noqa: S608 - ours
                (topic.name,),
            ).fetchone()
            for order in ("ASC", "DESC")
        ]
        first, last = (found[0] if found else None for found in times)
        return int(records), int(valued), first, last

    @steady
    def committed(self, group: str, topic: Topic, partition: int) -> int:
        """Return the offset that the group continues from; 0 if it has committed none."""
        found = self._db.execute(
            "SELECT next FROM offsets WHERE name = ? AND topic = ? AND partition = ?", (group, topic.name, partition)
        ).fetchone()
        return self.file.number(*found) if found else 0

    def commit_offset(self, group: str, topic: Topic, partition: int, *, before: int, after: int) -> None:
        """Change the group's offset within the open transaction.

        Raises:
            OffsetConflictError: the offset is not `before`: another member has changed it.
        """
        if self.committed(group, topic, partition) != before:
            raise OffsetConflictError(ErrorCode.OFFSET_CONFLICT, "another process has changed the group's offset")
        self._db.execute(
            "INSERT INTO offsets VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
            (group, topic.name, partition, after),
        )

    def caught_up(self, group: str, topic: Topic) -> bool:
        """Return whether the group has processed every record of the topic."""
        return all(self.committed(group, topic, p) == self.end(topic, p) for p in range(self.partitions))

    def heartbeat(self, group: str, member: str, *, now_ms: int, lasts_ms: int) -> list[str]:
        """Keep `member` in the group for another `lasts_ms`, and return the live members, sorted.

        A member is alive until it expires or, if it is on this machine, until its process has ended.
        """
        self.file.require_in_place()
        with self.transaction():
            self._db.execute("DELETE FROM members WHERE name = ? AND expires_ms <= ?", (group, now_ms))
            self._db.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?)", (group, member, now_ms + lasts_ms))
            rows = self._db.execute("SELECT member FROM members WHERE name = ? ORDER BY member", (group,)).fetchall()
            for (dead,) in [row for row in rows if has_ended(row[0])]:
                self._db.execute("DELETE FROM members WHERE name = ? AND member = ?", (group, dead))
        return [other for (other,) in rows if not has_ended(other)]

    @steady
    def members(self, group: str, *, now_ms: int) -> list[str]:
        """Return the members of a group that may still write.

        They include suspended processes of this machine: their membership has expired, but they may be resumed.
        """
        rows = self._db.execute("SELECT member, expires_ms FROM members WHERE name = ?", (group,)).fetchall()
        return [
            member
            for member, expires_ms in rows
            if (expires_ms > now_ms and not has_ended(member)) or may_resume(member)
        ]

    def leave(self, group: str, member: str) -> None:
        """Remove the member from the group at once."""
        with self.transaction():
            self._db.execute("DELETE FROM members WHERE name = ? AND member = ?", (group, member))

    def data_version(self) -> int:
        """Return a number that changes when another connection commits: a cheap way to detect new records."""
        return self.file.version()

    def expire(self, topic: Topic, *, now_ms: int, most: int = MOST_EXPIRED) -> int:
        """Delete records that are past the topic's retention and processed by every group; return how many.

        From a compacted topic, delete tombstones older than a day: every reader that follows it has seen them.
        """
        if topic.cleanup == "compact":
            return self._delete(_TOMBSTONE, topic, now_ms - DAY_MS, most)
        if topic.retention_ms < 0:
            return 0
        return self._delete(_PROCESSED, topic, now_ms - topic.retention_ms, most)

    def _delete(self, condition: str, topic: Topic, before_ms: int, most: int) -> int:
        old = f"SELECT id FROM records WHERE topic = ?1 AND timestamp_ms < ?2 AND {condition} ORDER BY id LIMIT ?3"  # noqa: S608 - constants of this module
        with self.transaction():
            return self._db.execute(f"DELETE FROM records WHERE id IN ({old})", (topic.name, before_ms, most)).rowcount  # noqa: S608 - likewise

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Make all reads within see the log as of the first one, so that no topic is ahead of another."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            if self._db.in_transaction:  # some errors end the transaction
                self._db.execute("ROLLBACK")

    def _setting(self, name: str) -> int:
        found = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        if not found or self.file.number(*found) < 1:
            raise corrupt(self.path, f"the number of {name} is missing")
        return int(found[0])
