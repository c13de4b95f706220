"""The ledger's state as text: how accounts, filings, chains and labels stand in a PositionsUpdated, and back.

The notation is documented for readers in contracts/README.md. `~` is an absent value, `=` one that follows from what
stands before it. Tokens after the fixed fields begin with a letter or sign that says what they are.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, cast, get_args

from contracts.base import decimal_text, utc_text
from contracts.enumerations import FormType
from contracts.holding_changed import Explanation
from services.holdings.accounts import Account, AccountKind
from services.holdings.chain_codec import (
    NONE,
    LabelNumber,
    amount_of,
    amount_text,
    chain_of,
    chain_text,
    day_of,
    day_text,
    label_number,
    offset_day,
    offset_text,
    steps_of,
    steps_text,
)
from services.holdings.filed_report import FiledReport, OrderKey
from services.holdings.labels import Label
from services.section16.edgar_calendar import eastern_day

_SAME: Final = "="
_BASE: Final = "base"
_KINDS: Final[dict[AccountKind, str]] = {"trades": "t", "holding": "h", "moved": "m", "base": "b"}
_KINDS_BY_LETTER: Final = {letter: kind for kind, letter in _KINDS.items()}
_EXPLANATIONS: Final[tuple[Explanation, ...]] = get_args(Explanation)

_LABELS_REMEMBERED: Final = 4_096
"""Labels whose text is kept: a book writes the same few with every version."""


# Accounts: "3.0+1 t-1 = 4000 [token ...]"; days count from that of filing


def account_text(account: Account, previous: Account | None, filed: date | None, number: LabelNumber) -> str:
    """Return an account as text; `previous` is the one before it in its position, `filed` the day of its filing."""
    before = amount_text(account.before)
    if account.before is not None and previous is not None and previous.after == account.before:
        before = _SAME
    chains = "+".join(map(str, account.chains))
    words = [
        f"{account.filing}.{chains}" if chains else str(account.filing),
        _KINDS[account.kind] + offset_text(account.day, filed),
        before,
        amount_text(account.after),
    ]
    if account.total is None or account.before is None or account.before + account.total != account.after:
        words.append(f"t{amount_text(account.total)}")
    if account.explanation is not None:
        words.append(f"e{_EXPLANATIONS.index(account.explanation)}")
    if account.amended_by is not None:
        words.append(f"a{account.amended_by}")
    amounts = _few_amounts(account)
    if amounts != _NO_AMOUNTS:
        for letter, amount in zip(_AMOUNTS, amounts, strict=True):
            if amount is not None:
                words.append(f"{'f' if letter == 'o' and account.first else letter}{decimal_text(amount)}")
    if account.filing < 0 and account.label is not None:
        words += [f"l{number(account.label)}", f"i{account.source}"]
    text = " ".join(words)
    return text if account.steps is None else f"{text}|{steps_text(account.steps, None)}"


_AMOUNTS: Final = {"o": "open", "s": "filed", "w": "owed", "c": "converts_into"}
"""Amounts that few accounts have, by the letter that their tokens begin with; an open first amount begins with f."""
_few_amounts: Final = attrgetter(*_AMOUNTS.values())
_NO_AMOUNTS: Final = (None,) * len(_AMOUNTS)


def account_of(text: str, previous: Account | None, filings: Sequence[FiledReport], labels: Sequence[Label]) -> Account:
    """Return the account that text says.

    Raises:
        ValueError, LookupError, ArithmeticError: the text is not one of `account_text`.
    """
    head, _, steps = text.partition("|")
    where, what, before_text, after_text, *tokens = head.split(" ")
    number, _, chains = where.partition(".")
    filing = int(number)
    places = tuple(map(int, chains.split("+"))) if chains else ()
    before = previous.after if before_text == _SAME and previous is not None else amount_of(before_text)
    after = amount_of(after_text)
    account = Account(
        filing=filing,
        chains=places,
        kind=_KINDS_BY_LETTER[what[0]],
        day=offset_day(what[1:], filings[filing].day if filing >= 0 else None),
        before=before,
        after=after,
        total=None if before is None or after is None else after - before,
        steps=steps_of(steps, None) if steps else None,
        label=filings[filing].label_at(places[-1]) if places else None,
    )
    return account._replace(**_tokens_of(tokens, labels)) if tokens else account


def _tokens_of(tokens: Sequence[str], labels: Sequence[Label]) -> dict[str, Any]:
    """Return the fields that the tokens of an account set."""
    values: dict[str, Any] = {}
    for token in tokens:
        letter, value = token[0], token[1:]
        if letter == "t":
            values["total"] = amount_of(value)
        elif letter == "e":
            values["explanation"] = _EXPLANATIONS[int(value)]
        elif letter == "a":
            values["amended_by"] = int(value)
        elif letter == "f":
            values |= {"open": Decimal(value), "first": True}
        elif letter == "l":
            values["label"] = labels[int(value)]
        elif letter == "i":
            values["source"] = value
        else:
            values[_AMOUNTS[letter]] = Decimal(value)
    return values


# Filings: a head, then a text per chain: "4/A 2024-03-05T22:00:00Z -1 -28 f00dCAFE"


def filing_texts(filing: FiledReport, number: LabelNumber) -> tuple[str, ...]:
    """Return a filing as texts: its place in order and fingerprint, then its chains."""
    when = utc_text(filing.accepted_at) if filing.accepted_at is not None else day_text(filing.day)
    head = (
        filing.form_type,
        when,
        offset_text(filing.period, filing.day),
        offset_text(filing.original, filing.day),
        filing.fingerprint or NONE,
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
    day = eastern_day(accepted) if accepted is not None else day_of(when)
    return FiledReport(
        filing_id=filing_id,
        form_type=cast("FormType", form),
        day=day,
        accepted_at=accepted,
        period=offset_day(period, day),
        original=offset_day(original, day),
        fingerprint="" if fingerprint == NONE else fingerprint,
        chains=lambda: tuple(chain_of(text, day, labels) for text in texts[1:]),
        size=max(1, len(texts) - 1),
        name=name[0] if name else "",
        label_at=lambda place: labels[label_number(texts[place + 1])],
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


# Labels, and what they all are made of


def label_text(label: Label, notes: Mapping[str, int]) -> str:
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
