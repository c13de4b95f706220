"""What every contract model shares: immutability, tolerant reading, and the value types of the wire."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

DecimalText = Annotated[str, StringConstraints(pattern=r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$")]
"""A decimal number as text, exactly as filed less grouping commas and currency signs. Never a float."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A currency by its ISO 4217 code."""

Cik = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
"""A Central Index Key: EDGAR's identifier of a company or person, ten digits with leading zeros."""

AccessionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}-[0-9]{2}-[0-9]{6}$")]
"""EDGAR's identifier of a submission, in its dashed form."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hexadecimal."""

Text = Annotated[str, StringConstraints(min_length=1)]
"""Text that says something: what is absent is null, never the empty string."""

UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]
"""A moment in UTC."""

_new = object.__new__
_set_values = vars(BaseModel)["__dict__"].__set__
_set_names = vars(BaseModel)["__pydantic_fields_set__"].__set__
_set_extra = vars(BaseModel)["__pydantic_extra__"].__set__
_set_private = vars(BaseModel)["__pydantic_private__"].__set__


class Contract(BaseModel):
    """Base of all contract models: frozen, and blind to fields that a later version may add."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    _blank: ClassVar[dict[str, Any]]
    _names: ClassVar[set[str]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Keep the defaults of all fields, in the order of their declaration: the order of the JSON."""
        super().__pydantic_init_subclass__(**kwargs)
        cls._blank = {name: field.get_default() for name, field in cls.model_fields.items()}
        cls._names = set(cls._blank)

    @classmethod
    def blank(cls) -> dict[str, Any]:
        """The defaults to fill in for `assembled`; what is required is a mark that cannot be encoded."""
        return cls._blank.copy()

    @classmethod
    def assembled(cls, values: dict[str, Any]) -> Self:
        """The model of `values`, a `blank` filled in with values of the declared types: none is checked or copied.

        For code that has just typed them: it takes a fraction of the constructor's time.
        """
        model = _new(cls)
        _set_values(model, values)
        _set_names(model, cls._names)
        _set_extra(model, None)
        _set_private(model, None)
        return model


def decimal_text(value: Decimal) -> str:
    """The wire form of a computed number: plain notation, without trailing zeros after the point."""
    text = str(value)
    if text.isdigit():
        return text
    if "E" in text:  # as str writes very small numbers, and whole ones that were rounded
        text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def utc_text(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with a `Z`, as headers and logs carry it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
