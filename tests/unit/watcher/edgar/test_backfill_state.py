"""The state of backfills: few records, and enough to continue after any interruption."""

import json
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.enumerations import FormType
from services.watcher.edgar.backfill_state import CURSOR_KEY, BackfillState, DayRange, with_day

DAY = date(2024, 5, 16)
NEXT = DAY + timedelta(days=1)


def written(done: BackfillState, log: dict[str, bytes | None]) -> dict[str, bytes | None]:
    """Return the records after the changes are written, as compaction keeps them: the last of each key."""
    log |= dict(done.changes())
    return {key: value for key, value in log.items() if value is not None}


def restored(log: dict[str, bytes | None]) -> BackfillState:
    """Return the state that a new run restores."""
    done = BackfillState()
    for key, value in log.items():
        done.restore(key, value)
    return done


def test_a_filing_in_the_log_is_known_before_its_day_is_done_and_after() -> None:
    """A run that is stopped between two batches of a day publishes no filing twice."""
    done = BackfillState()
    done.publish(DAY, {"a": "4", "b": "4/A"})
    log = written(done, {})
    again = restored(log)
    assert again.is_published(DAY, "4", "a")
    assert not again.is_published(DAY, "4", "c")
    assert not again.is_done(DAY, ["4"])
    again.publish(DAY, {"c": "4"})
    again.finish(DAY, ["4", "4/A"])
    log = written(again, log)
    assert restored(log).is_done(DAY, ["4", "4/A"])
    assert restored(log).is_published(DAY, "4", "a")
    assert sorted(log) == [f"{CURSOR_KEY}|done|4", f"{CURSOR_KEY}|done|4/A"]


def test_each_form_is_completed_separately() -> None:
    """A run that fetched Form 4 for a day has not fetched Form 3."""
    done = BackfillState()
    done.finish(DAY, ["4"])
    assert done.is_done(DAY, ["4"])
    assert not done.is_done(DAY, ["4", "3"])
    assert not done.is_done(NEXT, ["4"])
    assert not done.is_published(DAY, "3", "a")


def test_published_filings_of_an_unfinished_form_are_kept() -> None:
    """A run for all forms is stopped.

    After a complete run for Form 4, the Form 3 filings of the first are still known.
    """
    done = BackfillState()
    done.publish(DAY, {"a": "4", "b": "3"})
    done.publish(NEXT, {"c": "4"})
    done.finish(DAY, ["4"])
    again = restored(written(done, {}))
    assert again.is_published(DAY, "3", "b")
    assert again.is_published(NEXT, "4", "c")
    again.finish(DAY, ["3"])
    assert not any("batch" in key and str(DAY) in key for key in written(again, written(done, {})))


def test_without_changes_nothing_is_written() -> None:
    """An empty transaction would be useless."""
    done = BackfillState()
    assert not done.has_changed
    done.finish(DAY, ["4"])
    assert done.has_changed
    assert dict(done.changes()).keys() == {f"{CURSOR_KEY}|done|4"}
    assert not done.has_changed
    assert list(done.changes()) == []


def test_consecutive_days_are_stored_as_one_range() -> None:
    """The cursor must not grow with the number of completed days."""
    done = BackfillState()
    for number in range(3_000):
        done.finish(DAY + timedelta(days=number), ["4"])
    ((_, value),) = done.changes()
    assert json.loads(value or b"") == {"days": [[str(DAY), str(DAY + timedelta(days=2_999))]]}


@given(st.lists(st.integers(0, 60)))
def test_ranges_contain_exactly_the_days_that_were_added(numbers: list[int]) -> None:
    """They are sorted, whatever the order of insertion, and at least one day lies between two ranges."""
    ranges: tuple[DayRange, ...] = ()
    for number in numbers:
        ranges = with_day(ranges, DAY + timedelta(days=number))
    held = {DAY + timedelta(days=n) for n in range(61) for first, last in ranges if first <= DAY + timedelta(n) <= last}
    assert held == {DAY + timedelta(days=number) for number in numbers}
    assert all(one[1] + timedelta(days=1) < other[0] for one, other in pairwise(ranges))


def test_records_of_an_unknown_kind_are_ignored() -> None:
    """A later version may write other kinds."""
    done = BackfillState()
    done.restore(f"{CURSOR_KEY}|something|else", b"{}")
    done.restore(f"{CURSOR_KEY}|done|4", None)
    form: FormType = "4"
    assert not done.is_done(DAY, [form])
