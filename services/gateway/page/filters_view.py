"""The filter bar: what is chosen, what can be chosen, and the links between. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from contracts.alert_filter import AlertFilter

OPTIONS: Final = {
    "side": (("buy", "purchases"), ("sell", "sales")),
    "role": (("director", "director"), ("officer", "officer"), ("ten-percent", "10 % owner"), ("other", "other")),
    "plan": (("yes", "by a plan"), ("no", "without"), ("unstated", "not stated")),
    "form": (("3", "3"), ("4", "4"), ("5", "5"), ("3/A", "3/A"), ("4/A", "4/A"), ("5/A", "5/A")),
    "late": (("yes", "late"), ("no", "on time")),
    "amended": (("yes", "only"), ("no", "without")),
    "table": (("non_derivative", "shares"), ("derivative", "derivatives")),
    "ownership": (("D", "direct"), ("I", "indirect")),
    "explanation": (("unknown", "unexplained"), ("split", "split"), ("transfer", "transfer"), ("stated", "footnote")),
}
"""Choices of the selects, by field: the value and its words."""

MORE: Final = (
    ("issuer", "Company"),
    ("owner", "Insider"),
    ("title", "Title"),
    ("code", "Codes"),
    ("min_shares", "Shares from"),
    ("min_change_percent", "Change from, %"),
    ("since", "Filed from"),
    ("until", "Filed until"),
    ("form", "Form"),
    ("late", "Late"),
    ("amended", "Amendments"),
    ("table", "Securities"),
    ("ownership", "Held"),
    ("explanation", "Difference"),
)
"""The fields behind `More filters`, in their order, with their labels."""

BAR: Final = (
    ("side", "Side"),
    ("ticker", "Ticker"),
    ("role", "Role"),
    ("min_value", "Worth from, $"),
    ("plan", "Plan"),
)
"""The fields of the filter bar, where they are listed with the others."""

SHOWN: Final = frozenset({"ticker", "role", "min_value", "plan", *(name for name, _ in MORE)})
OTHER_CODES: Final = ("A", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "O", "U", "V", "W", "X", "Z")
"""Every code but P and S, which the segment `Other` selects."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One part of the segmented control."""

    name: str
    href: str
    current: bool
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition with the address of the view without it."""

    field: str
    value: str
    words: str
    href: str

    @property
    def shown(self) -> str:
        """The value as people read it: amounts with grouped digits."""
        return f"{Decimal(self.value):,f}" if self.field.startswith("min_") else self.value


@dataclass(frozen=True)
class FiltersView:
    """The filter bar of a view. `path` is the page that the filter is for."""

    alert_filter: AlertFilter
    path: str = "/"
    options = OPTIONS
    more = MORE

    @cached_property
    def _given(self) -> dict[str, list[str]]:
        given: dict[str, list[str]] = {}
        for condition in self.alert_filter.conditions():
            given.setdefault(condition.field, []).append(condition.value)
        return given

    def value(self, name: str) -> str:
        """Return what the field of the form holds."""
        return ",".join(self._given.get(name, ()))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The conditions without a field in the form, which it keeps."""
        return [(name, value) for name, values in self._given.items() if name not in SHOWN for value in values]

    @property
    def all_fields(self) -> tuple[tuple[str, str], ...]:
        """Every field of the form with its label, for pages without a filter bar."""
        return (*BAR, *MORE)

    @property
    def kept_beside_all(self) -> list[tuple[str, str]]:
        """The conditions without a field among all of these."""
        shown = {name for name, _ in self.all_fields}
        return [(name, value) for name, values in self._given.items() if name not in shown for value in values]

    @property
    def sides(self) -> tuple[Choice, ...]:
        """The segments: all, purchases, sales, others."""
        bare = self.alert_filter.without("side").without("code")
        given = tuple(self._given.get("side", ())), tuple(self._given.get("code", ()))
        return (
            Choice("All", self._href(bare), given == ((), ())),
            Choice("Buys", self._href(bare.model_copy(update={"side": ("buy",)})), given == (("buy",), ()), "up"),
            Choice("Sells", self._href(bare.model_copy(update={"side": ("sell",)})), given == (("sell",), ()), "down"),
            Choice("Other", self._href(bare.model_copy(update={"code": OTHER_CODES})), given == ((), OTHER_CODES)),
        )

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The conditions one by one, each with the address without it."""
        return tuple(
            Chip(each.field, each.value, each.words, self._href(self.alert_filter.without(each.field, each.value)))
            for each in self.alert_filter.conditions()
        )

    def _href(self, alert_filter: AlertFilter) -> str:
        query = alert_filter.to_query()
        return f"{self.path}?{query}" if query else self.path
