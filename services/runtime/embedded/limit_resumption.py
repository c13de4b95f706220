"""Restores the history of the limit on dead letters when a partition of the embedded log is opened."""

from services.runtime.dead_letter_limit import TAILS, DeadLetterLimit, newest_history
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Service


def resume_limit(limit: DeadLetterLimit, log: EmbeddedLog, service: Service, partition: int) -> None:
    """Continue the limit from the history in the newest dead letter of the partition."""
    if limit.never_stops:
        return
    history = newest_history(log.newest(service.dead_letters, partition, most=max(TAILS)))
    if history and limit.is_newer(history):
        limit.resume(history, {p: log.committed(service.group, service.input_topic, p) for p in history.next_offsets})
