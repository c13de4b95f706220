"""The longest real chain, verified by hand: the origin of every share that no trade explains.

Musk in Tesla, 2010 to 2025, through two splits. The ledger's explanations are compared with the filings: the shares of
exercised options move from direct to his trust one filing later, gifts wait for the Form 5, and some filings are not in
the corpus.
"""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

import pytest

from contracts.structs import TransactionsReported
from services.holdings.alert_drafts import AlertDraft
from tests.properties.test_holdings_corpus import CORPUS, MUSK_AND_TESLA, CorpusBooks, filed, folded

__all__ = ["filed"]

pytestmark = pytest.mark.skipif(not (CORPUS / "xml").is_dir(), reason="no corpus of real filings beside the project")


class Difference(NamedTuple):
    """A change that trades do not explain: the filing, the ownership, the amount and the ledger's explanation."""

    filing_id: str
    ownership: str
    shares: int
    explanation: str


FIVE_FOR_ONE: Final = Difference("0000899243-21-044077", "I", 170_492_985 - 34_098_597, "split")
THREE_FOR_ONE: Final = Difference("0000899243-22-035390", "I", 2 * 155_039_144, "split")

MOVED_AS_A_WHOLE: Final = Difference("0000899243-21-044261", "I", 1_220_481, "transfer")
"""Everything held directly, according to a footnote: the direct position is 0 from then on."""

TO_THE_TRUST: Final = (
    (
        Difference("0000899243-21-045944", "D", -2_353_251, "unknown"),
        Difference("0000899243-21-045949", "I", 2_353_251, "transfer"),
    ),
    (
        Difference("0000899243-21-046679", "D", -1_218_590, "unknown"),
        Difference("0000899243-21-046681", "I", 1_218_590, "transfer"),
    ),
    (
        Difference("0000899243-21-047607", "D", -1_199_350, "unknown"),
        Difference("0000899243-21-047608", "I", 1_199_350, "transfer"),
    ),
    (
        Difference("0000899243-21-047959", "D", -1_231_150, "unknown"),
        Difference("0000899243-21-047960", "I", 1_231_150, "transfer"),
    ),
    (
        Difference("0000899243-21-048676", "D", -1_200_349, "unknown"),
        Difference("0000899243-21-048679", "I", 1_200_349, "transfer"),
    ),
    (
        Difference("0000899243-21-049992", "D", -2_325_944, "unknown"),
        Difference("0000899243-21-049993", "I", 2_325_944, "transfer"),
    ),
)
"""Each side is in a separate filing: the first cannot know of the second, which explains both."""

OF_ONE_DAY: Final = (
    Difference("0000899243-21-049309", "D", 287_495, "unknown"),
    Difference("0000899243-21-049309", "I", 1_217_849, "unknown"),
    Difference("0000899243-21-049325", "D", -1_217_849, "unknown"),
)
"""The second of two filings of 21 December 2021 has the lower number, and so arrives first here: what the first of the
two exercised and sold, less what went to the trust before it, and the trust's side."""

BEFORE_THE_YEAR_ENDED: Final = Difference("0000899243-22-006240", "I", 620_086, "transfer")
"""The Form 5 states the trust's shares at the end of the year: what the last Form 4 of the year left directly held is
among them, to the share."""

NOT_AT_HAND: Final = {
    Difference("0001494730-18-000002", "I", 5_345_055, "unknown"): ("2013-05-30", "2018-05-07"),
    Difference("0000899243-23-008179", "I", -1_000_257, "unknown"): ("2022-12-31", "2023-03-08"),
    Difference("0001104659-25-089693", "I", -268_000, "unknown"): ("2023-03-08", "2025-09-12"),
    Difference("0001104659-25-089693", "D", 96_000_000, "unknown"): ("2021-12-31", "2025-09-15"),
}
"""Changes between two dates without a filing of the position in the corpus."""


SHARES_HELD_DIRECTLY: Final = ("non_derivative", "D")
AWARD_OF_2012, GRANT_OF_2013 = date(2022, 8, 13), date(2023, 4, 8)
"""The days on which the options of those years expire."""


class Told(NamedTuple):
    """A difference with its report and its alert draft."""

    difference: Difference
    report: TransactionsReported
    draft: AlertDraft
    as_of: str


def differences(reports: list[TransactionsReported]) -> list[Told]:
    """Return the changes in shares that no trade explains, in the order of reporting."""
    return [
        Told(
            Difference(
                report.filing.filing_id,
                draft.position.ownership or "",
                int(draft.unexplained),
                draft.explanation or "",
            ),
            report,
            draft,
            next(str(each.as_of) for each in result.event.positions if each.position_id == draft.position.position_id),
        )
        for report, result in folded(reports)
        for draft in result.drafts
        if draft.unexplained and draft.position.table == "non_derivative"
    ]


