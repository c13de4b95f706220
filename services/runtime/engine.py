"""What an engine does, whichever it is: runs services and sources, reads topics, and says when work is done."""

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
"""How far topics have been read: topic and partition to the next offset; what is not named, from its beginning."""

EngineName = Literal["embedded", "kafka"]

FROM_BEGINNING: Final[Offsets] = MappingProxyType({})


class OwnedPartition(Protocol):
    """One partition of a service that does not run, held by its only writer.

    `committed` is where the service's group stands in its input topic.
    """

    committed: int

    def read(self, topic: Topic) -> AsyncGenerator[Record, None]:
        """Read the partition's committed records of a topic. Close it if it is not read to its end."""
        ...

    def name_of(self, topic: Topic) -> str:
        """Return the topic's name in the log itself, as messages name it."""
        ...

    async def begins(self, topic: Topic) -> int:
        """Return the first offset that the partition of a topic still has; 0 if nothing was deleted."""
        ...

    async def write(self, outputs: Sequence[Output]) -> None:
        """Write the outputs in one transaction, which fails if the service has been at work meanwhile.

        Raises:
            TakenOver: it has; nothing is written.
        """


class Engine(Protocol):
    """Runs services over a log, each record's effects exactly once."""

    async def run(self, service: Service, stop: asyncio.Event) -> None:
        """Run one member of the service's group until `stop` is set; then finish what is in hand and leave.

        Raises:
            FatalError: going on would do harm.
        """

    async def run_source(self, service: SourceService, stop: asyncio.Event) -> None:
        """Publish what the source gives until it ends or `stop` is set.

        Raises:
            FatalError: going on would do harm: another instance of the source has taken over.
        """

    async def caught_up(self, service: Service) -> bool:
        """Whether the service's group has processed all that its source topic holds."""
        ...

    async def group_status(self, service: Service) -> GroupStatus:
        """Return how far the service's group is, without taking part in it."""
        ...

    async def group_progress(self, service: Service) -> GroupProgress:
        """Return the offsets that the service's group has committed, and whether anybody is at work for it."""
        ...

    async def topic_status(self, topics: Sequence[Topic]) -> dict[str, TopicStatus]:
        """Return how the topics stand, by name."""
        ...

    async def publish(self, outputs: Sequence[Output]) -> None:
        """Write the outputs in one transaction."""

    async def ends(self, topics: Sequence[Topic]) -> Offsets:
        """Where the topics end now."""
        ...

    def read(
        self, topics: Sequence[Topic], *, follow: bool, after: Offsets = FROM_BEGINNING
    ) -> AsyncGenerator[Record, None]:
        """The committed records of the topics from a place on (their beginning); with `follow`, also those to come.

        Close it (`contextlib.aclosing`) where it is not read to its end.
        """
        ...

    def own(self, service: Service, partition: int) -> AbstractAsyncContextManager[OwnedPartition]:
        """Take a partition of a service that does not run, to mend its state.

        Raises:
            TakenOver: the service runs.
        """
        ...

    async def close(self) -> None:
        """Let go of the log."""


class Stopped(Exception):
    """The stop event was set before the awaited thing happened."""


async def unless_stopped(stop: asyncio.Event, work: Awaitable[T]) -> T:
    """Await `work`, but no longer than until `stop` is set; then `work` is cancelled.

    Raises:
        Stopped: it was.
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
