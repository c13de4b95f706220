"""What one chain does to one position: the amounts before and after, and what kind of change that is."""

from decimal import Decimal
from typing import Final, NamedTuple

from contracts.base import decimal_text
from contracts.envelope import event_id_of
from contracts.holding_changed import ChangeKind
from contracts.positions_updated import Position
from contracts.transactions_reported import TransactionsReported
from services.holdings.amounts import ONE, ZERO, text
from services.holdings.book import Held
from services.holdings.chains import Chain
from services.holdings.joining import Join
from services.holdings.order import Moment

_DAY_AMOUNTS_KEPT: Final = 128
"""Amounts of a day that a position keeps, the latest: those of a few filings of as many lines as EDGAR takes."""

_ONE_LINE: Final = 2
"""Amounts of a single line: before and after, which the position says already."""


class Move(NamedTuple):
    """A chain's effect on its position.

    `before` is the ledger's amount; where the ledger had none, what the chain says was held before. `reported` is
    what the lines account for, `unexplained` what they don't; null where `before` is not the ledger's. `kind` is None
    where the change is no alert.
    """

    chain: Chain
    held: Held | None
    before: Decimal | None
    after: Decimal | None
    reported: Decimal | None
    unexplained: Decimal | None
    kind: ChangeKind | None

    @property
    def first_known(self) -> bool:
        """Whether the ledger knew no amount until now."""
        return self.held is None or self.held.amount is None


def move_of(join: Join, report: TransactionsReported, moment: Moment) -> Move | None:
    """What the chain does; None where it leaves the ledger as it is.

    It does so where it came late, where it repeats what a filing of the same day said, where it gives no amount, and
    where it restates a line before the last of the day.
    """
    chain, known = join.chain, join.held
    if join.late:
        return None
    if known is None or known.amount is None:
        return _first_known(chain, known, report)
    reported = chain.reported
    after = chain.amount if chain.amount is not None else _sum(known.amount, reported)
    if after is None or (chain.amount is None and not chain.transactions):
        return None
    same_day = moment.date is not None and moment.date == known.as_of
    amends = report.filing.form_type.endswith("/A")
    if same_day and after == known.amount and _told_already(chain, known, amends=amends):
        return None
    if same_day and amends and not _reaches_the_end(chain, known):
        return None
    unexplained = None if reported is None else after - known.amount - reported
    kind = _kind(chain, known.amount, after)
    if amends and same_day and unexplained:
        reported, unexplained, kind = ZERO, after - known.amount, "restated"
    return Move(chain, known, known.amount, after, reported, unexplained, kind)


def _first_known(chain: Chain, known: Held | None, report: TransactionsReported) -> Move | None:
    """The move of a position whose amount the ledger did not know.

    Transactions: the baseline is taken as what the chain says was held before, and the change goes from there.
    A holding on a Form 3 is news: the owner is new, and nobody knew. On a Form 4 or 5 it was held before this ledger
    began to watch and is reported for completeness, so it is taken in silently.
    """
    if not chain.transactions:
        if known is not None and chain.amount is None:
            return None
        first_report = report.filing.form_type.startswith("3") or chain.lines[0].form_type == "3"
        news = first_report and chain.amount is not None and chain.amount > ZERO
        return Move(chain, known, None, chain.amount, chain.reported, None, "opened" if news else None)
    before = chain.baseline
    if before is not None and before < ZERO:
        before = ZERO if before >= -ONE else None
    kind = _kind(chain, before, chain.amount)
    return Move(chain, known, before, chain.amount, chain.reported, None, kind)


def _told_already(chain: Chain, known: Held, *, amends: bool) -> bool:
    """Whether a filing of the same day that ends at the ledger's amount tells nothing new.

    A holding line; an amendment that corrects something else than amounts; or the same trade in a second filing.
    """
    return not chain.transactions or amends or (chain.baseline == known.held_before and chain.reported != ZERO)


