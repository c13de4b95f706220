"""Compare an alert with the lines of its filing, and report contradictions."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from contracts.structs import HoldingChanged, Trades, Transaction, TransactionsReported

ZERO: Final = Decimal(0)


def contradictions(alert: HoldingChanged, report: TransactionsReported) -> list[str]:
    """Return what in the alert contradicts itself or the lines it reports; empty for a sound alert."""
    by_number = {line.line: line for line in report.transactions}
    return [
        *_of_the_kind(alert),
        *_of_the_sums(alert),
        *_of_the_evidence(alert),
        *(
            what
            for entry in alert.trades
            for what in _of_an_entry(
                entry,
                [by_number[line] for line in entry.lines if line in by_number],
                diagnosed=bool(alert.diagnostics),
            )
        ),
        *_of_the_lines(alert, set(by_number)),
    ]


def contradicts_ledger(alert: HoldingChanged) -> list[str]:
    """Return how a current alert differs from the amount in the ledger.

    This is for filings in order: a filing that arrives after an amendment of it, or of the one before, may differ.
    """
    if not alert.is_current or alert.current is None or alert.after is None or alert.repeats is not None:
        return []
    if _number(alert.current) == _number(alert.after) or alert.explanation in ("line_error", "amendment"):
        return []
    return [f"is current at {alert.after}, and the ledger holds {alert.current}"]


def _of_the_kind(alert: HoldingChanged) -> Iterator[str]:
    """Check that `kind` agrees with the filing's amounts or, if it has none, with the sides of its trades."""
    before, after = _number(alert.before), _number(alert.after)
    if (alert.kind == "restated") == bool(alert.trades):
        yield f"{alert.kind}, with {len(alert.trades)} entries of trades"
    elif alert.kind != "restated" and before is not None and after is not None:
        sound = {
            "opened": before == ZERO < after,
            "increased": ZERO != before < after,
            "decreased": before > after != ZERO,
            "closed": before > after == ZERO,
            "unchanged": before == after,
        }[alert.kind]
        if not sound:
            yield f"{alert.kind}, from {before} to {after}"
    rising, falling = alert.kind in ("opened", "increased"), alert.kind in ("decreased", "closed")
    sides = {entry.acquired_disposed for entry in alert.trades if _number(entry.shares) or _number(entry.value)}
    one_sided = (rising and sides == {"D"}) or (falling and sides == {"A"})
    if one_sided and alert.explanation != "line_error" and not _gap_after_trades(alert):
        yield f"{alert.kind} from {before} to {after}, and all that is reported is {sides}"


def _gap_after_trades(alert: HoldingChanged) -> bool:
    """Check for more acquired than is held after: the rest left by no trade, so the holding may fall all the same."""
    after, reported = _number(alert.after), _number(alert.reported_change)
    return after is not None and reported is not None and after - reported < ZERO


def _of_the_sums(alert: HoldingChanged) -> Iterator[str]:
    before, after, ledger_before = _number(alert.before), _number(alert.after), _number(alert.ledger_before)
    reported, unexplained, change = map(_number, (alert.reported_change, alert.unexplained_change, alert.change))
    if (change is None) != (before is None or after is None):
        yield f"change {change}, from {before} to {after}"
    if change is not None and before is not None and after is not None and change != after - before:
        yield f"change {change}, from {before} to {after}"
    if unexplained is not None:
        if after is None or ledger_before is None or reported is None:
            yield f"unexplained {unexplained}, with {after}, {ledger_before} or {reported} unknown"
        elif unexplained != after - ledger_before - reported:
            yield f"unexplained {unexplained} is not {after} - {ledger_before} - {reported}"
    yield from _of_the_reported_change(alert, reported)


def _of_the_reported_change(alert: HoldingChanged, reported: Decimal | None) -> Iterator[str]:
    """Check that the reported change is the sum of the trades' signed shares, if all of them have shares."""
    in_shares = all(entry.shares is not None for entry in alert.trades)
    signed = _signed(alert.trades)
    if alert.trades and in_shares and signed is not None and reported is not None and reported != signed:
        by_value = any(entry.value is not None and not _number(entry.shares) for entry in alert.trades)
        if not by_value and alert.explanation != "line_error":
            yield f"reported change {reported}, and the entries come to {signed}"


