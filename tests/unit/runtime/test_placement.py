"""Whether a record is in the partition of its key, for each topic."""

import pytest

from contracts.topics import FILINGS, POSITIONS, TOPICS, TRANSACTIONS, positions_key, routing_parts
from services.runtime.partitioning import partition_of
from services.runtime.placement import Placement
from services.runtime.port import Record

COUNT = 8


@pytest.mark.parametrize("issuer", ["0001318605", "name:ACME", "name:A|B", "name:|"])
def test_a_book_belongs_to_the_partition_of_its_issuers_transactions(issuer: str) -> None:
    """Even if a name contains the separator of a key's parts."""
    home = partition_of(issuer.encode(), COUNT)
    placement = Placement(routing_parts, home, COUNT)
    key = positions_key(issuer, "name:DOE JOHN").encode()
    assert placement.home(TRANSACTIONS, Record(TRANSACTIONS.name, home, 0, issuer.encode(), b"")) is None
    assert placement.home(POSITIONS, Record(POSITIONS.name, home, 0, key, b"")) is None


def test_a_record_in_the_wrong_partition_belongs_to_that_of_its_key() -> None:
    """In every other partition."""
    home = partition_of(b"0001318605", COUNT)
    for partition in set(range(COUNT)) - {home}:
        placement = Placement(routing_parts, partition, COUNT)
        assert placement.home(TRANSACTIONS, Record(TRANSACTIONS.name, partition, 0, b"0001318605", b"")) == home
        assert placement.home(POSITIONS, Record(POSITIONS.name, partition, 0, b"0001318605|1", b"")) == home


@pytest.mark.parametrize("record", [Record("t", 0, 0, None, b""), Record("t", 0, 0, b"k", b"", unreadable="torn")])
def test_a_record_with_an_invalid_key_is_not_misplaced(record: Record) -> None:
    """It has another fault, which must be reported instead."""
    assert all(Placement(routing_parts, number, COUNT).home(TRANSACTIONS, record) is None for number in range(COUNT))


def test_keys_that_do_not_decide_the_partition_are_not_checked() -> None:
    """Filings are routed by their issuer, which is in the text, and dead letters have the keys of their originals."""
    judged = {topic.name for topic in TOPICS if routing_parts(topic, b"a|b")}
    assert FILINGS.name not in judged
    assert {"insidertape.transactions.v1", "insidertape.positions.v1", "insidertape.alerts.v1"} <= judged
