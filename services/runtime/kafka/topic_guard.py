"""Holds a service to the topics it started with, for as long as its process runs.

Keys are routed by a topic's count of partitions, and state and offsets are a topic's own: if partitions are added, or
a topic is deleted or made anew, going on would split keys from their state, or wait in silence for ever.
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
"""Before a difference counts it is looked at again: a broker that has just joined may be a moment behind."""

_NOTE: Final = "partitions="


class TopicGuard:
    """The topics of one service or reader, pinned by the first `check`: each one's id and count of partitions.

    `user` is what messages call the service. `changelog` is the topic among them that holds its state. Whoever only
    reads need not care whether topics with one partition key have the same number of partitions.
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
        self._looking = asyncio.Lock()
        self._begun = self._passed = 0  # looks, by number
        self._wanted = asyncio.Event()
        self._checked_at = time.monotonic()

    def partitions(self, topic: Topic) -> int:
        """Return the pinned count of partitions of a topic."""
        return self._pinned[topic].partitions

    def require_partitions(self, topic: Topic, count: int) -> None:
        """Compare the count of partitions that a topic has now with the pinned one.

        Raises:
            Misconfigured: they differ.
        """
        if count != (pinned := self.partitions(topic)):
            raise _changed(self._name(topic), count, f"had {pinned} when {self._user} started")

    def note(self, topic: Topic) -> str:
        """Return what is kept with a committed offset: the count of partitions that it was committed under."""
        return f"{_NOTE}{self.partitions(topic)}"

    def require_notes(self, topic: Topic, notes: Iterable[str]) -> None:
        """Compare the notes of a group's committed offsets with the pinned count. Other notes say nothing.

        The state of a group that has worked under another count is in other partitions, whoever added them meanwhile.

        Raises:
            Misconfigured: an offset was committed under another count.
        """
        for note in sorted(set(notes)):
            digits = note.removeprefix(_NOTE)
            if note.startswith(_NOTE) and digits != str(count := self.partitions(topic)):
                raise _changed(self._name(topic), count, f"had {digits} when {self._user} last committed")

    async def check(self) -> None:
        """Compare the topics with the broker's; the first time, pin them.

        Callers that come while a look is under way share the next one.

        Raises:
            Misconfigured: a topic is missing at the start, or its count of partitions does not fit; later, it was
                deleted, made anew, or given other partitions.
            TransientError: the broker gives no answer.
        """
        asked = self._begun
        async with self._looking:
            if self._passed > asked:
                return
            self._begun += 1
            number = self._begun
            await (self._compare() if self._pinned else self._pin())
            self._passed = number

    def check_soon(self) -> None:
        """Have `watch` check at once."""
        self._wanted.set()

    async def watch(self) -> NoReturn:
        """Check again and again. A broker that is away has changed nothing.

        Raises:
            Misconfigured: the topics are not those of the start any more.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._clients.settings.kafka_topic_check_interval):
                    await self._wanted.wait()
            self._wanted.clear()
            with suppress(TransientError):
                await self.check()

    async def check_if_due(self) -> None:
        """Check like `watch`, if that is due; for whoever has a loop of its own.

        Raises:
            Misconfigured: the topics are not those of the start any more.
        """
        if time.monotonic() - self._checked_at >= self._clients.settings.kafka_topic_check_interval:
            self._checked_at = time.monotonic()
            with suppress(TransientError):
                await self.check()

    async def hold(self, work: Awaitable[T]) -> T:
        """Await the work while the topics are watched; what `watch` raises cancels it."""
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
                    f"{self._name(topic)} was deleted and made anew while {self._user} ran: its records are gone"
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
    """Check that topics with one partition key have the same number of partitions.

    Raises:
        Misconfigured: they have not. The message names the topic that differs from most, of those and then of all.
    """
    among_all = Counter(counts.values())
    for key in dict.fromkeys(topic.partition_key for topic in counts):
        group = {topic: count for topic, count in counts.items() if topic.partition_key == key}
        among_group = Counter(group.values())
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
