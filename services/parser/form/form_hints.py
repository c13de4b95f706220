"""Which form a page is, by its heading, title, OMB number or SEC number; and the boxes of its heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.parser.form.check_boxes import ends_with_cross, leading_box_value
from services.parser.form.phrases import FORM_BOXES, OMB_NUMBERS, TITLES, reports_no_securities, sec_number_form

_PREFILTER: Final = ("FORM ", "STATEMENT OF", "3235-", "SEC ", "NO SECURITIES")
"""Cheap prefilter: every hint contains at least one of these substrings, and few other words do."""

_HEADING: Final = re.compile(r"(?:SEC )?FORM ([345](?:/A)?)")
_OMB_NUMBER: Final = re.compile(r"3235-[0-9]{4}")


@dataclass(slots=True)
class FormHints:
    """The hints of one page.

    `forms` are the form types that hints give, in order. `boxes` are fields of the filing, as text of booleans.
    """

    forms: list[str] = field(default_factory=list)
    boxes: dict[str, str] = field(default_factory=dict)
    no_securities: bool = False

    def read_words(self, words: str) -> None:
        """Read one line, or one cell, of plain text.

        >>> hints = FormHints()
        >>> hints.read_words("FORM 4/A")
        >>> hints.read_words("OMB Number: 3235-0287")
        >>> hints.forms
        ['4/A', '4']
        """
        upper = words.upper()
        if not any(map(upper.__contains__, _PREFILTER)):
            return
        heading = _HEADING.fullmatch(upper)
        if heading:
            self.forms.append(heading.group(1))
        self.forms.extend(number for title, number in TITLES if upper.startswith(title))
        self.forms.extend(OMB_NUMBERS[found] for found in _OMB_NUMBER.findall(words) if found in OMB_NUMBERS)
        form = sec_number_form(words)
        if form is not None:
            self.forms.append(form)
        self.no_securities = self.no_securities or reports_no_securities(words)

    def read_boxes(self, values: Sequence[str]) -> bool:
        """Read the boxes among values side by side; return whether one of them has a box's caption.

        A box is at either end of its caption, or alone before it.

        >>> hints = FormHints()
        >>> hints.read_boxes(["[X]", "Form 3 Holdings Reported"])
        True
        >>> hints.boxes
        {'form3_holdings_reported': 'true'}
        """
        captioned = False
        for index, value in enumerate(values):
            lowered = value.lower()
            for caption, name in FORM_BOXES:
                if caption not in lowered:
                    continue
                captioned = True
                state = "true" if ends_with_cross(value) else leading_box_value(value)
                if state is None and index > 0:
                    state = leading_box_value(values[index - 1])
                if state is not None:
                    self.boxes.setdefault(name, state)
        return captioned
