"""The interface of both engines: run services and sources, read topics, and report progress."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeVar

from contracts.topics import Topic
from services.runtime.port import Output, Record, Service, SourceService
from services.runtime.status import GroupProgress, GroupStatus, TopicStatus

T = TypeVar("T")

Offsets = Mapping[tuple[str, int], int]
"""Next offset to read, by topic and partition; a partition without an entry is read from its beginning."""

EngineName = Literal["embedded", "kafka"]

FROM_BEGINNING: Final[Offsets] = MappingProxyType({})


class OwnedPartition(Protocol):
    """One partition of a service that does not run, held by its only writer.

    `committed` is the offset that the service's group has committed in its input topic.
    """

    committed: int

    def read(self, topic: Topic) -> AsyncGenerator[Record, None]:
        """Yield the partition's committed records of a topic. Close the generator if it is not read to its end."""
        ...

    def name_of(self, topic: Topic) -> str:
        """Return the topic's name in the log itself, which messages show."""
        ...

    async def begins(self, topic: Topic) -> int:
        """Return the first offset that the partition of a topic still holds; 0 if nothing was deleted."""
        ...

    async def write(self, outputs: Sequence[Output]) -> None:
        """Write the outputs in one transaction, which fails if the service has run in the meantime.

        Raises:
            TakenOver: the service has run; nothing is written.
        """


class Engine(Protocol):
    """Runs services over a log; each record takes effect exactly once."""

    async def run(self, service: Service, stop: asyncio.Event) -> None:
        """Run one member of the service's group until `stop` is set; then finish the current batch and leave.

        Raises:
            FatalError: continuing would do harm.
        """

    async def run_source(self, service: SourceService, stop: asyncio.Event) -> None:
        """Publish the batches of the source until it ends or `stop` is set.

        Raises:
            FatalError: continuing would do harm: another instance of the source has taken over.
        """

    async def caught_up(self, service: Service) -> bool:
        """Return whether the service's group has processed everything in its input topic."""
        ...

    async def group_status(self, service: Service) -> GroupStatus:
        """Return members and lag of the service's group, without joining it."""
        ...

    async def group_progress(self, service: Service) -> GroupProgress:
        """Return the offsets that the service's group has committed, and how many members it has."""
        ...

    async def topic_status(self, topics: Sequence[Topic]) -> dict[str, TopicStatus]:
        """Return the number of records, the times and the codes of each topic, by name."""
        ...

    async def publish(self, outputs: Sequence[Output]) -> None:
        """Write the outputs in one transaction."""

    async def ends(self, topics: Sequence[Topic]) -> Offsets:
        """Return the offsets at which the topics end now."""
        ...

    def read(
        self, topics: Sequence[Topic], *, follow: bool, after: Offsets = FROM_BEGINNING
    ) -> AsyncGenerator[Record, None]:
        """Yield the committed records of the topics from these offsets on; with `follow`, also wait for later ones.

        Close the generator (`contextlib.aclosing`) if it is not read to its end.
        """
        ...

    def own(self, service: Service, partition: int) -> AbstractAsyncContextManager[OwnedPartition]:
        """Take a partition of a service that does not run, to repair its state.

        Raises:
            TakenOver: the service runs.
        """
        ...

    async def close(self) -> None:
        """Close the log."""


class Stopped(Exception):
    """The stop event was set before the awaited work was done."""


async def unless_stopped(stop: asyncio.Event, work: Awaitable[T]) -> T:
    """Await `work` and return its result; cancel it once `stop` is set.

    Raises:
        Stopped: `stop` was set first.
    """
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Stopped
        return working.result()
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
