"""How events are printed in each format."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from contracts.codec import decode
from contracts.structs import HoldingChanged, PositionsUpdated
from services.cli.options.choices import Format
from services.cli.render import event_views
from services.cli.render.event_views import Printer, View, alerts_view, positions_view, reports_view
from services.cli.render.reported_lines import lines_of
from services.cli.render.screen import Screen
from tests.unit.cli.builders import OPTION, alert, bare_trade, filing, position, report, trade, update

WIDE, NARROW = 160, 80
TODAY = date(2024, 6, 1)
ALL_POSITIONS = positions_view(lambda each: list(each.positions), TODAY)


def printed(view: View[Any], *events: Any, form: Format = Format.TABLE, width: int = WIDE, headed: bool = False) -> str:
    """Return the printed text of the events."""
    written = io.StringIO()
    printer = Printer(view, form, Screen(written, width=width), headed=headed)
    for event in events:
        printer.add(event)
    printer.flush()
    assert printer.count == len(events)
    return written.getvalue()


def test_a_wide_terminal_gets_a_table_with_its_headings_once() -> None:
    """The headings are not repeated, however many alerts follow."""
    lines = printed(alerts_view(), alert(), alert(kind="closed", after="0")).splitlines()
    assert lines[0].split() == ["Date", "Who", "Trade", "Security", "Holding", "Notes"]
    assert sum("Who" in line for line in lines) == 1
    assert any("4,000 → 0, sold out" in line for line in lines)


@pytest.mark.parametrize("width", [80, 100, 139])
def test_a_narrow_terminal_gets_lines_that_fit(width: int) -> None:
    """There are no headings; long lines continue, indented, on the next line."""
    changed = alert(footnotes={"F1": "A note of some length. " * 9})
    lines = printed(alerts_view(), changed, width=width).splitlines()
    assert lines[0] == "2024-03-05  ACM  sold 1,000 at $25.50 ($25,500)"
    assert all(line.startswith("  ") for line in lines[1:])
    assert max(len(line) for line in lines) <= width


@pytest.mark.parametrize("width", [80, 100, 140, 150, 200])
def test_an_alert_with_everything_in_it_fits_any_terminal(width: int) -> None:
    """This alert has the longest values that a filing may have."""
    changed = alert(
        trades=[bare_trade("M", "A", "10000", average_price="12"), trade(lowest_price="20", highest_price="30")],
        position={**OPTION, "ownership": "I", "nature_of_ownership": "By a trust with a name of some length"},
        owner_count=3,
        footnotes={"F1": "A note. " * 40, "F2": "Another. " * 40},
        diagnostics=[{"code": "odd_price", "raw": "x" * 300}],
        repeats="0000000001-24-000009",
        unexplained_change="-40",
    )
    assert max(map(len, printed(alerts_view(), changed, width=width).splitlines())) <= width


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_brackets_in_a_filing_are_text(width: int) -> None:
    """Brackets must not be interpreted as markup."""
    changed = alert(owner={"key": "k", "name": "[bold]Doe[/bold]"}, footnotes={"F1": "[/none] [F1]"})
    shown = printed(alerts_view(), changed, width=width)
    assert "[bold]Doe[/bold]" in shown
    assert '"[/none] [F1]"' in shown


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("form", list(Format))
def test_a_filing_cannot_control_the_readers_terminal(width: int, form: Format) -> None:
    """Escape sequences, C1 controls and bidirectional overrides are escaped in any format."""
    changed = alert(footnotes={"F1": "a\x1b[2Jb\u009b31mc\u202ed\x07e"})
    shown = printed(alerts_view(), changed, form=form, width=width)
    assert not {"\x1b", "\u009b", "\u202e", "\x07"} & set(shown)
    assert "\\u202e" in shown


def test_a_transfer_names_the_other_position_even_if_its_alert_comes_second() -> None:
    """Both alerts come from one filing, and a filing's alerts are printed together."""
    trust = {"position_id": "p2", "ownership": "I", "nature_of_ownership": "By Trust"}
    evidence = [{"kind": "position", "id": "p2"}]
    first = alert(unexplained_change="-500", explanation="transfer", explained_by=evidence)
    shown = printed(alerts_view(), first, alert(alert_id="a2", position=trust), width=300)
    assert "-500 by transfer (Common Stock, By Trust)" in shown
    other = alert(filing=filing(filing_id="X-2"), position=trust)
    assert "-500 by transfer (another position)" in printed(alerts_view(), first, other, width=300)
    assert "(Common Stock, By Trust)" in printed(alerts_view(), other, first, width=300)


