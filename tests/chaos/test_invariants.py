"""Every invariant notices what it is there for, in a log of seven records, and says nothing of one that is right."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from contracts.topics import ALERTS, FILINGS, POSITIONS, TRANSACTIONS
from tests.chaos.facts import Alert, Filing, Letter, Log, Report, Stranger, Update
from tests.chaos.invariants import Held, summary, violations, violations_before_a_copy

TOLD = {
    "f1": [Held("i|a", 10), Held("i|b", 10)],  # a couple
    "f2": [Held("i|a", 4), Held("i|b", 4)],
    "f3": [Held("j|c", 7)],
}


def right() -> Log:
    """Two filings of a couple, the first of them published again, one of another owner, and poison in both topics."""
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
        letters=[Letter(FILINGS.name, 0, 1), Letter(TRANSACTIONS.name, 1, 1), Letter(POSITIONS.name, 0, 5)],
        strangers=[Stranger(0, 5, "poison/3")],
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
    """The names of the invariants that the log breaks."""
    return {each.invariant for each in violations(log, TOLD.__getitem__, compacted=compacted)}


def lose_a_report(log: Log) -> None:
    """One owner's part of a filing is missing."""
    del log.reports[1]
    del log.updates[1]


def double_a_report(log: Log) -> None:
    """A filing's report is there twice; holdings took it for a repeated filing."""
    log.reports.append(Report(1, 2, "j", "f3", "j|c", "t5", (0,)))
    log.committed = {**log.committed, (TRANSACTIONS.name, 1): 3}


def lose_a_dead_letter(log: Log) -> None:
    """Nothing tells what became of a poisoned filing."""
    del log.letters[0]


def double_a_dead_letter(log: Log) -> None:
    """A poisoned report was put away twice."""
    log.letters.append(log.letters[1])


def put_away_a_good_filing(log: Log) -> None:
    """A dead letter of a filing that has its reports."""
    log.letters.append(Letter(FILINGS.name, 1, 0))


def swap_reports(log: Log) -> None:
    """Two filings of an issuer changed places on the way."""
    log.reports[0:2], log.reports[2:4] = (
        [replace(each, filing_id="f2", trace="t3") for each in log.reports[0:2]],
        [replace(each, filing_id="f1", trace="t1") for each in log.reports[2:4]],
    )


def lose_an_update(log: Log) -> None:
    """A report moved no position."""
    del log.updates[2]


def double_an_update(log: Log) -> None:
    """A report moved its position twice."""
    log.updates.append(replace(log.updates[-1], offset=1, version=2))


def leave_a_gap_in_versions(log: Log) -> None:
    """A version is missing: two instances wrote one book."""
    log.updates[2] = replace(log.updates[2], version=3)


def go_back_in_offsets(log: Log) -> None:
    """An instance that was past its time wrote after the next."""
    log.updates[0], log.updates[1] = log.updates[1], log.updates[0]


def read_an_aborted_report(log: Log) -> None:
    """Positions came of a report that is not there: it was read before its transaction was aborted."""
    log.updates[-1] = replace(log.updates[-1], source_offset=9)


def miscount_a_position(log: Log) -> None:
    """A position is not what the filing says."""
    log.updates[-1] = replace(log.updates[-1], amounts=(Decimal(8),))


def lose_an_alert(log: Log) -> None:
    """A change without its alert."""
    del log.alerts[2]


def double_an_alert(log: Log) -> None:
    """A change with two alerts."""
    log.alerts.append(log.alerts[2])


def tell_a_wrong_change(log: Log) -> None:
    """An alert starts from an amount that was not the one before."""
    log.alerts[2] = replace(log.alerts[2], before=Decimal(0))


def tell_what_the_ledger_did_not_hold(log: Log) -> None:
    """An alert compares with a book that was not the owner's."""
    log.alerts[2] = replace(log.alerts[2], ledger_before=Decimal(11))


def lose_a_line(log: Log) -> None:
    """An alert is there, and one of its filing's trades is not in it."""
    log.alerts[2] = replace(log.alerts[2], lines=(1,))


def tell_a_line_twice(log: Log) -> None:
    """Two alerts of one owner report the same trade."""
    log.alerts.append(replace(log.alerts[2], alert_id="6", lines=(1,)))


