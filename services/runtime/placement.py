"""Whether records are in the partition that their key belongs to: a service with state relies on it.

A report in another partition would meet another state: its alert would begin from nothing, and its positions would be
written beside those of the partition's owner.
"""

from dataclasses import dataclass

from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.topics import Topic
from services.runtime.partitioning import partition_of
from services.runtime.port import Record, Routing, Service


@dataclass(frozen=True, slots=True)
class Placement:
    """One partition of several, and how a service's keys are routed to them."""

    routing: Routing
    partition: int
    partitions: int

    def home(self, topic: Topic, record: Record) -> int | None:
        """Return the partition of the topic that the record belongs to; None if it is there.

        A record without a key belongs nowhere in particular, and neither does one that cannot be read: None.
        """
        if record.key is None or record.unreadable:
            return None
        homes = [partition_of(part, self.partitions) for part in self.routing(topic, record.key)]
        return None if not homes or self.partition in homes else homes[0]

    def check(self, topic: Topic, record: Record) -> None:
        """Check one input record.

        Raises:
            InvalidEvent: it belongs to another partition.
        """
        if (home := self.home(topic, record)) is not None:
            raise InvalidEvent(
                ErrorCode.WRONG_PARTITION,
                f"{record.location}: the key belongs to partition {home} of {self.partitions}, and was written to "
                f"{record.partition}: its producer's partitioner is not Kafka's default (murmur2). `insidertape dlq "
                f"replay` puts the record into partition {home}",
            )

    def misplaced(self, topic: Topic, record: Record) -> StateCorrupted | None:
        """Return what is wrong with the place of a record of the state; None if it is in its partition."""
        if (home := self.home(topic, record)) is None:
            return None
        key = (record.key or b"").decode("utf-8", "replace")
        return StateCorrupted(
            ErrorCode.MISPLACED_STATE, f"{record.location}: {key} belongs to partition {home} of {self.partitions}"
        )


def placement_of(service: Service, partition: int, partitions: int) -> Placement | None:
    """Return the placement of a partition of the service; None if the service accepts any record anywhere."""
    return Placement(service.routing, partition, partitions) if service.routing is not None else None
