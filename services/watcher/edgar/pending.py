"""What the watcher owes: filings seen and not yet published, those published of late, and the days whose index is read.

All of it is records of the cursor topic, written in the transaction that publishes; a record's key says what it is of.
The ledger is bounded: what was published is forgotten some days after the index of its day has been read for good, and
filings of before are then known by their date alone.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from contracts.base import utc_text
from contracts.enumerations import FormType
from contracts.filing_published import FilingSource

CURSOR_KEY: Final = "edgar"
_PLACE: Final = f"{CURSOR_KEY}|place"
_DAYS_REMEMBERED: Final = timedelta(days=10)
"""For how long a published filing is known by its number after its day: the feed shows some filings for days."""
_LOOKS_NOTED_EVERY: Final = timedelta(minutes=15)
"""How old the last look that the cursor topic tells of may become before it is written by itself."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reference:
    """A filing that EDGAR has told of. `day` is its filing date, or that of the index that lists it, if later.

    `path` is that of its submission; `accepted_at` and `seen_at` are UTC, `accepted_at` None where only an index told.
    """

    accession_number: str
    form_type: FormType
    path: str
    day: date
    accepted_at: datetime | None
    source: FilingSource
    seen_at: datetime

    def as_json(self) -> dict[str, object]:
        """As the cursor topic carries it: moments in ISO form."""
        return asdict(self) | {
            "day": self.day.isoformat(),
            "accepted_at": utc_text(self.accepted_at) if self.accepted_at else None,
            "seen_at": utc_text(self.seen_at),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, str]) -> "Reference":
        """The reference that a record carries."""
        return cls(
            accession_number=said["accession_number"],
            form_type=said["form_type"],  # type: ignore[arg-type]  # as it was written
            path=said["path"],
            day=date.fromisoformat(said["day"]),
            accepted_at=datetime.fromisoformat(said["accepted_at"]) if said["accepted_at"] else None,
            source=said["source"],  # type: ignore[arg-type]  # likewise
            seen_at=datetime.fromisoformat(said["seen_at"]),
        )


