"""The page of sec.gov's viewer: classes for values, nested tables on the cover, links with CIKs."""

from html import escape

from tests.generated.filings import Drawn, Owner
from tests.generated.ownership_xml import ISSUER_CIK
from tests.generated.style import Caption, Style, captions_of, cells_of, printed_date, title_of
from tests.generated.text_blocks import NO_LONGER, PERIODS, PLAN, SIGNED, TITLES

_DATA = '<span class="FormData">{}</span>'
_LABEL = '<span class="MedSmallFormText">{}</span>'
_LINK = '<a href="/cgi-bin/browse-edgar?action=getcompany&amp;CIK={}">{}</a>'


def written(filing: Drawn, style: Style) -> str:
    """Return the page; only the case of codes depends on the style."""
    marked = Style(marker='\x02<span class="FootnoteData"><sup>({})</sup></span>', lowers_codes=style.lowers_codes)
    parts = [
        f"<html><head><title>SEC FORM {filing.form}</title></head><body>SEC Form {filing.form}",
        _head(filing),
        _cover(filing),
        *(_table(filing, table, marked) for table in ("non_derivative", "derivative")),
        *(f'<table width="100%" border="1"><tr><td>{_name(owner)}</td></tr></table>' for owner in filing.owners[1:]),
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
        f'<table width="100%"><tr><td colspan="2" class="FormName">FORM {filing.form}</td><td rowspan="2">'
        '<span class="FormTitle">UNITED STATES SECURITIES AND EXCHANGE COMMISSION</span><br>'
        f'<span class="FormTitle">{TITLES[filing.form]}</span></td></tr>{"".join(boxes)}</table>'
    )


def _box(label: str, *, checked: bool) -> str:
    mark = '<span class="FormData">X</span>' if checked else "  "
    return (
        f'<tr><td><table border="1"><tr><td>{mark}</td></tr></table></td>'
        f'<td class="SmallFormText">{label}</td></tr>'
    )  # fmt: skip


def _cover(filing: Drawn) -> str:
    owner = filing.owners[0]
    issuer = (
        f"{_LABEL.format('Issuer Name <b>and</b> Ticker or Trading Symbol')}<br>"
        f"{_LINK.format(ISSUER_CIK, escape(filing.issuer))} [ {_DATA.format(escape(filing.symbol))} ]"
    )
    period = f"{_LABEL.format(PERIODS[filing.form])}<br>{_DATA.format(printed_date(filing.period))}"
    original = _LABEL.format("If Amendment, Date of Original Filed (Month/Day/Year)") + "<br>"
    if filing.original:
        original += _DATA.format(printed_date(filing.original))
    relation = _relationship(owner, 4 if filing.form == "3" else 5)
    joint = _LABEL.format("6. Individual or Joint/Group Filing (Check Applicable Line)") + _boxes(
        [("Form filed by One Reporting Person", len(filing.owners) == 1)],
        [("Form filed by More than One Reporting Person", len(filing.owners) > 1)],
    )
    if filing.form == "3":
        cells = ((period, f"3. {issuer}"), (relation, f"5. {original}"), (joint, ""))
    else:
        cells = ((f"2. {issuer}", relation), (period, ""), (f"4. {original}", joint))
    (first, *others) = ("".join(f'<td valign="top">{cell}</td>' for cell in row) for row in cells)
    rest = "".join(f"<tr>{row}</tr>" for row in others)
    return f'<table width="100%" border="1"><tr><td rowspan="4">{_name(owner)}</td>{first}</tr>{rest}</table>'


def _name(owner: Owner) -> str:
    label = _LABEL.format("1. Name and Address of Reporting Person<sup>*</sup>")
    streets = "".join(
        f"<tr><td>{_DATA.format(escape(street))}</td></tr>" for street in (owner.street1, owner.street2) if street
    )
    city = "".join(f"<td>{_DATA.format(escape(part))}</td>" for part in (owner.city, owner.state, owner.zip_code))
    return (
        f"{label}<table><tr><td>{_LINK.format(owner.cik, escape(owner.name))}</td></tr></table><hr>"
        f"{_captions('(Last)', '(First)', '(Middle)')}<table>{streets}</table><hr>{_LABEL.format('(Street)')}"
        f"<table><tr>{city}</tr></table><hr>{_captions('(City)', '(State)', '(Zip)')}"
    )