def _of_the_evidence(alert: HoldingChanged) -> Iterator[str]:
    """Yield faults of the evidence: an unexplained change has an explanation, and a repetition is never late."""
    if _number(alert.unexplained_change) and alert.explanation is None and alert.repeats is None:
        yield f"unexplained {alert.unexplained_change}, without an explanation"
    if alert.explanation in ("transfer", "amendment", "late_report", "stated") and not alert.explained_by:
        yield f"{alert.explanation}, explained by nothing"
    footnotes = [each.id for each in alert.explained_by if each.kind == "footnote"]
    if not set(footnotes) <= set(alert.footnotes):
        yield f"explained by footnotes {footnotes}, which the alert does not carry"
    if alert.days_late is not None and (alert.is_amendment or alert.repeats is not None):
        yield f"{alert.days_late} days late, as an amendment or a repetition"


def _of_an_entry(entry: Trades, lines: Sequence[Transaction], *, diagnosed: bool) -> Iterator[str]:
    """Check that the sums of an entry are those of its lines, which share its code and side."""
    if entry.count != len(entry.lines) or len(lines) != entry.count:
        yield f"an entry counts {entry.count} lines, and lists {entry.lines}"
    if {line.code for line in lines} != {entry.code}:
        yield f"the entry of code {entry.code} has lines of {[line.code for line in lines]}"
    shares = sum((Decimal(line.shares) for line in lines if line.shares and line.total_value is None), ZERO)
    if entry.shares is not None and Decimal(entry.shares) != shares:
        yield f"the entry {entry.code} {entry.acquired_disposed} has {entry.shares} shares, its lines {shares}"
    yield from _of_the_values(entry, lines) if not diagnosed else ()
    yield from _of_the_prices(entry)


def _of_the_values(entry: Trades, lines: Sequence[Transaction]) -> Iterator[str]:
    values = [each for line in lines if (each := _value(line)) is not None]
    value = sum(values, ZERO) if values else None
    if _number(entry.value) != value:
        yield f"the entry {entry.code} {entry.acquired_disposed} is worth {entry.value}, its lines {value}"
    unpriced = sum((Decimal(line.shares) for line in lines if line.shares and _value(line) is None), ZERO)
    if Decimal(entry.unpriced_shares) != unpriced:
        yield f"the entry {entry.code} has {entry.unpriced_shares} shares unpriced, its lines {unpriced}"


def _of_the_prices(entry: Trades) -> Iterator[str]:
    prices = [Decimal(each) for each in (entry.lowest_price, entry.average_price, entry.highest_price) if each]
    if prices != sorted(prices):
        yield f"prices out of order: {prices}"


def _of_the_lines(alert: HoldingChanged, transactions: set[int]) -> Iterator[str]:
    in_trades = sorted(line for entry in alert.trades for line in entry.lines)
    in_lines = sorted(line for line in alert.lines if line in transactions)
    if in_trades != in_lines:
        yield f"trades list lines {in_trades}, the alert {in_lines}"
    pairs = [(entry.code, entry.acquired_disposed) for entry in alert.trades]
    if len(set(pairs)) != len(pairs):
        yield f"several entries of one code and side: {pairs}"


def _signed(entries: Sequence[Trades]) -> Decimal | None:
    """Return the sum of the entries' signed shares; None if one lacks its side or shares."""
    total = ZERO
    for entry in entries:
        if entry.shares is None or entry.acquired_disposed is None:
            return None
        total += Decimal(entry.shares) if entry.acquired_disposed == "A" else -Decimal(entry.shares)
    return total


def _value(line: Transaction) -> Decimal | None:
    if line.total_value is not None:
        return Decimal(line.total_value)
    if line.shares is None or line.price_per_share is None:
        return None
    return Decimal(line.shares) * Decimal(line.price_per_share)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
