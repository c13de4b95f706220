"""Outcomes: what a filing reports about each position, as the fold determines it. Alerts are made from them."""

from decimal import Decimal
from typing import NamedTuple

from contracts.holding_changed import Explanation
from contracts.structs import Evidence
from services.holdings.accounts import HeldPosition
from services.holdings.amendments import Correction
from services.holdings.amounts import nearly_equal, unexplained
from services.holdings.chains import Chain
from services.holdings.filed_report import FiledReport
from services.holdings.labels import Label
from services.holdings.position_changes import PositionChange


class PositionOutcome(NamedTuple):
    """A filing's report about one position. `chains` contains indexes of the filing's chains.

    `repeats` is the number of the filing whose lines this one repeats. `is_reported` is true if there is an alert.
    """

    position_id: str
    label: Label
    chains: tuple[int, ...]
    trades: bool
    before: Decimal | None
    after: Decimal | None
    total: Decimal | None
    ledger_before: Decimal | None
    unexplained: Decimal | None
    explanation: Explanation | None = None
    explained_by: tuple[Evidence, ...] = ()
    repeats: int | None = None
    side_corrected: bool = False
    is_reported: bool = True


def outcome_of_change(change: PositionChange, filing: FiledReport) -> PositionOutcome:
    """Return the outcome of a change.

    Trades are always reported. A holding alone is reported if it is new to the ledger or differs from it by more than
    rounding.
    """
    before, after = change.before, change.after
    if change.trades:
        is_reported = True
    elif change.ledger_before is None:
        is_reported = after is not None or filing.form_type[0] == "3"
    else:
        is_reported = change.is_last and after is not None and not nearly_equal(after, change.ledger_before)
    label = change.label if change.position is None else change.label.with_terms_of(change.position.label)
    return PositionOutcome(
        change.position_id, label, change.chains, change.trades, before, after, change.total,
        change.ledger_before, change.unexplained, change.explanation, change.explained_by, None,
        change.side_corrected, is_reported,
    )  # fmt: skip


def outcome_of_repetition(
    filing: FiledReport, number: int, position: HeldPosition, index: int, indexes: tuple[int, ...]
) -> PositionOutcome:
    """Return the outcome for a position whose account at the index this filing repeats."""
    account = position.accounts[index]
    repeated = [filing.chains[each] for each in indexes]
    alone = repeated[0] if len(repeated) == 1 else None
    before, after = (alone.before, alone.after) if alone is not None else (account.before, account.after)
    ledger_before = position.accounts[index - 1].after if index else None
    return PositionOutcome(
        position_id=position.position_id,
        label=position.label,
        chains=indexes,
        trades=any(chain.trades for chain in repeated),
        before=before,
        after=after,
        total=account.total,
        ledger_before=ledger_before,
        unexplained=unexplained(after, ledger_before, account.total),
        explanation=account.explanation,
        repeats=number,
        is_reported=any(chain.trades for chain in repeated),
    )


def outcome_of_correction(
    correction: Correction, chain: Chain, indexes: tuple[int, ...], evidence: Evidence
) -> PositionOutcome:
    """Return the outcome of an amendment's correction. The evidence is the original filing."""
    return PositionOutcome(
        position_id=correction.position.position_id,
        label=correction.position.label,
        chains=indexes,
        trades=chain.trades,
        before=chain.before,
        after=chain.after,
        total=chain.total,
        ledger_before=correction.ledger_before,
        unexplained=unexplained(chain.after, correction.ledger_before, chain.total),
        explanation="amendment",
        explained_by=(evidence,),
        is_reported=chain.trades or not nearly_equal(chain.after, correction.ledger_before),
    )
