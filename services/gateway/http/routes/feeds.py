"""`/alerts.atom` and `/alerts.csv`: for feed readers and spreadsheets."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from contracts.alert_filter import AlertFilter
from services.gateway.http.answers import Answer
from services.gateway.http.atom import ATOM, atom_feed
from services.gateway.http.parameters import FILTERED, Limit, Wanted
from services.gateway.http.state import Gateway, gateway_of
from services.gateway.http.tape import entry_of
from services.gateway.read_model.read_model import ReadModel
from services.section16.alert_csv import ALERT_CSV_COLUMNS, alert_csv_rows
from services.section16.safe_text import spreadsheet_cell

router: Final = APIRouter(tags=["feeds"])

_CSV: Final = "text/csv; charset=utf-8"
_PAGE: Final = 200


@router.get(
    "/alerts.atom",
    responses={200: {"content": {"application/atom+xml": {"schema": {"type": "string"}}}}, 304: {"description": "-"}},
    openapi_extra=FILTERED,
)
async def atom(request: Request, wanted: Wanted, limit: Limit = 50) -> Response:
    """Return the newest filings that match as an Atom feed."""
    gateway = gateway_of(request)
    answer = Answer(request, await gateway.read_model.newest())
    if answer.unchanged:
        return answer.unchanged
    page = await gateway.read_model.tape(wanted, None, limit)
    entries = [entry_of(filing) for filing in page.items]
    feed = atom_feed(entries, origin=origin_of(gateway, request), query=wanted.to_query(), words=wanted.describe())
    return answer.text(feed, ATOM)


@router.get(
    "/alerts.csv",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    openapi_extra=FILTERED,
)
async def alerts_csv(
    request: Request,
    wanted: Wanted,
    limit: Annotated[int, Query(ge=1, le=100_000, description="the most alerts")] = 1_000,
) -> Response:
    """Return the newest alerts that match as CSV, one row per entry of `trades`."""
    headers = {"Content-Disposition": 'attachment; filename="alerts.csv"', "Cache-Control": "no-cache"}
    rows = _csv_parts(gateway_of(request).read_model, wanted, limit)
    first = await anext(rows)  # an error of the database is answered as one
    return StreamingResponse(_after(first, rows), headers=headers, media_type=_CSV)


def origin_of(gateway: Gateway, request: Request) -> str:
    """Return the origin of links: the public one, else the one that the request was sent to."""
    return gateway.settings.http_public_url or f"{request.url.scheme}://{request.url.netloc}"


async def _csv_parts(read_model: ReadModel, wanted: AlertFilter, limit: int) -> AsyncIterator[str]:
    """Yield the table in parts, one per page of alerts."""
    text, before, left = StringIO(), None, limit
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(ALERT_CSV_COLUMNS)
    while left > 0:
        page = await read_model.alerts(wanted, before, min(left, _PAGE))
        for alert in page.items:
            for row in alert_csv_rows(alert.holding_changed):
                writer.writerow(spreadsheet_cell(cell) for cell in row)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        before, left = page.next, left - len(page.items)
        if before is None:
            return


async def _after(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for part in rest:
        yield part
