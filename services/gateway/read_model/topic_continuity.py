"""Checks that the topics are still those that the read model was made from. Pure.

Offsets alone do not show that a topic was deleted and filled again. So the last record that was projected of each
partition is read once more, and compared by its digest.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.codes import ErrorCode
from contracts.errors import StateCorrupted
from services.gateway.read_model.decoded_batch import PROJECTED_TOPICS, Mark, digest_of
from services.runtime.engine import Offsets
from services.runtime.port import Record

_COMPACTED: Final = frozenset(topic.name for topic in PROJECTED_TOPICS if topic.cleanup == "compact")
"""Their last projected record may rightly be gone."""


class TopicContinuity:
    """Compares what the log yields with the places that the database accounts for."""

    def __init__(self, marks: Mapping[tuple[str, int], Mark]) -> None:
        self._marks = marks
        self._unchecked = {place: mark for place, mark in marks.items() if place[0] not in _COMPACTED}

    @property
    def start(self) -> Offsets:
        """The offsets to read from: for a topic that keeps all its records, one before the next."""
        return {place: mark.next_offset - (place in self._unchecked) for place, mark in self._marks.items()}

    def require_ends(self, ends: Offsets) -> None:
        """Check that no partition ends before the place that the database accounts for.

        Raises:
            StateCorrupted: one does.
        """
        for place, mark in self._marks.items():
            if (end := ends.get(place, 0)) < mark.next_offset:
                raise _ahead(place, f"it ends at offset {end}, but the read model has read up to {mark.next_offset}")

    def unprojected(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that are not projected yet.

        Raises:
            StateCorrupted: a record that was projected is another one now, or is gone.
        """
        return [record for record in records if not self._is_projected(record)]

    def _is_projected(self, record: Record) -> bool:
        place = record.topic, record.partition
        mark = self._unchecked.pop(place, None)
        if mark is None:
            return False
        last = mark.next_offset - 1
        if record.offset != last or digest_of(record) != mark.last_digest:
            raise _ahead(place, f"the record at offset {last} is not the one that the read model has read")
        return True


def _ahead(place: tuple[str, int], reason: str) -> StateCorrupted:
    topic, partition = place
    return StateCorrupted(
        ErrorCode.READ_MODEL_AHEAD,
        f"{topic}[{partition}] is not what the read model was made from: {reason}; restore the topic, or run "
        "`insidertape gateway --rebuild`",
    )
