"""How a log stands, for a person who asks: how far a group is, and how many records a topic has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MOST_READ: Final = 2_000
"""Offsets of a topic up to which its records are read to be counted; beyond that the offsets are the bound."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of records: `number` itself if it is `exact`, else at most `number`."""

    number: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """A service's group: its members alive now, its partitions, and how many records it has yet to process.

    `name` is what the log calls the group.
    """

    name: str
    members: int
    partitions: int
    lag: Count


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """How many members a service's group has now, and the next offset in each partition of its input."""

    members: int
    next_offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """A topic: how many records it has, when the first and the last that were looked at were written, in UTC.

    `name` is what the log calls the topic. `keys` counts the keys that have a value, `codes` dead letters by the code
    of their error. If `records` is not exact, both are of the newest records alone.
    """

    name: str
    records: Count
    first: datetime | None = None
    latest: datetime | None = None
    keys: int = 0
    codes: Mapping[str, int] = field(default_factory=dict)
