"""Chooses the partition of a record with Kafka's default partitioner (murmur2), on both engines."""

from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

from services.runtime.port import Output

_POSITIVE: Final = 0x7FFFFFFF
_CACHED_KEYS: Final = 32_768
"""Keys whose partition is cached, in at most 8 MB: aiokafka's hash is written in Python and takes 5 µs. All issuers
that ever reported fit, so that checking the partition of each book does not slow down a restore."""


@lru_cache(maxsize=_CACHED_KEYS)
def partition_of(routed_by: bytes, partitions: int) -> int:
    """Return the partition that Kafka's own clients choose for these key bytes."""
    return int((murmur2(routed_by) & _POSITIVE) % partitions)


def partition_of_output(output: Output, partitions: int) -> int:
    """Return the partition of an output: the one it names, else that of the part of its key that routes it."""
    return output.partition if output.partition is not None else partition_of(output.routed_by, partitions)
