"""Status of groups and topics, for `insidertape status`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MOST_READ: Final = 2_000
"""A topic with at most so many offsets is read to count its records; otherwise its offsets are an upper bound."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of records: exactly `number` if `exact`, else at most `number`."""

    number: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """A service's group: its live members, its partitions, and the records that it has not processed yet.

    `name` is the group's name in the log.
    """

    name: str
    members: int
    partitions: int
    lag: Count


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """The number of live members of a service's group, and the next offset in each partition of its input topic."""

    members: int
    next_offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """A topic: the number of its records, and when the first and the latest of those read were written, in UTC.

    `name` is the topic's name in the log. `keys` counts the keys that have a value, `codes` dead letters by error
    code. If `records` is not exact, both cover only the newest records.
    """

    name: str
    records: Count
    first: datetime | None = None
    latest: datetime | None = None
    keys: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)
