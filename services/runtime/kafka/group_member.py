"""One member of a consumer group: one reader, and a worker for each partition assigned to it."""

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
_LOOKS: Final = 4  # of the watchdog, within its deadline

_NOTHING_TO_DO: Final = TransientError(ErrorCode.NO_PARTITIONS, "the group has given this member no partition")

Place = tuple[str, int]
"""What is being done with a partition, and how far it has come."""


class GroupMember(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Runs a service's share of its source's partitions until told to stop."""

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
        """Work until `stop` is set; then finish the transactions in hand and leave the group.

        Raises:
            TransientError: the broker is in the way; run a new member.
            FatalError: going on would do harm.
        """
        duties: list[asyncio.Future[Any]] = []
        try:
            with kafka_errors():
                await self._consumer.start()
                await self._clients.require_finished()
            await self._guard.check()
            self._consumer.subscribe([self._clients.names.topic(self._service.input_topic)], listener=self)
            duties = [
                asyncio.ensure_future(duty) for duty in (self._read(), self._watch(), self._guard.watch(), stop.wait())
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
        """Bring every transaction to its end before another member may take over.

        What does not end in time is dropped: its writer is fenced by the next owner. A worker whose partition comes
        back goes on with its state; if another member has been there meanwhile, the worker's commit is fenced.
        """
        del revoked  # with an eager assignor: all
        for worker in self._workers.values():
            worker.suspend()
        settling = [asyncio.ensure_future(worker.settled.wait()) for worker in self._workers.values()]
        if settling:
            _, late = await asyncio.wait(settling, timeout=self._clients.settings.kafka_commit_deadline)
            for task in late:
                task.cancel()
        await self._release([tp for tp, worker in self._workers.items() if not worker.settled.is_set()])

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open the new partitions, paused until they are restored; go on with the kept; let go of the lost.

        The group may be given others because partitions were added: the guard looks at once.
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
            return  # until it has left, the group may still give it partitions: nobody would stop their workers
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
        """The one reader: hand each partition's records to its worker."""
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
            return {}  # the client looked for a place before the partition's worker gave it one
        except OffsetOutOfRangeError as error:
            await self._guard.check()  # a topic that was made anew has no such offsets either: it is to be named
            raise Misconfigured(
                ErrorCode.OFFSET_OUT_OF_RANGE, f"records were deleted before they were read: {error}"
            ) from error
        return fetched

    async def _measure(self) -> None:
        """Report the lag and whether the broker answers."""
        await measure_partitions(
            self._clients.names.topic(self._service.input_topic), self._consumer, self._workers, self._instruments
        )

    async def _watch(self) -> None:
        """Notice a client that has died in silence: there is something to do, and a partition does not come forward.

        Raises:
            Stalled: it has; the process must be started anew.
        """
        deadline = self._clients.settings.kafka_stall_deadline
        seen: dict[TopicPartition, Place] = {}
        stood: Counter[TopicPartition] = Counter()  # looks, and not seconds: a process that was stopped has not stalled
        while True:
            await asyncio.sleep(deadline / _LOOKS)
            try:
                with kafka_errors():
                    places = await self._places()
                if not self._workers:  # then nothing was asked of the broker
                    await self._clients.broker.explain(_NOTHING_TO_DO)
            except TransientError as error:
                await self._clients.broker.explain(error)
                places = {}  # the broker is away: nothing can come forward
            stood = Counter({tp: stood[tp] + 1 for tp, place in places.items() if seen.get(tp) == place})
            seen = places
            for partition, looks in stood.items():
                if looks >= _LOOKS:
                    doing, at = places[partition]
                    raise Stalled(ErrorCode.STALLED, f"{doing} has stood at {at} of {partition} for {deadline:.0f} s")

    async def _places(self) -> dict[TopicPartition, Place]:
        """How far each partition has come that has something to do: one being opened, or with records to read."""
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
        """Stop the workers of these partitions: a batch in hand is finished if it ends in time, an opening is not."""
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
