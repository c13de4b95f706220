"""Details in which converters and stylesheets differ: markers, check boxes, footnote numbers, and cells."""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from tests.generated.filings import Drawn, Line

_SUPERSCRIPT: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARKERS: Final = ("({})", " ({})", " <sup>({})</sup>", "⁽{}⁾", " <u>({})</u>")
_BOXES: Final = {
    "[X]": ("[X] ", "[ ] ", ""),
    "__X__": ("__X__ ", "_____ ", ""),
    "X before": ("X ", "", ""),
    "X after": ("", "", " X"),
    "input": ('<input type="checkbox" checked> ', '<input type="checkbox"> ', ""),
}
_NUMBERS: Final = ("{}. ", "({}) ", "- ")


@dataclass(frozen=True, slots=True)
class Style:
    """How one text is written: its markers, boxes and footnote numbers, and its small irregularities.

    `filled` is how the filled-in parts of the cover stand out.
    """

    marker: str = "({})"
    box: str = "[X]"
    number: str = "({}) "
    drops_trailing: bool = False
    lowers_codes: bool = False
    escapes_dollars: bool = False
    filled: str = "{}"

    def cited(self, numbers: list[int]) -> str:
        """Return the markers of the footnotes."""
        if "⁽" in self.marker:
            return " ".join(self.marker.format(str(number).translate(_SUPERSCRIPT)) for number in numbers)
        return "".join(self.marker.format(number) for number in numbers)

    def boxed(self, label: str, *, checked: bool) -> str:
        """Return a check box with its label."""
        mark, blank, after = _BOXES[self.box]
        return f"{mark if checked else blank}{label}{after if checked else ''}"

    def numbered(self, number: int, text: str) -> str:
        """Return a footnote as an entry of the list of footnotes."""
        return self.number.format(number) + text


def styles(
    markers: tuple[str, ...] = _MARKERS, boxes: tuple[str, ...] = tuple(_BOXES), *, escapes: bool = True
) -> st.SearchStrategy[Style]:
    """Draw a style with some of the markers and boxes; `escapes` means that markdown escapes a dollar sign."""
    return st.builds(
        Style,
        marker=st.sampled_from(markers),
        box=st.sampled_from(boxes),
        number=st.sampled_from(_NUMBERS),
        drops_trailing=st.booleans(),
        lowers_codes=st.booleans(),
        escapes_dollars=st.booleans() if escapes else st.just(False),
    )


def printed_date(day: str) -> str:
    """Return the date `2024-07-19` as `07/19/2024`."""
    year, month, number = day.split("-") if day else ("", "", "")
    return f"{month}/{number}/{year}" if day else ""


def printed_number(text: str) -> str:
    """Return a number with thousands separators."""
    whole, point, part = text.partition(".")
    return f"{int(whole or '0'):,}{point}{part}" if text else ""


def cells_of(line: Line, filing: Drawn, style: Style) -> list[str]:
    """Return a row of Table I or II in the columns of its form."""
    written = _Cells(line, style)
    if line.table == "derivative":
        return written.of_table_two(filing.form)
    return written.of_table_one(filing.form)


@dataclass(frozen=True, slots=True)
class _Cells:
    line: Line
    style: Style

    def words(self, name: str) -> str:
        return self.line.text(name) + self.style.cited(self.line.notes.get(name, []))

    def day(self, name: str) -> str:
        return printed_date(self.line.text(name)) + self.style.cited(self.line.notes.get(name, []))

    def number(self, name: str, sign: str = "") -> str:
        text = self.line.text(name)
        dollar = "\\$" if self.style.escapes_dollars and sign else sign
        return (dollar + printed_number(text) if text else "") + self.style.cited(self.line.notes.get(name, []))

    def either(self, shares: str, value: str) -> str:
        return self.number(value, "$") if value in self.line.values else self.number(shares)

    def code(self, form: str) -> str:
        values = self.line.values
        letter = values.get("code", "")
        text = letter.lower() if self.style.lowers_codes else letter
        if values.get("equity_swap_involved") == "1":
            text += "/K"
        if form == "5" and self.line.is_transaction:
            text += "4" if values["form_type"] == "4" else "5" if values.get("timeliness") == "L" else ""
        return text + self.style.cited(self.line.notes.get("code", []))

    def voluntary(self) -> str:
        return "V" if self.line.values.get("form_type") == "5" else ""

    def amount(self, letter: str = "") -> str:
        """Return the amount; in Table II, which has no cell for A or D, with the footnote of that letter."""
        if letter and self.line.text("acquired_disposed") != letter:
            return ""
        moved = self.style.cited(self.line.notes.get("acquired_disposed", [])) if letter else ""
        return self.either("shares", "total_value") + moved

    def owned(self) -> list[str]:
        following = self.either("shares_owned_following", "value_owned_following")
        return [following, *self.nature()]

    def nature(self) -> list[str]:
        return [self.words("ownership"), self.words("nature_of_ownership")]

    def coding(self, form: str) -> list[str]:
        dates = [self.day("transaction_date"), self.day("deemed_execution_date"), self.code(form)]
        return [*dates, self.voluntary()] if form == "4" else dates

    def of_table_one(self, form: str) -> list[str]:
        title = self.words("security_title")
        if form == "3":
            return [title, *self.owned()]
        traded = [self.amount(), self.words("acquired_disposed"), self.number("price_per_share", "$")]
        return [title, *self.coding(form), *traded, *self.owned()]

    def of_table_two(self, form: str) -> list[str]:
        title, price = self.words("security_title"), self.number("exercise_price", "$")
        dates = [self.day("exercise_date"), self.day("expiration_date")]
        underlying = [self.words("underlying_title"), self.either("underlying_shares", "underlying_value")]
        if form == "3":
            return [title, *dates, *underlying, price, *self.nature()]
        amounts = [self.amount("A"), self.amount("D")]
        traded = [*self.coding(form), *amounts, *dates, *underlying, self.number("price_per_share", "$")]
        return [title, price, *traded, *self.owned()]


