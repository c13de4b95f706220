"""Every invariant detects its violations in a small log, and accepts a valid one."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS
from tests.chaos.invariants import ExpectedHolding, summary, violations, violations_before_a_copy
from tests.chaos.observed_records import Alert, DeadLetter, Filing, ForeignPosition, Log, Report, Update

TOLD = {
    "f1": [ExpectedHolding("i|a", 10), ExpectedHolding("i|b", 10)],  # a couple
    "f2": [ExpectedHolding("i|a", 4), ExpectedHolding("i|b", 4)],
    "f3": [ExpectedHolding("j|c", 7)],
}


def valid_log() -> Log:
    """Return a valid log: two filings of a couple, the first republished, one of another owner, and poison."""
    log = Log(
        filings=[
            Filing(0, 0, "f1", "t1"),
            Filing(0, 1, "poison/1", "t2"),
            Filing(0, 3, "f2", "t3"),
            Filing(0, 4, "f1", "t4"),
            Filing(1, 0, "f3", "t5"),
        ],
        reports=[
            Report(0, 0, "i", "f1", "i|a", "t1", (0,)),
            Report(0, 1, "i", "f1", "i|b", "t1", (0,)),
            Report(0, 3, "i", "f2", "i|a", "t3", (0, 1)),
            Report(0, 4, "i", "f2", "i|b", "t3", (0, 1)),
            Report(0, 5, "i", "f1", "i|a", "t4", (0,)),
            Report(0, 6, "i", "f1", "i|b", "t4", (0,)),
            Report(1, 0, "j", "f3", "j|c", "t5", (0,)),
            Report(1, 1, "poison/2", "", "", ""),
        ],
        updates=[
            Update(0, 0, "i|a", 1, "f1", (Decimal(10),), 0),
            Update(0, 1, "i|b", 1, "f1", (Decimal(10),), 1),
            Update(0, 3, "i|a", 2, "f2", (Decimal(4),), 3),
            Update(0, 4, "i|b", 2, "f2", (Decimal(4),), 4),
            Update(1, 0, "j|c", 1, "f3", (Decimal(7),), 0),
        ],
        alerts=[
            Alert("1", "i|a", "f1", "opened", Decimal(0), Decimal(10), None, Decimal(10), (0,)),
            Alert("2", "i|b", "f1", "opened", Decimal(0), Decimal(10), None, Decimal(10), (0,)),
            Alert("3", "i|a", "f2", "decreased", Decimal(10), Decimal(4), Decimal(10), Decimal(4), (0, 1)),
            Alert("4", "i|b", "f2", "decreased", Decimal(10), Decimal(4), Decimal(10), Decimal(4), (0, 1)),
            Alert("5", "j|c", "f3", "opened", Decimal(0), Decimal(7), None, Decimal(7), (0,)),
        ],
        dead_letters=[
            DeadLetter(FILINGS.name, 0, 1),
            DeadLetter(TRANSACTIONS.name, 1, 1),
            DeadLetter(POSITIONS.name, 0, 5),
        ],
        foreign_positions=[ForeignPosition(0, 5, "poison/3")],
        committed={
            (FILINGS.name, 0): 5,
            (FILINGS.name, 1): 1,
            (TRANSACTIONS.name, 0): 8,
            (TRANSACTIONS.name, 1): 2,
        },
        ends={(FILINGS.name, 0): 6, (FILINGS.name, 1): 2, (TRANSACTIONS.name, 0): 8, (TRANSACTIONS.name, 1): 3},
        seen={(ALERTS.name, 0): [(0, 11), (1, 12), (3, 13)]},
    )
    log.found[ALERTS.name, 0] = [(0, 11), (1, 12), (3, 13), (4, 14)]
    return log


def broken(log: Log, *, compacted: bool = False) -> set[str]:
    """Return the names of the invariants that the log breaks."""
    return {each.invariant for each in violations(log, TOLD.__getitem__, compacted=compacted)}


def lose_a_report(log: Log) -> None:
    """Remove one owner's report of a filing."""
    del log.reports[1]
    del log.updates[1]


