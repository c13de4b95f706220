"""TransactionsReported: what one reporting owner reports in one filing. Holdings applies it whole or not at all."""

from datetime import date

from pydantic import Field

from contracts.base import AccessionNumber, Cik, Contract, Currency, DecimalText, Text, UtcDatetime
from contracts.codes import DiagnosticCode
from contracts.enumerations import AcquiredDisposed, FormType, LineFormType, Ownership, SourceFormat, Table, Timeliness


class Signature(Contract):
    """A signature under a filing. Signatures need not match the owners in number or order."""

    name: Text | None = Field(default=None, description="name as signed, often with `/s/`; null if not readable")
    date: Text | None = Field(
        default=None, description="date of signature: ISO 8601 if readable, else as filed; null if there is none"
    )


class Filing(Contract):
    """The filing that a report comes from: its identity, the boxes of its form, and its statements as a whole."""

    filing_id: Text = Field(
        description="the filing's identity: accession number, else `sha256:` and 32 hex digits of its text's hash"
    )
    accession_number: AccessionNumber | None = Field(
        default=None, description="EDGAR's identifier of the submission, with dashes; null if unknown"
    )
    form_type: FormType = Field(description="form type: 3 first holdings, 4 changes, 5 annual; `/A` marks an amendment")
    period_of_report: date | None = Field(
        default=None,
        description="date of the event (Form 3), of the earliest transaction (Form 4) or of the fiscal year's end "
        "(Form 5); null if not readable",
    )
    date_of_original_submission: date | None = Field(
        default=None, description="filing date of the original, in an amendment; null if not stated"
    )
    filed_on: date | None = Field(default=None, description="EDGAR's filing date, in Eastern time; null if unknown")
    accepted_at: UtcDatetime | None = Field(
        default=None, description="time of EDGAR's acceptance, in UTC; null if unknown"
    )
    source_url: Text | None = Field(default=None, description="URL that the text was fetched from; null if unknown")
    schema_version: Text | None = Field(
        default=None, description="version of the ownership XML, as in X0508; null outside XML"
    )
    source_format: SourceFormat = Field(description="format that the filing was read from: xml, html or text")
    no_securities_owned: bool | None = Field(
        default=None, description="Form 3: true if no securities are owned; null if not stated"
    )
    not_subject_to_section16: bool | None = Field(
        default=None,
        description="Forms 4 and 5: true if the owner is no longer subject to Section 16; null if the box is not shown",
    )
    form3_holdings_reported: bool | None = Field(
        default=None,
        description="Form 5: true if it reports holdings that belonged on a Form 3; null if the box is not shown",
    )
    form4_transactions_reported: bool | None = Field(
        default=None,
        description="Form 5: true if it reports transactions that belonged on a Form 4; null if the box is not shown",
    )
    rule_10b5_1_plan: bool | None = Field(
        default=None,
        description="whether trades followed a Rule 10b5-1 plan; null if the form has no such box (before April 2023)",
    )
    remarks: Text | None = Field(default=None, description="the filing's remarks; null if there are none")
    signatures: tuple[Signature, ...] = Field(
        default=(), description="signatures in document order; empty if none is readable"
    )


class Issuer(Contract):
    """The company whose securities are reported."""

    key: Text = Field(
        description="the issuer's identity: its CIK, else `name:` and its name in upper case with single spaces"
    )
    cik: Cik | None = Field(
        default=None, description="Central Index Key, ten digits with leading zeros; null if unknown"
    )
    name: Text = Field(description="name as filed; the CIK if only that is known")
    trading_symbol: Text | None = Field(
        default=None, description="trading symbol as filed, as in `NYSE:NYCB` or `N/A`; null if there is none"
    )
    foreign_trading_symbol: Text | None = Field(
        default=None, description="trading symbol on a foreign market, as filed; null if there is none"
    )
    tickers: tuple[Text, ...] = Field(
        default=(), description="tickers that `trading_symbol` names, upper case; empty if it names none"
    )


