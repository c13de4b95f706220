"""Encode the ledger's state as compact text, and decode it: the accounts, filings, chains and labels of a book.

The encoding is documented for readers in contracts/README.md. `~` is an absent value, and `=` a value that follows from
the preceding ones. Tokens after the fixed fields start with a letter or sign that identifies them.
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
    decode_amount,
    decode_chain,
    decode_day,
    decode_day_offset,
    decode_label_number,
    decode_steps,
    encode_amount,
    encode_chain,
    encode_day,
    encode_day_offset,
    encode_steps,
)
from services.holdings.filed_report import FiledReport, OrderKey
from services.holdings.labels import Label
from services.section16.edgar_calendar import eastern_day

_SAME: Final = "="
_BASE: Final = "base"
_KINDS: Final[dict[AccountKind, str]] = {"trades": "t", "holding": "h", "ended": "m", "base": "b"}
_KINDS_BY_LETTER: Final = {letter: kind for kind, letter in _KINDS.items()}
_EXPLANATIONS: Final[tuple[Explanation, ...]] = get_args(Explanation)

_LABELS_REMEMBERED: Final = 4_096
"""Labels whose text is cached: a book encodes the same few with every version."""


# Accounts: "3.0+1 t-1 = 4000 [token ...]"; days are counted from the day of filing


def encode_account(account: Account, previous: Account | None, filed: date | None, number: LabelNumber) -> str:
    """Encode an account; `previous` is the account before it in its position, `filed` the day of its filing."""
    before = encode_amount(account.before)
    if account.before is not None and previous is not None and previous.after == account.before:
        before = _SAME
    chains = "+".join(map(str, account.chains))
    words = [
        f"{account.filing}.{chains}" if chains else str(account.filing),
        _KINDS[account.kind] + encode_day_offset(account.day, filed),
        before,
        encode_amount(account.after),
    ]
    if account.total is None or account.before is None or account.before + account.total != account.after:
        words.append(f"t{encode_amount(account.total)}")
    if account.explanation is not None:
        words.append(f"e{_EXPLANATIONS.index(account.explanation)}")
    if account.amended_by is not None:
        words.append(f"a{account.amended_by}")
    amounts = _few_amounts(account)
    if amounts != _NO_AMOUNTS:
        for letter, amount in zip(_AMOUNTS, amounts, strict=True):
            if amount is not None:
                words.append(f"{'f' if letter == 'o' and account.is_first_amount else letter}{decimal_text(amount)}")
    if account.filing < 0 and account.label is not None:
        words += [f"l{number(account.label)}", f"i{account.base_filing_id}"]
    text = " ".join(words)
    return text if account.steps is None else f"{text}|{encode_steps(account.steps, None)}"


_AMOUNTS: Final = {"o": "still_unexplained", "s": "filed_amount", "w": "pending", "c": "converts_into"}
"""Amounts that few accounts have, by the first letter of their tokens. An unexplained first amount has the letter f."""
_few_amounts: Final = attrgetter(*_AMOUNTS.values())
_NO_AMOUNTS: Final = (None,) * len(_AMOUNTS)


def decode_account(
    text: str, previous: Account | None, filings: Sequence[FiledReport], labels: Sequence[Label]
) -> Account:
    """Decode an account.

    Raises:
        ValueError, LookupError, ArithmeticError: the text is not an encoded account.
    """
    head, _, steps = text.partition("|")
    origin, kind_and_day, before_text, after_text, *tokens = head.split(" ")
    number, _, chains = origin.partition(".")
    filing = int(number)
    indexes = tuple(map(int, chains.split("+"))) if chains else ()
    before = previous.after if before_text == _SAME and previous is not None else decode_amount(before_text)
    after = decode_amount(after_text)
    account = Account(
        filing=filing,
        chains=indexes,
        kind=_KINDS_BY_LETTER[kind_and_day[0]],
        day=decode_day_offset(kind_and_day[1:], filings[filing].day if filing >= 0 else None),
        before=before,
        after=after,
        total=None if before is None or after is None else after - before,
        steps=decode_steps(steps, None) if steps else None,
        label=filings[filing].label_at(indexes[-1]) if indexes else None,
    )
    return account._replace(**_decode_tokens(tokens, labels)) if tokens else account


def _decode_tokens(tokens: Sequence[str], labels: Sequence[Label]) -> dict[str, Any]:
    """Return the fields that the tokens of an account set."""
    values: dict[str, Any] = {}
    for token in tokens:
        letter, value = token[0], token[1:]
        if letter == "t":
            values["total"] = decode_amount(value)
        elif letter == "e":
            values["explanation"] = _EXPLANATIONS[int(value)]
        elif letter == "a":
            values["amended_by"] = int(value)
        elif letter == "f":
            values |= {"still_unexplained": Decimal(value), "is_first_amount": True}
        elif letter == "l":
            values["label"] = labels[int(value)]
        elif letter == "i":
            values["base_filing_id"] = value
        else:
            values[_AMOUNTS[letter]] = Decimal(value)
    return values


# Filings: a head, then one text per chain: "4/A 2024-03-05T22:00:00Z -1 -28 f00dCAFE"


def encode_filing(filing: FiledReport, number: LabelNumber) -> tuple[str, ...]:
    """Encode a filing as texts: its sort key and fingerprint, then its chains."""
    when = utc_text(filing.accepted_at) if filing.accepted_at is not None else encode_day(filing.day)
    head = (
        filing.form_type,
        when,
        encode_day_offset(filing.period, filing.day),
        encode_day_offset(filing.original, filing.day),
        filing.fingerprint or NONE,
        *([filing.name] if filing.name else ()),
    )
    return (" ".join(head), *(encode_chain(chain, filing.day, number) for chain in filing.chains))


def decode_filing(filing_id: str, texts: Sequence[str], labels: Sequence[Label]) -> FiledReport:
    """Decode a filing; its chains are decoded on first use.

    Raises:
        ValueError: the head is not that of an encoded filing.
    """
    form, when, period, original, fingerprint, *name = texts[0].split(" ", 5)
    accepted = datetime.fromisoformat(when).astimezone(UTC) if "T" in when else None
    day = eastern_day(accepted) if accepted is not None else decode_day(when)
    return FiledReport(
        filing_id=filing_id,
        form_type=cast("FormType", form),
        day=day,
        accepted_at=accepted,
        period=decode_day_offset(period, day),
        original=decode_day_offset(original, day),
        fingerprint="" if fingerprint == NONE else fingerprint,
        chains=lambda: tuple(decode_chain(text, day, labels) for text in texts[1:]),
        size=max(1, len(texts) - 1),
        name=name[0] if name else "",
        label_at=lambda index: labels[decode_label_number(texts[index + 1])],
    )


def encode_base(key: OrderKey) -> tuple[str, ...]:
    """Encode the sort key of the latest filing in the base."""
    return (f"{_BASE} {key.day} {utc_text(key.accepted_at)} {key.number} {key.name}",)


def decode_base(texts: Sequence[str]) -> OrderKey | None:
    """Decode the sort key of the base; None if the texts are those of a filing."""
    if not texts[0].startswith(f"{_BASE} "):
        return None
    _, day, accepted, number, name = texts[0].split(" ", 4)
    return OrderKey(date.fromisoformat(day), datetime.fromisoformat(accepted).astimezone(UTC), number, name)


# Labels


def encode_label(label: Label, notes: Mapping[str, int]) -> str:
    """Encode a label as a JSON array without trailing nulls; a position's note is encoded as the position's index."""
    note = None if label.note is None else notes.get(label.note, label.note)
    return _array(label if note == label.note else label._replace(note=note))  # type: ignore[arg-type]


@lru_cache(maxsize=_LABELS_REMEMBERED)
def _array(label: Label) -> str:
    values = [value.isoformat() if isinstance(value, date) else value for value in label]
    while values[-1] is None:
        values.pop()
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def decode_label(text: str, notes: Sequence[str | None]) -> Label:
    """Decode a label; `notes` contains the notes of the positions.

    Raises:
        ValueError, LookupError, TypeError: the text is not an encoded label.
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
