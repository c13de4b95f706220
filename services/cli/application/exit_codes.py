"""Exit statuses, one per kind of error. The numbers follow sysexits.h if one fits."""

from typing import Final, NamedTuple

from contracts.errors import (
    HandshakeFailed,
    InsidertapeError,
    InvalidFilter,
    LogDamaged,
    Misconfigured,
    PermanentError,
    Refused,
    Stalled,
    StateCorrupted,
    StorageFailed,
    TakenOver,
    TooManyDeadLetters,
    TransientError,
    Unreachable,
)

FOUND: Final = 1
DEFECT: Final = 70
INTERRUPTED: Final = 130  # the shells' convention: 128 plus the number of SIGINT


class ExitCode(NamedTuple):
    """A status, what it means, and whether a supervisor should start the process again."""

    status: int
    meaning: str
    start_again: str


EXIT_CODES: Final = (
    ExitCode(0, "done; or stopped by SIGTERM or Ctrl-C after its work in hand", "no need"),
    ExitCode(
        FOUND,
        "the command found faults: unparsable files, topics that differ, a state to repair, work left undone",
        "no",
    ),
    ExitCode(2, "the command line is wrong", "no: mend it"),
    ExitCode(65, "data cannot be built on: a corrupt state, a damaged log, too many dead letters", "no: look first"),
    ExitCode(69, "the broker cannot be reached after `INSIDERTAPE_KAFKA_CONNECT_TRIES`", "yes"),
    ExitCode(DEFECT, "a defect of insidertape; its traceback is in the log", "once: and report it"),
    ExitCode(74, "the embedded log's file or its disk is full, damaged or read-only", "no: mend it"),
    ExitCode(75, "another instance has taken over, the client stands still, or a passing trouble", "yes"),
    ExitCode(76, "TLS or the protocol: an untrusted or expired certificate, a wrong name or port", "no: mend it"),
    ExitCode(77, "the broker refuses: a wrong password or mechanism, a missing ACL", "no: mend it"),
    ExitCode(78, "a setting, an option or the topics are not what the command needs", "no: mend it"),
    ExitCode(INTERRUPTED, "interrupted before the work was done", "yes: it continues"),
)

STATUSES: Final[dict[type[InsidertapeError], int]] = {
    PermanentError: 65,
    StateCorrupted: 65,
    LogDamaged: 65,
    TooManyDeadLetters: 65,
    Unreachable: 69,
    StorageFailed: 74,
    TransientError: 75,
    TakenOver: 75,
    Stalled: 75,
    HandshakeFailed: 76,
    Refused: 77,
    InvalidFilter: 78,
    Misconfigured: 78,
}
"""The status of each class of the error tree; other subclasses have the status of their nearest ancestor."""


def exit_status(error: BaseException) -> int:
    """Return the exit status for an error; the status of a defect if the error is not in the tree."""
    return next((STATUSES[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUSES), DEFECT)
