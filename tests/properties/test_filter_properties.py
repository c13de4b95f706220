"""Properties of the alert filter for any conditions."""

from contextlib import suppress
from decimal import Decimal
from typing import Any, Final, get_args
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from contracts.alert_filter import AlertFilter, Direction, Joint, PlanAnswer, Role, Side
from contracts.enumerations import FormType, Ownership, Table, TransactionCode
from contracts.envelope import Delivery
from contracts.errors import InvalidFilter
from contracts.holding_changed import ChangeKind, Explanation
from tests.unit.cli.builders import alert, report, restated

ENUMERATED: Final[dict[str, Any]] = {
    "kind": ChangeKind,
    "code": TransactionCode,
    "side": Side,
    "direction": Direction,
    "role": Role,
    "table": Table,
    "ownership": Ownership,
    "form": FormType,
    "plan": PlanAnswer,
    "explanation": Explanation,
    "delivery": Delivery,
}
names = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" ,&=%+;"), max_size=20).filter(
    str.strip
)
amounts = st.integers(0, 10**17) | st.decimals(0, 10**9, places=4) | st.sampled_from(["$1,000", "0", "2.50"])
answers = st.booleans() | st.sampled_from(["yes", "no"])
days = st.dates().map(str)
filters = st.fixed_dictionaries(
    {},
    optional={
        "ticker": st.lists(st.from_regex(r"[A-Za-z]{1,5}(\.[A-B])?", fullmatch=True), max_size=3),
        **{name: st.lists(names, max_size=3) for name in ("issuer", "owner", "title")},
        **{name: st.lists(st.sampled_from(get_args(kind)), max_size=3) for name, kind in ENUMERATED.items()},
        **dict.fromkeys(("min_value", "min_shares", "min_change_percent"), amounts),
        **dict.fromkeys(("late", "amended"), answers),
        "joint": st.sampled_from(get_args(Joint)),
    },
).map(AlertFilter.from_fields) | days.map(lambda day: AlertFilter.from_fields({"since": day, "until": day}))
alerts = st.builds(
    alert,
    owner_index=st.integers(0, 1),
    days_late=st.none() | st.integers(0, 3),
    change_percent=st.none() | st.decimals(-200, 200, places=2).map(lambda value: f"{value:f}"),
) | st.builds(restated)


@given(filters)
def test_query_string_and_json_round_trip(wanted: AlertFilter) -> None:
    """A subscription is stored as JSON, and a page is addressed by the query."""
    query = wanted.to_query()
    assert AlertFilter.from_query(parse_qsl(query, keep_blank_values=True)) == wanted
    assert AlertFilter.model_validate_json(wanted.model_dump_json(exclude_defaults=True)) == wanted
    assert AlertFilter.from_query(parse_qsl(query)).to_query() == query


@given(filters, alerts)
def test_removing_a_condition_loses_no_alert(wanted: AlertFilter, told: Any) -> None:
    """Fields combine by AND, so that fewer conditions match more; the owners of a joint filing are an exception."""
    for condition in wanted.conditions():
        rest = wanted.without(condition.field)
        if condition.field not in {"joint", "owner"} and wanted.matches(told, delivery="backfill"):
            assert rest.matches(told, delivery="backfill")


@given(filters)
def test_conditions_are_in_words_without_loss(wanted: AlertFilter) -> None:
    """Removing all conditions leaves the empty filter, and each has words."""
    left = wanted
    for field, value, words in wanted.conditions():
        assert words.strip()
        left = left.without(field, value)
    assert left == AlertFilter()
    assert wanted.describe().isprintable()
    wanted.matching_lines(report())


@given(
    st.lists(
        st.tuples(st.sampled_from([*AlertFilter.model_fields, "other"]) | st.text(max_size=8), st.text(max_size=30))
    )
)
def test_any_query_gives_a_filter_or_a_reason(pairs: list[tuple[str, str]]) -> None:
    """Anyone can send any query; the only error is ours."""
    with suppress(InvalidFilter):
        wanted = AlertFilter.from_query(pairs)
        assert AlertFilter.from_query(parse_qsl(wanted.to_query())) == wanted


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
def test_minimum_is_reached_exactly_at_its_value(least: Decimal, value: Decimal) -> None:
    """Decimals are compared exactly, never as floats."""
    sale = alert(trades=[{"code": "S", "acquired_disposed": "D", "value": f"{value:f}", "count": 1}])
    assert AlertFilter.from_fields({"min_value": least}).matches(sale) is (value >= least)
