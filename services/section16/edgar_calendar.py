"""EDGAR's clock and calendar: US Eastern time, opening hours, quarters, and when an index is due."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from services.section16.business_days import is_scheduled_business_day

EASTERN: Final = ZoneInfo("America/New_York")
"""The time zone of EDGAR."""
OPENS: Final = time(6)
CLOSES: Final = time(22)
"""Eastern hours in which EDGAR accepts filings."""
FAST_FROM: Final = time(16)
FAST_UNTIL: Final = CLOSES
"""Eastern hours in which most filings arrive: from the close of the exchanges until EDGAR closes."""
INDEX_DUE: Final = time(22, 45)
"""When EDGAR has usually written the day's index. It may be late; if the day was closed by decree, it never comes."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A calendar quarter, by which EDGAR's folders are divided. `number` is 1 to 4.

    >>> str(Quarter.of(date(2024, 12, 30))), str(Quarter(2024, 4).next), Quarter(2024, 4).last_day
    ('2024/QTR4', '2025/QTR1', datetime.date(2024, 12, 31))
    """

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the quarter that contains a day."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def next(self) -> Self:
        """The following quarter."""
        return type(self)(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.next.first_day - _ONE_DAY

    def __str__(self) -> str:
        """Return the name of EDGAR's folder, such as `2024/QTR3`."""
        return f"{self.year}/QTR{self.number}"


def utc_of(local: datetime) -> datetime:
    """Return a naive Eastern time as UTC.

    When daylight saving ends, an hour occurs twice: the first is taken. When it begins, an hour is skipped: a time
    within it is read as standard time.

    >>> utc_of(datetime(2024, 7, 19, 16, 30))
    datetime.datetime(2024, 7, 19, 20, 30, tzinfo=datetime.timezone.utc)
    """
    return local.replace(tzinfo=EASTERN).astimezone(UTC)


def is_fast(moment: datetime) -> bool:
    """Return whether most filings arrive at this time: a business day, 16:00 to 22:00 Eastern.

    >>> is_fast(datetime(2024, 7, 19, 20, 30, tzinfo=UTC)), is_fast(datetime(2024, 7, 19, 19, 30, tzinfo=UTC))
    (True, False)
    """
    local = moment.astimezone(EASTERN)
    return FAST_FROM <= local.time() < FAST_UNTIL and is_scheduled_business_day(local.date())


def is_open(moment: datetime) -> bool:
    """Return whether EDGAR accepts filings at this time: a business day, 6:00 to 22:00 Eastern.

    >>> is_open(datetime(2024, 7, 19, 10, 0, tzinfo=UTC)), is_open(datetime(2024, 7, 20, 16, 0, tzinfo=UTC))
    (True, False)
    """
    local = moment.astimezone(EASTERN)
    return OPENS <= local.time() < CLOSES and is_scheduled_business_day(local.date())


def index_due(day: date) -> datetime:
    """Return the time, in UTC, at which a day's index is due.

    >>> index_due(date(2024, 7, 19)).isoformat()
    '2024-07-20T02:45:00+00:00'
    """
    return utc_of(datetime.combine(day, INDEX_DUE))


def eastern_day(moment: datetime) -> date:
    """Return the US Eastern day of an aware time.

    >>> eastern_day(datetime(2024, 7, 16, 1, 30, tzinfo=UTC))
    datetime.date(2024, 7, 15)
    """
    return moment.astimezone(EASTERN).date()
