"""The state of one partition of a service: restored when the partition is opened, and kept in snapshots from then on.

The changelog is the state. A snapshot only shortens the way to it: the state is loaded as of an offset, and the records
from there on are restored as always.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.errors import StateCorrupted
from contracts.topics import Topic
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.reading import read_to_end
from services.runtime.kafka.snapshot_keeper import SnapshotKeeper
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.placement import Placement
from services.runtime.port import Output, Processor, Service, WriteResult
from services.runtime.restoring import StateRestore, TakesSnapshots
from services.runtime.snapshot_file import Origin, UnusableSnapshot


class PartitionState:
    """The state of one partition. A service without a changelog has none: its processors start empty.

    `step` is called for each part of the state that was restored, and `wake` when the worker should call `save_if_due`
    soon. There are no snapshots without a directory for them, or on a broker without topic ids.
    """

    def __init__(
        self,
        service: Service,
        partition: int,
        clients: KafkaClients,
        guard: TopicGuard,
        placement: Placement | None,
        *,
        step: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._service = service
        self._partition = partition
        self._clients = clients
        self._guard = guard
        self._placement = placement
        self._step = step
        self._wake = wake
        self._keeper: SnapshotKeeper | None = None

    async def restore(self, reader: AIOKafkaConsumer) -> Processor:
        """Return a processor with the state of all committed records.

        Raises:
            StateCorrupted: the topic's records cannot be used.
        """
        processor, changelog = self._service.processor(), self._service.changelog
        if changelog is None:
            return processor
        source = _Source(changelog, TopicPartition(self._clients.names.topic(changelog), self._partition), reader)
        reader.assign([source.partition])
        self._keeper = self._keeper_of(processor, source)
        is_saved = await self._restore_saved(processor, source)
        if not is_saved:
            if self._keeper is not None:
                processor = self._service.processor()  # the other one may contain a part of a snapshot
            await self._read(processor, source)
        if self._keeper is not None:
            self._keeper.follow(await reader.position(source.partition), is_saved=is_saved)
        return processor

    def committed(self, outputs: Sequence[Output], written: Sequence[WriteResult]) -> None:
        """Accept that a transaction with these outputs was committed; `written` says where each of them is."""
        if self._keeper is not None:
            self._keeper.committed(
                [
                    result.offset
                    for output, result in zip(outputs, written, strict=True)
                    if output.topic == self._service.changelog and result.partition == self._partition
                ]
            )

    def save_if_due(self, processor: Processor | None) -> None:
        """Start to write a snapshot if one is due. The processor must not be within a batch."""
        if self._keeper is not None and isinstance(processor, TakesSnapshots):
            self._keeper.save_if_due(processor)

    def close(self) -> None:
        """Take no further snapshots."""
        if self._keeper is not None:
            self._keeper.close()

    async def _restore_saved(self, processor: Processor, source: "_Source") -> bool:
        """Restore the state from the snapshot and the records after it; return False without a usable snapshot."""
        if self._keeper is None or not isinstance(processor, TakesSnapshots):
            return False
        start = await self._keeper.load(processor, await source.offsets(), self._step)
        if start is None:
            return False
        try:
            await self._read(processor, source, start)
        except StateCorrupted as error:  # only the whole topic decides whether the state can be used
            self._keeper.drop(UnusableSnapshot("contradicted", f"the records after it do not fit: {error.message}"))
            return False
        return True

    async def _read(self, processor: Processor, source: "_Source", start: int = 0) -> None:
        """Restore the committed records from `start` on."""
        state = StateRestore(processor, source.topic, self._placement)
        after = {(source.topic.name, self._partition): start}
        async for record in read_to_end(source.reader, [source.partition], self._clients.names, after):
            state.take(record)
            self._step()
        state.finish()

    def _keeper_of(self, processor: Processor, source: "_Source") -> SnapshotKeeper | None:
        settings, identity = self._clients.settings, self._guard.identity(source.topic)
        if settings.snapshot_directory is None or identity.id is None or not isinstance(processor, TakesSnapshots):
            return None
        return SnapshotKeeper(
            settings.snapshot_directory / f"{source.partition.topic}-{self._partition}.snapshot",
            Origin(str(identity.id), self._partition, identity.partitions, processor.snapshot_encoding),
            interval=settings.snapshot_interval,
            wake=self._wake,
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """The partition of the changelog, and a consumer to which it is assigned."""

    topic: Topic
    partition: TopicPartition
    reader: AIOKafkaConsumer

    async def offsets(self) -> range:
        """Return the offsets from which the partition can be read, its end included."""
        begins = (await self.reader.beginning_offsets([self.partition]))[self.partition]
        ends = (await self.reader.end_offsets([self.partition]))[self.partition]
        return range(begins, ends + 1)
