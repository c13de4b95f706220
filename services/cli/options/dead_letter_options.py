"""Parsers for the option values of `insidertape dlq`."""

from datetime import UTC, datetime
from typing import Final

import typer

from contracts.enumerations import FormType
from services.section16.vocabulary import FORM_TYPES, form_type_of

_CIK_DIGITS: Final = 10


def parse_cik(text: str) -> str:
    """Parse a CIK with or without leading zeros."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _CIK_DIGITS and int(digits)):
        raise typer.BadParameter(f"{text!r} is not a CIK; a CIK has up to ten digits, for example 0001318605")
    return digits.zfill(_CIK_DIGITS)


def parse_form(text: str) -> FormType:
    """Parse a form type."""
    form_type = form_type_of(text)
    if form_type is None:
        raise typer.BadParameter(f"{text!r} is not a form; use one of {', '.join(FORM_TYPES)}")
    return form_type


def parse_text(text: str) -> str:
    """Parse a name or a symbol: text on one line."""
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise typer.BadParameter(f"{text!r} is not a name: it is empty or has control characters")
    return words


def parse_time(text: str) -> datetime:
    """Parse a date or a time; without a time zone it is in UTC."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        words = f"{text!r} is not a date or time; write it as 2024-12-31 or 2024-12-31T18:30"
        raise typer.BadParameter(words) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
