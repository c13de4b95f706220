"""A few filings for tests that need no more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tests.edgar.filings import SECTION_16, Filing, Party

ISSUER: Final = Party("LANTERN WORKS INC", 912345, "Issuer")


def make_filing(
    number: int, accepted_at: datetime, *, form: str = "4", owners: int = 1, shown_after: timedelta | None = timedelta()
) -> Filing:
    """Return the filing with that number, by that many owners. If `shown_after` is None it is never in the feed."""
    parties = [
        Party(f"Doe Jane {number}.{owner}", 1_700_000 + 10 * number + owner, "Reporting") for owner in range(owners)
    ]
    roles = (ISSUER,) if form in SECTION_16 else ()
    shown = None if shown_after is None else accepted_at + shown_after
    return Filing(f"0000950170-{accepted_at:%y}-{number:06}", form, accepted_at, (*parties, *roles), shown)


def every_minute(count: int, first_at: datetime, *, form: str = "4") -> Sequence[Filing]:
    """Return filings of one owner each, a minute apart."""
    return [make_filing(number, first_at + timedelta(minutes=number), form=form) for number in range(count)]
