"""When to look at the indexes of the days that are open, and when a day has been looked at for good. Pure.

A day's index is due late in its evening, may come later, and may have been cut off when it was read: so it is read
again the next morning. Of a weekend, a holiday, or a day off decreed once none ever comes.
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
    next_look: datetime
    misses: int = 0
    is_done: bool = False


class IndexSchedule:
    """The looks at the index of each open day. A restart forgets them: then open days are looked at once more."""

    def __init__(self) -> None:
        self._days: dict[date, _Day] = {}

    def due(self, open_days: Iterable[date], now: datetime) -> date | None:
        """The oldest day whose index is to be looked at now."""
        return next((day for day in open_days if not self._of(day).is_done and self._of(day).next_look <= now), None)

    def next_at(self, open_days: Iterable[date]) -> datetime | None:
        """When a look is due next."""
        return min((self._of(day).next_look for day in open_days if not self._of(day).is_done), default=None)

    def is_done(self, day: date) -> bool:
        """Whether the day has been looked at for good."""
        return self._of(day).is_done

    def read(self, day: date, now: datetime) -> None:
        """The index was read whole."""
        known = self._of(day)
        known.misses = 0
        known.is_done = now >= _final_look(day)
        known.next_look = _final_look(day)

    def missed(self, day: date, now: datetime, *, damaged: bool) -> bool:
        """There is no index, or a damaged one; whether no more is hoped for, although there should be one."""
        given_up = self._look_again(day, now, _PATIENCE)
        if not damaged and not is_scheduled_business_day(day):
            self._of(day).is_done = now >= _final_look(day)
            return False
        return given_up

    def incomplete(self, day: date, now: datetime) -> bool:
        """The index lacks filings that are known to be of the day; whether it is taken for the whole all the same.

        It may have been read while it was written. A few filings may also be listed on another day than their own.
        """
        return self._look_again(day, now, _PATIENCE_WITH_INCOMPLETE)

    def put_off(self, day: date, now: datetime) -> None:
        """EDGAR gave no answer: that says nothing of the day, however often."""
        self._of(day).next_look = now + _SOON

    def forget(self, day: date) -> None:
        """The day is closed."""
        self._days.pop(day, None)

    def _look_again(self, day: date, now: datetime, patience: timedelta) -> bool:
        known = self._of(day)
        known.misses += 1
        known.next_look = now + (_SOON if now < _final_look(day) else _LATER)
        known.is_done = known.misses >= _LEAST_MISSES and now >= _final_look(day) + patience
        return known.is_done

    def _of(self, day: date) -> _Day:
        if day not in self._days:
            self._days[day] = _Day(index_due(day) if is_scheduled_business_day(day) else _final_look(day))
        return self._days[day]


def _final_look(day: date) -> datetime:
    return utc_of(datetime.combine(day + _ONE_DAY, _FINAL))
