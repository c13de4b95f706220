"""The pending: what is owed survives a restart, what was published is known while it can come again, and no longer."""

import json
from datetime import UTC, date, datetime, timedelta

from services.watcher.edgar.pending import PendingFilings, Reference

MONDAY = date(2025, 3, 10)
NOON = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def reference(number: int, day: date = MONDAY, *, path: str = "/a.txt", by_index: bool = False) -> Reference:
    """A filing of that day, as the feed or an index tells of it."""
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
    """A pending that was begun on Monday, and its records."""
    pending = PendingFilings()
    pending.start(MONDAY)
    return pending, written(pending, {})


def written(pending: PendingFilings, records: dict[str, bytes]) -> dict[str, bytes]:
    """The records with the changes of the pending, as a compacted topic keeps them."""
    for key, value in pending.changes():
        records.pop(key, None)
        if value is not None:
            records[key] = value
    return records


def restored(records: dict[str, bytes]) -> PendingFilings:
    """A pending made of the records."""
    pending = PendingFilings()
    for key, value in records.items():
        pending.restore(key, value)
    return pending


def test_it_owes_from_the_day_on_which_it_was_begun() -> None:
    """And remembers that day, so that a restart days later does not begin anew."""
    assert PendingFilings().first_day is None
    _, records = started()
    again = restored(records)
    assert again.first_day is not None
    assert again.pending_since == MONDAY
    assert list(again.open_days(MONDAY + DAY)) == [MONDAY, MONDAY + DAY]


def test_what_was_seen_and_not_published_is_owed_after_a_restart() -> None:
    """With all that was known of it."""
    pending, records = started()
    assert pending.add(reference(1))
    assert pending.add(reference(2, by_index=True))
    again = restored(written(pending, records))
    assert list(again.waiting.values()) == [reference(1), reference(2, by_index=True)]
    assert not again.add(reference(1))


def test_what_was_published_is_not_news() -> None:
    """Neither at once nor after a restart, and whoever tells of it."""
    pending, records = started()
    pending.add(reference(1))
    pending.publish(reference(1))
    again = restored(written(pending, records))
    for one in (pending, again):
        assert not one.add(reference(1))
        assert not one.add(reference(1, by_index=True))
        assert not one.waiting


def test_one_that_waits_takes_the_path_that_an_index_tells() -> None:
    """The feed's may lead nowhere; what else was known of it stays."""
    pending, records = started()
    pending.add(reference(1))
    assert not pending.add(reference(1, path="/b.txt", by_index=True))
    (waiting,) = restored(written(pending, records)).waiting.values()
    assert (waiting.path, waiting.accepted_at, waiting.source) == ("/b.txt", NOON, "edgar-current")
    assert not pending.add(reference(1, path="/c.txt"))
    assert not pending.has_news, "the feed tells of it at every look"


def test_what_was_published_is_forgotten_days_after_its_index_was_read() -> None:
    """The topic's record is deleted; from then on the filing is known by its date, which is no longer owed."""
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


def test_what_waits_is_never_forgotten() -> None:
    """However old: a filing that cannot be fetched is owed until it is."""
    pending, records = started()
    pending.add(reference(1))
    for days in range(400):
        pending.close(MONDAY + days * DAY)
    assert restored(written(pending, records)).waiting
    pending.publish(reference(1))
    pending.close(MONDAY + 400 * DAY)
    assert list(written(pending, records)) == ["edgar|place"]


def test_how_far_the_feed_was_seen_is_kept_and_never_goes_back() -> None:
    """By itself it is no news: it is written with what is."""
    pending, records = started()
    pending.note_seen_until("4", NOON)
    pending.note_seen_until("4", NOON - DAY)
    assert not pending.has_news
    pending.add(reference(1))
    assert pending.has_news
    again = restored(written(pending, records))
    assert (again.seen_until("4"), again.seen_until("3")) == (NOON, None)


def test_changes_are_given_once() -> None:
    """A batch that is not committed ends the feed, and with it this pending."""
    pending, _ = started()
    pending.add(reference(1))
    pending.publish(reference(1))
    assert [key for key, _ in pending.changes()] == ["edgar|0000950170-25-000001"]
    assert list(pending.changes()) == []
    assert not pending.has_news


def test_the_filings_known_to_be_of_a_day_are_those_published_and_those_waiting() -> None:
    """And no other day's: what the day's index has to list."""
    pending, _ = started()
    published, waiting, next_day = reference(1), reference(2), reference(3, MONDAY + DAY)
    for each in (published, waiting, next_day):
        pending.add(each)
    pending.publish(published)
    assert pending.known_of(MONDAY) == {published.accession_number, waiting.accession_number}


def test_look_is_written_by_itself_once_in_fifteen_minutes() -> None:
    """On a quiet Sunday it is all that shows that the watcher looks; a record each poll would be 10,000 a day."""
    pending, records = started()
    pending.note_poll(NOON)
    assert pending.has_news
    assert restored(written(pending, records)).polled_at == NOON
    pending.note_poll(NOON + timedelta(minutes=14))
    assert not pending.has_news
    pending.note_poll(NOON + timedelta(minutes=15))
    assert pending.has_news
    assert restored(written(pending, records)).polled_at == NOON + timedelta(minutes=15)


def test_cursor_without_a_look_is_still_read() -> None:
    """One that an earlier version wrote."""
    _, records = started()
    (key,) = records
    before = json.loads(records[key])
    del before["looked_at"]
    pending = restored({key: json.dumps(before).encode()})
    assert (pending.first_day, pending.polled_at) == (MONDAY, None)
