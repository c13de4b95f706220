"""TransactionsReported: what one reporting owner says in one filing. The atomic unit that holdings applies."""

from datetime import date

from pydantic import Field

from contracts.base import AccessionNumber, Cik, Contract, Currency, DecimalText, Text, UtcDatetime
from contracts.section16 import (
    AcquiredDisposed,
    FormType,
    LineFormType,
    Ownership,
    SourceFormat,
    Table,
    Timeliness,
)


class Signature(Contract):
    """A signature; its date is ISO where readable, else as filed. They need not match the owners in number or order."""

    name: Text | None = None
    date: Text | None = None


class Filing(Contract):
    """The filing a report comes from: its identity, its form's boxes, and what it says as a whole."""

    filing_id: Text
    accession_number: AccessionNumber | None = None
    form_type: FormType
    period_of_report: date | None = None
    date_of_original_submission: date | None = None
    filed_on: date | None = None
    accepted_at: UtcDatetime | None = None
    source_url: Text | None = None
    schema_version: Text | None = Field(default=None, description="null outside XML")
    source_format: SourceFormat
    no_securities_owned: bool | None = Field(default=None, description="Form 3: true where none are owned")
    not_subject_to_section16: bool | None = Field(default=None, description="Forms 4 and 5: the exit box")
    form3_holdings_reported: bool | None = None
    form4_transactions_reported: bool | None = None
    rule_10b5_1_plan: bool | None = Field(default=None, description="null where the form has no such box")
    remarks: Text | None = None
    signatures: tuple[Signature, ...] = ()


class Issuer(Contract):
    """The company whose securities are reported. `trading_symbol` is as filed, `tickers` what it names."""

    key: Text
    cik: Cik | None = None
    name: Text
    trading_symbol: Text | None = None
    foreign_trading_symbol: Text | None = None
    tickers: tuple[Text, ...] = ()


class CoOwner(Contract):
    """Another owner of a joint filing, by identity alone."""

    key: Text
    cik: Cik | None = None
    name: Text


class Owner(CoOwner):
    """The reporting owner, with address and relationship to the issuer."""

    street1: Text | None = None
    street2: Text | None = None
    city: Text | None = None
    state: Text | None = None
    zip_code: Text | None = None
    country: Text | None = None
    state_description: Text | None = Field(default=None, description="what the state code stands for, in words")
    non_us_state_territory: Text | None = None
    non_us_address: bool | None = None
    good_address: bool | None = None
    is_director: bool | None = None
    is_officer: bool | None = None
    is_ten_percent_owner: bool | None = None
    is_other: bool | None = None
    officer_title: Text | None = None
    other_text: Text | None = None


class Line(Contract):
    """What a transaction and a holding line share. `line` counts from 0 over both tables, in document order.

    Shares and dollars are decimal text; what a line lacks, or gives by a footnote alone, is null.
    """

    line: int = Field(ge=0)
    table: Table
    security_title: Text | None = None
    form_type: LineFormType | None = None
    shares_owned_following: DecimalText | None = None
    value_owned_following: DecimalText | None = None
    ownership: Ownership | None = None
    nature_of_ownership: Text | None = None
    exercise_price: DecimalText | None = None
    exercise_date: date | None = None
    expiration_date: date | None = None
    underlying_title: Text | None = None
    underlying_shares: DecimalText | None = None
    underlying_value: DecimalText | None = None
    currency: Currency | None = Field(
        default=None, description="ISO 4217 code of the line's prices and values; null means dollars, or not stated"
    )
    footnotes: dict[str, tuple[Text, ...]] = Field(
        default={}, description="field name to the footnotes it cites, in document order"
    )


class Transaction(Line):
    """A line that reports a transaction."""

    transaction_date: date | None = None
    deemed_execution_date: date | None = None
    code: Text | None = None
    equity_swap_involved: bool | None = None
    timeliness: Timeliness | None = None
    shares: DecimalText | None = None
    total_value: DecimalText | None = None
    price_per_share: DecimalText | None = None
    acquired_disposed: AcquiredDisposed | None = None


class Holding(Line):
    """A line that reports a holding without a transaction."""


class Diagnostic(Contract):
    """Something that could not be read exactly: what, where, and its raw text. The field itself is null."""

    code: Text
    field: Text | None = None
    raw: str | None = None


class TransactionsReported(Contract):
    """One owner's lines in one filing. Key: `issuer.key`.

    A joint filing gives one event an owner; a reader who wants each trade once takes `owner_index == 0`.
    """

    filing: Filing
    issuer: Issuer
    owner: Owner
    owner_index: int = Field(default=0, ge=0)
    owner_count: int = Field(default=1, ge=1)
    co_owners: tuple[CoOwner, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    holdings: tuple[Holding, ...] = ()
    footnotes: dict[str, str] = {}
    diagnostics: tuple[Diagnostic, ...] = ()
