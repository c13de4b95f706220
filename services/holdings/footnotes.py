"""What the footnotes at an amount say about changes that are no trades: numbers, split ratios, causes, transfers."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Final, NamedTuple

from contracts.transactions_reported import Line
from services.holdings.amounts import ONE, ZERO

MOST_STATED: Final = 12
"""Numbers, and ratios, kept of a chain's footnotes; what lists more is a table: three of it sum to nearly anything."""

_MOST_SUMMED: Final = 3
_NOTES_REMEMBERED: Final = 1_024

_AT_THE_AMOUNT: Final = ("shares_owned_following", "value_owned_following")


class SplitRatio(NamedTuple):
    """A split: so many new shares for so many old ones. (3, 2), or (1, 30) if shares were combined."""

    new: int
    old: int

    def of(self, amount: Decimal) -> Decimal:
        """Return what the split makes of an amount."""
        return amount * self.new / self.old

    def makes(self, before: Decimal, after: Decimal) -> bool:
        """Return whether the split, or its inverse as some write it, makes one amount into the other."""
        return min(abs(self.of(before) - after), abs(before * self.old / self.new - after)) <= ONE


class CitedFact(NamedTuple):
    """A fact and the id of the footnote that states it; the id is empty once the filing is part of the state."""

    fact: Decimal | SplitRatio | None
    footnote: str = ""


class FootnoteStatements(NamedTuple):
    """What a chain's footnotes state.

    `numbers` and `cause` come from footnotes at the amount following; `cause` is a footnote that names one without a
    number of shares. `ratios`, `transfer`, and Rule 16a-13 as a cause come from any footnote of the lines: it exempts
    changes of form from being reported at all.
    """

    numbers: tuple[CitedFact, ...] = ()
    ratios: tuple[CitedFact, ...] = ()
    cause: CitedFact | None = None
    transfer: CitedFact | None = None

    def summing_to(self, change: Decimal) -> tuple[CitedFact, ...]:
        """Return up to three stated numbers that sum to a change's size; empty if none do."""
        size = abs(change)
        for count in range(1, _MOST_SUMMED + 1):
            for found in combinations(self.numbers, count):
                if sum((each.fact for each in found if isinstance(each.fact, Decimal)), ZERO) == size:
                    return found
        return ()


NOTHING_STATED: Final = FootnoteStatements()


def statements_of(lines: Iterable[Line], footnotes: Mapping[str, str]) -> FootnoteStatements:
    """Return what the footnotes that the lines cite state."""
    at_amount, cited = _cited(lines)
    numbers: list[CitedFact] = []
    cause: CitedFact | None = None
    for note in at_amount:
        found, names_cause = _at_amount(footnotes.get(note, ""))
        numbers += [CitedFact(each, note) for each in found]
        cause = cause or (CitedFact(None, note) if names_cause else None)
        cited[note] = None
    ratios: list[CitedFact] = []
    transfer: CitedFact | None = None
    for note in cited:
        stated, speaks_of_transfer, exempt = _anywhere(footnotes.get(note, ""))
        if stated:
            ratios += [CitedFact(each, note) for each in stated]
        if speaks_of_transfer and transfer is None:
            transfer = CitedFact(None, note)
        if exempt and cause is None:
            cause = CitedFact(None, note)
    if not (numbers or cause or ratios or transfer):
        return NOTHING_STATED
    return FootnoteStatements(tuple(numbers[:MOST_STATED]), tuple(ratios[:MOST_STATED]), cause, transfer)


def _cited(lines: Iterable[Line]) -> tuple[dict[str, None], dict[str, None]]:
    """Return the footnotes cited at the amounts following, and those cited elsewhere, each once and in order."""
    at_amount: dict[str, None] = {}
    elsewhere: dict[str, None] = {}
    last: object = None
    for line in lines:
        if line.footnotes == last:
            continue  # as most lines of a chain: they cite what the one before cites
        last = line.footnotes
        for field, ids in line.footnotes.items():
            into = at_amount if field in _AT_THE_AMOUNT else elsewhere
            for note in ids:
                into[note] = None
    return at_amount, elsewhere


