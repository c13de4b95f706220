"""Events as their JSON has them, and the check that an event follows its contract."""

import json
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from contracts.codec import decode, encode
from contracts.structs import STRUCTS


def json_of(event: Struct) -> Any:
    """Return an event, or a part of one, as its JSON has it."""
    return json.loads(encode(event))


def stated_in(event: Struct) -> dict[str, Any]:
    """Return the JSON of an event, or of a part of one, without the fields that have their defaults."""
    required = {field.name: getattr(event, field.name) for field in fields(event) if field.required}
    default = type(event)(**required)
    return {
        name: value
        for name, value in json_of(event).items()
        if name in required or getattr(event, name) != getattr(default, name)
    }


def assert_follows_contract(event: Struct) -> None:
    """Check an event that was built without validation: its model accepts it strictly, and it survives the codec.

    Raises:
        AssertionError: the model's JSON is different, or the event is after decoding.
        ValidationError: the model refuses it.
    """
    data = encode(event)
    model = next(model for model, struct in STRUCTS.items() if struct is type(event))
    assert encode(model.model_validate_json(data, strict=True)) == data
    assert decode(data, type(event)) == event
