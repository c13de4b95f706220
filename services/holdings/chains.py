"""Running chains: lines of one filing that go on from one another's amounts. What they are; `running` makes them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from services.holdings.amounts import ZERO, Unit
from services.holdings.footnotes import NOTHING_STATED, FootnoteStatements
from services.holdings.labels import Holder, Label, SecurityClass


class ChainStep(NamedTuple):
    """A line in numbers: `moved` signed (0 for a holding), `stated` the amount following; None if not readable."""

    code: str | None
    day: date | None
    moved: Decimal | None
    stated: Decimal | None
    is_trade: bool = True

    @property
    def before(self) -> Decimal | None:
        """The amount that the line starts from, worked out from what it says."""
        return None if self.moved is None or self.stated is None else self.stated - self.moved


class ChainSummary(NamedTuple):
    """The result of steps: the amounts before and after, and the signed shares added up. None if not readable."""

    before: Decimal | None
    after: Decimal | None
    total: Decimal | None


class Chain(NamedTuple):
    """Lines that run on from one another, as filed. Amounts are None if the lines do not say.

    `trades` says whether any of the lines is a transaction. `turned` are the places of steps whose side was mistyped:
    their sign is turned already. `lines` are the lines' numbers in the filing; empty once it is part of the state.
    `converts_into` is what a derivative held in an unknown amount converts into.
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
    turned: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    converts_into: Decimal | None = None

    @property
    def before(self) -> Decimal | None:
        """The amount that the first line starts from: a sale of 100 that leaves 4,900 started from 5,000."""
        return self.summary.before

    @property
    def after(self) -> Decimal | None:
        """What is held after it: the last amount."""
        return self.summary.after

    @property
    def total(self) -> Decimal | None:
        """The signed shares of all lines, added up."""
        return self.summary.total

    @property
    def begins_at_zero(self) -> bool:
        """Whether it is a new grant: its trades begin with nothing held."""
        return self.before == ZERO and self.trades


def running_amounts(before: Decimal | None, steps: Sequence[ChainStep]) -> tuple[Decimal, ...]:
    """Return what was held before steps and after each; only `before` if a step's amount is not readable."""
    if before is None:
        return ()
    moves = [step.moved for step in steps]
    known = [moved for moved in moves if moved is not None]
    return tuple(accumulate(known, initial=before)) if len(known) == len(moves) else (before,)


def summary_of(steps: Sequence[ChainStep]) -> ChainSummary:
    """Return what steps, in the order in which they moved the position, come to."""
    before = after = None
    total: Decimal | None = ZERO
    for step in steps:
        moved, stated = step.moved, step.stated
        total = None if total is None or moved is None else total + moved
        if stated is None:
            after = None if after is None or moved is None else after + moved
            continue
        if after is None and before is None and total is not None:
            before = stated - total
        after = stated
    return ChainSummary(before, after, total)
