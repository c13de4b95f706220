"""Encode chains as compact text, and decode them; also the encodings of amounts and days shared with `state_codec`.

A chain is its label's number, tokens for its other facts, a bar, and its steps. Example:
"2 @30 n215.5|S -1 -30000 15000;-10000".
Days are counted from the day of filing.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from contracts.base import decimal_text
from services.holdings.amounts import Unit
from services.holdings.chains import Chain, ChainStep, summarize
from services.holdings.footnotes import NOTHING_STATED, CitedFact, FootnoteStatements, SplitRatio
from services.holdings.labels import Label

NONE: Final = "~"
"""An absent value."""

LabelNumber = Callable[[Label], int]
"""Returns the number of a label in the book."""


def encode_chain(chain: Chain, day: date | None, number: LabelNumber) -> str:
    """Encode a chain; days are counted from `day`, the day of filing."""
    words = str(number(chain.label))
    if chain.unit == "value":
        words += " v"
    if chain.price is not None:
        words += f" @{decimal_text(chain.price)}"
    if chain.statements is not NOTHING_STATED:
        words += _encode_statements(chain.statements)
    if chain.converts_into is not None:
        words += f" u{decimal_text(chain.converts_into)}"
    if chain.side_corrected:
        words += f" !{','.join(map(str, chain.side_corrected))}"
    return f"{words}|{encode_steps(chain.steps, day)}"


def _encode_statements(statements: FootnoteStatements) -> str:
    """Encode footnote facts as tokens, each preceded by a space."""
    numbers = [decimal_text(each.fact) for each in statements.numbers if isinstance(each.fact, Decimal)]
    ratios = [f"{each.fact.new}:{each.fact.old}" for each in statements.ratios if isinstance(each.fact, SplitRatio)]
    words = f" n{','.join(numbers)}" if numbers else ""
    words += f" r{','.join(ratios)}" if ratios else ""
    words += " c" if statements.cause is not None else ""
    return words + (" x" if statements.transfer is not None else "")


def decode_chain(text: str, day: date | None, labels: Sequence[Label]) -> Chain:
    """Decode a chain.

    Raises:
        ValueError, LookupError, ArithmeticError: the text is not an encoded chain.
    """
    head, _, body = text.partition("|")
    label, *tokens = head.split(" ")
    unit: Unit = "shares"
    price = converts_into = None
    side_corrected: tuple[int, ...] = ()
    facts: dict[str, object] = {}
    for token in tokens:
        letter, value = token[0], token[1:]
        if letter == "v":
            unit = "value"
        elif letter == "@":
            price = Decimal(value)
        elif letter == "!":
            side_corrected = tuple(map(int, value.split(",")))
        elif letter == "u":
            converts_into = Decimal(value)
        elif letter == "n":
            facts["numbers"] = tuple(CitedFact(Decimal(each)) for each in value.split(","))
        elif letter == "r":
            facts["ratios"] = tuple(CitedFact(_decode_ratio(each)) for each in value.split(","))
        elif letter in "cx":
            facts["cause" if letter == "c" else "transfer"] = CitedFact(None)
        else:
            raise ValueError(token)
    steps = decode_steps(body, day)
    statements = FootnoteStatements(**facts) if facts else NOTHING_STATED  # type: ignore[arg-type]
    known = labels[int(label)]
    return Chain(
        known,
        known.security,
        known.holder,
        unit,
        steps,
        summarize(steps),
        any(step.is_trade for step in steps),
        statements,
        price,
        side_corrected,
        converts_into=converts_into,
    )


def decode_label_number(text: str) -> int:
    """Decode the label's number at the start of a chain's text."""
    end = min(text.find(" ") % len(text), text.index("|"))
    return int(text[:end])


def encode_steps(steps: Sequence[ChainStep], day: date | None) -> str:
    """Encode steps: code, day, signed shares and amount following, as a delta encoding.

    Code and day are omitted if they equal those of the previous step. The amount is omitted if it continues from it.
    """
    texts: list[str] = []
    running: Decimal | None = None
    last: tuple[str | None, date | None] | None = None
    for code, when, delta, reported_after, is_trade in steps:
        if not is_trade:
            text, last = ".", None
        elif last is not None and last == (code, when):
            text = encode_amount(delta)
        else:
            text, last = f"{code or '_'} {encode_day_offset(when, day)} {encode_amount(delta)}", (code, when)
        expected = None if running is None or delta is None else running + delta
        if reported_after is None or expected is None or reported_after != expected:
            text = f"{text} {encode_amount(reported_after)}"
        texts.append(text)
        running = reported_after
    return ";".join(texts)


def decode_steps(text: str, day: date | None) -> tuple[ChainStep, ...]:
    """Decode steps."""
    steps: list[ChainStep] = []
    running: Decimal | None = None
    code: str | None = None
    when: date | None = None
    for part in text.split(";"):
        words = part.split(" ")
        if words[0] == ".":
            running = decode_amount(words[1]) if len(words) > 1 else running
            steps.append(ChainStep(None, None, Decimal(0), running, is_trade=False))
            continue
        if words[0] == "_" or words[0].isalpha():
            code = None if words[0] == "_" else words[0]
            when = decode_day_offset(words[1], day)
            words = words[2:]
        delta = decode_amount(words[0])
        if len(words) > 1:
            running = decode_amount(words[1])
        elif running is not None and delta is not None:
            running += delta
        steps.append(ChainStep(code, when, delta, running))
    return tuple(steps)


def encode_amount(value: Decimal | None) -> str:
    """Encode an amount."""
    return NONE if value is None else decimal_text(value)


def decode_amount(text: str) -> Decimal | None:
    """Decode an amount."""
    return None if text == NONE else Decimal(text)


def encode_day(day: date | None) -> str:
    """Encode a day."""
    return NONE if day is None else day.isoformat()


def decode_day(text: str) -> date | None:
    """Decode a day."""
    return None if text == NONE else date.fromisoformat(text)


def encode_day_offset(day: date | None, origin: date | None) -> str:
    """Encode a day, as the number of days from the origin if there is one."""
    return encode_day(day) if day is None or origin is None else str((day - origin).days)


def decode_day_offset(text: str, origin: date | None) -> date | None:
    """Decode a day, counted from the origin if there is one."""
    return decode_day(text) if origin is None or text == NONE else origin + timedelta(days=int(text))


def _decode_ratio(text: str) -> SplitRatio:
    new, _, old = text.partition(":")
    return SplitRatio(int(new), int(old))