class CoOwner(Contract):
    """A reporting owner by identity alone, as the other owners of a joint filing are listed."""

    key: Text = Field(
        description="the owner's identity: its CIK, else `name:` and its name in upper case with single spaces"
    )
    cik: Cik | None = Field(
        default=None, description="Central Index Key, ten digits with leading zeros; null if unknown"
    )
    name: Text = Field(description="name as filed; the CIK if only that is known")


class Owner(CoOwner):
    """The reporting owner, with address and relationship to the issuer.

    XML determines all four relationship booleans. A rendering that lost a box leaves it null.
    """

    street1: Text | None = Field(default=None, description="first line of the street; null if not readable")
    street2: Text | None = Field(default=None, description="second line of the street; null if there is none")
    city: Text | None = Field(default=None, description="city; null if not readable")
    state: Text | None = Field(
        default=None, description="EDGAR's code of a state or country, as in NY or X0; null if not readable"
    )
    zip_code: Text | None = Field(default=None, description="ZIP or postal code, as filed; null if not readable")
    country: Text | None = Field(default=None, description="country, as filed; null if not stated")
    state_description: Text | None = Field(
        default=None, description="meaning of the state code, in words; null if not stated"
    )
    non_us_state_territory: Text | None = Field(
        default=None, description="state or territory of an address abroad; null if not stated"
    )
    non_us_address: bool | None = Field(
        default=None, description="true if the address is outside the United States; null if not stated"
    )
    good_address: bool | None = Field(
        default=None, description="true if EDGAR holds the address as valid; null if not stated"
    )
    is_director: bool | None = Field(
        default=None, description="true if the owner is a director of the issuer; null if the box is not readable"
    )
    is_officer: bool | None = Field(
        default=None, description="true if the owner is an officer of the issuer; null if the box is not readable"
    )
    is_ten_percent_owner: bool | None = Field(
        default=None,
        description="true if the owner holds more than 10 % of an equity class; null if the box is not readable",
    )
    is_other: bool | None = Field(
        default=None,
        description="true if the owner has another relationship to the issuer; null if the box is not readable",
    )
    officer_title: Text | None = Field(default=None, description="title of an officer, as filed; null if not stated")
    other_text: Text | None = Field(
        default=None, description="description of the other relationship, as filed; null if not stated"
    )


class Line(Contract):
    """The fields that a transaction and a holding line share.

    Shares and prices are decimal text. A value that the line lacks, or gives only in a footnote, is null.
    """

    line: int = Field(ge=0, description="number of the line: counted from 0 over both tables, in document order")
    table: Table = Field(description="non_derivative (Table I) or derivative (Table II)")
    security_title: Text | None = Field(
        default=None, description="title of the security, as filed; null if not readable"
    )
    form_type: LineFormType | None = Field(
        default=None,
        description="form that the line belongs on; 5 on a Form 4 means reported early by choice; null if not stated",
    )
    shares_owned_following: DecimalText | None = Field(
        default=None,
        description="shares held after the transaction, or simply held; null if counted by value or not readable",
    )
    value_owned_following: DecimalText | None = Field(
        default=None,
        description="value held after the transaction, or simply held, in dollars unless `currency` is set; null if "
        "counted in shares",
    )
    ownership: Ownership | None = Field(default=None, description="D direct, I indirect; null if not readable")
    nature_of_ownership: Text | None = Field(
        default=None, description="how an indirect holding is held, as filed (By Trust); null if direct or not stated"
    )
    exercise_price: DecimalText | None = Field(
        default=None,
        description="conversion or exercise price per underlying share, in dollars unless `currency` is set; null for "
        "Table I or if not stated",
    )
    exercise_date: date | None = Field(
        default=None, description="first day on which a derivative is exercisable; null for Table I or if not stated"
    )
    expiration_date: date | None = Field(
        default=None, description="last day on which a derivative is exercisable; null for Table I or if not stated"
    )
    underlying_title: Text | None = Field(
        default=None, description="security that a derivative converts into; null for Table I or if not readable"
    )
    underlying_shares: DecimalText | None = Field(
        default=None, description="number of underlying shares; null for Table I or if counted by value"
    )
    underlying_value: DecimalText | None = Field(
        default=None,
        description="value of the underlying security, in dollars unless `currency` is set; null for Table I or if "
        "counted in shares",
    )
    currency: Currency | None = Field(
        default=None, description="ISO 4217 code of the line's prices and values; null means dollars, or not stated"
    )
    footnotes: dict[str, tuple[Text, ...]] = Field(
        default={}, description="name of a field of this line to the ids of the footnotes it cites, in document order"
    )


