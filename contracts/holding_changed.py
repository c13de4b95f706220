"""HoldingChanged: an alert about one position of one owner, as a filing reports it and as the ledger holds it."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.base import Contract, Currency, DecimalText, Text
from contracts.enumerations import AcquiredDisposed
from contracts.positions_updated import PositionIdentity
from contracts.transactions_reported import CoOwner, Diagnostic, Filing, Issuer, Owner

ChangeKind = Literal["opened", "increased", "decreased", "closed", "unchanged", "restated"]
Explanation = Literal[
    "rounding", "split", "transfer", "amendment", "late_report", "stated", "line_error", "unknown"
]  # fmt: skip
EvidenceKind = Literal["footnote", "position", "filing"]


class Trades(Contract):
    """The lines of one transaction code and one side, summed. Prices and values are dollars if `currency` is null."""

    code: Text | None = Field(default=None, description="transaction code of the lines; null if they have none")
    acquired_disposed: AcquiredDisposed | None = Field(
        default=None, description="A acquired, D disposed; null if not stated"
    )
    shares: DecimalText | None = Field(
        default=None, description="sum of the lines' shares, unsigned; null if none of the lines counts in shares"
    )
    value: DecimalText | None = Field(
        default=None, description="sum over the priced lines of shares times price, or of the total value; null if none"
    )
    average_price: DecimalText | None = Field(
        default=None, description="value per share of the priced lines, to four decimals; null if no line has a price"
    )
    lowest_price: DecimalText | None = Field(default=None, description="lowest price per share; null if none is given")
    highest_price: DecimalText | None = Field(
        default=None, description="highest price per share; null if none is given"
    )
    unpriced_shares: DecimalText = Field(
        default="0", description="shares of the lines without a plausible price; `value` leaves them out"
    )
    first_date: date | None = Field(default=None, description="earliest transaction date; null if no line is dated")
    last_date: date | None = Field(default=None, description="latest transaction date; null if no line is dated")
    count: int = Field(default=0, ge=0, description="number of lines")
    lines: tuple[int, ...] = Field(default=(), description="numbers of the lines in the filing, counted from 0")
    currency: Currency | None = Field(
        default=None, description="ISO 4217 code of prices and value; null means dollars, or not stated"
    )


class Evidence(Contract):
    """The cause of a change that the trades leave unexplained: a footnote, another position or another filing."""

    kind: EvidenceKind = Field(description="what `id` identifies: footnote, position or filing")
    id: Text = Field(description="a footnote's id in this filing, a position_id of this owner, or a filing_id")


class HoldingChanged(Contract):
    """One position that a filing trades in or changes. Key: `issuer.key`.

    `before`, `after` and `trades` are what the filing itself reports; `ledger_before` and `current` are what the
    ledger holds. Every transaction line of a filing is in exactly one alert of each of its owners.
    """

    alert_id: Text = Field(description="deterministic id: the same line of the same filing gives the same id")
    kind: ChangeKind = Field(
        description="direction of the filing's own account: opened, increased, decreased, closed, unchanged (the "
        "trades cancel), or restated (no trade, but another amount)"
    )
    issuer: Issuer = Field(description="the company whose securities are reported")
    owner: Owner = Field(description="the reporting owner")
    owner_index: int = Field(
        default=0, ge=0, description="place of the owner in a joint filing, from 0; take 0 to count each trade once"
    )
    owner_count: int = Field(default=1, ge=1, description="number of owners in the filing")
    co_owners: tuple[CoOwner, ...] = Field(default=(), description="the other owners of a joint filing")
    filing: Filing = Field(description="the filing that reports it")
    position: PositionIdentity = Field(description="the position that the lines move")
    lines: tuple[int, ...] = Field(
        default=(), description="numbers of all lines of the filing that this alert reports, in the order they apply"
    )
    before: DecimalText | None = Field(
        default=None, description="held right before the filing's lines, by its own account; null if not stated"
    )
    after: DecimalText | None = Field(
        default=None, description="held after the filing's lines, by its own account; null if not stated"
    )
    change: DecimalText | None = Field(default=None, description="`after` less `before`; null if either is null")
    change_percent: DecimalText | None = Field(
        default=None, description="`change` in percent of `before`, to two decimals; null if `before` is null or 0"
    )
    trades: tuple[Trades, ...] = Field(
        default=(), description="the transaction lines, summed by code and side; empty for a holding without a trade"
    )
    reported_change: DecimalText | None = Field(
        default=None, description="sum of the signed lines; null if a line's amount or side is missing"
    )
    ledger_before: DecimalText | None = Field(
        default=None, description="held by the ledger just before the filing's place in order; null if unknown"
    )
    unexplained_change: DecimalText | None = Field(
        default=None, description="`after` - `ledger_before` - `reported_change`; null if one of them is null"
    )
    explanation: Explanation | None = Field(
        default=None, description="why trades and ledger differ, or why this filing was needed; null if nothing is open"
    )
    explained_by: tuple[Evidence, ...] = Field(default=(), description="the evidence for `explanation`")
    repeats: Text | None = Field(
        default=None, description="filing_id of the earlier filing whose lines this one repeats; null if none"
    )
    is_current: bool = Field(default=True, description="false if the position rests on a report of a later event")
    current: DecimalText | None = Field(
        default=None, description="held by the ledger now, with this filing applied; null if unknown"
    )
    rule_10b5_1_plan: bool | None = Field(
        default=None, description="whether trades followed a Rule 10b5-1 plan; null if the form has no such box"
    )
    days_late: int | None = Field(
        default=None,
        ge=0,
        description="business days past the two allowed, of the latest line; 0 is on time, null if no deadline applies",
    )
    is_amendment: bool = Field(default=False, description="true if the filing is a Form 3/A, 4/A or 5/A")
    diagnostics: tuple[Diagnostic, ...] = Field(
        default=(), description="values of the lines that are implausible or contradict the filing, with their raw text"
    )
    footnotes: dict[str, str] = Field(default={}, description="footnotes that the lines cite: id to text")
