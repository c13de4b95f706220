"""When to read the daily indexes, and when a day's index is final. Pure.

A day's index is due late in its evening, may come later, and may have been incomplete when it was read. So it is read
again the next morning. There is none for weekends, holidays, or days off by decree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from services.section16.business_days import is_scheduled_business_day
from services.section16.edgar_calendar import index_due, utc_of

_FINAL: Final = time(6)
"""Eastern, the next morning: EDGAR opens, and nothing is added to the day before."""
_SOON: Final = timedelta(minutes=15)
_LATER: Final = timedelta(hours=1)
_PATIENCE: Final = timedelta(days=10)
_PATIENCE_WITH_INCOMPLETE: Final = timedelta(days=1)
_LEAST_MISSES: Final = 3
_ONE_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Day:
    read_at: datetime
    misses: int = 0
    is_done: bool = False


class IndexSchedule:
    """When to read the index of each open day. A restart forgets it: then every open day is read once more."""

    def __init__(self) -> None:
        self._days: dict[date, _Day] = {}

    def due(self, open_days: Iterable[date], now: datetime) -> date | None:
        """Return the oldest day whose index is to be read now."""
        return next((day for day in open_days if not self._of(day).is_done and self._of(day).read_at <= now), None)

    def next_at(self, open_days: Iterable[date]) -> datetime | None:
        """Return when the next index is due."""
        return min((self._of(day).read_at for day in open_days if not self._of(day).is_done), default=None)

    def is_done(self, day: date) -> bool:
        """Return whether the day's index is final, or given up."""
        return self._of(day).is_done

    def note_read(self, day: date, now: datetime) -> None:
        """Note that the index was read completely."""
        known = self._of(day)
        known.misses = 0
        known.is_done = now >= _final_read(day)
        known.read_at = _final_read(day)

    def note_missing(self, day: date, now: datetime, *, damaged: bool) -> bool:
        """Note that the index is missing or damaged; return whether it is given up although it should exist."""
        given_up = self._read_again(day, now, _PATIENCE)
        if not damaged and not is_scheduled_business_day(day):
            self._of(day).is_done = now >= _final_read(day)
            return False
        return given_up

    def note_incomplete(self, day: date, now: datetime) -> bool:
        """Note that the index lacks known filings of its day; return whether it is now accepted all the same.

        It may have been read while it was written. A few filings may also be listed on another day than their own.
        """
        return self._read_again(day, now, _PATIENCE_WITH_INCOMPLETE)

    def postpone(self, day: date, now: datetime) -> None:
        """Read the index later, because EDGAR did not respond.

        An outage is not evidence about the day, however long.
        """
        self._of(day).read_at = now + _SOON

    def forget(self, day: date) -> None:
        """Forget a closed day."""
        self._days.pop(day, None)

    def _read_again(self, day: date, now: datetime, patience: timedelta) -> bool:
        known = self._of(day)
        known.misses += 1
        known.read_at = now + (_SOON if now < _final_read(day) else _LATER)
        known.is_done = known.misses >= _LEAST_MISSES and now >= _final_read(day) + patience
        return known.is_done

    def _of(self, day: date) -> _Day:
        if day not in self._days:
            self._days[day] = _Day(index_due(day) if is_scheduled_business_day(day) else _final_read(day))
        return self._days[day]


def _final_read(day: date) -> datetime:
    return utc_of(datetime.combine(day + _ONE_DAY, _FINAL))
