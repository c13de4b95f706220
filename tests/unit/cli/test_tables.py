"""Tables that grow row by row, and the screen they are printed on."""

import io
import os
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from services.cli.render.screen import Screen, new_console
from services.cli.render.tables import (
    Column,
    GrowingTable,
    assign_widths,
    fit_widths,
    kind_style,
    lay_out,
    wrap,
)

COLUMNS = (Column("Date", 10), Column("Words", share=3), Column("Amount", 8, right=True), Column("Rest", share=1))
MakeTable = Callable[..., tuple[GrowingTable, io.StringIO]]


class Terminal(io.StringIO):
    """A terminal whose text can be read."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Return that this is a terminal."""
        return True


@pytest.fixture
def make_table() -> MakeTable:
    """Return a function that makes a table on a screen of a given width, with its output."""

    def make(
        width: int, *, headed: bool = False, stream: io.StringIO | None = None
    ) -> tuple[GrowingTable, io.StringIO]:
        written = stream or io.StringIO()
        return GrowingTable(Screen(written, width=width), COLUMNS, headed=headed), written

    return make


def test_columns_share_the_width_that_fixed_columns_leave() -> None:
    """The rest is divided by their shares; no column becomes so narrow that it disappears."""
    assert assign_widths(COLUMNS, 124) == [10, 75, 8, 25]
    assert assign_widths(COLUMNS, 20) == [10, 4, 8, 4]


def test_rows_are_aligned_with_their_headings(make_table: MakeTable) -> None:
    """Numbers are aligned right, lines have no trailing spaces, and headings appear once."""
    table, written = make_table(150)
    table.add_rows([("2024-03-05", "one", "5", "x")])
    table.add_rows([("2024-03-06", "two", "12,345", "")])
    first, second, third = written.getvalue().splitlines()
    assert first.split() == ["Date", "Words", "Amount", "Rest"]
    assert second.index("5  x") == third.index("5", 20)
    assert third.endswith("12,345")


def test_a_long_cell_continues_on_the_next_line(make_table: MakeTable) -> None:
    """It continues in its own column, complete."""
    table, written = make_table(150, headed=True)
    table.add_rows([("2024-03-05", "word " * 60, "5", "end")])
    lines = written.getvalue().splitlines()
    assert len(lines) > 1
    assert lines[1].startswith(" " * 12 + "word")
    assert written.getvalue().count("word") == 60
    assert max(map(len, lines)) <= 150


def test_rows_under_a_heading_are_indented(make_table: MakeTable) -> None:
    """The column headings are indented too, so that they align with their cells."""
    table, written = make_table(150)
    table.add_rows([("2024-03-05", "one", "5", "x")], heading="Whose")
    assert [line[:6] for line in written.getvalue().splitlines()] == ["  Date", "Whose", "  2024"]


def test_lines_fit_a_narrow_terminal(make_table: MakeTable) -> None:
    """Long lines continue, indented, on the next line; so does a first line."""
    table, written = make_table(80)
    assert not table.has_columns
    table.add_lines(("2024-03-05  ACM  " + "word " * 30, "more " * 40))
    lines = written.getvalue().splitlines()
    assert lines[0].startswith("2024-03-05  ACM  word")
    assert all(line.startswith("  ") for line in lines if "more" in line)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "text", ["word " * 50, "unbroken" * 30, "東京都" * 40, "東京 " * 40, "a→b… " * 30, "x " + "y" * 90]
)
@pytest.mark.parametrize("width", [5, 33, 80])
def test_wrapped_text_fits_and_is_complete(text: str, width: int) -> None:
    """Some characters take two columns."""
    lines = wrap(text, width)
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_widths_fit_the_cells() -> None:
    """On a narrow terminal the widest columns shrink, and none disappears."""
    rows = [("Date", "Security"), ("2024-03-05", "a title of some length that needs room")]
    assert fit_widths(rows, 80) == [10, 38]
    assert fit_widths(rows, 40) == [10, 28]
    assert fit_widths(rows, 5) == [4, 4]
    assert lay_out(rows[1], [10, 28], [False, True], 2) == [
        "  2024-03-05   a title of some length that",
        "                                needs room",
    ]


def test_wide_characters_keep_the_columns_in_place(make_table: MakeTable) -> None:
    """A Chinese character takes two columns."""
    table, written = make_table(150, headed=True)
    table.add_rows([("2024-03-05", "東京", "5", "end"), ("2024-03-05", "ab", "5", "end")])
    first, second = written.getvalue().splitlines()
    assert cell_len(first) == cell_len(second)


def test_a_filing_cannot_control_the_terminal(make_table: MakeTable) -> None:
    """Escape sequences and right-to-left controls are escaped."""
    for width in (80, 150):
        table, written = make_table(width)
        table.add_rows([("a\x1b[2Jb", "c\u009bd", "e\u202ef", "g\nh")], heading="i\x07j")
        table.add_lines(("a\x1b[2Jb", "e\u202ef"))
        assert not {"\x1b", "\u009b", "\u202e", "\x07"} & set(written.getvalue())


def test_colours_are_for_terminals_that_want_them(make_table: MakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipes, NO_COLOR and dumb terminals get no colours."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for variable, value, coloured in (("TERM", "xterm", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)):
        monkeypatch.setenv(variable, value)
        table, written = make_table(150, stream=Terminal(), headed=True)
        table.add_rows([("2024-03-05", "one", "5", "x")], style="red")
        table.add_lines(("2024-03-05", "one"), style="red")
        assert ("\x1b[31m2024" in written.getvalue()) is coloured
    piped, plain = make_table(150, headed=True)
    piped.add_rows([("2024-03-05", "one", "5", "x")], style="red")
    assert "\x1b" not in plain.getvalue()


def test_characters_outside_the_encoding_are_replaced() -> None:
    """Without arrows in the encoding, an arrow is two ASCII characters."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    Screen(stream, width=80).write("4,000 → 3,000, one …")
    stream.flush()
    assert stream.buffer.getvalue() == b"4,000 -> 3,000, one ..."


def test_a_pipe_is_wide_and_a_terminal_has_its_own_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS, as set by a shell, overrides both; the width is read again if the window changes."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    assert Screen(io.StringIO()).width == 200
    monkeypatch.setenv("COLUMNS", "91")
    assert Screen(io.StringIO()).width == 91
    moment = [0.0]
    monkeypatch.setattr("services.cli.render.screen.time.monotonic", lambda: moment[0])
    screen = Screen(io.StringIO())
    assert screen.width == 91
    monkeypatch.setenv("COLUMNS", "120")
    assert screen.width == 91
    moment[0] = 1.0
    assert screen.width == 120


def test_each_kind_of_alert_has_its_colour() -> None:
    """More is green and less is red; unchanged positions, and unknown kinds, have no colour."""
    assert [kind_style(kind) for kind in ("opened", "increased", "decreased", "closed", "restated")] == [
        "green",
        "green",
        "red",
        "red",
        "yellow",
    ]
    assert (kind_style("unchanged"), kind_style("new")) == ("", "")


def test_a_closed_pipe_raises_an_error() -> None:
    """Rich itself would end the process with status 1."""

    class Closed(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    console = new_console()
    console.file = Closed()
    with pytest.raises(BrokenPipeError):
        console.print("anything")
