"""Build the chains of a filing: lines whose amounts continue one another.

A line continues a chain if the chain's amount plus the line's signed shares is the line's amount following. Example: a
sale of 100 that leaves 900 continues a chain that ends at 1,000. Otherwise these cases are tried in order:

1. The lines are listed latest first: the line goes before the chain.
2. Amounts are rounded: the line continues the chain to within one share.
3. The side is mistyped (codes P and S): the line continues the chain with its sign reversed.
4. The line starts a new chain.

Two chains are merged if one ends where the other starts. Each line is compared with at most `_CHAINS_COMPARED` chains,
so the cost is linear in the lines. Which position a chain changes depends on the ledger and is decided by `matching`.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from contracts.structs import Transaction, TransactionsReported
from services.holdings.amounts import Line, Unit, nearly_equal, parse_amount, read_amounts
from services.holdings.chains import Chain, ChainStep, ChainSummary, summarize
from services.holdings.footnotes import NOTHING_STATED, read_statements
from services.holdings.labels import Label, SecurityClass, read_label

_CHAINS_COMPARED: Final = 64
"""Chains of one class and holder that a line is compared with, the latest ones. EDGAR accepts 30 lines per table, so
no accepted filing has more. The limit keeps this from going quadratic on hostile input."""

_MARKET_CODES: Final = frozenset("PSF")
"""Codes of trades at the market price: purchase, sale, and shares withheld for tax."""


def build_chains(report: TransactionsReported) -> tuple[Chain, ...]:
    """Build the chains of a report, sorted by first line. Each line is in exactly one chain, even an unreadable one."""
    groups: _Groups = {}
    lines: list[Line] = [*report.transactions, *report.holdings]
    lines.sort(key=_LINE_NUMBER)
    labels: dict[object, tuple[Label, dict[Unit, list[_ChainLine]]]] = {}
    for line in lines:
        written = _label_fields(line)
        known = labels.get(written)
        if known is None:
            known = labels[written] = (read_label(line, report.footnotes), {})
        label, by_unit = known
        unit, delta, reported_after = read_amounts(line)
        entries = by_unit.get(unit)
        if entries is None:
            entries = by_unit[unit] = groups.setdefault((label.security, label.holder.key, unit), [])
        if type(line) is Transaction:
            code = line.code if line.code and line.code.isalpha() else None
            step = ChainStep(code, line.transaction_date, delta, reported_after)
        else:
            step = ChainStep(None, None, delta, reported_after, False)
        entries.append(
            _ChainLine(line, label, step, None if delta is None or reported_after is None else reported_after - delta)
        )
    chains: list[Chain] = []
    for (_, _, unit), entries in _with_blank_terms_filled(groups).items():
        if len(entries) == 1:
            chains.append(_chain_of_one_line(entries[0], unit, report))
        else:
            chains += [_build_chain(builder, unit, report) for builder in _group_into_chains(entries)]
    chains.sort(key=_first_line)
    return tuple(chains)


def _first_line(chain: Chain) -> int:
    return min(chain.lines)


def _label_fields(line: Line) -> tuple[object, ...]:
    """Return the fields that determine a line's label, as a cache key: most lines of a filing repeat a few labels."""
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


_LINE_NUMBER: Final = attrgetter("line")

_Groups = dict[tuple[SecurityClass, str, Unit], "list[_ChainLine]"]


class _ChainLine(NamedTuple):
    """A line with its label, its step and the amount that it starts from."""

    line: Line
    label: Label
    step: ChainStep
    before: Decimal | None


def _with_blank_terms_filled(groups: _Groups) -> _Groups:
    """Return the groups; a group with a blank term joins the only class of the filing that its terms fit."""
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
    """A chain under construction: its lines in the order in which they changed the position."""

    def __init__(self, entry: _ChainLine) -> None:
        self.entries = [entry]
        self.side_corrected: set[int] = set()
        self.before = entry.before
        self.amount = entry.step.reported_after
        self.total = entry.step.delta
        self.trades = entry.step.is_trade
        self.first_day = entry.step.day or date.min

    def append(self, entry: _ChainLine, *, side_corrected: bool = False) -> None:
        """Add the next line; if it has no amount, its signed shares change the chain's amount."""
        step = entry.step
        if side_corrected and step.delta is not None:
            step = step._replace(delta=-step.delta)
            entry = entry._replace(step=step, before=step.before)
            self.side_corrected.add(entry.line.line)
        self.entries.append(entry)
        self._add(entry.step.delta)
        if step.reported_after is not None:
            if self.amount is None:
                self.before = None if self.total is None else step.reported_after - self.total
            self.amount = step.reported_after
        elif self.amount is not None:
            self.amount = None if step.delta is None else self.amount + step.delta
        self.trades = self.trades or step.is_trade
        self.first_day = min(self.first_day, step.day or date.min)

    def prepend(self, entry: _ChainLine) -> None:
        """Add a line that precedes all the others."""
        self.entries.insert(0, entry)
        self._add(entry.step.delta)
        self.before = entry.before
        self.first_day = min(self.first_day, entry.step.day or date.min)

    def absorb(self, later: "_ChainBuilder") -> None:
        """Append the lines of a chain that starts where this one ends."""
        self.entries += later.entries
        self._add(later.total)
        self.side_corrected |= later.side_corrected
        self.amount = later.amount
        self.trades = self.trades or later.trades

    def _add(self, delta: Decimal | None) -> None:
        self.total = None if self.total is None or delta is None else self.total + delta


