"""The namespace that a repartition copies: what it holds, how far it is processed, and whether it can be copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka import TopicPartition

from contracts.codes import ErrorCode
from contracts.errors import Misconfigured
from contracts.topics import FILINGS, TOPICS, TRANSACTIONS, Topic
from services.cli.state.state_repair import StateCheck, check_state
from services.holdings.processor import holdings_service
from services.parser.processor import parser_service
from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.fenced_partition import refuse_members
from services.runtime.kafka.kafka_engine import KafkaEngine
from services.runtime.kafka.topic_admin import describe_topics
from services.runtime.kafka.topic_copy import settled_spans

SERVICES: Final = {FILINGS: parser_service(), TRANSACTIONS: holdings_service()}
"""The services by their input."""

Committed = Mapping[Topic, Mapping[int, int | None]]
"""Where the group of each input topic stands in each partition; None if it has never committed an offset there."""


@dataclass(frozen=True)
class CopySource:
    """The old namespace, as it stood when the copy began."""

    clients: KafkaClients
    spans: Mapping[Topic, Mapping[int, range]]
    committed: Committed
    state: Mapping[int, StateCheck]

    def processed(self, topic: Topic) -> dict[int, range]:
        """Return the part of each partition that the service of the topic has processed."""
        committed = self.committed[topic]
        return {p: range(span.start, committed[p] or span.start) for p, span in self.spans[topic].items()}

    def unprocessed(self, topic: Topic) -> dict[int, range]:
        """Return the rest of each partition."""
        committed = self.committed[topic]
        return {p: range(committed[p] or span.start, span.stop) for p, span in self.spans[topic].items()}

    async def require_unchanged(self) -> None:
        """Check that nothing was written in the meantime.

        Raises:
            Misconfigured: something was written; it is missing in the copy.
        """
        now = await settled_spans(self.clients, TOPICS)
        grown = [t for t, spans in now.items() if any(s.stop != self.spans[t][p].stop for p, s in spans.items())]
        if grown or await _committed(self.clients, self.spans) != self.committed:
            names = ", ".join(map(self.clients.names.topic, grown)) or "a group's offsets"
            raise Misconfigured(
                ErrorCode.SOURCE_CHANGED,
                f"{names} changed while being copied: stop every service and watcher of {self.clients.names.described}",
            )


async def read_source(old: KafkaClients) -> tuple[CopySource, int]:
    """Check the old namespace; return what to copy, and its replication factor.

    Raises:
        Misconfigured: it cannot be copied.
    """
    await old.require_finished()
    described = await describe_topics(old)
    faults = [f"{old.names.topic(topic)} is missing" for topic in TOPICS if topic not in described]
    faults += [
        f"{old.names.topic(topic)} has cleanup.policy={policy}, the contract says {topic.cleanup}"
        for topic, each in described.items()
        if (policy := each.config.get("cleanup.policy")) != topic.cleanup
    ]
    if faults:
        raise Misconfigured(
            ErrorCode.UNFIT_TOPICS, f"{'; '.join(faults)}: records may be missing, so they cannot be copied"
        )
    for service in SERVICES.values():
        await refuse_members(old, service)
    spans = await settled_spans(old, TOPICS)
    _require_transactions(old, spans)
    committed = await _committed(old, spans)
    _require_processable(old, spans, committed)
    state = await check_state(KafkaEngine(old.settings))
    if any(
        fault.error.code != ErrorCode.MISPLACED_STATE for check in state.values() for fault in check.faults.values()
    ):
        raise Misconfigured(
            ErrorCode.STATE_FAULTY,
            f"{old.names.described} has positions that holdings cannot use: `insidertape state verify` lists "
            "them, `insidertape state repair` repairs them",
        )
    return CopySource(old, spans, committed, state), max(each.replication for each in described.values())


def _require_transactions(old: KafkaClients, spans: Mapping[Topic, Mapping[int, range]]) -> None:
    for number, span in spans[TRANSACTIONS].items():
        if span.start:
            raise Misconfigured(
                ErrorCode.TRANSACTIONS_DELETED,
                f"partition {number} of {old.names.topic(TRANSACTIONS)} begins at {span.start}: positions cannot be "
                "computed without what came before",
            )


async def _committed(old: KafkaClients, spans: Mapping[Topic, Mapping[int, range]]) -> Committed:
    """Return where the group of each input topic stands in each partition."""
    found: dict[Topic, dict[int, int | None]] = {}
    for topic, service in SERVICES.items():
        partitions = [TopicPartition(old.names.topic(topic), number) for number in spans[topic]]
        committed = await old.committed(service.group, partitions)
        found[topic] = {tp.partition: offset for tp, offset in committed.items()}
    return found


def _require_processable(old: KafkaClients, spans: Mapping[Topic, Mapping[int, range]], committed: Committed) -> None:
    for topic, offsets in committed.items():
        for number, offset in offsets.items():
            span = spans[topic][number]
            if offset is not None and not span.start <= offset <= span.stop:
                raise Misconfigured(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    f"{old.names.qualified(SERVICES[topic].group)} stands at {offset} of {old.names.topic(topic)}"
                    f"[{number}], which holds {span.start} to {span.stop}: records were deleted before they were "
                    "processed, or the topic was recreated",
                )
