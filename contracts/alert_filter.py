"""The filter of alerts: one closed model for the command line, query strings, streams and subscriptions.

Fields combine by AND, the values of one field by OR. An empty field is not a condition. A filter has one canonical
form: its values are sorted, each once, so that equal filters have equal query strings.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from contracts.codes import ErrorCode
from contracts.enumerations import FormType, Ownership, Table, TransactionCode
from contracts.envelope import Delivery
from contracts.errors import InvalidFilter
from contracts.filter_matching import (
    AlertTest,
    Line,
    LineTest,
    PartiesTest,
    ReportTest,
    alert_tests,
    line_tests,
    parties_tests,
    report_tests,
)
from contracts.filter_values import FilterAmount, FilterDay, several, yes_or_no
from contracts.filter_words import Condition, conditions_of, description_of
from contracts.holding_changed import ChangeKind, Explanation
from contracts.structs import HoldingChanged, PositionsUpdated, TransactionsReported

Side = Literal["buy", "sell"]
Direction = Literal["acquired", "disposed"]
Role = Literal["director", "officer", "ten-percent", "other"]
PlanAnswer = Literal["yes", "no", "unstated"]
Joint = Literal["first", "all"]

_MOST_VALUES: Final = 100
_FREE_TEXT: Final = frozenset({"issuer", "owner", "title"})
"""Fields whose values may contain a comma, as in `Tesla, Inc.`; a query gives several by repeating the field."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Symbol = Annotated[str, StringConstraints(min_length=1, max_length=20)]
_Texts = several()
_Lower = several(str.lower)
_Upper = several(str.upper)
_Answer = BeforeValidator(yes_or_no)


