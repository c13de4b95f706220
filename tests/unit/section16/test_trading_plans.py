"""Mentions of Rule 10b5-1 plans in footnotes."""

import pytest

from services.section16.trading_plans import mentions_plan


@pytest.mark.parametrize(
    "footnote",
    [
        "The sales were effected pursuant to a Rule 10b5-1 trading plan adopted on September 9, 2019.",
        "Sold under a 10B5-1 plan.",
        "made pursuant to a Rule 10b-5-1 plan",
        "intended to satisfy the affirmative defense of Rule\n10b5\u20111(c)",
        "a 10b5\u20131 instruction",
        "under Rule 10(b)5-1",
        "Rule 10b5 1 plan",
        "The reporting person did not have any influence over trades effected pursuant to a Rule 10b5-1 plan.",
        "Not all shares were sold. The sale was made under a Rule 10b5-1 plan.",
        "One part was not made pursuant to a Rule 10b5-1 plan; the other was made under his Rule 10b5-1 plan.",
    ],
)
def test_footnote_that_mentions_a_plan_is_recognized(footnote: str) -> None:
    """The rule is written in many ways, and spread over lines."""
    assert mentions_plan(["Includes 12 shares of a 401(k) plan.", footnote])


@pytest.mark.parametrize(
    "footnote",
    [
        "The sale was not made pursuant to a Rule 10b5-1 plan.",
        "These shares were not sold under any Rule 10b5-1 trading plan.",
        "Sold outside of the reporting person's Rule 10b5-1 plan.",
        "There is no 10b5-1 plan.",
        "Shares of a 401(k) plan; see Rule 10b-5.",
        "Rule 10b5-12",
        "The plan was adopted on 10/5/2011",
        "",
    ],
)
def test_footnote_that_denies_a_plan_or_mentions_another_is_not_recognized(footnote: str) -> None:
    """A denial must neither excuse a late report nor tag a trade."""
    assert not mentions_plan([footnote])


def test_without_footnotes_there_is_no_plan() -> None:
    """Most filings of before 2023 have neither a box nor a footnote."""
    assert not mentions_plan([])