class PendingFilings:
    """The ledger as it stands, and which of its records have changed since they were last taken to be written."""

    def __init__(self) -> None:
        self.waiting: dict[str, Reference] = {}
        self.closed_through: date | None = None
        self._first_day: date | None = None
        self._published: dict[str, date] = {}
        self._seen_until: dict[str, datetime] = {}
        self.looked_at: datetime | None = None
        self._look_noted_at: datetime | None = None
        self._changed: dict[str, None] = {}
        self._news = False

    def restore(self, key: str, value: bytes | None) -> None:
        """Take in one record of the cursor topic."""
        number = key.removeprefix(f"{CURSOR_KEY}|")
        said = json.loads(value) if value is not None else None
        if key == _PLACE and said is not None:
            self._first_day = date.fromisoformat(said["first_day"])
            self.closed_through = date.fromisoformat(said["closed_through"])
            self._seen_until = {form: datetime.fromisoformat(until) for form, until in said["seen_until"].items()}
            self.looked_at = datetime.fromisoformat(said["looked_at"]) if said.get("looked_at") else None
            self._look_noted_at = self.looked_at
            return
        self.waiting.pop(number, None)
        self._published.pop(number, None)
        if said is not None and "published" in said:
            self._published[number] = date.fromisoformat(said["published"])
        elif said is not None:
            self.waiting[number] = Reference.from_json(said)

    @property
    def first_day(self) -> date | None:
        """The day from which on every filing is owed."""
        return self._first_day

    @property
    def begun(self) -> bool:
        """Whether there is a day from which on every filing is owed."""
        return self._first_day is not None

    def begin(self, day: date) -> None:
        """Every filing of this day and of those after it is owed, no other."""
        self._first_day = day
        self.closed_through = day - _ONE_DAY
        self._note(_PLACE)

    @property
    def owed_from(self) -> date:
        """The first day whose filings are owed, and known by their number once they are published."""
        if self._first_day is None or self.closed_through is None:
            return date.max
        return max(self._first_day, self.closed_through - _DAYS_REMEMBERED)

    def known_of(self, day: date) -> set[str]:
        """The numbers of the filings that are known to be of that day."""
        waiting = {number for number, reference in self.waiting.items() if reference.day == day}
        return waiting | {number for number, published in self._published.items() if published == day}

    def knows(self, accession_number: str) -> bool:
        """Whether the filing is published and not yet forgotten, or owed."""
        return accession_number in self._published or accession_number in self.waiting

    def see(self, reference: Reference) -> bool:
        """Note a filing that EDGAR tells of; whether it is news.

        One that waits is given the path that an index tells: where the feed's leads nowhere, that may lead on.
        """
        number = reference.accession_number
        known = self.waiting.get(number)
        if known is None and number not in self._published:
            self.waiting[number] = reference
            self._note(number)
            return True
        if known is not None and reference.source == "edgar-index" and known.path != reference.path:
            self.waiting[number] = replace(known, path=reference.path)
            self._note(number)
        return False

    def publish(self, reference: Reference) -> None:
        """The filing is in the batch that is written next."""
        self.waiting.pop(reference.accession_number, None)
        self._published[reference.accession_number] = reference.day
        self._note(reference.accession_number)

    def seen_until(self, prefix: str) -> datetime | None:
        """The acceptance of the newest entry up to which the feed of these forms has been seen without a break."""
        return self._seen_until.get(prefix)

    def see_until(self, prefix: str, moment: datetime) -> None:
        """The feed of these forms has been seen up to there."""
        if moment > self._seen_until.get(prefix, datetime.min.replace(tzinfo=moment.tzinfo)):
            self._seen_until[prefix] = moment
            self._changed[_PLACE] = None

    def look(self, moment: datetime) -> None:
        """Note that all of the feed was looked at without a failure; every 15 minutes that is worth a record."""
        self.looked_at = moment
        if self._look_noted_at is None or abs(moment - self._look_noted_at) >= _LOOKS_NOTED_EVERY:
            self._note(_PLACE)

    def open_days(self, until: date) -> Iterator[date]:
        """The days whose index is not read for good, oldest first."""
        day = self.closed_through + _ONE_DAY if self.closed_through else date.max
        while day <= until:
            yield day
            day += _ONE_DAY

    def close(self, day: date) -> None:
        """All that the index of the oldest open day will ever tell is noted: forget what need not be known any more."""
        self.closed_through = day
        self._note(_PLACE)
        for number in [number for number, published in self._published.items() if published < self.owed_from]:
            del self._published[number]
            self._note(number)

    @property
    def has_news(self) -> bool:
        """Whether more has changed than how far the feed has been seen, which need not be written by itself."""
        return self._news

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The records that have changed since, to be written with the filings: None deletes one."""
        changed, self._changed, self._news = self._changed, {}, False
        for number in changed:
            yield (_PLACE, self._place()) if number == _PLACE else (f"{CURSOR_KEY}|{number}", self._record(number))

    def _note(self, what: str) -> None:
        self._changed[what] = None
        self._news = True

    def _place(self) -> bytes:
        place = {
            "first_day": str(self._first_day),
            "closed_through": str(self.closed_through),
            "seen_until": {prefix: utc_text(moment) for prefix, moment in sorted(self._seen_until.items())},
            "looked_at": utc_text(self.looked_at) if self.looked_at else None,
        }
        self._look_noted_at = self.looked_at
        return json.dumps(place).encode()

    def _record(self, number: str) -> bytes | None:
        if published := self._published.get(number):
            return json.dumps({"published": published.isoformat()}).encode()
        reference = self.waiting.get(number)
        return json.dumps(reference.as_json()).encode() if reference else None
