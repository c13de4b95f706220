"""State restored from a topic, record by record; whatever goes wrong names the record."""

from typing import Protocol, runtime_checkable

from services.runtime.failures import note_record
from services.runtime.port import Processor, Record


class Restores(Protocol):
    """A processor, or a feed."""

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


def restore(into: Restores, record: Record) -> None:
    """Restore one record."""
    try:
        into.restore(record)
    except Exception as error:
        note_record(error, "while restoring", record)
        raise


def finish_restore(processor: Processor) -> None:
    """Let the processor judge its state, if it does.

    Raises:
        StateCorrupted: the state cannot be used.
    """
    if isinstance(processor, ChecksState):
        processor.restored()
