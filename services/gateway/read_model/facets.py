"""Facets: the closed fields of a filter as bits of one integer, so that a search tests each field in one operation.

An alert has a bit for each value that applies to it. A field matches if the alert's bits and the field's wanted bits
have one in common. For example, an alert that exercises and sells has the bits of the codes M and S.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, get_args

from contracts.alert_filter import Direction, PlanAnswer, Role
from contracts.enumerations import FormType, Ownership, Table, TransactionCode
from contracts.envelope import Delivery
from contracts.holding_changed import ChangeKind, Explanation
from contracts.structs import HoldingChanged, Owner, Trades

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "kind": get_args(ChangeKind),
        "code": get_args(TransactionCode),
        "direction": get_args(Direction),
        "role": get_args(Role),
        "table": get_args(Table),
        "ownership": get_args(Ownership),
        "form": get_args(FormType),
        "plan": get_args(PlanAnswer),
        "explanation": get_args(Explanation),
        "delivery": get_args(Delivery),
        "late": ("yes", "no"),
        "trades": ("several",),
        "owner": ("first",),
    }
)
_PLANS: Final = {True: "yes", False: "no", None: "unstated"}

BITS: Final[Mapping[tuple[str, str], int]] = MappingProxyType(
    {
        field_and_value: 1 << place
        for place, field_and_value in enumerate((field, value) for field, values in _FIELDS.items() for value in values)
    }
)
"""The bit of each field's value. There are fewer than 64, so that a signed integer of the database holds them."""

SEVERAL_TRADES: Final = BITS["trades", "several"]
"""An alert has trades of several codes or sides, so conditions on trades may hold for different ones."""
FIRST_OWNER: Final = BITS["owner", "first"]
ALL_BITS: Final = (1 << len(BITS)) - 1


def mask(field: str, values: Iterable[str]) -> int:
    """Return the bits of a field's values.

    >>> mask("late", ["yes", "no"]) == BITS["late", "yes"] | BITS["late", "no"]
    True
    """
    bits = 0
    for value in values:
        bits |= BITS[field, value]
    return bits


def facets_of(alert: HoldingChanged, delivery: Delivery) -> int:
    """Return the bits of every value that applies to the alert; a code that the SEC does not define has none."""
    bits = BITS["kind", alert.kind] | BITS["delivery", delivery] | BITS["plan", _PLANS[alert.filing.rule_10b5_1_plan]]
    bits |= BITS["table", alert.position.table] | BITS["form", alert.filing.form_type]
    bits |= _role_bits(alert.owner) | _trade_bits(alert.trades)
    if alert.position.ownership is not None:
        bits |= BITS["ownership", alert.position.ownership]
    if alert.explanation is not None:
        bits |= BITS["explanation", alert.explanation]
    if alert.days_late is not None:
        bits |= BITS["late", "yes" if alert.days_late else "no"]
    if alert.owner_index == 0:
        bits |= FIRST_OWNER
    return bits


def delivery_of_facets(facets: int) -> Delivery:
    """Return how the filing of an alert with these facets arrived."""
    return "backfill" if facets & BITS["delivery", "backfill"] else "live"


def _role_bits(owner: Owner) -> int:
    return (
        (BITS["role", "director"] if owner.is_director else 0)
        | (BITS["role", "officer"] if owner.is_officer else 0)
        | (BITS["role", "ten-percent"] if owner.is_ten_percent_owner else 0)
        | (BITS["role", "other"] if owner.is_other else 0)
    )


def _trade_bits(trades: Sequence[Trades]) -> int:
    bits = SEVERAL_TRADES if len(trades) > 1 else 0
    for trade in trades:
        bits |= BITS.get(("code", trade.code or ""), 0) | _DIRECTIONS.get(trade.acquired_disposed, 0)
    return bits


_DIRECTIONS: Final[Mapping[str | None, int]] = {"A": BITS["direction", "acquired"], "D": BITS["direction", "disposed"]}