@lru_cache(maxsize=_NOTES_REMEMBERED)
def _at_amount(note: str) -> tuple[tuple[Decimal, ...], bool]:
    """Return the numbers in a footnote at an amount, and whether it names a cause without counting shares."""
    bare = _NO_NUMBER_OF_SHARES.sub(" ", note)
    found = dict.fromkeys(Decimal(text.replace(",", "")) for text in _NUMBER.findall(bare))
    lower = note.lower()
    names_cause = (
        _has_any(lower, _CAUSES)
        and bool(_CAUSE.search(_TRADING_PLAN.sub(" ", lower)))
        and not _NUMBER_OF_SHARES.search(bare)
    )
    return tuple(number for number in found if number > ONE), names_cause


@lru_cache(maxsize=_NOTES_REMEMBERED)
def _anywhere(note: str) -> tuple[tuple[SplitRatio, ...], bool, bool]:
    """Return the split ratios that a footnote states, whether it speaks of a transfer, and whether of Rule 16a-13."""
    lower = note.lower()
    return _ratios(lower) if _has_any(lower, _SPLIT) else (), _speaks_of_transfer(lower), "16a-13" in lower


def _speaks_of_transfer(lower: str) -> bool:
    # Beginnings of several words in one search: a note is searched for a dozen words, and few contain any.
    return (
        _has_any(lower, _TRANSFER)
        or ("tribut" in lower and _has_any(lower, _CONTRIBUTED))
        or ("previously " in lower and _has_any(lower, _PREVIOUSLY))
    )


def _has_any(text: str, words: Iterable[str]) -> bool:
    """Return whether a text contains one of the words; plain searches are several times as fast as a pattern."""
    for word in words:  # noqa: SIM110 - a generator would double the cost
        if word in text:
            return True
    return False


def _ratios(note: str) -> tuple[SplitRatio, ...]:
    found: dict[SplitRatio, None] = {}
    for match in _FOR.finditer(note):
        new, old = _whole(match[1]), _whole(match[2])
        if new and old and new != old:
            found[SplitRatio(new, old)] = None
    for match in _PERCENT.finditer(note):
        if percent := int(match[1]):
            found[SplitRatio(100 + percent, 100)] = None
    return tuple(found)


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else _WORDS.get(text)


_WORDS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
_COUNT: Final = r"([0-9]{1,4}|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
_FOR: Final = re.compile(
    rf"\b{_COUNT}(?:\s*\(\d+\))?(?:\s+new\s+shares?)?[\s-]*(?:for|to|:)[\s-]*(?:each\s+|every\s+)?{_COUNT}\b"
)
_PERCENT: Final = re.compile(r"\b([0-9]{1,4})\s*(?:%|percent)\s+(?:stock|share)\s+(?:dividend|split)")
_SPLIT: Final = ("split", "dividend", "consolidat", "combin", "recapitali")
_CAUSES: Final = ("16a-13", "adjust", "transfer", "distribut", "reinvest", "plan", "vest")
_CAUSE: Final = re.compile(r"\b(?:16a-13\b|adjust|transfer|distribut|reinvest|plan\b|vest(?:ed|ing|s)?\b)")
_TRADING_PLAN: Final = re.compile(r"(?:10b5-1[^.;]{0,60}|trading\s+|selling\s+|sales\s+)\bplan\b")
_TRANSFER: Final = ("transfer", "gift", "moved", "reclassif")
_CONTRIBUTED: Final = ("contribut", "distribut")
_PREVIOUSLY: Final = ("previously held", "previously owned", "previously reported")
_NUMBER: Final = re.compile(
    r"(?<![\w$.,-])(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,12})(?:\.[0-9]{1,8})?(?![\w%]|[.,][0-9])"
)
_NUMBER_OF_SHARES: Final = re.compile(
    r"(?<![\w$.,-])[0-9][0-9,.]*\s+(?:[\w'-]+\s+){0,4}?(?:shares|share|units|unit|ADSs?|options|RSUs|PSUs|DSUs)\b",
    re.IGNORECASE,
)
_MONTH: Final = (
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_NO_NUMBER_OF_SHARES: Final = re.compile(
    rf"{_MONTH}\s+\d{{1,2}}(?!\d)(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}\s+\d{{4}}|{_MONTH}\s+\d{{4}}"
    r"|\b\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\$\s*[\d,.]+|\bRules?\s+[\w-]+|\bSections?\s+[\w()-]+"
    r"|\b(?:in|of|year|since|the)\s+(?:19|20)\d\d\b(?!\s+(?:shares|units))",
    re.IGNORECASE,
)
"""Dates, dollars and the names of rules: numbers that count no shares."""
