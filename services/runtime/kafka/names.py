"""Names on the broker: topics, groups and transactional ids with the namespace as a prefix.

The prefix lets several environments share a broker. Everywhere else the names are those of the contracts. Only the
Kafka engine translates: its clients for groups and transactional ids, `KafkaNames` for topics in both directions.
"""

from typing import Final

from contracts.topics import Topic

UNFINISHED: Final = Topic(
    name="insidertape.unfinished",
    description="Marks a namespace that a copy is being made into. No service starts there while it exists.",
    event=None,
    key="none",
    partition_key="none",
    cleanup="delete",
    retention_ms=-1,
    max_message_bytes=1024,
)


class KafkaNames:
    """The names of one environment. Without a namespace they are the same as in the contracts."""

    def __init__(self, namespace: str = "") -> None:
        self.namespace = namespace
        self._prefix = f"{namespace}." if namespace else ""

    @property
    def described(self) -> str:
        """The namespace, as messages show it."""
        return f"namespace {self.namespace}" if self.namespace else "the default namespace"

    def topic(self, topic: Topic) -> str:
        """Return the broker's name of a topic: `acme.insidertape.filings.v1` in the namespace `acme`."""
        return self._prefix + topic.name

    def qualified(self, name: str) -> str:
        """Return the broker's name of a group or a transactional id."""
        return self._prefix + name

    def contract(self, broker_name: str) -> str:
        """Return the contract's name of one of this environment's topics on the broker."""
        return broker_name.removeprefix(self._prefix)
