"""Mentions of Rule 10b5-1 plans in footnotes: forms before April 2023 have no box for them."""

import re
from collections.abc import Iterable
from typing import Final

_DASH: Final = r"[\s\u2010-\u2015\u2212-]?"
_PLAN: Final = re.compile(rf"10{_DASH}\(?b\)?{_DASH}\(?5\)?{_DASH}\(?1(?![0-9])", re.IGNORECASE)
_DENIED: Final = re.compile(
    r"\b(?:not(?: \w{1,20}){0,3} (?:pursuant to|under|part of|covered by|in accordance with)|outside(?: of)?)"
    r"(?: [\w'\u2019]{1,20}){0,5} $"
    r"|\b(?:not|no|without)(?: (?:a|an|any|rule)){0,3} $",
    re.IGNORECASE,
)
_DENIAL_REACH: Final = 120
"""Characters before a mention of a plan searched for a denial: "was not made pursuant to a Rule 10b5-1 plan"."""


def mentions_plan(footnotes: Iterable[str]) -> bool:
    """Return whether a footnote mentions that a trade followed a Rule 10b5-1 plan, and does not deny it.

    >>> mentions_plan(["Sold under a Rule 10b5-1 plan."]), mentions_plan(["Not made pursuant to a Rule 10b5-1 plan."])
    (True, False)
    """
    return any(_mentions_plan(" ".join(footnote.split())) for footnote in footnotes)


def _mentions_plan(text: str) -> bool:
    return any(
        not _DENIED.search(text, max(0, found.start() - _DENIAL_REACH), found.start()) for found in _PLAN.finditer(text)
    )