def _reaches_the_end(chain: Chain, known: Held) -> bool:
    """Whether what an amendment says of a day reaches to the end of that day.

    One that restates a line in between wipes nothing that it leaves out: what the lines after it left is still held.
    """
    if not chain.transactions or chain.baseline == known.amount:
        return True
    begins = [place for place, amount in enumerate(known.day_amounts) if amount == chain.baseline] or [0]
    return any(place + len(chain.transactions) >= len(known.day_amounts) - 1 for place in begins)


def _kind(chain: Chain, before: Decimal | None, after: Decimal | None) -> ChangeKind | None:
    """The kind of a change; that of the last trade where the trades cancel out.

    An exercise sold the same day leaves the amount as it was and is news all the same: `closed` or `decreased` by 0.
    """
    if not chain.transactions:
        return None if before is None or after is None or abs(after - before) <= ONE else "restated"
    if before is not None and after is not None:
        if after == ZERO:
            return "closed"
        if before == ZERO and after > ZERO:
            return "opened"
        if after != before:
            return "increased" if after > before else "decreased"
    return _direction(chain)


def _direction(chain: Chain) -> ChangeKind | None:
    """Which way the trades went, where amounts don't tell: by their sum or, where that is 0, by the last."""
    if chain.reported:
        return "increased" if chain.reported > ZERO else "decreased"
    last = next((line.acquired_disposed for line in reversed(chain.transactions) if line.acquired_disposed), None)
    return None if last is None else "increased" if last == "A" else "decreased"


def _sum(amount: Decimal, moved: Decimal | None) -> Decimal | None:
    return None if moved is None else amount + moved


def moved_position(move: Move, report: TransactionsReported, moment: Moment, unexplained: Decimal | None) -> Position:
    """The position after the move: its id for ever, its words those of the last line, its amount the new one.

    A filing without a date leaves the position's date as it was. `unexplained` is what remains so.
    """
    chain, known = move.chain, move.held.position if move.held is not None else None
    last = chain.lines[-1]
    amount = text(move.after)
    return Position(
        position_id=known.position_id if known is not None else _position_id(report, chain),
        table=last.table,
        security_title=last.security_title or chain.security.title,
        ownership=last.ownership,
        nature_of_ownership=chain.holder.nature,
        holder_note=chain.holder.note,
        exercise_price=last.exercise_price,
        exercise_date=last.exercise_date or (known.exercise_date if known is not None else None),
        expiration_date=last.expiration_date,
        underlying_title=last.underlying_title,
        shares=amount if chain.unit == "shares" else None,
        value=amount if chain.unit == "value" else None,
        as_of=moment.date or (known.as_of if known is not None else None),
        accepted_at=moment.accepted_at,
        filing_id=moment.filing_id,
        held_before=text(chain.baseline if chain.baseline is not None else move.before),
        day_amounts=_day_amounts(chain, move.held, moment),
        unexplained_change=text(unexplained),
    )


def _day_amounts(chain: Chain, known: Held | None, moment: Moment) -> tuple[str, ...]:
    """What the day's filings say was held, as far as they go on from one another; none where one line says it all."""
    told = chain.amounts
    before: tuple[Decimal | None, ...] = ()
    if told and known is not None and moment.date is not None and moment.date == known.as_of:
        place = max((place for place, amount in enumerate(known.day_amounts) if amount == told[0]), default=0)
        before = known.day_amounts[:place]
    amounts = [amount for amount in (*before, *told) if amount is not None]
    return tuple(map(decimal_text, amounts[-_DAY_AMOUNTS_KEPT:])) if len(amounts) > _ONE_LINE else ()


def _position_id(report: TransactionsReported, chain: Chain) -> str:
    identity = f"{report.issuer.key}|{report.owner.key}|{report.filing.filing_id}|{chain.first_line}"
    return event_id_of("position", identity)
