"""The partition of a key, the same as in every Kafka client."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from contracts.topics import POSITIONS, TRANSACTIONS, positions_key
from services.runtime.partitioning import partition_of, partition_of_output
from services.runtime.port import Output


@given(st.binary(), st.integers(1, 200))
def test_a_key_has_the_partition_of_kafkas_default_partitioner(key: bytes, partitions: int) -> None:
    """Foreign producers and consumers then agree with ours, on either engine."""
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, every, every)


JAVA_HASHES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"abc": 479470107,
}
"""Results of `org.apache.kafka.common.utils.Utils.murmur2`, from Kafka's own tests."""


@pytest.mark.parametrize("key", JAVA_HASHES)
def test_a_key_has_the_partition_of_kafkas_java_client(key: bytes) -> None:
    """An upgrade of aiokafka that moved keys would split issuers between partitions."""
    for partitions in (1, 4, 8, 1_000_003):
        assert partition_of(key, partitions) == (JAVA_HASHES[key] & 0x7FFFFFFF) % partitions


@given(st.text(min_size=1), st.text(min_size=1), st.integers(1, 64))
def test_positions_are_co_partitioned_with_their_issuers_transactions(issuer: str, owner: str, partitions: int) -> None:
    """Holdings finds an issuer's state in the partition with the number of its input."""
    report = Output(TRANSACTIONS, issuer.encode(), b"")
    state = Output(POSITIONS, positions_key(issuer, owner).encode(), b"", routing=issuer.encode())
    assert partition_of_output(state, partitions) == partition_of_output(report, partitions)
