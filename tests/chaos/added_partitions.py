"""The last fault of a run on Kafka: one partition is added to a topic, and the operator moves to a new namespace."""

import random
from dataclasses import dataclass
from typing import Final

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS, Topic
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.engine import Offsets
from tests.broker import add_partitions
from tests.chaos.crew import Crew
from tests.chaos.grounds import KafkaGround, log_of
from tests.chaos.harms import Harms, says
from tests.chaos.invariants import Violation, violations_before_a_copy
from tests.chaos.observer import Observer
from tests.chaos.operator import Operator
from tests.chaos.publishers import publisher, repeater

NAMESPACE: Final = "g2"
_MORE: Final = 2
_DRAWN: Final = (FILINGS, TRANSACTIONS, POSITIONS, ALERTS)
_WITHIN_SECONDS: Final = 30.0
_MISCONFIGURED: Final = 78
_TOPICS: Final = {
    "publisher": publisher(0, 0).topics,
    "repeater": repeater().topics,
    "parser": parser_service().topics,
    "holdings": holdings_service().topics,
}
"""The topics that the members of each role use."""


@dataclass(frozen=True)
class Moved:
    """The ground to go on with, how far its alerts are copies, and what was wrong with the one that was left."""

    topic: Topic
    ground: KafkaGround
    copied: Offsets
    violations: list[Violation]


async def add_a_partition(
    crew: Crew, chance: random.Random, ground: KafkaGround, observer: Observer, harms: Harms, operator: Operator
) -> Moved:
    """Add a partition while all are at work; then copy everything into a namespace with more, and go on there.

    Raises:
        CommandFailedError: nothing could be copied.
    """
    topic = chance.choice(_DRAWN)
    counts = {member: member.ends for member in crew.members if topic in _TOPICS[member.role]}
    await add_partitions(ground.kafka.bootstrap_servers, topic.name, ground.partitions + 1)

    def answered() -> bool:
        return all(
            any(says(life, _MISCONFIGURED, topic.name) for life in member.past_lives(after=count))
            for member, count in counts.items()
        )

    await harms.expect(answered, f"each member that uses {topic.name} ends and names it", within=_WITHIN_SECONDS)
    await observer.close()
    async with operator.taken(_TOPICS) as members:
        await crew.hold(members)
        wrong = await _wrong_with(ground, topic, observer)
        partitions = ground.partitions + _MORE
        await operator.run("topics", "repartition", "--to", str(partitions), "--into", NAMESPACE, *ground.arguments)
        moved = ground.after_repartition(NAMESPACE, partitions)
        copied = await moved.engine().ends((ALERTS,))
        for member in members:
            member.release(INSIDERTAPE_NAMESPACE=NAMESPACE)
    return Moved(topic, moved, copied, wrong)


async def _wrong_with(ground: KafkaGround, topic: Topic, observer: Observer) -> list[Violation]:
    """Return what is wrong with the topics that are left behind: they change no more."""
    log = await log_of(ground)
    log.seen = observer.seen
    added = (topic.name, ground.partitions)
    written = len(log.found.get(added, ()))
    wrong = [Violation("no record in an added partition", f"{topic.name} has {written} there")] if written else []
    return wrong + violations_before_a_copy(log)
