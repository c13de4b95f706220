"""Pages of 2002 and 2003 as filing agents made them: cells that only make space, boxes in Wingdings, dates in words."""

from collections.abc import Iterator, Sequence
from html import escape

from tests.generated.filings import Drawn, Owner
from tests.generated.firm_forms import in_words
from tests.generated.style import Style, caption_rows, cells_of, title_of
from tests.generated.text_blocks import NO_LONGER, SIGNED, TITLES

_SPACE = '<TD><FONT size="1">&nbsp;</FONT></TD>'
_RULE = '<TR><TD colspan="40"><HR noshade></TD></TR>'


def written(filing: Drawn, style: Style, *, spaced: bool = True) -> str:
    """Return the page. If it is `spaced`, each column has an empty one before it, and dollar signs have their own."""
    parts = ["<HTML><HEAD><TITLE>Form</TITLE></HEAD><BODY>", f"<P align='center'><B>FORM {filing.form}</B>",
             f"<P align='center'>{TITLES[filing.form]}"]  # fmt: skip
    if filing.form != "3":
        parts.append(f"<TABLE><TR><TD>{_box(checked=filing.no_longer_subject)}</TD><TD>{NO_LONGER}</TD></TR></TABLE>")
    parts.append(_cover(filing))
    for table in ("non_derivative", "derivative"):
        parts += [f"<P>{title_of(filing.form, table)}", _table(filing, table, style, spaced=spaced)]
    parts.append("<P><B>Explanation of Responses:</B>")
    parts += [f"<P>{escape(style.numbered(number, text))}" for number, text in enumerate(filing.footnotes, start=1)]
    parts += [f"<P>Remarks:<P>{escape(filing.remarks)}"] if filing.remarks else []
    for name, day in filing.signatures:
        parts.append(
            f"<TABLE><TR><TD>{escape(name)}</TD>{_SPACE}<TD>{in_words(day)}</TD></TR>"
            f"<TR><TD><HR>{SIGNED}</TD>{_SPACE}<TD><HR>Date</TD></TR></TABLE>"
        )
    return "\n".join([*parts, "</BODY></HTML>"])


def _box(*, checked: bool) -> str:
    return f'<FONT face="wingdings">&#{120 if checked else 111};</FONT>'


def _cover(filing: Drawn) -> str:
    owner = filing.owners[0]
    three = filing.form == "3"
    period = "2. Date of Event Requiring Statement (Month/Day/Year)" if three else "4. Statement for Month/Day/Year"
    original = f"{6 if three else 5}. If Amendment, Date of Original (Month/Day/Year)"
    issuer = f"{4 if three else 2}. Issuer Name <B>and</B> Ticker or Trading Symbol"
    cells = [
        "<BR>".join(_name_and_address(owner)),
        f"{issuer}<BR><BR>{escape(filing.issuer)} ({filing.symbol})",
        "<BR>".join(_relationship(owner, 5 if three else 6)),
        f"{period}<BR>{in_words(filing.period)}",
        f"{original}<BR>{in_words(filing.original)}",
    ]
    return "<TABLE border='1'><TR>" + "".join(f"<TD>{cell}</TD>" for cell in cells) + "</TR></TABLE>"


def _name_and_address(owner: Owner) -> Iterator[str]:
    yield "1. Name and Address of Reporting Person*"
    yield escape(owner.name)
    yield "(Last) (First) (Middle)"
    yield from (escape(street) for street in (owner.street1, owner.street2) if street)
    yield "(Street)"
    yield f"{owner.city}, {owner.state} {owner.zip_code}"
    yield "(City) (State) (Zip)"


def _relationship(owner: Owner, number: int) -> Iterator[str]:
    yield f"{number}. Relationship of Reporting Person(s) to Issuer (Check All Applicable)"
    yield f"{_box(checked=owner.is_director)} Director {_box(checked=owner.is_ten_percent_owner)} 10% Owner"
    officer, other = _box(checked=bool(owner.officer_title)), _box(checked=bool(owner.other_text))
    yield f"{officer} Officer (give title below) {other} Other (specify below)"
    yield escape(" / ".join(filter(None, (owner.officer_title, owner.other_text))))


def _table(filing: Drawn, table: str, style: Style, *, spaced: bool) -> str:
    captions, parts = caption_rows(filing.form, table)
    rows = [captions, parts, *(cells_of(line, filing, style) for line in filing.of(table))]
    return "<TABLE>" + _RULE.join(f"<TR>{_row(row, spaced=spaced)}</TR>" for row in rows if any(row)) + "</TABLE>"


def _row(cells: Sequence[str], *, spaced: bool) -> str:
    return "".join(_cell(cell, spaced=spaced) for cell in cells)


def _cell(text: str, *, spaced: bool) -> str:
    if not spaced:
        return f"<TD>{escape(text)}</TD>"
    number, point, caption = text.partition(". ")
    if point and number.rstrip("AB").isdigit() and caption[:1].isupper():
        return f"<TD><B>{number}.</B></TD><TD>{escape(caption)}</TD>"
    if text.startswith("$"):
        return f"{_SPACE.replace('&nbsp;', '$')}<TD>{escape(text[1:])}</TD>"
    return f"{_SPACE}<TD>{escape(text)}</TD>"