def double_a_line_within_an_alert(log: Log) -> None:
    """A trade is summed twice in one alert."""
    log.alerts[2] = replace(log.alerts[2], lines=(0, 1, 1))


def tell_a_line_of_another_owner(log: Log) -> None:
    """A couple's joint trade gives two alerts for one spouse and none for the other."""
    log.alerts[3] = replace(log.alerts[3], owner="i|a")


def tell_a_line_that_is_not_there(log: Log) -> None:
    """An alert reports a trade that its filing does not."""
    log.alerts[4] = replace(log.alerts[4], lines=(0, 1))


def leave_a_stranger_among_the_positions(log: Log) -> None:
    """No repair has put a foreign record of the state away."""
    del log.letters[2]


def put_a_stranger_away_twice(log: Log) -> None:
    """Two repairs made a dead letter of one foreign record."""
    log.letters.append(log.letters[2])


def leave_a_foreign_key(log: Log) -> None:
    """A foreign record has its dead letter, and still stands among the positions."""
    log.undeleted.add("poison/3")


def begin_a_book_in_its_middle(log: Log) -> None:
    """An owner's first version is not the first, and no command has computed it."""
    del log.updates[0]


def compute_a_book_again(log: Log) -> None:
    """A command wrote a book that was there: it had lost versions."""
    log.updates[2] = replace(log.updates[2], version=3, rebuilt=True)


def stand_before_the_end(log: Log) -> None:
    """The group has a record left to do."""
    log.committed = {**log.committed, (FILINGS.name, 0): 4}


def stand_past_the_end(log: Log) -> None:
    """The group would pass over a record to come."""
    log.committed = {**log.committed, (TRANSACTIONS.name, 0): 9}


def see_what_goes_away(log: Log) -> None:
    """A reader saw a record that is not there in the end."""
    log.seen = {(ALERTS.name, 0): [(0, 11), (1, 12), (2, 99), (3, 13)]}


def see_another_record(log: Log) -> None:
    """Two values at one offset."""
    log.seen = {(ALERTS.name, 0): [(0, 11), (1, 99), (3, 13)]}


def pass_over_a_record(log: Log) -> None:
    """A record came to be where the reader had already been."""
    log.seen = {(ALERTS.name, 0): [(0, 11), (3, 13)]}


def see_in_another_order(log: Log) -> None:
    """A reader saw two records of a partition the other way round."""
    log.seen = {(ALERTS.name, 0): [(1, 12), (0, 11), (3, 13)]}


@pytest.mark.parametrize(
    ("harm", "invariant"),
    [
        (lose_a_report, "each filing once"),
        (double_a_report, "each filing once"),
        (lose_a_dead_letter, "each filing once"),
        (put_away_a_good_filing, "each filing once"),
        (swap_reports, "reports in order"),
        (double_a_dead_letter, "each report once"),
        (lose_an_update, "each report once"),
        (double_an_update, "each report once"),
        (read_an_aborted_report, "each report once"),
        (leave_a_gap_in_versions, "versions contiguous"),
        (go_back_in_offsets, "versions contiguous"),
        (miscount_a_position, "positions are the fold"),
        (lose_an_update, "positions are the fold"),
        (lose_an_alert, "one alert a change"),
        (double_an_alert, "one alert a change"),
        (tell_a_wrong_change, "one alert a change"),
        (tell_what_the_ledger_did_not_hold, "one alert a change"),
        (lose_an_alert, "each line in one alert"),
        (double_an_alert, "each line in one alert"),
        (lose_a_line, "each line in one alert"),
        (tell_a_line_twice, "each line in one alert"),
        (double_a_line_within_an_alert, "each line in one alert"),
        (tell_a_line_of_another_owner, "each line in one alert"),
        (tell_a_line_that_is_not_there, "each line in one alert"),
        (leave_a_stranger_among_the_positions, "foreign positions put away"),
        (put_a_stranger_away_twice, "foreign positions put away"),
        (leave_a_foreign_key, "foreign positions put away"),
        (begin_a_book_in_its_middle, "versions contiguous"),
        (compute_a_book_again, "versions contiguous"),
        (stand_before_the_end, "offsets at the end"),
        (stand_past_the_end, "offsets at the end"),
        (see_what_goes_away, "what was seen stays"),
        (see_another_record, "what was seen stays"),
        (pass_over_a_record, "what was seen stays"),
        (see_in_another_order, "what was seen stays"),
    ],
)
def test_an_invariant_notices_what_breaks_it(harm: Callable[[Log], None], invariant: str) -> None:
    """The named invariant is among those broken."""
    log = right()
    harm(log)
    assert invariant in broken(log)


