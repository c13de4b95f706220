"""The fields of an alert, and the sources of their values."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.codec import encode
from contracts.structs import CoOwner, Diagnostic, HoldingChanged, TransactionsReported
from services.holdings.alerts import build_alert
from tests.unit.holdings.builders import DAY, applied, holding, only, report, traded

NEXT = DAY.replace(day=5)


def alerts(*reports: TransactionsReported) -> list[HoldingChanged]:
    """Return the alerts of the last report."""
    return [build_alert(draft, reports[-1]) for draft in applied(*reports).drafts]


def alert(*reports: TransactionsReported) -> HoldingChanged:
    """Return the one alert of the last report."""
    return only(alerts(*reports))


def test_amounts_are_plain_decimal_text_and_the_percentage_has_two_decimals() -> None:
    """Readers parse them without a float in between."""
    start = report(holding("12000.50"), form="3", filing_id="a")
    told = alert(start, report(traded("D", "4000", "8000.5", day=NEXT), period=NEXT))
    assert (told.kind, told.before, told.after, told.change) == ("decreased", "12000.5", "8000.5", "-4000")
    assert (told.change_percent, told.reported_change, told.unexplained_change) == ("-33.33", "-4000", "0")
    assert (told.ledger_before, told.explanation, told.explained_by) == ("12000.5", None, ())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (holding("100"), ("100", "100", "0", "0", None)),
        (holding(None), (None, None, None, None, None)),
        (traded("A", "5", "5"), ("0", "5", "5", None, None)),
        (traded("A", "5", None), (None, None, None, None, None)),
        (traded("D", "5", "0"), ("5", "0", "-5", "-100", None)),
        (traded("D", "0", "0"), ("0", "0", "0", None, None)),
    ],
)
def test_unknown_amounts_are_null(line: Any, expected: tuple[str | None, ...]) -> None:
    """Absent is null, never 0: there is no percentage of nothing, and nothing unexplained of an unknown ledger."""
    told = alert(report(line, form="3"))
    assert (told.before, told.after, told.change, told.change_percent, told.unexplained_change) == expected


def test_position_whose_amount_is_not_known_to_the_ledger_has_no_current_amount() -> None:
    """A Form 3 names options without their number."""
    told = alert(report(holding(None, title="Option", table="derivative"), form="3"))
    assert (told.kind, told.is_current, told.current) == ("restated", True, None)


def test_alert_carries_the_footnotes_its_lines_cite_and_no_other() -> None:
    """The evidence, in the order of citing; a footnote that the filing lacks is left out."""
    lines = (
        traded("D", "1", "99", footnotes={"code": ("F2",), "shares": ("F1", "F9")}),
        traded("D", "1", "49", by="Trust", footnotes={"code": ("F3",)}),
    )
    told, other = alerts(report(*lines, footnotes={"F1": "one", "F2": "two", "F3": "three"}))
    assert list(told.footnotes.items()) == [("F2", "two"), ("F1", "one")]
    assert other.footnotes == {"F3": "three"}
    assert alert(report(lines[0])).footnotes == {}


def test_alert_names_the_owner_and_the_co_owners() -> None:
    """One trade of a joint filing is an alert for each owner."""
    joint = replace(
        report(traded("A", "5", "5"), rule_10b5_1_plan=True),
        owner_index=1,
        owner_count=2,
        co_owners=(CoOwner(key="name:ROE", name="ROE"),),
    )
    told = alert(joint)
    assert (told.owner_index, told.owner_count, told.co_owners[0].name) == (1, 2, "ROE")
    assert (told.rule_10b5_1_plan, told.is_amendment) == (True, False)
    assert (told.issuer, told.owner, told.filing) == (joint.issuer, joint.owner, joint.filing)
    assert alert(report(traded("A", "5", "5"), form="4/A")).is_amendment


def test_lateness_is_excused_by_a_plan_in_the_box_or_in_a_cited_footnote() -> None:
    """Three business days past the two allowed may be those that a plan allows."""
    late: dict[str, Any] = {"filed_on": date(2024, 3, 11)}
    line = traded("A", "5", "5")
    cited = traded("A", "5", "5", footnotes={"code": ("F1",)})
    assert alert(report(line, **late)).days_late == 3
    assert alert(report(line, rule_10b5_1_plan=True, **late)).days_late is None
    assert alert(report(cited, footnotes={"F1": "Under a Rule 10b5-1 plan."}, **late)).days_late is None
    assert alert(report(line, footnotes={"F1": "Under a Rule 10b5-1 plan."}, **late)).days_late == 3


def test_diagnostics_are_those_of_the_alerts_own_lines() -> None:
    """They concern unreadable values, impossible prices and dates, and sides that the amounts contradict."""
    lines = (
        traded("D", "10", "90", code="S", price_per_share="2000000"),
        traded("A", "20", "70", code="S"),
        traded("A", "5", "5", by="Trust", day=date(2034, 3, 4)),
        holding("7", by="Spouse"),
    )
    unread = tuple(
        Diagnostic(code="malformed_number", field=field, raw="x")
        for field in ("transactions[1].price_per_share", "holdings[0].shares_owned_following", "issuer.cik", None)
    )
    told = alerts(replace(report(*lines, filed_on=NEXT), diagnostics=unread))
    assert [[(each.code, each.field, each.raw) for each in one.diagnostics] for one in told] == [
        [
            ("malformed_number", "transactions[1].price_per_share", "x"),
            ("implausible_price", "transactions[0].price_per_share", "2000000"),
            ("side_contradicts_amounts", "transactions[1].acquired_disposed", "A"),
        ],
        [("date_contradicts_period", "transactions[2].transaction_date", "2034-03-04")],
        [("malformed_number", "holdings[0].shares_owned_following", "x")],
    ]


def test_alert_names_the_position_as_the_filing_labels_it() -> None:
    """Its identity, without the amount."""
    start = report(holding("5", by="Trust"), form="3", filing_id="a")
    told = alert(start, report(traded("A", "5", "10", by="The Trust", day=NEXT), period=NEXT))
    position = only(applied(start).event.positions)
    assert (told.position.position_id, told.position.nature_of_ownership) == (position.position_id, "The Trust")
    assert "shares" not in told.position.__struct_fields__


def test_alert_ids_follow_from_the_input_alone() -> None:
    """Whatever the ledger knew before, the same lines of the same filing are the same alert; others are others."""
    filing = report(traded("A", "5", "105", day=NEXT), traded("A", "5", "5", by="Trust", day=NEXT))
    fresh = [each.alert_id for each in alerts(filing)]
    assert fresh == [each.alert_id for each in alerts(report(holding("100"), form="3", filing_id="a"), filing)]
    assert len(set(fresh)) == 2
    other = replace(filing, owner=replace(filing.owner, key="name:ROE"))
    assert not {each.alert_id for each in alerts(other)} & set(fresh)


def test_same_change_gives_the_same_bytes() -> None:
    """A record produced again after a crash is the same record."""
    filing = report(traded("A", "5", "105"))
    assert encode(alert(filing)) == encode(alert(filing))
