"""The values that renderings do not show: each case by name, with its reason, as narrow as possible.

A case covers a value of the XML, where the rendering leaves no trace of it. It covers nothing else: a value that is
merely hard to read is lost, and one that contradicts the XML is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

NOTHING: Final[tuple[Any, ...]] = (None, [], {}, "")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the XML with the rendering's: its place, and the values around it.

    `around` is what holds it in the XML's event: the line, the owner, the filing; `cover` the owner of the cover.
    """

    path: str
    name: str
    filed: Any
    shown: Any
    around: dict[str, Any]
    filing: dict[str, Any]
    make: frozenset[str]
    cover: dict[str, Any]

    @property
    def first(self) -> bool:
        """Return whether it is not a value of a joint owner."""
        return "street1" not in self.around or self.around is self.cover


@dataclass(frozen=True, slots=True)
class Unshown:
    """A case: the fields, the makes of rendering (all if none is named), the reason, and the exact condition."""

    fields: frozenset[str]
    reason: str
    where: Callable[[Value], bool]
    makes: frozenset[str] = frozenset()

    def covers(self, value: Value) -> bool:
        """Return whether this value of this rendering is such a case."""
        return value.name in self.fields and self.makes <= value.make and self.where(value)


def why_unshown(value: Value) -> str | None:
    """Return the reason why the rendering cannot show the value; None if it can."""
    return next((case.reason for case in CASES if case.covers(value)), None)


def _is_null(value: Value) -> bool:
    return value.shown in NOTHING


def _false_and_null(value: Value) -> bool:
    return value.filed is False and value.shown is None


def _is_behind_the_first(value: Value) -> bool:
    return not value.first and _is_null(value)


def _lives_elsewhere(value: Value) -> bool:
    """Return whether it is a joint owner's address that differs from the cover's."""
    address = ("street1", "street2", "city", "state", "zip_code")
    return _is_behind_the_first(value) and any(value.around[name] != value.cover[name] for name in address)


def _is_own_form(value: Value) -> bool:
    """Return whether the line's form is the document's, or a holding's Form 3, which Forms 3 and 4 do not print."""
    form = value.filing["form_type"][0]
    return value.shown is None and (value.filed == form or (form == "4" and value.filed != "5"))


def _is_unprinted_box(value: Value) -> bool:
    """Return whether the XML has no value for a box that the page prints empty."""
    return value.filed is None and value.shown is False


_RELATIONSHIP: Final = frozenset(
    {"is_director", "is_officer", "is_ten_percent_owner", "is_other", "officer_title", "other_text"}
)


def _moved_to_amount(value: Value) -> bool:
    """Return whether it is a footnote of A or D in Table II, which has no such column: it is printed at the amount."""
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
        "an unchecked box leaves no trace in text, but where a browser printed it",
        lambda value: _false_and_null(value) and "w3m" not in value.make,
        frozenset({"text"}),
    ),
    Unshown(
        frozenset({"not_subject_to_section16", "rule_10b5_1_plan"}),
        "the converter drops the boxes of the reduced pages, which are `<input>`",
        lambda value: value.shown is None and not value.make.isdisjoint({"markdownify", "html2text"}),
        frozenset({"reduced"}),
    ),
    Unshown(
        frozenset({"rule_10b5_1_plan"}),
        "the form before mid-2003 has no box of a plan",
        _is_null,
        frozenset({"ascii"}),
    ),
    Unshown(
        frozenset({"no_securities_owned"}),
        "a rendering says so only where it is true",
        _false_and_null,
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
        frozenset({"timeliness"}),
        "an early line has its form type alone (V)",
        lambda value: value.filed == "E" and value.shown is None,
    ),
    Unshown(
        frozenset({"footnotes.acquired_disposed"}),
        "Table II has no cell for A or D: its footnote stands at the amount",
        _moved_to_amount,
    ),
)  # fmt: skip
"""Every case, the general ones first."""
