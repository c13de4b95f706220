"""What every contract model shares: immutability, tolerant reading, and the value types of the wire."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

DecimalText = Annotated[str, StringConstraints(pattern=r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$")]
"""A decimal number as text, exactly as filed less grouping commas and currency signs. Never a float."""

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


class Contract(BaseModel):
    """Base of all contract models: frozen, and blind to fields that a later version may add."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def decimal_text(value: Decimal) -> str:
    """The wire form of a computed number: plain notation, without trailing zeros after the point."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def utc_text(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with a `Z`, as headers and logs carry it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
