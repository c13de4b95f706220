"""A tape entry as a row of the tape. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from services.gateway.amounts import number, price
from services.gateway.page import figures
from services.gateway.page.sentence_markup import sentence_markup
from services.gateway.page.tape_view import Row, day_of, path_of, roles_of
from services.gateway.tape_entry import TapeEntry

_MARKS: Final = {"buy": "up", "sell": "down"}


def row_of(entry: TapeEntry) -> Row:
    """Return the row of a filing."""
    owner, issuer, filing, side = entry.owner, entry.issuer, entry.filing, entry.side or ""
    value = number(entry.value) or None  # a price of 0, as on grants and gifts, is not shown
    return Row(
        filing_id=filing.filing_id,
        alert_id=entry.lead_alerts[0].alert_id,
        day=day_of(filing),
        time=figures.clock(filing.accepted_at),
        ticker=issuer.tickers[0] if issuer.tickers else None,
        issuer=issuer.name,
        issuer_path=path_of("issuers", issuer.key),
        insider=owner.name,
        owner_path=path_of("owners", owner.key),
        roles=", ".join(roles_of(owner)),
        security=entry.lead_alerts[0].position.security_title,
        action=entry.action,
        side=side,
        mark=_MARKS.get(side, ""),
        shares=figures.amount(number(entry.shares), signed=True),
        average_price=price(Decimal(entry.average_price), entry.currency) if value and entry.average_price else None,
        value=figures.dollars(value, currency=entry.currency),
        dollars=value if entry.currency is None else None,
        holding=entry.holding,
        ownership=entry.ownership,
        holds_now=figures.amount(number(entry.holds_now)),
        tags=tuple((tag.text, tag.words) for tag in entry.tags),
        long_tags=tuple(_long_tags(entry)),
        others=entry.other_alerts,
        sentence=sentence_markup(entry.parts),
    )


def _long_tags(entry: TapeEntry) -> Iterator[str]:
    """Yield the tags of the pane: the tape's in words, and what the tape has columns for."""
    if entry.ownership == "I":
        yield "indirect"
    if entry.lead_alerts[0].position.table == "derivative":
        yield "derivative"
    for tag in entry.tags:
        yield f"≠ {tag.words}" if tag.name == "unreconciled" else tag.words
