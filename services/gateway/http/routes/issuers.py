"""`/v1/issuers`: an issuer, its insiders, and what they bought and sold."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.gateway.http.answers import Answer, encoded, found
from services.gateway.http.schemas import FlowList, InsiderList, described
from services.gateway.http.state import gateway_of
from services.gateway.read_model.parties import IssuerSummary, Period

router: Final = APIRouter(prefix="/v1/issuers/{key}", tags=["issuers"])


@router.get("", responses=described(IssuerSummary))
async def get_issuer(request: Request, key: str) -> Response:
    """Return an issuer: names, filings and totals."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    return answer.json(encoded(found(await read_model.issuer(key), f"issuer {key}")))


@router.get("/insiders", responses=described(InsiderList))
async def list_insiders(request: Request, key: str) -> Response:
    """Return the owners of the issuer's securities."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    found(await read_model.issuer(key), f"issuer {key}")
    return answer.list(await read_model.issuer_insiders(key))


@router.get("/flow", responses=described(FlowList))
async def list_flow(
    request: Request,
    key: str,
    by: Annotated[Period, Query(description="length of a period")] = "month",
) -> Response:
    """Return what insiders bought and sold per period with a trade, the earliest first."""
    read_model = gateway_of(request).read_model
    answer = Answer(request, await read_model.newest())
    found(await read_model.issuer(key), f"issuer {key}")
    return answer.list(await read_model.issuer_flow(key, by))
