"""Events to bytes and back. JSON in UTF-8; unknown fields are ignored, anything else wrong is an error."""

from typing import TypeVar

from pydantic import ValidationError

from contracts.base import Contract
from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent
from contracts.filing_published import FilingPublished
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.transactions_reported import TransactionsReported

Event = FilingPublished | TransactionsReported | PositionsUpdated | HoldingChanged
EVENTS: tuple[type[Event], ...] = (FilingPublished, TransactionsReported, PositionsUpdated, HoldingChanged)

E = TypeVar("E", bound=Contract)

_SHOWN_ERRORS = 3


def encode(event: Contract) -> bytes:
    """The event as JSON in UTF-8, every field present, null where absent."""
    return event.__pydantic_serializer__.to_json(event)


def decode(data: bytes | str | None, event_type: type[E]) -> E:
    """The event of `event_type` that `data` holds.

    Raises:
        InvalidEvent: `data` is absent, no JSON, or not of the contract.
    """
    if data is None:
        raise InvalidEvent(ErrorCode.NO_VALUE, f"a record without a value is no {event_type.__name__}")
    try:
        return event_type.model_validate_json(data)
    except ValidationError as error:
        raise InvalidEvent(ErrorCode.NOT_OF_CONTRACT, _summary(event_type, error)) from None


def _summary(event_type: type[Contract], error: ValidationError) -> str:
    """What is wrong, without the input: a filing's text does not belong in a header or a log."""
    problems = error.errors(include_url=False, include_input=False)
    shown = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'document'}: {problem['msg']}"
        for problem in problems[:_SHOWN_ERRORS]
    )
    more = f" and {len(problems) - _SHOWN_ERRORS} more" if len(problems) > _SHOWN_ERRORS else ""
    return f"not a {event_type.__name__}: {shown}{more}"
