"""Restores state from a topic record by record; any error carries a note that names the record."""

from collections.abc import Iterator
from typing import Final, Protocol, runtime_checkable

from contracts.errors import StateCorrupted
from contracts.topics import Topic
from services.runtime.failures import note_record
from services.runtime.placement import Placement
from services.runtime.port import Processor, Record

MISPLACED_REMEDY: Final = (
    "partitions were added to its topic, or a producer with another partitioner wrote there. `insidertape state "
    "verify` lists such records; `insidertape topics repartition` puts all records where they belong"
)
"""The remedy for state in the wrong partition."""


class Restores(Protocol):
    """A processor or a source."""

    def restore(self, record: Record) -> None:
        """Restore one record."""


@runtime_checkable
class ChecksState(Protocol):
    """A processor that checks its state once it is complete, since a later record may correct an earlier one."""

    def restored(self) -> None:
        """Check the state. Called once, after the last `restore`.

        Raises:
            StateCorrupted: the state cannot be used.
        """


@runtime_checkable
class TakesSnapshots(Protocol):
    """A processor whose state can be saved as frames of bytes, and loaded from them, faster than from records.

    `snapshot_encoding` changes if frames that were saved before can no longer be loaded.
    """

    @property
    def snapshot_encoding(self) -> str:
        """The encoding of the frames."""
        ...

    def save(self) -> Iterator[bytes]:
        """Return frames of the present state. They are made in another thread while the processor goes on."""
        ...

    def load(self, frame: bytes) -> None:
        """Load a frame, before the first `restore`. Called for each of them in order."""


@runtime_checkable
class CountsKeys(Protocol):
    """A processor that counts the keys of its state."""

    @property
    def keys(self) -> int:
        """The number of keys."""
        ...


def keys_of(processor: Processor) -> int:
    """Return the number of keys in the processor's state; 0 if it has no state or does not count them."""
    return processor.keys if isinstance(processor, CountsKeys) else 0


def restore(into: Restores, record: Record) -> None:
    """Restore one record; an error carries a note that names the record."""
    try:
        into.restore(record)
    except Exception as error:
        note_record(error, "while restoring", record)
        raise


class StateRestore:
    """Restores one partition's state: first each record in order, then a check of the whole.

    The processor does not get records that belong to another partition. Each of them is a fault, unless a later record
    deletes its key there.
    """

    def __init__(self, processor: Processor, changelog: Topic, placement: Placement | None) -> None:
        self._processor = processor
        self._changelog = changelog
        self._placement = placement
        self._misplaced: dict[bytes | None, StateCorrupted] = {}

    def take(self, record: Record) -> None:
        """Restore one record."""
        if record.value is None:
            self._misplaced.pop(record.key, None)
        elif self._placement is not None and (error := self._placement.misplaced(self._changelog, record)):
            self._misplaced[record.key] = error
            return
        restore(self._processor, record)

    def finish(self) -> None:
        """Check the state, first by the processor's own check if it has one.

        Raises:
            StateCorrupted: the state cannot be used.
        """
        if isinstance(self._processor, ChecksState):
            self._processor.restored()
        for error in self._misplaced.values():
            more = f" and {len(self._misplaced) - 1} more" if len(self._misplaced) > 1 else ""
            raise StateCorrupted(error.code, f"{error.message}{more}; {MISPLACED_REMEDY}")
