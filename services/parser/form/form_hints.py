"""Which form a page is, by its heading, its title, its OMB number, the SEC's number in its footer; and its boxes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.parser.form.cover import box_of
from services.section16.vocabulary import SEC_FORM_NUMBERS

_OMB_NUMBERS: Final = {"3235-0104": "3", "3235-0287": "4", "3235-0362": "5"}
_TITLES: Final = (
    ("ANNUAL STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "5"),
    ("STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP", "4"),
    ("INITIAL STATEMENT OF BENEFICIAL OWNERSHIP", "3"),
)
_CLUES: Final = ("FORM ", "STATEMENT OF", "3235-", "SEC ", "NO SECURITIES")
"""What each of the clues has one of, and most words have none of."""

_FORM: Final = re.compile(r"(?:SEC )?FORM ([345](?:/A)?)")
_SEC_NUMBER: Final = re.compile(r"(?:\* ?FORM [345]: ?)?SEC ([0-9]{4})T?\b(?: ?\([0-9-]{3,5}\))?\.?")
_OMB: Final = re.compile(r"3235-[0-9]{4}")
_BOXES: Final = (
    ("no longer subject to section 16", "not_subject_to_section16"),
    ("form 3 holdings reported", "form3_holdings_reported"),
    ("form 4 transactions reported", "form4_transactions_reported"),
    ("rule 10b5-1(c)", "rule_10b5_1_plan"),
)
_LONGEST_MARK: Final = 10
_MARK_BEHIND: Final = re.compile(r"\s_*X_*$")
_NO_SECURITIES: Final = "no securities are beneficially owned"


@dataclass(slots=True)
class FormHints:
    """`forms` are the form's types as its clues give them, in order; `boxes` the filing's fields that boxes tell."""

    forms: list[str] = field(default_factory=list)
    boxes: dict[str, str] = field(default_factory=dict)
    no_securities: bool = False

    def read_words(self, words: str) -> None:
        """One line, or one cell, folded and as a person would write it."""
        upper = words.upper()
        if not any(map(upper.__contains__, _CLUES)):
            return
        form = _FORM.fullmatch(upper)
        if form:
            self.forms.append(form.group(1))
        self.forms.extend(number for title, number in _TITLES if upper.startswith(title))
        self.forms.extend(_OMB_NUMBERS[found] for found in _OMB.findall(words) if found in _OMB_NUMBERS)
        footer = _SEC_NUMBER.match(upper)
        if footer and footer.group(1) in SEC_FORM_NUMBERS:
            self.forms.append(SEC_FORM_NUMBERS[footer.group(1)])
        self.no_securities = self.no_securities or is_of_no_securities(words)

    def read_boxes(self, values: Sequence[str]) -> bool:
        """The boxes among values side by side: at either end of a caption, or alone before it. Whether there is one."""
        captioned = False
        for index, value in enumerate(values):
            lowered = value.lower()
            for caption, name in _BOXES:
                if caption not in lowered:
                    continue
                captioned = True
                said = "true" if _MARK_BEHIND.search(value[-_LONGEST_MARK:]) else box_of(value)
                if said is None and index > 0:
                    said = box_of(values[index - 1])
                if said is not None:
                    self.boxes.setdefault(name, said)
        return captioned


def is_of_no_securities(text: str) -> bool:
    """Whether the words say that none are owned, as a Form 3 may."""
    return text.lower().startswith(_NO_SECURITIES)


def is_sec_number(words: str) -> bool:
    """Whether the words are the SEC's number of the form, as its footer has it."""
    return _SEC_NUMBER.fullmatch(words.upper()) is not None
