"""A drawn filing as the blocks a converter would see: paragraphs, and grids of cells that may hold several lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.generated.filings import Drawn, Owner
from tests.generated.style import Style, caption_rows, cells_of, printed_date, title_of

TITLES: Final = {
    "3": "INITIAL STATEMENT OF BENEFICIAL OWNERSHIP OF SECURITIES",
    "4": "STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP",
    "5": "ANNUAL STATEMENT OF CHANGES IN BENEFICIAL OWNERSHIP OF SECURITIES",
}
PERIODS: Final = {
    "3": "2. Date of Event Requiring Statement (Month/Day/Year)",
    "4": "3. Date of Earliest Transaction (Month/Day/Year)",
    "5": "3. Statement for Issuer's Fiscal Year Ended (Month/Day/Year)",
}
NO_LONGER: Final = "Check this box if no longer subject to Section 16. Form 4 or Form 5 obligations may continue."
PLAN: Final = (
    "Check this box to indicate that a transaction was made pursuant to a contract, instruction or written plan that is"
    " intended to satisfy the affirmative defense conditions of Rule 10b5-1(c). See Instruction 10."
)
SIGNED: Final = "** Signature of Reporting Person"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells; a newline separates the lines of a cell. The first `captions` rows are above the data."""

    rows: tuple[tuple[str, ...], ...]
    captions: int = 0


Block = Paragraph | Grid


def blocks(filing: Drawn, style: Style) -> Iterator[Block]:
    """Yield the blocks of the whole form, in the order of the viewer's page."""
    yield Paragraph((f"FORM {filing.form}",))
    yield Paragraph(("UNITED STATES SECURITIES AND EXCHANGE COMMISSION", "Washington, D.C. 20549"))
    yield Paragraph((TITLES[filing.form],))
    if filing.form != "3":
        yield Paragraph((style.boxed(NO_LONGER, checked=filing.no_longer_subject),))
    if filing.form == "4":
        yield Paragraph((style.boxed(PLAN, checked=filing.plan),))
    yield _cover(filing, style)
    for table in ("non_derivative", "derivative"):
        yield Paragraph((title_of(filing.form, table),))
        rows = [cells_of(line, filing, style) for line in filing.of(table)]
        first, second = caption_rows(filing.form, table)
        captions = [first, second] if any(second) else [first]
        yield Grid(tuple(tuple(row) for row in (*captions, *rows)), captions=len(captions))
    for owner in filing.owners[1:]:
        yield Grid((("\n".join(_name_and_address(owner, style)),),))
    yield Paragraph(("Explanation of Responses:",))
    for number, text in enumerate(filing.footnotes, start=1):
        yield Paragraph((style.numbered(number, text),))
    yield Paragraph(("Remarks:",))
    if filing.remarks:
        yield Paragraph((filing.remarks,))
    for name, day in filing.signatures:
        yield Paragraph((f"{name} {printed_date(day)}",))
        yield Paragraph((f"{SIGNED} Date",))
    yield Paragraph(("Reminder: Report on a separate line for each class of securities beneficially owned.",))


def _cover(filing: Drawn, style: Style) -> Grid:
    owner = filing.owners[0]
    issuer = f"Issuer Name and Ticker or Trading Symbol\n{style.filled.format(filing.issuer)} [ {filing.symbol} ]"
    period = f"{PERIODS[filing.form]}\n{style.filled.format(printed_date(filing.period))}"
    original = f"If Amendment, Date of Original Filed (Month/Day/Year)\n{printed_date(filing.original)}".strip()
    joint = "\n".join((
        "6. Individual or Joint/Group Filing (Check Applicable Line)",
        style.boxed("Form filed by One Reporting Person", checked=len(filing.owners) == 1),
        style.boxed("Form filed by More than One Reporting Person", checked=len(filing.owners) > 1),
    ))  # fmt: skip
    who = "\n".join(_name_and_address(owner, style))
    if filing.form == "3":
        rows = ((who, period, f"3. {issuer}"), ("", _relationship(owner, style, 4), f"5. {original}"), ("", "", joint))
    else:
        rows = ((who, f"2. {issuer}", _relationship(owner, style, 5)), ("", period, joint), ("", f"4. {original}", ""))
    return Grid(rows)


def _relationship(owner: Owner, style: Style, number: int) -> str:
    lines = [
        f"{number}. Relationship of Reporting Person(s) to Issuer",
        "(Check all applicable)",
        style.boxed("Director", checked=owner.is_director),
        style.boxed("10% Owner", checked=owner.is_ten_percent_owner),
        style.boxed("Officer (give title below)", checked=bool(owner.officer_title)),
        style.boxed("Other (specify below)", checked=bool(owner.other_text)),
    ]
    words = " / ".join(text for text in (owner.officer_title, owner.other_text) if text)
    return "\n".join([*lines, words] if words else lines)


def _name_and_address(owner: Owner, style: Style) -> Iterator[str]:
    yield "1. Name and Address of Reporting Person*"
    yield style.filled.format(owner.name)
    yield "(Last) (First) (Middle)"
    yield style.filled.format(owner.street1)
    if owner.street2:
        yield style.filled.format(owner.street2)
    yield "(Street)"
    yield style.filled.format(f"{owner.city} {owner.state} {owner.zip_code}")
    yield "(City) (State) (Zip)"
