"""`/v1/owners`: an owner, its positions, and how they came about."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contracts.structs import PositionsUpdated
from services.gateway.http.answers import Answer, encoded, found
from services.gateway.http.schemas import AlertHistory, AllOf, described
from services.gateway.http.state import gateway_of
from services.gateway.read_model.parties import OwnerSummary

router: Final = APIRouter(prefix="/v1/owners/{key}", tags=["owners"])


@router.get("", responses=described(OwnerSummary))
async def get_owner(request: Request, key: str) -> Response:
    """Return an owner: names, roles, filings and totals."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    return answer.json(encoded(found(await read_model.owner(key), f"owner {key}")))


@router.get("/positions", responses=described(AllOf[PositionsUpdated]))
async def list_positions(request: Request, key: str) -> Response:
    """Return the owner's positions, one event per issuer."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    found(await read_model.owner(key), f"owner {key}")
    return answer.list(await read_model.owner_positions(key))


@router.get("/history", responses=described(AlertHistory))
async def list_history(
    request: Request,
    key: str,
    position: Annotated[str | None, Query(max_length=200, description="`position_id` of one position")] = None,
    limit: Annotated[int, Query(ge=1, le=5_000, description="the most alerts")] = 1_000,
) -> Response:
    """Return the owner's latest alerts in the order of their days, of all positions or of one."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    found(await read_model.owner(key), f"owner {key}")
    return answer.list([alert.event for alert in await read_model.owner_history(key, position, limit)])
