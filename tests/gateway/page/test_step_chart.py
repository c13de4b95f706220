"""The step chart: what moves the line, what breaks it, and what a split does to amounts before it."""

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.page.holding_history import Point, adjusted, points_of, reconciled
from services.gateway.page.step_chart import NARROW, SMALL, WIDE, Size, step_chart
from tests.gateway.read_model.builders import alert, trade

UNTIL = date(2025, 1, 1)


def point(month: int, after: int, change: int = 0, **fields: object) -> Point:
    """Return a report of 2024."""
    values: dict[str, object] = {
        "day": date(2024, month, 1),
        "after": Decimal(after),
        "reported_change": Decimal(change),
        "mark": "other",
        "hollow": False,
        "title": f"report {month}",
        "reconciles": True,
    }
    return Point(**(values | fields))  # type: ignore[arg-type]


def drawn(points: list[Point], size: Size = WIDE, *, as_filed: bool = False) -> Element:
    """Return the chart as an element."""
    return fromstring(step_chart(points, "Shares", size, UNTIL, as_filed=as_filed))  # noqa: S314 - made here


def paths(chart: Element, css: str) -> list[str]:
    """Return the paths of a class."""
    return [each.get("d", "") for each in chart.iter("path") if css in (each.get("class") or "").split()]


def test_reports_that_reconcile_make_one_unbroken_line() -> None:
    """Silence means that everything adds up, so nothing may look broken."""
    chart = drawn([point(1, 100, 100), point(2, 80, -20), point(3, 90, 10)])
    (step,) = paths(chart, "step")
    assert step.count("M") == 1
    assert paths(chart, "gap") == []


def test_unexplained_change_breaks_the_line_and_is_dotted() -> None:
    """A reader sees where a filing may be missing."""
    chart = drawn([point(1, 100, 100), point(2, 80, 20, reconciles=False)])
    (step,) = paths(chart, "step")
    assert step.count("M") == 2
    assert len(paths(chart, "gap")) == 1


def test_split_leaves_the_adjusted_line_unbroken_with_a_dashed_rule() -> None:
    """A split changes no one's share of the company."""
    points = [point(1, 100), point(2, 500, split=Decimal(5))]
    chart = drawn(points)
    assert paths(chart, "step")[0].count("M") == 1
    assert len(paths(chart, "split")) == 1
    assert "5:1 split" in "".join(chart.itertext())
    assert [each.after for each in adjusted(points)] == [500, 500]


def test_split_as_filed_is_a_dashed_riser() -> None:
    """The amounts are those of the forms."""
    chart = drawn([point(1, 100), point(2, 500, split=Decimal(5))], as_filed=True)
    assert len(paths(chart, "split")) == 1
    assert paths(chart, "step")[0].count("M") == 2


def test_two_splits_multiply() -> None:
    """A share from before both of them is fifteen now."""
    points = [point(1, 10), point(2, 50, split=Decimal(5)), point(3, 150, split=Decimal(3))]
    assert [each.after for each in adjusted(points)] == [150, 150, 150]


def test_split_is_recognized_from_what_it_added() -> None:
    """The alert says only that a split explains the difference, not its ratio."""
    split = alert(
        ledger_before="100",
        before="500",
        after="500",
        reported_change="0",
        unexplained_change="400",
        explanation="split",
    )
    assert points_of([split])[0].split == 5


def test_last_value_is_written_in_full() -> None:
    """Axes may shorten numbers, a value may not."""
    assert "413,362,808" in "".join(drawn([point(1, 413_362_808)]).itertext())


def test_every_mark_has_its_report_as_a_title() -> None:
    """Who points at a mark learns the report as filed."""
    chart = drawn([point(1, 100, 100, mark="buy"), point(6, 80, -20, mark="sell", hollow=True)])
    marks = [each for each in chart.iter("path") if "m" in (each.get("class") or "").split()]
    assert [each.findtext("title") for each in marks] == ["report 1", "report 6"]
    assert [each.get("class") for each in marks] == ["m buy", "m sell hollow"]


def test_marks_on_one_spot_are_drawn_once() -> None:
    """Ten sales of a day would be a blot of ten nodes."""
    points = [point(1, 1000), *[point(2, 1000 - number, -1, mark="sell") for number in range(10)]]
    assert len(paths(drawn(points), "sell")) == 1


def test_reports_that_do_not_reconcile_are_counted() -> None:
    """The first report has none before it."""
    assert reconciled([point(1, 1), point(2, 2), point(3, 3, reconciles=False)]) == (1, 2)


def test_purchase_of_an_option_is_not_marked_as_a_purchase() -> None:
    """Colour is for non-derivative lines alone."""
    position = {"position_id": "o", "table": "derivative", "security_title": "Call"}
    assert points_of([alert(position=position, trades=[trade("P", "A")])])[0].mark == "other"


def test_no_reports_draw_nothing() -> None:
    """A holding whose amounts were never stated has no chart."""
    assert step_chart([], "Shares", SMALL, UNTIL) == ""


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 12), st.integers(0, 10**13), st.integers(-(10**6), 10**6), st.sampled_from((None, 2, 20))
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from((WIDE, NARROW, SMALL)),
    st.booleans(),
)
def test_any_history_stays_within_the_picture(
    reports: list[tuple[int, int, int, int | None]], size: Size, as_filed: bool
) -> None:
    """Nothing is drawn outside, whatever is reported."""
    points = sorted(
        (
            point(month, after, min(change, after), split=split and Decimal(split))
            for month, after, change, split in reports
        ),
        key=lambda each: each.day,
    )
    chart = drawn(points, size, as_filed=as_filed)
    for path in paths(chart, "step") + paths(chart, "gap"):
        for letter, numbers in re.findall(r"([MLHV])([-\d. ]+)", path):
            values = [float(number) for number in numbers.split()]
            limits = [size.height] if letter == "V" else [size.width, size.height]
            assert all(0 <= value <= limit for value, limit in zip(values, limits, strict=False))
