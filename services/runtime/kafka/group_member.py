"""One member of a consumer group: it reads for all its partitions, and runs a worker for each of them."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, Stalled, TransientError
from services.runtime.batch import MOST_RECORDS
from services.runtime.dead_letter_limit import DeadLetterLimit
from services.runtime.instruments import Instruments, ServiceInstruments
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.group_description import owns
from services.runtime.kafka.lag_monitor import measure_partitions
from services.runtime.kafka.partition_worker import PartitionWorker
from services.runtime.kafka.reading import record_of
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.workarounds import member_id_of, stop_consumer
from services.runtime.port import Service

_log = structlog.get_logger(__name__)

_POLL_MS: Final = 500
_CHECKS_PER_DEADLINE: Final = 4  # of the watchdog

_NO_PARTITIONS: Final = TransientError(ErrorCode.NO_PARTITIONS, "the group has given this member no partition")

Progress = tuple[str, int]
"""The current work on a partition and its progress: the steps of its opening, or the consumer's position."""


class GroupMember(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Works on the partitions that the group assigns to this process until it is stopped."""

    def __init__(
        self,
        service: Service,
        clients: KafkaClients,
        limit: DeadLetterLimit,
        guard: TopicGuard,
        instruments: ServiceInstruments | None = None,
    ) -> None:
        self._service = service
        self._instruments = instruments or Instruments().service(service.name)
        self._clients = clients
        self._limit = limit
        self._guard = guard
        self._consumer: AIOKafkaConsumer = clients.group_consumer(service.group)
        self._workers: dict[TopicPartition, PartitionWorker] = {}
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        self._leaving = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish open transactions and leave the group.

        Raises:
            TransientError: the broker is unavailable; run a new member.
            FatalError: continuing would do harm.
        """
        duties: list[asyncio.Future[Any]] = []
        try:
            with kafka_errors():
                await self._consumer.start()
                await self._clients.require_finished()
            await self._guard.check()
            self._consumer.subscribe([self._clients.names.topic(self._service.input_topic)], listener=self)
            duties = [
                asyncio.ensure_future(duty)
                for duty in (self._read(), self._watch_progress(), self._guard.watch(), stop.wait())
            ]
            if self._instruments.enabled:
                duties.append(asyncio.ensure_future(self._measure()))
            await asyncio.wait([*duties, self._failed], return_when=asyncio.FIRST_COMPLETED)
            for duty in (self._failed, *duties):
                if duty.done():
                    duty.result()
        finally:
            self._leaving = True
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            await self._release(list(self._workers))
            self._failed.cancel()
            await stop_consumer(self._consumer)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finish every transaction before another member may take over.

        A worker that does not finish in time is dropped; the next owner fences its writer. A worker whose partition is
        assigned to this member again keeps its state. If another member had it in between, the commit is fenced.
        """
        del revoked  # an eager assignor revokes all
        for worker in self._workers.values():
            worker.suspend()
        settling = [asyncio.ensure_future(worker.settled.wait()) for worker in self._workers.values()]
        if settling:
            _, late = await asyncio.wait(settling, timeout=self._clients.settings.kafka_commit_deadline)
            for task in late:
                task.cancel()
        await self._release([tp for tp, worker in self._workers.items() if not worker.settled.is_set()])

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open new partitions, paused until they are restored; continue with kept ones; release lost ones.

        The assignment may have changed because partitions were added, so the guard checks at once.
        """
        self._guard.check_soon()
        new = set(assigned) - set(self._workers)
        if new:
            self._consumer.pause(*new)
        lost = set(self._workers) - set(assigned)
        for partition, worker in self._workers.items():
            if partition not in lost:
                worker.resume()
        await self._release(lost)
        self._instruments.assigned([partition.partition for partition in assigned])
        if self._leaving:
            return  # the group may assign partitions until the member has left; nothing would stop their workers
        for partition in new:
            worker = PartitionWorker(
                self._service,
                partition,
                self._clients,
                self._consumer,
                self._limit,
                self._guard,
                self._instruments,
                self._is_owner,
            )
            task = asyncio.create_task(worker.run(), name=f"{self._service.name} {partition.partition}")
            task.add_done_callback(self._worker_ended)
            self._workers[partition], self._tasks[partition] = worker, task
        _log.info(
            "partitions_assigned",
            service=self._service.name,
            partitions=sorted(partition.partition for partition in assigned),
        )

    async def _is_owner(self, partition: TopicPartition) -> bool:
        return await owns(self._clients, self._service, member_id_of(self._consumer), partition)

    async def _read(self) -> None:
        """Fetch for all partitions, and hand each record to the worker of its partition."""
        while True:
            self._instruments.polled()
            with kafka_errors():
                fetched = await self._fetch()
            for partition, messages in fetched.items():
                if worker := self._workers.get(partition):
                    worker.inbox.put([record_of(message, self._clients.names) for message in messages])

    async def _fetch(self) -> dict[TopicPartition, list[object]]:
        try:
            fetched: dict[TopicPartition, list[object]] = await self._consumer.getmany(
                timeout_ms=_POLL_MS, max_records=MOST_RECORDS
            )
        except NoOffsetForPartitionError:
            return {}  # the client asked for a position before the worker had set one
        except OffsetOutOfRangeError as error:
            await self._guard.check()  # names the topic if it was deleted and created again
            raise Misconfigured(
                ErrorCode.OFFSET_OUT_OF_RANGE, f"records were deleted before they were read: {error}"
            ) from error
        return fetched

    async def _measure(self) -> None:
        """Report the lag, and whether the broker answers."""
        await measure_partitions(
            self._clients.names.topic(self._service.input_topic), self._consumer, self._workers, self._instruments
        )

    async def _watch_progress(self) -> None:
        """Detect a client that has silently stopped working: a partition has work to do and makes no progress.

        Raises:
            Stalled: the client has stopped; the process must be restarted.
        """
        deadline = self._clients.settings.kafka_stall_deadline
        previous: dict[TopicPartition, Progress] = {}
        # Counted in checks, not in seconds: a process that was suspended has not stalled.
        unchanged: Counter[TopicPartition] = Counter()
        while True:
            await asyncio.sleep(deadline / _CHECKS_PER_DEADLINE)
            try:
                with kafka_errors():
                    progress = await self._progress()
                if not self._workers:  # the broker has not been asked anything yet
                    await self._clients.broker.explain(_NO_PARTITIONS)
            except TransientError as error:
                await self._clients.broker.explain(error)
                progress = {}  # the broker is unavailable: no progress is possible
            unchanged = Counter({tp: unchanged[tp] + 1 for tp, at in progress.items() if previous.get(tp) == at})
            previous = progress
            for partition, checks in unchanged.items():
                if checks >= _CHECKS_PER_DEADLINE:
                    doing, at = progress[partition]
                    raise Stalled(ErrorCode.STALLED, f"{doing} has stood at {at} of {partition} for {deadline:.0f} s")

    async def _progress(self) -> dict[TopicPartition, Progress]:
        """Return the progress of each partition with work to do: it is being opened, or has records to read."""
        opening = {
            tp: ("the opening", worker.opening_steps) for tp, worker in self._workers.items() if worker.is_opening
        }
        reading = [tp for tp, worker in self._workers.items() if worker.is_reading]
        asked = [*opening, *reading]
        ends = await self._consumer.end_offsets(asked) if asked else {}
        positions = {tp: await self._consumer.position(tp) for tp in reading if self._reads(tp)}
        return opening | {tp: ("the reader", at) for tp, at in positions.items() if at < ends[tp]}

    def _reads(self, partition: TopicPartition) -> bool:
        worker = self._workers.get(partition)
        return worker is not None and worker.is_reading

    def _worker_ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) and not self._failed.done():
            self._failed.set_exception(error)

    async def _release(self, partitions: Iterable[TopicPartition]) -> None:
        """Stop the workers of these partitions. A batch may finish within the deadline; an opening is cancelled."""
        released = [(self._workers.pop(tp), self._tasks.pop(tp)) for tp in partitions]
        for worker, task in released:
            worker.stop()
            if worker.is_opening:
                task.cancel()
        tasks = [task for _, task in released]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._clients.settings.kafka_commit_deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