Caption = tuple[str, tuple[str, ...]]
"""A caption and those of the columns under it."""

_CODE_4: Final[Caption] = ("{}. Transaction Code (Instr. 8)", ("Code", "V"))
_CODE_5: Final[Caption] = ("{}. Transaction Code (Instr. 8)", ())


def captions_of(form: str, table: str) -> list[Caption]:
    """Return the captions of a form's table, each with its parts."""
    if form == "3":
        return _OF_FORM_3[table]
    code, parts = _CODE_4 if form == "4" else _CODE_5
    coded: Caption = (code.format(3 if table == "non_derivative" else 4), parts)
    return [coded if caption[0] == "code" else caption for caption in _OF_FORM_4[table]]


_UNDERLYING: Final = ("Title", "Amount or Number of Shares")
_OF_FORM_4: Final[dict[str, list[Caption]]] = {
    "non_derivative": [
        ("1. Title of Security (Instr. 3)", ()),
        ("2. Transaction Date (Month/Day/Year)", ()),
        ("2A. Deemed Execution Date, if any (Month/Day/Year)", ()),
        ("code", ()),
        ("4. Securities Acquired (A) or Disposed Of (D) (Instr. 3, 4 and 5)", ("Amount", "(A) or (D)", "Price")),
        ("5. Amount of Securities Beneficially Owned Following Reported Transaction(s) (Instr. 3 and 4)", ()),
        ("6. Ownership Form: Direct (D) or Indirect (I) (Instr. 4)", ()),
        ("7. Nature of Indirect Beneficial Ownership (Instr. 4)", ()),
    ],
    "derivative": [
        ("1. Title of Derivative Security (Instr. 3)", ()),
        ("2. Conversion or Exercise Price of Derivative Security", ()),
        ("3. Transaction Date (Month/Day/Year)", ()),
        ("3A. Deemed Execution Date, if any (Month/Day/Year)", ()),
        ("code", ()),
        ("5. Number of Derivative Securities Acquired (A) or Disposed of (D) (Instr. 3, 4 and 5)", ("(A)", "(D)")),
        ("6. Date Exercisable and Expiration Date (Month/Day/Year)", ("Date Exercisable", "Expiration Date")),
        ("7. Title and Amount of Securities Underlying Derivative Security (Instr. 3 and 4)", _UNDERLYING),
        ("8. Price of Derivative Security (Instr. 5)", ()),
        ("9. Number of derivative Securities Beneficially Owned Following Reported Transaction(s) (Instr. 4)", ()),
        ("10. Ownership Form: Direct (D) or Indirect (I) (Instr. 4)", ()),
        ("11. Nature of Indirect Beneficial Ownership (Instr. 4)", ()),
    ],
}
_OF_FORM_3: Final[dict[str, list[Caption]]] = {
    "non_derivative": [
        ("1. Title of Security (Instr. 4)", ()),
        ("2. Amount of Securities Beneficially Owned (Instr. 4)", ()),
        ("3. Ownership Form: Direct (D) or Indirect (I) (Instr. 5)", ()),
        ("4. Nature of Indirect Beneficial Ownership (Instr. 5)", ()),
    ],
    "derivative": [
        ("1. Title of Derivative Security (Instr. 4)", ()),
        ("2. Date Exercisable and Expiration Date (Month/Day/Year)", ("Date Exercisable", "Expiration Date")),
        ("3. Title and Amount of Securities Underlying Derivative Security (Instr. 4)", _UNDERLYING),
        ("4. Conversion or Exercise Price of Derivative Security", ()),
        ("5. Ownership Form: Direct (D) or Indirect (I) (Instr. 5)", ()),
        ("6. Nature of Indirect Beneficial Ownership (Instr. 5)", ()),
    ],
}
TABLE_TITLES: Final = {
    ("3", "non_derivative"): "Table I - Non-Derivative Securities Beneficially Owned",
    ("3", "derivative"): "Table II - Derivative Securities Beneficially Owned",
    ("4", "non_derivative"): "Table I - Non-Derivative Securities Acquired, Disposed of, or Beneficially Owned",
    ("4", "derivative"): "Table II - Derivative Securities Acquired, Disposed of, or Beneficially Owned",
}


def title_of(form: str, table: str) -> str:
    """Return the title of a form's table."""
    return TABLE_TITLES["3" if form == "3" else "4", table]


def caption_rows(form: str, table: str) -> tuple[list[str], list[str]]:
    """Return the captions as two rows with one cell per column; cells that a caption spans are empty."""
    first: list[str] = []
    second: list[str] = []
    for caption, parts in captions_of(form, table):
        width = max(len(parts), 1)
        first.extend([caption, *[""] * (width - 1)])
        second.extend(parts or [""])
    return first, second
