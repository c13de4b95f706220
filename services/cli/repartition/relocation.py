"""The new partition of each record, and the headers that change with its address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.envelope import Headers, header_texts
from contracts.topics import ALERTS, DEAD_LETTERS, FILINGS, TRANSACTIONS, WATCHER_CURSOR, Topic
from services.runtime.dead_letters import HISTORY, PREFIX, replay_marker, replayed_location
from services.runtime.kafka.topic_copy import Address
from services.runtime.port import Output, Record
from services.watcher.publication import filing_routing

COPIED_FROM: Final = f"{PREFIX}copied_from"
"""Header of a copied dead letter: where its record was in the topics that it was copied from."""

_FOLLOWED: Final = {topic.name: topic for topic in (FILINGS, TRANSACTIONS)}
_TOPIC, _PARTITION, _OFFSET = (f"{PREFIX}{name}" for name in ("topic", "partition", "offset"))


def about(letter: Record) -> tuple[Topic, Address] | None:
    """Return the topic and address of a dead letter's original record; None if it was not a service's input."""
    texts = header_texts(letter.headers)
    topic, partition, offset = _FOLLOWED.get(texts.get(_TOPIC, "")), texts.get(_PARTITION, ""), texts.get(_OFFSET, "")
    if topic is None or not (_is_number(partition) and _is_number(offset)):
        return None
    return topic, (int(partition), int(offset))


@dataclass(frozen=True)
class Relocation:
    """Relocates the records of all copied topics.

    `addresses` maps old to new addresses of records with dead letters, and of dead letters with markers.
    """

    addresses: dict[Topic, Mapping[Address, Address]] = field(default_factory=dict)

    def of(self, topic: Topic, record: Record) -> Output | None:
        """Return the record to write; only the addresses in a dead letter change.

        None for a marker, which is written once its dead letter has a new address: see `marker`.
        """
        if topic in DEAD_LETTERS:
            return None if replayed_location(record) else self._dead_letter(topic, record)
        return Output(topic, record.key, record.value, record.headers, _routing(topic, record))

    def marker(self, topic: Topic, record: Record) -> Output | None:
        """Return a marker with the new address of its dead letter; None if the record is not one, or that is gone."""
        old = replayed_location(record)
        address = self.addresses.get(topic, {}).get(old) if old else None
        if address is None:
            return None
        return replay_marker(topic, *address)

    def _dead_letter(self, topic: Topic, letter: Record) -> Output:
        """Return a dead letter with the new address of its record, in the partition of that record.

        If the record no longer exists, the dead letter keeps only the old address.
        """
        texts = header_texts(letter.headers)
        if _TOPIC not in texts:
            return Output(topic, letter.key, letter.value, letter.headers)
        found = about(letter)
        address = self.addresses.get(found[0], {}).get(found[1]) if found else None
        was = f"{_prefix(letter)}{texts[_TOPIC]}[{texts.get(_PARTITION, '')}]@{texts.get(_OFFSET, '')}"
        headers: Headers = tuple(
            (name, _relocated(name, value, address)) for name, value in letter.headers if _is_kept(name, address)
        )
        source = _FOLLOWED.get(texts[_TOPIC])
        return Output(
            topic,
            letter.key,
            letter.value,
            (*headers, (COPIED_FROM, was.encode())),
            _routing(source, letter) if source else None,
            address[0] if address else None,
        )


def _routing(topic: Topic, record: Record) -> bytes | None:
    """Return the bytes that decide the partition of a record of the topic; None if its key does."""
    if topic is FILINGS:
        return filing_routing(record.value)
    if topic is WATCHER_CURSOR:
        return (record.key or b"").partition(b"|")[0]
    assert topic in (TRANSACTIONS, ALERTS), topic.name  # noqa: S101 - positions are not copied but computed
    return None


def _relocated(name: str, value: bytes | None, address: Address | None) -> bytes | None:
    if address is not None and name in (_PARTITION, _OFFSET):
        return str(address[name == _OFFSET]).encode()
    return value


def _is_kept(name: str, address: Address | None) -> bool:
    return name not in (COPIED_FROM, HISTORY) and (address is not None or name not in (_PARTITION, _OFFSET))


def _prefix(record: Record) -> str:
    return f"{record.namespace}." if record.namespace else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
