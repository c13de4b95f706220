"""A parsed filing for `insidertape parse`: its owners, its lines, and its diagnostics."""

from collections.abc import Iterator, Sequence
from typing import Final

from contracts.structs import Diagnostic, Transaction, TransactionsReported
from services.cli.render.reported_lines import ReportedLine, line_amount, line_held, line_security, lines_of
from services.cli.render.screen import Screen
from services.cli.render.tables import fit_widths, lay_out, styled, wrap
from services.cli.render.wording import NONE, issuer_name, money
from services.section16.owner_roles import relationship
from services.section16.safe_text import printable
from services.section16.vocabulary import TRANSACTION_CODES
from services.section16.wording import shortened

LINE_HEADINGS: Final = ("Date", "What", "Amount", "Price", "Security", "Held", "Holds after", "Notes")

_QUOTED: Final = 160  # characters of a footnote or of what could not be read; the whole is in the event


_RIGHTS: Final = [name in {"Amount", "Price", "Holds after"} for name in LINE_HEADINGS]
_INDENT: Final = 2


def print_filing(screen: Screen, file_name: str, reports: Sequence[TransactionsReported]) -> None:
    """Print a filing once, even with several owners: their lines are the same."""

    def show(lines: Sequence[str], style: str = "") -> None:
        shown = styled(lines, style) if screen.has_colours else lines
        screen.write("".join(f"{line}\n" for line in shown))

    def show_indented(text: str, style: str = "") -> None:
        show([f"{' ' * _INDENT}{line}".rstrip() for line in wrap(printable(text), screen.width - _INDENT)], style)

    show(wrap(printable(heading(reports[0])), screen.width), "bold")
    show_indented(f"{file_name}, read as {reports[0].filing.source_format}", "dim")
    for line in owner_lines(reports):
        show_indented(line)
    rows = [line_cells(each) for each in lines_of(reports[0])]
    if rows:
        widths = fit_widths([LINE_HEADINGS, *rows], screen.width - _INDENT)
        show(lay_out(LINE_HEADINGS, widths, _RIGHTS, _INDENT), "dim")
        for row in rows:
            show(lay_out(row, widths, _RIGHTS, _INDENT))
    for note in notes(reports):
        show_indented(note, "yellow" if note.startswith("!") else "dim")
    show([""])


def heading(report: TransactionsReported) -> str:
    """Return the form, its day, and the issuer."""
    filing = report.filing
    day = filing.period_of_report or filing.filed_on or "of an unknown day"
    return f"Form {filing.form_type}  {day}  {issuer_name(report.issuer)}"


def owner_lines(reports: Sequence[TransactionsReported]) -> list[str]:
    """Return each reporting owner with the relationship to the issuer."""
    return [f"{report.owner.name}, {relationship(report.owner)}" for report in reports]


def line_cells(line: ReportedLine) -> tuple[str, ...]:
    """Return a line of a table as a row under `LINE_HEADINGS`."""
    trade = line if isinstance(line, Transaction) else None
    return (
        str(trade.transaction_date or NONE) if trade else "",
        _what(trade) if trade else "holds",
        _traded(trade) if trade else "",
        _price(line),
        line_security(line),
        line_held(line),
        line_amount(line, line.shares_owned_following, line.value_owned_following),
        " ".join(dict.fromkeys(identity for ids in line.footnotes.values() for identity in ids)),
    )


def notes(reports: Sequence[TransactionsReported]) -> Iterator[str]:
    """Yield the footnotes, then the diagnostics, of all owners, each once."""
    for identity, text in reports[0].footnotes.items():
        yield f"{identity}  {shortened(text, _QUOTED)}"
    complaints: dict[str, None] = {}
    for report in reports:
        complaints.update(dict.fromkeys(_complaint(diagnostic) for diagnostic in report.diagnostics))
    yield from complaints


def _complaint(diagnostic: Diagnostic) -> str:
    words = diagnostic.code.replace("_", " ")
    where = f" in {diagnostic.field}" if diagnostic.field else ""
    raw = f": {shortened(diagnostic.raw, _QUOTED)}" if diagnostic.raw else ""
    return f"!   {words}{where}{raw}"


def _what(trade: Transaction) -> str:
    if trade.code is None:
        return NONE
    label = TRANSACTION_CODES[trade.code].label if trade.code in TRANSACTION_CODES else "unknown code"
    return f"{trade.code} {label}"


def _traded(trade: Transaction) -> str:
    sign = {"A": "+", "D": "-"}.get(trade.acquired_disposed or "", "")
    return sign + line_amount(trade, trade.shares, trade.total_value)


def _price(line: ReportedLine) -> str:
    price = line.price_per_share if isinstance(line, Transaction) else None
    return "" if price is None else money(price, line.currency)
