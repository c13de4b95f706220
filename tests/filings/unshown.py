"""What a rendering does not carry: each case by name, with its reason, as narrow as it can be told.

A case covers a value of the XML, where the rendering leaves no trace of it. It covers nothing else: a value that is
merely hard to read is lost, and one that contradicts the XML is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final

NOTHING: Final[tuple[Any, ...]] = (None, [], {}, "")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the XML beside the rendering's: where it is, what stands around it, and the document as filed.

    `around` is what holds it in the XML's event: the line, the owner, the filing; `cover` the owner of the cover.
    """

    path: str
    name: str
    filed: Any
    shown: Any
    around: dict[str, Any]
    filing: dict[str, Any]
    source: str
    make: frozenset[str]
    cover: dict[str, Any]

    @property
    def first(self) -> bool:
        """Whether it is not a value of a joint owner."""
        return "street1" not in self.around or self.around is self.cover


@dataclass(frozen=True, slots=True)
class Unshown:
    """A case: the fields, the makes of rendering (all of them where none is named), why, and where exactly."""

    fields: frozenset[str]
    reason: str
    where: Callable[[Value], bool]
    makes: frozenset[str] = frozenset()

    def covers(self, value: Value) -> bool:
        """Whether this value of this rendering is such a case."""
        return value.name in self.fields and self.makes <= value.make and self.where(value)


def why_unshown(value: Value) -> str | None:
    """The reason for which the rendering cannot show the value; None where it can."""
    return next((case.reason for case in CASES if case.covers(value)), None)


def _is_null(value: Value) -> bool:
    return value.shown in NOTHING


def _false_and_null(value: Value) -> bool:
    return value.filed is False and value.shown is None


def _is_behind_the_first(value: Value) -> bool:
    return not value.first and _is_null(value)


def _lives_elsewhere(value: Value) -> bool:
    """A joint owner of another address than the cover's."""
    address = ("street1", "street2", "city", "state", "zip_code")
    return _is_behind_the_first(value) and any(value.around[name] != value.cover[name] for name in address)


def _is_rounded(value: Value) -> bool:
    try:
        filed, shown = Decimal(value.filed), Decimal(value.shown)
    except (InvalidOperation, TypeError):
        return False
    exponent = filed.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -4:
        return False
    return shown == filed.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def _is_own_form(value: Value) -> bool:
    """The line's form is the document's, or a holding's of Form 3; neither leaves a mark on Forms 3 and 4."""
    form = value.filing["form_type"][0]
    return value.shown is None and (value.filed == form or (form == "4" and value.filed != "5"))


def _is_unprinted_box(value: Value) -> bool:
    """The XML says nothing of a box, and the page prints it, empty."""
    return value.filed is None and value.shown is False


def _boxed_by_digit_alone(element: str) -> Callable[[Value], bool]:
    """The stylesheets compare the element with the number 1: `true` leaves its box empty."""
    return lambda value: value.filed is True and not value.shown and f"<{element}>true<" in value.source.lower()


def _of_line(*, derivative: bool) -> Callable[[Value], bool]:
    return lambda value: _is_null(value) and (value.around.get("table") == "derivative") is derivative


_RELATIONSHIP: Final = frozenset(
    {"is_director", "is_officer", "is_ten_percent_owner", "is_other", "officer_title", "other_text"}
)


def _has_words(value: Value) -> bool:
    """Behind the first owner, the stylesheets print the words of a relationship, and no box."""
    words = {"is_officer": "officer_title", "is_other": "other_text"}[value.name]
    return not value.first and value.filed is True and not value.shown and value.around.get(words) is None


def _moved_to_amount(value: Value) -> bool:
    """Table II has no column for A or D: its footnote stands at the amount."""
    return value.around.get("table") == "derivative"


