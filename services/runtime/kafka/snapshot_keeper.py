"""Loads the snapshot of a partition's state if it fits the topic, and writes new ones beside the work.

A snapshot may replace the topic up to its offset only if both contain the same. So it is dropped, with a line in the
log, if it is torn, belongs to another topic or another count of partitions, was written by another version, lies
outside the topic, or is so old that the topic may have forgotten deletions. And none is written while it is uncertain
that the topic contains this process's records alone.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from services.runtime.restoring import TakesSnapshots
from services.runtime.snapshot_file import (
    Description,
    Origin,
    UnusableSnapshot,
    read_snapshot,
    remove_leftovers,
    write_snapshot,
)
from services.runtime.threads import in_thread

_log = structlog.get_logger(__name__)

LIFETIME_MS: Final = 20 * 60 * 60 * 1_000
"""Kafka keeps the record of a deletion for 24 hours (`delete.retention.ms`). A snapshot must be loaded before that."""


class SnapshotKeeper:
    """Keeps the snapshot of one partition at `path`. Its name appears in every line of the log."""

    def __init__(self, path: Path, origin: Origin, *, interval: float, wake: Callable[[], None]) -> None:
        self._path = path
        self._origin = origin
        self._interval = interval
        self._wake = wake
        self._log = _log.bind(snapshot=str(path))
        self._offset: int | None = None  # the offset after the last record of the state; None if that is uncertain
        self._next = 0  # the offset that this process's next record must have
        self._saved_offset = 0
        self._saved_ms = 0
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def load(self, processor: TakesSnapshots, log: range, step: Callable[[], None]) -> int | None:
        """Load the snapshot into a new processor, and return its offset; None if there is none that can be used.

        `log` contains the offsets at which the topic can be read, its end included. After None the processor may
        contain a part of the state, and must not be used.
        """
        started = time.perf_counter()
        try:
            await in_thread(partial(remove_leftovers, self._path))
            description, frames = await in_thread(partial(read_snapshot, self._path))
            self._check(description, log)
            while (frame := await in_thread(partial(next, frames, None))) is not None:
                _load(processor, frame)
                step()
        except FileNotFoundError:
            return None
        except UnusableSnapshot as error:
            self.drop(error)
            return None
        except OSError as error:
            self._log.warning("snapshot_unreadable", error=str(error))
            return None
        self._saved_offset, self._saved_ms = description.offset, description.taken_ms
        self._log.info(
            "snapshot_loaded", offset=description.offset, end_offset=log[-1], duration_ms=_milliseconds(started)
        )
        return description.offset

    def drop(self, error: UnusableSnapshot) -> None:
        """Remove a snapshot that cannot be used. The state is read from its topic."""
        self._log.warning("snapshot_dropped", reason=error.reason, error=str(error))
        try:
            self._path.unlink(missing_ok=True)
        except OSError as failure:
            self._log.warning("snapshot_unremovable", error=str(failure))

    def follow(self, end: int, *, is_saved: bool) -> None:
        """Start to keep snapshots of a state that was restored up to the end of the topic.

        The first one is due at once, unless the state `is_saved` already: it was restored from a snapshot.
        """
        self._offset = self._next = end
        self._is_due = not is_saved
        self._schedule()
        if self._is_due:
            self._wake()

    def committed(self, offsets: Sequence[int | None]) -> None:
        """Accept the offsets of this process's new records in the topic; None for one that the broker did not report.

        One transaction marker follows them. If there is anything else between them, another producer has written to
        the topic, or a marker was repeated. Then no more snapshots are taken until the partition is opened again.
        """
        if not offsets or self._offset is None:
            return
        expected = range(self._next, self._next + len(offsets))
        if any(offset not in {None, due} for offset, due in zip(offsets, expected, strict=True)):
            self._offset = None
            self._log.warning("snapshots_suspended", expected_offset=self._next, found_offset=offsets[0])
            return
        self._offset = expected.stop
        self._next = expected.stop + 1

    def save_if_due(self, processor: TakesSnapshots) -> None:
        """Start to write a snapshot if the interval has passed, and the state has changed or the snapshot gets old."""
        if not self._is_due or self._offset is None or self._writing is not None:
            return
        self._is_due = False
        now = _now_ms()
        if self._offset != self._saved_offset or now - self._saved_ms > LIFETIME_MS // 2:
            description = Description(self._origin, self._offset, now)
            self._writing = asyncio.create_task(self._write(description, processor.save()))

    def close(self) -> None:
        """Take no further snapshots. One that is being written is completed, since its state is committed."""
        self._offset = None
        if self._timer is not None:
            self._timer.cancel()

    async def _write(self, description: Description, frames: Iterable[bytes]) -> None:
        started = time.perf_counter()
        try:
            size = await in_thread(partial(write_snapshot, self._path, description, frames))
        except OSError as error:
            self._log.warning("snapshot_failed", error=str(error))
        else:
            self._saved_offset, self._saved_ms = description.offset, description.taken_ms
            self._log.info(
                "snapshot_written", offset=description.offset, bytes=size, duration_ms=_milliseconds(started)
            )
        finally:
            self._writing = None

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._interval, self._become_due)

    def _become_due(self) -> None:
        self._is_due = True
        self._schedule()
        self._wake()

    def _check(self, description: Description, log: range) -> None:
        """Check that the snapshot fits the topic.

        Raises:
            UnusableSnapshot: it does not.
        """
        origin, age_ms = description.origin, _now_ms() - description.taken_ms
        if origin.encoding != self._origin.encoding:
            raise UnusableSnapshot("version", "it was written by another version of insidertape")
        if origin != self._origin:
            raise UnusableSnapshot("foreign", f"it belongs to {_described(origin)}, not to {_described(self._origin)}")
        if description.offset not in log:
            raise UnusableSnapshot(
                "outside", f"it was taken at offset {description.offset}, and the topic has {log[0]} to {log[-1]}"
            )
        if not 0 <= age_ms <= LIFETIME_MS:
            raise UnusableSnapshot("expired", f"it was taken {age_ms // 60_000} minutes ago by this machine's clock")


def _load(processor: TakesSnapshots, frame: bytes) -> None:
    """Load a frame.

    Raises:
        UnusableSnapshot: the processor cannot read it. A file that only saves time must not end the service.
    """
    try:
        processor.load(frame)
    except Exception as error:  # whatever a decoder raises on what another version has saved
        raise UnusableSnapshot("version", f"a frame cannot be read: {type(error).__name__}: {error}") from error


def _described(origin: Origin) -> str:
    return f"partition {origin.partition} of {origin.partitions} of the topic with id {origin.topic_id}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1_000, 1)
