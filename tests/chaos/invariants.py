"""The invariants that hold for the topics at the end of any run. Pure functions over `observed_records`.

The filings topic is the input, with poison and repeated filings. The expected outcome is folded from it without the
product's code, from each filing's owners and their holdings after it alone. All checks are linear in the records.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from contracts.topics import FILINGS, POSITIONS, TRANSACTIONS
from tests.chaos.observed_records import Alert, DeadLetter, Filing, Log, Report, Update, is_poison

K = TypeVar("K", bound=Hashable)

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class ExpectedHolding:
    """The shares that an owner (the key of the owner's positions) holds after a filing."""

    owner: str
    shares: int


ExpectedHoldings = Callable[[str], Sequence[ExpectedHolding]]
"""Returns the holdings of a filing's owners after it, by filing id."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant, by name, and one instance of it."""

    invariant: str
    what: str


class ExpectedAlert(NamedTuple):
    """The content of an alert: amounts as filed, the ledger's amount before it, and the current one."""

    owner: str
    filing_id: str
    kind: str
    before: Decimal | None
    after: Decimal | None
    ledger_before: Decimal | None
    current: Decimal | None


@dataclass
class Expected:
    """The fold of the input: the expected positions and alerts of every owner."""

    versions: dict[str, list[ExpectedHolding]]
    alerts: Counter[ExpectedAlert]


def violations(
    log: Log, holdings_after: ExpectedHoldings, *, compacted: bool = False, copied: bool = False
) -> list[Violation]:
    """Return all violations.

    With `compacted`, only the last positions of each owner exist. `copied` topics began as a copy of others with fewer
    partitions, so reports are ordered per issuer, not per partition.
    """
    expected = _fold(log.filings, holdings_after)
    found: dict[str, Iterable[str]] = {
        "each filing once": _each_filing_once(log, holdings_after),
        "reports in order": _reports_in_order(log, holdings_after, by_issuer=copied),
        "each report once": _each_report_once(log, compacted=compacted),
        "versions contiguous": _versions_contiguous(log.updates, compacted=compacted),
        "positions are the fold": _positions_are_the_fold(log.updates, expected),
        "one alert per change": _one_alert_per_change(log.alerts, expected),
        "each line in one alert": _each_line_in_one_alert(log),
        "foreign positions quarantined": [] if copied else _foreign_positions_quarantined(log, compacted=compacted),
        "offsets at the end": _offsets_at_the_end(log),
        "observed records stay": _observed_records_stay(log, compacted={POSITIONS.name} if compacted else set()),
    }
    return [Violation(name, what) for name, instances in found.items() for what in instances]


def summary(found: Sequence[Violation]) -> str:
    """Summarize violations for people: a count per invariant, and the first few."""
    counts = Counter(violation.invariant for violation in found)
    shown = (violation for name in counts for violation in [v for v in found if v.invariant == name][:_SHOWN])
    lines = [f"{count} x {name}" for name, count in counts.items()]
    return "\n".join([*lines, *(f"  {each.invariant}: {each.what}" for each in shown)])


def _each_filing_once(log: Log, holdings_after: ExpectedHoldings) -> Iterator[str]:
    """Check that each filing has exactly one dead letter, or exactly one report per owner."""
    good = [filing for filing in log.filings if not is_poison(filing.key)]
    yield from _differences(
        Counter((filing.trace, held.owner) for filing in good for held in holdings_after(filing.key)),
        Counter((report.trace, report.owner) for report in _reports(log)),
        "the report of (trace, owner)",
    )
    yield from _differences(
        Counter((each.partition, each.offset) for each in log.filings if is_poison(each.key)),
        _dead_letters_of(FILINGS.name, log.dead_letters),
        "the dead letter of filing (partition, offset)",
    )


def _reports_in_order(log: Log, holdings_after: ExpectedHoldings, *, by_issuer: bool) -> Iterator[str]:
    """Check that the reports of a partition are in the order of its filings."""

    def lane_of(partition: int, owner: str) -> int | str:
        return owner.partition("|")[0] if by_issuer else partition

    wanted: dict[int | str, list[tuple[str, str]]] = defaultdict(list)
    for filing in log.filings:
        if not is_poison(filing.key):
            for held in holdings_after(filing.key):
                wanted[lane_of(filing.partition, held.owner)].append((filing.trace, held.owner))
    there: dict[int | str, list[tuple[str, str]]] = defaultdict(list)
    for report in _reports(log):
        there[lane_of(report.partition, report.owner)].append((report.trace, report.owner))
    for lane in wanted.keys() | there.keys():
        pairs = zip(wanted[lane], there[lane], strict=False)
        wrong = next(((index, pair) for index, pair in enumerate(pairs) if pair[0] != pair[1]), None)
        if wrong is not None:
            index, (want, got) = wrong
            yield f"report {index} of {'issuer' if by_issuer else 'partition'} {lane} is {got}, expected {want}"


def _each_report_once(log: Log, *, compacted: bool) -> Iterator[str]:
    """Check that each report moved positions or became a dead letter exactly once, unless it was applied before."""
    applied: set[tuple[str, str]] = set()
    expected: Counter[tuple[int, int]] = Counter()
    last: dict[str, tuple[int, int]] = {}
    computed_at = {update.owner: update.source_offset for update in log.updates if update.rebuilt}
    for report in _reports(log):
        if (report.owner, report.filing_id) not in applied:
            applied.add((report.owner, report.filing_id))
            last[report.owner] = (report.partition, report.offset)
            if report.offset < computed_at.get(report.owner, 0):
                continue  # included in the version that the copy begins with
            expected[report.partition, report.offset] += 1
    yield from _differences(
        Counter(last.values()) if compacted else expected,
        Counter((update.partition, update.source_offset) for update in log.updates),
        "positions of report (partition, offset)",
    )
    yield from _differences(
        Counter((each.partition, each.offset) for each in log.reports if is_poison(each.key)),
        _dead_letters_of(TRANSACTIONS.name, log.dead_letters),
        "the dead letter of report (partition, offset)",
    )


def _versions_contiguous(updates: Sequence[Update], *, compacted: bool) -> Iterator[str]:
    """Check that an owner's versions are 1, 2, 3, …, and that source offsets increase within a partition.

    In copied topics an owner's first version is the one that the repartition has computed.
    """
    versions: dict[str, int] = {}
    sources: dict[int, int] = {}
    for update in updates:
        computed = update.rebuilt and update.owner not in versions
        before = update.version - 1 if computed else versions.get(update.owner, 0)
        if update.version <= before or (not compacted and update.version != before + 1):
            yield f"{update.owner} goes from version {before} to {update.version}"
        if update.source_offset <= sources.get(update.partition, -1):
            yield f"partition {update.partition} goes from {sources[update.partition]} to {update.source_offset}"
        versions[update.owner], sources[update.partition] = update.version, update.source_offset


def _positions_are_the_fold(updates: Sequence[Update], expected: Expected) -> Iterator[str]:
    """Check that version n has the owner's holdings after n filings, and that the last version exists."""
    last: dict[str, int] = {}
    for update in updates:
        steps = expected.versions.get(update.owner, [])
        want = (Decimal(steps[update.version - 1].shares),) if update.version <= len(steps) else None
        if update.amounts != want:
            yield f"{update.owner} version {update.version} is {update.amounts}, expected {want}"
        last[update.owner] = update.version
    for owner, steps in expected.versions.items():
        if last.get(owner, 0) != len(steps):
            yield f"{owner} ends at version {last.get(owner, 0)} of {len(steps)}"


def _one_alert_per_change(alerts: Sequence[Alert], expected: Expected) -> Iterator[str]:
    yield from _differences(
        expected.alerts,
        Counter(
            ExpectedAlert(
                each.owner, each.filing_id, each.kind, each.before, each.after, each.ledger_before, each.current
            )
            for each in alerts
        ),
        "the alert (owner, filing, kind, before, after, ledger before, current)",
    )
    yield from (
        f"alert id {alert_id} occurs {count} times"
        for alert_id, count in Counter(each.alert_id for each in alerts).items()
        if count > 1
    )


def _each_line_in_one_alert(log: Log) -> Iterator[str]:
    """Check that each transaction line of each applied report is in exactly one alert of that owner.

    This uses the topics alone, not the timeline. A report that was applied before gives no second alert.
    """
    reported: dict[tuple[str, str], tuple[int, ...]] = {}
    for report in _reports(log):
        reported.setdefault((report.owner, report.filing_id), report.lines)
    yield from _differences(
        Counter((owner, filing_id, line) for (owner, filing_id), lines in reported.items() for line in lines),
        Counter((each.owner, each.filing_id, line) for each in log.alerts for line in each.lines),
        "the alert of line (owner, filing, line)",
    )


def _foreign_positions_quarantined(log: Log, *, compacted: bool) -> Iterator[str]:
    """Check that each foreign record among the positions has one dead letter, and that its key is deleted.

    Compaction removes the record itself.
    """
    if not compacted:
        yield from _differences(
            Counter((each.partition, each.offset) for each in log.foreign_positions),
            _dead_letters_of(POSITIONS.name, log.dead_letters),
            "the dead letter of position (partition, offset)",
        )
    yield from (f"the foreign key {key} is not deleted" for key in sorted(log.undeleted))


def _offsets_at_the_end(log: Log) -> Iterator[str]:
    """Check that each group has committed all its input, and no offset beyond the end."""
    for name, records in ((FILINGS.name, log.filings), (TRANSACTIONS.name, log.reports)):
        last: dict[int, int] = {}
        for record in records:
            last[record.partition] = record.offset
        for partition, offset in last.items():
            committed, end = log.committed.get((name, partition), 0), log.ends.get((name, partition), 0)
            if not offset < committed <= end:
                yield f"{name}[{partition}] is committed to {committed}; its last record is {offset}, its end {end}"


def violations_before_a_copy(log: Log) -> list[Violation]:
    """Return the violations in topics before a repartition that their copy cannot show."""
    found: dict[str, Iterable[str]] = {
        "foreign positions quarantined": _foreign_positions_quarantined(log, compacted=False),
        "observed records stay": _observed_records_stay(log, compacted=set()),
    }
    return [Violation(name, what) for name, instances in found.items() for what in instances]


def _observed_records_stay(log: Log, *, compacted: set[str]) -> Iterator[str]:
    """Check that an observer read exactly the records that a partition has in the end, up to its last one.

    An observed record that is missing was read before its commit; one that was skipped became visible too late.
    """
    for (topic, partition), seen in log.seen.items():
        offsets = [offset for offset, _ in seen]
        if offsets != sorted(set(offsets)):
            yield f"{topic}[{partition}] was not read in offset order"
        last = max(offsets, default=-1)
        found = [each for each in log.found.get((topic, partition), []) if each[0] <= last]
        missing = [] if topic in compacted else sorted(set(seen) - set(found))
        skipped = sorted(set(found) - set(seen))
        yield from (f"{topic}[{partition}]@{offset} was read but does not exist" for offset, _ in missing)
        yield from (f"{topic}[{partition}]@{offset} exists but was skipped" for offset, _ in skipped)


def _fold(filings: Iterable[Filing], holdings_after: ExpectedHoldings) -> Expected:
    """Fold the input: each filing, at its first occurrence, changes its owners' positions, with one alert each."""
    versions: dict[str, list[ExpectedHolding]] = defaultdict(list)
    alerts: Counter[ExpectedAlert] = Counter()
    applied: set[str] = set()
    for filing in filings:
        if is_poison(filing.key) or filing.key in applied:
            continue
        applied.add(filing.key)
        for held in holdings_after(filing.key):
            steps = versions[held.owner]
            before, after = Decimal(steps[-1].shares if steps else 0), Decimal(held.shares)
            ledger_before = before if steps else None
            steps.append(held)
            alerts[
                ExpectedAlert(held.owner, filing.key, _kind(before, after), before, after, ledger_before, after)
            ] += 1
    return Expected(versions, alerts)


def _kind(before: Decimal, after: Decimal) -> str:
    if after == 0:
        return "closed"
    if before == 0:
        return "opened"
    return "increased" if after > before else "decreased"


def _reports(log: Log) -> Iterator[Report]:
    return (report for report in log.reports if not is_poison(report.key))


def _dead_letters_of(topic: str, dead_letters: Sequence[DeadLetter]) -> Counter[tuple[int, int]]:
    return Counter(
        (dead_letter.partition, dead_letter.offset) for dead_letter in dead_letters if dead_letter.topic == topic
    )


def _differences(expected: Counter[K], there: Counter[K], what: str) -> Iterator[str]:
    """Yield lost, duplicated and unexpected elements: a multiset difference, linear in both."""
    for each, count in expected.items():
        if there[each] < count:
            yield f"lost: {what} {each} occurs {there[each]} of {count} times"
    for each, count in there.items():
        if count > expected[each]:
            yield f"duplicated: {what} {each} occurs {count} times, expected {expected[each]}"
