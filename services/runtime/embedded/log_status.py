"""Status of the embedded log's topics and groups, read without writing."""

import time
from collections import Counter
from datetime import UTC, datetime

from contracts.topics import Topic
from services.runtime.batch import MOST_BYTES
from services.runtime.dead_letters import code_of, replayed_location
from services.runtime.embedded.log import EmbeddedLog
from services.runtime.port import Service
from services.runtime.status import MOST_READ, Count, GroupProgress, GroupStatus, TopicStatus


def group_status(log: EmbeddedLog, service: Service) -> GroupStatus:
    """Return members and lag of a service's group. Offsets have no gaps here, so the lag is exact."""
    left = [
        log.end(service.input_topic, partition) - log.committed(service.group, service.input_topic, partition)
        for partition in range(log.partitions)
    ]
    members = log.members(service.group, now_ms=time.time_ns() // 1_000_000)
    return GroupStatus(service.group, len(members), log.partitions, Count(sum(left)))


def group_progress(log: EmbeddedLog, service: Service) -> GroupProgress:
    """Return the number of members of a service's group, and its committed offsets."""
    offsets = {p: log.committed(service.group, service.input_topic, p) for p in range(log.partitions)}
    return GroupProgress(len(log.members(service.group, now_ms=time.time_ns() // 1_000_000)), offsets)


def topic_status(log: EmbeddedLog, topic: Topic) -> TopicStatus:
    """Return the status of a topic; codes are those of the newest `MOST_READ` dead letters of each partition."""
    records, keys, first_ms, latest_ms = log.summary(topic)
    codes: Counter[str] = Counter()
    if topic.event is None and topic.cleanup == "delete":  # only dead letters have codes
        for partition in range(log.partitions):
            start = max(0, log.end(topic, partition) - MOST_READ)
            while batch := log.read(topic, partition, start, most=MOST_READ, most_bytes=MOST_BYTES):
                codes.update(code for record in batch if (code := code_of(record.headers)) is not None)
                records -= sum(
                    replayed_location(record) is not None for record in batch
                )  # markers are not dead letters
                start = batch[-1].offset + 1
    return TopicStatus(topic.name, Count(records), _time(first_ms), _time(latest_ms), keys, codes)


def _time(milliseconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1_000, UTC) if milliseconds else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None
