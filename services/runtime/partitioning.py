"""Which partition a record belongs to: Kafka's default partitioner (murmur2), the same on both engines."""

from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

from services.runtime.port import Output

_POSITIVE: Final = 0x7FFFFFFF
_KEYS_REMEMBERED: Final = 32_768
"""Keys whose partition is kept, 8 MB at most: the client's hash is made of Python and takes 5 µs. All issuers that ever
reported fit, so that checking a book's partition does not slow a restore."""


@lru_cache(maxsize=_KEYS_REMEMBERED)
def partition_of(routed_by: bytes, partitions: int) -> int:
    """The partition, of so many, that Kafka's own clients choose for these key bytes."""
    return int((murmur2(routed_by) & _POSITIVE) % partitions)


def partition_of_output(output: Output, partitions: int) -> int:
    """Return the partition of an output: the one it names, else that of the part of its key that routes it."""
    return output.partition if output.partition is not None else partition_of(output.routed_by, partitions)
