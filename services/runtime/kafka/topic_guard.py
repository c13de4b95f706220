"""Checks that a service's topics stay the ones it started with, for as long as its process runs.

Keys are routed by a topic's count of partitions, and state and offsets belong to one topic. Suppose partitions are
added, or a topic is deleted or created again: a service that continued would separate keys from their state, or wait
forever.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NoReturn, TypeVar

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, TransientError
from contracts.topics import Topic
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.error_mapping import kafka_errors
from services.runtime.kafka.topic_identity import TopicIdentity, identify_topics

T = TypeVar("T")

_CONFIRM_SECONDS: Final = 0.5
"""A difference is checked again after so long, since a broker that has just joined may be behind for a moment."""

_NOTE: Final = "partitions="


class TopicGuard:
    """The topics of one service or reader, pinned by the first `check`: each one's id and count of partitions.

    `user` is the service's name in messages. `changelog` is the topic that holds its state. A user that only reads
    does not need topics with the same partition key to have the same number of partitions.
    """

    def __init__(
        self,
        clients: KafkaClients,
        user: str,
        topics: Sequence[Topic],
        *,
        changelog: Topic | None = None,
        reads_only: bool = False,
    ) -> None:
        self._clients = clients
        self._user = user
        self._topics = topics
        self._changelog = changelog
        self._reads_only = reads_only
        self._pinned: dict[Topic, TopicIdentity] = {}
        self._checking = asyncio.Lock()
        self._started = self._passed = 0  # numbers of checks
        self._wanted = asyncio.Event()
        self._checked_at = time.monotonic()

    def identity(self, topic: Topic) -> TopicIdentity:
        """Return the pinned identity of a topic."""
        return self._pinned[topic]

    def partitions(self, topic: Topic) -> int:
        """Return the pinned count of partitions of a topic."""
        return self._pinned[topic].partitions

    def require_partitions(self, topic: Topic, count: int) -> None:
        """Check that a topic's count of partitions is still the pinned one.

        Raises:
            Misconfigured: it is not.
        """
        if count != (pinned := self.partitions(topic)):
            raise _changed(self._name(topic), count, f"had {pinned} when {self._user} started")

    def note(self, topic: Topic) -> str:
        """Return the metadata of a committed offset: the topic's count of partitions at that time."""
        return f"{_NOTE}{self.partitions(topic)}"

    def require_notes(self, topic: Topic, notes: Iterable[str]) -> None:
        """Check that a group's offsets were committed with the pinned count of partitions. Other notes are ignored.

        If the group worked with another count, its state is in other partitions.

        Raises:
            Misconfigured: an offset was committed with another count.
        """
        for note in sorted(set(notes)):
            digits = note.removeprefix(_NOTE)
            if note.startswith(_NOTE) and digits != str(count := self.partitions(topic)):
                raise _changed(self._name(topic), count, f"had {digits} when {self._user} last committed")

    async def check(self) -> None:
        """Check that the broker's topics are the pinned ones; the first time, pin them.

        Callers that arrive while a check is under way share the next one.

        Raises:
            Misconfigured: at the start, a topic is missing or its count of partitions does not fit; later, it was
                deleted, created again, or given more partitions.
            TransientError: the broker does not answer.
        """
        asked = self._started
        async with self._checking:
            if self._passed > asked:
                return
            self._started += 1
            number = self._started
            await (self._compare() if self._pinned else self._pin())
            self._passed = number

    def check_soon(self) -> None:
        """Make `watch` check at once."""
        self._wanted.set()

    async def watch(self) -> NoReturn:
        """Check periodically, without end. An unavailable broker counts as unchanged topics.

        Raises:
            Misconfigured: the topics are not the pinned ones any more.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._clients.settings.kafka_topic_check_interval):
                    await self._wanted.wait()
            self._wanted.clear()
            with suppress(TransientError):
                await self.check()

    async def check_if_due(self) -> None:
        """Check if the interval has passed, for callers that run in a loop.

        Raises:
            Misconfigured: the topics are not the pinned ones any more.
        """
        if time.monotonic() - self._checked_at >= self._clients.settings.kafka_topic_check_interval:
            self._checked_at = time.monotonic()
            with suppress(TransientError):
                await self.check()

    async def hold(self, work: Awaitable[T]) -> T:
        """Await the work while `watch` runs; an error of `watch` cancels the work."""
        working, watching = asyncio.ensure_future(work), asyncio.ensure_future(self.watch())
        try:
            done, _ = await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return working.result()
        finally:
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _look(self) -> dict[Topic, TopicIdentity]:
        names = {topic: self._name(topic) for topic in self._topics}
        with kafka_errors("Describe"):
            found = await identify_topics(self._clients, list(names.values()))
        return {topic: found[name] for topic, name in names.items() if name in found}

    async def _pin(self) -> None:
        found = await self._look()
        for topic in self._topics:
            if topic not in found or not found[topic].partitions:
                raise Misconfigured(
                    ErrorCode.NO_TOPIC,
                    f"the broker has no topic {self._name(topic)}; `insidertape topics apply` creates all of them",
                )
        if not self._reads_only:
            require_co_partitioned({topic: each.partitions for topic, each in found.items()}, self._name)
        self._pinned = found

    async def _compare(self) -> None:
        if await self._look() == self._pinned:
            return
        await asyncio.sleep(_CONFIRM_SECONDS)
        found = await self._look()
        for topic, pinned in self._pinned.items():
            if topic not in found:
                raise Misconfigured(
                    ErrorCode.TOPIC_DELETED,
                    f"{self._name(topic)} was deleted while {self._user} ran; `insidertape topics apply` creates it, "
                    f"empty{self._aftermath(topic)}",
                )
            if found[topic].id != pinned.id:
                raise Misconfigured(
                    ErrorCode.TOPIC_RECREATED,
                    f"{self._name(topic)} was deleted and created again while {self._user} ran: its records are gone"
                    f"{self._aftermath(topic)}",
                )
        for topic in self._pinned:
            self.require_partitions(topic, found[topic].partitions)

    def _name(self, topic: Topic) -> str:
        return self._clients.names.topic(topic)

    def _aftermath(self, topic: Topic) -> str:
        if topic != self._changelog:
            return f". Then start {self._user} again"
        return f". It held the state of {self._user}: run `insidertape state repair --all` before you start it again"


def require_co_partitioned(counts: Mapping[Topic, int], name: Callable[[Topic], str]) -> None:
    """Check that topics with the same partition key have the same number of partitions.

    Raises:
        Misconfigured: they do not. The message names the topics that differ from the majority.
    """
    among_all = Counter(counts.values())
    for key in dict.fromkeys(topic.partition_key for topic in counts):
        group = {topic: count for topic, count in counts.items() if topic.partition_key == key}
        among_group = Counter(group.values())
        # The most frequent count in the group; if several are, the one that is more frequent among all topics.
        usual = max(among_group, key=lambda count: (among_group[count], among_all[count]))
        if len(among_group) > 1:
            raise _not_co_partitioned(group, usual, name)


def _not_co_partitioned(group: Mapping[Topic, int], usual: int, name: Callable[[Topic], str]) -> Misconfigured:
    odd = " and ".join(f"{name(topic)} has {count} partitions" for topic, count in group.items() if count != usual)
    others = " and ".join(name(topic) for topic, count in group.items() if count == usual)
    return Misconfigured(
        ErrorCode.NOT_CO_PARTITIONED,
        f"{odd}, and {others} {usual}: topics with one partition key need the same number. `insidertape "
        f"topics repartition --to {max(group.values())}` copies everything into topics with that many each",
    )


def _changed(name: str, now: int, then: str) -> Misconfigured:
    return Misconfigured(
        ErrorCode.PARTITIONS_CHANGED,
        f"{name} has {now} partitions, and {then}: its keys would go to other partitions. Stop every service and "
        f"producer; then `insidertape topics repartition --to {now}` copies everything into topics with {now} "
        "partitions each",
    )
