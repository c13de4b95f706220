"""Outcomes: what a filing says of each position, as the fold finds it; alerts are made of them."""

from decimal import Decimal
from typing import NamedTuple

from contracts.holding_changed import Evidence, Explanation
from services.holdings.accounts import HeldPosition
from services.holdings.amendments import Correction
from services.holdings.amounts import same, unexplained
from services.holdings.chains import Chain
from services.holdings.filed_report import FiledReport
from services.holdings.labels import Label
from services.holdings.position_changes import PositionChange


class PositionOutcome(NamedTuple):
    """A filing's result for one position, from which an alert is made. `chains` are places of the filing's chains."""

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
    turned: bool = False
    told: bool = True


def outcome_of(movement: PositionChange, filing: FiledReport) -> PositionOutcome:
    """Return what a movement is told as.

    Trades always are. A holding alone is if it is new to the ledger, or differs from it by more than rounding.
    """
    before, after = movement.before, movement.after
    if movement.trades:
        told = True
    elif movement.ledger_before is None:
        told = after is not None or filing.form_type[0] == "3"
    else:
        told = movement.is_last and after is not None and not same(after, movement.ledger_before)
    label = movement.label if movement.held is None else movement.label.with_terms_of(movement.held.label)
    return PositionOutcome(
        movement.position_id, label, movement.chains, movement.trades, before, after, movement.total,
        movement.ledger_before, movement.unexplained, movement.explanation, movement.explained_by, None,
        movement.turned, told,
    )  # fmt: skip


def repetition_of(
    filing: FiledReport, number: int, held: HeldPosition, place: int, places: tuple[int, ...]
) -> PositionOutcome:
    """Return what a filing says again of a position: what its earlier telling, the account at a place, said."""
    account = held.accounts[place]
    told = [filing.chains[each] for each in places]
    alone = told[0] if len(told) == 1 else None
    before, after = (alone.before, alone.after) if alone is not None else (account.before, account.after)
    ledger_before = held.accounts[place - 1].after if place else None
    return PositionOutcome(
        position_id=held.position_id,
        label=held.label,
        chains=places,
        trades=any(chain.trades for chain in told),
        before=before,
        after=after,
        total=account.total,
        ledger_before=ledger_before,
        unexplained=unexplained(after, ledger_before, account.total),
        explanation=account.explanation,
        repeats=number,
        told=any(chain.trades for chain in told),
    )


def correction_of(correction: Correction, chain: Chain, places: tuple[int, ...], evidence: Evidence) -> PositionOutcome:
    """Return what an amendment says of a position that it corrects; the evidence is its original."""
    return PositionOutcome(
        position_id=correction.held.position_id,
        label=correction.held.label,
        chains=places,
        trades=chain.trades,
        before=chain.before,
        after=chain.after,
        total=chain.total,
        ledger_before=correction.ledger_before,
        unexplained=unexplained(chain.after, correction.ledger_before, chain.total),
        explanation="amendment",
        explained_by=(evidence,),
        told=chain.trades or not same(chain.after, correction.ledger_before),
    )
