"""Faults that the log itself meets: records of strangers in it, a full disk below it, a wrong password before it.

Each waits until the members have answered as they should, and notes if they have not.
"""

import asyncio
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from aiokafka.errors import KafkaError

from contracts.errors import StorageFailed, TransientError
from contracts.topics import Topic
from tests.chaos.crew import Crew, Member
from tests.chaos.endings import Life
from tests.chaos.grounds import Ground, KafkaGround
from tests.chaos.invariants import Violation
from tests.chaos.operator import Operator
from tests.chaos.strangers import Strangers
from tests.engines.hostile import Stranger, put

ANSWER_SECONDS: Final = 60.0
"""How long members have to answer a fault, each with its end."""

_LOOK_AGAIN_SECONDS: Final = 0.2
_BROKER_LASTS_SECONDS: Final = 15.0
"""How long a broker may go on with a full disk: it dies at the next write that finds no room."""
_WITH_STATE: Final = frozenset({"holdings", "pipeline"})
_WITH_PASSWORDS: Final = ("parser", "holdings", "repeater")
_FULL: Final = 74
_CORRUPT: Final = 65
_REFUSED: Final = 77


class Harms:
    """Does such harm on a ground. `unanswered` is what the members did not answer as they should."""

    def __init__(self, crew: Crew, chance: random.Random, ground: Ground, operator: Operator) -> None:
        self.unanswered: list[Violation] = []
        self._crew = crew
        self._chance = chance
        self._ground = ground
        self._operator = operator
        self._strangers = Strangers(ground.partitions)

    async def publish_strange_headers(self) -> None:
        """Publish filings with null headers, repeated ones, and names that are not UTF-8."""
        await self._put(self._strangers.with_strange_headers())

    async def publish_foreign_records(self) -> None:
        """Write what is no event into every topic; holdings refuses its state until the operator has repaired it."""
        await self._put(self._strangers.foreign())
        async with self._operator.taken(_WITH_STATE) as members:
            (place,) = await self._put(self._strangers.foreign_positions())
            counts = {member: member.ends for member in members}
            await self._crew.restart(members)

            def answered() -> bool:
                lives = (life for member, count in counts.items() for life in member.past_lives(after=count))
                return any(says(life, _CORRUPT, place) for life in lives)

            await self.expect(answered, f"holdings ends and names {place}")
            async with self._operator.stopped(members):
                await self._operator.run("state", "repair", *self._ground.arguments)

    async def add_with_wrong_password(self) -> None:
        """Add an instance that the broker does not let in; it gives up by itself, and nobody starts it again."""
        assert isinstance(self._ground, KafkaGround)
        variables = self._ground.with_wrong_password()
        assert variables is not None
        member = await self._crew.live_once(self._chance.choice(_WITH_PASSWORDS), **variables)
        (life,) = member.past_lives()
        if not says(life, _REFUSED, "kafka_authentication_failed"):
            self._note(f"{member.name}, with a wrong password, ended with {life.status}: {life.failures}")

    async def fill_the_disk(self) -> None:
        """Fill the disk of the log until that has stopped whoever writes there; then give the space back."""
        disk = self._ground.disk
        assert disk is not None
        try:
            if isinstance(self._ground, KafkaGround):
                await self._await_end_of_broker(self._ground)
            else:
                await self._await_end_of_members()
        finally:
            disk.clear()
        if isinstance(self._ground, KafkaGround):
            await asyncio.to_thread(self._ground.kafka.kill)  # if it has gone on, then with writes that failed
            await asyncio.to_thread(self._ground.kafka.restart)

    async def expect(self, answered: Callable[[], bool], what: str, *, within: float = ANSWER_SECONDS) -> None:
        """Wait until members have answered; note that they have not if that takes too long."""
        try:
            async with asyncio.timeout(within):
                while not answered():  # noqa: ASYNC110 - other processes set no event
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            self._note(f"within {within:.0f} s it was not so that {what}")

    async def _await_end_of_broker(self, ground: KafkaGround) -> None:
        assert ground.disk is not None
        until = time.monotonic() + _BROKER_LASTS_SECONDS
        while ground.kafka.process and ground.kafka.process.poll() is None and time.monotonic() < until:
            await asyncio.to_thread(ground.disk.fill)  # again: the broker may have given some space back
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _await_end_of_members(self) -> None:
        disk = self._ground.disk
        assert disk is not None
        counts = {member: member.ends for member in self._crew.members}

        def answered() -> bool:
            disk.fill()
            staying = [member for member in self._crew.members if member in counts]
            return all(_ended_with(member, counts, _FULL) for member in staying)

        await self.expect(answered, "each member ends since the disk is full")

    async def _put(self, records: Iterable[tuple[Topic, int, Stranger]]) -> list[str]:
        """Write the records; return the places, as messages begin them, that they went to: `topic[partition]@`."""
        places: defaultdict[tuple[Topic, int], list[Stranger]] = defaultdict(list)
        for topic, partition, stranger in records:
            places[topic, partition].append(stranger)
        for (topic, partition), strangers in places.items():
            await _insist(lambda: put(self._ground.raw, topic, partition, strangers))  # noqa: B023 - awaited here
        return [f"{topic.name}[{partition}]@" for topic, partition in places]

    def _note(self, what: str) -> None:
        self.unanswered.append(Violation("faults are answered", what))


def says(life: Life, status: int, words: str) -> bool:
    """Whether a process ended with this status, and with a line that says why with these words."""
    return life.status == status and any(words in f"{each['code']} {each['error']}" for each in life.failures)


def _ended_with(member: Member, counts: Mapping[Member, int], status: int) -> bool:
    return any(life.status == status for life in member.past_lives(after=counts[member]))


async def _insist(write: Callable[[], Awaitable[None]]) -> None:
    """Write in spite of outages and of others who write."""
    while True:
        try:
            await write()
        except (KafkaError, OSError, sqlite3.Error, StorageFailed, TransientError):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return
