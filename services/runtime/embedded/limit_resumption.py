"""Where the limit on dead letters finds what it goes on from when a partition of the embedded log is opened."""

from services.runtime.dead_letter_limit import TAILS, DeadLetterLimit, newest_history
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Service


def resume_limit(limit: DeadLetterLimit, log: EmbeddedLog, service: Service, partition: int) -> None:
    """Let the limit go on from what the newest dead letter of the partition says."""
    if limit.never_stops:
        return
    history = newest_history(log.newest(service.dead_letters, partition, most=max(TAILS)))
    if history and limit.is_news(history):
        limit.resume(history, {p: log.committed(service.group, service.input_topic, p) for p in history.next_offsets})