def double_a_report(log: Log) -> None:
    """Duplicate a filing's report, which holdings takes for a repeated filing."""
    log.reports.append(Report(1, 2, "j", "f3", "j|c", "t5", (0,)))
    log.committed = {**log.committed, (TRANSACTIONS.name, 1): 3}


def lose_a_dead_letter(log: Log) -> None:
    """Remove the dead letter of a poison filing."""
    del log.dead_letters[0]


def double_a_dead_letter(log: Log) -> None:
    """Duplicate the dead letter of a poison report."""
    log.dead_letters.append(log.dead_letters[1])


def dead_letter_a_valid_filing(log: Log) -> None:
    """Add a dead letter for a filing that has its reports."""
    log.dead_letters.append(DeadLetter(FILINGS.name, 1, 0))


def swap_reports(log: Log) -> None:
    """Swap the reports of two filings of an issuer."""
    log.reports[0:2], log.reports[2:4] = (
        [replace(each, filing_id="f2", trace="t3") for each in log.reports[0:2]],
        [replace(each, filing_id="f1", trace="t1") for each in log.reports[2:4]],
    )


def lose_an_update(log: Log) -> None:
    """Remove the positions that a report led to."""
    del log.updates[2]


def double_an_update(log: Log) -> None:
    """Apply a report twice."""
    log.updates.append(replace(log.updates[-1], offset=1, version=2))


def leave_a_gap_in_versions(log: Log) -> None:
    """Skip a version, as if two instances had written one book."""
    log.updates[2] = replace(log.updates[2], version=3)


def go_back_in_offsets(log: Log) -> None:
    """Swap two updates, as if a fenced instance had written after its successor."""
    log.updates[0], log.updates[1] = log.updates[1], log.updates[0]


def read_an_aborted_report(log: Log) -> None:
    """Base positions on a report that does not exist, as if it had been read before its transaction aborted."""
    log.updates[-1] = replace(log.updates[-1], source_offset=9)


def miscount_a_position(log: Log) -> None:
    """Change the amount of a position."""
    log.updates[-1] = replace(log.updates[-1], amounts=(Decimal(8),))


def lose_an_alert(log: Log) -> None:
    """Remove the alert of a change."""
    del log.alerts[2]


def double_an_alert(log: Log) -> None:
    """Duplicate the alert of a change."""
    log.alerts.append(log.alerts[2])


def report_a_wrong_change(log: Log) -> None:
    """Change the amount before, as filed, in an alert."""
    log.alerts[2] = replace(log.alerts[2], before=Decimal(0))


def report_a_wrong_ledger_amount(log: Log) -> None:
    """Change the ledger's amount before in an alert."""
    log.alerts[2] = replace(log.alerts[2], ledger_before=Decimal(11))


def lose_a_line(log: Log) -> None:
    """Remove one line from an alert."""
    log.alerts[2] = replace(log.alerts[2], lines=(1,))


def report_a_line_twice(log: Log) -> None:
    """Report the same line in two alerts of one owner."""
    log.alerts.append(replace(log.alerts[2], alert_id="6", lines=(1,)))


def double_a_line_within_an_alert(log: Log) -> None:
    """Report a line twice in one alert."""
    log.alerts[2] = replace(log.alerts[2], lines=(0, 1, 1))


def report_a_line_for_another_owner(log: Log) -> None:
    """Give one spouse both alerts of a joint trade, and the other none."""
    log.alerts[3] = replace(log.alerts[3], owner="i|a")


def report_a_line_that_does_not_exist(log: Log) -> None:
    """Report a line that the filing does not have."""
    log.alerts[4] = replace(log.alerts[4], lines=(0, 1))


