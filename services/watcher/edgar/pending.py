"""The watcher's cursor for EDGAR: pending filings, recently published ones, and the days whose index is final.

All of it is records of the cursor topic, written in the transaction that publishes. The state is bounded: published
filings are forgotten some days after the index of their day is final. Older filings are then recognized by date alone.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from contracts.base import utc_text
from contracts.enumerations import FormType
from contracts.filing_published import FilingSource

CURSOR_KEY: Final = "edgar"
_SUMMARY: Final = f"{CURSOR_KEY}|place"
"""Key of the one record that is not about a single filing."""
_DAYS_REMEMBERED: Final = timedelta(days=10)
"""How long after its day a published filing is known by its number: the feed shows some filings for days."""
_POLL_NOTED_EVERY: Final = timedelta(minutes=15)
"""How old the last poll in the cursor topic may become before a new one is written just for itself."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reference:
    """A filing that EDGAR has listed. `day` is its filing date, or that of the index that lists it, if later.

    `path` is that of its submission. `accepted_at` and `seen_at` are UTC; `accepted_at` is None if only an index lists
    the filing.
    """

    accession_number: str
    form_type: FormType
    path: str
    day: date
    accepted_at: datetime | None
    source: FilingSource
    seen_at: datetime

    def as_json(self) -> dict[str, object]:
        """Return the reference as the cursor topic carries it, with dates and times in ISO form."""
        return asdict(self) | {
            "day": self.day.isoformat(),
            "accepted_at": utc_text(self.accepted_at) if self.accepted_at else None,
            "seen_at": utc_text(self.seen_at),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, str]) -> "Reference":
        """Return the reference that a cursor record carries."""
        return cls(
            accession_number=fields["accession_number"],
            form_type=fields["form_type"],  # type: ignore[arg-type]  # as it was written
            path=fields["path"],
            day=date.fromisoformat(fields["day"]),
            accepted_at=datetime.fromisoformat(fields["accepted_at"]) if fields["accepted_at"] else None,
            source=fields["source"],  # type: ignore[arg-type]  # likewise
            seen_at=datetime.fromisoformat(fields["seen_at"]),
        )


