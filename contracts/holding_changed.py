"""HoldingChanged: an alert that one position of one owner changed, with its evidence."""

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.base import Contract, DecimalText, Text
from contracts.positions_updated import PositionIdentity
from contracts.transactions_reported import CoOwner, Filing, Issuer, Owner

ChangeKind = Literal["opened", "increased", "decreased", "closed", "restated"]
Explanation = Literal["rounding", "split", "transfer", "line_error", "unknown"]


class Trades(Contract):
    """The reported lines behind a change, summed. Prices are dollars a share, from lines that give one."""

    codes: tuple[Text, ...] = ()
    shares: DecimalText | None = Field(default=None, description="sum of the lines' shares, unsigned")
    value: DecimalText | None = Field(default=None, description="dollars, null unless every line gives them")
    average_price: DecimalText | None = Field(
        default=None, description="value over shares; null where lines go both ways"
    )
    lowest_price: DecimalText | None = None
    highest_price: DecimalText | None = None
    first_date: date | None = None
    last_date: date | None = None
    count: int = 0


class HoldingChanged(Contract):
    """One changed position. Key: `issuer.key`.

    `kind` is that of the change and, where trades cancel out (an exercise sold the same day), that of the last trade.
    `change` is `after - before`; `reported_change` the signed sum of the filing's lines; `unexplained_change` what is
    left, null where `before` is unknown; `explanation` says why where something is left.
    """

    alert_id: Text
    kind: ChangeKind
    issuer: Issuer
    owner: Owner
    owner_index: int = Field(default=0, ge=0)
    owner_count: int = Field(default=1, ge=1)
    co_owners: tuple[CoOwner, ...] = ()
    filing: Filing
    position: PositionIdentity
    before: DecimalText | None = None
    after: DecimalText | None = None
    change: DecimalText | None = None
    change_percent: DecimalText | None = Field(default=None, description="of `before`, to two decimals")
    reported_change: DecimalText | None = None
    unexplained_change: DecimalText | None = None
    explanation: Explanation | None = None
    trades: Trades = Trades()
    rule_10b5_1_plan: bool | None = None
    days_late: int | None = Field(default=None, description="business days past the two allowed; 0 is on time")
    is_amendment: bool = False
    footnotes: dict[str, str] = Field(default={}, description="those the lines cite")
