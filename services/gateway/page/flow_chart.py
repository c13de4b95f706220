"""Purchases and sales by month as bars up and down: a server-made SVG. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from services.gateway.page import figures, svg
from services.gateway.page.chart_scale import ValueScale, short_number
from services.section16.wording import plural

_LEAST_PIXELS: Final = 2
_YEAR: Final = 12
_LABEL_PIXELS: Final = 32


@dataclass(frozen=True, slots=True)
class MonthFlow:
    """A month's purchases and sales in dollars, and how much of each followed a plan by its form's box."""

    month: date
    bought: Decimal = Decimal()
    sold: Decimal = Decimal()
    bought_by_plan: Decimal = Decimal()
    sold_by_plan: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class FlowSize:
    """A chart's size in pixels."""

    width: int
    height: int
    css: str


WIDE_FLOW: Final = FlowSize(1352, 270, "chart wide")
NARROW_FLOW: Final = FlowSize(326, 210, "chart narrow")


def flow_chart(flows: Sequence[MonthFlow], first: date, last: date, title: str, size: FlowSize) -> Markup:
    """Return the bars of the months from `first` to `last`; nothing if none of them has a trade."""
    shown = [flow for flow in flows if first <= flow.month <= last and (flow.bought or flow.sold)]
    return _FlowChart(shown, first, last, size).draw(title) if shown else Markup()


class _FlowChart:
    """One chart while it is drawn."""

    def __init__(self, flows: Sequence[MonthFlow], first: date, last: date, size: FlowSize) -> None:
        self._flows = flows
        self._first = first
        self._size = size
        self._months = _months_between(first, last) + 1
        self._left, self._right, self._bottom = 52, size.width - 6, size.height - 32
        lowest, highest = -max(float(flow.sold) for flow in flows), max(float(flow.bought) for flow in flows)
        self._value = ValueScale.covering(lowest, highest, 5, 12, self._bottom)
        self._slot = (self._right - self._left) / self._months
        self._bar = max(2, min(self._slot * 0.66, 17))

    def draw(self, title: str) -> Markup:
        description = f"{plural(len(self._flows), 'month')} with trades; the table below has the figures"
        parts = [*self._grid(), *self._years(), *self._bars(), *self._labels()]
        return svg.drawing(self._size.width, self._size.height, title, description, parts, self._size.css)

    def _grid(self) -> Iterator[Markup]:
        for y, value in self._value.ticks():
            yield svg.line(self._left, y, self._right, y, "zero" if abs(value) < self._value.step / 2 else "grid")
            yield svg.text(self._left - 8, y + 4, short_number(value, "$"), anchor="end")

    def _years(self) -> Iterator[Markup]:
        years = range(self._first.year, self._first.year + self._months // _YEAR + 2)
        every = next(step for step in (1, 2, 5, 10, 50) if step * self._slot * _YEAR >= _LABEL_PIXELS)
        for year in years:
            index = _months_between(self._first, date(year, 1, 1))
            if 0 <= index < self._months:
                x = round(self._left + index * self._slot, 1)
                yield svg.line(x, 12, x, self._bottom + 6, "year")
                if year % every == 0 and x < self._right - 26:
                    yield svg.text(x + 4, self._bottom + 18, str(year), anchor="start")

    def _bars(self) -> Iterator[Markup]:
        for flow in self._flows:
            words = (
                f"{figures.month(flow.month)}: bought {figures.dollars(flow.bought)}, sold {figures.dollars(flow.sold)}"
            )
            for value, plan, side in (
                (flow.bought, flow.bought_by_plan, "buy"),
                (-flow.sold, -flow.sold_by_plan, "sell"),
            ):
                if value:
                    yield self._rectangle(flow.month, Decimal(), value - plan, f"bar-{side}", words)
                if plan:
                    yield self._rectangle(flow.month, value - plan, value, f"bar-{side} plan", words)

    def _rectangle(self, month: date, start: Decimal, end: Decimal, css: str, words: str) -> Markup:
        if start == end:
            return Markup()
        ends = sorted((self._value.y(float(start)), self._value.y(float(end))))
        height = max(ends[1] - ends[0], _LEAST_PIXELS)
        top = ends[0] if end > start else min(ends[0], self._bottom)
        if end > start:
            top = ends[1] - height
        return svg.element(
            "rect",
            svg.element("title", words),
            css=css,
            x=f"{self._x(month):g}",
            y=f"{top:g}",
            width=f"{self._bar:g}",
            height=f"{height:g}",
        )

    def _labels(self) -> Iterator[Markup]:
        """Label the largest purchases and the largest sales, and nothing else: more labels would collide."""
        for flow, value, side in (
            (max(self._flows, key=lambda flow: flow.bought), 1, "buy"),
            (max(self._flows, key=lambda flow: flow.sold), -1, "sell"),
        ):
            size = float(flow.bought if value > 0 else flow.sold) * value
            if size:
                x = min(max(self._x(flow.month) + self._bar / 2, self._left + 28), self._right - 24)
                label = ("+" if size > 0 else "") + short_number(size, "$", exact=True)
                yield svg.text(x, self._value.y(size) + (-6 if size > 0 else 13), label, f"note {side}")

    def _x(self, month: date) -> float:
        return round(self._left + _months_between(self._first, month) * self._slot + (self._slot - self._bar) / 2, 1)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * _YEAR + last.month - first.month
