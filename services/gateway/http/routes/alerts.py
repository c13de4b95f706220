"""`/v1/alerts`: the alerts, as they are on the topic."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from contracts.structs import HoldingChanged
from services.gateway.http.answers import Answer, answer_page, found
from services.gateway.http.parameters import FILTERED, CursorText, Limit, Wanted
from services.gateway.http.schemas import AlertList, described
from services.gateway.http.state import gateway_of

router: Final = APIRouter(prefix="/v1/alerts", tags=["alerts"])


@router.get("", responses=described(AlertList), openapi_extra=FILTERED)
async def list_alerts(request: Request, wanted: Wanted, cursor: CursorText = None, limit: Limit = 50) -> Response:
    """Return the newest alerts that match the filter."""
    read_model = gateway_of(request).read_model
    return await answer_page(
        request, cursor, lambda before: read_model.alerts(wanted, before, limit), lambda alert: alert.event
    )


@router.get("/{alert_id}", responses=described(HoldingChanged))
async def get_alert(request: Request, alert_id: str) -> Response:
    """Return one alert."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    alert = found(await read_model.alert(alert_id), f"alert {alert_id}")
    return answer.json(alert.event)
