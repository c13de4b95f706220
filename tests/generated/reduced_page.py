"""The page of the "reduced content" stylesheets: bare cells, an owners' table at the end, the form's SEC number."""

from html import escape
from typing import Final

from tests.generated.filings import Drawn, Owner
from tests.generated.style import Style, captions_of, cells_of, printed_date, title_of
from tests.generated.text_blocks import NO_LONGER, PERIODS, PLAN, SIGNED, TITLES
from tests.generated.viewer_page import header_rows

SEC_NUMBERS: Final = {"3": "SEC 1473 (7-02)", "4": "SEC 1474 (9-02)", "5": "SEC 2270 (9-02)"}
_SMALL: Final = '<font size="1">{}</font>'
_LABEL: Final = '<font size="2">{}</font>'


def written(filing: Drawn, style: Style) -> str:
    """Return the page; only the case of codes depends on the style."""
    marked = Style(marker='\x02<a href="#F{0}"><sup>({0})</sup></a>', lowers_codes=style.lowers_codes)
    parts = [
        "<html><head><title> Ownership Submission </title></head><body>",
        _head(filing),
        _LABEL.format("(Print or Type Responses)"),
        _cover(filing),
        _table(filing, "non_derivative", marked),
        f"<table><tr><td>Reminder: Report on a separate line.</td><td>{SEC_NUMBERS[filing.form]}</td></tr></table>",
        f"<center><b>{title_of(filing.form, 'derivative')}</b></center>",
        _table(filing, "derivative", marked),
        _owners(filing),
        _signatures(filing),
        _words(filing),
        "</body></html>",
    ]
    return "\n".join(parts)


def _head(filing: Drawn) -> str:
    boxes = []
    if filing.form != "3":
        boxes.append(_box(NO_LONGER, checked=filing.no_longer_subject))
    if filing.form == "4":
        boxes.append(_box(PLAN, checked=filing.plan))
    return (
        f"<table><tr><td><div><font><b><center>FORM {filing.form}</center></b></font></div>"
        f"<table>{''.join(boxes)}</table></td>"
        f"<td><b>UNITED STATES SECURITIES AND EXCHANGE COMMISSION</b><b>{TITLES[filing.form]}</b></td></tr></table>"
    )


def _box(label: str, *, checked: bool) -> str:
    box = '<input type="checkbox" checked disabled>' if checked else '<input type="checkbox" disabled>'
    return f"<tr><td>{box}</td><td>{_LABEL.format(label)}</td></tr>"


def _cover(filing: Drawn) -> str:
    owner = filing.owners[0]
    name = (
        f"<table><tr><td>{_LABEL.format('1. Name and Address of Reporting Person <sup>*</sup>')}</td></tr>"
        f"<tr><td>{escape(owner.name)}</td></tr></table>"
    )
    issuer = _LABEL.format("Issuer Name <b>and</b> Ticker or Trading Symbol")
    issuer += f"<br>{escape(filing.issuer)} [{filing.symbol}]"
    streets = ", ".join(escape(street) for street in (owner.street1, owner.street2) if street)
    street = f"<table><tr><td>{_SMALL.format('(Last)')}</td><td>(First)</td><td>(Middle)</td></tr></table><br>{streets}"
    city = f"<center>{_SMALL.format('(Street)')}</center><br>{owner.city}, {owner.state}&nbsp;{owner.zip_code}"
    period = f"{_LABEL.format(PERIODS[filing.form])}<br>{printed_date(filing.period)}"
    original = (
        f"{_LABEL.format('If Amendment, Date Original Filed(Month/Day/Year)')}<br>{printed_date(filing.original)}"
    )
    one, more = ("_X_", "___") if len(filing.owners) == 1 else ("___", "_X_")
    joint = (
        "6. Individual or Joint/Group Filing(Check Applicable Line)<br>"
        f"{one} Form filed by One Reporting Person<br>{more} Form filed by More than One Reporting Person"
    )
    places = "<table><tr><td>(City)</td><td>(State)</td><td>(Zip)</td></tr></table>"
    title = f"<center><b>{title_of(filing.form, 'non_derivative')}</b></center>"
    rows: tuple[tuple[str, ...], ...]
    if filing.form == "3":
        rows = ((name, period, f"3. {issuer}"), (street, _relationship(owner, 4), f"5. {original}"), (city, joint))
    else:
        rows = ((name, f"2. {issuer}", _relationship(owner, 5)), (street, period), (city, f"4. {original}", joint))
    cells = ("".join(f'<td valign="top">{cell}</td>' for cell in row) for row in (*rows, (places, title)))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


