"""EDGAR's clock: US Eastern time to UTC, the hours in which most filings come, and when a day's index is due."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from contracts.transactions_reported import Filing
from services.section16.business_days import is_scheduled_business_day

EASTERN: Final = ZoneInfo("America/New_York")
"""EDGAR's own time."""
OPENS: Final = time(6)
CLOSES: Final = time(22)
"""Eastern hours in which EDGAR takes filings."""
FAST_FROM: Final = time(16)
FAST_UNTIL: Final = CLOSES
"""Eastern hours in which most filings come: from the exchanges' close until EDGAR's own."""
INDEX_DUE: Final = time(22, 45)
"""When EDGAR has usually written the index of the day. It may be late, and of a day off decreed once it never comes."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A calendar quarter, as EDGAR's folders are divided: `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter a day is in."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def next(self) -> Self:
        """The quarter after it."""
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
        """As EDGAR's folders are named: `2024/QTR3`."""
        return f"{self.year}/QTR{self.number}"


def utc_of(local: datetime) -> datetime:
    """The moment of a naive Eastern time.

    Of an hour that comes twice, when daylight saving ends, the first; an hour left out is taken as if it were not.
    """
    return local.replace(tzinfo=EASTERN).astimezone(UTC)


def is_fast(moment: datetime) -> bool:
    """Whether filings come fast at an aware moment: a business day, 16:00 to 22:00 Eastern."""
    local = moment.astimezone(EASTERN)
    return FAST_FROM <= local.time() < FAST_UNTIL and is_scheduled_business_day(local.date())


def is_open(moment: datetime) -> bool:
    """Whether EDGAR takes filings at an aware moment: a business day, 6:00 to 22:00 Eastern."""
    local = moment.astimezone(EASTERN)
    return OPENS <= local.time() < CLOSES and is_scheduled_business_day(local.date())


def index_due(day: date) -> datetime:
    """The moment, in UTC, at which the index of a day is due."""
    return utc_of(datetime.combine(day, INDEX_DUE))


def eastern_day(moment: datetime) -> date:
    """Return the day that it is in the East at an aware moment."""
    return moment.astimezone(EASTERN).date()


def filed_day(filing: Filing) -> date | None:
    """Return the day of filing: EDGAR's filing date, else that of acceptance in Eastern time; None if unknown."""
    if filing.filed_on is not None:
        return filing.filed_on
    return eastern_day(filing.accepted_at) if filing.accepted_at is not None else None