class Transaction(Line):
    """A line that reports a transaction."""

    transaction_date: date | None = Field(default=None, description="trade date; null if not readable")
    deemed_execution_date: date | None = Field(
        default=None, description="date that counts as execution under Rule 16a-3(g), if it is another; else null"
    )
    code: Text | None = Field(
        default=None,
        description="transaction code: P purchase, S sale, A grant, M exercise, F tax, G gift …; null if not readable",
    )
    equity_swap_involved: bool | None = Field(
        default=None, description="true if an equity swap is involved (code K on the page); null if not stated"
    )
    timeliness: Timeliness | None = Field(
        default=None,
        description="E reported early, L reported late, by the filing itself; null if on time or not stated",
    )
    shares: DecimalText | None = Field(
        default=None, description="number of shares traded; null if counted by value or not readable"
    )
    total_value: DecimalText | None = Field(
        default=None,
        description="value traded, in dollars unless `currency` is set; null if counted in shares or not readable",
    )
    price_per_share: DecimalText | None = Field(
        default=None,
        description="price per share, in dollars unless `currency` is set; null if only a footnote states it, or none",
    )
    acquired_disposed: AcquiredDisposed | None = Field(
        default=None,
        description="A acquired (also by grant), D disposed (also by gift); null if not readable",
    )


class Holding(Line):
    """A line that reports a holding without a transaction."""


class Diagnostic(Contract):
    """A value that could not be read exactly, or contradicts another. A field that could not be read is null."""

    code: Text = Field(
        description=f"code of the finding; readers must accept codes that are added later: {', '.join(DiagnosticCode)}"
    )
    field: Text | None = Field(
        default=None,
        description="path of the field in the event, as in holdings[0].shares; null for the whole document",
    )
    raw: str | None = Field(default=None, description="the text as filed, possibly cut; null if there is none")


class TransactionsReported(Contract):
    """The lines of one owner in one filing. Key: `issuer.key`.

    A joint filing gives one event per owner. To count each trade once, take `owner_index == 0`.
    """

    filing: Filing = Field(description="the filing that the report comes from")
    issuer: Issuer = Field(description="the company whose securities are reported")
    owner: Owner = Field(description="the reporting owner that this event is about")
    owner_index: int = Field(
        default=0, ge=0, description="place of the owner in a joint filing, from 0; take 0 to count each trade once"
    )
    owner_count: int = Field(default=1, ge=1, description="number of owners in the filing")
    co_owners: tuple[CoOwner, ...] = Field(
        default=(), description="the other owners of a joint filing; empty if there is one owner"
    )
    transactions: tuple[Transaction, ...] = Field(
        default=(), description="lines with a transaction, in document order; empty if there are none"
    )
    holdings: tuple[Holding, ...] = Field(
        default=(), description="lines without a transaction, in document order; empty if there are none"
    )
    footnotes: dict[str, str] = Field(
        default={}, description="all footnotes of the filing: id (F1) to text; empty if there are none"
    )
    diagnostics: tuple[Diagnostic, ...] = Field(
        default=(), description="everything that could not be read exactly; empty if all was read"
    )
