"""The ledger's state as text: how accounts, filings, chains and labels stand in a PositionsUpdated, and back.

The notation is documented for readers in contracts/README.md. `~` is an absent value, `=` one that follows from what
stands before it. Tokens after the fixed fields begin with a letter or sign that says what they are.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast, get_args

from contracts.base import decimal_text, utc_text
from contracts.holding_changed import Explanation
from contracts.section16 import FormType
from services.holdings.accounts import Account, AccountKind
from services.holdings.amounts import Unit
from services.holdings.chains import Chain, Step, summary_of
from services.holdings.classes import Label
from services.holdings.footnotes import NOTHING_STATED, Cited, Ratio, Statements
from services.holdings.order import EASTERN, FiledReport, OrderKey

_NONE: Final = "~"
_SAME: Final = "="
_BASE: Final = "base"
_KINDS: Final[dict[AccountKind, str]] = {"trades": "t", "holding": "h", "moved": "m", "base": "b"}
_KINDS_BY_LETTER: Final = {letter: kind for kind, letter in _KINDS.items()}
_EXPLANATIONS: Final[tuple[Explanation, ...]] = get_args(Explanation)

_LABELS_REMEMBERED: Final = 4_096
"""Labels whose text is kept: a book writes the same few with every version."""

LabelNumber = Callable[[Label], int]


# Accounts: "3.0+1 t-1 = 4000 [token ...]"; days count from that of filing


def account_text(account: Account, previous: Account | None, filed: date | None, number: LabelNumber) -> str:
    """Return an account as text; `previous` is the one before it in its position, `filed` the day of its filing."""
    before = amount_text(account.before)
    if account.before is not None and previous is not None and previous.after == account.before:
        before = _SAME
    chains = "+".join(map(str, account.chains))
    words = [
        f"{account.filing}.{chains}" if chains else str(account.filing),
        _KINDS[account.kind] + _offset_text(account.day, filed),
        before,
        amount_text(account.after),
    ]
    if account.total is None or account.before is None or account.before + account.total != account.after:
        words.append(f"t{amount_text(account.total)}")
    if account.explanation is not None:
        words.append(f"e{_EXPLANATIONS.index(account.explanation)}")
    if account.open is not None:
        words.append(f"{'f' if account.first else 'o'}{decimal_text(account.open)}")
    if account.filed is not None:
        words.append(f"s{decimal_text(account.filed)}")
    if account.owed is not None:
        words.append(f"w{decimal_text(account.owed)}")
    if account.amended_by is not None:
        words.append(f"a{account.amended_by}")
    if account.label is not None:
        words.append(f"l{number(account.label)}")
    if account.source:
        words.append(f"i{account.source}")
    text = " ".join(words)
    return text if account.steps is None else f"{text}|{steps_text(account.steps, None)}"


def account_of(
    text: str, previous: Account | None, filings: Sequence[FiledReport], labels: Sequence[Label]
) -> Account:
    """Return the account that text says.

    Raises:
        ValueError, LookupError, ArithmeticError: the text is not one of `account_text`.
    """
    head, _, steps = text.partition("|")
    where, what, before_text, after_text, *tokens = head.split(" ")
    number, _, chains = where.partition(".")
    filing = int(number)
    filed = filings[filing].day if filing >= 0 else None
    before = previous.after if before_text == _SAME and previous is not None else amount_of(before_text)
    after = amount_of(after_text)
    values: dict[str, object] = {}
    total = None if before is None or after is None else after - before
    for token in tokens:
        letter, value = token[0], token[1:]
        if letter == "t":
            total = amount_of(value)
        elif letter == "e":
            values["explanation"] = _EXPLANATIONS[int(value)]
        elif letter in "fo":
            values |= {"open": Decimal(value), "first": letter == "f"}
        elif letter in "sw":
            values["filed" if letter == "s" else "owed"] = Decimal(value)
        elif letter == "a":
            values["amended_by"] = int(value)
        elif letter == "l":
            values["label"] = labels[int(value)]
        elif letter == "i":
            values["source"] = value
        else:
            raise ValueError(token)
    if steps:
        values["steps"] = steps_of(steps, None)
    return Account(
        filing,
        tuple(map(int, chains.split("+"))) if chains else (),
        _KINDS_BY_LETTER[what[0]],
        _offset_day(what[1:], filed),
        before,
        after,
        total,
        **values,  # type: ignore[arg-type]
    )


# Filings: a head, then a text per chain: "4/A 2024-03-05T22:00:00Z -1 -28 f00dCAFE"


def filing_texts(filing: FiledReport, number: LabelNumber) -> tuple[str, ...]:
    """Return a filing as texts: its place in order and fingerprint, then its chains."""
    when = utc_text(filing.accepted_at) if filing.accepted_at is not None else _day_text(filing.day)
    head = (
        filing.form_type,
        when,
        _offset_text(filing.period, filing.day),
        _offset_text(filing.original, filing.day),
        filing.fingerprint or _NONE,
        *([filing.name] if filing.name else ()),
    )
    return (" ".join(head), *(chain_text(chain, filing.day, number) for chain in filing.chains))


def filing_of(filing_id: str, texts: Sequence[str], labels: Sequence[Label]) -> FiledReport:
    """Return the filing that texts say; its chains are read when they are needed.

    Raises:
        ValueError: the head is not one of `filing_texts`.
    """
    form, when, period, original, fingerprint, *name = texts[0].split(" ", 5)
    accepted = datetime.fromisoformat(when).astimezone(UTC) if "T" in when else None
    day = accepted.astimezone(EASTERN).date() if accepted is not None else _day_of(when)
    return FiledReport(
        filing_id=filing_id,
        form_type=cast("FormType", form),
        day=day,
        accepted_at=accepted,
        period=_offset_day(period, day),
        original=_offset_day(original, day),
        fingerprint="" if fingerprint == _NONE else fingerprint,
        chains=lambda: tuple(chain_of(text, day, labels) for text in texts[1:]),
        size=max(1, len(texts) - 1),
        name=name[0] if name else "",
    )


def base_texts(key: OrderKey) -> tuple[str, ...]:
    """Return the place in order of the latest filing that the base contains."""
    return (f"{_BASE} {key.day} {utc_text(key.accepted_at)} {key.number} {key.name}",)


def base_of(texts: Sequence[str]) -> OrderKey | None:
    """Return the place in order that `base_texts` says; None if the texts are of a filing."""
    if not texts[0].startswith(f"{_BASE} "):
        return None
    _, day, accepted, number, name = texts[0].split(" ", 4)
    return OrderKey(date.fromisoformat(day), datetime.fromisoformat(accepted).astimezone(UTC), number, name)


# Chains: "2 [token ...]|S -1 -30000 15000;-10000"


def chain_text(chain: Chain, day: date | None, number: LabelNumber) -> str:
    """Return a chain as text; days count from that of filing."""
    words = [str(number(chain.label))]
    if chain.unit == "value":
        words.append("v")
    if chain.price is not None:
        words.append(f"@{decimal_text(chain.price)}")
    said = chain.statements
    if said is not NOTHING_STATED:
        numbers = [decimal_text(each.fact) for each in said.numbers if isinstance(each.fact, Decimal)]
        ratios = [f"{each.fact.new}:{each.fact.old}" for each in said.ratios if isinstance(each.fact, Ratio)]
        words += [f"n{','.join(numbers)}"] if numbers else []
        words += [f"r{','.join(ratios)}"] if ratios else []
        words += ["c"] if said.cause is not None else []
        words += ["x"] if said.transfer is not None else []
    if chain.turned:
        words.append(f"!{','.join(map(str, chain.turned))}")
    return f"{' '.join(words)}|{steps_text(chain.steps, day)}"


def chain_of(text: str, day: date | None, labels: Sequence[Label]) -> Chain:
    """Return the chain that text says.

    Raises:
        ValueError, LookupError, ArithmeticError: the text is not one of `chain_text`.
    """
    head, _, body = text.partition("|")
    label, *tokens = head.split(" ")
    unit: Unit = "shares"
    price = None
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
        elif letter == "n":
            said["numbers"] = tuple(Cited(Decimal(each)) for each in value.split(","))
        elif letter == "r":
            said["ratios"] = tuple(Cited(_ratio_of(each)) for each in value.split(","))
        elif letter in "cx":
            said["cause" if letter == "c" else "transfer"] = Cited(None)
        else:
            raise ValueError(token)
    steps = steps_of(body, day)
    statements = Statements(**said) if said else NOTHING_STATED  # type: ignore[arg-type]
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
    )


def steps_text(steps: Sequence[Step], day: date | None) -> str:
    """Return steps as text: code, day, signed shares and the amount following, less what follows from the step before.

    Code and day are left out if they are those of the step before, the amount if it goes on from it.
    """
    texts: list[str] = []
    running: Decimal | None = None
    last: Step | None = None
    for step in steps:
        words = []
        if not step.is_trade:
            words.append(".")
        elif last is None or not last.is_trade or (last.code, last.day) != (step.code, step.day):
            words += [step.code or "_", _offset_text(step.day, day)]
        if step.is_trade:
            words.append(amount_text(step.moved))
        due = None if running is None or step.moved is None else running + step.moved
        if step.stated is None or step.stated != due:
            words.append(amount_text(step.stated))
        texts.append(" ".join(words))
        running, last = step.stated, step
    return ";".join(texts)


def steps_of(text: str, day: date | None) -> tuple[Step, ...]:
    """Return the steps that text says."""
    steps: list[Step] = []
    running: Decimal | None = None
    code: str | None = None
    when: date | None = None
    for part in text.split(";"):
        words = part.split(" ")
        if words[0] == ".":
            running = amount_of(words[1]) if len(words) > 1 else running
            steps.append(Step(None, None, Decimal(0), running, is_trade=False))
            continue
        if words[0] == "_" or words[0].isalpha():
            code = None if words[0] == "_" else words[0]
            when = _offset_day(words[1], day)
            words = words[2:]
        moved = amount_of(words[0])
        if len(words) > 1:
            running = amount_of(words[1])
        elif running is not None and moved is not None:
            running += moved
        steps.append(Step(code, when, moved, running))
    return tuple(steps)


# Labels, and what they all are made of


def label_text(label: Label, notes: Mapping[str | None, int]) -> str:
    """Return a label as a JSON array, its absent end left out; a note that a position has, as the position's place."""
    note = None if label.note is None else notes.get(label.note, label.note)
    return _array(label if note == label.note else label._replace(note=note))  # type: ignore[arg-type]


