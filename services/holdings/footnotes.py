"""Read from footnotes what explains changes without trades: numbers, split ratios, causes and transfers."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Final, NamedTuple

from contracts.structs import Line
from services.holdings.amounts import ONE, ZERO

MOST_NUMBERS_KEPT: Final = 12
"""Numbers, and ratios, kept of a chain's footnotes. A footnote with more is a table: three of its numbers sum to almost
anything."""

_MOST_SUMMED: Final = 3
_NOTES_CACHED: Final = 1_024

_AT_THE_AMOUNT: Final = ("shares_owned_following", "value_owned_following")


class SplitRatio(NamedTuple):
    """A split: new shares for old ones. 3 for 2 is (3, 2); 1 for 30 (a reverse split) is (1, 30)."""

    new: int
    old: int

    def applied_to(self, amount: Decimal) -> Decimal:
        """Return the amount after the split."""
        return amount * self.new / self.old

    def transforms(self, before: Decimal, after: Decimal) -> bool:
        """Return whether the split leads from one amount to the other within a share. Filers also write the inverse."""
        return min(abs(self.applied_to(before) - after), abs(before * self.old / self.new - after)) <= ONE


class CitedFact(NamedTuple):
    """A fact and the id of the footnote that contains it; the id is empty in a chain read from the state."""

    fact: Decimal | SplitRatio | None
    footnote: str = ""


class FootnoteStatements(NamedTuple):
    """The facts in a chain's footnotes.

    `numbers` and `cause` come from footnotes at the amount following; `cause` cites a footnote that names a cause
    without a number of shares. `ratios` and `transfer` come from any footnote of the lines. So does Rule 16a-13 as a
    cause, because it exempts changes of form from reporting.
    """

    numbers: tuple[CitedFact, ...] = ()
    ratios: tuple[CitedFact, ...] = ()
    cause: CitedFact | None = None
    transfer: CitedFact | None = None

    def summing_to(self, change: Decimal) -> tuple[CitedFact, ...]:
        """Return the fewest numbers, up to three, that sum to the size of a change; empty if none do.

        Subset sum by enumeration: at most 298 combinations of 12 numbers.
        """
        size = abs(change)
        for count in range(1, _MOST_SUMMED + 1):
            for found in combinations(self.numbers, count):
                if sum((each.fact for each in found if isinstance(each.fact, Decimal)), ZERO) == size:
                    return found
        return ()


NOTHING_STATED: Final = FootnoteStatements()


def read_statements(lines: Iterable[Line], footnotes: Mapping[str, str]) -> FootnoteStatements:
    """Read the facts in the footnotes that the lines cite."""
    at_amount, cited = _cited(lines)
    numbers: list[CitedFact] = []
    cause: CitedFact | None = None
    for note in at_amount:
        found, names_cause = _read_amount_note(footnotes.get(note, ""))
        numbers += [CitedFact(each, note) for each in found]
        cause = cause or (CitedFact(None, note) if names_cause else None)
        cited[note] = None
    ratios: list[CitedFact] = []
    transfer: CitedFact | None = None
    for note in cited:
        found_ratios, mentions_transfer, exempt = _read_any_note(footnotes.get(note, ""))
        if found_ratios:
            ratios += [CitedFact(each, note) for each in found_ratios]
        if mentions_transfer and transfer is None:
            transfer = CitedFact(None, note)
        if exempt and cause is None:
            cause = CitedFact(None, note)
    if not (numbers or cause or ratios or transfer):
        return NOTHING_STATED
    return FootnoteStatements(tuple(numbers[:MOST_NUMBERS_KEPT]), tuple(ratios[:MOST_NUMBERS_KEPT]), cause, transfer)


def _cited(lines: Iterable[Line]) -> tuple[dict[str, None], dict[str, None]]:
    """Return the footnotes cited at the amounts following and those cited elsewhere, in order, without duplicates."""
    at_amount: dict[str, None] = {}
    elsewhere: dict[str, None] = {}
    last: object = None
    for line in lines:
        if line.footnotes == last:
            continue  # most lines of a chain cite the same footnotes as the line before
        last = line.footnotes
        for field, ids in line.footnotes.items():
            into = at_amount if field in _AT_THE_AMOUNT else elsewhere
            for note in ids:
                into[note] = None
    return at_amount, elsewhere


@lru_cache(maxsize=_NOTES_CACHED)
def _read_amount_note(note: str) -> tuple[tuple[Decimal, ...], bool]:
    """Return the numbers in a footnote at an amount, and whether it names a cause without a number of shares."""
    bare = _NOT_A_SHARE_COUNT.sub(" ", note)
    found = dict.fromkeys(Decimal(text.replace(",", "")) for text in _NUMBER.findall(bare))
    lower = note.lower()
    names_cause = (
        _has_any(lower, _CAUSES)
        and bool(_CAUSE.search(_TRADING_PLAN.sub(" ", lower)))
        and not _SHARE_COUNT.search(bare)
    )
    return tuple(number for number in found if number > ONE), names_cause


@lru_cache(maxsize=_NOTES_CACHED)
def _read_any_note(note: str) -> tuple[tuple[SplitRatio, ...], bool, bool]:
    """Return the split ratios in a footnote, and whether it mentions a transfer and Rule 16a-13."""
    lower = note.lower()
    return _ratios(lower) if _has_any(lower, _SPLIT) else (), _mentions_transfer(lower), "16a-13" in lower


def _mentions_transfer(lower: str) -> bool:
    # Search for a common part of several words first: few notes contain any of them.
    return (
        _has_any(lower, _TRANSFER)
        or ("tribut" in lower and _has_any(lower, _CONTRIBUTED))
        or ("previously " in lower and _has_any(lower, _PREVIOUSLY))
    )


def _has_any(text: str, words: Iterable[str]) -> bool:
    """Return whether a text contains one of the words. Plain searches are several times as fast as a pattern."""
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
_SHARE_COUNT: Final = re.compile(
    r"(?<![\w$.,-])[0-9][0-9,.]*\s+(?:[\w'-]+\s+){0,4}?(?:shares|share|units|unit|ADSs?|options|RSUs|PSUs|DSUs)\b",
    re.IGNORECASE,
)
_MONTH: Final = (
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_NOT_A_SHARE_COUNT: Final = re.compile(
    rf"{_MONTH}\s+\d{{1,2}}(?!\d)(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}\s+\d{{4}}|{_MONTH}\s+\d{{4}}"
    r"|\b\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\$\s*[\d,.]+|\bRules?\s+[\w-]+|\bSections?\s+[\w()-]+"
    r"|\b(?:in|of|year|since|the)\s+(?:19|20)\d\d\b(?!\s+(?:shares|units))",
    re.IGNORECASE,
)
"""Dates, dollars and the names of rules: numbers that do not count shares."""
