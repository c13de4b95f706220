"""Whether a record is in the partition of its key, in each topic."""

import pytest

from contracts.topics import FILINGS, POSITIONS, TOPICS, TRANSACTIONS, positions_key, routing_parts
from services.runtime.partitioning import partition_of
from services.runtime.placement import Placement
from services.runtime.port import Record

COUNT = 8


@pytest.mark.parametrize("issuer", ["0001318605", "name:ACME", "name:A|B", "name:|"])
def test_a_book_is_at_home_with_its_issuers_transactions(issuer: str) -> None:
    """Also when a name contains what separates the parts of a key."""
    home = partition_of(issuer.encode(), COUNT)
    placement = Placement(routing_parts, home, COUNT)
    key = positions_key(issuer, "name:DOE JOHN").encode()
    assert placement.home(TRANSACTIONS, Record(TRANSACTIONS.name, home, 0, issuer.encode(), b"")) is None
    assert placement.home(POSITIONS, Record(POSITIONS.name, home, 0, key, b"")) is None


def test_a_record_elsewhere_belongs_to_the_partition_of_its_key() -> None:
    """In every other partition."""
    home = partition_of(b"0001318605", COUNT)
    for partition in set(range(COUNT)) - {home}:
        placement = Placement(routing_parts, partition, COUNT)
        assert placement.home(TRANSACTIONS, Record(TRANSACTIONS.name, partition, 0, b"0001318605", b"")) == home
        assert placement.home(POSITIONS, Record(POSITIONS.name, partition, 0, b"0001318605|1", b"")) == home


@pytest.mark.parametrize("record", [Record("t", 0, 0, None, b""), Record("t", 0, 0, b"k", b"", unreadable="torn")])
def test_a_record_whose_key_is_unknown_belongs_nowhere(record: Record) -> None:
    """Something else is wrong with it, and is to be named."""
    assert all(Placement(routing_parts, number, COUNT).home(TRANSACTIONS, record) is None for number in range(COUNT))


def test_keys_that_do_not_decide_the_partition_are_not_judged() -> None:
    """Filings go where their issuer's do, which the text tells, and dead letters are keyed like their originals."""
    judged = {topic.name for topic in TOPICS if routing_parts(topic, b"a|b")}
    assert FILINGS.name not in judged
    assert {"insidertape.transactions.v1", "insidertape.positions.v1", "insidertape.alerts.v1"} <= judged
