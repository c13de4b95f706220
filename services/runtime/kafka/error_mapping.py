"""Maps the errors of aiokafka to the project's own, at the edge between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalOperation,
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    UnsupportedVersionError,
)

from contracts.base import utc_text
from contracts.codes import ErrorCode
from contracts.errors import Misconfigured, Refused, TransientError
from services.runtime.kafka.denials import DENIALS, Operation, denial

_REFUSALS: Final = (AuthenticationFailedError, SaslAuthenticationFailed, UnsupportedSaslMechanismError)
_PERMANENT: Final = (MessageSizeTooLargeError, UnsupportedVersionError)


@contextmanager
def kafka_errors(operation: Operation = "Read") -> Iterator[None]:
    """Map the client's errors to the project's. `operation` is what a missing ACL on a topic would have allowed.

    Raises:
        Refused: the broker does not accept the credentials, or an ACL is missing.
        Misconfigured: a retry cannot help.
        TransientError: a retry may help.
    """
    try:
        yield
    except DENIALS as error:
        raise denial(error, operation) from error
    except _REFUSALS as error:
        raise Refused(ErrorCode.KAFKA_REFUSES, f"{type(error).__name__}: {error}") from error
    except InvalidTimestampError as error:
        raise Misconfigured(
            ErrorCode.CLOCK_AHEAD,
            f"the broker refuses records with this machine's time, {utc_text(datetime.now(UTC))}: the clock is "
            "ahead of the broker's by more than the topic's message.timestamp.after.max.ms, an hour by default; "
            "correct the clock",
        ) from error
    except _PERMANENT as error:
        raise Misconfigured(ErrorCode.KAFKA_REFUSES, f"{type(error).__name__}: {error}") from error
    # A TimeoutError without a message is one of our deadlines; an IllegalOperation follows from a failed transaction.
    except (KafkaError, IllegalOperation, OSError, TimeoutError) as error:
        raise TransientError(ErrorCode.KAFKA_UNAVAILABLE, f"{type(error).__name__}: {error}".rstrip(": ")) from error
