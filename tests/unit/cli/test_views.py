"""How events are printed."""

import csv
import io
from collections.abc import Callable

import pytest
from rich.console import Console

from contracts.codec import decode
from contracts.holding_changed import HoldingChanged
from contracts.positions_updated import PositionsUpdated
from services.cli.tables import Column, GrowingTable, kind_style, new_console, printable
from services.cli.views import ALERTS_VIEW, Format, Printer, positions_view
from tests.unit.cli.builders import alert, position, update

WIDE, NARROW = 160, 80
Shown = Callable[[int], tuple[Console, io.StringIO]]


@pytest.fixture
def shown() -> Shown:
    """A console of a given width, and what is printed on it."""

    def make(width: int) -> tuple[Console, io.StringIO]:
        written = io.StringIO()
        return Console(file=written, width=width), written

    return make


def test_a_wide_terminal_gets_a_table_with_its_headings_once(shown: Shown) -> None:
    """However many alerts scroll by."""
    console, written = shown(WIDE)
    printer = Printer(ALERTS_VIEW, Format.TABLE, console)
    printer.add(alert())
    printer.add(alert(kind="closed"))
    lines = written.getvalue().splitlines()
    assert lines[0].split() == ["Date", "Who", "What", "Change", "Of", "holding", "Now", "holds", "Price", "Why"]
    assert written.getvalue().count("Who") == 1
    assert "ACM closed" in written.getvalue()
    assert printer.count == 2


def test_a_narrow_terminal_gets_lines_that_fit(shown: Shown) -> None:
    """No heading; what is too long goes on, indented, on the next line."""
    console, written = shown(NARROW)
    Printer(ALERTS_VIEW, Format.TABLE, console).add(alert(footnotes={"F1": "A note of some length. " * 9}))
    lines = written.getvalue().splitlines()
    assert lines[0] == "2024-03-05  ACM decreased  -1,000 (-25 %), now 3,000, at $25.50"
    assert all(line.startswith("  ") for line in lines[1:])
    assert max(len(line) for line in lines) <= NARROW


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_brackets_in_a_filing_are_text(shown: Shown, width: int) -> None:
    """Rich would take them for markup: lose one, and stop at the other."""
    console, written = shown(width)
    told = alert(owner={"key": "k", "name": "[bold]Doe[/bold]"}, footnotes={"F1": "[/none] [F1]"})
    Printer(ALERTS_VIEW, Format.TABLE, console).add(told)
    assert "[bold]Doe[/bold]" in written.getvalue()
    assert '"[/none] [F1]"' in written.getvalue()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_filing_cannot_command_the_terminal(shown: Shown, width: int) -> None:
    """Escape sequences, and text that runs from right to left, are taken out."""
    console, written = shown(width)
    told = alert(footnotes={"F1": "a\x1b[2Jb\u009b31mc\u202ed\x07e"})
    Printer(ALERTS_VIEW, Format.TABLE, console).add(told)
    assert not {"\x1b", "\u009b", "\u202e", "\x07"} & set(written.getvalue())
    assert "a [2Jb 31mc d e" in written.getvalue()


def test_printable_text_is_left_as_it_is() -> None:
    """Letters of any script, and signs."""
    assert printable("Société Générale — 東京 §16 €5") == "Société Générale — 東京 §16 €5"
    assert printable("\udcff\n\t\xa0") == "    "


def test_the_headings_can_have_been_printed_before(shown: Shown) -> None:
    """A listing that goes on as a stream repeats none."""
    console, written = shown(WIDE)
    GrowingTable(console, (Column("One"),), headed=True).add([("1",)], ("1",))
    assert written.getvalue().split() == ["1"]


def test_each_kind_of_alert_has_its_colour() -> None:
    """More is green, less is red; an unknown kind, of a later version, has none."""
    assert [kind_style(kind) for kind in ("opened", "increased", "decreased", "closed", "restated", "new")] == [
        "green",
        "green",
        "red",
        "red",
        "yellow",
        "",
    ]


def test_a_pipe_that_is_closed_is_an_error_for_the_command_to_judge() -> None:
    """Rich by itself would end the process with status 1."""

    class Closed(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    console = new_console()
    console.file = Closed()
    with pytest.raises(BrokenPipeError):
        console.print("anything")


def test_json_lines_are_the_events(capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, whole, as they travel."""
    printer = Printer(ALERTS_VIEW, Format.JSONL)
    printer.add(alert())
    printer.add(alert(alert_id="a2", footnotes={"F1": "on\ntwo lines"}))
    lines = capsys.readouterr().out.splitlines()
    assert [decode(line, HoldingChanged).alert_id for line in lines] == ["a1", "a2"]
    assert decode(lines[0], HoldingChanged) == alert()


def test_csv_has_a_heading_and_a_row_for_each_position(capsys: pytest.CaptureFixture[str]) -> None:
    """Quoted where it must be, what is absent empty, lines ended as a Unix pipe expects."""
    view = positions_view(lambda each: list(each.positions))
    Printer(view, Format.CSV).add(update(position(security_title='A, "B"'), position(shares=None, value="5")))
    out = capsys.readouterr().out
    assert "\r" not in out
    first, second = csv.DictReader(io.StringIO(out))
    assert (first["security"], first["shares"], first["value"]) == ('A, "B"', "3000", "")
    assert (second["shares"], second["value"]) == ("", "5")


def test_csv_of_nothing_is_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    """So that a reader of CSV finds its columns; unless they have been printed before."""
    Printer(ALERTS_VIEW, Format.CSV)
    assert capsys.readouterr().out.startswith("date,kind,ticker,")
    Printer(ALERTS_VIEW, Format.CSV, headed=True)
    assert capsys.readouterr().out == ""


def test_a_positions_table_shows_those_that_are_wanted(shown: Shown) -> None:
    """The event itself, as JSON, keeps all."""
    view = positions_view(lambda each: [one for one in each.positions if one.shares != "0"])
    both = update(position(), position(security_title="Preferred", shares="0"))
    for width in (WIDE, NARROW):
        console, written = shown(width)
        Printer(view, Format.TABLE, console).add(both)
        assert "Common Stock" in written.getvalue()
        assert "Preferred" not in written.getvalue()


def test_a_wide_ledger_has_a_heading_for_each_owner_and_issuer_under_the_columns_own(shown: Shown) -> None:
    """The columns are named once; the rows of a ledger stand below whose they are."""
    console, written = shown(WIDE)
    printer = Printer(positions_view(lambda each: list(each.positions)), Format.TABLE, console)
    printer.add(update(position(), position(security_title="Preferred")))
    printer.add(update(position(), owner={"key": "k", "name": "ROE RICHARD"}))
    lines = [line.split()[0] for line in written.getvalue().splitlines()]
    assert lines == ["Security", "DOE", "Common", "Preferred", "ROE", "Common"]


def test_json_of_positions_is_the_whole_event(capsys: pytest.CaptureFixture[str]) -> None:
    """As on the topic."""
    both = update(position(), position(shares="0"))
    Printer(positions_view(lambda each: list(each.positions[:1])), Format.JSONL).add(both)
    assert decode(capsys.readouterr().out, PositionsUpdated) == both
