"""The ledger: what is owed survives a restart, what was published is known while it can come again, and no longer."""

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


def begun() -> tuple[PendingFilings, dict[str, bytes]]:
    """A ledger that was begun on Monday, and its records."""
    ledger = PendingFilings()
    ledger.begin(MONDAY)
    return ledger, written(ledger, {})


def written(ledger: PendingFilings, records: dict[str, bytes]) -> dict[str, bytes]:
    """The records with the changes of the ledger, as a compacted topic keeps them."""
    for key, value in ledger.changes():
        records.pop(key, None)
        if value is not None:
            records[key] = value
    return records


def restored(records: dict[str, bytes]) -> PendingFilings:
    """A ledger made of the records."""
    ledger = PendingFilings()
    for key, value in records.items():
        ledger.restore(key, value)
    return ledger


def test_it_owes_from_the_day_on_which_it_was_begun() -> None:
    """And remembers that day, so that a restart days later does not begin anew."""
    assert not PendingFilings().begun
    _, records = begun()
    again = restored(records)
    assert again.begun
    assert again.owed_from == MONDAY
    assert list(again.open_days(MONDAY + DAY)) == [MONDAY, MONDAY + DAY]


def test_what_was_seen_and_not_published_is_owed_after_a_restart() -> None:
    """With all that was known of it."""
    ledger, records = begun()
    assert ledger.see(reference(1))
    assert ledger.see(reference(2, by_index=True))
    again = restored(written(ledger, records))
    assert list(again.waiting.values()) == [reference(1), reference(2, by_index=True)]
    assert not again.see(reference(1))


def test_what_was_published_is_not_news() -> None:
    """Neither at once nor after a restart, and whoever tells of it."""
    ledger, records = begun()
    ledger.see(reference(1))
    ledger.publish(reference(1))
    again = restored(written(ledger, records))
    for one in (ledger, again):
        assert not one.see(reference(1))
        assert not one.see(reference(1, by_index=True))
        assert not one.waiting


def test_one_that_waits_takes_the_path_that_an_index_tells() -> None:
    """The feed's may lead nowhere; what else was known of it stays."""
    ledger, records = begun()
    ledger.see(reference(1))
    assert not ledger.see(reference(1, path="/b.txt", by_index=True))
    (waiting,) = restored(written(ledger, records)).waiting.values()
    assert (waiting.path, waiting.accepted_at, waiting.source) == ("/b.txt", NOON, "edgar-current")
    assert not ledger.see(reference(1, path="/c.txt"))
    assert not ledger.has_news, "the feed tells of it at every look"


def test_what_was_published_is_forgotten_days_after_its_index_was_read() -> None:
    """The topic's record is deleted; from then on the filing is known by its date, which is no longer owed."""
    ledger, records = begun()
    ledger.publish(reference(1))
    ledger.publish(reference(2, MONDAY + DAY))
    written(ledger, records)
    for days in range(12):
        assert any(key.endswith("000001") for key in records) == (days < 12)
        ledger.close(MONDAY + days * DAY)
        written(ledger, records)
    assert [key for key in records if key.endswith("000001")] == []
    assert [key for key in records if key.endswith("000002")] != []
    assert ledger.owed_from == MONDAY + DAY
    assert restored(records).owed_from == MONDAY + DAY


def test_what_waits_is_never_forgotten() -> None:
    """However old: a filing that cannot be fetched is owed until it is."""
    ledger, records = begun()
    ledger.see(reference(1))
    for days in range(400):
        ledger.close(MONDAY + days * DAY)
    assert restored(written(ledger, records)).waiting
    ledger.publish(reference(1))
    ledger.close(MONDAY + 400 * DAY)
    assert list(written(ledger, records)) == ["edgar|place"]


def test_how_far_the_feed_was_seen_is_kept_and_never_goes_back() -> None:
    """By itself it is no news: it is written with what is."""
    ledger, records = begun()
    ledger.see_until("4", NOON)
    ledger.see_until("4", NOON - DAY)
    assert not ledger.has_news
    ledger.see(reference(1))
    assert ledger.has_news
    again = restored(written(ledger, records))
    assert (again.seen_until("4"), again.seen_until("3")) == (NOON, None)


def test_changes_are_given_once() -> None:
    """A batch that is not committed ends the feed, and with it this ledger."""
    ledger, _ = begun()
    ledger.see(reference(1))
    ledger.publish(reference(1))
    assert [key for key, _ in ledger.changes()] == ["edgar|0000950170-25-000001"]
    assert list(ledger.changes()) == []
    assert not ledger.has_news


def test_the_filings_known_to_be_of_a_day_are_those_published_and_those_waiting() -> None:
    """And no other day's: what the day's index has to list."""
    ledger, _ = begun()
    published, waiting, next_day = reference(1), reference(2), reference(3, MONDAY + DAY)
    for each in (published, waiting, next_day):
        ledger.see(each)
    ledger.publish(published)
    assert ledger.known_of(MONDAY) == {published.accession_number, waiting.accession_number}


def test_look_is_written_by_itself_once_in_fifteen_minutes() -> None:
    """On a quiet Sunday it is all that shows that the watcher looks; a record each poll would be 10,000 a day."""
    ledger, records = begun()
    ledger.look(NOON)
    assert ledger.has_news
    assert restored(written(ledger, records)).looked_at == NOON
    ledger.look(NOON + timedelta(minutes=14))
    assert not ledger.has_news
    ledger.look(NOON + timedelta(minutes=15))
    assert ledger.has_news
    assert restored(written(ledger, records)).looked_at == NOON + timedelta(minutes=15)


def test_cursor_without_a_look_is_still_read() -> None:
    """One that an earlier version wrote."""
    _, records = begun()
    (key,) = records
    before = json.loads(records[key])
    del before["looked_at"]
    ledger = restored({key: json.dumps(before).encode()})
    assert (ledger.first_day, ledger.looked_at) == (MONDAY, None)
