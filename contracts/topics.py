"""The table of topics: name, event, key, cleanup and limits. Topics are created from this table alone."""

from dataclasses import dataclass
from typing import Final, Literal

from contracts.base import Contract
from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from contracts.filing_published import FilingPublished
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.transactions_reported import TransactionsReported

MEBIBYTE: Final = 1024 * 1024
DAY_MS: Final = 24 * 60 * 60 * 1000
RECORD_OVERHEAD: Final = 16 * 1024
"""Bytes of a topic's limit kept for key, headers and batch framing."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its records, and how the broker keeps them.

    `partition_key` is the part of a record's key that decides its partition. Topics with the same one, and the same
    number of partitions, are co-partitioned. A `retention_ms` of -1 keeps records forever.
    """

    name: str
    description: str
    event: type[Contract] | None
    key: str
    partition_key: str
    cleanup: Literal["delete", "compact"]
    retention_ms: int
    max_message_bytes: int

    @property
    def max_value_bytes(self) -> int:
        """Bytes of the largest value that fits, leaving room for key and headers."""
        return self.max_message_bytes - RECORD_OVERHEAD

    def config(self) -> dict[str, str]:
        """Return the topic's configuration under Kafka's own names."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
        }


FILINGS: Final = Topic(
    name="insidertape.filings.v1",
    description="Filing texts as filed, from every source.",
    event=FilingPublished,
    key="filing_id",
    partition_key="the issuer's CIK if the text names it, else one partition for all",
    cleanup="delete",
    retention_ms=30 * DAY_MS,
    max_message_bytes=8 * MEBIBYTE,
)
TRANSACTIONS: Final = Topic(
    name="insidertape.transactions.v1",
    description="Normalized transactions and holdings: one event per owner per filing.",
    event=TransactionsReported,
    key="issuer_key",
    partition_key="issuer_key",
    cleanup="delete",
    retention_ms=-1,
    max_message_bytes=4 * MEBIBYTE,
)
POSITIONS: Final = Topic(
    name="insidertape.positions.v1",
    description="Positions of each owner in each issuer. Compacted: the topic is the state.",
    event=PositionsUpdated,
    key="issuer_key|owner_key",
    partition_key="issuer_key",
    cleanup="compact",
    retention_ms=-1,
    max_message_bytes=4 * MEBIBYTE,
)
ALERTS: Final = Topic(
    name="insidertape.alerts.v1",
    description="One alert for each position that a filing trades in or changes, with its evidence.",
    event=HoldingChanged,
    key="issuer_key",
    partition_key="issuer_key",
    cleanup="delete",
    retention_ms=-1,
    max_message_bytes=4 * MEBIBYTE,
)
WATCHER_CURSOR: Final = Topic(
    name="insidertape.watcher.cursor.v1",
    description="What each source of the watcher has published. Compacted; internal to the watcher.",
    event=None,
    key="source|entry",
    partition_key="source",
    cleanup="compact",
    retention_ms=-1,
    max_message_bytes=MEBIBYTE,
)


def dead_letter_topic(source: Topic, service: str) -> Topic:
    """Return the topic to which `service` sends the records of `source` that it cannot process.

    >>> dead_letter_topic(FILINGS, "parser").name
    'insidertape.filings.v1.parser.dlq.v1'
    """
    return Topic(
        name=f"{source.name}.{service}.dlq.v1",
        description=f"Records of {source.name} that {service} could not process, as they were, and why.",
        event=None,
        key="that of the original",
        partition_key=source.partition_key,
        cleanup="delete",
        retention_ms=-1,
        max_message_bytes=source.max_message_bytes + RECORD_OVERHEAD,
    )


WATCHER_DEAD_LETTERS: Final = dead_letter_topic(FILINGS, "watcher")
PARSER_DEAD_LETTERS: Final = dead_letter_topic(FILINGS, "parser")
HOLDINGS_DEAD_LETTERS: Final = dead_letter_topic(TRANSACTIONS, "holdings")
DEAD_LETTERS: Final = (WATCHER_DEAD_LETTERS, PARSER_DEAD_LETTERS, HOLDINGS_DEAD_LETTERS)

TOPICS: Final[tuple[Topic, ...]] = (FILINGS, TRANSACTIONS, POSITIONS, ALERTS, WATCHER_CURSOR, *DEAD_LETTERS)


def topic_named(name: str) -> Topic:
    """Return the topic with that name.

    Raises:
        Misconfigured: there is none.

    >>> topic_named("insidertape.alerts.v1").key
    'issuer_key'
    """
    for topic in TOPICS:
        if topic.name == name:
            return topic
    raise Misconfigured(
        ErrorCode.UNKNOWN_TOPIC, f"there is no topic {name!r}; there are {', '.join(t.name for t in TOPICS)}"
    )


def routing_parts(topic: Topic, key: bytes) -> tuple[bytes, ...]:
    """Return the parts of a record's key that may decide its partition; empty if the key alone does not decide it.

    A composite key begins with the part that decides. A name may contain a `|` too, so `name:A|B|0000000001` can be
    read in two ways: the parts are `name:A` and `name:A|B`.

    >>> routing_parts(ALERTS, b"0001318605")
    (b'0001318605',)
    >>> routing_parts(POSITIONS, b"name:A|B|0000000001")
    (b'name:A', b'name:A|B')
    >>> routing_parts(FILINGS, b"0001127602-24-029999")
    ()
    """
    if topic.key == topic.partition_key:
        return (key,)
    if topic.key.startswith(f"{topic.partition_key}|"):
        pieces = key.split(b"|")
        return tuple(b"|".join(pieces[:count]) for count in range(1, len(pieces))) or (key,)
    return ()


def positions_key(issuer_key: str, owner_key: str) -> str:
    """Return the key of an owner's positions in an issuer.

    >>> positions_key("0001318605", "0001494730")
    '0001318605|0001494730'
    """
    return f"{issuer_key}|{owner_key}"
