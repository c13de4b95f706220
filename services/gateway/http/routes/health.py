"""`/livez`, `/readyz` and `/metrics`: the probes and the metrics, as the runtime defines them."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from services.gateway.http.state import gateway_of
from services.runtime import metric_names as names
from services.runtime.health import Verdict

router: Final = APIRouter(tags=["operation"])

_PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/livez", response_class=PlainTextResponse, responses={503: {"description": "it should be restarted"}})
async def livez(request: Request) -> Response:
    """Return whether the process works."""
    health = gateway_of(request).instruments.health
    health.loop_ran()  # as this shows
    return _verdict(health.liveness())


@router.get("/readyz", response_class=PlainTextResponse, responses={503: {"description": "it is not ready"}})
async def readyz(request: Request) -> Response:
    """Return whether the gateway can serve, or the reason why not."""
    return _verdict(gateway_of(request).instruments.health.readiness())


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Return the metrics in Prometheus' text format."""
    gateway = gateway_of(request)
    meter = gateway.instruments.meter
    meter.set(names.STREAM_CLIENTS, gateway.stream.clients)
    return Response(meter.text(), headers={"Cache-Control": "no-store"}, media_type=_PROMETHEUS)


def _verdict(verdict: Verdict) -> Response:
    status = HTTPStatus.OK if verdict.ok else HTTPStatus.SERVICE_UNAVAILABLE
    return PlainTextResponse(f"{verdict.message}\n", status, headers={"Cache-Control": "no-store"})
