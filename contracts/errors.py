"""Every error that insidertape raises on purpose, in one tree.

What an error means for a record in hand is its class::

    InsidertapeError
    ├── PermanentError          the record can never be processed: dead letter, go on
    │   ├── InvalidFiling       the parser cannot read the filing
    │   ├── InvalidEvent        the bytes are no event of the contract
    │   └── OversizedRecord     the record is larger than its topic takes
    ├── TransientError          the world is in the way (network, broker): back off and try again
    └── FatalError              going on would be wrong: stop, uncommitted
        ├── Misconfigured       settings or topics are not what the service needs
        ├── Unreachable         the broker does not answer, however often it is tried
        ├── HandshakeFailed     the broker answers, but TLS or the protocol cannot be agreed on
        ├── Refused             the broker does not accept the password, or an ACL forbids the operation
        ├── TakenOver           another instance is at work
        ├── Stalled             the client has died in silence
        ├── LogDamaged          the log holds bytes that cannot be passed over
        ├── StorageFailed       the disk, or a file on it, does not do what a log needs
        ├── StateCorrupted      restored state contradicts itself
        └── TooManyDeadLetters  the service, not its input, must be what is broken

Any other exception is a defect: the process crashes with its batch uncommitted. The one exception are the readers of
filings, which are pure, and read what others wrote: there a defect is an InvalidFiling.
"""


class InsidertapeError(Exception):
    """Base of all; `code` is stable and machine-readable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class PermanentError(InsidertapeError):
    """The record can never be processed, however often it is tried."""


class InvalidFiling(PermanentError):
    """A filing's text cannot be read as a Form 3, 4 or 5."""


class InvalidEvent(PermanentError):
    """Bytes on a topic are not an event of its contract."""


class OversizedRecord(PermanentError):
    """A record is larger than its topic takes."""


class TransientError(InsidertapeError):
    """The network, the broker or a lock is in the way; trying again may succeed."""


class FatalError(InsidertapeError):
    """Going on would do harm; the service stops without committing."""


class Misconfigured(FatalError):
    """Settings, or the topics on the broker, are not what the service needs."""


class Unreachable(FatalError):
    """The broker cannot be reached: nobody listens, or its name is unknown."""


class HandshakeFailed(FatalError):
    """The broker was reached, but not in the way that the settings say: TLS, a certificate, the protocol."""


class Refused(FatalError):
    """The broker refuses this client: a wrong password or mechanism, or an operation that no ACL allows."""


class TakenOver(FatalError):
    """Another instance is at work, and only one may be."""


class Stalled(FatalError):
    """Something stands still that should move; a new process does not."""


class LogDamaged(FatalError):
    """The log holds bytes that are not a record, and do not tell where the next one begins."""


class StorageFailed(FatalError):
    """The embedded log's file or its disk is full, damaged, read-only, or belongs to something else."""


class StateCorrupted(FatalError):
    """Restored state contradicts itself: a version or an offset does not grow."""


class TooManyDeadLetters(FatalError):
    """So many records failed that the service must be at fault, not its input."""
