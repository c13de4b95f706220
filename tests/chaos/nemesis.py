"""What befalls a chaos run: faults dealt out by a seed in volleys of one to three, each of which heals by itself.

A fault is over when its victim is started again, or goes on; a run that then does not move again has not survived it.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from deploy.kafka.local import LocalKafka
from tests.chaos.crew import Crew, Member, until
from tests.chaos.grounds import Ground, KafkaGround
from tests.chaos.harms import Harms

Volley = tuple[str, ...]

KAFKA_FAULTS: Final[Mapping[str, int]] = {
    "SIGKILL": 5,
    "SIGTERM": 3,
    "SIGSTOP, SIGCONT": 4,
    "broker killed": 3,
    "killed around a commit": 6,
    "client gone deaf": 1,
    "instance added": 1,
    "instance removed": 1,
    "null headers": 2,
    "foreign records": 2,
    "wrong password": 1,
    "full disk": 1,
}
"""Every fault that a run on Kafka meets, and how many of it there are in a deal; at its end partitions are added."""
EMBEDDED_FAULTS: Final[Mapping[str, int]] = {
    "SIGKILL": 4,
    "SIGTERM": 1,
    "killed around a commit": 5,
    "instance added": 1,
    "instance removed": 1,
    "null headers": 1,
    "foreign records": 1,
    "full disk": 1,
}

_MOST_AT_ONCE: Final = 3
_WITHIN_SECONDS: Final = 2.0
"""How far apart the faults of a volley strike."""
_FURTHEST_CALL: Final = 15
_TO_STRIKE_SECONDS: Final = 20.0
"""How long an armed process has to get to where it is to die: it may have nothing to do."""
_PAST_THE_SESSION: Final = (1.2, 1.8)
_MOST_INSTANCES: Final = 4
_SENDERS: Final = frozenset({"publisher"})
_OF_GROUP_MEMBERS: Final = frozenset({"client gone deaf", "instance added", "instance removed"})
_OF_THE_LOG: Final = frozenset({"broker killed", "null headers", "foreign records", "wrong password", "full disk"})
"""One of these at a time: none of them could be told from a broker that is away."""
_STEPS: Final = {
    "publisher": ("begin", "send", "commit", "write"),
    "pipeline": ("append", "commit_offset", "read", "heartbeat"),
}
_GROUP_STEPS: Final = ("begin", "send", "offsets", "commit", "write")


def faults_on(ground: Ground) -> dict[str, int]:
    """Return the faults that can be dealt on a ground: a disk is there to be filled, a broker asks for passwords."""
    faults = dict(KAFKA_FAULTS if isinstance(ground, KafkaGround) else EMBEDDED_FAULTS)
    if ground.disk is None:
        del faults["full disk"]
    if isinstance(ground, KafkaGround) and ground.with_wrong_password() is None:
        del faults["wrong password"]
    return faults


def volleys(faults: Mapping[str, int], chance: random.Random) -> Iterator[Volley]:
    """Volleys without end: first each fault once, then deal after deal, shuffled; the broker dies once in a volley."""
    hand = list(faults)
    while True:
        chance.shuffle(hand)
        while hand:
            drawn = dict.fromkeys(hand.pop() for _ in range(min(len(hand), chance.randint(1, _MOST_AT_ONCE))))
            yield tuple(drawn)
        hand = [fault for fault, count in faults.items() for _ in range(count)]


class Nemesis:
    """Strikes a crew on a ground. `harms` are the faults that the log itself meets, and those who come to it."""

    def __init__(self, crew: Crew, chance: random.Random, ground: Ground, harms: Harms) -> None:
        self.struck: Counter[str] = Counter()
        self._crew = crew
        self._chance = chance
        self._session = ground.session
        self._kafka: LocalKafka | None = ground.kafka if isinstance(ground, KafkaGround) else None
        self._harms = harms
        self._log_in_use = asyncio.Lock()

    async def volley(self, faults: Volley) -> None:
        """Let the faults strike within two seconds; return when all have healed."""
        await asyncio.gather(*(self._strike(fault) for fault in faults))

    async def _strike(self, fault: str) -> None:
        await asyncio.sleep(self._chance.uniform(0, _WITHIN_SECONDS))
        if fault in _OF_THE_LOG:
            async with self._log_in_use:
                struck = await self._harm(fault)
        else:
            spared = _SENDERS if fault in _OF_GROUP_MEMBERS else frozenset()
            async with self._victim(spared) as member:
                struck = await self._befall(fault, member)
        self.struck[fault] += struck

    async def _harm(self, fault: str) -> bool:
        match fault:
            case "broker killed":
                await self._kill_broker()
            case "null headers":
                await self._harms.publish_strange_headers()
            case "foreign records":
                await self._harms.publish_foreign_records()
            case "wrong password":
                await self._harms.add_with_wrong_password()
            case _:
                await self._harms.fill_the_disk()
        return True

    async def _befall(self, fault: str, member: Member) -> bool:
        match fault:
            case "SIGKILL" | "SIGTERM":
                return await self._end(member, signal.Signals[fault])
            case "SIGSTOP, SIGCONT":
                return await self._suspend(member)
            case "killed around a commit":
                return await self._kill_around_a_commit(member)
            case "client gone deaf":
                return await self._deafen(member)
            case "instance added":
                return self._add(member)
            case _:
                return await self._remove(member)

    @asynccontextmanager
    async def _victim(self, spared: frozenset[str]) -> AsyncIterator[Member]:
        """One that nothing else befalls meanwhile."""

        def free() -> list[Member]:
            return [m for m in self._crew.members if m.role not in spared and not m.troubled]

        await until(lambda: bool(free()))
        chosen = self._chance.choice(free())
        chosen.troubled = True
        try:
            yield chosen
        finally:
            chosen.troubled = False

    async def _kill_broker(self) -> None:
        assert self._kafka is not None
        await asyncio.to_thread(self._kafka.kill)
        await asyncio.to_thread(self._kafka.restart)

    async def _end(self, member: Member, number: signal.Signals) -> bool:
        lives = member.lives
        member.send(number)
        await member.reborn(lives)
        return True

    async def _suspend(self, member: Member) -> bool:
        """Past the session timeout: when it wakes up it is a zombie, whose partitions others have."""
        member.send(signal.SIGSTOP)
        await asyncio.sleep(self._session * self._chance.uniform(*_PAST_THE_SESSION))
        member.send(signal.SIGCONT)
        return True

    async def _kill_around_a_commit(self, member: Member) -> bool:
        """Whether the process came to the step where it was to die."""
        step = self._chance.choice(_STEPS.get(member.role, _GROUP_STEPS))
        moment, call = self._chance.choice(("before", "after")), self._chance.randint(1, _FURTHEST_CALL)
        return await self._doom(member, f"SIGKILL:{moment}:{step}:{call}", within=_TO_STRIKE_SECONDS)

    async def _deafen(self, member: Member) -> bool:
        """Its watchdog has to notice, and the process to end by itself."""
        return await self._doom(member, f"deaf:{self._chance.randint(1, _FURTHEST_CALL)}", within=None)

    async def _doom(self, member: Member, troubles: str, *, within: float | None) -> bool:
        """Whether the member, started again with the troubles, ends of them in time; else it is freed of them."""
        member.troubles = troubles
        await self._end(member, signal.SIGKILL)
        lives = member.lives
        try:
            async with asyncio.timeout(within):
                await member.reborn(lives)
        except TimeoutError:
            await self._end(member, signal.SIGKILL)
            return False
        return True

    def _add(self, member: Member) -> bool:
        """Whether there was need of another like it."""
        needed = len(self._like(member)) < _MOST_INSTANCES
        if needed:
            self._crew.add(*member.arguments)
        return needed

    async def _remove(self, member: Member) -> bool:
        """Whether there was another of its kind to take over."""
        spare = len(self._like(member)) > 1
        if spare:
            await self._crew.remove(member)
        return spare

    def _like(self, member: Member) -> list[Member]:
        return [other for other in self._crew.members if other.arguments == member.arguments]
