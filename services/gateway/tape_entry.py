"""A filing as an entry of the tape: the sentence, and the figures of its leading trade. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import Currency, DecimalText, Text, decimal_text
from contracts.enumerations import Ownership
from contracts.structs import CoOwner, Filing, HoldingChanged, Issuer, Owner
from services.gateway.filing_facts import FilingFacts, filing_facts
from services.gateway.holding_effect import holding_effect
from services.gateway.sentences import SentencePart, action_of, sentence_parts
from services.gateway.tape_tags import Tag, tags_of


class TapeEntry(BaseModel):
    """One filing on the tape, by its first owner. Numbers are exact; null means that the filing does not state them."""

    model_config = ConfigDict(frozen=True)

    filing: Filing = Field(description="the filing")
    issuer: Issuer = Field(description="the company whose securities are reported")
    owner: Owner = Field(description="the first owner, who stands for all owners of a joint filing")
    co_owners: tuple[CoOwner, ...] = Field(default=(), description="the other owners of a joint filing")
    sentence: Text = Field(description="the filing in one sentence, followed by what does not add up")
    side: Literal["buy", "sell"] | None = Field(
        description="buy or sell if a non-derivative purchase or sale leads, else null"
    )
    action: Text = Field(description="what was done in one or two words, as in `Exercised, sold`")
    shares: DecimalText | None = Field(
        description="shares of the leading trade, negative if disposed of; without a purchase or sale, the net change "
        "of its positions"
    )
    average_price: DecimalText | None = Field(description="value per share; null unless every line has a price")
    value: DecimalText | None = Field(description="value of the leading trade; null unless every line has a price")
    currency: Currency | None = Field(description="ISO 4217 code of price and value; null means dollars, or not stated")
    holding: Text | None = Field(description="effect on the holding, as in `+61.24 %` or `new`")
    holds_now: DecimalText | None = Field(description="amount held after the filing in the positions of the trade")
    ownership: Ownership | None = Field(description="D direct, I indirect; null if both, or not readable")
    tags: tuple[Tag, ...] = Field(
        description="plan, lateness, amendment, joint filers, repetition, what does not add up"
    )
    other_alerts: int = Field(
        description="number of the owner's alerts of this filing beyond those of the leading trade"
    )
    alerts: tuple[HoldingChanged, ...] = Field(description="the first owner's alerts, those of the leading trade first")

    lead_alerts: tuple[HoldingChanged, ...] = Field(exclude=True, description="the alerts of the leading trade")
    parts: tuple[SentencePart, ...] = Field(exclude=True, description="the sentence in pieces, with their emphasis")


def tape_entry(alerts: Iterable[HoldingChanged]) -> TapeEntry:
    """Return the entry of one filing from its alerts, in any order; those of further owners add nothing to it.

    Raises:
        ValueError: there are no alerts, or they are of several filings.
    """
    facts = filing_facts(alerts)
    first, lead, parts = facts.first, facts.lead, sentence_parts(facts)
    effect = holding_effect(facts)
    lead_ids = {alert.alert_id for alert in facts.lead_alerts}
    others = tuple(alert for alert in facts.alerts if alert.alert_id not in lead_ids)
    return TapeEntry(
        filing=first.filing,
        issuer=first.issuer,
        owner=first.owner,
        co_owners=first.co_owners,
        sentence="".join(part.text for part in parts),
        side=lead.key.market_side if lead else None,
        action=action_of(facts),
        shares=_text(_signed_shares(facts)),
        average_price=_text(lead.average_price if lead else None),
        value=_text(lead.value if lead else None),
        currency=lead.currency if lead else None,
        holding=effect.cell if effect else None,
        holds_now=_text(facts.after),
        ownership=_ownership(facts),
        tags=tags_of(facts),
        other_alerts=len(others),
        alerts=(*facts.lead_alerts, *others),
        lead_alerts=facts.lead_alerts,
        parts=parts,
    )


def _signed_shares(facts: FilingFacts) -> Decimal | None:
    """Return the lead's shares with their sign; without a purchase or sale, the net change of its positions."""
    lead = facts.lead
    if lead is None or lead.shares is None:
        return None
    if (
        lead.key.market_side is None
        and facts.has_several_codes
        and facts.before is not None
        and facts.after is not None
    ):
        return facts.after - facts.before
    return -lead.shares if lead.key.side == "D" else lead.shares


def _ownership(facts: FilingFacts) -> Ownership | None:
    ownership = {alert.position.ownership for alert in facts.lead_alerts}
    return ownership.pop() if len(ownership) == 1 else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)
