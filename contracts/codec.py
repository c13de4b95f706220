"""Encode events as JSON in UTF-8, and decode them. Unknown fields are ignored; any other deviation is an error.

An event is a pydantic model or the struct of one. Both have the same JSON, and both are read by the same rules.
"""

from typing import Any, Final, TypeVar

from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder, Encoder
from pydantic import ValidationError

from contracts.base import Contract
from contracts.codes import ErrorCode
from contracts.errors import InvalidEvent
from contracts.filing_published import FilingPublished
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.structs import STRUCTS
from contracts.transactions_reported import TransactionsReported

Event = FilingPublished | TransactionsReported | PositionsUpdated | HoldingChanged
EVENTS: tuple[type[Event], ...] = (FilingPublished, TransactionsReported, PositionsUpdated, HoldingChanged)

E = TypeVar("E", bound=Contract | Struct)

_SHOWN_ERRORS = 3


def _json_of_model(model: Any) -> Raw:
    return Raw(model.__pydantic_serializer__.to_json(model))


_ENCODER: Final = Encoder(enc_hook=_json_of_model)


def encode(event: object) -> bytes:
    """Return an event, or a dataclass or list that contains events, as JSON in UTF-8.

    Every field is present; an absent value is null.

    >>> from contracts.filing_published import PartyHint
    >>> encode(PartyHint(cik="0001318605"))
    b'{"cik":"0001318605","name":null,"trading_symbol":null}'
    """
    return _ENCODER.encode(event)


def decode(data: bytes | str | None, event_type: type[E]) -> E:
    """Decode an event of `event_type`, a model or a struct.

    Raises:
        InvalidEvent: `data` is absent, is not JSON, or does not follow the contract.

    >>> from contracts.filing_published import PartyHint
    >>> decode(b'{"cik": "0001318605", "added_later": true}', PartyHint).cik
    '0001318605'
    >>> decode(None, PartyHint)
    Traceback (most recent call last):
    contracts.errors.InvalidEvent: no_value: record has no value; expected PartyHint
    """
    if data is None:
        raise InvalidEvent(ErrorCode.NO_VALUE, f"record has no value; expected {event_type.__name__}")
    if issubclass(event_type, Contract):
        return _validated(data, event_type)
    decoder: Decoder[E] = _DECODERS[event_type]
    try:
        return decoder.decode(data)
    except (MsgspecError, UnicodeError, RecursionError):
        return _judged_by_model(data, decoder)


_DECODERS: Final[dict[type[Any], Decoder[Any]]] = {struct: Decoder(struct) for struct in STRUCTS.values()}
_MODELS: Final[dict[Any, type[Contract]]] = {struct: model for model, struct in STRUCTS.items()}


def _judged_by_model(data: bytes | str, decoder: Decoder[E]) -> E:
    """Decode by the model what the struct's decoder refuses: the model converts some values, and names what is wrong.

    Raises:
        InvalidEvent: the model refuses it too.
    """
    return decoder.decode(encode(_validated(data, _MODELS[decoder.type])))


M = TypeVar("M", bound=Contract)


def _validated(data: bytes | str, model: type[M]) -> M:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise InvalidEvent(ErrorCode.NOT_OF_CONTRACT, _summary(model, error)) from None


def _summary(event_type: type[Contract], error: ValidationError) -> str:
    """Summarize the first problems without the input: a filing's text does not belong in a header or a log."""
    problems = error.errors(include_url=False, include_input=False)
    shown = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'document'}: {problem['msg']}"
        for problem in problems[:_SHOWN_ERRORS]
    )
    more = f" and {len(problems) - _SHOWN_ERRORS} more" if len(problems) > _SHOWN_ERRORS else ""
    return f"not a {event_type.__name__}: {shown}{more}"
