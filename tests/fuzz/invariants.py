"""The invariants of the parser, which hold for any input."""

import re
from typing import Final

from contracts.codec import decode, encode
from contracts.errors import InvalidFiling
from contracts.filing_published import Hints, PartyHint
from contracts.structs import TransactionsReported
from services.parser import parse_filing

KNOWN: Final = Hints(issuer=PartyHint(cik="0000912345", name="X CO"), owners=(PartyHint(cik="0000912346", name="Y"),))
"""What lets a fragment be read at all."""

_NUMBERS: Final = (
    "shares", "total_value", "price_per_share", "shares_owned_following", "value_owned_following", "exercise_price",
    "underlying_shares", "underlying_value",
)  # fmt: skip
_FRACTION: Final = re.compile(rb"[0-9][ -][0-9]{1,2}/(?:2|4|8|16|32|64)")
"""A number with a fraction, which is read as a decimal: its digits are not those of the text."""

_NO_DIGIT: Final = re.compile(rb"[^0-9]+")


class Broken(AssertionError):
    """The parser did what it must never do."""


def check(content: bytes) -> None:
    """Parse the content; nothing may come of it but events of the contract or `InvalidFiling`.

    Raises:
        Broken: an event is not the same after a journey through the codec, or holds a number that is not in the text.
        Exception: whatever else the parser let through.
    """
    try:
        events = parse_filing(content, hints=KNOWN, form_type="4")
    except InvalidFiling:
        return
    digits = _NO_DIGIT.sub(b"", content.replace(b"\x00", b""))
    for event in events:
        if decode(encode(event), TransactionsReported) != event:
            raise Broken("an event is another after encoding and decoding")
        for line in (*event.transactions, *event.holdings):
            for name in _NUMBERS:
                value = getattr(line, name, None)
                if "." in (value or "") and _FRACTION.search(content):
                    continue
                if value is not None and _NO_DIGIT.sub(b"", value.encode()) not in digits:
                    raise Broken(f"{name} of line {line.line} is {value}, which is nowhere in the text")
