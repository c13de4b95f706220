"""Chains: lines of one filing whose amounts continue one another. `chain_building` builds them from a report."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from services.holdings.amounts import ZERO, Unit
from services.holdings.footnotes import NOTHING_STATED, FootnoteStatements
from services.holdings.labels import Holder, Label, SecurityClass


class ChainStep(NamedTuple):
    """A line in numbers.

    `delta` is the signed number of shares, 0 for a holding. `reported_after` is the amount owned following the line.
    Either is None if it is not readable.
    """

    code: str | None
    day: date | None
    delta: Decimal | None
    reported_after: Decimal | None
    is_trade: bool = True

    @property
    def before(self) -> Decimal | None:
        """The amount that the line starts from; None if it cannot be computed."""
        return None if self.delta is None or self.reported_after is None else self.reported_after - self.delta


class ChainSummary(NamedTuple):
    """The amounts before and after some steps, and the sum of their signed shares. Each is None if not readable."""

    before: Decimal | None
    after: Decimal | None
    total: Decimal | None


class Chain(NamedTuple):
    """Lines whose amounts continue one another, as filed. Amounts are None if the lines do not contain them.

    `trades` is true if any of the lines is a transaction. `side_corrected` contains the indexes of the steps whose side
    was mistyped; their sign is already reversed. `lines` contains the lines' numbers in the filing, and is empty in a
    chain read from the state. `converts_into` is the number of underlying shares of a derivative without an amount.
    """

    label: Label
    security: SecurityClass
    holder: Holder
    unit: Unit
    steps: tuple[ChainStep, ...]
    summary: ChainSummary
    trades: bool
    statements: FootnoteStatements = NOTHING_STATED
    price: Decimal | None = None
    side_corrected: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    converts_into: Decimal | None = None

    @property
    def before(self) -> Decimal | None:
        """The amount that the first line starts from: a sale of 100 that leaves 4,900 started from 5,000."""
        return self.summary.before

    @property
    def after(self) -> Decimal | None:
        """The amount held after the last line."""
        return self.summary.after

    @property
    def total(self) -> Decimal | None:
        """The sum of the signed shares of all lines."""
        return self.summary.total

    @property
    def starts_at_zero(self) -> bool:
        """Whether the trades start from nothing held, as a new grant does."""
        return self.before == ZERO and self.trades


def running_amounts(before: Decimal | None, steps: Sequence[ChainStep]) -> tuple[Decimal, ...]:
    """Return the amounts held before the steps and after each; only `before` if a step's amount is not readable."""
    if before is None:
        return ()
    moves = [step.delta for step in steps]
    known = [delta for delta in moves if delta is not None]
    return tuple(accumulate(known, initial=before)) if len(known) == len(moves) else (before,)


def summarize(steps: Sequence[ChainStep]) -> ChainSummary:
    """Return the summary of steps, given in the order in which they changed the position."""
    before = after = None
    total: Decimal | None = ZERO
    for step in steps:
        delta, reported_after = step.delta, step.reported_after
        total = None if total is None or delta is None else total + delta
        if reported_after is None:
            after = None if after is None or delta is None else after + delta
            continue
        if after is None and before is None and total is not None:
            before = reported_after - total
        after = reported_after
    return ChainSummary(before, after, total)