def test_the_number_of_remembered_positions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that follows may run for months."""
    monkeypatch.setattr(event_views, "_MAX_NAMES", 1)
    evidence = [{"kind": "position", "id": "p2"}, {"kind": "position", "id": "p3"}]
    seen = [alert(position={"position_id": name}) for name in ("p2", "p3")]
    changed = alert(position={"position_id": "p3"}, unexplained_change="1", explained_by=evidence)
    assert "(another position, Common Stock, directly)" in printed(alerts_view(), *seen, changed, width=300)


def test_json_lines_are_the_events() -> None:
    """There is one complete event per line."""
    second = alert(alert_id="a2", footnotes={"F1": "on\ntwo lines, \u202eand back"})
    lines = printed(alerts_view(), alert(), second, form=Format.JSONL).splitlines()
    assert [decode(line, HoldingChanged) for line in lines] == [alert(), second]


def test_csv_has_a_heading_and_a_row_for_each_position() -> None:
    """Cells are quoted if needed, absent values are empty, and lines end as a Unix pipe expects."""
    both = update(position(security_title='A, "B"'), position(shares=None, value="5"))
    out = printed(ALL_POSITIONS, both, form=Format.CSV)
    assert "\r" not in out
    first, second = csv.DictReader(io.StringIO(out))
    assert (first["security"], first["shares"], first["value"]) == ('A, "B"', "3000", "")
    assert (second["shares"], second["value"]) == ("", "5")


def test_csv_has_no_formulas_and_keeps_its_numbers() -> None:
    """An owner's name is text, a change of -1000 is a number."""
    changed = alert(owner={"key": "k", "name": '=HYPERLINK("x")'})
    (row,) = csv.DictReader(io.StringIO(printed(alerts_view(), changed, form=Format.CSV)))
    assert (row["owner"], row["change"], row["change_percent"]) == ('\'=HYPERLINK("x")', "-1000", "-25")


def test_empty_csv_has_a_heading() -> None:
    """A reader of CSV finds its columns, unless they have been printed before."""
    assert printed(alerts_view(), form=Format.CSV).startswith("alert_id,date,kind,ticker,")
    assert printed(alerts_view(), form=Format.CSV, headed=True) == ""


def test_a_positions_table_shows_only_selected_positions() -> None:
    """The JSON output contains the complete event."""
    view = positions_view(lambda each: [one for one in each.positions if one.shares != "0"], TODAY)
    both = update(position(), position(security_title="Preferred", shares="0"))
    for width in (WIDE, NARROW):
        assert "Common Stock" in printed(view, both, width=width)
        assert "Preferred" not in printed(view, both, width=width)
    assert decode(printed(view, both, form=Format.JSONL), PositionsUpdated) == both


def test_wide_positions_have_a_heading_per_owner_and_issuer_below_the_column_headings() -> None:
    """The columns are named once; rows follow the owner and issuer they belong to."""
    mine = update(position(), position(security_title="Preferred"))
    yours = update(position(), owner={"key": "k", "name": "ROE RICHARD"})
    lines = [line.split()[0] for line in printed(ALL_POSITIONS, mine, yours).splitlines()]
    assert lines == ["Security", "DOE", "Common", "Preferred", "ROE", "Common"]


def test_reported_lines_follow_their_filings_heading() -> None:
    """On a narrow terminal they are lines instead of a table."""
    view = reports_view(lines_of)
    wide = printed(view, report()).splitlines()
    assert wide[0].split()[:2] == ["Date", "Trade"]
    assert wide[1].startswith("2024-03-04  Form 4  ACM ACME CORP: DOE JANE, director, CFO  (0000000001-24-000001)")
    assert any("sold 1,000 at $25.50 ($25,500)" in line for line in wide)
    narrow = printed(view, report(), width=100).splitlines()
    assert narrow[-1] == "  2024-03-04  sold 1,000 at $25.50 ($25,500): Common Stock, By Trust; holds 3,000 after"


def test_reported_lines_are_rows_of_csv_and_objects_of_json() -> None:
    """Each has only the footnotes that its line cites."""
    view = reports_view(lambda each: lines_of(each)[1:])
    (row,) = csv.DictReader(io.StringIO(printed(view, report(), form=Format.CSV)))
    assert (row["line"], row["kind"], row["code"], row["shares"]) == ("1", "transaction", "S", "1000")
    assert json.loads(row["footnote_texts"]) == {"F2": "Two.", "F1": "One."}
    (line,) = printed(view, report(), form=Format.JSONL).splitlines()
    found = json.loads(line)
    assert (found["kind"], found["line"]["shares"], found["owner"]["name"]) == ("transaction", "1000", "DOE JANE")
    assert found["footnotes"] == {"F2": "Two.", "F1": "One."}


def test_in_jsonl_each_event_is_flushed_at_once() -> None:
    """The table for a person may wait for the rest of its filing."""

    class Counting(io.StringIO):
        flushes = 0

        def flush(self) -> None:
            self.flushes += 1

    for form, flushes in ((Format.JSONL, 2), (Format.CSV, 2), (Format.TABLE, 0)):
        stream = Counting()
        printer = Printer(alerts_view(), form, Screen(stream, width=WIDE), prompt=True)
        printer.add(alert())
        printer.add(alert())
        assert stream.flushes == flushes
