"""A filing's lines to running chains, as filed: lines that go on from one another's amounts.

A line continues a chain if the chain's amount plus the line's signed shares is the line's amount following. If it
does not, filers do one of a few things, tried in this order:

- lines are listed latest first: the line goes before the chain;
- amounts round: the line continues the chain but for one share;
- the side is mistyped (codes P and S): the line continues the chain with its sign turned;
- otherwise the line begins another chain.

Two chains are merged when one ends where the other begins. Which position a chain moves, and which chains move the same
one, depends on what the ledger holds: that is `matching`, and none of it is decided here.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from contracts.transactions_reported import Transaction, TransactionsReported
from services.holdings.amounts import Line, Unit, amounts_of, number, same
from services.holdings.chains import Chain, ChainStep, ChainSummary, summary_of
from services.holdings.footnotes import NOTHING_STATED, statements_of
from services.holdings.labels import Label, SecurityClass, label_of

_CHAINS_COMPARED: Final = 64
"""Chains of one class and holder that a line is compared with: the latest. EDGAR accepts 30 lines per table, so no
filing it has accepted has more; this keeps a longer one from going quadratic."""

_MARKET_CODES: Final = frozenset("PSF")
"""Codes of trades at market price: purchase, sale, and shares withheld at the day's price."""


def running_chains(report: TransactionsReported) -> tuple[Chain, ...]:
    """Return the chains of a report, ordered by their first line. Each line is in exactly one, whatever it lacks."""
    groups: _Groups = {}
    lines: list[Line] = [*report.transactions, *report.holdings]
    lines.sort(key=_NUMBER)
    labels: dict[object, tuple[Label, dict[Unit, list[_ChainLine]]]] = {}
    for line in lines:
        written = _as_written(line)
        known = labels.get(written)
        if known is None:
            known = labels[written] = (label_of(line, report.footnotes), {})
        label, by_unit = known
        unit, moved, stated = amounts_of(line)
        entries = by_unit.get(unit)
        if entries is None:
            entries = by_unit[unit] = groups.setdefault((label.security, label.holder.key, unit), [])
        if type(line) is Transaction:
            code = line.code if line.code and line.code.isalpha() else None
            step = ChainStep(code, line.transaction_date, moved, stated)
        else:
            step = ChainStep(None, None, moved, stated, False)
        entries.append(_ChainLine(line, label, step, None if moved is None or stated is None else stated - moved))
    chains: list[Chain] = []
    for (_, _, unit), entries in _with_blank_terms_filled(groups).items():
        if len(entries) == 1:
            chains.append(_chain_of_one(entries[0], unit, report))
        else:
            chains += [_chain(run, unit, report) for run in _runs(entries)]
    chains.sort(key=_first_line)
    return tuple(chains)


def _first_line(chain: Chain) -> int:
    return min(chain.lines)


def _as_written(line: Line) -> tuple[object, ...]:
    """Return all of a line that its label is made of: most lines of a filing repeat a few labels."""
    cited: object = None
    if line.ownership != "D" and line.footnotes:
        cited = (line.footnotes.get("nature_of_ownership"), line.footnotes.get("ownership"))
    return (
        line.table,
        line.security_title,
        line.ownership,
        line.nature_of_ownership,
        line.exercise_price,
        line.exercise_date,
        line.expiration_date,
        line.underlying_title,
        line.currency,
        cited,
    )


_NUMBER: Final = attrgetter("line")

_Groups = dict[tuple[SecurityClass, str, Unit], "list[_ChainLine]"]


class _ChainLine(NamedTuple):
    """A line, as the chains of its group take it; `before` is the amount that it starts from."""

    line: Line
    label: Label
    step: ChainStep
    before: Decimal | None


def _with_blank_terms_filled(groups: _Groups) -> _Groups:
    """Return the groups, those with a blank term joined to the one class of the filing that they fit."""
    classes = list(dict.fromkeys(security for security, _, _ in groups if security.table == "derivative"))
    if len(classes) < 2 or len(classes) == len({security.family for security in classes}):  # noqa: PLR2004 - a pair
        return groups
    by_family: dict[object, list[SecurityClass]] = {}
    for security in classes:
        by_family.setdefault(security.family, []).append(security)
    filled: _Groups = {}
    for (security, holder, unit), entries in groups.items():
        target = security
        if None in security[3:] and security.table == "derivative":
            fitting = [each for each in by_family[security.family] if each != security and each.fits(security)]
            target = fitting[0] if len(fitting) == 1 and None not in fitting[0][3:5] else security
        filled.setdefault((target, holder, unit), []).extend(entries)
    return {name: sorted(entries, key=lambda entry: entry.line.line) for name, entries in filled.items()}


