"""The tape as its templates show it: days, and one row per filing. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from urllib.parse import quote

from markupsafe import Markup

from contracts.filing_day import filed_day
from contracts.structs import Filing, Owner
from services.gateway.page import figures
from services.gateway.page.figures import Amount
from services.gateway.page.filters_view import Chip, FiltersView
from services.section16.wording import plural


@dataclass(frozen=True, slots=True)
class Row:
    """One filing. None is shown as absent; `quiet` rows are neither purchase nor sale."""

    filing_id: str
    alert_id: str
    day: date | None
    time: str | None
    ticker: str | None
    issuer: str
    issuer_path: str
    insider: str
    owner_path: str
    roles: str
    security: str | None
    action: str
    side: str
    mark: str
    shares: Amount | None
    average_price: str | None
    value: str | None
    dollars: Decimal | None
    holding: str | None
    ownership: str | None
    holds_now: Amount | None
    tags: tuple[tuple[str, str], ...]
    long_tags: tuple[str, ...]
    others: int
    sentence: Markup
    repeats: bool = False

    @property
    def short_day(self) -> str | None:
        """The day without its weekday."""
        return figures.day(self.day)


@dataclass(frozen=True, slots=True)
class Day:
    """The filings of one day; the summary is empty if there is only one."""

    title: str
    summary: str
    rows: tuple[Row, ...]


def days_of(rows: Iterable[Row]) -> tuple[Day, ...]:
    """Return the rows by day, newest day first; rows of a day keep their order, which is that of arrival."""
    ordered = sorted(rows, key=lambda row: row.day or date.min, reverse=True)
    return tuple(_day(day, tuple(group)) for day, group in groupby(ordered, key=lambda row: row.day))


def has_fractions(rows: Iterable[Row]) -> bool:
    """Return whether a row has a fraction of a share, for which the table keeps room."""
    return any(amount and amount.fraction for row in rows for amount in (row.shares, row.holds_now))


def day_of(filing: Filing) -> date | None:
    """Return the day that a filing is shown under: filed or accepted, else signed, else its period."""
    return filed_day(filing) or signed_on(filing) or filing.period_of_report


def signed_on(filing: Filing) -> date | None:
    """Return the latest date of a signature; None if none is a date."""
    dates = []
    for signature in filing.signatures:
        try:
            dates.append(date.fromisoformat(signature.date or ""))
        except ValueError:
            continue
    return max(dates, default=None)


def roles_of(owner: Owner, *, short: bool = True) -> tuple[str, ...]:
    """Return an owner's roles: the title, director, 10 % owner, other."""
    title = owner.officer_title if not _points_elsewhere(owner.officer_title) else None
    found = (
        title or ("Officer" if owner.is_officer else None),
        ("Dir" if short else "Director") if owner.is_director else None,
        (f"10{figures.NARROW}%" if short else f"10{figures.NARROW}% owner") if owner.is_ten_percent_owner else None,
        owner.other_text if owner.is_other else None,
    )
    roles = tuple(role for role in found if role)
    return ("Director",) if roles == ("Dir",) else roles


def path_of(kind: str, key: str) -> str:
    """Return the path of an owner's, an issuer's or an alert's page."""
    return f"/{kind}/{quote(key, safe='')}"


def _points_elsewhere(title: str | None) -> bool:
    return title is not None and title.casefold().startswith(("see remark", "see footnote"))


def _day(day: date | None, rows: tuple[Row, ...]) -> Day:
    previous: Row | None = None
    shown: list[Row] = []
    for row in rows:
        same = previous is not None and (row.insider, row.issuer) == (previous.insider, previous.issuer)
        shown.append(replace(row, repeats=same))
        previous = row
    title = "No date" if day is None else figures.long_day(day)
    return Day(title, _summary(rows) if len(rows) > 1 else "", tuple(shown))


def _summary(rows: Sequence[Row]) -> str:
    parts = [plural(len(rows), "filing")]
    for side, word in (("buy", "bought"), ("sell", "sold")):
        total = sum((row.dollars for row in rows if row.side == side and row.dollars is not None), Decimal())
        if total:
            parts.append(f"{word} {figures.dollars(total)}")
    return " · ".join(parts)


@dataclass(frozen=True)
class TapeView:
    """The tape with its filter bar. Addresses are None if they lead nowhere."""

    filters: FiltersView
    days: tuple[Day, ...]
    fractions: bool
    title: str = "Tape"
    total: str | None = None
    selected: str | None = None
    link: str = "/alerts/"
    older: str | None = None
    first: str | None = None
    cursor: str = ""
    without: tuple[tuple[Chip, str], ...] = ()
    as_of: str = ""
    notice: str | None = None
