"""Disable a guard of exactly-once in this process, to prove that the harness detects each missing guard."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.runtime.kafka.clients import KafkaClients
from services.runtime.kafka.topic_guard import TopicGuard
from services.runtime.kafka.transactional_writer import TransactionalWriter
from services.runtime.port import Output, WriteResult


def one_transactional_id_per_process() -> None:
    """Bind the transactional id to the process, not the partition, so that a new owner fences nobody."""
    original = TransactionalWriter.open.__func__  # type: ignore[attr-defined]  # a classmethod has it

    async def open_own(
        cls: type[TransactionalWriter], clients: KafkaClients, transactional_id: str, *guard: TopicGuard
    ) -> TransactionalWriter:
        del transactional_id
        writer: TransactionalWriter = await original(cls, clients, f"process-{os.getpid()}", *guard)
        return writer

    TransactionalWriter.open = classmethod(open_own)  # type: ignore[method-assign, assignment]  # this disables the guard


def unawaited_sends() -> None:
    """Start sends without awaiting them, so that a commit succeeds whatever becomes of them."""

    async def send_all(
        self: TransactionalWriter, outputs: Sequence[Output], counts: Mapping[str, int]
    ) -> list[WriteResult]:
        written = await self._send_batches(outputs, counts, {})
        return [WriteResult(partition, None) for _, partition, _ in written]

    TransactionalWriter._send_all = send_all  # type: ignore[method-assign]  # this disables the guard


def read_uncommitted() -> None:
    """Let readers see records of open and aborted transactions."""
    original = KafkaClients._reading

    def reading(self: KafkaClients) -> dict[str, Any]:
        return original(self) | {"isolation_level": "read_uncommitted"}

    KafkaClients._reading = reading  # type: ignore[method-assign]  # this disables the guard


GUARDS: Final[dict[str, Callable[[], None]]] = {
    "one-id-per-partition": one_transactional_id_per_process,
    "awaited-sends": unawaited_sends,
    "read-committed": read_uncommitted,
}
"""How each guard is disabled, by name."""