def _group_into_chains(entries: Sequence[_ChainLine]) -> list[_ChainBuilder]:
    """Group lines into chains by the rules in the module's docstring."""
    builders: list[_ChainBuilder] = []
    for entry in entries:
        if builders and entry.before is not None and entry.before == builders[-1].amount:
            builders[-1].append(entry)
        elif not builders or not _add_to_a_chain(entry, builders[: -_CHAINS_COMPARED - 1 : -1]):
            builders.append(_ChainBuilder(entry))
    return _merge_adjoining(builders) if len(builders) > 1 else builders


def _add_to_a_chain(entry: _ChainLine, builders: Sequence[_ChainBuilder]) -> bool:
    """Add the line to the first of the chains, latest first, that it fits; return whether there is one."""
    step, before = entry.step, entry.before
    if step.reported_after is None:
        return _append_to(next((each for each in builders if each.trades and step.is_trade), None), entry)
    if before is not None:
        if _append_to(_continued(builders, before, is_trade=step.is_trade), entry):
            return True
        if step.is_trade and (later := _preceded(builders, step)) is not None:
            later.prepend(entry)
            return True
        if _append_to(next((each for each in builders if nearly_equal(each.amount, before)), None), entry):
            return True
        if step.code in {"P", "S"} and step.delta:
            opposite = step.reported_after + step.delta
            mistyped = next((each for each in builders if each.amount == opposite), None)
            return _append_to(mistyped, entry, side_corrected=True)
    return False


def _append_to(builder: _ChainBuilder | None, entry: _ChainLine, *, side_corrected: bool = False) -> bool:
    if builder is not None:
        builder.append(entry, side_corrected=side_corrected)
    return builder is not None


def _continued(builders: Sequence[_ChainBuilder], before: Decimal, *, is_trade: bool) -> _ChainBuilder | None:
    """Return the chain that a line starting from `before` continues; a chain without an amount takes any trade."""
    return next((each for each in builders if each.amount == before or (each.amount is None and is_trade)), None)


def _preceded(builders: Sequence[_ChainBuilder], step: ChainStep) -> _ChainBuilder | None:
    """Return the chain of trades, not earlier than the line, that starts from the line's amount (latest first)."""
    day = step.day or date.min
    return next(
        (each for each in builders if each.before == step.reported_after and each.trades and day <= each.first_day),
        None,
    )


def _merge_adjoining(builders: list[_ChainBuilder]) -> list[_ChainBuilder]:
    """Merge chains whose ends meet.

    Chains that meet at zero are merged only if the class has a single position: otherwise the second is another grant.
    """
    merged: list[_ChainBuilder] = []
    for builder in builders:
        one_position = builder.entries[0].label.security.is_one_position
        for other in reversed(merged[-_CHAINS_COMPARED:]):
            if not (builder.trades and other.trades):
                continue
            if _adjoin(other, builder) and (other.amount or one_position):
                other.absorb(builder)
                break
            if _adjoin(builder, other) and (builder.amount or one_position):
                builder.absorb(other)
                merged[merged.index(other)] = builder
                break
        else:
            merged.append(builder)
    return merged


def _adjoin(one: _ChainBuilder, other: _ChainBuilder) -> bool:
    """Return whether the other chain starts where the one ends, and not on an earlier day."""
    return one.amount is not None and one.amount == other.before and one.first_day <= other.first_day


def _chain_of_one_line(entry: _ChainLine, unit: Unit, report: TransactionsReported) -> Chain:
    """Build the chain of a single line, the most common case."""
    line, label, step, before = entry
    summary = ChainSummary(before, step.reported_after, step.delta)
    statements = read_statements((line,), report.footnotes) if line.footnotes else NOTHING_STATED
    price = _market_price((line,)) if step.is_trade else None
    converts_into = parse_amount(line.underlying_shares) if step.reported_after is None and not step.is_trade else None
    return Chain(
        label, label.security, label.holder, unit, (step,), summary, step.is_trade, statements, price, (),
        (line.line,), converts_into,
    )  # fmt: skip


def _build_chain(builder: _ChainBuilder, unit: Unit, report: TransactionsReported) -> Chain:
    steps = tuple([entry.step for entry in builder.entries])
    label = builder.entries[0].label
    for entry in builder.entries:
        if entry.label is not label:
            label = entry.label.with_terms_of(label)
    lines = [entry.line for entry in builder.entries]
    statements = read_statements(lines, report.footnotes) if report.footnotes else NOTHING_STATED
    numbers = tuple([line.line for line in lines])
    side_corrected = (
        tuple(index for index, line in enumerate(numbers) if line in builder.side_corrected)
        if builder.side_corrected
        else ()
    )
    price = _market_price(lines)
    return Chain(
        label, label.security, label.holder, unit, steps, summarize(steps), builder.trades, statements, price,
        side_corrected, numbers,
    )  # fmt: skip


def _market_price(lines: Sequence[Line]) -> Decimal | None:
    for line in reversed(lines):
        if type(line) is Transaction and line.code in _MARKET_CODES and (price := parse_amount(line.price_per_share)):
            return price
    return None