def _captions(*captions: str) -> str:
    cells = "".join(f'<td class="MedSmallFormText">{caption}</td>' for caption in captions)
    return f"<table><tr>{cells}</tr></table>"


def _relationship(owner: Owner, number: int) -> str:
    label = _LABEL.format(f"{number}. Relationship of Reporting Person(s) to Issuer") + "<br>"
    boxes = _boxes(
        [("Director", owner.is_director), ("10% Owner", owner.is_ten_percent_owner)],
        [("Officer (give title below)", bool(owner.officer_title)), ("Other (specify below)", bool(owner.other_text))],
        words=[owner.officer_title, owner.other_text],
    )
    return f"{label}{_LABEL.format('(Check all applicable)')}{boxes}"


def _boxes(*rows: list[tuple[str, bool]], words: list[str] | None = None) -> str:
    lines = [
        "".join(
            f'<td align="center">{_DATA.format("X") if checked else ""}</td><td class="MedSmallFormText">{label}</td>'
            for label, checked in row
        )
        for row in rows
    ]
    if words is not None:
        lines.append("".join(f'<td></td><td style="color: blue">{escape(text)}</td>' for text in words))
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _table(filing: Drawn, table: str, style: Style) -> str:
    rows = []
    for line in filing.of(table):
        cells = (_cell(cell) for cell in cells_of(line, filing, style))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    captions = captions_of(filing.form, table)
    width = sum(max(len(parts), 1) for _, parts in captions)
    return (
        f'<table width="100%" border="1"><thead><tr><th colspan="{width}" class="FormTextC">'
        f"<b>{title_of(filing.form, table)}</b></th></tr>{header_rows(captions, 'th')}</thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def header_rows(captions: list[Caption], tag: str) -> str:
    """Return the two rows of a table's captions: a caption without parts spans both."""
    first = "".join(
        f'<{tag} colspan="{len(parts)}">{caption}</{tag}>' if parts else f'<{tag} rowspan="2">{caption}</{tag}>'
        for caption, parts in captions
    )
    second = "".join(f"<{tag}>{part}</{tag}>" for _, parts in captions for part in parts)
    return f"<tr>{first}</tr><tr>{second}</tr>"


def _cell(text: str) -> str:
    value, _, markers = text.partition("\x02")
    sign, number = ("$", value[1:]) if value.startswith("$") else ("", value)
    shown = f'<span class="FormText">{sign}</span>' if sign else ""
    shown += _DATA.format(escape(number)) if number else ""
    return f'<td align="center">{shown}{markers.replace(chr(2), "")}</td>'


def _words(filing: Drawn) -> str:
    rows = ['<tr><td class="MedSmallFormText"><b>Explanation of Responses:</b></td></tr>']
    rows.extend(
        f'<tr><td class="FootnoteData">{number}. {escape(text)}</td></tr>'
        for number, text in enumerate(filing.footnotes, start=1)
    )
    if filing.remarks:
        rows.append('<tr><td class="FormText"><b>Remarks:</b></td></tr>')
        rows.append(f'<tr><td class="FootnoteData">{escape(filing.remarks)}</td></tr>')
    signed = "".join(
        f"<tr><td></td><td><u>{_DATA.format(escape(name))}</u></td>"
        f"<td><u>{_DATA.format(printed_date(day))}</u></td></tr>"
        f'<tr><td></td><td class="MedSmallFormText">{SIGNED}</td><td class="MedSmallFormText">Date</td></tr>'
        for name, day in filing.signatures
    )
    return f'<table border="0">{"".join(rows)}</table><table width="100%">{signed}</table>'
