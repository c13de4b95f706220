"""Stock splits: what a split makes of an amount, and of a derivative's terms."""

from decimal import Decimal
from typing import Final, NamedTuple

from services.holdings.amounts import ONE, ZERO
from services.holdings.classes import SecurityClass

_FEWEST_SHARES: Final = Decimal(100)
"""Below this a whole ratio is as likely chance as a split."""

_RATIOS: Final = frozenset({*range(2, 11), 12, *range(15, 101, 5)})
"""The ratios that companies split by; a 48 is chance."""

_CENT: Final = Decimal("0.01")
"""Exercise prices after a split are rounded to it, up or down."""


class SplitRatio(NamedTuple):
    """So many new shares for so many old ones: (5, 1), or (1, 20) where they were combined."""

    new: int
    old: int


def split_ratio(before: Decimal, after: Decimal) -> SplitRatio | None:
    """The split that makes the one amount into the other; None where none does.

    Fractions are paid out in cash, so up to one share may be missing.
    """
    if min(before, after) < _FEWEST_SHARES:
        return None
    times = int((max(before, after) / min(before, after)).to_integral_value())
    if times not in _RATIOS:
        return None
    if after > before:
        return SplitRatio(times, 1) if abs(after - before * times) <= ONE else None
    return SplitRatio(1, times) if abs(after - before / times) <= ONE else None


def same_but_for_split(before: SecurityClass, after: SecurityClass, ratio: SplitRatio) -> bool:
    """Whether a derivative is the same one but for its exercise price, which the split divided.

    Its title may have been written anew with it; its expiry and what underlies it must be told, and the same.
    """
    if before.exercise_price is None or after.exercise_price is None or after.exercise_price <= ZERO:
        return False
    if before.expiration_date is None or before.underlying is None:
        return False
    if (before.table, before.ownership, before.expiration_date, before.underlying) != (
        after.table, after.ownership, after.expiration_date, after.underlying,
    ):  # fmt: skip
        return False
    return abs(before.exercise_price * ratio.old / ratio.new - after.exercise_price) <= _CENT
