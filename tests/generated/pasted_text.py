"""A page as a browser copies it: a line per row, a tab between cells, nothing for an unchecked box."""

from collections.abc import Iterator

from tests.generated.filings import Drawn, Owner
from tests.generated.style import Style, caption_rows, cells_of, printed_date, title_of
from tests.generated.text_blocks import NO_LONGER, PERIODS, PLAN, SIGNED, TITLES


def written(filing: Drawn, style: Style) -> str:
    """Return the text of the form in this layout."""
    lines = [f"SEC Form {filing.form}", f"FORM {filing.form}\tUNITED STATES SECURITIES AND EXCHANGE COMMISSION", "",
             TITLES[filing.form], "", "OMB APPROVAL"]  # fmt: skip
    if filing.form != "3":
        lines += [*_crossed(filing.no_longer_subject), NO_LONGER]
    if filing.form == "4":
        lines += [*_crossed(filing.plan), PLAN]
    lines += _cover(filing)
    for table in ("non_derivative", "derivative"):
        lines.append(title_of(filing.form, table))
        lines += _table(filing, table, style)
    for owner in filing.owners[1:]:
        lines += _name_and_address(owner)
    lines.append("Explanation of Responses:")
    lines += [style.numbered(number, text) for number, text in enumerate(filing.footnotes, start=1)]
    lines += ["Remarks:", *([filing.remarks] if filing.remarks else [])]
    for name, day in filing.signatures:
        lines += [f"{name}\t{printed_date(day)}", f"{SIGNED}\tDate"]
    return "\n".join([*lines, "Reminder: Report on a separate line for each class of securities."]) + "\n"


def _crossed(checked: bool) -> list[str]:
    return ["X"] if checked else []


def _name_and_address(owner: Owner) -> Iterator[str]:
    yield "1. Name and Address of Reporting Person*"
    yield owner.name
    yield "(Last)\t(First)\t(Middle)"
    yield from filter(None, (owner.street1, owner.street2))
    yield "(Street)"
    yield f"{owner.city}\t{owner.state}\t{owner.zip_code}"
    yield "(City)\t(State)\t(Zip)"


def _cover(filing: Drawn) -> Iterator[str]:
    owner = filing.owners[0]
    period = (PERIODS[filing.form], printed_date(filing.period))
    first = filing.form == "3"
    yield from _name_and_address(owner)
    if first:
        yield from period
    yield f"{3 if first else 2}. Issuer Name and Ticker or Trading Symbol"
    yield f"{filing.issuer} [ {filing.symbol} ]\t{4 if first else 5}. Relationship of Reporting Person(s) to Issuer"
    yield "(Check all applicable)"
    yield _pair(("Director", owner.is_director), ("10% Owner", owner.is_ten_percent_owner))
    officer = ("Officer (give title below)", bool(owner.officer_title))
    yield _pair(officer, ("Other (specify below)", bool(owner.other_text)))
    yield from filter(None, [" / ".join(filter(None, (owner.officer_title, owner.other_text)))])
    if not first:
        yield from period
    yield f"{5 if first else 4}. If Amendment, Date of Original Filed (Month/Day/Year)"
    yield from filter(None, [printed_date(filing.original)])
    yield "6. Individual or Joint/Group Filing (Check Applicable Line)"
    one = len(filing.owners) == 1
    yield ("X\t" if one else "") + "Form filed by One Reporting Person"
    yield ("" if one else "X\t") + "Form filed by More than One Reporting Person"


def _pair(left: tuple[str, bool], right: tuple[str, bool]) -> str:
    marks = ["X" if checked else "" for _, checked in (left, right)]
    return "\t".join([marks[0], left[0], marks[1], right[0]]).removeprefix("\t")


def _table(filing: Drawn, table: str, style: Style) -> Iterator[str]:
    captions, parts = caption_rows(filing.form, table)
    yield "\t".join(filter(None, captions))
    if any(parts):
        yield "\t".join(filter(None, parts))
    for line in filing.of(table):
        row = "\t".join(cells_of(line, filing, style))
        yield row.rstrip("\t") if style.drops_trailing else row
