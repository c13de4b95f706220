"""Scales and axes of the charts: round steps, dates, and short labels, which only axes and bars may have. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, floor, log10
from typing import Final

from services.gateway.page.figures import MINUS

_STEPS: Final = (1, 2, 2.5, 5, 10)
_MONTHS: Final = (1, 3, 6, 12, 24, 60, 120)
_LABEL_PIXELS: Final = 58
_UNITS: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))
_YEAR: Final = 12


def round_step(span: float, parts: int) -> float:
    """Return a step of 1, 2, 2.5 or 5 times a power of ten that divides a span into at most `parts`.

    >>> round_step(530, 3), round_step(7, 4)
    (200.0, 2.0)
    """
    if span <= 0:
        return 1.0
    rough = span / parts
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))


def short_number(value: float, prefix: str = "", *, exact: bool = False) -> str:
    """Return a number to three digits, as axes and bars show it; `exact` keeps zeros at its end.

    >>> short_number(2_500_000_000, "$"), short_number(600_000_000), short_number(0, "$")
    ('$2.5B', '600M', '0')
    >>> short_number(999_959_042, "$", exact=True)
    '$1.00B'
    """
    if value == 0:
        return "0"
    rounded = Decimal(f"{abs(value):.2e}")
    factor, unit = next(((factor, unit) for factor, unit in _UNITS if rounded >= factor), (1, ""))
    places = max(2 - (rounded / factor).adjusted(), 0)
    digits = f"{rounded / factor:.{places}f}"
    if not exact and "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{MINUS if value < 0 else ''}{prefix}{digits}{unit}"


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Days on a horizontal line from `left` to `right`, in pixels."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Return where a day is."""
        days = max((self.last - self.first).days, 1)
        return round(self.left + (self.right - self.left) * (day - self.first).days / days, 1)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield where the axis has labels, and the labels: years, or months if the time is short."""
        months = (self.last.year - self.first.year) * _YEAR + self.last.month - self.first.month
        room = max((self.right - self.left) / _LABEL_PIXELS, 1)
        least = _YEAR if months >= 2 * _YEAR else 1
        step = next((step for step in _MONTHS if step >= least and months / step <= room), _MONTHS[-1])
        year, month = self.first.year, self.first.month
        number = ceil((year * _YEAR + month - 1 + (self.first.day > 1)) / step) * step
        while (tick := date(number // _YEAR, number % _YEAR + 1, 1)) <= self.last:
            yield self.x(tick), str(tick.year) if step >= _YEAR else f"{tick:%b %Y}"
            number += step


@dataclass(frozen=True, slots=True)
class ValueScale:
    """Values on a vertical line: `low` at `bottom`, `high` at `top`, in pixels; both are multiples of `step`."""

    low: float
    high: float
    step: float
    top: float
    bottom: float

    @classmethod
    def covering(cls, low: float, high: float, parts: int, top: float, bottom: float) -> "ValueScale":
        """Return the scale that covers 0, `low` and `high` in round steps."""
        low, high = min(low, 0), max(high, 0)
        step = round_step(high - low, parts)
        return cls(floor(low / step) * step, max(ceil(high / step), 0 if low < 0 else 1) * step, step, top, bottom)

    def y(self, value: float) -> float:
        """Return where a value is."""
        return round(self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low), 1)

    def ticks(self) -> Iterator[tuple[float, float]]:
        """Yield where the gridlines are, and their values."""
        for index in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + index * self.step
            yield self.y(value), value
