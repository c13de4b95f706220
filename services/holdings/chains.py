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
from typing import Final

from contracts.transactions_reported import Holding, Transaction, TransactionsReported
from services.holdings.amounts import ONE, ZERO, Line, Unit, following, signed, unit_of
from services.holdings.classes import Holder, SecurityClass, class_of, holder_of_line

HeldAmounts = Callable[[SecurityClass, Holder, Unit], Iterable[Decimal]]
"""What the ledger holds in a class under a holder, in a unit: evidence of where a chain begins."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Lines that move one position.

    `baseline` is what the chain says was held before it and `amount` what it leaves; None where it does not say.
    `reported` is the sum of the signed lines, None where a line's cannot be read. `contradicting` are the signed
    amounts of the lines whose sign their own running amount denies.
    """

    security: SecurityClass
    holder: Holder
    unit: Unit
    lines: tuple[Line, ...]
    baseline: Decimal | None
    amount: Decimal | None
    reported: Decimal | None
    contradicting: tuple[Decimal, ...] = ()

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """The lines that report a transaction; none where the filing only states the holding."""
        return tuple(line for line in self.lines if isinstance(line, Transaction))


def running_chains(report: TransactionsReported, held: HeldAmounts) -> tuple[Chain, ...]:
    """The chains of a report, ordered by their first line. A line that has no class, or says no amount, is in none.

    The exception is a holding whose amount is unknown (a derivative on a Form 3 often gives only what it converts
    into): it is a chain without amounts.
    """
    groups: dict[tuple[SecurityClass, Holder, Unit], list[_Open]] = {}
    unclaimed: dict[tuple[SecurityClass, Holder, Unit], list[Decimal]] = {}
    lines: list[Line] = [*report.transactions, *report.holdings]
    for line in sorted(lines, key=lambda line: line.line):
        security = class_of(line)
        says_nothing = following(line) is None and signed(line) is None
        if security is None or says_nothing:
            continue
        holder = holder_of_line(line, report.footnotes)
        group = (security, holder, unit_of(line))
        if group not in groups:
            groups[group] = []
            unclaimed[group] = list(held(*group))
        _place(line, groups[group], unclaimed[group], holder)
    chains = [chain.closed(group) for group, opened in groups.items() for chain in opened]
    return tuple(sorted(chains, key=lambda chain: min(line.line for line in chain.lines)))


