"""ASCII forms of 1996 to 2003 as ten firms typed them, built from the form's instructions: one item after another.

The columns of a table stand under `<S>` and `<C>`, below captions that are stacked over many lines.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from tests.generated.boxed_tables import wrapped
from tests.generated.filings import Drawn, Owner
from tests.generated.style import Style, caption_rows, cells_of, printed_date, title_of
from tests.generated.text_blocks import NO_LONGER, SIGNED, TITLES

_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")  # fmt: skip
_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class Firm:
    """The habits of one typist. `day` writes a date; `ruled` parts rows by rules, else by blank lines."""

    boxes: tuple[str, str] = ("[X]", "[ ]")
    after_number: str = " "
    rule: str = "-"
    ruled: bool = True
    day: Callable[[str], str] = printed_date
    captioned_name: bool = False
    signed_on_rule: bool = True
    upper_titles: bool = False
    words_below: bool = False


def _short(day: str) -> str:
    year, month, number = day.split("-") if day else ("", "", "")
    return f"{month}/{number}/{year[2:]}" if day else ""


def _dashed(day: str) -> str:
    return printed_date(day).replace("/", "-")


def in_words(day: str) -> str:
    """Return the date `2002-07-19` as `July 19, 2002`."""
    year, month, number = day.split("-") if day else ("", "", "")
    return f"{_MONTHS[int(month) - 1]} {int(number)}, {year}" if day else ""


FIRMS: Final = {
    "plain": Firm(),
    "bars": Firm(("|X|", "|_|"), "   ", "=", captioned_name=True, words_below=True),
    "underscores": Firm(("_X_", "___"), " ", "_", ruled=False, signed_on_rule=False),
    "brackets": Firm(("(X)", "( )"), "  ", "-", captioned_name=True),
    "long_rules": Firm(("__X__", "_____"), " ", "_", words_below=True),
    "short_dates": Firm(("[x]", "[ ]"), "   ", "-", ruled=False, upper_titles=True),
    "dashed_dates": Firm(("|X|", "| |"), " ", "=", day=_dashed, signed_on_rule=False),
    "dates_in_words": Firm(("[X]", "[_]"), "    ", "-", captioned_name=True, upper_titles=True),
    "lower_case": Firm(("(x)", "( )"), " ", "_", ruled=False, words_below=True),
    "wide": Firm(("|x|", "|_|"), "      ", "-", captioned_name=True, signed_on_rule=False),
}


def written(filing: Drawn, style: Style, *, firm: Firm) -> str:
    """Return the text of the form as a firm types it."""
    lines = ["U.S. SECURITIES AND EXCHANGE COMMISSION", "Washington, D.C. 20549", "", f"FORM {filing.form}", "",
             TITLES[filing.form], ""]  # fmt: skip
    if filing.form != "3":
        lines += [f"{_box(firm, filing.no_longer_subject)} {NO_LONGER}", ""]
    lines += _items(filing, filing.owners[0], firm)
    for table in ("non_derivative", "derivative"):
        title = title_of(filing.form, table)
        lines += [firm.rule * 80, (title.upper() if firm.upper_titles else title).center(80).rstrip(), firm.rule * 80]
        lines += _table(filing, table, style, firm)
    lines.append("Explanation of Responses:")
    for number, text in enumerate(filing.footnotes, start=1):
        lines += ["", style.numbered(number, text)]
    if filing.remarks:
        lines += ["", "Remarks:", filing.remarks]
    for name, day in filing.signatures:
        lines += ["", f"{name:50}   {in_words(day)}"]
        if firm.signed_on_rule:
            lines.append(f"{'-' * 45}     {'-' * 20}")
        lines.append(f"      {SIGNED}                  Date")
    return "\n".join(lines) + "\n"


def _box(firm: Firm, checked: bool) -> str:
    return firm.boxes[0 if checked else 1]


def _items(filing: Drawn, owner: Owner, firm: Firm) -> Iterator[str]:
    def caption(number: int, text: str) -> str:
        return f"{number}.{firm.after_number}{text}"

    rule = firm.rule * 80
    yield caption(1, "Name and Address of Reporting Person*")
    yield from _name_and_address(owner, firm)
    yield rule
    of_three = filing.form == "3"
    yield caption(4 if of_three else 2, "Issuer Name and Ticker or Trading Symbol")
    yield from ("", f"     {filing.issuer} ({filing.symbol})", rule)
    dated = (
        (2, "Date of Event Requiring Statement (Month/Day/Year)") if of_three else (4, "Statement for Month/Day/Year")
    )
    yield caption(*dated)
    yield from ("", f"     {firm.day(filing.period)}", rule)
    yield caption(6 if of_three else 5, "If Amendment, Date of Original (Month/Day/Year)")
    yield from ("", f"     {firm.day(filing.original)}".rstrip(), rule)
    yield caption(5 if of_three else 6, "Relationship of Reporting Person(s) to Issuer")
    yield "     (Check all applicable)"
    yield f"     {_box(firm, owner.is_director)}  {'Director':38}{_box(firm, owner.is_ten_percent_owner)}  10% Owner"
    officer, other = _box(firm, bool(owner.officer_title)), _box(firm, bool(owner.other_text))
    yield f"     {officer}  {'Officer (give title below)':38}{other}  Other (specify below)"
    yield from ("", f"     {' / '.join(filter(None, (owner.officer_title, owner.other_text)))}".rstrip(), rule)
    yield caption(7, "Individual or Joint/Group Filing (Check applicable line)")
    yield f"     {_box(firm, len(filing.owners) == 1)}  Form filed by one Reporting Person"
    yield f"     {_box(firm, len(filing.owners) > 1)}  Form filed by more than one Reporting Person"


def _name_and_address(owner: Owner, firm: Firm) -> Iterator[str]:
    streets = [street for street in (owner.street1, owner.street2) if street]
    if not firm.captioned_name:
        for line in (owner.name, *streets, f"{owner.city}, {owner.state}  {owner.zip_code}"):
            yield f"     {line}"
        return
    for values, below in (
        ([owner.name], "(Last)     (First)     (Middle)"),
        (streets, "(Street)"),
        ([f"{owner.city}     {owner.state}     {owner.zip_code}"], "(City)     (State)     (Zip)"),
    ):
        yield from ("", *(f"     {value}" for value in values), "-" * 80, f"     {below}")


def _table(filing: Drawn, table: str, style: Style, firm: Firm) -> Iterator[str]:
    captions = [row for row in caption_rows(filing.form, table) if any(row)]
    rows = [cells_of(line, filing, style) for line in filing.of(table)]
    if not rows:
        yield from ("<TABLE>", "<CAPTION>", "<S>  <C>", "None", "</TABLE>")
        return
    widths, wrapped_rows = wrapped([*captions, *rows])
    rule = firm.rule * (sum(widths) + _GAP * len(widths))
    yield from ("<TABLE>", "<CAPTION>")
    for row in wrapped_rows[: len(captions)]:
        height = max(map(len, row))
        yield from _aligned([[""] * (height - len(cell)) + list(cell) for cell in row], widths)
    yield rule
    yield next(_aligned([["<S>" if not index else "<C>"] for index in range(len(widths))], widths))
    for row in wrapped_rows[len(captions) :]:
        yield from _aligned(row, widths)
        yield rule if firm.ruled else ""
    yield "</TABLE>"
    if firm.words_below:
        yield from ("* If the form is filed by more than one reporting person, see Instruction 4(b)(v).", "",
                    "Reminder: Report on a separate line for each class of securities.")  # fmt: skip


def _aligned(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for line in zip_longest(*cells, fillvalue=""):
        yield "".join(cell.ljust(width + _GAP) for cell, width in zip(line, widths, strict=True)).rstrip()
