"""A backfill's cursor: completed days per form, and the published filings of incomplete days. Pure.

All of it is records of the cursor topic, written in the transaction that publishes. They stay few: a completed day is
merged into a range of days, and the records of its filings are deleted.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from contracts.enumerations import FormType

CURSOR_KEY: Final = "edgar-backfill"
LABEL: Final = f"watcher.{CURSOR_KEY}"
"""The name of a backfill in metrics and probes."""
_DONE: Final = f"{CURSOR_KEY}|done|"
_BATCH: Final = f"{CURSOR_KEY}|batch|"
_ONE_DAY: Final = timedelta(days=1)

DayRange = tuple[date, date]
"""First and last day, both included."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """The filings of one day that one transaction published: accession numbers with their forms."""

    day: date
    filings: Mapping[str, str]

    def as_json(self) -> bytes:
        return json.dumps({"day": str(self.day), "filings": dict(self.filings)}).encode()


class BackfillState:
    """The state of all backfills. It keeps track of the records that changed since `changes` was last called."""

    def __init__(self) -> None:
        self._done: dict[str, tuple[DayRange, ...]] = {}
        self._batches: dict[str, _Batch] = {}
        self._changed: dict[str, None] = {}

    def restore(self, key: str, value: bytes | None) -> None:
        """Apply one record of the cursor topic."""
        fields = json.loads(value) if value is not None else None
        if key.startswith(_DONE) and fields is not None:
            self._done[key.removeprefix(_DONE)] = tuple(
                (date.fromisoformat(first), date.fromisoformat(last)) for first, last in fields["days"]
            )
        elif key.startswith(_BATCH) and fields is not None:
            self._batches[key] = _Batch(date.fromisoformat(fields["day"]), fields["filings"])
        else:
            self._batches.pop(key, None)

    def is_done(self, day: date, forms: Collection[FormType]) -> bool:
        """Return whether all filings of these forms and this day are published."""
        return all(any(first <= day <= last for first, last in self._done.get(form, ())) for form in forms)

    def is_published(self, day: date, form: FormType, accession_number: str) -> bool:
        """Return whether the filing of that day is published."""
        return self.is_done(day, [form]) or any(accession_number in batch.filings for batch in self._batches.values())

    def publish(self, day: date, filings: Mapping[str, FormType]) -> None:
        """Mark filings of a day, given with their forms, as published by the next batch."""
        key = f"{_BATCH}{day}|{min(filings)}"
        self._batches[key] = _Batch(day, filings)
        self._changed[key] = None

    def finish(self, day: date, forms: Collection[FormType]) -> None:
        """Mark the day as completed for these forms, by the next batch at the latest."""
        for form in forms:
            self._done[form] = with_day(self._done.get(form, ()), day)
            self._changed[f"{_DONE}{form}"] = None
        for key, batch in list(self._batches.items()):
            if batch.day == day and self.is_done(day, set(batch.filings.values())):  # type: ignore[arg-type]  # forms
                del self._batches[key]
                self._changed[key] = None

    @property
    def has_changed(self) -> bool:
        """Whether any record has to be written."""
        return bool(self._changed)

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """Yield the records that changed since the last call, to be written with the filings; None deletes one."""
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
    """Return the sorted ranges with one day added, adjacent ones merged."""
    merged: list[DayRange] = []
    for first, last in sorted((*ranges, (day, day))):
        if merged and first <= merged[-1][1] + _ONE_DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)
