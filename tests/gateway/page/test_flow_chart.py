"""The flow chart: bars up for purchases, down for sales."""

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pytest

from services.gateway.page.flow_chart import NARROW_FLOW, WIDE_FLOW, FlowSize, MonthFlow, flow_chart
from services.gateway.page.issuer_view import months_of, net_of, range_of

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 1)


def drawn(flows: list[MonthFlow], size: FlowSize = WIDE_FLOW) -> Element:
    """Return the chart of 2024."""
    return fromstring(flow_chart(flows, FIRST, LAST, "Flow", size))  # noqa: S314 - made here


def bars(chart: Element, css: str) -> list[tuple[float, float]]:
    """Return top and height of the bars of a class."""
    found = [each for each in chart.iter("rect") if each.get("class") == css]
    return [(float(each.get("y", "")), float(each.get("height", ""))) for each in found]


def zero(chart: Element) -> float:
    """Return where the line of zero is."""
    (line,) = [each.get("d", "") for each in chart.iter("path") if each.get("class") == "zero"]
    return float(line.split("L")[0].split()[1])


@pytest.mark.parametrize("size", [WIDE_FLOW, NARROW_FLOW])
def test_purchases_rise_from_zero_and_sales_hang_from_it(size: FlowSize) -> None:
    """Direction says it without colour."""
    chart = drawn([MonthFlow(date(2024, 3, 1), bought=Decimal(1000), sold=Decimal(3000))], size)
    ((top, height),) = bars(chart, "bar-buy")
    assert top + height == pytest.approx(zero(chart), abs=0.2)
    ((top, height),) = bars(chart, "bar-sell")
    assert top == pytest.approx(zero(chart), abs=0.2)


def test_small_trade_beside_a_large_one_is_still_visible() -> None:
    """The scale is linear, so it would have no height at all."""
    chart = drawn([MonthFlow(date(2024, 3, 1), sold=Decimal(10**10)), MonthFlow(date(2024, 5, 1), sold=Decimal(100))])
    assert min(height for _, height in bars(chart, "bar-sell")) == 2


def test_part_by_plan_is_a_paler_end_of_the_bar() -> None:
    """Both parts together are as high as the month's sales."""
    chart = drawn([MonthFlow(date(2024, 3, 1), sold=Decimal(1000), sold_by_plan=Decimal(400))])
    ((top, height),) = bars(chart, "bar-sell")
    ((plan_top, plan_height),) = bars(chart, "bar-sell plan")
    assert plan_top == pytest.approx(top + height, abs=0.2)
    assert plan_height / height == pytest.approx(4 / 6, abs=0.02)


def test_only_the_largest_purchase_and_sale_are_labelled() -> None:
    """Labels on all bars collide."""
    flows = [MonthFlow(date(2024, month, 1), bought=Decimal(month), sold=Decimal(10 * month)) for month in range(1, 13)]
    labels = [each.text for each in drawn(flows).iter("text") if "note" in (each.get("class") or "")]
    assert labels == ["+$12.0", "\u2212$120"]


def test_range_without_trades_draws_nothing() -> None:
    """An empty grid would look like a chart of zeros."""
    assert flow_chart([MonthFlow(date(2020, 3, 1), sold=Decimal(1))], FIRST, LAST, "Flow", WIDE_FLOW) == ""


def test_range_ends_with_the_last_month_that_has_a_trade() -> None:
    """The last four years of a company that was bought in 2019 are empty; its own last four are not."""
    flows = [MonthFlow(date(2010, 1, 1), bought=Decimal(1)), MonthFlow(date(2019, 12, 1), sold=Decimal(1))]
    assert range_of("4y", flows, date(2026, 1, 1)) == (date(2016, 1, 1), date(2019, 12, 1))
    assert range_of("1y", flows, date(2026, 1, 1)) == (date(2019, 1, 1), date(2019, 12, 1))
    assert range_of("all", flows, date(2026, 1, 1)) == (date(2010, 1, 1), date(2019, 12, 1))


def test_forms_without_a_box_do_not_say_that_there_was_no_plan() -> None:
    """Before April 2023 nothing is known; afterwards a sale without the box is a sale without a plan."""
    flows = [
        MonthFlow(date(2023, 3, 1), sold=Decimal(10)),
        MonthFlow(date(2023, 4, 1), sold=Decimal(10)),
        MonthFlow(date(2024, 1, 1), bought=Decimal(5), sold=Decimal(10), sold_by_plan=Decimal(3)),
    ]
    months = months_of(flows, date(2023, 1, 1), LAST)
    assert [month.by_plan for month in months] == ["20\u202f%", None, "not stated"]
    assert [month.net for month in months] == ["\u2212$5", "\u2212$10", "\u2212$10"]
    assert net_of(flows, date(2024, 1, 1), LAST) == -5