@dataclass(slots=True)
class _Open:
    """A chain in the making. `total` sums the signed lines, each with the sign that its running amount gives it."""

    holder: Holder
    lines: list[Line] = field(default_factory=list)
    baseline: Decimal | None = None
    amount: Decimal | None = None
    total: Decimal = ZERO
    readable: bool = True
    contradicting: list[Decimal] = field(default_factory=list)

    @property
    def moves(self) -> bool:
        """Whether a transaction is in the chain; else it only states a holding."""
        return any(isinstance(line, Transaction) for line in self.lines)

    @property
    def first_date(self) -> date:
        """When the chain began to move."""
        return min(_dated(line) for line in self.lines)

    def add(self, line: Line) -> None:
        """Take in the next line: what it says is held, and what it moves."""
        moved, stated = signed(line), following(line)
        self.readable = self.readable and moved is not None
        self.lines.append(line)
        self.total += moved or ZERO
        if stated is not None:
            if self.amount is None and self.readable:
                self.baseline = stated - self.total
            self.amount = stated
        elif self.amount is not None:
            self.amount = None if moved is None else self.amount + moved

    def precede(self, line: Line) -> None:
        """Take in a line that came before all the others."""
        moved, stated = signed(line) or ZERO, following(line) or ZERO
        self.lines.insert(0, line)
        self.total += moved
        self.baseline = stated - moved

    def repeat(self, line: Line) -> None:
        """Take in a line that shows the total again: the chain began lower, or higher, by what it moves."""
        self.lines.append(line)
        moved = signed(line) or ZERO
        self.total += moved
        if self.baseline is not None:
            self.baseline -= moved

    def turn(self, line: Line) -> None:
        """Take in a line that moved the other way than it says."""
        self.lines.append(line)
        moved = signed(line) or ZERO
        self.total -= moved
        self.contradicting.append(moved)
        self.amount = following(line)

    def closed(self, group: tuple[SecurityClass, Holder, Unit]) -> Chain:
        """The chain as it ends: what it reports is what its lines say, contradictions and all."""
        security, _, unit = group
        reported = self.total + 2 * sum(self.contradicting, ZERO)
        return Chain(
            security=security,
            holder=self.holder,
            unit=unit,
            lines=tuple(self.lines),
            baseline=self.baseline,
            amount=self.amount,
            reported=reported if self.readable else None,
            contradicting=tuple(self.contradicting),
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """A line with its numbers: `moved` signed, `stated` the amount following, `before` the one less the other."""

    line: Line
    moved: Decimal
    stated: Decimal

    @property
    def before(self) -> Decimal:
        return self.stated - self.moved


def _place(line: Line, chains: list[_Open], unclaimed: list[Decimal], holder: Holder) -> None:
    """Put the line where the module's docstring says."""
    moved, stated = signed(line), following(line)
    if stated is None or moved is None:
        (chains[-1] if chains and isinstance(line, Transaction) else _begun(chains, holder)).add(line)
        return
    step = _Step(line, moved, stated)
    if _taken(step, chains, _CONTINUING):
        return
    if step.before in unclaimed:
        unclaimed.remove(step.before)
    elif _taken(step, chains, _OTHERWISE):
        return
    _begun(chains, holder).add(line)


def _begun(chains: list[_Open], holder: Holder) -> _Open:
    chains.append(_Open(holder))
    return chains[-1]


def _taken(step: _Step, chains: list[_Open], ways: Iterable["_Way"]) -> bool:
    """Whether a chain, the latest first, took the line in one of the ways, the likeliest first."""
    for fits, take in ways:
        for chain in reversed(chains):
            if fits(chain, step):
                take(chain, step.line)
                return True
    return False


def _amount_awaited(chain: _Open, step: _Step) -> bool:
    """Whether the chain has moved by lines that state no amount, so that this one states it."""
    return chain.amount is None and isinstance(step.line, Transaction) and chain.moves


def _continues(chain: _Open, step: _Step) -> bool:
    return chain.amount == step.before


def _repeats(chain: _Open, step: _Step) -> bool:
    """Whether the line shows the chain's total again.

    Nothing can have been held below zero; and two lots of a derivative that both end at zero are two lots.
    """
    if chain.amount != step.stated:
        return False
    if isinstance(step.line, Holding):
        return True
    if step.line.table == "derivative" and step.stated == ZERO:
        return False
    return chain.moves and (chain.baseline is None or chain.baseline - step.moved >= ZERO)


def _precedes(chain: _Open, step: _Step) -> bool:
    """Whether the chain goes on from where the line ends: lines listed latest first."""
    return chain.baseline == step.stated and chain.moves and _dated(step.line) <= chain.first_date


def _rounds(chain: _Open, step: _Step) -> bool:
    return chain.amount is not None and abs(chain.amount - step.before) <= ONE


def _contradicts(chain: _Open, step: _Step) -> bool:
    return step.moved != ZERO and chain.amount == step.stated + step.moved


def _one_position_later(chain: _Open, step: _Step) -> bool:
    return _one_position(chain, step) and _dated(step.line) >= chain.first_date


def _one_position(chain: _Open, step: _Step) -> bool:
    """Whether line and chain must be of one position: shares held directly, and both move them."""
    line = step.line
    return line.table == "non_derivative" and line.ownership == "D" and isinstance(line, Transaction) and chain.moves


def _dated(line: Line) -> date:
    """The line's transaction date; the earliest there is where it has none."""
    return (line.transaction_date if isinstance(line, Transaction) else None) or date.min


_Way = tuple[Callable[[_Open, _Step], bool], Callable[[_Open, Line], None]]
_CONTINUING: Final[tuple[_Way, ...]] = ((_amount_awaited, _Open.add), (_continues, _Open.add))
_OTHERWISE: Final[tuple[_Way, ...]] = (
    (_repeats, _Open.repeat),
    (_precedes, _Open.precede),
    (_rounds, _Open.add),
    (_contradicts, _Open.turn),
    (_one_position_later, _Open.add),
    (_one_position, _Open.precede),
)
