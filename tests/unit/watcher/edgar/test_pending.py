"""Pending filings survive a restart; published filings are remembered while they may be listed again, and no longer."""

import json
from datetime import UTC, date, datetime, timedelta

from services.watcher.edgar.pending import PendingFilings, Reference

MONDAY = date(2025, 3, 10)
NOON = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def reference(number: int, day: date = MONDAY, *, path: str = "/a.txt", by_index: bool = False) -> Reference:
    """Return a filing of that day, as the feed or an index lists it."""
    return Reference(
        accession_number=f"0000950170-25-{number:06}",
        form_type="4/A",
        path=path,
        day=day,
        accepted_at=None if by_index else NOON,
        source="edgar-index" if by_index else "edgar-current",
        seen_at=NOON,
    )


def started() -> tuple[PendingFilings, dict[str, bytes]]:
    """Return pending filings that started on Monday, and their records."""
    pending = PendingFilings()
    pending.start(MONDAY)
    return pending, written(pending, {})


def written(pending: PendingFilings, records: dict[str, bytes]) -> dict[str, bytes]:
    """Return the records with the changes, as a compacted topic keeps them."""
    for key, value in pending.changes():
        records.pop(key, None)
        if value is not None:
            records[key] = value
    return records


def restored(records: dict[str, bytes]) -> PendingFilings:
    """Return pending filings restored from the records."""
    pending = PendingFilings()
    for key, value in records.items():
        pending.restore(key, value)
    return pending


def test_filings_are_pending_from_the_first_day_on() -> None:
    """It remembers that day, so that a restart days later does not start over."""
    assert PendingFilings().first_day is None
    _, records = started()
    again = restored(records)
    assert again.first_day is not None
    assert again.pending_since == MONDAY
    assert list(again.open_days(MONDAY + DAY)) == [MONDAY, MONDAY + DAY]


def test_filings_seen_and_not_published_are_pending_after_a_restart() -> None:
    """All that was known about the filing is kept."""
    pending, records = started()
    assert pending.add(reference(1))
    assert pending.add(reference(2, by_index=True))
    again = restored(written(pending, records))
    assert list(again.waiting.values()) == [reference(1), reference(2, by_index=True)]
    assert not again.add(reference(1))


def test_published_filings_are_not_added_again() -> None:
    """This holds at once and after a restart, whether the feed or an index lists it."""
    pending, records = started()
    pending.add(reference(1))
    pending.publish(reference(1))
    again = restored(written(pending, records))
    for one in (pending, again):
        assert not one.add(reference(1))
        assert not one.add(reference(1, by_index=True))
        assert not one.waiting


def test_a_pending_filing_takes_its_path_from_an_index() -> None:
    """The feed's path may not exist; the other facts are kept."""
    pending, records = started()
    pending.add(reference(1))
    assert not pending.add(reference(1, path="/b.txt", by_index=True))
    (waiting,) = restored(written(pending, records)).waiting.values()
    assert (waiting.path, waiting.accepted_at, waiting.source) == ("/b.txt", NOON, "edgar-current")
    assert not pending.add(reference(1, path="/c.txt"))
    assert not pending.has_news, "the feed lists it at every poll"


def test_published_filings_are_forgotten_days_after_their_index_was_read() -> None:
    """The record is deleted; afterwards the filing is recognized by its date, which is no longer pending."""
    pending, records = started()
    pending.publish(reference(1))
    pending.publish(reference(2, MONDAY + DAY))
    written(pending, records)
    for days in range(12):
        assert any(key.endswith("000001") for key in records) == (days < 12)
        pending.close(MONDAY + days * DAY)
        written(pending, records)
    assert [key for key in records if key.endswith("000001")] == []
    assert [key for key in records if key.endswith("000002")] != []
    assert pending.pending_since == MONDAY + DAY
    assert restored(records).pending_since == MONDAY + DAY


def test_a_pending_filing_is_never_forgotten() -> None:
    """However old, a filing that cannot be fetched stays pending until it is published."""
    pending, records = started()
    pending.add(reference(1))
    for days in range(400):
        pending.close(MONDAY + days * DAY)
    assert restored(written(pending, records)).waiting
    pending.publish(reference(1))
    pending.close(MONDAY + 400 * DAY)
    assert list(written(pending, records)) == ["edgar|place"]


def test_the_time_up_to_which_the_feed_was_read_never_goes_back() -> None:
    """It is not written alone, but with the next change."""
    pending, records = started()
    pending.note_seen_until("4", NOON)
    pending.note_seen_until("4", NOON - DAY)
    assert not pending.has_news
    pending.add(reference(1))
    assert pending.has_news
    again = restored(written(pending, records))
    assert (again.seen_until("4"), again.seen_until("3")) == (NOON, None)


def test_changes_are_returned_once() -> None:
    """A batch that is not committed ends the source, and with it this object."""
    pending, _ = started()
    pending.add(reference(1))
    pending.publish(reference(1))
    assert [key for key, _ in pending.changes()] == ["edgar|0000950170-25-000001"]
    assert list(pending.changes()) == []
    assert not pending.has_news


def test_known_filings_of_a_day_are_the_published_and_the_pending_ones() -> None:
    """No other day's filings are included: the day's index must list exactly these."""
    pending, _ = started()
    published, waiting, next_day = reference(1), reference(2), reference(3, MONDAY + DAY)
    for each in (published, waiting, next_day):
        pending.add(each)
    pending.publish(published)
    assert pending.known_of(MONDAY) == {published.accession_number, waiting.accession_number}


def test_time_of_the_last_poll_is_written_alone_once_in_15_minutes() -> None:
    """On a quiet Sunday only this shows that the watcher polls. One record per poll would be 10,000 per day."""
    pending, records = started()
    pending.note_poll(NOON)
    assert pending.has_news
    assert restored(written(pending, records)).polled_at == NOON
    pending.note_poll(NOON + timedelta(minutes=14))
    assert not pending.has_news
    pending.note_poll(NOON + timedelta(minutes=15))
    assert pending.has_news
    assert restored(written(pending, records)).polled_at == NOON + timedelta(minutes=15)


def test_cursor_without_the_time_of_a_poll_is_read() -> None:
    """Earlier versions wrote such cursors."""
    _, records = started()
    (key,) = records
    before = json.loads(records[key])
    del before["looked_at"]
    pending = restored({key: json.dumps(before).encode()})
    assert (pending.first_day, pending.polled_at) == (MONDAY, None)
