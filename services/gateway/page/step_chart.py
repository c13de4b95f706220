"""A holding over time as a step chart: a server-made SVG. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from services.gateway.page import figures, svg
from services.gateway.page.chart_scale import TimeScale, ValueScale, short_number
from services.gateway.page.holding_history import Point, adjusted, ratio_words
from services.section16.wording import plural

_MARK_PIXELS: Final = 4
"""Two marks of one kind closer than this would be one blot; only the first is drawn."""
_TOLERANCE: Final = Decimal("0.000001")
_NARROW: Final = 500


@dataclass(frozen=True, slots=True)
class Size:
    """A chart's size in pixels, and the room it leaves for labels. `css` chooses it by media query."""

    width: int
    height: int
    left: int
    right: int
    css: str


WIDE: Final = Size(1352, 264, 50, 92, "chart wide")
NARROW: Final = Size(326, 190, 40, 8, "chart narrow")
SMALL: Final = Size(384, 104, 1, 8, "chart small")


def step_chart(points: Sequence[Point], title: str, size: Size, until: date, *, as_filed: bool = False) -> Markup:
    """Return the chart of a holding's reports, up to a day; nothing if there are none.

    Amounts are in today's shares unless `as_filed`. Titles of marks always are as filed.
    """
    if not points:
        return Markup()
    shown = tuple(points) if as_filed else adjusted(points)
    return _StepChart(shown, size, max(until, shown[-1].day), as_filed).draw(title)


class _StepChart:
    """One chart while it is drawn."""

    def __init__(self, points: Sequence[Point], size: Size, until: date, as_filed: bool) -> None:
        self._points = points
        self._size = size
        self._as_filed = as_filed
        self._axis = size.height - 22
        self._time = TimeScale(points[0].day, until, size.left + 6, size.width - size.right)
        highest = max(float(max(point.after, point.start)) for point in points)
        self._value = ValueScale.covering(0, highest, 3 if size.left > 1 else 1, 14, self._axis)
        if size is SMALL:
            self._value = ValueScale(0, highest or 1, highest or 1, 16, self._axis)

    def draw(self, title: str) -> Markup:
        last = self._points[-1]
        description = f"{plural(len(self._points), 'report')}, the last of {figures.day(last.day)}"
        parts = [*self._grid(), *self._splits(), self._line(), *self._gaps(), *self._marks(), *self._last_value()]
        return svg.drawing(self._size.width, self._size.height, title, description, parts, self._size.css)

    def _grid(self) -> Iterator[Markup]:
        right = self._size.width - self._size.right
        for y, value in self._value.ticks():
            if self._size is not SMALL:
                yield svg.line(self._size.left, y, right, y, "grid")
                yield svg.text(self._size.left - 8, y + 4, short_number(value), anchor="end")
            elif value == 0:
                yield svg.line(0, y, self._size.width, y, "grid")
        for x, label in self._time.ticks():
            if self._size.left + 12 < x < self._size.width - 14:
                yield svg.text(x, self._axis + 15, label)

    def _line(self) -> Markup:
        """Draw the solid line: along, then up or down by what the lines report; broken where they do not account."""
        path = [self._move(self._points[0].day, self._points[0].start), self._vertical(self._points[0])]
        for earlier, point in pairwise(self._points):
            path.append(f"H{self._time.x(point.day):g}")
            if not _same(earlier.after, point.start):
                path.append(self._move(point.day, point.start))
            path.append(self._vertical(point))
        path.append(f"H{self._size.width - self._size.right}")
        return svg.element("path", css="step", d="".join(path))

    def _gaps(self) -> Iterator[Markup]:
        """Draw what no line accounts for: dotted, or dashed if it is a split in amounts as filed."""
        for earlier, point in pairwise(self._points):
            if _same(earlier.after, point.start):
                continue
            x, y1, y2 = self._time.x(point.day), self._y(earlier.after), self._y(point.start)
            if point.split and self._as_filed:
                yield svg.line(x, y1, x, y2, "split")
                yield svg.text(x - 6, (y1 + y2) / 2, self._split_words(point.split), "note", "end")
            elif abs(y1 - y2) > 1:
                yield svg.line(x, y1, x, y2, "gap")

    def _splits(self) -> Iterator[Markup]:
        if self._as_filed:
            return
        taken = 0.0
        for point in self._points:
            if point.split:
                x = self._time.x(point.day)
                yield svg.line(x, 6, x, self._axis, "split")
                if self._size is not SMALL:
                    behind = x - taken < 2 * _NARROW / 8 and taken
                    yield svg.text(
                        x + (6 if behind else -6),
                        12,
                        self._split_words(point.split),
                        "note",
                        "start" if behind else "end",
                    )
                    taken = x

    def _split_words(self, ratio: Decimal) -> str:
        return ratio_words(ratio) if self._size.width < _NARROW else f"{ratio_words(ratio)} split"

    def _marks(self) -> Iterator[Markup]:
        taken: dict[str, tuple[float, float]] = {}
        for point in self._points:
            x, y = self._time.x(point.day), self._y(point.after)
            near = taken.get(point.mark)
            if near and abs(near[0] - x) < _MARK_PIXELS and abs(near[1] - y) < _MARK_PIXELS:
                continue
            taken[point.mark] = (x, y)
            hollow = " hollow" if point.hollow else ""
            yield svg.element(
                "path", svg.element("title", point.title), css=f"m {point.mark}{hollow}", d=_shape(point.mark, x, y)
            )

    def _last_value(self) -> Iterator[Markup]:
        if self._size is SMALL:
            return
        last = self._points[-1]
        x, y, anchor = self._size.width - self._size.right + 8, self._y(last.after) + 4, "start"
        if self._size.width < _NARROW:
            x, anchor = self._size.width - 8, "end"
            y += 14 if y < self._axis - 40 else -22
        yield svg.text(x, y, str(figures.amount(last.after)), "value", anchor)
        yield svg.text(x, y + 14, figures.day(last.day) or "", "axis", anchor)

    def _move(self, day: date, value: Decimal) -> str:
        return f"M{self._time.x(day):g} {self._y(value):g}"

    def _vertical(self, point: Point) -> str:
        return "" if point.reported_change == 0 else f"V{self._y(point.after):g}"

    def _y(self, value: Decimal) -> float:
        return self._value.y(float(value))


def _same(one: Decimal, other: Decimal) -> bool:
    """Return whether two amounts are equal but for what a ratio's rounding leaves."""
    return abs(one - other) <= max(abs(one), Decimal(1)) * _TOLERANCE


def _shape(mark: str, x: float, y: float) -> str:
    """Return the path of a mark: a triangle up or down, or a ring."""
    if mark == "buy":
        return f"M{x:g} {y - 4.5:g}l4.5 8h-9z"
    if mark == "sell":
        return f"M{x:g} {y + 4.5:g}l4.5-8h-9z"
    return f"M{x - 3:g} {y:g}a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"
