"""Plausible filings drawn at random: the model that every writer of this folder renders."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from hypothesis import strategies as st

MOST_FOOTNOTES: Final = 12

_TITLES: Final = (
    "Common Stock",
    "Class A Common Stock, par value $.01",
    "Common Stock (Restricted)",
    "Series A-1 Preferred Stock (2019)",
    "8% Convertible Notes due 2027",
    "Units (LP)",
    "Ordinary Shares & ADSs",
)
_DERIVATIVES: Final = (
    "Stock Option (Right to Buy)",
    "Restricted Stock Units",
    "Warrants (Series 2)",
    "Class B Units (LTIP)",
    "Forward Sale Contract (obligation to sell)",
)
_NATURES: Final = ("By Trust", "By Spouse", "See footnote", "By 401(k) Plan", "By LLC (A) and Trust", "By IRA No. 2")
_NAMES: Final = ("Wicker Ada", "TALLOW BO", "Smith Richard D /CO/", "Lantern Holdings, L.P.", "O'Neil-Ash Mary Jo",
                 "Lamp Capital GP, LLC", "Van der Wick Jan", "Snuffer Family Trust U/A/D 5/1/99", "Beeswax Ann III",
                 "Candle & Co. 2019-1 LP")  # fmt: skip
_STREETS: Final = ("1 TALLOW STREET", "C/O EXAMPLE LANTERNS INC.", "P.O. BOX 12", "2800 SAND HILL ROAD, SUITE 101")
_PLACES: Final = (("EAST ST LOUIS", "IL", "62201"), ("AMHERST", "NY", "14228"), ("MENLO PARK", "CA", "94025"),
                  ("NEW YORK", "NY", "10019-6064"))  # fmt: skip
_OFFICES: Final = ("Chief Financial Officer", "EVP & General Counsel", "President (Lamps)", "SVP, Region 2")
_SENTENCES: Final = (
    "Shares held by a trust of which the reporting person is a trustee.",
    "The price is a weighted average; shares were sold at prices from $38.01 to $38.99, inclusive.",
    "Each unit converts into one share, (1) on sale or (2) on death, by 10/29/2030.",
    "25% vest on the first anniversary, the rest in 36 equal monthly parts.",
    "The reporting person disclaims beneficial ownership except to the extent of a pecuniary interest.",
    "Granted under the 2012 Plan; no expiration date.",
)
_REMARKS: Final = ("Exhibit 24 - Power of Attorney", "This is the first of two Form 4s. The second follows.")
_SIGNERS: Final = ("/s/ Bo Taper, attorney-in-fact", "Ada Wicker", "By: /s/ J. Snuffer, General Counsel")
_CODES: Final = "PSAGMFDCX"


@dataclass(slots=True)
class Line:
    """A row: its values as text as in the XML, by the contract's field, and the footnotes that each value cites."""

    table: str
    is_transaction: bool
    values: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[int]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the text of a field, empty if the line does not have it."""
        return self.values.get(name, "")


@dataclass(slots=True)
class Owner:
    """A reporting owner: name, CIK, address, the boxes of the relationship, and its words."""

    name: str
    cik: str
    street1: str
    street2: str
    city: str
    state: str
    zip_code: str
    is_director: bool
    is_ten_percent_owner: bool
    officer_title: str
    other_text: str


@dataclass(slots=True)
class Drawn:
    """A filing."""

    form: str
    amends: bool
    period: str
    original: str
    no_longer_subject: bool
    plan: bool
    issuer: str
    symbol: str
    owners: list[Owner]
    lines: list[Line]
    footnotes: list[str]
    remarks: str
    signatures: list[tuple[str, str]]

    def of(self, table: str) -> list[Line]:
        """Return the lines of a table."""
        return [line for line in self.lines if line.table == table]


_DATES: Final = st.dates(min_value=date(2004, 1, 2), max_value=date(2034, 12, 31)).map(str)
_COUNTS: Final = st.one_of(
    st.integers(0, 30_000_000).map(str),
    st.sampled_from(("19.82", "0.5", "1200.125", "100.0000", "30430000.75")),
)
_PRICES: Final = st.sampled_from(("0", "38", "0.33", "634.4608", "7.00", "1021.5", ".01", "12345.67"))


@st.composite
def _lines(draw: st.DrawFn, form: str, footnotes: int) -> Line:
    derivative = draw(st.booleans())
    line = Line("derivative" if derivative else "non_derivative", form != "3" and draw(st.booleans()))
    values = line.values
    values["security_title"] = draw(st.sampled_from(_DERIVATIVES if derivative else _TITLES))
    if line.is_transaction:
        _draw_transaction(draw, line, form)
    if derivative:
        values["exercise_price"] = draw(_PRICES)
        values["exercise_date"] = draw(_DATES)
        values["expiration_date"] = draw(_DATES)
        values["underlying_title"] = draw(st.sampled_from(_TITLES))
        values[draw(st.sampled_from(("underlying_shares", "underlying_shares", "underlying_value")))] = draw(_COUNTS)
    if not (derivative and form == "3"):
        of_value = draw(st.integers(0, 9)) == 0
        values["value_owned_following" if of_value else "shares_owned_following"] = draw(_COUNTS)
    values["ownership"] = draw(st.sampled_from("DI"))
    if values["ownership"] == "I":
        values["nature_of_ownership"] = draw(st.sampled_from(_NATURES))
    _draw_footnotes(draw, line, footnotes)
    return line


def _draw_transaction(draw: st.DrawFn, line: Line, form: str) -> None:
    values = line.values
    values["transaction_date"] = draw(_DATES)
    if draw(st.integers(0, 5)) == 0:
        values["deemed_execution_date"] = draw(_DATES)
    values["code"] = draw(st.sampled_from(_CODES))
    values["form_type"] = draw(st.sampled_from(("4", "4", "5") if form == "4" else ("5", "5", "4")))
    values["equity_swap_involved"] = "1" if draw(st.integers(0, 9)) == 0 else "0"
    if form == "5" and values["form_type"] == "5" and draw(st.booleans()):
        values["timeliness"] = "L"
    of_value = line.table == "derivative" and draw(st.integers(0, 9)) == 0
    values["total_value" if of_value else "shares"] = draw(_COUNTS)
    values["price_per_share"] = draw(_PRICES)
    values["acquired_disposed"] = draw(st.sampled_from("AD"))


_FOOTNOTED: Final = ("security_title", "transaction_date", "code", "shares", "price_per_share", "exercise_price",
                     "exercise_date", "expiration_date", "underlying_shares", "shares_owned_following",
                     "nature_of_ownership", "ownership", "underlying_title", "acquired_disposed")  # fmt: skip
_BY_FOOTNOTE_ALONE: Final = ("price_per_share", "exercise_price", "exercise_date", "expiration_date")


def _draw_footnotes(draw: st.DrawFn, line: Line, footnotes: int) -> None:
    """Draw footnotes for any value; some values are only in their footnote."""
    if not footnotes:
        return
    numbers = st.lists(st.integers(1, footnotes), min_size=1, max_size=2, unique=True).map(sorted)
    present = [name for name in _FOOTNOTED if name in line.values]
    for name in draw(st.lists(st.sampled_from(present), max_size=4, unique=True)):
        line.notes[name] = draw(numbers)
        if name in _BY_FOOTNOTE_ALONE and draw(st.booleans()):
            del line.values[name]


@st.composite
def _owners(draw: st.DrawFn, name: str, number: int) -> Owner:
    city, state, zip_code = draw(st.sampled_from(_PLACES))
    street2 = draw(st.sampled_from(("", *_STREETS[1:])))
    officer = draw(st.sampled_from(("", "", *_OFFICES)))
    other = "Member of 13(d) group" if draw(st.integers(0, 6)) == 0 else ""
    director = draw(st.booleans())
    ten_percent = draw(st.booleans()) or not (director or officer or other)
    return Owner(
        name, f"{912346 + number:010}", draw(st.sampled_from(_STREETS)), street2, city, state, zip_code,
        director, ten_percent, officer, other,
    )  # fmt: skip


@st.composite
def filings(draw: st.DrawFn, most_owners: int = 10) -> Drawn:
    """Draw a Form 3, 4 or 5, or an amendment, with up to ten owners and a dozen lines in both tables."""
    form = draw(st.sampled_from("34445"))
    amends = draw(st.integers(0, 3)) == 0
    footnotes = draw(st.lists(st.sampled_from(_SENTENCES), max_size=MOST_FOOTNOTES))
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=most_owners, unique=True))
    lines = draw(st.lists(_lines(form, len(footnotes)), min_size=1, max_size=8))
    lines.sort(key=lambda line: line.table == "derivative")
    cited = [note for line in lines for notes in line.notes.values() for note in notes]
    return Drawn(
        form=form,
        amends=amends,
        period=draw(_DATES),
        original=draw(_DATES) if amends else "",
        no_longer_subject=form != "3" and draw(st.booleans()),
        plan=form == "4" and draw(st.booleans()),
        issuer=draw(st.sampled_from(("EXAMPLE LANTERNS INC", "Lamp & Wick Co /DE/", "3 Lamps, Inc."))),
        symbol=draw(st.sampled_from(("LAMP", "NYSE:LWK", "LMP.A"))),
        owners=[draw(_owners(name, number)) for number, name in enumerate(names)],
        lines=lines,
        footnotes=footnotes[: max(cited, default=0)] if draw(st.booleans()) else footnotes,
        remarks=draw(st.sampled_from(("", *_REMARKS))),
        signatures=[(draw(st.sampled_from(_SIGNERS)), draw(_DATES)) for _ in names],
    )