def leave_a_foreign_position(log: Log) -> None:
    """Remove the dead letter of a foreign position."""
    del log.dead_letters[2]


def quarantine_a_foreign_position_twice(log: Log) -> None:
    """Duplicate the dead letter of a foreign position."""
    log.dead_letters.append(log.dead_letters[2])


def leave_a_foreign_key(log: Log) -> None:
    """Keep the key of a foreign position that has its dead letter."""
    log.undeleted.add("poison/3")


def begin_a_book_in_its_middle(log: Log) -> None:
    """Remove an owner's first version."""
    del log.updates[0]


def compute_a_book_again(log: Log) -> None:
    """Let a command recompute an existing book, with a version missing before it."""
    log.updates[2] = replace(log.updates[2], version=3, rebuilt=True)


def commit_too_little(log: Log) -> None:
    """Leave one record uncommitted."""
    log.committed = {**log.committed, (FILINGS.name, 0): 4}


def commit_past_the_end(log: Log) -> None:
    """Commit beyond the end, so that the next record would be skipped."""
    log.committed = {**log.committed, (TRANSACTIONS.name, 0): 9}


def see_a_record_that_vanishes(log: Log) -> None:
    """Let the observer read a record that does not exist in the end."""
    log.seen = {(ALERTS.name, 0): [(0, 11), (1, 12), (2, 99), (3, 13)]}


def see_another_record(log: Log) -> None:
    """Let the observer read another value at an offset."""
    log.seen = {(ALERTS.name, 0): [(0, 11), (1, 99), (3, 13)]}


def skip_a_record(log: Log) -> None:
    """Let the observer skip a record."""
    log.seen = {(ALERTS.name, 0): [(0, 11), (3, 13)]}


def see_in_another_order(log: Log) -> None:
    """Let the observer read two records in the wrong order."""
    log.seen = {(ALERTS.name, 0): [(1, 12), (0, 11), (3, 13)]}


@pytest.mark.parametrize(
    ("damage", "invariant"),
    [
        (lose_a_report, "each filing once"),
        (double_a_report, "each filing once"),
        (lose_a_dead_letter, "each filing once"),
        (dead_letter_a_valid_filing, "each filing once"),
        (swap_reports, "reports in order"),
        (double_a_dead_letter, "each report once"),
        (lose_an_update, "each report once"),
        (double_an_update, "each report once"),
        (read_an_aborted_report, "each report once"),
        (leave_a_gap_in_versions, "versions contiguous"),
        (go_back_in_offsets, "versions contiguous"),
        (miscount_a_position, "positions are the fold"),
        (lose_an_update, "positions are the fold"),
        (lose_an_alert, "one alert per change"),
        (double_an_alert, "one alert per change"),
        (report_a_wrong_change, "one alert per change"),
        (report_a_wrong_ledger_amount, "one alert per change"),
        (lose_an_alert, "each line in one alert"),
        (double_an_alert, "each line in one alert"),
        (lose_a_line, "each line in one alert"),
        (report_a_line_twice, "each line in one alert"),
        (double_a_line_within_an_alert, "each line in one alert"),
        (report_a_line_for_another_owner, "each line in one alert"),
        (report_a_line_that_does_not_exist, "each line in one alert"),
        (leave_a_foreign_position, "foreign positions quarantined"),
        (quarantine_a_foreign_position_twice, "foreign positions quarantined"),
        (leave_a_foreign_key, "foreign positions quarantined"),
        (begin_a_book_in_its_middle, "versions contiguous"),
        (compute_a_book_again, "versions contiguous"),
        (commit_too_little, "offsets at the end"),
        (commit_past_the_end, "offsets at the end"),
        (see_a_record_that_vanishes, "observed records stay"),
        (see_another_record, "observed records stay"),
        (skip_a_record, "observed records stay"),
        (see_in_another_order, "observed records stay"),
    ],
)
def test_invariant_detects_its_violation(damage: Callable[[Log], None], invariant: str) -> None:
    """A campaign proves nothing unless each invariant can fail."""
    log = valid_log()
    damage(log)
    assert invariant in broken(log)