class _ChainBuilder:
    """A chain in the making: entries in the order in which they moved the position."""

    def __init__(self, entry: _ChainLine) -> None:
        self.entries = [entry]
        self.turned: set[int] = set()
        self.before = entry.before
        self.amount = entry.step.stated
        self.total = entry.step.moved
        self.trades = entry.step.is_trade
        self.first_day = entry.step.day or date.min

    def append(self, entry: _ChainLine, *, turned: bool = False) -> None:
        """Take in the next line; if it gives no amount, its signed shares change the chain's amount."""
        step = entry.step
        if turned and step.moved is not None:
            step = step._replace(moved=-step.moved)
            entry = entry._replace(step=step, before=step.before)
            self.turned.add(entry.line.line)
        self.entries.append(entry)
        self._add(entry.step.moved)
        if step.stated is not None:
            if self.amount is None:
                self.before = None if self.total is None else step.stated - self.total
            self.amount = step.stated
        elif self.amount is not None:
            self.amount = None if step.moved is None else self.amount + step.moved
        self.trades = self.trades or step.is_trade
        self.first_day = min(self.first_day, step.day or date.min)

    def prepend(self, entry: _ChainLine) -> None:
        """Take in a line that came before all the others."""
        self.entries.insert(0, entry)
        self._add(entry.step.moved)
        self.before = entry.before
        self.first_day = min(self.first_day, entry.step.day or date.min)

    def join(self, later: "_ChainBuilder") -> None:
        """Take in a run that goes on where this one ends."""
        self.entries += later.entries
        self._add(later.total)
        self.turned |= later.turned
        self.amount = later.amount
        self.trades = self.trades or later.trades

    def _add(self, moved: Decimal | None) -> None:
        self.total = None if self.total is None or moved is None else self.total + moved


def _runs(entries: Sequence[_ChainLine]) -> list[_ChainBuilder]:
    """Put each line where the module's docstring says."""
    runs: list[_ChainBuilder] = []
    for entry in entries:
        if runs and entry.before is not None and entry.before == runs[-1].amount:
            runs[-1].append(entry)
        elif not runs or not _taken(entry, runs[: -_CHAINS_COMPARED - 1 : -1]):
            runs.append(_ChainBuilder(entry))
    return _met(runs) if len(runs) > 1 else runs


def _taken(entry: _ChainLine, runs: Sequence[_ChainBuilder]) -> bool:
    """Return whether one of the runs, the latest first, took the line."""
    step, before = entry.step, entry.before
    if step.stated is None:
        found = next((run for run in runs if run.trades and step.is_trade), None)
    elif before is None:
        found = None
    else:
        found = next((run for run in runs if run.amount == before or (run.amount is None and step.is_trade)), None)
        if found is None:
            day = step.day or date.min
            earlier = (run for run in runs if run.before == step.stated and run.trades and day <= run.first_day)
            if step.is_trade and (later := next(earlier, None)) is not None:
                later.prepend(entry)
                return True
            found = next((run for run in runs if same(run.amount, before)), None)
        if found is None and step.code in {"P", "S"} and step.moved:
            opposite = step.stated + step.moved
            if (turning := next((run for run in runs if run.amount == opposite), None)) is not None:
                turning.append(entry, turned=True)
                return True
    if found is None:
        return False
    found.append(entry)
    return True


def _met(runs: list[_ChainBuilder]) -> list[_ChainBuilder]:
    """Return the runs, those whose ends meet made one; not at zero, unless only one position can be meant."""
    met: list[_ChainBuilder] = []
    for run in runs:
        one_position = run.entries[0].label.security.is_one_position
        for other in reversed(met[-_CHAINS_COMPARED:]):
            if not (run.trades and other.trades):
                continue
            if _meet(other, run) and (other.amount or one_position):
                other.join(run)
                break
            if _meet(run, other) and (run.amount or one_position):
                run.join(other)
                met[met.index(other)] = run
                break
        else:
            met.append(run)
    return met


def _meet(one: _ChainBuilder, other: _ChainBuilder) -> bool:
    """Return whether the other begins where the one ends, and not on an earlier day."""
    return one.amount is not None and one.amount == other.before and one.first_day <= other.first_day


def _chain_of_one(entry: _ChainLine, unit: Unit, report: TransactionsReported) -> Chain:
    """Return the chain of a line that is the only one of its class and holder, as most are."""
    line, label, step, before = entry
    summary = ChainSummary(before, step.stated, step.moved)
    statements = statements_of((line,), report.footnotes) if line.footnotes else NOTHING_STATED
    price = _market_price((line,)) if step.is_trade else None
    converts_into = number(line.underlying_shares) if step.stated is None and not step.is_trade else None
    return Chain(
        label, label.security, label.holder, unit, (step,), summary, step.is_trade, statements, price, (),
        (line.line,), converts_into,
    )  # fmt: skip


def _chain(run: _ChainBuilder, unit: Unit, report: TransactionsReported) -> Chain:
    steps = tuple([entry.step for entry in run.entries])
    label = run.entries[0].label
    for entry in run.entries:
        if entry.label is not label:
            label = entry.label.with_terms_of(label)
    lines = [entry.line for entry in run.entries]
    statements = statements_of(lines, report.footnotes) if report.footnotes else NOTHING_STATED
    numbers = tuple([line.line for line in lines])
    turned = tuple(place for place, line in enumerate(numbers) if line in run.turned) if run.turned else ()
    price = _market_price(lines)
    return Chain(
        label, label.security, label.holder, unit, steps, summary_of(steps), run.trades, statements, price, turned,
        numbers,
    )  # fmt: skip


def _market_price(lines: Sequence[Line]) -> Decimal | None:
    for line in reversed(lines):
        if type(line) is Transaction and line.code in _MARKET_CODES and (price := number(line.price_per_share)):
            return price
    return None
