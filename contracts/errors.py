"""Every error that insidertape raises on purpose, in one tree.

The class of an error decides what happens to the record at hand::

    InsidertapeError
    ├── PermanentError          the record can never be processed: it becomes a dead letter
    │   ├── InvalidFiling       the parser cannot read the filing
    │   ├── InvalidEvent        the bytes are not an event of the contract
    │   ├── OversizedRecord     the record is larger than its topic allows
    │   ├── AddressRefused      webhooks may not be sent to the address (services/gateway/webhooks)
    │   ├── UnknownSubscription a subscription or delivery does not exist (services/gateway/webhooks)
    │   ├── TooManySubscriptions no more subscriptions are served (services/gateway/webhooks)
    │   └── ReplayTooLarge      a replay would send too many alerts (services/gateway/webhooks)
    ├── TransientError          the network, the broker or EDGAR fails: back off and try again
    │   ├── EdgarUnavailable    EDGAR did not send what was requested (services/watcher/edgar)
    │   ├── NotThere            EDGAR does not have it, or not yet (services/watcher/edgar)
    │   ├── TruncatedSubmission the submission was cut off on its way (services/watcher/edgar)
    │   └── OffsetConflictError another process committed for the same group (services/runtime/embedded)
    ├── InvalidFilter           a filter of alerts has a field or a value that does not exist
    ├── Problem                 a request that the gateway refuses (services/gateway/http)
    └── FatalError              continuing would be wrong: stop without committing
        ├── Misconfigured       settings or topics are not what the service needs
        ├── Unreachable         the broker does not answer after all tries
        ├── HandshakeFailed     the broker answers, but TLS or the protocol does not match
        ├── Refused             the broker rejects the credentials, or an ACL forbids the operation
        ├── TakenOver           another instance is at work
        ├── Stalled             the client stopped making progress, without an error
        ├── LogDamaged          the log holds bytes that cannot be skipped
        ├── StorageFailed       the disk, or a file on it, fails
        ├── StateCorrupted      restored state contradicts itself
        └── TooManyDeadLetters  the service is probably at fault, not its input

Any other exception is a defect: the process crashes with its batch uncommitted. `Stopped` (services/runtime/engine)
and `UnusableSnapshot` (services/runtime/snapshot_file) are not errors: one ends a wait when a signal arrives, the other
makes the state come from its topic. Readers of filings are the one exception: they are pure, and read text of any
origin, so a defect of theirs becomes an InvalidFiling.

Each error has a code of `contracts.codes`.
"""


class InsidertapeError(Exception):
    """Base of all errors. `code` is stable and machine-readable; `message` is for people.

    >>> from contracts.codes import ErrorCode
    >>> str(InvalidFiling(ErrorCode.EMPTY, "there is no text"))
    'empty: there is no text'
    """

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
    """A record is larger than its topic allows."""


class InvalidFilter(InsidertapeError):
    """A filter has a field or a value that does not exist. `field` names it, None if two fields contradict."""

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(code, message)
        self.field = field


class TransientError(InsidertapeError):
    """The network, the broker or a lock fails; trying again may succeed."""


class FatalError(InsidertapeError):
    """Continuing would do harm; the service stops without committing."""


class Misconfigured(FatalError):
    """Settings, or the topics on the broker, are not what the service needs."""


class Unreachable(FatalError):
    """The broker cannot be reached: nothing listens there, or its host name is unknown."""


class HandshakeFailed(FatalError):
    """The broker was reached, but TLS, its certificate or its protocol does not match the settings."""


class Refused(FatalError):
    """The broker refuses this client: a wrong password or mechanism, or an operation that no ACL allows."""


class TakenOver(FatalError):
    """Another instance is at work, and only one may be."""


class Stalled(FatalError):
    """The client makes no progress; a new process usually does."""


class LogDamaged(FatalError):
    """The log holds bytes that are not a record, and the next record cannot be found."""


class StorageFailed(FatalError):
    """The embedded log's file or its disk is full, damaged, read-only, or belongs to another program."""


class StateCorrupted(FatalError):
    """Restored state contradicts itself: a version or an offset does not grow."""


class TooManyDeadLetters(FatalError):
    """So many records failed that the service must be at fault, not its input."""