CASES: Final = (
    Unshown(frozenset({"schema_version"}), "null outside XML", _is_null),
    Unshown(
        frozenset({"accession_number", "filed_on", "accepted_at", "source_url"}),
        "stands in the submission's header alone",
        _is_null,
    ),
    Unshown(
        frozenset({"cik"}),
        "a CIK stands in the links of the viewer's page alone",
        lambda value: _is_null(value) and "links" not in value.make,
    ),
    Unshown(
        frozenset({"state_description", "good_address", "non_us_address"}),
        "no stylesheet prints it",
        _is_null,
    ),
    Unshown(
        frozenset({"rule_10b5_1_plan", "not_subject_to_section16", "form3_holdings_reported",
                   "form4_transactions_reported"}),
        "the page prints a box that the XML does not speak of",
        _is_unprinted_box,
    ),
    Unshown(
        frozenset({"not_subject_to_section16", "form3_holdings_reported", "form4_transactions_reported",
                   "rule_10b5_1_plan"}),
        "an unchecked box leaves no trace in text",
        _false_and_null,
        frozenset({"text"}),
    ),
    Unshown(
        frozenset({"no_securities_owned"}),
        "a rendering says so only where it is true",
        _false_and_null,
    ),
    Unshown(
        frozenset({"not_subject_to_section16"}),
        "the stylesheet of Form 4 checks the box for the digit 1 alone",
        _boxed_by_digit_alone("notSubjectToSection16"),
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"is_other"}),
        "the stylesheets of Forms 3 and 4 check the box for the digit 1 alone",
        _boxed_by_digit_alone("isOther"),
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"is_officer", "is_other"}),
        "the owners' table prints the words of a relationship, and the XML has none",
        _has_words,
        frozenset({"reduced"}),
    ),
    Unshown(
        _RELATIONSHIP,
        "the viewer's page prints the relationship of the first owner alone",
        _is_behind_the_first,
        frozenset({"viewer"}),
    ),
    Unshown(
        _RELATIONSHIP,
        "the seeds have the first owner's boxes alone, or crosses whose columns are lost",
        _is_behind_the_first,
        frozenset({"seedlike"}),
    ),
    Unshown(
        _RELATIONSHIP | {"name", "street1", "street2", "city", "state", "zip_code"},
        "the converter joins the lines of name and address, and no other place tells them apart",
        _lives_elsewhere,
        frozenset({"markdownify", "reduced"}),
    ),
    Unshown(frozenset({"form_type"}), "a line's own form is printed only where it is another", _is_own_form),
    Unshown(frozenset({"equity_swap_involved"}), "printed only where it is true (K)", _false_and_null),
    Unshown(
        frozenset({"equity_swap_involved"}),
        "the stylesheets print K for the digit 1 alone",
        _boxed_by_digit_alone("equitySwapInvolved"),
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"timeliness"}),
        "an early line has its form type alone (V)",
        lambda value: value.filed == "E" and value.shown is None,
    ),
    Unshown(
        frozenset({"timeliness"}),
        "Form 4 has no mark of a late line",
        lambda value: value.filed == "L" and value.shown is None and value.filing["form_type"][0] == "4",
    ),
    Unshown(
        frozenset({"total_value", "footnotes.total_value"}),
        "Table I prints no total value",
        _of_line(derivative=False),
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"footnotes.shares_owned_following"}),
        "Table II of Form 4 prints the amount owned only with a number",
        lambda value: value.around.get("table") == "derivative"
        and value.around.get("shares_owned_following") is None and value.filing["form_type"][0] != "3",
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"footnotes.underlying_title"}),
        "Table II of Form 4 prints the underlying title only with a text",
        lambda value: value.around.get("underlying_title") is None and value.filing["form_type"][0] != "3",
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"footnotes.acquired_disposed"}),
        "Table II has no cell for A or D: its footnote stands at the amount",
        _moved_to_amount,
    ),
    Unshown(
        frozenset({"shares", "shares_owned_following", "total_value", "value_owned_following", "price_per_share",
                   "exercise_price", "underlying_shares", "underlying_value"}),
        "the stylesheets print four decimals",
        _is_rounded,
        frozenset({"reduced"}),
    ),
)  # fmt: skip
"""Every case, the general ones first."""