def test_nothing_is_wrong_with_what_is_right() -> None:
    """Repeated filings, poison, couples and offsets skipped by markers break nothing."""
    assert broken(right()) == set()


def test_of_a_compacted_topic_only_the_last_positions_need_be_there() -> None:
    """What compaction took away is not lost, nor is it missing where a reader saw it; the last version is needed."""
    log = right()
    log.updates = log.updates[2:]
    log.found[POSITIONS.name, 0] = [(3, 23), (4, 24)]
    log.seen = {(POSITIONS.name, 0): [(0, 21), (1, 22), (3, 23), (4, 24)]}
    assert broken(log, compacted=True) == set()
    assert broken(log) >= {"each report once", "versions contiguous", "what was seen stays"}
    log.updates = log.updates[1:]
    assert "positions are the fold" in broken(log, compacted=True)


def copied() -> Log:
    """The same records in other partitions: positions were computed from all reports but the last couple's."""
    log = right()
    log.updates = [
        replace(log.updates[0], rebuilt=True),
        replace(log.updates[1], rebuilt=True),
        *log.updates[2:4],
        replace(log.updates[4], rebuilt=True),
    ]
    log.letters.append(Letter(POSITIONS.name, 3, 77))  # about a record that was not copied
    return log


def test_a_copy_may_begin_with_the_last_version_of_each_book() -> None:
    """What came before is folded into it; what comes after is contiguous again."""
    log = copied()
    assert violations(log, TOLD.__getitem__, copied=True) == []
    log.updates = [replace(log.updates[2], rebuilt=True), *log.updates[1:2], *log.updates[3:]]
    assert "versions contiguous" in {each.invariant for each in violations(log, TOLD.__getitem__, copied=True)}
    log.updates.sort(key=lambda update: update.offset)
    assert violations(log, TOLD.__getitem__, copied=True) == []


def test_reports_of_several_issuers_may_change_places_in_a_copy_and_those_of_one_may_not() -> None:
    """Partitions are merged by the times of their records, which are those of reports, not of their filings."""
    log = right()
    log.filings[3], log.filings[4] = log.filings[4], log.filings[3]
    log.filings = [replace(filing, partition=0) for filing in log.filings]
    log.reports = [replace(report, partition=0) for report in log.reports]
    names = {each.invariant for each in violations(log, TOLD.__getitem__)}
    assert "reports in order" in names
    assert "reports in order" not in {each.invariant for each in violations(log, TOLD.__getitem__, copied=True)}
    swap_reports(log)
    assert "reports in order" in {each.invariant for each in violations(log, TOLD.__getitem__, copied=True)}


def test_topics_that_were_left_behind_are_held_to_what_was_seen_in_them() -> None:
    """The copy shows neither what a reader saw before it, nor the dead letters of strangers among the positions."""
    log = right()
    assert violations_before_a_copy(log) == []
    see_what_goes_away(log)
    leave_a_stranger_among_the_positions(log)
    names = {each.invariant for each in violations_before_a_copy(log)}
    assert names == {"what was seen stays", "foreign positions put away"}


def test_compaction_may_take_a_stranger_away_and_never_its_deletion() -> None:
    """On the embedded engine the repair's null replaces the foreign record itself."""
    log = right()
    log.strangers.clear()
    assert "foreign positions put away" not in broken(log, compacted=True)
    leave_a_foreign_key(log)
    assert "foreign positions put away" in broken(log, compacted=True)


def test_the_summary_counts_and_shows_the_first() -> None:
    """A reader of a failed run sees what kind of harm there is before the details."""
    log = right()
    log.alerts.clear()
    said = summary(violations(log, TOLD.__getitem__))
    assert said.startswith("5 x one alert a change\n7 x each line in one alert\n  one alert a change: lost: the alert")