def _relationship(owner: Owner, number: int) -> str:
    boxes = (
        (("Director", owner.is_director), ("10% Owner", owner.is_ten_percent_owner)),
        (("Officer (give title below)", bool(owner.officer_title)), ("Other (specify below)", bool(owner.other_text))),
    )
    cells = ([_SMALL.format(_line(label, checked=checked)) for label, checked in row] for row in boxes)
    rows = "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in cells)
    words = " / ".join(escape(text) for text in (owner.officer_title, owner.other_text) if text)
    return (
        f"{_LABEL.format(f'{number}. Relationship of Reporting Person(s) to Issuer')}<br><center>(Check all applicable)"
        f'</center><table>{rows}<tr><td colspan="2">{_LABEL.format(words)}</td></tr></table>'
    )


def _line(label: str, *, checked: bool) -> str:
    return f"__X__ {label}" if checked else f"_____ {label}"


def _table(filing: Drawn, table: str, style: Style) -> str:
    rows = [
        "".join(f"<td>\n   {_cell(cell)}\n  </td>" for cell in cells_of(line, filing, style))
        for line in filing.of(table)
    ]
    head = header_rows(captions_of(filing.form, table), "td")
    return f"<table>{head}{''.join(f'<tr>{row}</tr>' for row in rows)}</table><p></p>"


def _cell(text: str) -> str:
    value, _, markers = text.partition("\x02")
    shown = f"$ {value[1:]}" if value.startswith("$") else escape(value)
    return f"{shown or '&nbsp;'}{markers.replace(chr(2), '')}"


def _owners(filing: Drawn) -> str:
    rows = []
    for owner in filing.owners:
        streets = "".join(f"{escape(street)}<br>" for street in (owner.street1, owner.street2) if street)
        address = f"{escape(owner.name)}<br>{streets}{owner.city}, {owner.state}&nbsp;{owner.zip_code}"
        crosses = ("X" if is_so else "" for is_so in (owner.is_director, owner.is_ten_percent_owner))
        words = (*crosses, escape(owner.officer_title), escape(owner.other_text))
        rows.append(f"<tr><td>{address}</td>{''.join(f'<td>&nbsp;{word}</td>' for word in words)}</tr>")
    captions = "".join(f"<td>{_LABEL.format(word)}</td>" for word in ("Director", "10% Owner", "Officer", "Other"))
    return (
        '<h2>Reporting Owners</h2><table><tr><td rowspan="2"><b>Reporting Owner Name / Address</b></td>'
        f'<td colspan="4"><b>Relationships</b></td></tr><tr>{captions}</tr>{"".join(rows)}</table>'
    )


def _signatures(filing: Drawn) -> str:
    rows = "".join(
        f'<tr><td>&nbsp;{escape(name)}</td><td rowspan="2" width="50"></td><td>&nbsp;{printed_date(day)}</td></tr>'
        f"<tr><td>{_SMALL.format(SIGNED)}</td><td>{_SMALL.format('Date')}<p></p></td></tr>"
        for name, day in filing.signatures
    )
    return f"<h2>Signatures</h2><dd></dd><table>{rows}</table>"


def _words(filing: Drawn) -> str:
    rows = [
        "<tr><td>*</td><td>If the form is filed by more than one reporting person, see Instruction 4(b)(v).</td></tr>",
        *(
            f'<tr><td><b>(<a name="#F{number}"></a>{number})</b></td><td>{escape(text)}</td></tr>'
            for number, text in enumerate(filing.footnotes, start=1)
        ),
    ]
    if filing.remarks:
        rows.append(f'<tr><td colspan="2">&nbsp;<br><b>Remarks:</b><br>{escape(filing.remarks)}</td></tr>')
    return f"<h2>Explanation of Responses:</h2><dd></dd><table>{''.join(rows)}</table>"
