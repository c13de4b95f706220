"""Reads what the pages of owners, issuers and searches show from the read model."""

from datetime import date
from typing import Final

from contracts.alert_filter import AlertFilter
from contracts.codec import decode
from contracts.structs import HoldingChanged, PositionsUpdated
from services.gateway.page import figures
from services.gateway.page.flow_chart import MonthFlow
from services.gateway.page.holding_chart import chart_of, main_holding
from services.gateway.page.issuer_view import (
    InsiderRow,
    IssuerView,
    charts_of,
    months_of,
    net_of,
    range_of,
    ranges_of,
    unpriced_words,
)
from services.gateway.page.owner_view import (
    Lede,
    OwnerView,
    filing_facts,
    holdings_of,
    owner_roles,
    traded_facts,
)
from services.gateway.page.search_view import SearchView, hit_row
from services.gateway.page.tape_page import FILINGS_PER_PAGE, views_of
from services.gateway.page.tape_view import days_of, has_fractions, path_of, roles_of
from services.gateway.read_model.parties import Flow, Insider, MarketTotals
from services.gateway.read_model.read_model import ReadModel
from services.section16.wording import plural

_HITS: Final = 40


async def owner_view(
    read_model: ReadModel, key: str, holding: str | None, today: date, *, as_filed: bool
) -> OwnerView | None:
    """Return an owner's page with the chart of one holding; None if there is no such owner."""
    summary = await read_model.owner(key)
    if summary is None:
        return None
    updates = [decode(event, PositionsUpdated) for event in await read_model.owner_positions(key)]
    chosen = holding or main_holding(updates)
    history = [stored.holding_changed for stored in await read_model.owner_history(key, chosen)]
    wanted = AlertFilter(owner=(key,))
    page = await read_model.tape(wanted, None, FILINGS_PER_PAGE)
    rows = [view.row for view in views_of(page)]
    activity, totals = summary.activity, summary.totals
    return OwnerView(
        lede=Lede(
            title=summary.owner.name,
            key=_key_words(key),
            facts=(
                *filing_facts(activity.filings, activity.first_day, activity.last_day),
                *traded_facts(totals.bought, totals.sold),
            ),
            subscribe=f"/subscribe?{wanted.to_query()}",
            former=_former(summary.former_names),
            roles=owner_roles(updates),
        ),
        chart=chart_of(updates, chosen, history, summary.owner, today, as_filed=as_filed),
        holdings=holdings_of(updates),
        days=days_of(rows),
        fractions=has_fractions(rows),
        older=f"/?{wanted.to_query()}&before={page.next}" if page.next else None,
    )


async def issuer_view(read_model: ReadModel, key: str, chosen: str, today: date) -> IssuerView | None:
    """Return an issuer's page with the chart of a range; None if there is no such issuer."""
    summary = await read_model.issuer(key)
    if summary is None:
        return None
    insiders = await read_model.issuer_insiders(key)
    flows = [_month_flow(flow) for flow in await read_model.issuer_flow(key)]
    wanted = AlertFilter(issuer=(key,))
    page = await read_model.tape(wanted, None, FILINGS_PER_PAGE)
    rows = [view.row for view in views_of(page)]
    first, last = range_of(chosen, flows, today)
    net = net_of(flows, first, last)
    wide, narrow = charts_of(flows, first, last, summary.issuer.name)
    activity = summary.activity
    colour = "buy" if net > 0 else "sell" if net < 0 else ""
    return IssuerView(
        lede=Lede(
            title=summary.issuer.name,
            key=_key_words(key),
            facts=(
                *filing_facts(activity.filings, activity.first_day, activity.last_day),
                ("Net, shown months", figures.dollars(net, signed=True) or "", colour),
            ),
            subscribe=f"/subscribe?{wanted.to_query()}",
            ticker=" ".join(summary.issuer.tickers),
            subtitle=f"{plural(len(insiders), 'insider')} on this tape",
            former=_former(summary.former_names),
        ),
        ranges=ranges_of(path_of("issuers", key), chosen),
        wide=wide,
        narrow=narrow,
        unpriced=unpriced_words(summary.totals.unpriced),
        insiders=tuple(_insider_row(insider) for insider in insiders),
        months=months_of(flows, first, last),
        days=days_of(rows),
        fractions=has_fractions(rows),
        older=f"/?{wanted.to_query()}&before={page.next}" if page.next else None,
    )


async def search_view(read_model: ReadModel, text: str) -> SearchView:
    """Return what a search finds; a filing leads to the page of its first alert."""
    hits = await read_model.search(text, _HITS) if text.strip() else []
    rows = []
    for hit in hits:
        filing = await read_model.filing(hit.key) if hit.kind == "filing" else None
        rows.append(hit_row(hit, decode(filing.alerts[0], HoldingChanged).alert_id if filing else None))
    return SearchView(text, tuple(rows))


def _month_flow(flow: Flow) -> MonthFlow:
    totals = flow.totals
    return MonthFlow(flow.begins, totals.bought, totals.sold, totals.bought_by_plan, totals.sold_by_plan)


def _insider_row(insider: Insider) -> InsiderRow:
    totals = insider.totals
    return InsiderRow(
        name=insider.owner.name,
        path=path_of("owners", insider.owner.key),
        roles=", ".join(roles_of(insider.owner, short=False)),
        shares=figures.amount(insider.shares),
        options=insider.derivatives,
        bought=figures.dollars(totals.bought) if totals.bought else None,
        sold=figures.dollars(-totals.sold) if totals.sold else None,
        last_trade=figures.day(totals.last_trade),
        mark=_mark(totals),
        filings=insider.activity.filings,
    )


def _mark(totals: MarketTotals) -> str:
    """Return the mark of the last trade if all were of one side; which one it was is not known otherwise."""
    if totals.bought and totals.sold:
        return ""
    return "up" if totals.bought else "down" if totals.sold else ""


def _key_words(key: str) -> str:
    return f"CIK {key}" if key.isdecimal() else "no CIK"


def _former(names: tuple[str, ...]) -> str:
    return f"Formerly {', '.join(names)}" if names else ""
