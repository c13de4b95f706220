"""What holds of the topics at the end of any run, whatever befell the services: pure, over what `facts` tells.

The filings topic is the input, poison and repeated filings included. What it should come to is folded from it anew,
with nothing of the product but what its records say: each filing's owners, and what they hold after it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from contracts.topics import FILINGS, POSITIONS, TRANSACTIONS
from tests.chaos.facts import Alert, Filing, Letter, Log, Report, Update, is_poison

K = TypeVar("K", bound=Hashable)

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Held:
    """What an owner (the key of the owner's positions) holds after a filing."""

    owner: str
    shares: int


Told = Callable[[str], Sequence[Held]]
"""What a filing, by its id, tells of each of its owners."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant, by name, and one thing that breaks it."""

    invariant: str
    what: str


class AlertTold(NamedTuple):
    """What an alert says: the filing's own account, what the ledger held before it, and what it holds now."""

    owner: str
    filing_id: str
    kind: str
    before: Decimal | None
    after: Decimal | None
    ledger_before: Decimal | None
    current: Decimal | None


@dataclass
class Expected:
    """The fold of the input: what every owner's positions and alerts should be."""

    versions: dict[str, list[Held]]
    alerts: Counter[AlertTold]


def violations(log: Log, told: Told, *, compacted: bool = False, copied: bool = False) -> list[Violation]:
    """All that is wrong with the log; with `compacted`, of positions only each owner's last are there.

    `copied` topics began as a copy of others with fewer partitions: reports are in order for each issuer, no more.
    """
    expected = _fold(log.filings, told)
    found: dict[str, Iterable[str]] = {
        "each filing once": _each_filing_once(log, told),
        "reports in order": _reports_in_order(log, told, by_issuer=copied),
        "each report once": _each_report_once(log, compacted=compacted),
        "versions contiguous": _versions_contiguous(log.updates, compacted=compacted),
        "positions are the fold": _positions_are_the_fold(log.updates, expected),
        "one alert a change": _one_alert_a_change(log.alerts, expected),
        "each line in one alert": _each_line_in_one_alert(log),
        "foreign positions put away": [] if copied else _foreign_positions_put_away(log, compacted=compacted),
        "offsets at the end": _offsets_at_the_end(log),
        "what was seen stays": _what_was_seen_stays(log, compacted={POSITIONS.name} if compacted else set()),
    }
    return [Violation(name, what) for name, whats in found.items() for what in whats]


def summary(found: Sequence[Violation]) -> str:
    """Violations for people: how many of each invariant, and the first few."""
    counts = Counter(violation.invariant for violation in found)
    shown = (violation for name in counts for violation in [v for v in found if v.invariant == name][:_SHOWN])
    lines = [f"{count} x {name}" for name, count in counts.items()]
    return "\n".join([*lines, *(f"  {each.invariant}: {each.what}" for each in shown)])


def _each_filing_once(log: Log, told: Told) -> Iterator[str]:
    """Each offset of filings is accounted for once: by a dead letter, or by a report for each of its owners."""
    good = [filing for filing in log.filings if not is_poison(filing.key)]
    yield from _differences(
        Counter((filing.trace, held.owner) for filing in good for held in told(filing.key)),
        Counter((report.trace, report.owner) for report in _reports(log)),
        "the report of (trace, owner)",
    )
    yield from _differences(
        Counter((each.partition, each.offset) for each in log.filings if is_poison(each.key)),
        _letters_of(FILINGS.name, log.letters),
        "the dead letter of filing (partition, offset)",
    )


def _reports_in_order(log: Log, told: Told, *, by_issuer: bool) -> Iterator[str]:
    """The reports of a partition are in the order of its filings: an issuer's travel all by one road."""

    def road(partition: int, owner: str) -> int | str:
        return owner.partition("|")[0] if by_issuer else partition

    wanted: dict[int | str, list[tuple[str, str]]] = defaultdict(list)
    for filing in log.filings:
        if not is_poison(filing.key):
            for held in told(filing.key):
                wanted[road(filing.partition, held.owner)].append((filing.trace, held.owner))
    there: dict[int | str, list[tuple[str, str]]] = defaultdict(list)
    for report in _reports(log):
        there[road(report.partition, report.owner)].append((report.trace, report.owner))
    for way in wanted.keys() | there.keys():
        pairs = zip(wanted[way], there[way], strict=False)
        wrong = next(((place, pair) for place, pair in enumerate(pairs) if pair[0] != pair[1]), None)
        if wrong is not None:
            place, (want, got) = wrong
            yield f"report {place} of {'issuer' if by_issuer else 'partition'} {way} is {got}, and should be {want}"


def _each_report_once(log: Log, *, compacted: bool) -> Iterator[str]:
    """Each offset of transactions once among positions and dead letters, but for a filing that was applied before."""
    applied: set[tuple[str, str]] = set()
    expected: Counter[tuple[int, int]] = Counter()
    last: dict[str, tuple[int, int]] = {}
    computed_at = {update.owner: update.source_offset for update in log.updates if update.rebuilt}
    for report in _reports(log):
        if (report.owner, report.filing_id) not in applied:
            applied.add((report.owner, report.filing_id))
            last[report.owner] = (report.partition, report.offset)
            if report.offset < computed_at.get(report.owner, 0):
                continue  # the copy of the positions begins with what all these come to
            expected[report.partition, report.offset] += 1
    yield from _differences(
        Counter(last.values()) if compacted else expected,
        Counter((update.partition, update.source_offset) for update in log.updates),
        "positions of report (partition, offset)",
    )
    yield from _differences(
        Counter((each.partition, each.offset) for each in log.reports if is_poison(each.key)),
        _letters_of(TRANSACTIONS.name, log.letters),
        "the dead letter of report (partition, offset)",
    )


def _versions_contiguous(updates: Sequence[Update], *, compacted: bool) -> Iterator[str]:
    """An owner's versions are 1, 2, 3 and so on, and the offsets they come of grow over the partition.

    In copied topics an owner's first version is the one that the copy has computed.
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
    """Every version says what its owner held after so many filings; the last is there."""
    last: dict[str, int] = {}
    for update in updates:
        steps = expected.versions.get(update.owner, [])
        want = (Decimal(steps[update.version - 1].shares),) if update.version <= len(steps) else None
        if update.amounts != want:
            yield f"{update.owner} version {update.version} is {update.amounts}, and should be {want}"
        last[update.owner] = update.version
    for owner, steps in expected.versions.items():
        if last.get(owner, 0) != len(steps):
            yield f"{owner} ends at version {last.get(owner, 0)} of {len(steps)}"


def _one_alert_a_change(alerts: Sequence[Alert], expected: Expected) -> Iterator[str]:
    yield from _differences(
        expected.alerts,
        Counter(
            AlertTold(each.owner, each.filing_id, each.kind, each.before, each.after, each.ledger_before, each.current)
            for each in alerts
        ),
        "the alert (owner, filing, kind, before, after, ledger before, current)",
    )
    yield from (
        f"alert id {alert_id} is there {count} times"
        for alert_id, count in Counter(each.alert_id for each in alerts).items()
        if count > 1
    )


def _each_line_in_one_alert(log: Log) -> Iterator[str]:
    """Each transaction line of each applied report is in the trades of exactly one alert of that owner.

    Counted over the topics alone, whatever filings say: a report that was applied before is told no second time.
    """
    reported: dict[tuple[str, str], tuple[int, ...]] = {}
    for report in _reports(log):
        reported.setdefault((report.owner, report.filing_id), report.lines)
    yield from _differences(
        Counter((owner, filing_id, line) for (owner, filing_id), lines in reported.items() for line in lines),
        Counter((each.owner, each.filing_id, line) for each in log.alerts for line in each.lines),
        "the alert of line (owner, filing, line)",
    )


def _foreign_positions_put_away(log: Log, *, compacted: bool) -> Iterator[str]:
    """Each record that a stranger wrote among the positions has one dead letter, and its key is deleted.

    Compaction takes the record itself away.
    """
    if not compacted:
        yield from _differences(
            Counter((each.partition, each.offset) for each in log.strangers),
            _letters_of(POSITIONS.name, log.letters),
            "the dead letter of position (partition, offset)",
        )
    yield from (f"the foreign key {key} is not deleted" for key in sorted(log.undeleted))


def _offsets_at_the_end(log: Log) -> Iterator[str]:
    """Each group has committed every record of its source, and no offset that is not there."""
    for name, records in ((FILINGS.name, log.filings), (TRANSACTIONS.name, log.reports)):
        last: dict[int, int] = {}
        for record in records:
            last[record.partition] = record.offset
        for partition, offset in last.items():
            committed, end = log.committed.get((name, partition), 0), log.ends.get((name, partition), 0)
            if not offset < committed <= end:
                yield f"{name}[{partition}] is committed to {committed}; its last record is {offset}, its end {end}"


def violations_before_a_copy(log: Log) -> list[Violation]:
    """Return what is wrong with topics that were copied, and that the copy does not show."""
    found: dict[str, Iterable[str]] = {
        "foreign positions put away": _foreign_positions_put_away(log, compacted=False),
        "what was seen stays": _what_was_seen_stays(log, compacted=set()),
    }
    return [Violation(name, what) for name, whats in found.items() for what in whats]


def _what_was_seen_stays(log: Log, *, compacted: set[str]) -> Iterator[str]:
    """What a reader saw of a partition is what is there up to its last: nothing else, and nothing in between.

    A record seen and missing was read before it was committed; one that is there and was passed over came too late.
    """
    for (topic, partition), seen in log.seen.items():
        offsets = [offset for offset, _ in seen]
        if offsets != sorted(set(offsets)):
            yield f"{topic}[{partition}] was not seen in the order of its offsets"
        last = max(offsets, default=-1)
        there = [each for each in log.found.get((topic, partition), []) if each[0] <= last]
        missing = [] if topic in compacted else sorted(set(seen) - set(there))
        passed = sorted(set(there) - set(seen))
        yield from (f"{topic}[{partition}]@{offset} was seen and is not there" for offset, _ in missing)
        yield from (f"{topic}[{partition}]@{offset} is there and was passed over" for offset, _ in passed)


def _fold(filings: Iterable[Filing], told: Told) -> Expected:
    """Each filing, the first time it comes, moves its owners' positions, and that is an alert for each of them."""
    versions: dict[str, list[Held]] = defaultdict(list)
    alerts: Counter[AlertTold] = Counter()
    applied: set[str] = set()
    for filing in filings:
        if is_poison(filing.key) or filing.key in applied:
            continue
        applied.add(filing.key)
        for held in told(filing.key):
            steps = versions[held.owner]
            before, after = Decimal(steps[-1].shares if steps else 0), Decimal(held.shares)
            ledger_before = before if steps else None
            steps.append(held)
            alerts[AlertTold(held.owner, filing.key, _kind(before, after), before, after, ledger_before, after)] += 1
    return Expected(versions, alerts)


def _kind(before: Decimal, after: Decimal) -> str:
    if after == 0:
        return "closed"
    if before == 0:
        return "opened"
    return "increased" if after > before else "decreased"


def _reports(log: Log) -> Iterator[Report]:
    return (report for report in log.reports if not is_poison(report.key))


def _letters_of(topic: str, letters: Sequence[Letter]) -> Counter[tuple[int, int]]:
    return Counter((letter.partition, letter.offset) for letter in letters if letter.topic == topic)


def _differences(expected: Counter[K], there: Counter[K], what: str) -> Iterator[str]:
    """What is lost, what is there too often, and what nothing accounts for."""
    for each, count in expected.items():
        if there[each] < count:
            yield f"lost: {what} {each} is there {there[each]} of {count} times"
    for each, count in there.items():
        if count > expected[each]:
            yield f"twice: {what} {each} is there {count} of {expected[each]} times"
