"""A filing's lines to running chains: the lines that move one position, in the order they moved it.

A line continues a chain where the chain's amount plus the line's signed shares is the line's amount following. Where
it isn't, filers do one of a few things, tried in this order:

- the line continues what the ledger holds in the class, and so begins another chain (restricted stock units of two
  grants share a class, and vest in one filing);
- it repeats a total: all lines show the amount after the last of them;
- lines are listed latest first: the line goes before the chain;
- amounts round: the line continues the chain but for one share;
- the line contradicts itself: it continues the chain with the opposite sign;
- a direct holding of shares has a gap: there is one such position, so the line is of it all the same;
- it begins another chain.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import accumulate
from operator import attrgetter
from typing import Final, NamedTuple

from contracts.transactions_reported import Transaction, TransactionsReported
from services.holdings.amounts import ONE, ZERO, Line, Unit, amounts_of
from services.holdings.classes import Holder, SecurityClass, class_of, holder_of_line

HeldAmounts = Callable[[SecurityClass, str, Unit], Iterable[Decimal]]
"""What the ledger holds in a class under a holder's key, in a unit: evidence of where a chain begins."""

_CHAINS_COMPARED: Final = 64
"""Chains of one class and holder that a line is compared with: the latest. EDGAR takes 30 lines a table, so that no
filing it has taken has more; what is longer must not take the square of its length in time."""


class Chain(NamedTuple):
    """Lines that move one position.

    `transactions` are those of the lines that report one, none where the filing only states the holding, and `moves`
    their signed amounts, None where that cannot be read. `baseline` is
    what the chain says was held before it and `amount` what it leaves; None where it does not say. `reported` is the
    sum of the signed lines, None where a line's cannot be read. `contradicting` are the signed amounts of the lines
    whose sign their own running amount denies.
    """

    security: SecurityClass
    holder: Holder
    unit: Unit
    lines: tuple[Line, ...]
    transactions: tuple[Transaction, ...]
    moves: tuple[Decimal | None, ...]
    baseline: Decimal | None
    amount: Decimal | None
    reported: Decimal | None
    contradicting: tuple[Decimal, ...] = ()

    @property
    def amounts(self) -> tuple[Decimal, ...]:
        """What was held before the chain and after each of its transactions; empty where it does not say."""
        moves = [moved for moved in self.moves if moved is not None]
        if self.baseline is None or self.amount is None or len(moves) < len(self.moves):
            return ()
        return (*accumulate(moves[:-1], initial=self.baseline), self.amount)

    @property
    def first_line(self) -> int:
        """The number, in the document, of its first line."""
        return self.lines[0].line if len(self.lines) == 1 else min(line.line for line in self.lines)


def running_chains(report: TransactionsReported, held: HeldAmounts) -> tuple[Chain, ...]:
    """The chains of a report, ordered by their first line. A line that has no class, or says no amount, is in none.

    The exception is a holding whose amount is unknown (a derivative on a Form 3 often gives only what it converts
    into): it is a chain without amounts.
    """
    groups: dict[tuple[SecurityClass, str, Unit], list[_Step]] = {}
    lines: list[Line] = [*report.transactions, *report.holdings]
    for line in sorted(lines, key=_NUMBER):
        security = class_of(line)
        unit, moved, stated = amounts_of(line)
        if security is None or (stated is None and moved is None):
            continue
        holder = holder_of_line(line, report.footnotes)
        trade = line if type(line) is Transaction else None
        groups.setdefault((security, holder.key, unit), []).append(_Step(line, holder, moved, stated, trade))
    chains: list[Chain] = []
    for name, steps in groups.items():
        security, key, unit = name
        if len(steps) == 1:
            chains.append(_alone(security, unit, steps[0]))
            continue
        group = _Group(held(security, key, unit))
        for step in steps:
            group.place(step)
        chains += [chain.closed(security, unit) for chain in group.chains]
    return tuple(sorted(chains, key=_FIRST_LINE))


def _alone(security: SecurityClass, unit: Unit, step: "_Step") -> Chain:
    """The chain of a line that is the only one of its class and holder, as most are."""
    return Chain(
        security=security,
        holder=step.holder,
        unit=unit,
        lines=(step.line,),
        transactions=() if step.trade is None else (step.trade,),
        moves=() if step.trade is None else (step.moved,),
        baseline=None if step.stated is None or step.moved is None else step.stated - step.moved,
        amount=step.stated,
        reported=step.moved,
    )


_NUMBER: Final = attrgetter("line")
_FIRST_LINE: Final = attrgetter("first_line")


class _Step(NamedTuple):
    """A line in numbers: `moved` signed, `stated` the amount following. `trade` is the line if it is a transaction."""

    line: Line
    holder: Holder
    moved: Decimal | None
    stated: Decimal | None
    trade: Transaction | None

    @property
    def day(self) -> date:
        """The line's transaction date; the earliest there is where it has none."""
        return (self.trade.transaction_date if self.trade is not None else None) or date.min


class _Sure(NamedTuple):
    """A step of which both numbers are known, and so what was held `before` it."""

    step: _Step
    moved: Decimal
    stated: Decimal
    before: Decimal