def test_valid_log_breaks_no_invariant() -> None:
    """Repeated filings, poison, couples and offsets skipped by markers break nothing."""
    assert broken(valid_log()) == set()


def test_compacted_positions_need_only_the_last_version() -> None:
    """Records removed by compaction are not lost, even if an observer read them; the last version is required."""
    log = valid_log()
    log.updates = log.updates[2:]
    log.found[POSITIONS.name, 0] = [(3, 23), (4, 24)]
    log.seen = {(POSITIONS.name, 0): [(0, 21), (1, 22), (3, 23), (4, 24)]}
    assert broken(log, compacted=True) == set()
    assert broken(log) >= {"each report once", "versions contiguous", "observed records stay"}
    log.updates = log.updates[1:]
    assert "positions are the fold" in broken(log, compacted=True)


def copied() -> Log:
    """Return the same records after a repartition that computed positions from all reports but the last couple's."""
    log = valid_log()
    log.updates = [
        replace(log.updates[0], rebuilt=True),
        replace(log.updates[1], rebuilt=True),
        *log.updates[2:4],
        replace(log.updates[4], rebuilt=True),
    ]
    log.dead_letters.append(DeadLetter(POSITIONS.name, 3, 77))  # about a record that was not copied
    return log


def test_copy_may_begin_with_the_last_version_of_each_book() -> None:
    """Earlier versions are folded into it; later ones must be contiguous again."""
    log = copied()
    assert violations(log, TOLD.__getitem__, copied=True) == []
    log.updates = [replace(log.updates[2], rebuilt=True), *log.updates[1:2], *log.updates[3:]]
    assert "versions contiguous" in {each.invariant for each in violations(log, TOLD.__getitem__, copied=True)}
    log.updates.sort(key=lambda update: update.offset)
    assert violations(log, TOLD.__getitem__, copied=True) == []


def test_copy_may_reorder_reports_of_different_issuers_but_not_of_one() -> None:
    """A repartition merges partitions by record times, which follow the reports, not the filings."""
    log = valid_log()
    log.filings[3], log.filings[4] = log.filings[4], log.filings[3]
    log.filings = [replace(filing, partition=0) for filing in log.filings]
    log.reports = [replace(report, partition=0) for report in log.reports]
    names = {each.invariant for each in violations(log, TOLD.__getitem__)}
    assert "reports in order" in names
    assert "reports in order" not in {each.invariant for each in violations(log, TOLD.__getitem__, copied=True)}
    swap_reports(log)
    assert "reports in order" in {each.invariant for each in violations(log, TOLD.__getitem__, copied=True)}


def test_old_topics_are_checked_after_a_repartition() -> None:
    """The copy shows neither what an observer read before it nor the dead letters of foreign positions."""
    log = valid_log()
    assert violations_before_a_copy(log) == []
    see_a_record_that_vanishes(log)
    leave_a_foreign_position(log)
    names = {each.invariant for each in violations_before_a_copy(log)}
    assert names == {"observed records stay", "foreign positions quarantined"}


def test_compaction_may_remove_a_foreign_position_but_not_its_deletion() -> None:
    """On the embedded engine the repair's null value replaces the foreign record."""
    log = valid_log()
    log.foreign_positions.clear()
    assert "foreign positions quarantined" not in broken(log, compacted=True)
    leave_a_foreign_key(log)
    assert "foreign positions quarantined" in broken(log, compacted=True)


def test_summary_shows_counts_before_details() -> None:
    """A reader of a failed run needs the kinds of violations first."""
    log = valid_log()
    log.alerts.clear()
    text = summary(violations(log, TOLD.__getitem__))
    assert text.startswith(
        "5 x one alert per change\n7 x each line in one alert\n  one alert per change: lost: the alert"
    )
