"""Takes a guard of exactly once out of this process, for the tests that prove the harness: each must be noticed."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, WriteResult


def one_transactional_id_a_process() -> None:
    """The writer's id goes with the process and not with the partition: the partition's next owner fences nobody."""
    original = TransactionalWriter.open.__func__  # type: ignore[attr-defined]  # a classmethod has it

    async def open_own(
        cls: type[TransactionalWriter], clients: KafkaClients, transactional_id: str, *guard: TopicGuard
    ) -> TransactionalWriter:
        del transactional_id
        writer: TransactionalWriter = await original(cls, clients, f"process-{os.getpid()}", *guard)
        return writer

    TransactionalWriter.open = classmethod(open_own)  # type: ignore[method-assign, assignment]  # the sabotage itself


def unawaited_sends() -> None:
    """Deliveries are begun and never looked at: the commit succeeds all the same."""

    async def send_all(
        self: TransactionalWriter, outputs: Sequence[Output], counts: Mapping[str, int]
    ) -> list[WriteResult]:
        written = await self._send_batches(outputs, counts, {})
        return [WriteResult(partition, None) for _, partition, _ in written]

    TransactionalWriter._send_all = send_all  # type: ignore[method-assign]  # the sabotage itself


def read_uncommitted() -> None:
    """Readers see what transactions still open, or aborted, have written."""
    original = KafkaClients._reading

    def reading(self: KafkaClients) -> dict[str, Any]:
        return original(self) | {"isolation_level": "read_uncommitted"}

    KafkaClients._reading = reading  # type: ignore[method-assign]  # the sabotage itself


GUARDS: Final[dict[str, Callable[[], None]]] = {
    "one-id-a-partition": one_transactional_id_a_process,
    "awaited-sends": unawaited_sends,
    "read-committed": read_uncommitted,
}
"""What takes out each guard."""
