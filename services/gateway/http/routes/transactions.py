"""`/v1/transactions`: what was reported, line by line."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.gateway.http.answers import answer_page, encoded
from services.gateway.http.parameters import FILTERED, CursorText, Limit, Wanted
from services.gateway.http.schemas import ReportList, described
from services.gateway.http.state import gateway_of

router: Final = APIRouter(prefix="/v1/transactions", tags=["filings"])


@router.get("", responses=described(ReportList), openapi_extra=FILTERED)
async def list_transactions(request: Request, wanted: Wanted, cursor: CursorText = None, limit: Limit = 50) -> Response:
    """Return the reports with a line that matches, of the newest filings; `limit` counts filings."""
    read_model = gateway_of(request).read_model
    return await answer_page(request, cursor, lambda before: read_model.transactions(wanted, before, limit), encoded)
