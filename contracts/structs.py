"""Structs: the events as services build, decode and encode them, generated from the contract models at import.

The pydantic models are the definition. A struct has the fields of its model in the same order, with the same types,
defaults and constraints, and takes a fraction of the time. Constraints are checked when a struct is decoded; its
constructor checks nothing. `structs.pyi` declares the structs for type checkers; `make schemas` writes it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge
from msgspec import NODEFAULT, Meta, Struct, convert, defstruct, to_builtins
from msgspec.structs import force_setattr
from pydantic import AfterValidator, AwareDatetime, GetCoreSchemaHandler, StringConstraints
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from contracts.base import Contract, UtcDatetime
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from contracts.transactions_reported import TransactionsReported

_PLAIN: Final = (str, int, bool, date, NoneType)
_TO_UTC: Final = get_args(UtcDatetime)[1]
_AWARE: Final = Annotated[datetime, Meta(tz=True)]


def _struct_of(model: type[Contract]) -> type[Struct]:
    """Return the struct of a model; it is made on first use, after those of its base and of its fields."""
    known = STRUCTS.get(model)
    if known is None:
        base = base_of(model)
        inherited = base.model_fields if base is not None else {}
        own = {name: field for name, field in model.model_fields.items() if name not in inherited}
        known = STRUCTS[model] = defstruct(
            model.__name__,
            [(name, _type_of_field(field), _default_of(field)) for name, field in own.items()],
            bases=(_struct_of(base),) if base is not None else None,
            module=__name__,
            namespace={"__doc__": model.__doc__, **_conversion(own), **_as_pydantic_field(model)},
            frozen=True,
            kw_only=True,
            gc=False,  # events are trees: they never form the cycles that the garbage collector looks for
        )
    return known


def base_of(model: type[Contract]) -> type[Contract] | None:
    """Return the model that a model extends; None if it extends none.

    >>> from contracts.transactions_reported import Line, Transaction
    >>> base_of(Transaction).__name__, base_of(Line)
    ('Line', None)
    """
    base = model.__base__
    return base if base is not None and base is not Contract and issubclass(base, Contract) else None


def _type_of_field(field: FieldInfo) -> Any:
    return _constrained(field.annotation, field.metadata)


def _type_of(annotation: Any) -> Any:
    """Return the type that msgspec checks as pydantic checks the annotation.

    Raises:
        TypeError: there is no counterpart. No constraint is dropped silently.
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _constrained(parts[0], parts[1:])
    if origin in {Union, UnionType}:
        return Union[tuple(map(_type_of, parts))]  # noqa: UP007 - the parts are known at run time only
    if origin in {tuple, dict}:
        return origin[tuple(each if each is ... else _type_of(each) for each in parts)]
    if annotation is AwareDatetime:
        return _AWARE
    if isinstance(annotation, type) and issubclass(annotation, Contract):
        return _struct_of(annotation)
    if origin is Literal or annotation in _PLAIN:
        return annotation
    raise TypeError(f"a struct cannot have a field of type {annotation}")


def _constrained(annotation: Any, constraints: Sequence[object]) -> Any:
    metas = tuple(meta for each in constraints if (meta := _meta_of(each)) is not None)
    if not metas:
        return _type_of(annotation)
    if get_origin(annotation) in {Union, UnionType}:  # a constraint of an optional value is one of the value
        parts = [each for each in get_args(annotation) if each is not NoneType]
        return Union[(*[_constrained(each, constraints) for each in parts], None)]
    return Annotated[(_type_of(annotation), *metas)]


def _meta_of(constraint: object) -> Meta | None:
    """Return a constraint as msgspec's; None for the conversion to UTC, which `_conversion` adds.

    Raises:
        TypeError: the constraint has no counterpart.
    """
    match constraint:
        case StringConstraints(pattern=str(pattern)) if constraint == StringConstraints(pattern=pattern):
            # In Python's patterns `$` also matches before a final newline; in pydantic's it does not.
            return Meta(pattern=pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern)
        case StringConstraints(min_length=int(length)) if constraint == StringConstraints(min_length=length):
            return Meta(min_length=length)
        case Ge(ge=int(least)):
            return Meta(ge=least)
        case AfterValidator() if constraint == _TO_UTC:
            return None
    raise TypeError(f"a struct cannot check {constraint}")


def _default_of(field: FieldInfo) -> Any:
    return NODEFAULT if field.is_required() else field.default


def _conversion(fields: dict[str, FieldInfo]) -> dict[str, Any]:
    """Return the method that converts the times among the fields to UTC; empty if there are none."""
    times = [name for name, field in fields.items() if "AwareDatetime" in str(field.annotation)]

    def to_utc(self: Struct) -> None:
        for name in times:
            time = getattr(self, name)
            if time is not None and time.tzinfo is not UTC:
                force_setattr(self, name, time.astimezone(UTC))

    return {"__post_init__": to_utc} if times else {}


def _as_pydantic_field(model: type[Contract]) -> dict[str, Any]:
    """Return the method by which other pydantic models can have fields of the struct, with its model's JSON Schema.

    From JSON the model reads it; from Python it has to be an instance.
    """

    def core_schema_of(cls: type[Struct], _: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        def from_model(read: Contract) -> Struct:
            return convert(read, cls, from_attributes=True)

        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(from_model, handler.generate_schema(model)),
            python_schema=core_schema.is_instance_schema(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(to_builtins),
        )

    return {"__get_pydantic_core_schema__": classmethod(core_schema_of)}


STRUCTS: Final[dict[type[Contract], type[Struct]]] = {}
"""The struct of each model."""

for _event in (TransactionsReported, PositionsUpdated, HoldingChanged):
    _struct_of(_event)

globals().update({struct.__name__: struct for struct in STRUCTS.values()})