@dataclass(slots=True)
class _Open:
    """A chain in the making. `total` sums the signed lines, each with the sign that its running amount gives it."""

    holder: Holder
    lines: list[Line] = field(default_factory=list)
    trades: list[Transaction] = field(default_factory=list)
    moves: list[Decimal | None] = field(default_factory=list)
    first_day: date = date.max
    baseline: Decimal | None = None
    amount: Decimal | None = None
    total: Decimal = ZERO
    readable: bool = True
    contradicting: list[Decimal] = field(default_factory=list)

    def add(self, step: _Step) -> None:
        """Take in the next line: what it says is held, and what it moves."""
        self._take(step, len(self.lines), len(self.trades))
        moved = step.moved
        if moved is None:
            self.readable = False
        else:
            self.total += moved
        if step.stated is not None:
            if self.amount is None and self.readable:
                self.baseline = step.stated - self.total
            self.amount = step.stated
        elif self.amount is not None:
            self.amount = None if moved is None else self.amount + moved

    def precede(self, sure: _Sure) -> None:
        """Take in a line that came before all the others."""
        self._take(sure.step, 0, 0)
        self.total += sure.moved
        self.baseline = sure.before

    def repeat(self, sure: _Sure) -> None:
        """Take in a line that shows the total again: the chain began lower, or higher, by what it moves."""
        self._take(sure.step, len(self.lines), len(self.trades))
        self.total += sure.moved
        if self.baseline is not None:
            self.baseline -= sure.moved

    def turn(self, sure: _Sure) -> None:
        """Take in a line that moved the other way than it says."""
        self._take(sure.step, len(self.lines), len(self.trades))
        self.total -= sure.moved
        self.contradicting.append(sure.moved)
        self.amount = sure.stated

    def go_on(self, sure: _Sure) -> None:
        """Take in the next line."""
        self.add(sure.step)

    def closed(self, security: SecurityClass, unit: Unit) -> Chain:
        """The chain as it ends: what it reports is what its lines say, contradictions and all."""
        reported = self.total + 2 * sum(self.contradicting, ZERO) if self.contradicting else self.total
        return Chain(
            security=security,
            holder=self.holder,
            unit=unit,
            lines=tuple(self.lines),
            transactions=tuple(self.trades),
            moves=tuple(self.moves),
            baseline=self.baseline,
            amount=self.amount,
            reported=reported if self.readable else None,
            contradicting=tuple(self.contradicting),
        )

    def _take(self, step: _Step, place: int, among_trades: int) -> None:
        self.lines.insert(place, step.line)
        if step.trade is not None:
            self.trades.insert(among_trades, step.trade)
            self.moves.insert(among_trades, step.moved)
        self.first_day = min(self.first_day, step.day)


class _Group:
    """The chains of one class and holder, and the amounts that the ledger holds there and no chain begins from yet."""

    def __init__(self, held: Iterable[Decimal]) -> None:
        self.chains: list[_Open] = []
        self._unclaimed = list(held)

    def place(self, step: _Step) -> None:
        """Put the line where the module's docstring says."""
        if step.stated is None or step.moved is None:
            continued = self.chains[-1] if self.chains and step.trade is not None else self._begun(step.holder)
            continued.add(step)
            return
        sure = _Sure(step, step.moved, step.stated, step.stated - step.moved)
        if self._taken(sure, _CONTINUING):
            return
        if sure.before in self._unclaimed:
            self._unclaimed.remove(sure.before)
        elif self._taken(sure, _OTHERWISE):
            return
        self._begun(step.holder).add(step)

    def _begun(self, holder: Holder) -> _Open:
        self.chains.append(_Open(holder))
        return self.chains[-1]

    def _taken(self, sure: _Sure, ways: Iterable["_Way"]) -> bool:
        """Whether a chain, the latest first, took the line in one of the ways, the likeliest first."""
        if not self.chains:
            return False
        compared = self.chains[: -_CHAINS_COMPARED - 1 : -1]
        for fits, take in ways:
            for chain in compared:
                if fits(chain, sure):
                    take(chain, sure)
                    return True
        return False


def _amount_awaited(chain: _Open, sure: _Sure) -> bool:
    """Whether the chain has moved by lines that state no amount, so that this one states it."""
    return chain.amount is None and sure.step.trade is not None and bool(chain.trades)


def _continues(chain: _Open, sure: _Sure) -> bool:
    return chain.amount == sure.before


def _repeats(chain: _Open, sure: _Sure) -> bool:
    """Whether the line shows the chain's total again.

    Nothing can have been held below zero; and two lots of a derivative that both end at zero are two lots.
    """
    if chain.amount != sure.stated:
        return False
    if sure.step.trade is None:
        return True
    if sure.step.line.table == "derivative" and sure.stated == ZERO:
        return False
    return bool(chain.trades) and (chain.baseline is None or chain.baseline - sure.moved >= ZERO)


def _precedes(chain: _Open, sure: _Sure) -> bool:
    """Whether the chain goes on from where the line ends: lines listed latest first."""
    return chain.baseline == sure.stated and bool(chain.trades) and sure.step.day <= chain.first_day


def _rounds(chain: _Open, sure: _Sure) -> bool:
    return chain.amount is not None and abs(chain.amount - sure.before) <= ONE


def _contradicts(chain: _Open, sure: _Sure) -> bool:
    return sure.moved != ZERO and chain.amount == sure.stated + sure.moved


def _one_position_later(chain: _Open, sure: _Sure) -> bool:
    return _one_position(chain, sure) and sure.step.day >= chain.first_day


def _one_position(chain: _Open, sure: _Sure) -> bool:
    """Whether line and chain must be of one position: shares held directly, and both move them."""
    line = sure.step.trade
    return line is not None and line.table == "non_derivative" and line.ownership == "D" and bool(chain.trades)


_Way = tuple[Callable[[_Open, _Sure], bool], Callable[[_Open, _Sure], None]]
_CONTINUING: Final[tuple[_Way, ...]] = ((_amount_awaited, _Open.go_on), (_continues, _Open.go_on))
_OTHERWISE: Final[tuple[_Way, ...]] = (
    (_repeats, _Open.repeat),
    (_precedes, _Open.precede),
    (_rounds, _Open.go_on),
    (_contradicts, _Open.turn),
    (_one_position_later, _Open.go_on),
    (_one_position, _Open.precede),
)