def test_every_share_that_no_trade_explains_is_accounted_for(filed: CorpusBooks) -> None:
    """Two splits, eight moves into the trust, one day out of order, four gaps; and nothing else."""
    expected = {
        FIVE_FOR_ONE,
        THREE_FOR_ONE,
        *(side for sides in TO_THE_TRUST for side in sides),
        MOVED_AS_A_WHOLE,
        *OF_ONE_DAY,
        BEFORE_THE_YEAR_ENDED,
        *NOT_AT_HAND,
    }
    found = [told.difference for told in differences(filed[MUSK_AND_TESLA])]
    assert sorted(found) == sorted(expected)


def test_both_sides_of_each_transfer_to_the_trust_cancel_out(filed: CorpusBooks) -> None:
    """The first side is reported before anything explains it; the other side follows in the next filing."""
    found = [told.difference for told in differences(filed[MUSK_AND_TESLA])]
    for first, other in TO_THE_TRUST:
        assert first.shares + other.shares == 0
        assert {first.ownership, other.ownership} == {"D", "I"}
        assert found.index(other) == found.index(first) + 1


def test_footnote_explains_the_first_transfer_to_the_trust(filed: CorpusBooks) -> None:
    """The only transfer that a footnote describes is explained by it."""
    (told,) = (each for each in differences(filed[MUSK_AND_TESLA]) if each.difference == MOVED_AS_A_WHOLE)
    assert told.draft.explained_by[0].id == "F2"
    assert told.report.footnotes["F2"].startswith("Includes 1,220,481 shares previously held directly")


def test_two_filings_of_a_day_in_line_order_leave_a_transfer_to_the_trust(filed: CorpusBooks) -> None:
    """With the first of the two before the second, what is left is one more pair of sides that cancel out."""
    reports = list(filed[MUSK_AND_TESLA])
    numbers = [report.filing.filing_id for report in reports]
    second, first = numbers.index("0000899243-21-049309"), numbers.index("0000899243-21-049325")
    reports.insert(second, reports.pop(first))
    of_the_day = [
        told.difference
        for told in differences(reports)
        if told.difference.filing_id in ("0000899243-21-049309", "0000899243-21-049325")
    ]
    assert of_the_day == [
        Difference("0000899243-21-049325", "D", -1_217_849, "unknown"),
        Difference("0000899243-21-049309", "I", 1_217_849, "transfer"),
    ]


def test_changes_of_missing_filings_lie_between_two_filings_of_the_position(filed: CorpusBooks) -> None:
    """No filing of the corpus reports the position in between."""
    for difference, (last, first) in NOT_AT_HAND.items():
        as_of: dict[str, str] = {}
        for report, result in folded(filed[MUSK_AND_TESLA]):
            if report.filing.filing_id == difference.filing_id:
                break
            as_of = {position.position_id: str(position.as_of) for position in result.event.positions}
        (told,) = (each for each in differences(filed[MUSK_AND_TESLA]) if each.difference == difference)
        assert as_of[told.draft.position.position_id] == last
        assert told.as_of == first


def test_years_end_holds_what_was_held_directly_before(filed: CorpusBooks) -> None:
    """620,086 shares: what the last Form 4 of 2021 left, to the share."""
    held: list[str | None] = []
    for report, result in folded(filed[MUSK_AND_TESLA]):
        held += [each.shares for each in result.event.positions if (each.table, each.ownership) == SHARES_HELD_DIRECTLY]
        if report.filing.filing_id == BEFORE_THE_YEAR_ENDED.filing_id:
            break
    assert held[-2:] == [str(BEFORE_THE_YEAR_ENDED.shares), "0"]


def test_options_continue_through_both_splits(filed: CorpusBooks) -> None:
    """Five for one, then fifteen for one as both splits together; the award of 2012 stays one position to its end."""
    told = [
        (draft.position.expiration_date, draft.before, draft.after)
        for _, result in folded(filed[MUSK_AND_TESLA])
        for draft in result.drafts
        if draft.explanation == "split" and draft.position.table == "derivative"
    ]
    numbers = (AWARD_OF_2012, Decimal(25_499_505), Decimal(23_344_933)), (GRANT_OF_2013, Decimal(5_250), Decimal(0))
    assert told == list(numbers)
    *_, (_, last) = folded(filed[MUSK_AND_TESLA])
    awards = [each for each in last.event.positions if each.expiration_date == AWARD_OF_2012]
    assert [(each.shares, each.exercise_price) for each in awards] == [("2637455", "6.24")]
