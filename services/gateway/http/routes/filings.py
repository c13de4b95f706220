"""`/v1/tape`, `/v1/filings` and `/v1/filters/preview`: filings, one entry each."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.gateway.http.answers import Answer, answer_page, encoded, found
from services.gateway.http.parameters import FILTERED, CursorText, Days, Limit, Wanted
from services.gateway.http.schemas import FilingDetails, FilterPreview, TapeList, described
from services.gateway.http.state import gateway_of
from services.gateway.http.tape import entry_of

router: Final = APIRouter(prefix="/v1", tags=["filings"])


@router.get("/tape", responses=described(TapeList), openapi_extra=FILTERED)
async def list_filings(request: Request, wanted: Wanted, cursor: CursorText = None, limit: Limit = 50) -> Response:
    """Return the newest filings with an alert that matches, each as one entry with its sentence."""
    read_model = gateway_of(request).read_model
    return await answer_page(
        request, cursor, lambda before: read_model.tape(wanted, before, limit), lambda filing: encoded(entry_of(filing))
    )


@router.get("/filings/{filing_id}", responses=described(FilingDetails))
async def get_filing(request: Request, filing_id: str) -> Response:
    """Return a filing: its entry, its alerts, and its reports line by line."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    filing = found(await read_model.filing(filing_id), f"filing {filing_id}")
    return answer.json(
        b'{"filing_id":%b,"entry":%b,"alerts":[%b],"transactions":[%b]}'
        % (
            encoded(filing.filing_id),
            encoded(entry_of(filing)),
            b",".join(filing.alerts),
            b",".join(filing.transactions),
        )
    )


@router.get("/filters/preview", responses=described(FilterPreview), openapi_extra=FILTERED)
async def preview_filter(request: Request, wanted: Wanted, days: Days = 30) -> Response:
    """Return what a filter would have taken: how many filings of the last days, and the newest three."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    preview = await read_model.preview(wanted, days)
    content = {
        "count": preview.count,
        "days": days,
        "words": wanted.describe(),
        "query": wanted.to_query(),
        "newest": [entry_of(filing) for filing in preview.newest],
    }
    return answer.json(encoded(content))
