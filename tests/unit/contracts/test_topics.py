"""The table of topics: everything that is created, co-partitioned, and kept as long as it must be."""

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


def test_every_event_has_one_topic() -> None:
    """And every topic of an event is in the table."""
    assert {topic.event for topic in TOPICS if topic.event is not None} == set(EVENTS)
    assert len([topic for topic in TOPICS if topic.event is not None]) == len(EVENTS)


def test_a_topic_is_found_by_its_name() -> None:
    """And one that is not there is a configuration error that lists those that are."""
    for topic in TOPICS:
        assert topic_named(topic.name) is topic
    with pytest.raises(Misconfigured, match=r"insidertape\.filings\.v1") as caught:
        topic_named("insidertape.orders.v1")
    assert isinstance(caught.value, FatalError)


def test_one_issuers_events_share_a_partition() -> None:
    """Transactions, positions and alerts are partitioned by the issuer."""
    assert {topic.partition_key for topic in (TRANSACTIONS, POSITIONS, ALERTS)} == {"issuer_key"}
    assert HOLDINGS_DEAD_LETTERS.partition_key == TRANSACTIONS.partition_key


def test_state_is_compacted_and_facts_are_kept() -> None:
    """Filings can be fetched again and expire; what was derived from them, and what failed, stays."""
    assert {topic for topic in TOPICS if topic.cleanup == "compact"} == {POSITIONS, WATCHER_CURSOR}
    assert {topic for topic in TOPICS if topic.retention_ms != -1} == {FILINGS}
    assert all(topic.retention_ms == -1 for topic in DEAD_LETTERS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topics_configuration_is_in_kafkas_names(topic: Topic) -> None:
    """Exactly the three that are ours to set, as text."""
    assert topic.config() == {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "max.message.bytes": str(topic.max_message_bytes),
    }
    assert topic.max_value_bytes == topic.max_message_bytes - RECORD_OVERHEAD


def test_what_fits_its_topic_fits_its_dead_letters() -> None:
    """A dead letter is the record and its reasons: it needs more room, not less."""
    for topic, dead in ((FILINGS, PARSER_DEAD_LETTERS), (TRANSACTIONS, HOLDINGS_DEAD_LETTERS)):
        assert dead.max_value_bytes >= topic.max_message_bytes


def test_dead_letters_are_named_for_the_topic_and_the_group() -> None:
    """Who failed on what."""
    assert dead_letter_topic(FILINGS, "parser") == PARSER_DEAD_LETTERS
    assert PARSER_DEAD_LETTERS.name == "insidertape.filings.v1.parser.dlq.v1"


def test_a_position_is_keyed_by_issuer_and_owner() -> None:
    """The issuer first: that part decides the partition."""
    assert positions_key("0000046129", "name:SMITH RICHARD D /CO/") == "0000046129|name:SMITH RICHARD D /CO/"
