"""An issuer's page: purchases and sales by month, insiders, filings. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from services.gateway.amounts import percent_text
from services.gateway.page import figures
from services.gateway.page.figures import Amount
from services.gateway.page.flow_chart import NARROW_FLOW, WIDE_FLOW, MonthFlow, flow_chart
from services.gateway.page.owner_view import Lede
from services.gateway.page.tape_view import Day
from services.section16.wording import plural

RANGES: Final = (("1y", "1 year", 1), ("4y", "4 years", 4), ("all", "All", None))
"""The ranges of the chart: value, words, years."""
PLAN_BOX_SINCE: Final = date(2023, 4, 1)
"""From this day on forms have the box for Rule 10b5-1 plans (SEC release 33-11138)."""
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class InsiderRow:
    """An insider of the issuer. `shares` are non-derivative, `mark` is that of the last trade."""

    name: str
    path: str
    roles: str
    shares: Amount | None
    options: int
    bought: str | None
    sold: str | None
    last_trade: str | None
    mark: str
    filings: int


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month's purchases and sales. Before the forms had a box, `by_plan` is `not stated`."""

    month: str
    bought: str | None
    sold: str | None
    by_plan: str | None
    net: str
    side: str


@dataclass(frozen=True, slots=True)
class RangeChoice:
    """A range that the chart can show."""

    words: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class IssuerView:
    """An issuer's page."""

    lede: Lede
    ranges: tuple[RangeChoice, ...]
    wide: Markup
    narrow: Markup
    unpriced: str
    insiders: tuple[InsiderRow, ...]
    months: tuple[MonthRow, ...]
    days: tuple[Day, ...]
    fractions: bool
    older: str | None = None

    @property
    def held_fractions(self) -> bool:
        """Whether an insider holds a fraction of a share."""
        return any(insider.shares and insider.shares.fraction for insider in self.insiders)


def range_of(chosen: str, flows: Sequence[MonthFlow], today: date) -> tuple[date, date]:
    """Return the first and last month of a range, which ends with the last month that has a trade."""
    months = sorted(flow.month for flow in flows)
    last = months[-1] if months else today.replace(day=1)
    years = next((years for value, _, years in RANGES if value == chosen), None)
    if years is None:
        return (months[0] if months else last), last
    after = last.month % _DECEMBER + 1
    return date(last.year - years + (after == 1), after, 1), last


def ranges_of(path: str, chosen: str) -> tuple[RangeChoice, ...]:
    """Return the choices of the chart's range."""
    return tuple(RangeChoice(words, f"{path}?range={value}", value == chosen) for value, words, _ in RANGES)


def charts_of(flows: Sequence[MonthFlow], first: date, last: date, name: str) -> tuple[Markup, Markup]:
    """Return the chart of purchases and sales, wide and narrow."""
    title = f"Open-market purchases and sales in {name} by month, in dollars"
    return flow_chart(flows, first, last, title, WIDE_FLOW), flow_chart(flows, first, last, title, NARROW_FLOW)


def months_of(flows: Iterable[MonthFlow], first: date, last: date) -> tuple[MonthRow, ...]:
    """Return the months of a range that have a trade, newest first."""
    shown = [flow for flow in flows if first <= flow.month <= last and (flow.bought or flow.sold)]
    return tuple(_month_row(flow) for flow in sorted(shown, key=lambda flow: flow.month, reverse=True))


def net_of(flows: Iterable[MonthFlow], first: date, last: date) -> Decimal:
    """Return dollars bought less dollars sold in a range."""
    return sum((flow.bought - flow.sold for flow in flows if first <= flow.month <= last), Decimal())


def unpriced_words(lines: int) -> str:
    """Return the sentence about lines without a price, which the figures leave out."""
    if not lines:
        return "No line lacks a price."
    return f"{plural(lines, 'line')} without a price {'is' if lines == 1 else 'are'} not counted."


def _month_row(flow: MonthFlow) -> MonthRow:
    net, total = flow.bought - flow.sold, flow.bought + flow.sold
    plan = flow.bought_by_plan + flow.sold_by_plan
    return MonthRow(
        month=figures.month(flow.month),
        bought=figures.dollars(flow.bought) if flow.bought else None,
        sold=figures.dollars(-flow.sold) if flow.sold else None,
        by_plan=_plan_share(flow.month, plan, total),
        net=figures.dollars(net, signed=True) or "",
        side="buy" if net > 0 else "sell" if net < 0 else "",
    )


def _plan_share(month: date, plan: Decimal, total: Decimal) -> str | None:
    if plan:
        return percent_text(plan, total)
    return "not stated" if month < PLAN_BOX_SINCE else None