@lru_cache(maxsize=_LABELS_REMEMBERED)
def _array(label: Label) -> str:
    values = [value.isoformat() if isinstance(value, date) else value for value in label]
    while values[-1] is None:
        values.pop()
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def label_from_text(text: str, notes: Sequence[str | None]) -> Label:
    """Return the label that text says; `notes` are those of the positions.

    Raises:
        ValueError, LookupError, TypeError: the text is not one of `label_text`.
    """
    values = json.loads(text)
    values += [None] * (len(Label._fields) - len(values))
    label = Label(*values)
    note = label.note
    return label._replace(
        note=notes[note] if isinstance(note, int) else note,
        exercise_date=date.fromisoformat(values[6]) if values[6] else None,
        expiration_date=date.fromisoformat(values[7]) if values[7] else None,
    )


def amount_text(value: Decimal | None) -> str:
    """Return an amount as text."""
    return _NONE if value is None else decimal_text(value)


def amount_of(text: str) -> Decimal | None:
    """Return the amount that text says."""
    return None if text == _NONE else Decimal(text)


def _day_text(day: date | None) -> str:
    return _NONE if day is None else day.isoformat()


def _day_of(text: str) -> date | None:
    return None if text == _NONE else date.fromisoformat(text)


def _offset_text(day: date | None, origin: date | None) -> str:
    return _day_text(day) if day is None or origin is None else str((day - origin).days)


def _offset_day(text: str, origin: date | None) -> date | None:
    return _day_of(text) if origin is None or text == _NONE else origin + timedelta(days=int(text))


def _ratio_of(text: str) -> Ratio:
    new, _, old = text.partition(":")
    return Ratio(int(new), int(old))
