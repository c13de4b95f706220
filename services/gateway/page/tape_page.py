"""Reads what the tape and the pane show from the read model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from contracts.alert_filter import AlertFilter
from contracts.structs import HoldingChanged
from services.gateway.page import figures
from services.gateway.page.filing_view import FilingView, filing_view
from services.gateway.page.filters_view import Chip, FiltersView
from services.gateway.page.holding_history import points_of
from services.gateway.page.pane_view import PaneView, pane_of
from services.gateway.page.step_chart import SMALL, step_chart
from services.gateway.page.tape_view import Row, TapeView, days_of, has_fractions
from services.gateway.read_model.read_model import ReadModel
from services.gateway.read_model.stored import FilingAlerts, Page
from services.section16.wording import plural

FILINGS_PER_PAGE: Final = 40
_REPORTS_IN_CHART: Final = 12
_LEAST_IN_CHART: Final = 2
_MOST_TRIED: Final = 6
"""Conditions that are left out one by one if nothing matches."""
MOST_IN_TOTAL: Final = 10_000
"""Alerts that are counted for the filter bar. A number is shown whole or not at all."""


@dataclass(frozen=True, slots=True)
class TapeRequest:
    """The part of the tape that an address asks for, and the alert that is open."""

    wanted: AlertFilter
    before: int | None = None
    alert_id: str | None = None

    def address(self, *, before: int | None = None, opened: str | None = None) -> str:
        """Return the address of a part of this tape; an `opened` of "" ends where an alert's id belongs."""
        parts = [
            self.wanted.to_query(),
            f"before={before}" if before else "",
            "" if opened is None else f"alert={opened}",
        ]
        query = "&".join(part for part in parts if part)
        return f"/?{query}" if query else "/"


def views_of(page: Page[FilingAlerts]) -> list[FilingView]:
    """Return the filings of a page."""
    return [filing_view(filing.alerts, filing.transactions) for filing in page.items]


async def tape_view(read_model: ReadModel, request: TapeRequest, now: datetime) -> tuple[TapeView, PaneView | None]:
    """Return the filings that match, and the pane of the open alert; None if no alert is open."""
    cursor = await read_model.newest()
    page = await read_model.tape(request.wanted, request.before, FILINGS_PER_PAGE)
    total = await read_model.filing_count(request.wanted, MOST_IN_TOTAL)
    rows = [view.row for view in views_of(page)]
    view = TapeView(
        filters=FiltersView(request.wanted),
        days=days_of(rows),
        fractions=has_fractions(rows),
        total=None if total is None else plural(total, "filing"),
        link=request.address(before=request.before, opened=""),
        older=request.address(before=page.next) if page.next else None,
        first=request.address() if request.before else None,
        cursor=str(cursor),
        as_of=figures.clock(now) or "",
    )
    if not rows:
        view = replace(view, without=await _without_one(read_model, view.filters))
    pane = await pane_view(read_model, request.alert_id) if request.alert_id else None
    if pane is None:
        return view, None
    shown = [row for day in view.days for row in day.rows]
    return replace(view, selected=pane.row.filing_id), _among(pane, shown, request)


async def _without_one(read_model: ReadModel, filters: FiltersView) -> tuple[tuple[Chip, str], ...]:
    """Return the conditions that hide all filings, and how many filings match without each; none that hides nothing."""
    found = []
    for chip in filters.chips[:_MOST_TRIED]:
        wanted = filters.alert_filter.without(chip.field, chip.value)
        count = await read_model.filing_count(wanted, MOST_IN_TOTAL)
        if count != 0:
            found.append((chip, "many" if count is None else f"{count:,}"))
    return tuple(found)


async def pane_view(read_model: ReadModel, alert_id: str) -> PaneView | None:
    """Return the filing of an alert in full; None if there is no such alert."""
    stored = await read_model.alert(alert_id)
    filing = None if stored is None else await read_model.filing(stored.holding_changed.filing.filing_id)
    if filing is None:
        return None
    view = filing_view(filing.alerts, filing.transactions)
    first = view.entry.lead_alerts[0]
    history = await read_model.owner_history(first.owner.key, first.position.position_id)
    pane = pane_of(view.entry, view.row, view.reports, alert_id)
    return _with_chart(pane, [each.holding_changed for each in history], first)


def _with_chart(pane: PaneView, history: Sequence[HoldingChanged], alert: HoldingChanged) -> PaneView:
    """Return the pane with a chart of the last reports of the alert's position, up to the alert's own."""
    ids = [each.alert_id for each in history]
    end = ids.index(alert.alert_id) + 1 if alert.alert_id in ids else 0
    points = points_of(history[max(0, end - _REPORTS_IN_CHART) : end])
    if len(points) < _LEAST_IN_CHART:
        return pane
    title = f"{pane.additions[0].title}, {pane.additions[0].held}: the last {len(points)} reports"
    return replace(pane, chart=step_chart(points, title, SMALL, points[-1].day), charted=len(points))


def _among(pane: PaneView, rows: Sequence[Row], request: TapeRequest) -> PaneView:
    """Return the pane with the ways to the filings above and below it, and back to the tape."""
    ids = [row.filing_id for row in rows]
    place = ids.index(pane.row.filing_id) if pane.row.filing_id in ids else None
    above = rows[place - 1] if place else None
    below = rows[place + 1] if place is not None and place + 1 < len(rows) else None
    return replace(
        pane,
        newer=request.address(before=request.before, opened=above.alert_id) if above else None,
        older=request.address(before=request.before, opened=below.alert_id) if below else None,
        close=request.address(before=request.before),
    )
