"""One member of a service's group over the embedded log: it joins, works on its partitions, and leaves."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from contracts.errors import TransientError
from services.runtime.batch import MOST_BYTES, MOST_RECORDS, BatchResult, process_batch
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.embedded.limit_resumption import resume_limit
from services.runtime.embedded.log import EmbeddedLog, OffsetConflictError
from services.runtime.embedded.membership import member_name
from services.runtime.embedded.steps import OffsetChange, commit_batch, read_partition
from services.runtime.embedded.waiting import Turns, when_free
from services.runtime.instruments import BatchReport, ServiceInstruments
from services.runtime.placement import placement_of
from services.runtime.port import Processor, Record, Service
from services.runtime.restoring import StateRestore, keys_of

_log = structlog.get_logger(__name__)

HEARTBEAT_MS: Final = 3_000
_MEMBER_LASTS_MS: Final = 10_000
_LEAVING_SECONDS: Final = 1.0
_HEARTBEAT_WAITS_SECONDS: Final = 1.0
"""Then it is reported that another process holds the log. A commit waits longer, since its work would be lost."""
_RECORDS_PER_TURN: Final = 50
_RECORDS_PER_POLL: Final = 500


class Member:
    """One member of a group, with the processor and the next offset of each partition that it works on."""

    def __init__(
        self,
        log: EmbeddedLog,
        service: Service,
        limit: DeadLetterLimit,
        instruments: ServiceInstruments,
        stop: asyncio.Event,
    ) -> None:
        self._log = log
        self._instruments = instruments
        self._stop = stop
        self._turns = Turns(stop)
        self._service = service
        self._limit = limit
        self._name = member_name()
        self._partitions: dict[int, tuple[Processor, int]] = {}
        self._assignment: list[int] | None = None
        self._heartbeat_due_ms = 0

    async def work(self) -> bool:
        """Process one batch of each partition; return whether there was anything to do.

        Raises:
            Stopped: `stop` was set; a batch that was not finished is dropped.
        """
        await self._join()
        worked = False
        for partition in self._assignment or ():
            worked |= await self._work_on(partition)
            await asyncio.sleep(0)  # let the other services of the process have a turn
        return worked

    async def leave(self) -> None:
        """Leave the group, so that others take over at once. If another process holds the log, they take over later."""
        try:
            await when_free(partial(self._log.leave, self._service.group, self._name), seconds=_LEAVING_SECONDS)
        except TransientError as error:
            _log.warning("membership_abandoned", service=self._service.name, error=str(error))

    async def _join(self) -> None:
        now = time.time_ns() // 1_000_000
        if now < self._heartbeat_due_ms:
            return
        beat = partial(self._log.heartbeat, self._service.group, self._name, now_ms=now, lasts_ms=_MEMBER_LASTS_MS)
        members = await when_free(beat, self._stop, seconds=_HEARTBEAT_WAITS_SECONDS)
        self._heartbeat_due_ms = now + HEARTBEAT_MS  # if the heartbeat failed it is still due
        rank = members.index(self._name)
        assignment = list(range(rank, self._log.partitions, len(members)))
        for lost in self._partitions.keys() - set(assignment):
            del self._partitions[lost]
            self._limit.dropped(lost)
        if assignment != self._assignment:
            self._assignment = assignment
            self._instruments.assigned(assignment)

    async def _work_on(self, partition: int) -> bool:
        processor, start = self._partitions.get(partition) or await self._open(partition)
        topic = self._service.input_topic
        read = partial(self._log.read, topic, partition, start, most=MOST_RECORDS, most_bytes=MOST_BYTES)
        records = await when_free(read, self._stop)
        if not records:
            self._instruments.lag(partition, 0)
            return False
        started = time.perf_counter()
        after = records[-1].offset + 1
        self._partitions.pop(partition)  # a processor whose batch was not committed must not be used again
        result = await self._process(processor, records, partition)
        processed = time.perf_counter()
        change = OffsetChange(self._service.group, topic, partition, before=start, after=after)
        try:
            self._limit.take(partition, result.outcomes, after)
            outputs = self._limit.stamped(result.outputs, self._service.dead_letters)
            await commit_batch(self._log, outputs, change, self._stop)
            self._limit.committed(partition)
        except OffsetConflictError:
            _log.info("batch_voided", service=self._service.name, partition=partition, offset=start)
            self._instruments.lost("void")
            return True
        except BaseException:
            self._instruments.lost("failed")
            raise
        self._partitions[partition] = (processor, after)
        self._report(partition, records, result, processed - started, time.perf_counter() - processed)
        _log.info(
            "batch_committed",
            service=self._service.name,
            topic=topic.name,
            partition=partition,
            first_offset=start,
            records=len(records),
            outputs=len(result.outputs),
            dead_letters=result.dead,
            duration_ms=round((time.perf_counter() - started) * 1_000, 1),
        )
        return True

    async def _process(self, processor: Processor, records: Sequence[Record], partition: int) -> BatchResult:
        """Process a batch, giving other tasks turns in between."""
        placement = placement_of(self._service, partition, self._log.partitions)
        parts: list[BatchResult] = []
        for first in range(0, len(records), _RECORDS_PER_TURN):
            some = records[first : first + _RECORDS_PER_TURN]
            parts.append(process_batch(self._service, processor, some, placement))
            await self._turns.take()
        return BatchResult.joined(parts)

    def _report(
        self, partition: int, records: Sequence[Record], result: BatchResult, process: float, commit: float
    ) -> None:
        """Report a committed batch, and the lag of the partition."""
        if not self._instruments.enabled:
            return
        self._instruments.committed(
            BatchReport(
                records=len(records),
                outputs=len(result.outputs),
                process_seconds=process,
                transaction_seconds=commit,
                oldest_ms=records[0].timestamp_ms,
                dead_letters=result.dead_letters,
                diagnostics=result.diagnostics,
            )
        )
        left = self._log.end(self._service.input_topic, partition) - records[-1].offset - 1
        self._instruments.lag(partition, left)

    async def _open(self, partition: int) -> tuple[Processor, int]:
        """Return a processor with its state restored, and the offset to continue from.

        The offset is read first. If another member commits state in between, the next commit is void.
        """
        started = time.perf_counter()
        self._instruments.opening(partition)
        committed = partial(self._log.committed, self._service.group, self._service.input_topic, partition)
        start = await when_free(committed, self._stop)
        processor = self._service.processor()
        if self._service.changelog is not None:
            placement = placement_of(self._service, partition, self._log.partitions)
            state = StateRestore(processor, self._service.changelog, placement)
            number = 0
            async for record in read_partition(self._log, self._service.changelog, partition, self._stop):
                state.take(record)
                number += 1
                if number % _RECORDS_PER_POLL == 0:
                    self._instruments.polled()
            state.finish()
        self._limit.dropped(partition)
        self._limit.opened(partition, start)
        await when_free(partial(resume_limit, self._limit, self._log, self._service, partition), self._stop)
        self._partitions[partition] = (processor, start)
        self._instruments.opened(partition, seconds=time.perf_counter() - started, keys=keys_of(processor))
        return processor, start
