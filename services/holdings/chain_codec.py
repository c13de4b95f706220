"""Chains as text, with what is common to all of the ledger's notation: amounts, days and steps.

A chain stands as its label's number, tokens for what else is known of it, a bar, and its steps:
"2 @30 n215.5|S -1 -30000 15000;-10000". Days count from that of filing.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from contracts.base import decimal_text
from services.holdings.amounts import Unit
from services.holdings.chains import Chain, ChainStep, summary_of
from services.holdings.footnotes import NOTHING_STATED, CitedFact, FootnoteStatements, SplitRatio
from services.holdings.labels import Label

NONE: Final = "~"
"""An absent value."""

LabelNumber = Callable[[Label], int]
"""Gives a label's number in the book."""


def chain_text(chain: Chain, day: date | None, number: LabelNumber) -> str:
    """Return a chain as text; days count from that of filing."""
    words = str(number(chain.label))
    if chain.unit == "value":
        words += " v"
    if chain.price is not None:
        words += f" @{decimal_text(chain.price)}"
    if chain.statements is not NOTHING_STATED:
        words += _statements_text(chain.statements)
    if chain.converts_into is not None:
        words += f" u{decimal_text(chain.converts_into)}"
    if chain.turned:
        words += f" !{','.join(map(str, chain.turned))}"
    return f"{words}|{steps_text(chain.steps, day)}"


def _statements_text(stated: FootnoteStatements) -> str:
    """Return what footnotes state as tokens, a space before each."""
    numbers = [decimal_text(each.fact) for each in stated.numbers if isinstance(each.fact, Decimal)]
    ratios = [f"{each.fact.new}:{each.fact.old}" for each in stated.ratios if isinstance(each.fact, SplitRatio)]
    words = f" n{','.join(numbers)}" if numbers else ""
    words += f" r{','.join(ratios)}" if ratios else ""
    words += " c" if stated.cause is not None else ""
    return words + (" x" if stated.transfer is not None else "")


def chain_of(text: str, day: date | None, labels: Sequence[Label]) -> Chain:
    """Return the chain that text says.

    Raises:
        ValueError, LookupError, ArithmeticError: the text is not one of `chain_text`.
    """
    head, _, body = text.partition("|")
    label, *tokens = head.split(" ")
    unit: Unit = "shares"
    price = converts_into = None
    turned: tuple[int, ...] = ()
    said: dict[str, object] = {}
    for token in tokens:
        letter, value = token[0], token[1:]
        if letter == "v":
            unit = "value"
        elif letter == "@":
            price = Decimal(value)
        elif letter == "!":
            turned = tuple(map(int, value.split(",")))
        elif letter == "u":
            converts_into = Decimal(value)
        elif letter == "n":
            said["numbers"] = tuple(CitedFact(Decimal(each)) for each in value.split(","))
        elif letter == "r":
            said["ratios"] = tuple(CitedFact(_ratio_of(each)) for each in value.split(","))
        elif letter in "cx":
            said["cause" if letter == "c" else "transfer"] = CitedFact(None)
        else:
            raise ValueError(token)
    steps = steps_of(body, day)
    statements = FootnoteStatements(**said) if said else NOTHING_STATED  # type: ignore[arg-type]
    known = labels[int(label)]
    return Chain(
        known,
        known.security,
        known.holder,
        unit,
        steps,
        summary_of(steps),
        any(step.is_trade for step in steps),
        statements,
        price,
        turned,
        converts_into=converts_into,
    )


def label_number(text: str) -> int:
    """Return the number of the label that a chain's text begins with."""
    end = min(text.find(" ") % len(text), text.index("|"))
    return int(text[:end])


def steps_text(steps: Sequence[ChainStep], day: date | None) -> str:
    """Return steps as text: code, day, signed shares and the amount following, less what follows from the step before.

    Code and day are left out if they are those of the step before, the amount if it goes on from it.
    """
    texts: list[str] = []
    running: Decimal | None = None
    last: tuple[str | None, date | None] | None = None
    for code, when, moved, stated, is_trade in steps:
        if not is_trade:
            text, last = ".", None
        elif last is not None and last == (code, when):
            text = amount_text(moved)
        else:
            text, last = f"{code or '_'} {offset_text(when, day)} {amount_text(moved)}", (code, when)
        due = None if running is None or moved is None else running + moved
        if stated is None or stated != due:
            text = f"{text} {amount_text(stated)}"
        texts.append(text)
        running = stated
    return ";".join(texts)


def steps_of(text: str, day: date | None) -> tuple[ChainStep, ...]:
    """Return the steps that text says."""
    steps: list[ChainStep] = []
    running: Decimal | None = None
    code: str | None = None
    when: date | None = None
    for part in text.split(";"):
        words = part.split(" ")
        if words[0] == ".":
            running = amount_of(words[1]) if len(words) > 1 else running
            steps.append(ChainStep(None, None, Decimal(0), running, is_trade=False))
            continue
        if words[0] == "_" or words[0].isalpha():
            code = None if words[0] == "_" else words[0]
            when = offset_day(words[1], day)
            words = words[2:]
        moved = amount_of(words[0])
        if len(words) > 1:
            running = amount_of(words[1])
        elif running is not None and moved is not None:
            running += moved
        steps.append(ChainStep(code, when, moved, running))
    return tuple(steps)


def amount_text(value: Decimal | None) -> str:
    """Return an amount as text."""
    return NONE if value is None else decimal_text(value)


def amount_of(text: str) -> Decimal | None:
    """Return the amount that text says."""
    return None if text == NONE else Decimal(text)


def day_text(day: date | None) -> str:
    """Return a day as text."""
    return NONE if day is None else day.isoformat()


def day_of(text: str) -> date | None:
    """Return the day that text says."""
    return None if text == NONE else date.fromisoformat(text)


def offset_text(day: date | None, origin: date | None) -> str:
    """Return a day as text, counted in days from the origin if there is one."""
    return day_text(day) if day is None or origin is None else str((day - origin).days)


def offset_day(text: str, origin: date | None) -> date | None:
    """Return the day that text says, counted from the origin if there is one."""
    return day_of(text) if origin is None or text == NONE else origin + timedelta(days=int(text))


def _ratio_of(text: str) -> SplitRatio:
    new, _, old = text.partition(":")
    return SplitRatio(int(new), int(old))
