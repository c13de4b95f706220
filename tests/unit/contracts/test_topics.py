"""The table of topics: names, co-partitioning, retention and limits."""

import re

import pytest

from contracts.codec import EVENTS
from contracts.errors import FatalError, Misconfigured
from contracts.topics import (
    ALERTS,
    DEAD_LETTERS,
    FILINGS,
    HOLDINGS_DEAD_LETTERS,
    PARSER_DEAD_LETTERS,
    POSITIONS,
    RECORD_OVERHEAD,
    TOPICS,
    TRANSACTIONS,
    WATCHER_CURSOR,
    Topic,
    dead_letter_topic,
    positions_key,
    topic_named,
)


def test_names_are_unique_and_versioned() -> None:
    """`<domain>.<entity>.v<major>`: a breaking change takes a new name."""
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"insidertape\.[a-z.]+\.v1(\.[a-z]+\.dlq\.v1)?", name) for name in names)


def test_each_event_has_one_topic() -> None:
    """A second topic would deliver each event twice."""
    assert {topic.event for topic in TOPICS if topic.event is not None} == set(EVENTS)
    assert len([topic for topic in TOPICS if topic.event is not None]) == len(EVENTS)


def test_topic_is_found_by_its_name() -> None:
    """An unknown name is a configuration error that lists the known ones."""
    for topic in TOPICS:
        assert topic_named(topic.name) is topic
    with pytest.raises(Misconfigured, match=r"insidertape\.filings\.v1") as caught:
        topic_named("insidertape.orders.v1")
    assert isinstance(caught.value, FatalError)


def test_events_of_one_issuer_share_a_partition() -> None:
    """Transactions, positions and alerts of one issuer are processed in order by one instance."""
    assert {topic.partition_key for topic in (TRANSACTIONS, POSITIONS, ALERTS)} == {"issuer_key"}
    assert HOLDINGS_DEAD_LETTERS.partition_key == TRANSACTIONS.partition_key


def test_state_is_compacted_and_derived_events_are_kept() -> None:
    """Filings can be fetched again and expire; events derived from them, and dead letters, stay."""
    assert {topic for topic in TOPICS if topic.cleanup == "compact"} == {POSITIONS, WATCHER_CURSOR}
    assert {topic for topic in TOPICS if topic.retention_ms != -1} == {FILINGS}
    assert all(topic.retention_ms == -1 for topic in DEAD_LETTERS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_topic_configuration_uses_kafkas_names(topic: Topic) -> None:
    """Other settings are left to the broker's administrator."""
    assert topic.config() == {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(topic.max_message_bytes),
    }
    assert topic.max_value_bytes == topic.max_message_bytes - RECORD_OVERHEAD


def test_record_that_fits_its_topic_fits_the_dead_letters() -> None:
    """A dead letter is the record and its reasons: it needs more room, not less."""
    for topic, dead in ((FILINGS, PARSER_DEAD_LETTERS), (TRANSACTIONS, HOLDINGS_DEAD_LETTERS)):
        assert dead.max_value_bytes >= topic.max_message_bytes


def test_dead_letter_topic_is_named_after_topic_and_service() -> None:
    """Who failed on what."""
    assert dead_letter_topic(FILINGS, "parser") == PARSER_DEAD_LETTERS
    assert PARSER_DEAD_LETTERS.name == "insidertape.filings.v1.parser.dlq.v1"


def test_position_is_keyed_by_issuer_then_owner() -> None:
    """The issuer's part decides the partition, so it comes first."""
    assert positions_key("0000046129", "name:SMITH RICHARD D /CO/") == "0000046129|name:SMITH RICHARD D /CO/"
