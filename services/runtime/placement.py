"""Checks that records are in the partition of their key, which a service with state relies on.

In another partition, a report would be applied to another state: its alert would start from an empty position, and its
positions would be written next to those of the right partition.
"""

from dataclasses import dataclass

from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent, StateCorrupted
from contracts.topics import Topic
from services.runtime.partitioning import partition_of
from services.runtime.port import Record, Routing, Service


@dataclass(frozen=True, slots=True)
class Placement:
    """One of `partitions` partitions, and the routing of a service's keys to them."""

    routing: Routing
    partition: int
    partitions: int

    def home(self, topic: Topic, record: Record) -> int | None:
        """Return the partition that the record belongs to; None if it is in the right one.

        A record without a key, or one that cannot be read, belongs to no particular partition: None.
        """
        if record.key is None or record.unreadable:
            return None
        homes = [partition_of(part, self.partitions) for part in self.routing(topic, record.key)]
        return None if not homes or self.partition in homes else homes[0]

    def check(self, topic: Topic, record: Record) -> None:
        """Check that an input record is in the partition of its key.

        Raises:
            InvalidEvent: the record belongs to another partition.
        """
        if (home := self.home(topic, record)) is not None:
            raise InvalidEvent(
                ErrorCode.WRONG_PARTITION,
                f"{record.location}: the key belongs to partition {home} of {self.partitions}, and was written to "
                f"{record.partition}: its producer's partitioner is not Kafka's default (murmur2). `insidertape dlq "
                f"replay` puts the record into partition {home}",
            )

    def misplaced(self, topic: Topic, record: Record) -> StateCorrupted | None:
        """Return the error of a changelog record in the wrong partition; None if it is in the right one."""
        if (home := self.home(topic, record)) is None:
            return None
        key = (record.key or b"").decode("utf-8", "replace")
        return StateCorrupted(
            ErrorCode.MISPLACED_STATE, f"{record.location}: {key} belongs to partition {home} of {self.partitions}"
        )


def placement_of(service: Service, partition: int, partitions: int) -> Placement | None:
    """Return the placement of a partition of the service; None if the service accepts any record anywhere."""
    return Placement(service.routing, partition, partitions) if service.routing is not None else None