class PendingFilings:
    """The pending filings by accession number (`waiting`), and all other state of the cursor.

    It keeps track of the records that changed since `changes` was last called.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, Reference] = {}
        self.closed_through: date | None = None
        self.polled_at: datetime | None = None
        self._first_day: date | None = None
        self._published: dict[str, date] = {}
        self._seen_until: dict[str, datetime] = {}
        self._poll_noted_at: datetime | None = None
        self._changed: dict[str, None] = {}
        self._has_news = False

    def restore(self, key: str, value: bytes | None) -> None:
        """Apply one record of the cursor topic."""
        number = key.removeprefix(f"{CURSOR_KEY}|")
        fields = json.loads(value) if value is not None else None
        if key == _SUMMARY and fields is not None:
            self._restore_summary(fields)
            return
        self.waiting.pop(number, None)
        self._published.pop(number, None)
        if fields is not None and "published" in fields:
            self._published[number] = date.fromisoformat(fields["published"])
        elif fields is not None:
            self.waiting[number] = Reference.from_json(fields)

    @property
    def first_day(self) -> date | None:
        """The first day whose filings the watcher publishes; None before its first run."""
        return self._first_day

    def start(self, day: date) -> None:
        """Make this the first day whose filings are published."""
        self._first_day = day
        self.closed_through = day - _ONE_DAY
        self._note_change(_SUMMARY)

    @property
    def pending_since(self) -> date:
        """The first day whose filings may be pending, and are known by their numbers once they are published."""
        if self._first_day is None or self.closed_through is None:
            return date.max
        return max(self._first_day, self.closed_through - _DAYS_REMEMBERED)

    def known_of(self, day: date) -> set[str]:
        """Return the accession numbers of the known filings of that day."""
        waiting = {number for number, reference in self.waiting.items() if reference.day == day}
        return waiting | {number for number, published in self._published.items() if published == day}

    def knows(self, accession_number: str) -> bool:
        """Return whether the filing is pending, or published and not yet forgotten."""
        return accession_number in self._published or accession_number in self.waiting

    def add(self, reference: Reference) -> bool:
        """Add a filing that EDGAR lists; return whether it is new.

        A pending filing takes on the path from an index, which may work if the one from the feed leads nowhere.
        """
        number = reference.accession_number
        known = self.waiting.get(number)
        if known is None and number not in self._published:
            self.waiting[number] = reference
            self._note_change(number)
            return True
        if known is not None and reference.source == "edgar-index" and known.path != reference.path:
            self.waiting[number] = replace(known, path=reference.path)
            self._note_change(number)
        return False

    def publish(self, reference: Reference) -> None:
        """Mark the filing as published, by the next batch."""
        self.waiting.pop(reference.accession_number, None)
        self._published[reference.accession_number] = reference.day
        self._note_change(reference.accession_number)

    def seen_until(self, prefix: str) -> datetime | None:
        """Return the acceptance time up to which the feed of these forms has been seen without a gap."""
        return self._seen_until.get(prefix)

    def note_seen_until(self, prefix: str, moment: datetime) -> None:
        """Note that the feed of these forms has been seen up to that acceptance time."""
        if moment > self._seen_until.get(prefix, datetime.min.replace(tzinfo=moment.tzinfo)):
            self._seen_until[prefix] = moment
            self._changed[_SUMMARY] = None

    def note_poll(self, moment: datetime) -> None:
        """Note that the whole feed was polled without a failure; every 15 minutes that is worth a record."""
        self.polled_at = moment
        if self._poll_noted_at is None or abs(moment - self._poll_noted_at) >= _POLL_NOTED_EVERY:
            self._note_change(_SUMMARY)

    def open_days(self, until: date) -> Iterator[date]:
        """Yield the days whose index is not final, oldest first."""
        day = self.closed_through + _ONE_DAY if self.closed_through else date.max
        while day <= until:
            yield day
            day += _ONE_DAY

    def close(self, day: date) -> None:
        """Close the oldest open day, whose index is final, and forget published filings that are old enough."""
        self.closed_through = day
        self._note_change(_SUMMARY)
        for number in [number for number, published in self._published.items() if published < self.pending_since]:
            del self._published[number]
            self._note_change(number)

    @property
    def has_news(self) -> bool:
        """Whether anything changed that must be written even if no filing is published."""
        return self._has_news

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """Yield the records that changed since the last call, to be written with the filings; None deletes one."""
        changed, self._changed, self._has_news = self._changed, {}, False
        for number in changed:
            yield (_SUMMARY, self._summary()) if number == _SUMMARY else (f"{CURSOR_KEY}|{number}", self._entry(number))

    def _note_change(self, what: str) -> None:
        self._changed[what] = None
        self._has_news = True

    def _restore_summary(self, fields: dict[str, Any]) -> None:
        self._first_day = date.fromisoformat(fields["first_day"])
        self.closed_through = date.fromisoformat(fields["closed_through"])
        self._seen_until = {form: datetime.fromisoformat(until) for form, until in fields["seen_until"].items()}
        self.polled_at = datetime.fromisoformat(fields["looked_at"]) if fields.get("looked_at") else None
        self._poll_noted_at = self.polled_at

    def _summary(self) -> bytes:
        fields = {
            "first_day": str(self._first_day),
            "closed_through": str(self.closed_through),
            "seen_until": {prefix: utc_text(moment) for prefix, moment in sorted(self._seen_until.items())},
            "looked_at": utc_text(self.polled_at) if self.polled_at else None,
        }
        self._poll_noted_at = self.polled_at
        return json.dumps(fields).encode()

    def _entry(self, number: str) -> bytes | None:
        if published := self._published.get(number):
            return json.dumps({"published": published.isoformat()}).encode()
        reference = self.waiting.get(number)
        return json.dumps(reference.as_json()).encode() if reference else None
