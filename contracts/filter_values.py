"""The values of a filter as people and programs write them. Pure."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_AMOUNT: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,6})?(?:[eE][0-9]{1,2})?")
_LARGEST: Final = 10**18
_ANSWERS: Final = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False}


def several(change_case: Callable[[str], str] = str) -> BeforeValidator:
    """Return a validator that sorts values and keeps each once, in one case; a lone value is a list of one.

    >>> several(str.upper).func(["tsla", "AMZN", "TSLA"])
    ('AMZN', 'TSLA')
    """

    def validate(given: object) -> object:
        values = [given] if isinstance(given, str) else given
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            return given  # which pydantic refuses
        if not all(value.isprintable() for value in values):
            raise ValueError("a value must not contain control characters")
        return tuple(sorted({change_case(value.strip()) for value in values}))

    return BeforeValidator(validate)


def yes_or_no(given: object) -> object:
    """Return the answer that a text gives; anything else as it is.

    >>> yes_or_no("yes"), yes_or_no("0"), yes_or_no(True)
    (True, False, True)
    """
    if not isinstance(given, str):
        return given
    if (answer := _ANSWERS.get(given.strip().lower())) is None:
        raise ValueError(f"{given[:40]!r} is not an answer; write yes or no")
    return answer


def parse_day(given: object) -> object:
    """Parse a date in ISO 8601; pydantic would take digits for seconds since 1970.

    >>> parse_day("20241231")
    datetime.date(2024, 12, 31)
    """
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(str(given).strip())
    except ValueError:
        raise ValueError(f"{str(given)[:40]!r} is not a date; write it as 2024-12-31") from None


def parse_amount(given: object) -> Decimal:
    """Parse an amount as people write it: 1000000, 1,000,000, $1,000,000 or 1e6.

    >>> parse_amount("$1,000,000"), parse_amount(2.5)
    (Decimal('1000000'), Decimal('2.5'))

    Raises:
        ValueError: it is not an amount, is negative, is 10^18 or more, or has more than 6 decimals.
    """
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        raise ValueError("not an amount; write it as 1000000")  # noqa: TRY004 - pydantic reports a ValueError
    written = f"{given:f}" if isinstance(given, Decimal) else repr(given) if isinstance(given, float) else str(given)
    text = written.strip().removeprefix("$").replace(",", "")
    if text.startswith("-"):
        raise ValueError(f"{written[:40]!r} is negative; a minimum must be zero or more")
    if not _AMOUNT.fullmatch(text) or Decimal(text) >= _LARGEST:
        raise ValueError(f"{written[:40]!r} is not an amount; write it as 1000000 or 1,000,000")
    amount = Decimal(text)
    return amount if amount % 1 else Decimal(int(amount))


FilterAmount = Annotated[
    Decimal,
    BeforeValidator(parse_amount),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}),
]
"""A minimum: zero or more."""

FilterDay = Annotated[date, BeforeValidator(parse_day)]
"""A day, such as 2024-12-31."""
