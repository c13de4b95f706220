"""The base of all contract models, and the value types of the wire."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

DecimalText = Annotated[str, StringConstraints(pattern=r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$")]
"""A decimal number as text, exactly as filed except for grouping commas and currency signs. Never a float."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A currency by its ISO 4217 code."""

Cik = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
"""A Central Index Key: EDGAR's identifier of a company or person, ten digits with leading zeros."""

AccessionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}-[0-9]{2}-[0-9]{6}$")]
"""EDGAR's identifier of a submission, in its dashed form."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hexadecimal."""

Text = Annotated[str, StringConstraints(min_length=1)]
"""Text that is not empty: an absent value is null, never the empty string."""

UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]
"""A date and time in UTC."""


class Contract(BaseModel):
    """Base of all contract models. Instances are immutable, and ignore fields that a later version may add."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def decimal_text(value: Decimal) -> str:
    """Return a computed number as the wire has it: plain notation, without trailing zeros after the point.

    >>> decimal_text(Decimal("1E+3")), decimal_text(Decimal("12.50")), decimal_text(Decimal("-0.00"))
    ('1000', '12.5', '0')
    """
    text = str(value)
    if text.isdigit():
        return text
    if "E" in text:  # as str writes very small numbers, and whole ones that were rounded
        text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def utc_text(moment: datetime) -> str:
    """Return an aware time as ISO 8601 in UTC with a `Z`, as in headers and logs.

    >>> from datetime import timedelta, timezone
    >>> utc_text(datetime(2024, 7, 19, 16, 30, tzinfo=timezone(timedelta(hours=-4))))
    '2024-07-19T20:30:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
