"""The form as it was filed in ASCII before mid-2003: numbered items on the cover, tables with `<S>` and `<C>`.

The columns stand under those marks; captions and cells are wrapped to the columns.
"""

from collections.abc import Iterator
from itertools import zip_longest

from tests.generated.boxed_tables import wrapped
from tests.generated.filings import Drawn, Owner
from tests.generated.style import Style, caption_rows, cells_of, printed_date, title_of
from tests.generated.text_blocks import NO_LONGER, SIGNED, TITLES


def written(filing: Drawn, style: Style) -> str:
    """Return the text of the form in this layout."""
    owner = filing.owners[0]
    lines = [
        "UNITED STATES SECURITIES AND EXCHANGE COMMISSION",
        "WASHINGTON, D.C. 20549",
        f"FORM {filing.form}",
        TITLES[filing.form],
        *([_box(NO_LONGER, checked=filing.no_longer_subject)] if filing.form != "3" else []),
        *_items(filing, owner),
    ]
    for table in ("non_derivative", "derivative"):
        lines.extend(_table(filing, table, style))
    lines.append("Explanation of Responses:")
    lines.extend(style.numbered(number, text) for number, text in enumerate(filing.footnotes, start=1))
    if filing.remarks:
        lines.extend(("", "Remarks:", filing.remarks))
    for name, day in filing.signatures:
        lines.extend(("", f"{name}    {printed_date(day)}", f"{SIGNED}    Date"))
    return "\n".join(lines) + "\n"


def _items(filing: Drawn, owner: Owner) -> Iterator[str]:
    yield "1. Name and Address of Reporting Person"
    for line in (owner.name, owner.street1, owner.street2, f"{owner.city}, {owner.state}  {owner.zip_code}"):
        if line:
            yield f"   {line}"
    of_three = filing.form == "3"
    yield f"{4 if of_three else 2}. Issuer Name and Ticker or Trading Symbol"
    yield f"   {filing.issuer}"
    yield f"   {filing.symbol}"
    yield "2. Date of Event Requiring Statement (Month/Day/Year)" if of_three else "4. Statement for Month/Day/Year"
    yield f"   {printed_date(filing.period)}"
    yield f"{6 if of_three else 5}. If Amendment, Date of Original (Month/Day/Year)"
    yield f"   {printed_date(filing.original)}".rstrip()
    yield f"{5 if of_three else 6}. Relationship of Reporting Person(s) to Issuer (Check all applicable)"
    boxes = (("Director", owner.is_director), ("10% Owner", owner.is_ten_percent_owner),
             ("Officer (give title below)", bool(owner.officer_title)), ("Other", bool(owner.other_text)))  # fmt: skip
    yield "   " + " ".join(_box(label, checked=checked) for label, checked in boxes)
    yield "   (specify below)"
    words = " / ".join(text for text in (owner.officer_title, owner.other_text) if text)
    yield f"   {words}".rstrip()
    yield "7. Individual or Joint/Group Filing (Check Applicable Line)"
    yield f"   {_box('Form filed by One Reporting Person', checked=len(filing.owners) == 1)}"
    yield f"   {_box('Form filed by More than One Reporting Person', checked=len(filing.owners) > 1)}"


def _box(label: str, *, checked: bool) -> str:
    return f"({'X' if checked else ' '}) {label}"


def _table(filing: Drawn, table: str, style: Style) -> Iterator[str]:
    captions = [row for row in caption_rows(filing.form, table) if any(row)]
    rows = [cells_of(line, filing, style) for line in filing.of(table)]
    widths, wrapped_rows = wrapped([*captions, *rows])
    rule = "_" * (sum(widths) + len(widths))
    yield from ("<TABLE>", "<CAPTION>", rule, f" {title_of(filing.form, table)}", rule)
    for number, row in enumerate(wrapped_rows):
        if number == len(captions):
            marks = ("<S>" if not index else "<C>" for index in range(len(widths)))
            yield " ".join(mark.ljust(width) for mark, width in zip(marks, widths, strict=True)).rstrip()
        elif number > len(captions):
            yield rule
        for line in zip_longest(*row, fillvalue=""):
            yield "|".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + "|"
    if len(wrapped_rows) == len(captions):
        yield " ".join("<C>".ljust(width) for width in widths).rstrip()
    yield rule
    yield "</TABLE>"
