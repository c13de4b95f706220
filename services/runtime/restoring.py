"""State restored from a topic, record by record; whatever goes wrong names the record."""

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
"""What a person can do about state in the wrong partition."""


class Restores(Protocol):
    """A processor, or a source."""

    def restore(self, record: Record) -> None:
        """Take in one record."""


@runtime_checkable
class ChecksState(Protocol):
    """A processor that judges its state when all of it is there: a later record may mend an earlier one."""

    def restored(self) -> None:
        """Judge the state; called once, after the last `restore`.

        Raises:
            StateCorrupted: it cannot be used.
        """


@runtime_checkable
class CountsKeys(Protocol):
    """A processor that knows how many keys its state has."""

    @property
    def keys(self) -> int:
        """How many there are."""
        ...


def keys_of(processor: Processor) -> int:
    """Return how many keys the state of a processor has; 0 if it has no state, or does not count it."""
    return processor.keys if isinstance(processor, CountsKeys) else 0


def restore(into: Restores, record: Record) -> None:
    """Restore one record."""
    try:
        into.restore(record)
    except Exception as error:
        note_record(error, "while restoring", record)
        raise


class StateRestore:
    """The restore of one partition's state: records in order, then a judgement of the whole.

    A record in a partition that its key does not belong to is kept from the processor, and is a fault until its key is
    deleted there.
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
        """Judge the state; the processor first, if it does.

        Raises:
            StateCorrupted: the state cannot be used.
        """
        if isinstance(self._processor, ChecksState):
            self._processor.restored()
        for error in self._misplaced.values():
            more = f" and {len(self._misplaced) - 1} more" if len(self._misplaced) > 1 else ""
            raise StateCorrupted(error.code, f"{error.message}{more}; {MISPLACED_REMEDY}")
