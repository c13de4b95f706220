"""What backfills have done: which days, form by form, and of days begun which filings. Pure.

All of it is records of the cursor topic, written in the transaction that publishes. They stay few: a day that is done
goes into a range of days, and what was noted of its filings is deleted.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.enumerations import FormType

CURSOR_KEY: Final = "edgar-backfill"
LABEL: Final = f"watcher.{CURSOR_KEY}"
"""What metrics and probes call a backfill."""
_DONE: Final = f"{CURSOR_KEY}|done|"
_BATCH: Final = f"{CURSOR_KEY}|batch|"
_ONE_DAY: Final = timedelta(days=1)

DayRange = tuple[date, date]
"""Days from one to another, both included."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction has published of a day: the form of each filing by its accession number."""

    day: date
    filings: Mapping[str, str]

    def as_json(self) -> bytes:
        return json.dumps({"day": str(self.day), "filings": dict(self.filings)}).encode()


class BackfillState:
    """What is done as it stands, and which of its records have changed since they were last taken to be written."""

    def __init__(self) -> None:
        self._done: dict[str, tuple[DayRange, ...]] = {}
        self._batches: dict[str, _Batch] = {}
        self._changed: dict[str, None] = {}

    def restore(self, key: str, value: bytes | None) -> None:
        """Take in one record of the cursor topic."""
        said = json.loads(value) if value is not None else None
        if key.startswith(_DONE) and said is not None:
            self._done[key.removeprefix(_DONE)] = tuple(
                (date.fromisoformat(first), date.fromisoformat(last)) for first, last in said["days"]
            )
        elif key.startswith(_BATCH) and said is not None:
            self._batches[key] = _Batch(date.fromisoformat(said["day"]), said["filings"])
        else:
            self._batches.pop(key, None)

    def is_done(self, day: date, forms: Collection[FormType]) -> bool:
        """Whether all filings of these forms that were filed on the day are published."""
        return all(any(first <= day <= last for first, last in self._done.get(form, ())) for form in forms)

    def is_published(self, day: date, form: FormType, accession_number: str) -> bool:
        """Whether the filing of that day is in the log."""
        return self.is_done(day, [form]) or any(accession_number in batch.filings for batch in self._batches.values())

    def publish(self, day: date, filings: Mapping[str, FormType]) -> None:
        """The filings of a day, forms by accession numbers, are in the batch that is written next."""
        key = f"{_BATCH}{day}|{min(filings)}"
        self._batches[key] = _Batch(day, filings)
        self._changed[key] = None

    def finish(self, day: date, forms: Collection[FormType]) -> None:
        """All filings of these forms and this day are in the log, or in the batch that is written next."""
        for form in forms:
            self._done[form] = with_day(self._done.get(form, ()), day)
            self._changed[f"{_DONE}{form}"] = None
        for key, batch in list(self._batches.items()):
            if batch.day == day and self.is_done(day, set(batch.filings.values())):  # type: ignore[arg-type]  # forms
                del self._batches[key]
                self._changed[key] = None

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to be written."""
        return bool(self._changed)

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The records that have changed since, to be written with the filings: None deletes one."""
        changed, self._changed = self._changed, {}
        for key in changed:
            yield key, self._record(key)

    def _record(self, key: str) -> bytes | None:
        if key.startswith(_DONE):
            days = self._done[key.removeprefix(_DONE)]
            return json.dumps({"days": [[str(first), str(last)] for first, last in days]}).encode()
        batch = self._batches.get(key)
        return batch.as_json() if batch else None


def with_day(ranges: tuple[DayRange, ...], day: date) -> tuple[DayRange, ...]:
    """The ranges with one day more: sorted, and those that touch made one."""
    joined: list[DayRange] = []
    for first, last in sorted((*ranges, (day, day))):
        if joined and first <= joined[-1][1] + _ONE_DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