class AlertFilter(BaseModel):
    """Conditions on alerts. Names match as parts of a name, without case, or as a whole CIK.

    `side`, `code`, `direction` and the minimums apply to trades: an alert matches if any of its trades does and, with a
    minimum, if the matching trades reach it together. For example, `min_value` 1,000,000 matches sales of $600,000 and
    $400,000 in one alert. Unknown values and other currencies than dollars do not count; without a known value no
    minimum is reached.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    ticker: Annotated[tuple[_Symbol, ...], _Upper] = Field(
        default=(), max_length=_MOST_VALUES, description="issuers with one of these ticker symbols"
    )
    issuer: Annotated[tuple[_Name, ...], _Texts] = Field(
        default=(), max_length=_MOST_VALUES, description="issuers whose name contains this, or with this CIK or key"
    )
    owner: Annotated[tuple[_Name, ...], _Texts] = Field(
        default=(), max_length=_MOST_VALUES, description="owners whose name contains this, or with this CIK or key"
    )
    kind: Annotated[tuple[ChangeKind, ...], _Lower] = Field(default=(), description="direction of the change")
    code: Annotated[tuple[TransactionCode, ...], _Upper] = Field(
        default=(), description="transaction codes, such as P purchase, S sale, M exercise"
    )
    side: Annotated[tuple[Side, ...], _Lower] = Field(default=(), description="buy (code P) or sell (code S)")
    direction: Annotated[tuple[Direction, ...], _Lower] = Field(
        default=(), description="acquired (A) or disposed of (D), with any code"
    )
    role: Annotated[tuple[Role, ...], _Lower] = Field(default=(), description="relationship of owner and issuer")
    title: Annotated[tuple[_Name, ...], _Texts] = Field(
        default=(), max_length=_MOST_VALUES, description="officers whose title contains this"
    )
    min_value: FilterAmount | None = Field(default=None, description="minimum value of the matching trades, dollars")
    min_shares: FilterAmount | None = Field(default=None, description="minimum number of shares of the matching trades")
    min_change_percent: FilterAmount | None = Field(
        default=None,
        description="minimum of `change_percent` in either direction; an alert without a percentage never matches",
    )
    table: Annotated[tuple[Table, ...], _Lower] = Field(
        default=(), description="non_derivative (Table I) or derivative (Table II)"
    )
    ownership: Annotated[tuple[Ownership, ...], _Upper] = Field(default=(), description="D direct, I indirect")
    form: Annotated[tuple[FormType, ...], _Upper] = Field(default=(), description="form types: 4 excludes 4/A")
    plan: Annotated[tuple[PlanAnswer, ...], _Lower] = Field(
        default=(), description="the box for Rule 10b5-1 plans; forms before April 2023 do not have it: unstated"
    )
    late: Annotated[bool | None, _Answer] = Field(
        default=None,
        description="true: filed after the deadline; false: on time; alerts without a deadline are neither",
    )
    amended: Annotated[bool | None, _Answer] = Field(
        default=None, description="true: amendments alone; false: without amendments"
    )
    explanation: Annotated[tuple[Explanation, ...], _Lower] = Field(
        default=(), description="why trades and ledger differ"
    )
    delivery: Annotated[tuple[Delivery, ...], _Lower] = Field(
        default=(), description="live (published as it appeared) or backfill (from the archives)"
    )
    joint: Joint | None = Field(
        default=None,
        description="owners of a joint filing: first, or all; if absent the first, or those that `owner` names",
    )
    since: FilterDay | None = Field(default=None, description="filed on or after this day, in Eastern time")
    until: FilterDay | None = Field(default=None, description="filed on or before this day, in Eastern time")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")
        return self

    @classmethod
    def from_fields(cls, fields: Mapping[str, object]) -> Self:
        """Return the filter with these fields, as a JSON object has them.

        Raises:
            InvalidFilter: a field or a value does not exist; `field` is its name, None if two fields contradict.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise _invalid(error) from None

    @classmethod
    def from_query(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Return the filter that the pairs of a query string describe; an empty value is not a condition.

        Several values of a field are separated by commas, or the field is repeated. Names may contain commas, so
        `issuer`, `owner` and `title` can only be repeated.

        Raises:
            InvalidFilter: as `from_fields`, or a field with one value is repeated.
        """
        fields: dict[str, Any] = {}
        for name, text in pairs:
            values = text.split(",") if name in _LISTS and name not in _FREE_TEXT else [text]
            given = [value for value in values if value.strip()]
            if given and name in fields and name not in _LISTS:
                raise InvalidFilter(ErrorCode.INVALID_FILTER, f"{name} is given twice; it takes one value", field=name)
            if given and name in _LISTS:
                fields.setdefault(name, []).extend(given)
            elif given or name not in cls.model_fields:
                fields[name] = text
        return cls.from_fields(fields)

    def to_query(self) -> str:
        """Return the canonical query string; `from_query` of its pairs gives an equal filter.

        >>> AlertFilter(side="sell", ticker=("TSLA", "AMZN"), min_value="$1,000,000").to_query()
        'ticker=AMZN,TSLA&side=sell&min_value=1000000'
        """
        pairs: list[tuple[str, str]] = []
        for name, texts in self._given_texts().items():
            pairs += [(name, text) for text in (texts if name in _FREE_TEXT else [",".join(texts)])]
        return urlencode(pairs, safe=",/:")

    def matches(self, alert: HoldingChanged, *, delivery: Delivery = "live") -> bool:
        """Return whether an alert matches. `delivery` comes from its record's header, see `envelope.delivery_of`."""
        return self.matches_delivery(delivery) and all(test(alert) for test in self._alert_tests)

    def matches_delivery(self, delivery: Delivery) -> bool:
        """Return whether a record with this delivery matches."""
        return not self.delivery or delivery in self.delivery

    def matches_parties(self, event: HoldingChanged | TransactionsReported | PositionsUpdated) -> bool:
        """Return whether the event's issuer and owner match; no other condition is tested."""
        return all(test(event) for test in self._parties_tests)

    def matching_lines(self, report: TransactionsReported) -> list[Line]:
        """Return the report's lines that match, in document order; minimums apply to each line separately.

        Conditions that only the ledger can decide (`kind`, `late`, `min_change_percent`, `explanation`) are not tested.
        """
        if not all(test(report) for test in self._report_tests):
            return []
        lines: list[Line] = sorted((*report.transactions, *report.holdings), key=lambda line: line.line)
        return [line for line in lines if all(test(line) for test in self._line_tests)]

    def conditions(self) -> list[Condition]:
        """Return the conditions one by one: field, value as in a query string, and words."""
        return conditions_of(self._given_texts())

    def without(self, field: str, value: str | None = None) -> Self:
        """Return the filter without one value of a field, written as in `conditions`; without all of it if None."""
        left = {name: texts for name, texts in self._given_texts().items() if name != field}
        if value is not None and field in _LISTS:
            left[field] = [each for each in self._given_texts().get(field, []) if each != value]
        return self.from_fields({name: texts if name in _LISTS else texts[0] for name, texts in left.items()})

    def describe(self) -> str:
        """Return the filter in words.

        >>> AlertFilter(side="sell", min_value=1_000_000, role="director", ticker="TSLA").describe()
        'sales of at least $1,000,000 by directors of TSLA'
        """
        return description_of(self._given_texts())

    def _given_texts(self) -> dict[str, list[str]]:
        """Return the conditions in the order of the fields, their values as in a query string."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: [_query_text(each) for each in (value if name in _LISTS else [value])]
            for name, value in values.items()
            if value is not None and value != ()
        }

    @cached_property
    def _alert_tests(self) -> tuple[AlertTest, ...]:
        return alert_tests(self)

    @cached_property
    def _parties_tests(self) -> tuple[PartiesTest, ...]:
        return parties_tests(self)

    @cached_property
    def _report_tests(self) -> tuple[ReportTest, ...]:
        return report_tests(self)

    @cached_property
    def _line_tests(self) -> tuple[LineTest, ...]:
        return line_tests(self)


_LISTS: Final = frozenset(name for name, field in AlertFilter.model_fields.items() if field.default == ())


def _query_text(value: object) -> str:
    """Return a value as a query string has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _invalid(error: ValidationError) -> InvalidFilter:
    """Return the first fault as an error that names the field and, of an enumeration, the values it takes."""
    fault = error.errors(include_url=False)[0]
    field = str(fault["loc"][0]) if fault["loc"] else None
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = f"no such field; the fields are {', '.join(AlertFilter.model_fields)}"
    elif fault["type"] == "literal_error":
        message = f"{str(fault['input'])[:40]!r} is not one of {str(fault['ctx']['expected']).replace(' or ', ', ')}"
    return InvalidFilter(ErrorCode.INVALID_FILTER, f"{field}: {message}" if field else message, field=field)
